"""The read API: pages, problems, and answers that its own document describes."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema
import pytest
from starlette.testclient import TestClient

from consumer.contracts.events import Kind
from consumer.pairs.api import ReadApi, cursor, position
from consumer.pairs.follow import Progress
from consumer.pairs.store import PairReader, PairStore, Unmatched
from tests.fast.pairs.world import TOPIC, World, event

CAUGHT_UP = Progress(caught_up=True, lag=0)


@pytest.fixture
def world(tmp_path: Path) -> World:
    held = World(tmp_path / "pairs.sqlite3")
    for number in range(7):
        held.say(event("a/1 ü?", f"b{number}"))
    held.say(event("b0", "b1"))
    held.say(event("b0", "b2", kind=Kind.RETRACTED))
    held.follow()
    return held


def client(world: World, progress: Progress = CAUGHT_UP) -> TestClient:
    return TestClient(ReadApi(world.path, TOPIC, lambda: progress).application())


def matches(world: World, listing_id: str, **query: object) -> Any:
    path = f"/v1/listings/{quote(listing_id, safe='')}/matches"
    return client(world).get(path, params={name: str(value) for name, value in query.items()})


def described(answer: Any, schema: str) -> None:
    """Whether an answer is what the document says."""
    document = json.loads((Path(__file__).parents[3] / "deploy" / "schemas" / "openapi.json").read_text())
    whole = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
    jsonschema.Draft202012Validator(whole).validate(answer)


def test_pages_together_are_all_matches_once(world: World) -> None:
    """By the other listing's id; an id may hold anything that a listing's may."""
    seen: list[str] = []
    after = ""
    for _ in range(4):
        page = matches(world, "a/1 ü?", limit=2, **({"after": after} if after else {})).json()
        described(page, "MatchPage")
        seen += [match["other"]["listing_id"] for match in page["matches"]]
        after = page.get("next", "")
    assert seen == [f"b{number}" for number in range(7)]
    assert after == ""


def test_a_page_after_a_match_that_is_gone_goes_on_behind_it(world: World) -> None:
    """A key set by values needs no row to stand on: nothing is left out or shown twice."""
    first = matches(world, "a/1 ü?", limit=3).json()
    world.say(event("a/1 ü?", "b2", kind=Kind.RETRACTED, number=2))
    world.follow()
    second = matches(world, "a/1 ü?", limit=100, after=first["next"]).json()
    assert [match["other"]["listing_id"] for match in second["matches"]] == ["b3", "b4", "b5", "b6"]


def test_a_match_has_both_prices_as_exact_decimals_its_source_and_its_probability(world: World) -> None:
    """Seen from the listing asked for; prices are texts, since floating point would bend them."""
    (match,) = matches(world, "b1", limit=1).json()["matches"]
    assert match["listing"]["listing_id"] == "b1"
    assert (match["listing"]["price"], match["other"]["price"]) == ("10.50", "9.90")
    assert (match["source"], match["probability"], match["same_seller"]) == ("model", 0.97, False)


def test_a_listing_without_matches_is_no_error(world: World) -> None:
    """Nobody knows here which listings there are."""
    answer = matches(world, "nobody")
    assert (answer.status_code, answer.json()["matches"]) == (200, [])


def test_a_pair_is_found_by_its_id_while_it_matches(world: World) -> None:
    """Taken back it is not found."""
    there, gone = event("b0", "b1").pair_id, event("b0", "b2").pair_id
    answer = client(world).get(f"/v1/pairs/{there}")
    described(answer.json(), "CurrentMatch")
    assert answer.json()["listing"]["listing_id"] == "b0"
    refused = client(world).get(f"/v1/pairs/{gone}")
    assert refused.status_code == 404
    described(refused.json(), "Problem")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 501}, "limit"),
        ({"limit": "ten"}, "limit"),
        ({"limit": "٣"}, "limit"),
        ({"after": "%%"}, "after"),
        ({"after": "_w"}, "after"),
    ],
)
def test_a_bad_parameter_is_a_problem_that_names_it(world: World, query: dict[str, Any], said: str) -> None:
    """RFC 9457: type, title, status and detail under a media type of their own."""
    answer = matches(world, "a", **query)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    described(answer.json(), "Problem")
    assert answer.json()["detail"].startswith(said)


def test_an_id_longer_than_any_listings_is_refused(world: World) -> None:
    """No such listing can exist."""
    assert matches(world, "x" * 1000).status_code == 400


def test_before_it_has_caught_up_it_says_how_much_is_left(world: World) -> None:
    """A 503 with the lag, and the same from the readiness check; the status is answered at any time."""
    busy = client(world, Progress(caught_up=False, lag=42))
    answer = busy.get("/v1/listings/a/matches")
    assert (answer.status_code, answer.json()["lag"]) == (503, 42)
    assert int(answer.headers["retry-after"]) > 0
    described(answer.json(), "Problem")
    assert busy.get("/readyz").status_code == 503
    status = busy.get("/v1/status")
    described(status.json(), "Status")
    assert (status.status_code, status.json()["lag"], status.json()["matches"]) == (200, 42, 8)
    assert client(world).get("/readyz").status_code == 200


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/v2/x", 404), ("POST", "/v1/status", 405)])
def test_what_the_router_refuses_is_a_problem_too(world: World, method: str, path: str, status: int) -> None:
    """No error has another form."""
    answer = client(world).request(method, path)
    assert answer.status_code == status
    described(answer.json(), "Problem")


def test_the_document_is_served_as_it_lies_in_the_repository(world: World) -> None:
    """What a caller generates from is what is tested."""
    kept = Path(__file__).parents[3] / "deploy" / "schemas" / "openapi.json"
    assert client(world).get("/v1/openapi.json").text == kept.read_text()


def test_a_cursor_holds_any_id() -> None:
    """Fit for a URL as it is."""
    for listing_id in ("", "a", "a/b?&=", "ü" * 100):
        assert position(cursor(listing_id)) == listing_id
        assert quote(cursor(listing_id), safe="") == cursor(listing_id)


def test_readers_see_a_whole_batch_or_none_of_it(world: World) -> None:
    """A page read while the follower is inside its transaction is the one before."""
    with closing(PairStore(world.path)) as store, closing(PairReader(world.path)) as reader:
        with store._transaction():
            store._db.execute("DELETE FROM pairs")
            assert reader.count() == 8
        assert reader.count() == 0
        store.apply([Unmatched("nobody")], {0: 1})
