"""HTML from parts: whatever comes from data is escaped, in one place."""

from __future__ import annotations

import html
from collections.abc import Sequence

DASH = "\N{EN DASH}"
"""Between the limits of an interval, and where there is no figure."""


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def text(value: object) -> Markup:
    """Anything as harmless HTML; markup stays what it is."""
    return value if isinstance(value, Markup) else Markup(html.escape(str(value)))


def element(name: str, *inside: object, **attributes: object) -> Markup:
    """An element; `class_` is its class, underscores in names become dashes, None leaves one out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    content = "".join(text(part) for part in inside)
    return Markup(f"<{name}{written}>{content}</{name}>")


def table(head: Sequence[object], rows: Sequence[Sequence[object]], caption: str) -> Markup:
    """A table that scrolls by itself on a narrow screen; the first column names the row."""
    header = element("tr", *(element("th", cell, scope="col") for cell in head))
    body = [
        element("tr", element("th", row[0], scope="row"), *(element("td", cell) for cell in row[1:]))
        for row in rows
    ]
    whole = element(
        "table",
        element("thead", header),
        element("tbody", *body),
    )
    scrolling = element("div", whole, class_="scroll", tabindex="0", role="region", aria_label=caption)
    return Markup(element("p", caption, class_="caption") + scrolling)


def share(value: float | None) -> str:
    """A share to one digit of a per cent; a dash for none."""
    return DASH if value is None or value != value else f"{100 * value:.1f}"  # noqa: PLR0124 (NaN alone differs from itself)


def between(value: float | None, interval: Sequence[float] | None) -> Markup:
    """A share with its interval."""
    if value is None or interval is None:
        return text(share(value))
    limits = element("small", f" {share(interval[0])}{DASH}{share(interval[1])}")
    return Markup(text(share(value)) + limits)
