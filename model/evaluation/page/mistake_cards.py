"""Mistakes as pictures side by side, with what the model gave as reasons."""

from __future__ import annotations

from collections.abc import Sequence

from model.data.labelled import LabelledListing
from model.evaluation.mistakes import Mistake
from model.evaluation.page.markup import Markup, element
from model.evaluation.page.thumbnails import data_url

_REASONS = 6


def mistake_section(title: str, explained: str, mistakes: Sequence[Mistake]) -> Markup:
    """All of one kind."""
    cards = [_card(mistake) for mistake in mistakes]
    inside = (
        element("div", *cards, class_="mistakes") if cards else element("p", "There is none.", class_="quiet")
    )
    return element("section", element("h3", title), element("p", explained, class_="quiet"), inside)


def _card(mistake: Mistake) -> Markup:
    decision = mistake.decision
    said = f"{decision.outcome} at {100 * decision.probability:.1f} %, by {decision.source}"
    truth = "the same product" if mistake.same else "two products"
    largest = sorted(
        (item for item in decision.contributions if item[0] != "bias"), key=lambda item: -abs(item[1])
    )
    reasons = [
        element("li", f"{name.replace('_', ' ')} {value:+.1f}", class_="for" if value > 0 else "against")
        for name, value in largest[:_REASONS]
    ]
    return element(
        "article",
        element("div", _side(mistake.a), _side(mistake.b), class_="sides"),
        element("p", element("b", truth), f"; said: {said}", class_="said"),
        element("ul", *reasons, class_="reasons"),
        class_="mistake",
    )


def _side(row: LabelledListing) -> Markup:
    listing = row.listing
    url = data_url(row.pictures[0]) if row.pictures else None
    picture = (
        element("div", "no picture", class_="nothing")
        if url is None
        else _image(url, listing.title or "untitled")
    )
    price = "no price" if listing.price is None else f"{listing.price} {listing.currency}"
    fields = " · ".join(part for part in (listing.brand, listing.colour, price) if part)
    more = f" (+{len(row.pictures) - 1} pictures)" if len(row.pictures) > 1 else ""
    return element(
        "div",
        picture,
        element("p", listing.title or "no title"),
        element("p", fields, class_="quiet"),
        element("p", f"{row.store}: {listing.seller_id}{more}", class_="quiet"),
        class_="side",
    )


def _image(url: str, shows: str) -> Markup:
    opened = element("img", src=url, alt=shows, loading="lazy")
    return Markup(opened.removesuffix("</img>"))
