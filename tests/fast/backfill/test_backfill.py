"""What of a backfill needs no broker: lines of a file, and whom it refuses to work beside."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from typer.testing import CliRunner

from consumer.app import App
from consumer.backfill import jobs
from consumer.backfill.jobs import Busy, Outcome
from consumer.backfill.listing_lines import lines
from consumer.backfill.publish import file_id
from consumer.cli import main as cli
from consumer.errors import Misconfigured
from consumer.replay.rows import PictureFault
from consumer.settings import Settings

LISTING = {"listing_id": "a", "seller_id": "s", "revision": 1, "title": "red shirt"}


def url_of(name: str) -> str:
    if name.startswith("lost"):
        raise PictureFault(f"{name}: no such file")
    return f"file:///pictures/{name}"


def write(path: Path, *given: object) -> Path:
    path.write_bytes(
        b"\n".join(each if isinstance(each, bytes) else json.dumps(each).encode() for each in given)
    )
    return path


def test_each_line_knows_the_byte_behind_it(tmp_path: Path) -> None:
    """To begin at any of those bytes gives the rest of the lines, whatever stands in them."""
    file = write(tmp_path / "f", LISTING, b"", {**LISTING, "listing_id": "ü"}, b"not json", LISTING)
    whole = list(lines(file, 0, url_of))
    assert whole[-1].end == file.stat().st_size
    for number, line in enumerate(whole, start=1):
        assert list(lines(file, line.end, url_of)) == whole[number:]


def test_a_bad_line_is_told_with_its_place_and_the_others_go_on(tmp_path: Path) -> None:
    """So is a picture that is not there; its listing goes on without it."""
    pictures = {**LISTING, "image_urls": ["one.jpg", "lost.jpg", "https://x/2.jpg"]}
    bad, good = lines(write(tmp_path / "f", {"listing_id": "a"}, pictures), 0, url_of)
    assert bad.listing is None
    assert "seller_id" in str(bad.bad[0])
    assert good.listing is not None
    assert json.loads(good.listing)["image_urls"] == ["file:///pictures/one.jpg", "https://x/2.jpg"]
    assert (good.key, good.left_out[0].at) == (b"a", bad.end)


def test_a_file_is_known_by_what_is_in_it(tmp_path: Path) -> None:
    """A copy goes on where the first was; an edited one is another."""
    first, copy, other = (tmp_path / name for name in "abc")
    for path, listing in ((first, LISTING), (copy, LISTING), (other, {**LISTING, "revision": 2})):
        write(path, listing)
    assert file_id(first) == file_id(copy) != file_id(other)
    with pytest.raises(Misconfigured, match="No such file"):
        file_id(tmp_path / "missing")


@dataclass
class Names:
    embed_group: str = "embed"
    match_group: str = "match"


@dataclass
class Asked:
    """An app, as far as `_alone` asks it."""

    names: Names
    client: dict[str, Any]


def test_a_member_of_either_group_is_waited_for_and_then_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was killed is gone when its session is over; one that lives is named with what to do."""
    counts = {"embed": [1, 1, 0], "match": [0]}

    class Admin:
        def __init__(self, client: object) -> None:
            pass

        def members(self, group: str) -> int:
            left = counts[group]
            return left.pop(0) if len(left) > 1 else left[0]

    monkeypatch.setattr(jobs, "ClusterAdmin", Admin)
    asked = cast("App", Asked(Names(), {}))
    monkeypatch.setattr(jobs, "LOOK_S", 0.001)
    jobs._alone(asked)
    counts["match"] = [2]
    monkeypatch.setattr(jobs, "WAIT_S", 0.02)
    with pytest.raises(Busy, match="match has 2 members"):
        jobs._alone(asked)


@pytest.mark.parametrize(("whole", "code"), [(True, 0), (False, 130)])
def test_the_exit_code_says_whether_all_is_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, whole: bool, code: int
) -> None:
    """A file that exists is a file, anything else a topic."""
    asked = []

    def take_in(job: jobs.Backfill, _settings: object, _report: object) -> Outcome:
        asked.append(job)
        return Outcome(embedded=True, decided=whole)

    monkeypatch.setattr(jobs, "backfill", take_in)
    file = write(tmp_path / "f", LISTING)
    for source in (str(file), "catalogue"):
        done = CliRunner().invoke(cli.app, ["backfill", source])
        assert done.exit_code == code, done.output
        assert "all that `listings` holds is embedded" in done.stdout
    assert asked == [jobs.Backfill(file, None), jobs.Backfill(None, "catalogue")]


def test_what_is_neither_a_file_nor_a_topic_is_told_as_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt path looks like a topic's name."""

    def missing(_client: object, topic: str) -> dict[object, int]:
        raise Misconfigured(f"Kafka has no topic {topic}")

    monkeypatch.setattr(jobs, "after_last_records", missing)
    with pytest.raises(Misconfigured, match=r"listings.jsonl is no file here.*no topic"):
        jobs._there({}, "listings.jsonl")


def test_a_bulk_keeps_each_listings_room_for_pictures_and_what_was_set_higher() -> None:
    """A batch of twice as many listings has twice the bytes; nothing is lowered."""
    settings = Settings(batch_size=64, picture_batch_bytes=2**28, match_batch_size=9_999)
    raised = jobs.bulk(settings)
    assert raised.batch_size == 128
    assert raised.picture_batch_bytes == 2**29
    assert raised.match_batch_size == 9_999
    assert raised.picture_budget_s > settings.picture_budget_s
    assert jobs.bulk(raised) == raised
