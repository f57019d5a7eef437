"""Kafka and Milvus in trouble: restarted, unreachable, slow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from tests.integration.kafka_broker import KafkaBroker
from tests.integration.milvus_server import MilvusServer
from tests.torture.arena import Arena
from tests.torture.faults.fault import Fault
from tests.torture.fleet import Member
from tests.torture.history import Rule, Violation
from tests.torture.proxy import Proxy

_SPINNING = 0.6
_SPINNING_FROM_S = 8.0
_SLOW_S = 0.15
_MILVUS_STARTS_S = 300.0  # old leases may keep it from its data for minutes

S = TypeVar("S", KafkaBroker, MilvusServer, Proxy)


@dataclass(slots=True, eq=False)
class Trouble(Fault, Generic[S]):
    """A service in trouble for a while; whoever waits for it must not spin.

    Attributes:
        of: the service, or None where it is not the torture's own.
        wrong, right: what is done to it, and what undoes it.
        lasts_s: how long it stays so.
        ends_somebody: longer than anybody tries again: a process must stop and say why.
        cpu_share: the most that a process used of a core meanwhile.
    """

    of: Callable[[Arena], S | None] = lambda _: None
    wrong: Callable[[S], None] = lambda _: None
    right: Callable[[S], None] = lambda _: None
    lasts_s: float = 0.0
    ends_somebody: bool = False
    cpu_share: list[float] = field(default_factory=list)
    ended: int = 0

    @property
    def kind(self) -> object:
        """What is done to what."""
        return self.wrong

    def possible(self, arena: Arena) -> bool:
        return self.of(arena) is not None

    def measured(self) -> str:
        said = [f"at most {max(self.cpu_share):.0%} of a core meanwhile"] if self.cpu_share else []
        if self.ends_somebody:
            said.append(f"{self.ended} processes stopped and said why")
        return ", ".join(said)

    def inject(self, arena: Arena) -> bool:
        service = self.of(arena)
        if service is None:
            return False
        before = arena.fleet.endings["WorldFault"]
        self.wrong(service)
        if self.lasts_s:
            self._hold(arena)
        self.ended += arena.fleet.endings["WorldFault"] - before
        return not self.ends_somebody or self.ended > 0

    def heal(self, arena: Arena) -> None:
        """The service is as before; the processes are to see to themselves."""
        service = self.of(arena)
        if service is not None:
            self.right(service)

    def _hold(self, arena: Arena) -> None:
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


def services() -> list[Fault]:
    """Short ones, and those of a full run."""
    return [*_kafka(), *_milvus()]


def _kafka() -> list[Fault]:
    def broker(arena: Arena) -> KafkaBroker | None:
        return arena.services.broker

    freeze, thaw = KafkaBroker.freeze, KafkaBroker.thaw
    stop, kill, start = KafkaBroker.stop, KafkaBroker.kill, KafkaBroker.start
    return [
        Trouble("Kafka restarted", 15, of=broker, wrong=stop, right=start),
        Trouble("Kafka killed and restarted", 15, of=broker, wrong=kill, right=start),
        Trouble("Kafka unreachable", 20, of=broker, wrong=freeze, right=thaw, lasts_s=9),
        Trouble(
            "Kafka unreachable for a minute", 90, long=True, of=broker, wrong=freeze, right=thaw, lasts_s=60
        ),
    ]


def _milvus() -> list[Fault]:
    def wire(arena: Arena) -> Proxy | None:
        return None if arena.services.one_process else arena.proxy

    def server(arena: Arena) -> MilvusServer | None:
        return arena.services.milvus

    def slowly(proxy: Proxy) -> None:
        proxy.slow(_SLOW_S)

    def begun(milvus: MilvusServer) -> None:
        milvus.start(_MILVUS_STARTS_S)

    cut, stall, restore, kill = Proxy.cut, Proxy.stall, Proxy.restore, MilvusServer.kill
    return [
        Trouble("Milvus cut off", 12, of=wire, wrong=cut, right=restore, lasts_s=5),
        Trouble(
            "Milvus cut off past the retries",
            60,
            of=wire,
            wrong=cut,
            right=restore,
            lasts_s=40,
            ends_somebody=True,
        ),
        Trouble("Milvus stalls", 25, of=wire, wrong=stall, right=restore, lasts_s=12),
        Trouble("Milvus slow", 15, of=wire, wrong=slowly, right=restore, lasts_s=8),
        Trouble("Milvus killed and restarted", 90, long=True, of=server, wrong=kill, right=begun, lasts_s=3),
    ]


def _running(arena: Arena) -> list[Member]:
    return [member for member in list(arena.fleet.members) if member.code is None and not member.frozen]
