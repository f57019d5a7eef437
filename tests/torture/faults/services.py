"""Kafka and Milvus in trouble: restarted, unreachable, slow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from tests.torture.arena import Arena
from tests.torture.faults.fault import Fault
from tests.torture.fleet import Member
from tests.torture.history import Rule, Violation

_SPINNING = 0.6
_SPINNING_FROM_S = 8.0


@dataclass(slots=True, eq=False)
class Outage(Fault):
    """A service is in trouble for a while; whoever waits for it must not spin.

    Attributes:
        lasts_s: how long.
        cpu_share: the most that a process used of a core meanwhile.
    """

    lasts_s: float = 5.0
    cpu_share: list[float] = field(default_factory=list)

    def measured(self) -> str:
        return f"at most {max(self.cpu_share):.0%} of a core meanwhile" if self.cpu_share else ""

    def hold(self, arena: Arena) -> None:
        """Let it last, and look at what the processes do meanwhile."""
        arena.pause(1.0)
        before = {member.pid: (member, member.cpu_s()) for member in _running(arena)}
        began = arena.journal.elapsed_s
        arena.pause(self.lasts_s)
        lasted = arena.journal.elapsed_s - began
        for member in _running(arena):
            if member.pid not in before:
                continue
            share = (member.cpu_s() - before[member.pid][1]) / lasted
            self.cpu_share.append(round(share, 2))
            if share > _SPINNING and lasted >= _SPINNING_FROM_S:
                why = f"{member.name} used {share:.0%} of a core through {lasted:.0f} s of {self.name}"
                arena.fleet.violations.append(Violation(Rule.PROCESS, why))


@dataclass(slots=True, eq=False)
class BrokerRestart(Fault):
    """Stopped in order, or killed, and started again."""

    hard: bool = False

    def possible(self, arena: Arena) -> bool:
        return arena.services.broker is not None

    def inject(self, arena: Arena) -> bool:
        broker = arena.services.broker
        if broker is None:
            return False
        broker.kill() if self.hard else broker.stop()
        return True

    def heal(self, arena: Arena) -> None:
        """On the same data."""
        if arena.services.broker is not None:
            arena.services.broker.start()


@dataclass(slots=True, eq=False)
class BrokerAway(Outage):
    """Connections stay, and nothing answers."""

    def possible(self, arena: Arena) -> bool:
        return arena.services.broker is not None

    def inject(self, arena: Arena) -> bool:
        broker = arena.services.broker
        if broker is None:
            return False
        broker.freeze()
        self.hold(arena)
        return True

    def heal(self, arena: Arena) -> None:
        """It answers again."""
        if arena.services.broker is not None:
            arena.services.broker.thaw()


@dataclass(slots=True, eq=False)
class MilvusCut(Outage):
    """Connections break, and new ones are refused."""

    several: ClassVar[bool] = True

    def inject(self, arena: Arena) -> bool:
        arena.proxy.cut()
        self.hold(arena)
        return True

    def heal(self, arena: Arena) -> None:
        """The network is back."""
        arena.proxy.restore()


@dataclass(slots=True, eq=False)
class MilvusStalls(Outage):
    """Connections stay, and nothing passes."""

    several: ClassVar[bool] = True

    def inject(self, arena: Arena) -> bool:
        arena.proxy.stall()
        self.hold(arena)
        return True

    def heal(self, arena: Arena) -> None:
        """What was held back passes."""
        arena.proxy.restore()


@dataclass(slots=True, eq=False)
class MilvusSlow(Outage):
    """Each piece of an answer comes late."""

    several: ClassVar[bool] = True

    def inject(self, arena: Arena) -> bool:
        arena.proxy.slow(0.15)
        self.hold(arena)
        return True

    def heal(self, arena: Arena) -> None:
        """As quick as before."""
        arena.proxy.restore()


@dataclass(slots=True, eq=False)
class MilvusRestart(Fault):
    """Killed, and started again on its data; old leases may keep it from it for minutes."""

    def possible(self, arena: Arena) -> bool:
        return arena.services.milvus is not None

    def inject(self, arena: Arena) -> bool:
        if arena.services.milvus is None:
            return False
        arena.services.milvus.kill()
        return True

    def heal(self, arena: Arena) -> None:
        """It must be there again before anything else is tried."""
        if arena.services.milvus is not None:
            arena.services.milvus.start(deadline_s=300)


def services() -> list[Fault]:
    """Short ones, and those of a full run."""
    return [
        BrokerRestart("Kafka restarted", 15),
        BrokerRestart("Kafka killed and restarted", 15, hard=True),
        BrokerAway("Kafka unreachable", 20, lasts_s=9),
        BrokerAway("Kafka unreachable for a minute", 90, long=True, lasts_s=60),
        MilvusCut("Milvus cut off", 12, lasts_s=5),
        MilvusCut("Milvus cut off past the retries", 50, long=True, lasts_s=30),
        MilvusStalls("Milvus stalls", 25, lasts_s=12),
        MilvusSlow("Milvus slow", 15, lasts_s=8),
        MilvusRestart("Milvus killed and restarted", 90, long=True),
    ]


def _running(arena: Arena) -> list[Member]:
    return [member for member in list(arena.fleet.members) if member.code is None and not member.frozen]
