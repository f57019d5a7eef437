"""Keep the lowest rival price of each listing, from skutwin's topic `matches`.

    python -m examples.pricing.lowest_price --bootstrap localhost:9092 --file prices.sqlite3

Runs until Ctrl-C; with --once it ends when it has read what there is. It needs confluent-kafka alone.
"""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import closing
from pathlib import Path

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient

from examples.pricing.table import Message, PriceTable

_ASK_S = 10.0
_AT_ONCE = 500


def main() -> None:
    """Follow the topic."""
    options = _options()
    kafka = {"bootstrap.servers": options.bootstrap}
    try:
        log_id, partitions = _topic(AdminClient({**kafka, "log_level": 0}), options.topic)
    except KafkaException as err:
        sys.exit(f"topic {options.topic} on Kafka at {options.bootstrap}: {err.args[0].str()}")
    with closing(PriceTable(options.file)) as table:
        offsets = table.begin(log_id, time.time(), options.keep_days * 86_400)
        consumer = Consumer(
            {
                **kafka,
                "group.id": "pricing-example",  # librdkafka asks for one; offsets live in the table instead
                "isolation.level": "read_committed",  # an aborted batch was never said
                "enable.auto.commit": False,
                "auto.offset.reset": "error",  # an offset that is gone must not become another one in silence
                "enable.partition.eof": True,
            }
        )
        consumer.assign(
            [
                TopicPartition(options.topic, number, offsets.get(number, OFFSET_BEGINNING))
                for number in partitions
            ]
        )
        try:
            _follow(consumer, table, partitions, once=options.once)
        except KeyboardInterrupt:
            sys.stderr.write("stopped; it goes on from here the next time\n")
        finally:
            consumer.close()
        sys.stdout.write(f"{len(table.listings())} listings have rivals\n")


def _follow(consumer: Consumer, table: PriceTable, partitions: list[int], *, once: bool) -> None:
    at_end: set[int] = set()
    while not (once and at_end.issuperset(partitions)):
        batch = []
        for message in consumer.consume(_AT_ONCE, 0.5):
            error = message.error()
            if error is None:
                batch.append(
                    Message(message.partition(), message.offset(), message.key().decode(), message.value())
                )
                at_end.discard(message.partition())
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 (librdkafka's name for it)
                at_end.add(message.partition())
            elif not error.retriable():
                raise KafkaException(error)
        if batch:
            changed = table.apply(batch, time.time())
            sys.stdout.write("".join(f"{_line(table, listing_id)}\n" for listing_id in sorted(changed)))
            sys.stdout.flush()
        elif at_end.issuperset(partitions):
            table.idle(time.time())


def _line(table: PriceTable, listing_id: str) -> str:
    found = table.lowest(listing_id)
    if found is None:
        return f"{listing_id}: no rival any more"
    own = "no price" if found.own_price is None else found.own_price
    return (
        f"{listing_id}: {own}, lowest of {found.rivals} rivals {found.price} {found.currency}"
        f" ({found.rival_seller}, {found.rival_id})"
    )


def _topic(admin: AdminClient, topic: str) -> tuple[str, list[int]]:
    """What names the topic for good, and its partitions."""
    described = admin.describe_topics(TopicCollection([topic]), request_timeout=_ASK_S)[topic].result()
    cluster_id = admin.describe_cluster(request_timeout=_ASK_S).result().cluster_id
    return f"{cluster_id}/{described.topic_id}", [partition.id for partition in described.partitions]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--bootstrap", default="localhost:9092", help="brokers")
    parser.add_argument("--topic", default="matches", help="skutwin's topic, with the installation's prefix")
    parser.add_argument("--file", type=Path, default=Path("prices.sqlite3"), help="the table")
    parser.add_argument("--keep-days", type=float, default=7, help="for how long the topic keeps deletions")
    parser.add_argument("--once", action="store_true", help="end once everything has been read")
    return parser.parse_args()


if __name__ == "__main__":
    main()
