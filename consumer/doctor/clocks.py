"""Clock skew: what other machines' clocks say, as far as it can be read without writing anything.

Kafka tells nobody its time. What it keeps are the timestamps that producers gave their records: one in our
future is of a clock that is ahead, or ours is behind. A web server (Milvus', a picture server) says its time
in the `Date` of any answer, to the second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime

import httpx

from consumer.doctor.finding import Finder, Finding

_WARN_MS, _FAIL_MS = 2_000, 60_000
_DATE_MS = 1_000  # a Date is cut to the second
_MEND = "let every machine follow one time service (timedatectl set-ntp true, chronyc tracking)"


def judge_newest(find: Finder, newest_ms: Mapping[str, int], now_ms: int) -> Iterator[Finding]:
    """The newest record of each topic may be of any age, and not of the future."""
    ahead = {topic: moment - now_ms for topic, moment in newest_ms.items() if moment - now_ms > _WARN_MS}
    for topic, by_ms in sorted(ahead.items()):
        said = f"the newest record of {topic} is of {by_ms / 1000:.1f} s in our future"
        yield find.fail(said, _MEND) if by_ms > _FAIL_MS else find.warn(said, _MEND)
    if not newest_ms:
        yield find.ok("no records yet whose timestamps could be compared")
    elif not ahead:
        yield find.ok(f"no record of {len(newest_ms)} topics is of our future")


def judge_date(find: Finder, where: str, their_ms: int | None, now_ms: int) -> Finding:
    """The clock of a web server."""
    if their_ms is None:
        return find.ok(f"{where} does not say its time")
    skew_ms = now_ms - their_ms
    if -_WARN_MS <= skew_ms <= _WARN_MS + _DATE_MS:
        return find.ok(f"{where} and this machine agree to {(_WARN_MS + _DATE_MS) // 1000} s")
    which = "ahead of" if skew_ms > 0 else "behind"
    said = f"this machine's clock is {abs(skew_ms) / 1000:.0f} s {which} that of {where}"
    return find.fail(said, _MEND) if abs(skew_ms) > _FAIL_MS else find.warn(said, _MEND)


def date_of(url: str, *, timeout_s: float = 4.0) -> int | None:
    """Milliseconds since the epoch by the server's clock; None if it does not answer or does not say."""
    try:
        answer = httpx.head(url, timeout=timeout_s, trust_env=False)
        return round(parsedate_to_datetime(answer.headers["date"]).timestamp() * 1000)
    except (httpx.HTTPError, KeyError, ValueError):
        return None  # whether the server is well is for another check to say
