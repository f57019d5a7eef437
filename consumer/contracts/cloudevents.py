"""CloudEvents 1.0 in Kafka's binary mode: attributes in headers, data in the value.

Source: CloudEvents Kafka Protocol Binding 1.0.2, section 3.2.
"""

from __future__ import annotations

from datetime import UTC, datetime

from consumer.ports.records import Headers

_LAST_MS = 253_402_300_799_000  # the last second that RFC 3339 can write; a producer may claim a later one


def headers(*, event_id: str, event_type: str, shard: int, subject: str, time_ms: int) -> Headers:
    """The headers of one event; the same arguments give the same bytes.

    Args:
        event_id: deterministic, so that a replay repeats it.
        event_type: such as `skutwin.match.matched.v1`.
        shard: the source is `/skutwin/shards/<shard>`; repeated as an extension for readers that filter.
        subject: the pair's id.
        time_ms: the later of the two rows' log timestamps, never the wall clock.
    """
    within_ms = min(max(time_ms, 0), _LAST_MS)
    moment = datetime.fromtimestamp(within_ms / 1000, tz=UTC).isoformat(timespec="milliseconds")
    attributes = {
        "ce_specversion": "1.0",
        "ce_id": event_id,
        "ce_source": f"/skutwin/shards/{shard}",
        "ce_type": event_type,
        "ce_subject": subject,
        "ce_time": moment.replace("+00:00", "Z"),
        "ce_shard": str(shard),
        "content-type": "application/json",
    }
    return tuple((name, value.encode("utf-8")) for name, value in attributes.items())


def shard_headers(shard: int) -> Headers:
    """What a tombstone carries: enough for a reader that follows one shard."""
    return (("ce_shard", str(shard).encode()),)
