"""The disk of the index is full."""

from __future__ import annotations

from dataclasses import dataclass

from tests.integration.stream.waiting import eventually
from tests.torture.arena import Arena
from tests.torture.faults.fault import Fault
from tests.torture.faults.index import rebuilt
from tests.torture.fleet import MATCH

_STOPS_WITHIN_S = 90
_DECIDES_S = 120.0
_MILVUS_STARTS_S = 300.0


@dataclass(slots=True, eq=False)
class DiskFull(Fault):
    """Nothing more can be written, until there is room again; a damaged index is refused, and rebuilt.

    Lite notices at once, and its process must stop. A server has room in files that it made before, and may
    go on for minutes.

    Attributes:
        stopped: how many processes stopped and said why.
        refused: how often an index was refused afterwards.
    """

    stopped: int = 0
    refused: int = 0

    def possible(self, arena: Arena) -> bool:
        return arena.services.disk is not None

    def measured(self) -> str:
        return f"{self.stopped} processes stopped and said why, {self.refused} rebuilds"

    def inject(self, arena: Arena) -> bool:
        disk = arena.services.disk
        if disk is None:
            return False
        ended = arena.fleet.endings["WorldFault"]
        disk.fill()
        for _ in range(_STOPS_WITHIN_S):
            arena.market.do(arena.market.comes_goes_and_comes)
            arena.pause(1.0)
            if arena.fleet.endings["WorldFault"] > ended:
                break
        stopped = arena.fleet.endings["WorldFault"] - ended
        self.stopped += stopped
        return stopped > 0 or arena.services.milvus is not None

    def heal(self, arena: Arena) -> None:
        """There is room; a server that died of it is started again."""
        disk, milvus = arena.services.disk, arena.services.milvus
        if disk is not None:
            disk.free()
        if milvus is not None:
            milvus.revive(_MILVUS_STARTS_S)
        arena.fleet.may_refuse = True
        matchers = arena.fleet.of(MATCH)
        eventually(
            lambda: arena.fleet.active() or any(one.refused for one in matchers),
            "a matcher decides, or refuses",
            deadline_s=_DECIDES_S,
        )
        if any(one.refused for one in matchers):
            self.refused += 1
            rebuilt(arena)
        arena.fleet.may_refuse = False
