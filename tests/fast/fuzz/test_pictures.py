"""Valid pictures of every format, damaged: a square or a named refusal, in bounded memory and time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings

from model.encoders.decoding import BadPicture, decode
from tests.fast.fuzz.memory import at_most
from tests.fast.fuzz.mutations import damaged_pictures, parts, sizes_at
from tests.fuzz.fuzz_picture import EDGE, MAX_PIXELS, SEEDS, check, mended

MEMORY = 32 << 20
"""Bytes; what is allowed to be decoded is a hundred thousand pixels."""


@pytest.mark.parametrize("make", SEEDS.values(), ids=SEEDS.keys())
def test_what_is_damaged_here_was_whole(make: Callable[[], bytes]) -> None:
    """Each file to begin from is a picture, comes apart without loss, and has places that say sizes."""
    content = make()
    assert decode(content, EDGE, max_pixels=MAX_PIXELS).shape == (EDGE, EDGE, 3)
    assert b"".join(parts(content)) == content
    assert len(parts(content)) >= 3
    assert sizes_at(content)
    if content.startswith(b"\x89PNG"):
        assert mended(content) == content


@settings(max_examples=60)
@given(damaged_pictures())
def test_no_damage_costs_more_than_a_refusal(content: bytes) -> None:
    """Cuts, turned bits, exchanged parts and lying sizes end in a square or by name, in 32 MiB and 1 s."""
    check(content)
    with at_most(MEMORY), suppress(BadPicture):
        decode(content, EDGE, max_pixels=MAX_PIXELS)


def test_the_bound_on_memory_binds() -> None:
    """What takes more is stopped, so the test above can fail."""
    with at_most(MEMORY), pytest.raises(MemoryError):
        bytearray(2 * MEMORY)
    assert len(bytearray(2 * MEMORY)) == 2 * MEMORY


def test_a_fault_of_ours_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that is no refusal gets through to whoever fuzzes."""

    def broken(*_: object, **__: object) -> object:
        raise KeyError("ours")

    monkeypatch.setattr("tests.fuzz.fuzz_picture.decode", broken)
    with pytest.raises(KeyError, match="ours"):
        check(SEEDS["PNG"]())
