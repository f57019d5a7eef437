"""The record by which a sweep asks for a listing: what is read from it, and what its key may be taken for."""

from __future__ import annotations

import pytest

from consumer.contracts.inner import InnerAgain, InnerListing, InnerVerdict, read, reserved
from consumer.ports.records import OutRecord, Record

TOPIC = "listings.embedded.v1"


def written(out: OutRecord) -> Record:
    """As it comes back from the log."""
    return Record(out.topic, out.partition or 0, 7, 0, out.key, out.value, out.headers)


def test_what_is_asked_for_is_read_as_it_was_written() -> None:
    """Whatever the listing's id holds."""
    for listing_id in ("a", "r:", "7:a", "Ä:b", "00:c"):
        asked = InnerAgain(listing_id, "1f")
        assert read(written(asked.to_record(TOPIC, 0))) == asked


def test_it_shares_its_key_with_no_other_record() -> None:
    """Or compaction would drive that one out; no listing may have it for its id."""
    key = InnerAgain("a", "1f").to_record(TOPIC, 0).key
    assert key is not None
    assert reserved(key.decode())
    others = [InnerListing("a", None, 0, as_of).to_record(TOPIC, 0) for as_of in (None, 0, 1, 10**18)]
    others.append(InnerVerdict("0" * 32, None).to_record(TOPIC, 0))
    assert key not in {other.key for other in others}


@pytest.mark.parametrize("key", [b"r:00:", b"r:0:a", b"a", b"r:00:\xff"])
def test_one_that_names_no_listing_is_refused(key: bytes) -> None:
    """The inner log is damaged or foreign."""
    with pytest.raises(ValueError, match=r"no listing|utf-8"):
        read(Record(TOPIC, 0, 7, 0, key, None, (("kind", b"again"),)))
