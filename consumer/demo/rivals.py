"""What simpler matchers make of the very listings that the consumer holds in the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from consumer.demo.baselines import Features, best_cosine_f1, best_title_f1, side_by_side, stacked
from consumer.demo.stream import DemoStream
from consumer.ports.pictures import ContentCache
from model.embedder import Embedder
from model.listing import Listing


@dataclass(frozen=True, slots=True)
class Rivals:
    """The F1 of each; a cosine's is that at the best threshold for these listings, picked with the truth.

    Attributes:
        title: equal titles.
        zero_shot: the encoders' picture and text side by side, nothing learnt.
        image: pictures alone, by the artifact's layer or by the encoder, whichever does better.
        text: likewise text alone.
    """

    title: float
    zero_shot: float
    image: float
    text: float


class _Seen(NamedTuple):
    """What is compared of one listing, float32[d] or None: by the encoders and by the layer over them."""

    picture: Features | None
    picture_part: Features | None
    text: Features | None
    text_part: Features | None


def rivals(stream: DemoStream, cache: ContentCache, embedder: Embedder) -> Rivals:
    """Match the listings that are live at the stream's end.

    Args:
        stream: the listings, and the truth about them.
        cache: where the consumer left the features that it made of them.
        embedder: the artifact's.
    """
    listings, truth = stream.listings, stream.truth_pairs
    columns = zip(*(_seen(listing, cache, embedder) for listing in listings), strict=True)
    picture, picture_part, text, text_part = map(stacked, columns)

    def best(*rows: Features) -> float:
        return max(best_cosine_f1(listings, each, truth) for each in rows)

    return Rivals(
        title=best_title_f1(listings, truth),
        zero_shot=best(side_by_side([picture, text])),
        image=best(picture, picture_part),
        text=best(text, text_part),
    )


def _seen(listing: Listing, cache: ContentCache, embedder: Embedder) -> _Seen:
    known = cache.urls(listing.image_urls)
    keys = [embedder.picture_key(known[url].sha256) for url in listing.image_urls if url in known]
    found = cache.features(keys)
    pictures = [found[key] for key in keys if key in found]
    words = embedder.text_of(listing)
    text_keys = [] if words is None else [embedder.text_key(words)]
    text = next(iter(cache.features(text_keys).values()), None)
    (embedding,) = embedder.embed([listing], [pictures], [text])
    plain = embedder.plain_image(pictures) if pictures else None
    return _Seen(plain, embedding.image, text, embedding.text)
