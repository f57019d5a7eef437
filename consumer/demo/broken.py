"""Records that can never be right, one for every way in which sellers' systems go wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from model.strict_json import canonical

Document = dict[str, Any]


class Broken(NamedTuple):
    """A record for the `listings` topic that must become a dead letter; `kind` is our name for why."""

    kind: str
    key: bytes
    value: bytes


def _with(**changes: object) -> Callable[[Document], bytes]:
    return lambda document: canonical({**document, **changes})


def _without(*names: str) -> Callable[[Document], bytes]:
    return lambda document: canonical({name: value for name, value in document.items() if name not in names})


def _twice(document: Document) -> bytes:
    return b'{"revision":1,' + canonical(document)[1:]


def _nan_price(document: Document) -> bytes:
    return json.dumps({**document, "price": float("nan"), "currency": "EUR"}).encode()


_KINDS: Final[dict[str, Callable[[Document], bytes]]] = {
    "not_json": lambda document: canonical(document)[:-9],
    "not_utf8": lambda document: canonical({**document, "title": "?"}).replace(b'"?"', b'"\xff\xfe"'),
    "not_an_object": lambda document: canonical([document]),
    "no_seller": _without("seller_id"),
    "nothing_to_embed": _without("title", "image_urls"),
    "bad_gtin": _with(gtin="4006381333932"),
    "negative_revision": _with(revision=-1),
    "revision_as_text": _with(revision="seven"),
    "wrong_key": _with(listing_id="somebody-else"),
    "unknown_scheme": _with(image_urls=["ftp://127.0.0.1/picture.jpg"]),
    "price_without_currency": lambda document: _without("currency")({**document, "price": "9.90"}),
    "nan_price": _nan_price,
    "field_twice": _twice,
    "control_character": _with(title="bell \u0007 ringing"),
    "title_too_long": _with(title="wide " * 1_000),
}


def broken_records(documents: list[tuple[str, Document]]) -> list[Broken]:
    """For each (listing id, valid document) a broken record under that id, kinds taking turns."""
    kinds = list(_KINDS.items())
    return [
        Broken(kinds[place % len(kinds)][0], listing_id.encode(), kinds[place % len(kinds)][1](document))
        for place, (listing_id, document) in enumerate(documents)
    ]
