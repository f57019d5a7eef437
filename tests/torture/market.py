"""The workload: listings that come, change, go, and sometimes make no sense; drawn from a seed."""

from __future__ import annotations

import itertools
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from confluent_kafka import KafkaError, Message, Producer

from consumer.ports.records import Record
from tests.torture.history import UNKNOWN, Write, WriteKind
from tests.torture.pictures import Pictures

TITLES = ("shirt", "coat", "boots", "scarf", "lamp", "chair", "kettle", "watch")
COLOURS = ("c00000", "0040c0", "208020", "808080", "e0a000", "401060")
ACKNOWLEDGED_S = 240.0


class Publisher:
    """Writes to one topic, and keeps what the broker acknowledged.

    Attributes:
        writes: acknowledged, in no order.
        sent: how many were handed over; `last_ms` is the timestamp of the last of them.
        failed: writes that the broker never took, by why; a run with one of them proves nothing.
    """

    def __init__(self, client: Mapping[str, Any], topic: str) -> None:
        self._topic = topic
        self._producer = Producer(
            {
                **client,
                "acks": "all",
                "enable.idempotence": True,
                "partitioner": "murmur2_random",
                "linger.ms": 2,
                "message.timeout.ms": int(ACKNOWLEDGED_S * 1000),
            }
        )
        self.last_ms = 0
        self._lock = threading.Lock()
        self.writes: list[Write] = []
        self.failed: list[str] = []
        self.sent = 0

    def send(self, kind: WriteKind, key: bytes, value: bytes | None) -> None:
        """One record, with a timestamp that no other has; callable from any thread."""
        with self._lock:
            self.last_ms = sent_ms = max(time.time_ns() // 1_000_000, self.last_ms + 1)
            self.sent += 1

            def delivered(error: KafkaError | None, message: Message) -> None:
                if error is not None:
                    self.failed.append(error.str())
                    return
                # A batch sent again after an answer that was lost: the broker has it, and does not say where.
                offset = UNKNOWN if message.offset() is None else message.offset()
                self.writes.append(Write(message.partition(), offset, sent_ms, kind, key, value))

            self._producer.produce(
                self._topic, key=key, value=value, timestamp=sent_ms, on_delivery=delivered
            )
        self._producer.poll(0)

    def find(self, records: Iterable[Record]) -> None:
        """Learn from the topic itself where the broker put what it did not say of.

        What is not there was not written, whatever the client said: nothing follows of it.
        """
        offsets = {record.timestamp_ms: record.offset for record in records}
        unknown = [write for write in self.writes if write.offset == UNKNOWN]
        found = [write for write in unknown if write.sent_ms in offsets]
        self.failed += ["acknowledged without an offset, and not there"] * (len(unknown) - len(found))
        self.writes = [write for write in self.writes if write.offset != UNKNOWN]
        self.writes += [replace(write, offset=offsets[write.sent_ms]) for write in found]

    def flush(self) -> bool:
        """Wait until all is acknowledged or has failed."""
        return int(self._producer.flush(ACKNOWLEDGED_S)) == 0


@dataclass(slots=True)
class _Offer:
    """What a listing of the market is at the moment."""

    title: str
    colours: tuple[str, ...]
    revision: int
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def product(self) -> tuple[str, tuple[str, ...]]:
        return (self.title, self.colours)


class Market:
    """Acts of sellers, one at a time.

    Attributes:
        acts: how often each was drawn.
    """

    def __init__(self, publisher: Publisher, pictures: Pictures, seed: int, listings: int) -> None:
        self._publisher, self._pictures = publisher, pictures
        self._draw = random.Random(seed)
        self._ids = [f"listing {number}" for number in range(listings)]
        self._on_sale: dict[str, _Offer] = {}
        self._quiet: set[str] = set()
        self._numbers = itertools.count(1)
        self._fresh = itertools.count()
        self._lock = threading.Lock()
        self.acts = Counter[str]()
        self._deck: list[tuple[Callable[[], None], int]] = [
            (self.changes, 38),
            (self.new_price, 14),
            (self.twins_arrive, 8),
            (self.both_sides_part, 8),
            (self.leaves, 6),
            (self.leaves_as_a_twin_arrives, 5),
            (self.comes_goes_and_comes, 5),
            (self.sends_nonsense, 4),
            (self.goes_back_a_revision, 5),
            (self.is_overtaken_while_pictures_are_fetched, 6),
            (self.crowds_round_one_product, 1),
        ]

    def act(self) -> None:
        """One, whichever is drawn."""
        acts, weights = zip(*self._deck, strict=True)
        self.do(self._draw.choices(acts, weights)[0])

    def do(self, act: Callable[[], None]) -> None:
        """This one; from any thread."""
        with self._lock:
            self.acts[act.__name__.replace("_", " ")] += 1
            act()

    def changes(self) -> None:
        """A listing becomes some product."""
        self._list(self._any(), *self._product())

    def new_price(self) -> None:
        """Nothing but the price of a listing on sale."""
        listing_id = self._draw.choice(sorted(self._on_sale)) if self._on_sale else self._some_on_sale()
        offer = self._on_sale[listing_id]
        self._publish(listing_id, offer, price=f"{self._draw.randint(5, 99)}.00", currency="EUR")

    def twins_arrive(self) -> None:
        """Two listings of one product at one moment, mostly on two partitions."""
        product = self._product()
        for listing_id in self._draw.sample(self._ids, 2):
            self._list(listing_id, *product)

    def both_sides_part(self) -> None:
        """Two listings of one product become two others at one moment."""
        one = self._some_on_sale()
        same = [name for name in self._on_sale if self._on_sale[name].product == self._on_sale[one].product]
        for listing_id in self._draw.sample(same, min(2, len(same))):
            self._list(listing_id, *self._product())

    def leaves(self) -> None:
        """A deletion; sometimes of what was never there."""
        self._delete(self._any())

    def leaves_as_a_twin_arrives(self) -> None:
        """The deletion races with a listing that would match."""
        gone, twin = self._some_on_sale(), self._any()
        product = self._on_sale[gone].product
        first = self._draw.random() < 0.5
        if first:
            self._delete(gone)
        self._list(twin, *product)
        if not first and gone != twin:
            self._delete(gone)

    def comes_goes_and_comes(self) -> None:
        """Record, deletion, record of one listing: one batch, or two."""
        listing_id = self._any()
        self._list(listing_id, *self._product())
        self._delete(listing_id)
        self._list(listing_id, *self._product())

    def sends_nonsense(self) -> None:
        """What can never be right."""
        key = self._any().encode()
        good = {"listing_id": key.decode(), "seller_id": "s", "revision": 1, "title": "shirt"}
        nonsense = [
            (key, b"{"),
            (key, b"[]"),
            (key, json.dumps({**good, "seller_id": None}).encode()),
            (key, json.dumps({**good, "listing_id": "another"}).encode()),
            (key, json.dumps({**good, "revision": 2**63}).encode()),
            (key, json.dumps({**good, "price": "1e3", "currency": "EUR"}).encode()),
            (key, json.dumps({**good, "title": ""}).encode()),
            (b"\xff" + key, json.dumps(good).encode()),
            (b"r:1:" + key, None),
        ]
        self._publisher.send(WriteKind.POISON, *self._draw.choice(nonsense))

    def goes_back_a_revision(self) -> None:
        """The last record counts, whatever number it bears."""
        listing_id = self._some_on_sale()
        offer = self._on_sale[listing_id]
        offer = _Offer(*self._product(), max(0, offer.revision - 3))
        self._on_sale[listing_id] = offer
        self._publish(listing_id, offer)

    def is_overtaken_while_pictures_are_fetched(self) -> None:
        """New pictures, then none: where they fail for now, the retry comes too late."""
        listing_id, title = self._any(), self._draw.choice(TITLES)
        self._list(listing_id, title, (self._draw.choice(COLOURS),), fresh=True)
        self._list(listing_id, title, ())

    def crowds_round_one_product(self) -> None:
        """More listings of one product than neighbours are looked for."""
        product = self._product()
        for listing_id in self._draw.sample(self._ids, 12):
            self._list(listing_id, *product)

    def has_its_last_word(self) -> Callable[[], None]:
        """A new listing with a twin; what comes back says its last revision, and no other ever comes."""
        with self._lock:
            listing_id, twin = f"last word {next(self._fresh)}", self._any()
            product = self._product()
            self._list(twin, *product)
            self._list(listing_id, *product)

        def says_its_last_word() -> None:
            self._list(listing_id, *self._product())
            del self._on_sale[listing_id]  # nobody draws it again

        return lambda: self.do(says_its_last_word)

    def opens(self, names: Iterable[str]) -> None:
        """Listings of which nothing but the price changes by itself."""
        with self._lock:
            for name in names:
                self._quiet.add(name)
                self._list(name, *self._product())

    def relists(self, listing_id: str) -> None:
        """This one becomes some product."""
        with self._lock:
            self.acts["relists what was judged"] += 1
            self._list(listing_id, *self._product())

    def _product(self) -> tuple[str, tuple[str, ...]]:
        many = self._draw.choices((0, 1, 2), (3, 5, 2))[0]
        return self._draw.choice(TITLES), tuple(self._draw.sample(COLOURS, many))

    def _any(self) -> str:
        return self._draw.choice(self._ids)

    def _some_on_sale(self) -> str:
        """One that may change more than its price."""
        if not self._on_sale.keys() - self._quiet:
            self._list(self._any(), *self._product())
        return self._draw.choice(sorted(self._on_sale.keys() - self._quiet))

    def _list(self, listing_id: str, title: str, colours: tuple[str, ...], *, fresh: bool = False) -> None:
        offer = _Offer(title, colours, next(self._numbers))
        name = f"{next(self._fresh)}" if fresh or self._draw.random() < 0.3 else "any"
        offer.fields["image_urls"] = [self._pictures.url(colour, name) for colour in colours]
        self._on_sale[listing_id] = offer
        self._publish(listing_id, offer)

    def _publish(self, listing_id: str, offer: _Offer, **more: str) -> None:
        listing = {
            "listing_id": listing_id,
            "seller_id": f"seller of {listing_id}",
            "revision": offer.revision,
            "title": offer.title,
            **offer.fields,
            **more,
        }
        self._publisher.send(WriteKind.LISTING, listing_id.encode(), json.dumps(listing).encode())

    def _delete(self, listing_id: str) -> None:
        self._on_sale.pop(listing_id, None)
        self._publisher.send(WriteKind.DELETION, listing_id.encode(), None)
