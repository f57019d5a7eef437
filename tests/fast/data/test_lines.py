"""Listings with known products as JSON lines: what becomes of a row, and of what is wrong with it."""

from __future__ import annotations

import base64
import io
import pickle
import tarfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from model.data import DataError, read_data
from tests.fast.data.sets import ROW, images, lines


def test_a_row_becomes_a_listing_with_its_truth_beside_it(tmp_path: Path) -> None:
    """Ids stay, the price is exact, the pictures' URLs lead nowhere and name nothing."""
    data = read_data(images(lines(tmp_path, ROW), m_1__jpg=b"bytes"))

    (row,) = data.listings
    assert (row.listing.listing_id, row.product_id, row.variant_group) == ("m-1-a", "m-1", "m")
    assert row.listing.price == Decimal("52.1")
    assert row.store == data.name == tmp_path.name
    assert [url[:19] for url in row.listing.image_urls] == ["http://127.0.0.1:1/"]
    assert "m_1" not in row.listing.image_urls[0]
    assert row.pictures[0].read() == b"bytes"
    assert (data.problems, data.missing_pictures) == ((), 0)


def test_a_product_without_variants_is_its_own_group(tmp_path: Path) -> None:
    """Where no variant group is known, the product's id stands for it."""
    data = read_data(lines(tmp_path, ROW | {"variant_group": None}))

    assert data.listings[0].variant_group == "m-1"


@pytest.mark.parametrize("said", [{"ambiguous_identity": True}, {"identity_verified": False}])
def test_an_identity_that_nobody_checked_is_ambiguous(tmp_path: Path, said: dict[str, bool]) -> None:
    """Either way of saying it counts, and silence means it is known."""
    data = read_data(lines(tmp_path, ROW, ROW | said | {"listing_id": "2"}))

    assert [row.ambiguous for row in data.listings] == [False, True]


def test_a_price_without_currency_is_dropped(tmp_path: Path) -> None:
    """An amount of unknown money tells nothing."""
    data = read_data(lines(tmp_path, ROW | {"currency": None}))

    assert (data.listings[0].listing.price, data.problems) == (None, ())


def test_a_broken_line_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    """File, line and reason, as compilers write them."""
    rows: list[dict[str, Any] | str] = [
        ROW,
        "{not json",
        "",
        ROW | {"listing_id": "2", "price": -1},
        ROW,
        ROW | {"listing_id": "3"},
    ]

    data = read_data(lines(tmp_path, *rows))

    assert [row.listing.listing_id for row in data.listings] == ["m-1-a", "3"]
    assert [problem.line for problem in data.problems] == [2, 4, 5]
    assert str(data.problems[0]).startswith(f"{tmp_path / 'listings.jsonl'}:2: not JSON")
    assert "price" in data.problems[1].reason
    assert "came before" in data.problems[2].reason


def test_a_line_without_end_is_named_and_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not fill the memory, and the line after it is read."""
    monkeypatch.setattr("model.data.lines.MAX_LINE_BYTES", 400)

    data = read_data(lines(tmp_path, ROW | {"title": "x" * 2000}, ROW))

    assert [row.listing.title for row in data.listings] == ["Hoodie"]
    assert [(problem.line, problem.reason) for problem in data.problems] == [(1, "a line of over 400 bytes")]


def test_strictly_read_the_first_broken_line_ends_it(tmp_path: Path) -> None:
    """The error says what the problem would have said."""
    with pytest.raises(DataError, match=r"listings\.jsonl:2: not JSON"):
        read_data(lines(tmp_path, ROW, "{not json"), strict=True)


def test_a_missing_picture_is_counted_and_its_listing_goes_on(tmp_path: Path) -> None:
    """Not there, not a file, or on the network: none is fetched, all are counted."""
    wanted = ["m_1.jpg", "gone.jpg", "images", "http://example.org/x.jpg"]
    (tmp_path / "images").mkdir()

    data = read_data(images(lines(tmp_path, ROW | {"images": wanted}), m_1__jpg=b"x"))

    assert (len(data.listings[0].pictures), len(data.listings[0].listing.image_urls)) == (1, 1)
    assert (data.missing_pictures, data.problems) == (3, ())


def test_a_row_with_nothing_to_see_or_read_is_a_problem(tmp_path: Path) -> None:
    """Without a title and without a picture there is no listing."""
    data = read_data(lines(tmp_path, ROW | {"title": None}))

    assert data.listings == ()
    assert "title" in data.problems[0].reason


@pytest.mark.parametrize(
    "name", ["../secret.jpg", "a/../../secret.jpg", "leads_out.jpg", "nul\0.jpg", ".", "x" * 5000]
)
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    """Nor through a link; what cannot be a name is a missing picture."""
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "leads_out.jpg").symlink_to(tmp_path / "secret.jpg")

    data = read_data(lines(folder, ROW | {"images": [name]}))

    assert (data.missing_pictures, data.listings[0].pictures) == (1, ())


def test_of_a_tar_file_only_regular_members_are_found(tmp_path: Path) -> None:
    """A link and a folder in it are missing pictures."""
    with tarfile.open(tmp_path / "images.tar", "w") as tar:
        for name, kind in (("link.jpg", tarfile.SYMTYPE), ("folder", tarfile.DIRTYPE)):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, "/etc/hostname"
            tar.addfile(entry)

    data = read_data(lines(tmp_path, ROW | {"images": ["link.jpg", "folder"]}))

    assert (data.missing_pictures, data.problems) == (2, ())


def test_a_tar_file_that_ends_half_way_gives_what_is_whole(tmp_path: Path) -> None:
    """A member that is cut off is missing; those before it are there."""
    images(tmp_path, first__jpg=b"1" * 600, second__jpg=b"2" * 6000)
    whole = (tmp_path / "images.tar").read_bytes()
    (tmp_path / "images.tar").write_bytes(whole[:4000])

    data = read_data(lines(tmp_path, ROW | {"images": ["first.jpg", "second.jpg"]}))

    assert [picture.name for picture in data.listings[0].pictures] == ["first.jpg"]
    assert data.missing_pictures == 1


def test_what_is_no_tar_file_is_a_problem_of_that_file(tmp_path: Path) -> None:
    """The listings go on without their pictures."""
    (tmp_path / "images.tar").write_bytes(b"no tar file " * 100)

    data = read_data(lines(tmp_path, ROW))

    assert (len(data.listings), data.missing_pictures) == (1, 1)
    assert data.problems[0].file == tmp_path / "images.tar"


def test_pictures_in_a_folder_are_found_as_well(tmp_path: Path) -> None:
    """In `images/`, or beside the file; a reader of them travels to other processes."""
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "m_1.jpg").write_bytes(b"in images")
    (tmp_path / "beside.jpg").write_bytes(b"beside")

    data = read_data(lines(tmp_path, ROW | {"images": ["m_1.jpg", "beside.jpg"]}))

    pictures = pickle.loads(pickle.dumps(data.listings[0].pictures))  # noqa: S301 (our own bytes: it must survive a process pool)
    assert [picture.read() for picture in pictures] == [b"in images", b"beside"]


def test_a_listing_as_the_contract_has_it_may_say_its_product(tmp_path: Path) -> None:
    """Sizes and description stay; inline pictures and files inside the folder are found."""
    (tmp_path / "own.jpg").write_bytes(b"own")
    inline = "data:image/jpeg;base64," + base64.b64encode(b"inline").decode()
    line = {
        "listing_id": "1",
        "seller_id": "s",
        "revision": 7,
        "product_id": "p",
        "title": "Chair",
        "sizes": ["S", "M"],
        "description": "To sit on.",
        "image_urls": [inline, (tmp_path / "own.jpg").as_uri(), "file:///etc/hostname", "data:nonsense"],
    }

    data = read_data(lines(tmp_path, line, {key: line[key] for key in line if key != "product_id"}))

    (row,) = data.listings
    assert (row.listing.sizes, row.listing.description, row.listing.revision) == (("S", "M"), "To sit on.", 7)
    assert [picture.read() for picture in row.pictures] == [b"inline", b"own"]
    assert data.missing_pictures == 2
    assert "product_id" in data.problems[0].reason


def test_pictures_over_the_contracts_limit_are_left_out(tmp_path: Path) -> None:
    """The listing goes on with the first twelve, and it is said."""
    names = [f"{number}.jpg" for number in range(14)]
    images(tmp_path, **{name.replace(".", "__"): b"x" for name in names})

    data = read_data(lines(tmp_path, ROW | {"images": names}))

    assert (len(data.listings[0].pictures), data.missing_pictures) == (12, 0)
    assert "14 pictures" in data.problems[0].reason


def test_a_file_that_was_cut_after_reading_its_index_is_an_error_of_the_world(tmp_path: Path) -> None:
    """A picture that cannot be read whole raises OSError, and never gives half of itself."""
    data = read_data(images(lines(tmp_path, ROW), m_1__jpg=b"x" * 600))
    (tmp_path / "images.tar").write_bytes(io.BytesIO().getvalue())

    with pytest.raises(OSError, match="ends inside"):
        data.listings[0].pictures[0].read()


@pytest.mark.parametrize("name", ["nowhere", "empty", "notes.docx"])
def test_what_is_no_data_says_what_would_be(tmp_path: Path, name: str) -> None:
    """A path that is not there, an empty folder, a file of another kind."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.docx").write_bytes(b"")

    with pytest.raises(DataError, match=name):
        read_data(tmp_path / name)
