"""A run: fill the market, find the sustainable rate, play the phases, and keep what is seen."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.load.installation import Installation
from bench.load.offer import Offering
from bench.load.plan import BACKLOG, DRAIN, FILL, PROBE, SHARES, Durations, sustainable
from bench.load.sample import Sample

_EVERY_S = 1.0
_START_S = 300.0
_REST_S = 900.0


@dataclass(slots=True)
class Run:
    """Plays the phases and keeps the samples.

    Attributes:
        on_sample: hears of each.
        given: the sustainable rate, where it is not to be the measured one.
        warm: the probe goes on until so many listings have been decided.
        measured: listings decided a second while a backlog waited; 0 until it is known.
    """

    installation: Installation
    durations: Durations
    on_sample: Callable[[Sample], None]
    given: float | None = None
    warm: int = 0
    samples: list[Sample] = field(default_factory=list)
    measured: float = 0.0
    _never: threading.Event = field(default_factory=threading.Event)
    _next: float = 0.0

    @property
    def sustainable(self) -> float:
        """Listings a second that phases are multiples of."""
        return self.measured if self.given is None else self.given

    def play(self) -> None:
        """All phases.

        Raises:
            RuntimeError: a process ended, or does not come to rest.
        """
        self._wait_ready()
        self.installation.began = time.monotonic()
        market = self.installation.market
        self.installation.phase = FILL
        self.installation.offer(market.opening())
        self._next = time.monotonic()
        self._until_rest()
        with Offering(lambda count: self.installation.offer([market.change() for _ in range(count)])) as on:
            self._probe(on)
            for phase, seconds in self.durations.offered.items():
                self.installation.phase = phase
                on.credit.per_s = SHARES[phase] * self.sustainable
                self._for(seconds, on)
            on.credit.per_s = 0.0
            self.installation.phase = DRAIN
            self._until_rest()

    def _probe(self, on: Offering) -> None:
        self.installation.phase = PROBE
        end = time.monotonic() + self.durations.probe
        seen = self.samples[-1]
        while time.monotonic() < end or seen.decided < self.warm:
            if seen.lag < BACKLOG:
                on.credit.at_once(BACKLOG)
            seen = self._look(on)
        self.measured = sustainable(self.samples)
        self.installation.phase = DRAIN
        self._until_rest()

    def _for(self, seconds: float, on: Offering) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._look(on)

    def _until_rest(self) -> None:
        end = time.monotonic() + _REST_S
        while self._look().lag:
            if time.monotonic() > end:
                raise RuntimeError(f"{self.samples[-1].lag} listings are not decided after {_REST_S:.0f} s")

    def _look(self, on: Offering | None = None) -> Sample:
        self._next = max(self._next + _EVERY_S, time.monotonic())
        self._never.wait(self._next - time.monotonic())
        if on is not None:
            on.check()
        sample = self.installation.sample()
        self.samples.append(sample)
        self.on_sample(sample)
        return sample

    def _wait_ready(self) -> None:
        end = time.monotonic() + _START_S
        while not self.installation.ready():
            if time.monotonic() > end:
                raise RuntimeError(f"the processes are not ready after {_START_S:.0f} s")
            self._never.wait(_EVERY_S)
