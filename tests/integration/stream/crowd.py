"""A crowd of listings that come, change, go, and sometimes make no sense; the same for the same seed."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.integration.stream.installation import Installation

TITLES = tuple(
    f"{colour} {kind}" for colour in ("red", "blue", "green", "grey") for kind in ("shirt", "coat")
)


class Crowd:
    """Publishes records of `ids` listings that are a few products.

    Attributes:
        bad: how many records can never be right.
    """

    def __init__(self, world: Installation, seed: int, ids: int = 40) -> None:
        self._world = world
        self._draw = random.Random(seed)
        self._ids = [f"listing {number}" for number in range(ids)]
        self._revision = 0
        self.bad = 0

    def publish(self, count: int) -> None:
        """So many records, and wait until the broker has them."""
        for _ in range(count):
            self._one()
        self._world.flush()

    @contextmanager
    def flowing(self, per_second: float) -> Iterator[None]:
        """Publish one after another for as long as the context is open."""
        enough = threading.Event()

        def flow() -> None:
            while not enough.wait(1 / per_second):
                self._one()

        thread = threading.Thread(target=flow)
        thread.start()
        try:
            yield
        finally:
            enough.set()
            thread.join()
            self._world.flush()

    def _one(self) -> None:
        listing_id, luck = self._draw.choice(self._ids), self._draw.random()
        self._revision += 1
        if luck < 0.1:
            self._world.delete(listing_id)
        elif luck < 0.15:
            self.bad += 1
            self._world.publish(listing_id, "", revision=self._revision)
        else:
            title, price = self._draw.choice(TITLES), str(self._draw.randint(5, 50))
            self._world.publish(listing_id, title, revision=self._revision, price=price, currency="EUR")
