"""Deaths within a record's own processing, counted where the next owner of the partition finds them.

A process that dies can tell nobody, so it tells before: the first record that it takes of a partition, it
claims in a ledger. Who gets past that record, or leaves it alive (SIGTERM, a rebalance, fenced, timed out, a
broker or an index away), owes nothing. A claim that stays at a record that nobody got past is a death:

1. `limit` deaths at one place: the records from there on, as far as a process may have had in work at once,
   are taken one by one, each claimed before it is worked on, with nothing else in work in the whole process.
2. `limit` deaths with the same record alone: it kills. It becomes a dead letter, and is never looked into.

What cannot be told apart is counted at most too low: a frozen process that wakes takes its claim back.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import Enum, auto

import structlog

from consumer.errors import BrokerFault, RecordFault
from consumer.ports.deaths import Claims, DeathLedger
from consumer.ports.records import TopicPartition

KILLS = "kills_process"
"""The reason of a dead letter that killed."""
log = structlog.get_logger(__name__)


class Manner(Enum):
    """How a record is to be taken."""

    TOGETHER = auto()
    ALONE = auto()
    NEVER = auto()


class Company:
    """Who works in this process: several roles, each on what it likes, or one of them on one record alone."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._working: set[str] = set()
        self._alone: str | None = None
        self._wanting: str | None = None

    def join(self, role: str, wait_s: float) -> bool:
        """Work beside others; False while another role has, or waits to have, the process to itself."""
        with self._changed:
            free = self._changed.wait_for(lambda: {self._alone, self._wanting} <= {None, role}, wait_s)
            if free:
                self._working.add(role)
            return free

    def join_alone(self, role: str, wait_s: float) -> bool:
        """Have the process to oneself; False while others work, who are let finish and not begin again."""
        with self._changed:
            self._wanting = self._wanting or role
            free = self._changed.wait_for(
                lambda: {self._alone, self._wanting, *self._working} <= {None, role}, wait_s
            )
            if free:
                self._wanting, self._alone = None, role
            return free

    def rest(self, role: str, *, still_wanting: bool = False) -> None:
        """Nothing is in work here; who still wants the process alone lets nobody else begin meanwhile."""
        with self._changed:
            self._working.discard(role)
            if self._alone == role:
                self._alone = None
            if self._wanting == role and not still_wanting:
                self._wanting = None
            self._changed.notify_all()


class DeathWatch:
    """One role's claims in one life of a process.

    Args:
        ledger: of the role's group.
        company: of the process; shared by its roles.
        role: its name, for `company` and the logs.
        limit: deaths before records are taken alone, and again before one is given up.
        reach: offsets that a life may have had in work at once.
    """

    def __init__(self, ledger: DeathLedger, company: Company, role: str, *, limit: int, reach: int) -> None:
        self._ledger, self._company, self._role = ledger, company, role
        self._limit, self._reach = limit, reach
        self._life = uuid.uuid4().hex[:12]
        self._claims: dict[TopicPartition, Claims] = {}
        self._alone = False
        self._refused = False
        self._dying = False

    @property
    def alone(self) -> bool:
        """Whether this role has one record in work, and the process to itself."""
        return self._alone

    @property
    def careful(self) -> bool:
        """Whether a partition held has records left that are to be taken alone."""
        return any(claims.offset < claims.until for claims in self._claims.values())

    def join(self, wait_s: float = 0.0) -> bool:
        """Begin to work among others, or go on; False while another role needs the process to itself."""
        return self._company.join(self._role, wait_s)

    def rest(self) -> None:
        """Nothing is in work. A wish to be alone outlives one rest: else a busy role would never grant it."""
        self._alone = False
        still_wanting, self._refused = self._refused, False
        self._company.rest(self._role, still_wanting=still_wanting)

    def meet(self, where: TopicPartition, offset: int) -> Manner:
        """How the next record of a partition is to be taken. The first one of an assignment is claimed.

        Raises:
            BrokerFault: the ledger does not answer.
        """
        claims = self._claims.get(where)
        if claims is None:
            claims = self._claims[where] = self._found(where, offset)
            if claims.until <= offset:
                self._write(where, replace(claims, together=(*claims.together, self._life)))
        if offset >= claims.until:
            return Manner.TOGETHER
        return (
            Manner.NEVER
            if offset == claims.offset and self._deaths(claims.alone) >= self._limit
            else Manner.ALONE
        )

    def take_alone(self, where: TopicPartition, offset: int, wait_s: float = 0.0) -> bool:
        """Claim a record with the process to oneself; False while another role works.

        Raises:
            BrokerFault: the ledger does not answer.
        """
        self._refused = not self._company.join_alone(self._role, wait_s)
        if self._refused:
            return False
        self._alone = True
        claims = self._claims[where]
        if claims.offset != offset:
            claims = Claims(offset, until=claims.until)
        self._write(where, replace(claims, alone=(*self._others(claims.alone), self._life)))
        return True

    def fault(self, where: TopicPartition) -> RecordFault:
        """Why the record that `meet` gave up is a dead letter."""
        deaths = self._deaths(self._claims[where].alone)
        return RecordFault(KILLS, f"the process died {deaths} times with this record alone in work")

    def passed(self, positions: Mapping[TopicPartition, int]) -> None:
        """These are committed: claims before them are owed no more."""
        for where, position in positions.items():
            claims = self._claims.get(where)
            if claims is not None and claims.offset < position:
                self._claims[where] = Claims(position, until=claims.until)

    def dies(self) -> None:
        """This life ends by what it had in work: its claims stay."""
        self._dying = True

    def give_back(self, partitions: Iterable[TopicPartition]) -> None:
        """These go, and this life is not why: forget them, and take back what is claimed of them.

        A ledger that does not answer keeps the claim: it counts for a death, which alone does nothing.
        """
        gone = {where: claims for where in partitions if (claims := self._claims.pop(where, None))}
        owed = [where for where, claims in gone.items() if self._life in (*claims.together, *claims.alone)]
        if not owed or self._dying:
            return
        try:
            written = self._ledger.read(owed)
            self._ledger.write(
                {
                    where: replace(
                        claims, together=self._others(claims.together), alone=self._others(claims.alone)
                    )
                    for where, claims in written.items()
                    if claims.offset == gone[where].offset
                }
            )
        except BrokerFault as err:
            log.warning("claims_not_given_back", partitions=[f"{t}[{p}]" for t, p in owed], why=str(err))

    def close(self) -> None:
        """Let go of the ledger, and of all wishes."""
        self._refused = False
        self.rest()
        self._ledger.close()

    def _found(self, where: TopicPartition, offset: int) -> Claims:
        """What earlier lives left at this offset, and whether it is reason to take records one by one."""
        found = self._ledger.read([where]).get(where, Claims(offset))
        claims = found if found.offset == offset else Claims(offset, until=found.until)
        deaths = self._deaths(claims.together)
        if deaths >= self._limit and claims.until <= offset:
            claims = replace(claims, until=offset + self._reach)
            log.warning(
                "records_taken_alone",
                role=self._role,
                partition=f"{where.topic}[{where.partition}]",
                offset=offset,
                until=claims.until,
                deaths=deaths,
            )
        return claims

    def _write(self, where: TopicPartition, claims: Claims) -> None:
        self._ledger.write({where: claims})
        self._claims[where] = claims

    def _deaths(self, lives: Sequence[str]) -> int:
        return len(self._others(lives))

    def _others(self, lives: Sequence[str]) -> tuple[str, ...]:
        return tuple(life for life in lives if life != self._life)
