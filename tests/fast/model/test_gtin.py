"""GTINs: checksum, one written form, and what they are worth."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from model.gtin import GtinKind, check_digit, gtin_kind, normalise_gtin

bodies = st.sampled_from([7, 11, 12, 13]).flatmap(lambda n: st.text("0123456789", min_size=n, max_size=n))


def whole(body: str) -> str:
    return body + str(check_digit(body))


@given(bodies)
def test_normalising_twice_changes_nothing(body: str) -> None:
    """The written form is its own written form, has 14 digits, and keeps the number."""
    once = normalise_gtin(whole(body))
    assert (normalise_gtin(once), len(once), int(once)) == (once, 14, int(whole(body)))


@given(bodies, st.data())
def test_one_wrong_digit_is_always_found(body: str, data: st.DataObject) -> None:
    """GS1's check digit finds every single wrong digit, wherever it stands."""
    right = whole(body)
    place = data.draw(st.integers(0, len(right) - 1))
    digit = data.draw(st.sampled_from([each for each in "0123456789" if each != right[place]]))
    with pytest.raises(ValueError, match="check digit"):
        normalise_gtin(right[:place] + digit + right[place + 1 :])


@given(bodies, st.data())
def test_swapped_neighbours_are_found_unless_they_differ_by_five(body: str, data: st.DataObject) -> None:
    """Weights 3 and 1 miss a swap only where the digits differ by 5."""
    right = whole(body)
    place = data.draw(st.integers(0, len(right) - 2))
    assume(abs(int(right[place]) - int(right[place + 1])) not in {0, 5})
    with pytest.raises(ValueError, match="check digit"):
        normalise_gtin(right[:place] + right[place + 1] + right[place] + right[place + 2 :])


@pytest.mark.parametrize("written", ["4006381333931", "4 006381 333931", "4006381-33393-1", "04006381333931"])
def test_blanks_and_hyphens_do_not_count(written: str) -> None:
    """One number has one written form."""
    assert normalise_gtin(written) == "04006381333931"


@pytest.mark.parametrize(
    "wrong", ["", "abc", "123", "400638133393", "٤٠٠٦٣٨١٣٣٣٩٣١", "4006381333931x", "1" * 15, "²" * 13]
)
def test_what_is_no_gtin_is_refused(wrong: str) -> None:
    """Wrong lengths, other characters and other scripts' digits are named."""
    with pytest.raises(ValueError, match=r"digits|check digit"):
        normalise_gtin(wrong)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("400638133393", GtinKind.GLOBAL),
        ("03600029145", GtinKind.GLOBAL),  # a UPC-A
        ("9638507", GtinKind.GLOBAL),  # a GTIN-8
        ("978014300723", GtinKind.GLOBAL),  # a book
        ("1400638133393", GtinKind.GLOBAL),  # a case of something
        ("200123412345", GtinKind.RESTRICTED),
        ("299123412345", GtinKind.RESTRICTED),
        ("023456789012", GtinKind.RESTRICTED),  # 02, variable measure
        ("041234567890", GtinKind.RESTRICTED),  # 04, inside a company
        ("21234567890", GtinKind.RESTRICTED),  # UPC-A, number system 2
        ("0123456", GtinKind.RESTRICTED),  # RCN-8
        ("2123456", GtinKind.RESTRICTED),  # RCN-8
        ("9400638133393", GtinKind.RESTRICTED),  # indicator 9: variable measure
        ("050123456789", GtinKind.RESTRICTED),  # coupon
        ("981123456789", GtinKind.RESTRICTED),  # coupon
        ("991123456789", GtinKind.RESTRICTED),  # coupon
        ("980123456789", GtinKind.RESTRICTED),  # refund receipt
        ("977123456700", GtinKind.RESTRICTED),  # serial: every issue alike
        ("985123456789", GtinKind.GLOBAL),  # next to the coupons, and none
        ("952123456789", GtinKind.GLOBAL),  # kept for demonstrations, such as ours
        ("000000000000", GtinKind.PLACEHOLDER),
        ("111111111111", GtinKind.PLACEHOLDER),
        ("123456789012", GtinKind.PLACEHOLDER),
        ("1234567", GtinKind.PLACEHOLDER),
        ("000000000001", GtinKind.PLACEHOLDER),
    ],
)
def test_prefixes_say_what_a_gtin_is_worth(body: str, kind: GtinKind) -> None:
    """Numbers for one shop, coupons and placeholders are no proof of a product."""
    assert gtin_kind(normalise_gtin(whole(body))) is kind
