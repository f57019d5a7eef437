"""JSON from outside is read strictly, and written in one way."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.strict_json import canonical, parse

plain = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
values = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3, alphabet='aé"\\'), inner, max_size=3)
    ),
)
objects = st.dictionaries(st.text(max_size=4, alphabet='ab"\\é\x01'), values, max_size=4)


@pytest.mark.thorough
@given(objects)
@settings(max_examples=40)
def test_what_was_written_is_read_back(value: dict[str, Any]) -> None:
    """`parse` undoes `canonical`, and writing again repeats the bytes."""
    assert parse(canonical(value)) == value
    assert canonical(parse(canonical(value))) == canonical(value)


@pytest.mark.thorough
@given(objects)
@settings(max_examples=40)
def test_the_order_of_keys_leaves_no_trace(value: dict[str, Any]) -> None:
    """Equal objects give equal bytes, whatever order they were built in."""
    assert canonical(dict(reversed(value.items()))) == canonical(value)


def test_a_fraction_stays_exact() -> None:
    """A number with a point is a Decimal with all its digits."""
    assert parse(b'{"price":19.900000000000000001}') == {"price": Decimal("19.900000000000000001")}


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (b'{"a":1,"a":2}', "'a' stands twice"),
        (b'{"b":{"a":1,"c":0,"a":1}}', "'a' stands twice"),
        (b'{"a":NaN}', "NaN is not JSON"),
        (b'{"a":-Infinity}', "-Infinity is not JSON"),
        (b"\xff{}", "not UTF-8 at byte 0"),
        (b"\xef\xbb\xbf{}", "BOM"),
        (b"", "not JSON"),
        (b'{"a":1', "not JSON"),
        (b'{"a":1} {}', "not JSON"),
        (b"[]", "a JSON object is wanted, not list"),
        (b"null", "a JSON object is wanted, not NoneType"),
        (b'{"a":' + b"9" * 41 + b"}", "41 digits"),
        (b'{"a":1.' + b"9" * 40 + b"}", "42 characters"),
        (b'{"a":1e9999999999999999999}', "1e9999999999999999999 has too large an exponent"),
        (b'{"a":0e-9999999999999999999}', "too large an exponent"),
        (b'{"a":1e401}', "too large an exponent"),
        (b'{"a":-0.1e-401}', "too large an exponent"),
        (b'{"a":' + b"[" * 32 + b"]" * 32 + b"}", "nested more than 32 deep"),
        (b'{"a":' + b'{"a":' * 40 + b"1" + b"}" * 41, "nested more than 32 deep"),
        (b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}", "nested too deeply"),
    ],
)
def test_what_is_not_strict_is_refused_with_the_reason(value: bytes, why: str) -> None:
    """Whatever two readers could understand differently is refused."""
    with pytest.raises(ValueError, match=why):
        parse(value)


def test_brackets_side_by_side_are_not_depth() -> None:
    """Only nesting counts, and brackets in texts do not."""
    assert len(parse(b'{"a":[' + b",".join([b"[[1]]"] * 50) + b'],"b":"' + b"[" * 99 + b'"}')) == 2


def test_nested_exactly_as_deep_as_allowed_is_read() -> None:
    """32 levels are the most that is read."""
    assert parse(b'{"a":' + b"[" * 31 + b"]" * 31 + b"}")["a"] != []


def test_nan_is_never_written() -> None:
    """What no reader could read is not written."""
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical({"a": float("nan")})
