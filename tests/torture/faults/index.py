"""The index gone, foreign, behind or ahead: a matcher refuses it and names the command, which mends it."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import ClassVar

from consumer.app import App
from tests.integration.stream.waiting import eventually
from tests.torture.arena import Arena
from tests.torture.faults.fault import Fault
from tests.torture.fleet import MATCH, Member


@dataclass(slots=True, eq=False)
class WrongIndex(Fault):
    """Every matcher must refuse it; then it is rebuilt from the log, and they start again."""

    @abstractmethod
    def spoil(self, arena: Arena) -> None:
        """Make the index wrong."""

    def inject(self, arena: Arena) -> bool:
        arena.moves_on()
        arena.fleet.may_refuse = True
        self.spoil(arena)
        matchers = arena.fleet.of(MATCH)
        eventually(lambda: any(one.refused for one in matchers), "a matcher refuses", deadline_s=90)
        return True

    def heal(self, arena: Arena) -> None:
        """As its message says."""
        rebuilt(arena)
        arena.fleet.may_refuse = False


@dataclass(slots=True, eq=False)
class Gone(WrongIndex):
    """The collection is dropped while matchers are at work."""

    several: ClassVar[bool] = True

    def spoil(self, arena: Arena) -> None:
        with arena.place.index() as index:
            index.drop()


@dataclass(slots=True, eq=False)
class Foreign(WrongIndex):
    """Dropped, and made anew for a topic of another id, as if the topic had been made anew."""

    def spoil(self, arena: Arena) -> None:
        app = App(arena.place.settings, "match")
        app._identity = replace(app._identity, topic_id="another topic of that name")
        stopped = _stopped(arena)
        other = app.index(0)
        other.drop()
        other.open()
        other.close()
        _started(arena, stopped)


@dataclass(slots=True, eq=False)
class Behind(WrongIndex):
    """As from an older backup: its own, and short of what the group has committed."""

    def spoil(self, arena: Arena) -> None:
        stopped = _stopped(arena)
        with arena.place.index() as index:
            index.drop()
            index.open()
            index.write([], 1)
        _started(arena, stopped)


@dataclass(slots=True, eq=False)
class Forgotten(WrongIndex):
    """The broker has forgotten the match group, as after a week without a member; the index has not."""

    def spoil(self, arena: Arena) -> None:
        stopped = _stopped(arena)
        arena.place.forget(arena.place.names.match_group)
        _started(arena, stopped)


def index_faults() -> list[Fault]:
    """All of a full run: each rebuilds the index."""
    return [
        Gone("index gone", 60, long=True),
        Foreign("index of another topic", 60, long=True),
        Behind("index from an older backup", 60, long=True),
        Forgotten("offsets expired", 60, long=True),
    ]


def rebuilt(arena: Arena) -> None:
    """Stop every matcher, rebuild, start them."""
    stopped = _stopped(arena)
    job = arena.reindex()
    assert job.wait() == 0, job.tail()
    _started(arena, stopped)


def _stopped(arena: Arena) -> list[Member]:
    members = arena.fleet.of(MATCH)
    for member in members:
        arena.fleet.leave(member)
    return members


def _started(arena: Arena, members: list[Member]) -> None:
    for member in members:
        arena.fleet.join(member.role, member.name)
