"""The drawn pictures of the synthetic marketplace."""

from __future__ import annotations

import io
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from model.synthetic import make_catalogue
from model.synthetic.design import CATEGORIES, PATTERNS, Design
from model.synthetic.photo import take_photo
from model.synthetic.style import STOCK, make_style

EVERY_CATEGORY = sorted({*CATEGORIES["train"], *CATEGORIES["demo"]})
EVERY_PATTERN = sorted({*PATTERNS["train"], *PATTERNS["demo"]} - {"plain"})


def _design(**changes: object) -> Design:
    plain = Design("tshirt", "blue", "yellow", "plain", 0.22, 0.5, 0.5, 0, 0, 0, 0, trim=False)
    return replace(plain, **changes)  # type: ignore[arg-type]


def _pixels(jpeg: bytes) -> NDArray[np.int16]:
    with Image.open(io.BytesIO(jpeg)) as picture:
        assert picture.format == "JPEG"
        return np.asarray(picture.convert("RGB"), dtype=np.int16)


def _stock(design: Design, pack: int = 1) -> NDArray[np.int16]:
    return _pixels(take_photo(design, pack, STOCK, 0, Random(1)))


def _changed(one: NDArray[np.int16], other: NDArray[np.int16]) -> float:
    """The share of pixels that differ clearly."""
    return float((np.abs(one - other).max(axis=2) > 40).mean())


def test_a_picture_is_the_same_at_every_call() -> None:
    """Rendering has no memory and no chance of its own."""
    offer = next(o for o in make_catalogue(seed=3, products=20).offers if len(o.shots) > 1)
    assert offer.render(0) == offer.render(0)
    assert offer.pictures == (offer.render(0), *(offer.render(i) for i in range(1, len(offer.shots))))
    assert len(offer.shots) == len(offer.listing.image_urls)


@pytest.mark.parametrize("category", EVERY_CATEGORY)
def test_every_category_is_drawn_inside_the_picture(category: str) -> None:
    """The maker's photo shows a blue thing of some size that does not run over the edge."""
    pixels = _stock(_design(category=category))
    drawn = np.abs(pixels - 255).max(axis=2) > 30
    assert 0.05 < drawn.mean() < 0.7
    edge = np.concatenate([drawn[0], drawn[-1], drawn[:, 0], drawn[:, -1]])
    assert edge.mean() < 0.01
    blue = (pixels[..., 2] > pixels[..., 0] + 60) & drawn
    assert blue.sum() > 0.3 * drawn.sum()


@pytest.mark.parametrize("pattern", EVERY_PATTERN)
def test_every_pattern_is_seen(pattern: str) -> None:
    """A patterned variant looks different from the plain one."""
    assert _changed(_stock(_design()), _stock(_design(pattern=pattern))) > 0.015


def test_variants_look_different() -> None:
    """Another colour, another print and a pack show; so does every seller's style."""
    printed = _design(pattern="print", motif=0)
    assert _changed(_stock(_design()), _stock(_design(colour="red"))) > 0.2
    assert _changed(_stock(printed), _stock(replace(printed, motif=2))) > 0.01
    assert _changed(_stock(_design()), _stock(_design(), pack=3)) > 0.1


def test_sellers_photograph_differently() -> None:
    """Two sellers' pictures of one product are far apart, and both are pictures of it."""
    styles = [replace(make_style(Random(seed), "ABC", "train"), width=224, height=224) for seed in (1, 2)]
    one, other = (_pixels(take_photo(_design(), 1, style, 0, Random(1))) for style in styles)
    assert _changed(one, other) > 0.2


def _taken(view: int, **changes: object) -> NDArray[np.int16]:
    style = replace(STOCK, **changes)  # type: ignore[arg-type]
    return _pixels(take_photo(_design(pattern="print", closure=2), 1, style, view, Random(1)))


def test_a_crop_cuts_the_edges_and_keeps_the_middle() -> None:
    """What is tightly cropped is larger, and its print is still in the picture."""
    blue = {crop: (_taken(0, crop=crop)[..., 2] > 150).mean() for crop in (1.0, 0.6)}
    yellow = [
        ((shot := _taken(0, crop=crop))[..., 0] > 200) & (shot[..., 2] < 120) for crop in (1.0, 0.6, 0.6)
    ]
    assert blue[0.6] != blue[1.0]
    assert yellow[1].sum() > 1.1 * yellow[0].sum() > 50


def test_the_second_picture_shows_what_the_style_says() -> None:
    """From the back there is no print; a detail is larger; an angle is the whole, turned."""
    whole, back, detail, angle = (
        _taken(0),
        *(_taken(1, second=second) for second in ("back", "detail", "angle")),
    )

    def yellow(shot: NDArray[np.int16]) -> int:
        return int(((shot[..., 0] > 200) & (shot[..., 1] > 160) & (shot[..., 2] < 120)).sum())

    assert yellow(back) == 0
    assert yellow(detail) > 1.5 * yellow(whole) > 0
    assert 0.8 < yellow(angle) / yellow(whole) < 1.25
    assert _changed(whole, angle) > 0.01


def test_badges_and_hangers_are_seen() -> None:
    """Both change a picture, and neither hides the garment."""
    for changed in (_taken(0, badge=1.0), _taken(0, hanger=True)):
        assert 0.003 < _changed(_taken(0), changed) < 0.1


@pytest.mark.parametrize("split", ["train", "demo"])
def test_the_late_seller_photographs_on_ground_that_no_other_has(split: str) -> None:
    """Its backdrop is new to its split, and the two splits' are not the same."""
    others = {make_style(Random(seed), "ABC", split).backdrop for seed in range(60)}
    late = make_style(Random(1), "ABC", split, late=True).backdrop
    assert late not in others
    assert late != make_style(Random(1), "ABC", {"train": "demo", "demo": "train"}[split], late=True).backdrop
