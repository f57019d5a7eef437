"""Replaying a file: what is published, what is refused, and what nobody may see."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import pytest

from consumer.errors import BrokerFault, Misconfigured
from consumer.replay.replay import BadLine, Replay, ReplayReport, replay
from model.listing import Listing
from tests.fast.clocks import HandClock

ROW = {
    "listing_id": "luma-MH01-Black-a",
    "product_id": "luma-MH01-Black",
    "variant_group": "luma-MH01",
    "seller_id": "luma-a",
    "title": "Hoodie",
    "price": 52.0,
    "currency": "USD",
    "images": ["mh01-black.jpg"],
}


@dataclass
class ListPublisher:
    """Implements `Publisher`; time passes only while it waits."""

    clock: HandClock = field(default_factory=HandClock)
    sent: list[tuple[bytes, bytes]] = field(default_factory=list)
    moments: list[float] = field(default_factory=list)
    flushed: bool = False
    before: Callable[[int], None] = lambda _: None

    def send(self, key: bytes, value: bytes) -> None:
        self.before(len(self.sent))
        self.sent.append((key, value))
        self.moments.append(self.clock.steady)

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def flush(self) -> int:
        self.flushed = True
        return len(self.sent)

    @property
    def listings(self) -> list[Listing]:
        return [Listing.model_validate_json(value) for _, value in self.sent]


def written(folder: Path, *lines: dict[str, Any] | str) -> Path:
    path = folder / "listings.jsonl"
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return path


def pictures(folder: Path, *names: str, size: int = 100) -> Path:
    images = folder / "images"
    for name in names:
        (images / name).parent.mkdir(parents=True, exist_ok=True)
        (images / name).write_bytes(name.encode() * size)
    return images


def run(
    file: Path, publisher: ListPublisher, *, images: Path | None = None, truth: bool = True, **fields: Any
) -> ReplayReport:
    truth_file = file.parent / "truth.jsonl" if truth else None
    job = Replay(file, images, truth_file, file.parent / "work", **fields)
    return replay(job, publisher, clock=publisher.clock)


def local(url: str) -> Path:
    return Path(unquote(urlparse(url).path))


def test_a_data_set_row_becomes_a_listing_that_tells_nothing(tmp_path: Path) -> None:
    """Ids, sellers and file names are opaque; title, exact price and the picture's bytes are kept."""
    publisher = ListPublisher()
    report = run(written(tmp_path, ROW), publisher, images=pictures(tmp_path, "mh01-black.jpg"))
    key, value = publisher.sent[0]
    listing = publisher.listings[0]
    assert b"luma" not in key + value
    assert b"mh01" not in value.lower()
    assert (key.decode(), listing.title, str(listing.price), listing.currency) == (
        listing.listing_id,
        "Hoodie",
        "52.0",
        "USD",
    )
    assert local(listing.image_urls[0]).read_bytes() == b"mh01-black.jpg" * 100
    assert report.file_root is not None
    assert local(listing.image_urls[0]).is_relative_to(report.file_root)
    assert not local(listing.image_urls[0]).is_symlink()


def test_the_truth_names_products_by_opaque_ids(tmp_path: Path) -> None:
    """The truth file has a line for every published row, and says which identities are doubtful."""
    rows = [
        ROW,
        ROW | {"listing_id": "x", "ambiguous_identity": True},
        ROW | {"listing_id": "y", "identity_verified": False},
    ]
    publisher = ListPublisher()
    run(written(tmp_path, *rows), publisher, images=pictures(tmp_path, "mh01-black.jpg"))
    truth = [json.loads(line) for line in (tmp_path / "truth.jsonl").read_text().splitlines()]
    assert [line["listing_id"] for line in truth] == [listing.listing_id for listing in publisher.listings]
    assert [line["ambiguous"] for line in truth] == [False, True, True]
    assert {line["product_id"] for line in truth} == {"luma-MH01-Black"}


def test_opaque_ids_repeat_under_one_key_and_differ_under_another(tmp_path: Path) -> None:
    """A second replay names the same listings, unless it is given another key."""
    ids = []
    for key in ("a", "a", "b"):
        publisher = ListPublisher()
        run(written(tmp_path, ROW), publisher, images=pictures(tmp_path, "mh01-black.jpg"), key=key)
        ids.append(publisher.sent[0][0])
    assert ids[0] == ids[1] != ids[2]


def test_a_price_without_a_currency_is_left_out(tmp_path: Path) -> None:
    """And so is a currency without a price."""
    publisher = ListPublisher()
    lines = [ROW | {"currency": None, "images": []}, ROW | {"price": None, "images": []}]
    run(written(tmp_path, *lines), publisher)
    assert [(each.price, each.currency) for each in publisher.listings] == [(None, None), (None, None)]


@pytest.mark.parametrize(
    ("given", "exact"),
    [("16.99", "16.99"), ("399", "399"), ("0.1", "0.1"), ("3.1415926535", "3.141593"), ("1e3", "1000")],
)
def test_a_price_stays_the_number_that_the_file_says(tmp_path: Path, given: str, exact: str) -> None:
    """No digit passes through a binary float; what is finer than the contract allows is rounded."""
    publisher = ListPublisher()
    run(written(tmp_path, json.dumps(ROW | {"images": []}).replace("52.0", given)), publisher)
    assert str(publisher.listings[0].price) == exact


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("not json", "not JSON"),
        ('{"product_id":"p","product_id":"q"}', "stands twice"),
        (json.dumps(ROW | {"listing_id": ""}), "listing_id"),
        (json.dumps(ROW | {"title": None, "images": ["no.jpg"]}), "title or image_urls"),
        (json.dumps(ROW | {"price": 1e300}), "price"),
        (json.dumps(ROW | {"gtin": "4006381333930"}), "check digit"),
        (json.dumps({"listing_id": "l", "seller_id": "s", "title": "t"}), "revision"),
        (
            json.dumps({"listing_id": "l", "seller_id": "s", "revision": 1, "title": "t", "image_urls": 3}),
            "image_urls",
        ),
    ],
)
def test_a_bad_line_is_named_and_the_others_go_on(tmp_path: Path, line: str, why: str) -> None:
    """The report names file, line and reason; nothing of the line is published."""
    publisher = ListPublisher()
    met: list[BadLine] = []
    good = ROW | {"images": []}
    file = written(tmp_path, good, line, "", good | {"listing_id": "z"})
    job = Replay(file, pictures(tmp_path, "a.jpg"), tmp_path / "truth", tmp_path / "work")
    report = replay(job, publisher, clock=publisher.clock, on_bad=met.append)
    assert (report.sent, len(publisher.sent)) == (2, 2)
    assert met == report.bad
    assert str(report.bad[0]).startswith(f"{file}:2: ")
    assert why in report.bad[0].reason


def test_a_listing_keeps_its_ids_and_gets_urls_for_its_pictures(tmp_path: Path) -> None:
    """A line in the contract is published as it is; names become file URLs under the folder, URLs stay."""
    line = {
        "listing_id": "l1",
        "seller_id": "s1",
        "revision": 7,
        "price": "9.50",
        "currency": "EUR",
        "image_urls": ["sub/blue 1.jpg", "https://example.com/a.jpg"],
    }
    publisher = ListPublisher()
    images = pictures(tmp_path, "sub/blue 1.jpg")
    report = run(written(tmp_path, line), publisher, images=images, truth=False)
    listing = publisher.listings[0]
    assert (listing.listing_id, listing.revision, str(listing.price)) == ("l1", 7, "9.50")
    assert local(listing.image_urls[0]) == images / "sub" / "blue 1.jpg"
    assert listing.image_urls[1] == "https://example.com/a.jpg"
    assert report.file_root == images


@pytest.mark.parametrize("name", ["missing.jpg", "../secret.jpg", "/etc/hostname"])
def test_a_picture_that_cannot_be_given_is_left_out_and_named(tmp_path: Path, name: str) -> None:
    """Missing, or outside the folder: the listing goes on with the others."""
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    publisher = ListPublisher()
    row = ROW | {"images": [name, "a.jpg"]}
    report = run(written(tmp_path, row), publisher, images=pictures(tmp_path, "a.jpg"))
    assert len(publisher.listings[0].image_urls) == 1
    assert [(each.number, name in each.reason) for each in report.pictures_left_out] == [(1, True)]


def test_small_pictures_can_travel_inside_the_record(tmp_path: Path) -> None:
    """With `inline` a picture becomes a data: URL, where the contract's limit allows it."""
    publisher = ListPublisher()
    images = pictures(tmp_path, "a.jpg")
    (images / "big.jpg").write_bytes(b"x" * 60_000)
    report = run(
        written(tmp_path, ROW | {"images": ["a.jpg", "big.jpg"]}), publisher, images=images, inline=True
    )
    assert [url[:23] for url in publisher.listings[0].image_urls] == ["data:image/jpeg;base64,"]
    assert "at most 65536" in report.pictures_left_out[0].reason
    assert report.file_root is None


def test_pictures_are_read_from_a_tar_file(tmp_path: Path) -> None:
    """An archive is unpacked under the work folder; what would lie outside of it is not."""
    with tarfile.open(tmp_path / "images.tar", "w") as archive:
        for name in ("mh01-black.jpg", "../escaped.jpg"):
            member = tarfile.TarInfo(name)
            member.size = 3
            archive.addfile(member, io.BytesIO(b"abc"))
    publisher = ListPublisher()
    run(written(tmp_path, ROW), publisher, images=tmp_path / "images.tar")
    assert local(publisher.listings[0].image_urls[0]).read_bytes() == b"abc"
    assert not list(tmp_path.rglob("escaped.jpg"))


def test_a_rate_spaces_the_records(tmp_path: Path) -> None:
    """At four a second the fifth record leaves after one second."""
    publisher = ListPublisher()
    rows = [ROW | {"listing_id": f"l{n}", "images": []} for n in range(5)]
    report = run(written(tmp_path, *rows), publisher, rate=4.0)
    assert publisher.moments == pytest.approx([0, 0.25, 0.5, 0.75, 1.0])
    assert report.seconds == pytest.approx(1.0)


def test_an_interrupt_keeps_what_was_sent(tmp_path: Path) -> None:
    """Ctrl-C flushes, writes the truth of what was sent, and says so."""

    def interrupt(sent: int) -> None:
        if sent == 2:
            raise KeyboardInterrupt

    publisher = ListPublisher(before=interrupt)
    rows = [ROW | {"listing_id": f"l{n}", "images": []} for n in range(5)]
    report = run(written(tmp_path, *rows), publisher)
    assert (report.interrupted, report.sent, publisher.flushed) == (True, 2, True)
    assert len((tmp_path / "truth.jsonl").read_text().splitlines()) == 2


def test_a_broker_that_refuses_is_not_passed_over(tmp_path: Path) -> None:
    """A record that was not taken ends the replay."""

    def refuse(_: int) -> None:
        raise BrokerFault("not taken")

    with pytest.raises(BrokerFault):
        run(written(tmp_path, ROW | {"images": []}), ListPublisher(before=refuse))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"file": Path("nowhere.jsonl")}, "no such file"),
        ({"rate": 0.0}, "--rate"),
        ({"images": Path("nowhere")}, "neither a folder nor a tar"),
        ({"truth": None}, "--truth"),
    ],
)
def test_what_is_set_wrongly_is_said_before_anything_is_sent(
    tmp_path: Path, change: dict[str, Any], why: str
) -> None:
    """The message names the option."""
    fields: dict[str, Any] = {
        "file": written(tmp_path, ROW),
        "images": None,
        "truth": tmp_path / "t",
        "work": tmp_path / "work",
    }
    publisher = ListPublisher()
    with pytest.raises(Misconfigured, match=why):
        replay(Replay(**(fields | change)), publisher, clock=publisher.clock)
    assert not publisher.sent
