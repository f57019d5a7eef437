"""What this user may do, as the brokers tell it (KIP-430), against what the roles need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from consumer.contracts.topics import TopicNames
from consumer.doctor.cluster import ClusterFacts, Operations, TopicFacts
from consumer.doctor.finding import Finder, Finding

RoleName = Literal["embed", "match", "both"]


def needed_topics(topics: TopicNames, role: RoleName) -> dict[str, frozenset[str]]:
    """Operations by topic; every one that is checked at start is described as well."""
    embed = {
        topics.listings: {"READ"},
        topics.verdicts: {"READ"},
        topics.retry: {"READ"},
        topics.embedded: {"WRITE"},
        topics.matches: set[str](),
        topics.reviews: set[str](),
        topics.drift: set[str](),
        topics.dlq: {"WRITE"},
    }
    match = {
        topics.listings: set[str](),
        topics.verdicts: set[str](),
        topics.retry: {"WRITE"},
        topics.embedded: {"READ", "WRITE"},
        topics.matches: {"READ", "WRITE"},
        topics.reviews: {"READ", "WRITE"},
        topics.drift: {"READ", "WRITE"},
        topics.dlq: {"WRITE"},
    }
    chosen = [needs for name, needs in (("embed", embed), ("match", match)) if role in {name, "both"}]
    return {
        topic: frozenset({"DESCRIBE", "DESCRIBE_CONFIGS"}.union(*(needs[topic] for needs in chosen)))
        for topic in embed
    }


def judge_access(
    find: Finder,
    cluster: ClusterFacts,
    facts: Sequence[TopicFacts],
    groups: Mapping[str, Operations],
    *,
    needed: Mapping[str, frozenset[str]],
    principal: str,
    bootstrap: str,
) -> Iterator[Finding]:
    """What is lacking of topics and groups, each with the rule that grants it.

    Args:
        find: makes the findings.
        cluster: whether anything is forbidden at all.
        facts: of the topics that exist.
        groups: that the roles join or note their lives in, with what is allowed of those that exist.
        needed: from `needed_topics`.
        principal: whom the rules are for.
        bootstrap: the cluster's address, for commands.
    """
    named = {settings.get("authorizer.class.name", "") for settings in cluster.settings.values()}
    if named == {""}:
        yield find.ok("no authoriser is set on the brokers: whoever reaches them may do everything")
        return
    grant = f"kafka-acls.sh --bootstrap-server {bootstrap} --add --allow-principal {principal}"
    lacking = 0
    for topic in facts:
        missing = [] if topic.operations is None else sorted(needed[topic.name] - topic.operations)
        if missing:
            lacking += 1
            yield find.fail(
                f"{topic.name}: this user may not {_spelt(missing)}",
                f"{grant} {_as_options(missing)} --topic {topic.name}",
            )
    for group, operations in groups.items():
        if operations is not None and "READ" not in operations:
            lacking += 1
            yield find.fail(
                f"the group {group}: this user may not read", f"{grant} --operation Read --group {group}"
            )
    if not lacking:
        unknown = [group for group, operations in groups.items() if operations is None]
        later = f"; of {', '.join(unknown)} only once they exist" if unknown else ""
        yield find.ok(
            f"{len(facts)} topics and {len(groups) - len(unknown)} groups may be used as needed{later}"
        )


def _spelt(operations: Sequence[str]) -> str:
    return ", ".join(operation.lower().replace("_", " ") for operation in operations)


def _as_options(operations: Sequence[str]) -> str:
    """As Kafka's own tool spells them: DescribeConfigs."""
    return " ".join(f"--operation {operation.title().replace('_', '')}" for operation in operations)
