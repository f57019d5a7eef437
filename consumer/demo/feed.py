"""Drawn listings into somebody else's Kafka: nobody need serve their pictures, which are in the records."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any, Protocol
from urllib.parse import urlsplit

from consumer.demo.stream import DemoStream, StreamRecord, make_stream
from consumer.errors import Misconfigured
from consumer.ports.clock import Clock
from model.strict_json import canonical, parse

ROUND = 500
"""Records that are drawn at a time: the first are out within seconds, and memory does not grow."""
_LEAST = 50
_SLICE_S = 0.2  # the longest wait at a stretch, so that an interrupt is heard
_NOWHERE = "http://pictures.invalid"
_BROKEN = "data:image/jpeg;base64," + base64.b64encode(b"cut off").decode()


class Outlet(Protocol):
    """Where records go, and who lets time pass."""

    def send(self, key: bytes, value: bytes | None) -> None:
        """Hand a record over."""

    def wait(self, seconds: float) -> None:
        """Let time pass."""

    def flush(self) -> int:
        """Wait until all is acknowledged; how many were."""


def drawn_records(listings: int, seed: int) -> Iterator[StreamRecord]:
    """About `listings` records, in rounds of `ROUND`; each round's listings match one another only.

    Args:
        listings: how many, give or take a twentieth.
        seed: decides everything.

    Raises:
        Misconfigured: fewer than 50, in which not everything can happen.
    """
    if listings < _LEAST:
        raise Misconfigured(f"--synthetic {listings}: {_LEAST} records or more")
    rounds = max(1, round(listings / ROUND))
    for number in range(rounds):
        part = (listings * (number + 1)) // rounds - (listings * number) // rounds
        stream = make_stream(seed=seed * 1_000_003 + number, listings=part, base_url=_NOWHERE)
        for record in stream.records:
            yield _with_pictures(record, stream)


def feed(
    outlet: Outlet, clock: Clock, *, listings: int, seed: int, rate: float | None = None
) -> tuple[int, bool]:
    """Publish drawn records, at a rate.

    Args:
        outlet: where to.
        clock: for the rate.
        listings: about how many records.
        seed: decides everything.
        rate: records per second; None is as fast as they are drawn and taken.

    Returns:
        How many were acknowledged, and whether Ctrl-C ended it before its end.

    Raises:
        Misconfigured: too few listings, or a rate that is not over 0.
        BrokerFault: the broker is unreachable, or refused a record.
    """
    if rate is not None and rate <= 0:
        raise Misconfigured(f"--rate {rate}: records per second, more than 0")
    interrupted = False
    began = clock.steady_s()
    try:
        for number, record in enumerate(drawn_records(listings, seed)):
            if rate is not None:
                while (left := began + number / rate - clock.steady_s()) > 0:
                    outlet.wait(min(left, _SLICE_S))
            outlet.send(record.key, record.value)
    except KeyboardInterrupt:
        interrupted = True
    return outlet.flush(), interrupted


def _with_pictures(record: StreamRecord, stream: DemoStream) -> StreamRecord:
    """The record with its pictures inside; what is no listing stays as it is."""
    if record.value is None:
        return record
    try:
        document: Any = parse(record.value)
    except ValueError:
        return record  # broken on purpose: no JSON at all
    urls = document.get("image_urls") if isinstance(document, dict) else None
    if not isinstance(urls, list) or not all(str(url).startswith(_NOWHERE) for url in urls):
        return record
    inside = [_data_url(stream.picture(urlsplit(url).path)) for url in urls]
    return record._replace(value=canonical({**document, "image_urls": inside}))


def _data_url(content: bytes | None) -> str:
    """A JPEG inside of a URL; one that nobody can decode where the picture does not exist."""
    if content is None:
        return _BROKEN
    return "data:image/jpeg;base64," + base64.b64encode(content).decode("ascii")
