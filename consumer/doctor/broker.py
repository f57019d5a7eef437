"""The cluster: does it answer, is it new enough, does it allow our transactions and sessions?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from consumer.doctor.cluster import ClusterFacts
from consumer.doctor.finding import Finder, Finding
from consumer.kafka.config import SESSION_TIMEOUT_MS, TRANSACTION_TIMEOUT_MS

_TXN_OFFSET_COMMIT = 28
_FENCING = 3  # version of TxnOffsetCommit that carries the group's generation: KIP-447, Kafka 2.5
_DESCRIBE_CLUSTER, _CONSUMER_HEARTBEAT, _FETCH = 60, 68, 1
_FETCH_OF_4 = 4  # KIP-896: Kafka 4.0 takes no older one


def judge_broker(find: Finder, facts: ClusterFacts) -> Iterator[Finding]:
    """What of the cluster is as it must be, and what is not."""
    brokers = f"{facts.brokers} broker" + "s" * (facts.brokers != 1)
    yield find.ok(f"cluster {facts.cluster_id} answers with {brokers}, {release(facts.apis)}")
    if facts.apis and facts.apis.get(_TXN_OFFSET_COMMIT, (0, -1))[1] < _FENCING:
        yield find.fail(
            "it does not fence offsets in transactions (KIP-447)", "upgrade the brokers to Kafka 2.5 or newer"
        )
    if len(facts.settings) < facts.brokers:
        yield find.warn(
            "its limits are not known: this user may not read the brokers' settings",
            "allow it DescribeConfigs on the cluster, or look yourself at transaction.max.timeout.ms"
            f" (at least {TRANSACTION_TIMEOUT_MS})",
        )
    limits = [finding for settings in facts.settings.values() for finding in _limits(find, settings, facts)]
    yield from dict.fromkeys(limits)
    if facts.settings and not limits:
        least = min(int(each["transaction.max.timeout.ms"]) for each in facts.settings.values())
        yield find.ok(
            f"transactions of {TRANSACTION_TIMEOUT_MS} ms (at most {least}) and sessions of"
            f" {SESSION_TIMEOUT_MS} ms are allowed"
        )


def release(apis: Mapping[int, tuple[int, int]]) -> str:
    """Which release it is at least, from what it can do; Kafka tells nobody its number."""
    if not apis:
        return "release unknown"
    if apis.get(_FETCH, (0, 0))[0] >= _FETCH_OF_4:
        return "Kafka 4.0 or newer"
    for key, name in ((_CONSUMER_HEARTBEAT, "3.5"), (_DESCRIBE_CLUSTER, "2.8")):
        if key in apis:
            return f"Kafka {name} or newer"
    fences = apis.get(_TXN_OFFSET_COMMIT, (0, -1))[1] >= _FENCING
    return "Kafka 2.5 or newer" if fences else "older than Kafka 2.5"


def _limits(find: Finder, settings: Mapping[str, str], facts: ClusterFacts) -> Iterator[Finding]:
    for name, needed, at_least in (
        ("transaction.max.timeout.ms", TRANSACTION_TIMEOUT_MS, True),
        ("group.max.session.timeout.ms", SESSION_TIMEOUT_MS, True),
        ("group.min.session.timeout.ms", SESSION_TIMEOUT_MS, False),
    ):
        there = int(settings.get(name) or needed)
        if there < needed if at_least else there > needed:
            yield find.fail(
                f"{name} is {there}, and skutwin asks for {needed}",
                f"set {name}={needed} in each broker's server.properties and restart them one by one",
            )
    copies = int(settings.get("transaction.state.log.replication.factor") or 1)
    if copies < min(3, facts.brokers):
        yield find.warn(
            f"transaction.state.log.replication.factor is {copies} with {facts.brokers} brokers: one that is"
            " lost stops all transactions",
            "move __transaction_state to 3 replicas (kafka-reassign-partitions.sh)",
        )
