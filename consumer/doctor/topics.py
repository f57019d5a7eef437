"""The topics: made as they must be, and kept by enough brokers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from consumer.doctor.cluster import TopicFacts
from consumer.doctor.finding import Finder, Finding
from consumer.kafka.admin import Finding as TopicFinding

_MEND_SETTING = (
    "kafka-configs.sh --bootstrap-server {bootstrap} --alter --entity-type topics --entity-name {topic}"
    " --add-config {setting}={value}"
)


def judge_topics(
    find: Finder, wrong: Sequence[TopicFinding], facts: Sequence[TopicFacts], *, brokers: int, bootstrap: str
) -> Iterator[Finding]:
    """What is wrong with them.

    Args:
        find: makes the findings.
        wrong: what `skutwin run` refuses, from `ClusterAdmin.check_topics`.
        facts: of those that exist.
        brokers: of the cluster.
        bootstrap: its address, for commands.
    """
    for (problem, mend), names in _alike(wrong).items():
        yield find.fail(f"{', '.join(names)}: {problem}", mend)
    seen = [finding for each in facts for finding in _kept(find, each, brokers, bootstrap)]
    yield from seen
    if not wrong and not seen:
        counts = ", ".join(f"{each.name} {len(each.replicas)}" for each in facts)
        yield find.ok(f"partitions, clean-up, retention and replicas are as they must be ({counts})")


def _alike(wrong: Sequence[TopicFinding]) -> dict[tuple[str, str], list[str]]:
    """Topics by what is wrong and what mends it: one command often mends all."""
    alike: dict[tuple[str, str], list[str]] = {}
    for each in wrong:
        alike.setdefault((each.problem, each.mend), []).append(each.topic)
    return alike


def _kept(find: Finder, topic: TopicFacts, brokers: int, bootstrap: str) -> Iterator[Finding]:
    def mend(setting: str, value: str) -> str:
        return _MEND_SETTING.format(bootstrap=bootstrap, topic=topic.name, setting=setting, value=value)

    copies, in_sync = min(topic.replicas), min(topic.in_sync)
    wanted = int(topic.settings.get("min.insync.replicas") or 1)
    enough = max(1, min(2, copies - 1))
    if wanted > copies:
        yield find.fail(
            f"{topic.name}: min.insync.replicas={wanted} with {copies} replicas: no write is taken",
            mend("min.insync.replicas", str(enough)),
        )
    elif in_sync < wanted:
        yield find.fail(
            f"{topic.name}: {in_sync} of {copies} replicas are in sync and a write needs {wanted}",
            "start the brokers that are down (kafka-topics.sh --describe --under-min-isr-partitions)",
        )
    elif in_sync < copies:
        yield find.warn(
            f"{topic.name}: {in_sync} of {copies} replicas are in sync",
            "look at the brokers (kafka-topics.sh --describe --under-replicated-partitions)",
        )
    if copies < min(3, brokers):
        yield find.warn(
            f"{topic.name}: {copies} replicas with {brokers} brokers: records are lost with a broker",
            "kafka-reassign-partitions.sh, or make it anew with `skutwin topics create --replication 3`",
        )
    elif copies >= 3 and wanted < 2:
        yield find.warn(
            f"{topic.name}: min.insync.replicas={wanted}: an acknowledged record may be on one broker alone",
            mend("min.insync.replicas", "2"),
        )
    elif 1 < copies == wanted:
        yield find.warn(
            f"{topic.name}: min.insync.replicas={wanted} with {copies} replicas: one broker down stops it",
            mend("min.insync.replicas", str(enough)),
        )
    if topic.settings.get("unclean.leader.election.enable") == "true":
        yield find.warn(
            f"{topic.name}: unclean.leader.election.enable=true may lose committed records",
            mend("unclean.leader.election.enable", "false"),
        )
