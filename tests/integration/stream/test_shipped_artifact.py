"""The command line as a user starts it, with the artifact and the encoders that come with it."""

from __future__ import annotations

import base64

from consumer.contracts.events import Kind
from model.synthetic.catalogue import make_catalogue
from tests.integration.stream.conftest import Install
from tests.integration.stream.promises import check_accounts, check_events, check_index

ENCODERS_S = 170.0  # torch and two networks are loaded and measured, on a machine that does other things


def test_the_shipped_artifact_matches_twins(install: Install) -> None:
    """Topics are made, pictures and texts really encoded, and what is said is what the artifact decides."""
    world = install(topics=False, artifact=None, encoder_threads=2, picture_budget_s=3)
    made = world.start_plain("topics", "create", "--partitions", "4")
    assert made.wait() == 0, made.tail()
    process = world.start_plain()
    offers = make_catalogue(seed=11, products=3, split="demo").offers
    shown = {offer.product_id: offer for offer in offers}
    assert len(shown) > 1
    for product, offer in shown.items():
        url = f"data:image/jpeg;base64,{base64.b64encode(offer.pictures[0]).decode()}"
        title, brand = offer.listing.title or product, offer.listing.brand
        for seller in ("first", "second"):
            world.publish(f"{product} of {seller}", title, seller_id=seller, brand=brand, image_urls=[url])
    process.wait_ready("decides shards [0]", deadline_s=ENCODERS_S)
    world.wait_until_quiet()

    assert process.metric("skutwin_encoder_items_total", modality="pictures") == len(shown)
    for product in shown:
        twins = world.events(f"{product} of first", f"{product} of second")
        assert [event.kind for event in twins] == [Kind.MATCHED]
        assert twins[0].similarity is not None
        assert twins[0].similarity.image == 1.0
    check_accounts(process)
    assert process.term() == 0, process.tail()
    check_events(world)
    check_index(world)
