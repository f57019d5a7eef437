"""The embedding pass: every distinct picture and text of labelled listings through the encoders, once."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from model.data.labelled import LabelledListing, PictureFile
from model.embedder import numbers_of, text_of
from model.encoders.decoding import BadPicture
from model.features.frozen import FrozenFeatures
from model.features.store import FeatureStore, MemoryShelf, Shelf
from model.listing import MAX_PICTURES
from model.money import Rates

_BATCH = 32  # pictures or, eight times that, texts, between two looks at the clock
_AHEAD = 3 * _BATCH  # pictures that may be decoded and wait
_FLUSH_S = 5.0
_HASH_DIGITS = 16

Float32 = NDArray[np.float32]
Pixels = NDArray[np.uint8]
Advance = Callable[[int], None]
"""Told how many more pictures and texts are done."""


class Encoders(Protocol):
    """What this pass needs of `model.embedder.FrozenEncoders`."""

    @property
    def picture_width(self) -> int:
        """Numbers of a picture's raw features."""

    @property
    def texture_width(self) -> int:
        """How many of them are the statistics of early layers."""

    @property
    def text_width(self) -> int:
        """Numbers of a text's raw features."""

    def picture_key(self, sha256: str) -> str:
        """The key of a picture's features, its last part the SHA-256 of the picture."""

    def text_key(self, text: str) -> str:
        """The key of a text's features, its last part of the text alone."""

    def preprocess(self, content: bytes) -> Pixels:
        """Pixels from bytes; raises BadPicture."""

    def encode_pictures(self, pictures: Sequence[Pixels]) -> Float32:
        """Raw features float32[n, picture_width]."""

    def encode_texts(self, texts: Sequence[str]) -> Float32:
        """Raw features float32[n, text_width]."""


@dataclass(frozen=True)
class Encoded:
    """What came of labelled listings.

    Attributes:
        features: of the listings that have a picture or a text, in their order.
        broken_pictures: name and reason of each picture that could not be decoded.
        missing: name and reason of each picture that could not be read.
        left_out: the listings that have neither picture nor text, perhaps since the above.
    """

    features: FrozenFeatures
    broken_pictures: tuple[tuple[str, str], ...] = ()
    missing: tuple[tuple[str, str], ...] = ()
    left_out: tuple[LabelledListing, ...] = ()


def steps(rows: Sequence[LabelledListing]) -> int:
    """How far `advance` will be told to go in all: distinct pictures and distinct texts."""
    return len(_pictures_of(rows)) + len(_texts_of(rows))


def frozen_features(
    rows: Sequence[LabelledListing],
    encoders: Encoders,
    rates: Rates,
    store: FeatureStore | None = None,
    advance: Advance = lambda _done: None,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> Encoded:
    """Encode what the store has not; whatever ends this early, it goes on from there the next time.

    A picture that cannot be read or decoded is noted, and its listing goes on without it.

    Args:
        rows: the listings.
        encoders: the frozen encoders.
        rates: by which prices are compared.
        store: None keeps features in memory.
        advance: told of progress; `steps` says how far it goes.
        clock: seconds; features go to the store every few of them.

    Raises:
        OSError: the store cannot be read or written.
    """
    pictures = _Desk(_shelf(store, encoders.picture_key(""), encoders.picture_width), clock)
    texts = _Desk(_shelf(store, encoders.text_key(""), encoders.text_width), clock)
    looks = _encode_pictures(_pictures_of(rows), encoders, pictures, advance)
    _encode_texts(_texts_of(rows), encoders, texts, advance)

    kept, left_out, shas = [], [], []
    for row in rows:
        seen = (looks[picture].sha256 for picture in row.pictures)
        own = tuple(dict.fromkeys(sha for sha in seen if sha is not None))[:MAX_PICTURES]
        if own or text_of(row.listing) is not None:
            kept.append(row)
            shas.append(own)
        else:
            left_out.append(row)
    keys = [encoders.picture_key(sha) for own in shas for sha in own]
    features = FrozenFeatures(
        rows=tuple(kept),
        hashes=tuple(tuple(sha[:_HASH_DIGITS] for sha in own) for own in shas),
        pictures=pictures.shelf.rows(keys, encoders.picture_width),
        starts=np.cumsum([0, *map(len, shas)], dtype=np.int64),
        text=_text_rows(kept, encoders, texts.shelf),
        numbers=np.stack([numbers_of(row.listing, rates) for row in kept])
        if kept
        else np.empty((0, 3), np.float32),
        texture=encoders.texture_width,
    )
    return Encoded(
        features,
        broken_pictures=_noted(looks, "broken"),
        missing=_noted(looks, "missing"),
        left_out=tuple(left_out),
    )


@dataclass(frozen=True, slots=True)
class _Look:
    """What a picture turned out to be.

    Attributes:
        sha256: in hex; None of one that is of no use.
        pixels: None where its features are known, or another look has them.
        fault: `broken` or `missing`, and why.
    """

    sha256: str | None = None
    pixels: Pixels | None = None
    fault: tuple[str, str] | None = None


class _Desk:
    """New features on their way to a shelf: put there every few seconds, and at the end."""

    def __init__(self, shelf: Shelf | MemoryShelf, clock: Callable[[], float]) -> None:
        self.shelf = shelf
        self._clock = clock
        self._new: dict[str, Float32] = {}
        self._since_s = clock()

    def put(self, keys: Sequence[str], features: Float32) -> None:
        """Take in features, and pass on what has waited long enough."""
        self._new.update(zip(keys, features, strict=True))
        if self._clock() - self._since_s >= _FLUSH_S:
            self.flush()

    def flush(self) -> None:
        """Pass on all."""
        if self._new:
            self.shelf.append(self._new)
        self._new = {}
        self._since_s = self._clock()


def _shelf(store: FeatureStore | None, key: str, width: int) -> Shelf | MemoryShelf:
    return MemoryShelf() if store is None else store.shelf(key.rpartition(":")[0], width)


def _pictures_of(rows: Sequence[LabelledListing]) -> list[PictureFile]:
    return list(dict.fromkeys(picture for row in rows for picture in row.pictures))


def _texts_of(rows: Sequence[LabelledListing]) -> list[str]:
    every = (text_of(row.listing) for row in rows)
    return list(dict.fromkeys(text for text in every if text is not None))


def _encode_pictures(
    pictures: Sequence[PictureFile], encoders: Encoders, desk: _Desk, advance: Advance
) -> dict[PictureFile, _Look]:
    """What each turned out to be; pixels are read and decoded by threads, ahead of the encoder."""
    looks: dict[PictureFile, _Look] = {}
    opener = _Opener(encoders, desk.shelf)
    pool = ThreadPoolExecutor(2, thread_name_prefix="decode")
    try:
        found = _ahead(pool, opener.look, pictures)
        while batch := list(islice(found, _BATCH)):
            new = {look.sha256: look.pixels for _, look in batch if look.sha256 and look.pixels is not None}
            if new:
                keys = [encoders.picture_key(sha) for sha in new]
                desk.put(keys, encoders.encode_pictures(list(new.values())))
            for picture, look in batch:
                looks[picture] = _Look(look.sha256, fault=look.fault)
            advance(len(batch))
    finally:
        pool.shutdown(cancel_futures=True)
        desk.flush()
    return {picture: opener.broken.get(look.sha256 or "", look) for picture, look in looks.items()}


def _encode_texts(texts: Sequence[str], encoders: Encoders, desk: _Desk, advance: Advance) -> None:
    step = 8 * _BATCH
    try:
        for start in range(0, len(texts), step):
            chunk = texts[start : start + step]
            new = [text for text in chunk if encoders.text_key(text) not in desk.shelf]
            if new:
                desk.put([encoders.text_key(text) for text in new], encoders.encode_texts(new))
            advance(len(chunk))
    finally:
        desk.flush()


class _Opener:
    """Reads and decodes; for several threads at once.

    Attributes:
        broken: by SHA-256 what cannot be decoded.
    """

    def __init__(self, encoders: Encoders, shelf: Shelf | MemoryShelf) -> None:
        self._encoders, self._shelf = encoders, shelf
        self._lock = threading.Lock()
        self._claimed: set[str] = set()
        self.broken: dict[str, _Look] = {}

    def look(self, picture: PictureFile) -> _Look:
        """One picture; its pixels go to the first that asks for this content."""
        try:
            content = picture.read()
        except OSError as err:
            return _Look(fault=("missing", err.strerror or str(err)))
        sha = hashlib.sha256(content).hexdigest()
        with self._lock:
            mine = sha not in self._claimed and self._encoders.picture_key(sha) not in self._shelf
            self._claimed.add(sha)
        if not mine:
            return _Look(sha)
        try:
            return _Look(sha, self._encoders.preprocess(content))
        except BadPicture as err:
            self.broken[sha] = _Look(fault=("broken", str(err)))
            return self.broken[sha]


def _ahead(
    pool: ThreadPoolExecutor, look: Callable[[PictureFile], _Look], pictures: Iterable[PictureFile]
) -> Iterator[tuple[PictureFile, _Look]]:
    """Each picture and its look in order, while the next few are under way."""
    waiting: deque[tuple[PictureFile, Future[_Look]]] = deque()
    for picture in pictures:
        waiting.append((picture, pool.submit(look, picture)))
        if len(waiting) >= _AHEAD:
            first, looked = waiting.popleft()
            yield first, looked.result()
    for first, looked in waiting:
        yield first, looked.result()


def _text_rows(rows: Sequence[LabelledListing], encoders: Encoders, shelf: Shelf | MemoryShelf) -> Float32:
    """float32[n, t] of unit length; NaN where a listing has no text."""
    width = encoders.text_width
    found = np.full((len(rows), width), np.nan, np.float32)
    written = [(place, text) for place, row in enumerate(rows) if (text := text_of(row.listing)) is not None]
    raw = shelf.rows([encoders.text_key(text) for _, text in written], width)
    lengths = np.sqrt(np.square(raw, dtype=np.float64).sum(axis=1, keepdims=True))
    found[[place for place, _ in written]] = raw / np.maximum(lengths, 1e-12)
    return found


def _noted(looks: dict[PictureFile, _Look], kind: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (picture.name, look.fault[1])
        for picture, look in looks.items()
        if look.fault is not None and look.fault[0] == kind
    )
