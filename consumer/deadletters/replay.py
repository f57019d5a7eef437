"""Behind `skutwin dlq replay`: letters are sent again where they came from, if they are still the last word.

1. Read the dead letters; keep of each that the filter lets pass its place, key, revision and age.
2. Read the source topic: a letter whose key has a later record there is superseded, by a replay of that very
   letter or by anything else. So nothing is sent twice, however often it is asked for, and nothing newer is
   overwritten.
3. Ask what is known of the rest: what was deleted, or has a newer revision, is refused.
4. Read the dead letters again, and send the letters that are left, each to its old partition.

A record that its producer writes while this runs may still be overtaken; the revision that then goes back is
counted and alarmed like any other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from consumer.contracts.dead_letter import REPLAYED_FROM
from consumer.deadletters.letter import DeadLetter, own_headers, read_dead_letter
from consumer.deadletters.reading import OpenReader, read_to_end
from consumer.deadletters.report import Refusal, ReplayReport
from consumer.ports.clock import Clock
from consumer.ports.records import OutRecord, Record
from model.listing import MAX_ID_BYTES
from model.strict_json import parse


class Deleted(Enum):
    """Stands for a listing that is known to be deleted."""

    DELETED = "deleted"


DELETED = Deleted.DELETED
Known = int | Deleted
CurrentOf = Callable[[Collection[str]], Mapping[str, Known]]
"""The newest revision known of each listing, or DELETED; who is not known is absent."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A letter without its value."""

    name: str
    key: bytes
    partition: int
    offset: int
    revision: int | None


def replay_dead_letters(
    open_reader: OpenReader,
    write: Callable[[OutRecord], None],
    current: CurrentOf,
    clock: Clock,
    *,
    dlq: str,
    listings: str,
    marker_ttl_s: float,
    reason: str | None = None,
    dry_run: bool = False,
    rate: float | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> ReplayReport:
    """Send letters again, in the steps of this module's docstring.

    Args:
        open_reader: opens a `StateReader` of topics.
        write: sends one record; raises `BrokerFault` where it cannot.
        current: what is known of listings.
        clock: for ages and for the rate.
        dlq: the dead-letter topic.
        listings: the only topic that letters are sent back to.
        marker_ttl_s: how old a letter's record may be; nothing tells whether an older one was deleted since.
        reason: only letters of this reason; None: all.
        dry_run: decide, and send nothing.
        rate: records a second at most; None: as fast as it goes.
        pause: waits; given by tests.

    Raises:
        BrokerFault: something cannot be read or written. What was sent stays sent; asking again goes on.
        ValueError: the rate is not positive.
    """
    if rate is not None and rate <= 0:
        raise ValueError(f"a rate of {rate} records a second; it must be positive")
    report = ReplayReport(dry_run)
    candidates: dict[str, _Candidate] = {}
    oldest_ms = clock.now_ms() - round(marker_ttl_s * 1000)
    for record in read_to_end(open_reader, dlq, clock):
        try:
            letter = read_dead_letter(record)
        except ValueError:  # someone else's record: counted and told
            report.unreadable += 1
            continue
        if reason not in {None, letter.headers.reason}:
            report.filtered += 1
        elif (why := _refused_by_itself(letter, listings, oldest_ms)) is not None:
            report.refused[why] += 1
        else:
            candidates[letter.name] = _candidate(letter)
    _refuse_superseded(candidates, report, open_reader, listings, clock)
    _refuse_known(candidates, report, current)
    report.replayed = len(candidates)
    if candidates and not dry_run:
        letters = read_to_end(open_reader, dlq, clock)
        _send(candidates, letters, write, listings, _pacer(clock, rate, pause))
    return report


def _refused_by_itself(letter: DeadLetter, listings: str, oldest_ms: int) -> Refusal | None:
    if letter.headers.topic != listings:
        return Refusal.OTHER_TOPIC
    if letter.headers.truncated:
        return Refusal.TRUNCATED
    if not _may_be_an_id(letter.record.key):
        return Refusal.BAD_KEY
    return Refusal.TOO_OLD if letter.written_ms < oldest_ms else None


def _may_be_an_id(key: bytes | None) -> bool:
    return (
        key is not None
        and 0 < len(key) <= MAX_ID_BYTES
        and "\N{REPLACEMENT CHARACTER}" not in key.decode("utf-8", "replace")
    )


def _candidate(letter: DeadLetter) -> _Candidate:
    return _Candidate(
        letter.name,
        letter.record.key or b"",
        letter.headers.partition,
        letter.headers.offset,
        _revision(letter.record.value),
    )


def _revision(value: bytes | None) -> int | None:
    """As far as it can be read: what made the record bad may be this very field."""
    try:
        revision = parse(value or b"").get("revision")
    except ValueError:  # no JSON: then its place in the topic alone says what is newer
        return None
    return revision if isinstance(revision, int) else None


def _refuse_superseded(
    candidates: dict[str, _Candidate],
    report: ReplayReport,
    open_reader: OpenReader,
    listings: str,
    clock: Clock,
) -> None:
    waiting: dict[tuple[int, bytes], list[_Candidate]] = {}
    for candidate in candidates.values():
        waiting.setdefault((candidate.partition, candidate.key), []).append(candidate)
    why: dict[str, Refusal] = {}
    if waiting:
        for record in read_to_end(open_reader, listings, clock):
            replayed = (record.header(REPLAYED_FROM) or b"").decode("utf-8", "replace")
            for candidate in waiting.get((record.partition, record.key or b""), ()):
                if candidate.name == replayed:
                    why[candidate.name] = Refusal.REPLAYED
                elif record.offset > candidate.offset:
                    why.setdefault(candidate.name, Refusal.SUPERSEDED)
    _refuse(candidates, report, why)


def _refuse_known(candidates: dict[str, _Candidate], report: ReplayReport, current: CurrentOf) -> None:
    known = current({candidate.key.decode() for candidate in candidates.values()}) if candidates else {}
    why: dict[str, Refusal] = {}
    for name, candidate in candidates.items():
        newest = known.get(candidate.key.decode())
        if newest is DELETED:
            why[name] = Refusal.DELETED
        elif isinstance(newest, int) and candidate.revision is not None and candidate.revision < newest:
            why[name] = Refusal.OLDER
    _refuse(candidates, report, why)


def _refuse(candidates: dict[str, _Candidate], report: ReplayReport, why: Mapping[str, Refusal]) -> None:
    for name, refusal in why.items():
        del candidates[name]
        report.refused[refusal] += 1


def _send(
    candidates: Mapping[str, _Candidate],
    letters: Iterable[Record],
    write: Callable[[OutRecord], None],
    listings: str,
    pace: Callable[[], None],
) -> None:
    for record in letters:
        name = f"{record.topic}/{record.partition}/{record.offset}"
        if name in candidates:
            pace()
            headers = (*own_headers(record.headers), (REPLAYED_FROM, name.encode()))
            write(OutRecord(listings, record.key, record.value, headers, candidates[name].partition))


def _pacer(clock: Clock, rate: float | None, pause: Callable[[float], None]) -> Callable[[], None]:
    """Called before each record; waits where it would come sooner than the rate allows."""
    next_s = clock.steady_s()

    def pace() -> None:
        nonlocal next_s
        if rate is not None:
            wait_s = next_s - clock.steady_s()
            if wait_s > 0:
                pause(wait_s)
            next_s = max(next_s, clock.steady_s()) + 1 / rate

    return pace
