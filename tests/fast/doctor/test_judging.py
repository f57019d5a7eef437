"""What is made of what a cluster, Milvus, clocks, disks and picture servers say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from consumer.contracts.topics import TopicNames
from consumer.doctor import access, broker, clocks, disk, milvus, pictures, topics
from consumer.doctor.artifact import judge_precision
from consumer.doctor.cluster import ClusterFacts, TopicFacts
from consumer.doctor.finding import Finder, Finding, Level
from consumer.errors import IndexFault
from consumer.index.schema import collection_name
from consumer.kafka.admin import Finding as TopicFinding
from consumer.ports.index import IndexIdentity
from consumer.ports.pictures import Fetched, Gone, Later
from consumer.settings import Settings

FIND = Finder("here")
NAMES = TopicNames.of("", "v1")
LIMITS = {
    "transaction.max.timeout.ms": "900000",
    "group.max.session.timeout.ms": "1800000",
    "group.min.session.timeout.ms": "6000",
    "transaction.state.log.replication.factor": "3",
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
}
NEW = {1: (4, 18), 28: (0, 5), 60: (0, 2), 68: (0, 1)}
CLUSTER = ClusterFacts("c", 3, dict.fromkeys(range(3), LIMITS), None, NEW)
TOPIC = TopicFacts("matches", (3, 3), (3, 3), {"min.insync.replicas": "2"}, None)
IDENTITY = IndexIdentity("c", NAMES.embedded, "t", 0, "v1", 256)
COLLECTION = milvus.CollectionFacts(
    collection_name(IDENTITY), IDENTITY, "1", "HNSW", "IP", "Bounded", 256, 10
)


def worst(found: Iterable[Finding]) -> tuple[Level, str]:
    """The most serious level, and all that was said and is to be done at that level."""
    held = list(found)
    level = max((finding.level for finding in held), key=list(Level).index)
    return level, " ".join(f"{finding.said} {finding.mend}" for finding in held if finding.level is level)


def cluster_with(settings: Mapping[str, str]) -> ClusterFacts:
    return replace(CLUSTER, settings={number: {**LIMITS, **settings} for number in range(3)})


def test_a_sound_cluster_has_nothing_to_mend() -> None:
    """Its release and its limits are told."""
    level, said = worst(broker.judge_broker(FIND, CLUSTER))
    assert level is Level.OK
    assert "Kafka 4.0 or newer" in said
    assert "at most 900000" in said


@pytest.mark.parametrize(
    ("facts", "level", "said"),
    [
        (
            cluster_with({"transaction.max.timeout.ms": "5000"}),
            Level.FAIL,
            "transaction.max.timeout.ms=10000",
        ),
        (cluster_with({"group.min.session.timeout.ms": "20000"}), Level.FAIL, "timeout.ms=10000"),
        (cluster_with({"group.max.session.timeout.ms": "9000"}), Level.FAIL, "timeout.ms=10000"),
        (cluster_with({"transaction.state.log.replication.factor": "1"}), Level.WARN, "__transaction_state"),
        (replace(CLUSTER, settings={}), Level.WARN, "DescribeConfigs"),
        (replace(CLUSTER, apis={28: (0, 2)}), Level.FAIL, "Kafka 2.5"),
    ],
)
def test_a_limit_of_the_brokers_that_is_in_the_way_is_named(
    facts: ClusterFacts, level: Level, said: str
) -> None:
    """Once, however many brokers have it, with what to set."""
    found = worst(broker.judge_broker(FIND, facts))
    assert found[0] is level
    assert found[1].count(said) == 1


def test_the_release_is_read_from_what_the_brokers_can_do() -> None:
    """No broker says its number; the requests that it knows bound it from below."""
    told = [broker.release(apis) for apis in (NEW, {28: (0, 3), 60: (0, 0)}, {28: (0, 3)}, {28: (0, 2)}, {})]
    assert [each.split()[-3:] for each in told][:3] == [
        ["4.0", "or", "newer"],
        ["2.8", "or", "newer"],
        ["2.5", "or", "newer"],
    ]
    assert told[3:] == ["older than Kafka 2.5", "release unknown"]


@pytest.mark.parametrize(
    ("topic", "brokers", "level", "said"),
    [
        (TOPIC, 3, Level.OK, "as they must be"),
        (replace(TOPIC, replicas=(1,), in_sync=(1,)), 3, Level.FAIL, "no write is taken"),
        (replace(TOPIC, replicas=(1,), in_sync=(1,), settings={}), 3, Level.WARN, "lost with a broker"),
        (replace(TOPIC, in_sync=(1, 3)), 3, Level.FAIL, "1 of 3 replicas are in sync and a write needs 2"),
        (replace(TOPIC, in_sync=(2, 3)), 3, Level.WARN, "under-replicated"),
        (replace(TOPIC, settings={}), 3, Level.WARN, "min.insync.replicas=2"),
        (replace(TOPIC, settings={"min.insync.replicas": "3"}), 3, Level.WARN, "one broker down stops it"),
        (
            replace(TOPIC, settings={**TOPIC.settings, "unclean.leader.election.enable": "true"}),
            3,
            Level.WARN,
            "may lose committed records",
        ),
        (replace(TOPIC, replicas=(1,), in_sync=(1,), settings={}), 1, Level.OK, "as they must be"),
    ],
)
def test_replicas_are_held_against_what_a_write_needs(
    topic: TopicFacts, brokers: int, level: Level, said: str
) -> None:
    """A topic that takes no write fails, one that loses with a broker warns."""
    found = worst(topics.judge_topics(FIND, [], [topic], brokers=brokers, bootstrap="b:1"))
    assert found[0] is level
    assert said in found[1]


def test_topics_with_one_mending_command_are_told_together() -> None:
    """Eight missing topics are one line."""
    wrong = [TopicFinding(name, "is missing", "skutwin topics create") for name in ("a", "b")]
    (found,) = topics.judge_topics(FIND, wrong, [], brokers=1, bootstrap="b:1")
    assert (found.said, found.mend) == ("a, b: is missing", "skutwin topics create")


def judged(facts: list[TopicFacts], cluster: ClusterFacts = CLUSTER) -> tuple[Level, str]:
    return worst(
        access.judge_access(
            FIND,
            cluster,
            facts,
            {"g": frozenset({"READ"}), "g-deaths": None},
            needed=access.needed_topics(NAMES, "both"),
            principal="User:skutwin",
            bootstrap="b:1",
        )
    )


def test_a_missing_right_is_told_with_the_rule_that_grants_it() -> None:
    """What a topic's roles need is held against what the brokers say that this user may do."""
    may = frozenset({"DESCRIBE", "DESCRIBE_CONFIGS", "READ"})
    level, said = judged([replace(TOPIC, operations=may)])
    assert level is Level.FAIL
    assert "--allow-principal User:skutwin --operation Write --topic matches" in said
    level, said = judged([replace(TOPIC, operations=may | {"WRITE"})])
    assert level is Level.OK
    assert "g-deaths only once they exist" in said


def test_where_nothing_is_forbidden_that_is_said() -> None:
    """Without an authoriser there are no rights to look at, and an operator may not know it."""
    level, said = judged([TOPIC], cluster_with({"authorizer.class.name": ""}))
    assert level is Level.OK
    assert "no authoriser" in said


def test_a_role_alone_needs_only_its_own_rights() -> None:
    """An embedder writes no matches, a matcher reads no listings."""
    embed, match = (access.needed_topics(NAMES, role) for role in ("embed", "match"))
    assert "WRITE" not in embed[NAMES.matches]
    assert "READ" in embed[NAMES.listings]
    assert "READ" not in match[NAMES.listings]
    both = access.needed_topics(NAMES, "both")
    assert all(both[topic] == embed[topic] | match[topic] for topic in both)


@pytest.mark.parametrize(
    ("held", "level", "said"),
    [
        (COLLECTION, Level.OK, "10 rows"),
        (None, Level.OK, "no collection"),
        (replace(COLLECTION, identity=replace(IDENTITY, topic_id="other")), Level.FAIL, "skutwin reindex"),
        (replace(COLLECTION, identity=None), Level.FAIL, "not made by this release"),
        (replace(COLLECTION, index_type="FLAT"), Level.FAIL, "'FLAT', not 'HNSW'"),
        (replace(COLLECTION, metric="L2"), Level.FAIL, "'L2', not 'IP'"),
        (replace(COLLECTION, dimension=8), Level.FAIL, "dimension is 8, not 256"),
        (replace(COLLECTION, consistency="Eventually"), Level.WARN, "Eventually"),
    ],
)
def test_a_collection_is_held_against_the_stream(
    held: milvus.CollectionFacts | None, level: Level, said: str
) -> None:
    """Another stream's, or one that searches cannot use, fails with the command that makes it anew."""
    facts = milvus.MilvusFacts("m", "Milvus 2.6.1", {} if held is None else {held.name: held})
    found = worst(milvus.judge_collection(FIND, facts, IDENTITY))
    assert found[0] is level
    assert said in found[1]


def test_an_old_server_is_refused_by_its_number() -> None:
    """Lite has numbers of its own, and a number that cannot be read accuses nobody."""
    for version, level in (
        ("Milvus 2.2.9", "fail"),
        ("Milvus 2.3.5", "ok"),
        ("Milvus Lite 3.2", "ok"),
        ("Milvus dev", "ok"),
    ):
        assert worst(milvus.judge_server(FIND, milvus.MilvusFacts("m", version, {})))[0] == level


def test_a_lite_file_in_use_is_no_fault() -> None:
    """It is what a running consumer looks like; a server that does not answer is a fault."""
    held = milvus.judge_absence(FIND, "x.db", IndexFault("x.db is open in another process, and …"))
    assert held.level is Level.WARN
    assert milvus.judge_absence(FIND, "http://m:1", IndexFault("no answer")).level is Level.FAIL


@pytest.mark.parametrize(
    ("ahead_ms", "level"),
    [(-(10**9), Level.OK), (1_500, Level.OK), (5_000, Level.WARN), (90_000, Level.FAIL)],
)
def test_a_record_of_the_future_tells_of_a_wrong_clock(ahead_ms: int, level: Level) -> None:
    """Old records say nothing."""
    now_ms = 1_700_000_000_000
    assert worst(clocks.judge_newest(FIND, {"matches": now_ms + ahead_ms}, now_ms))[0] is level


@pytest.mark.parametrize(
    ("skew_ms", "level", "said"),
    [
        (0, Level.OK, "agree"),
        (2_900, Level.OK, "agree"),
        (9_000, Level.WARN, "9 s ahead of"),
        (-9_000, Level.WARN, "9 s behind"),
        (-100_000, Level.FAIL, "100 s behind"),
    ],
)
def test_a_servers_date_is_compared_to_the_second(skew_ms: int, level: Level, said: str) -> None:
    """A Date is cut to the second, so it may seem up to a second old."""
    found = clocks.judge_date(FIND, "m", 1_700_000_000_000, 1_700_000_000_000 + skew_ms)
    assert found.level is level
    assert said in found.said


def test_room_is_held_against_what_the_settings_allow(tmp_path: Path) -> None:
    """A bound that no disk has room for warns, a folder that cannot be written to fails."""
    assert worst(disk.judge_disk(FIND, tmp_path / "new", 2**20, "http://m:1"))[0] is Level.OK
    level, said = worst(disk.judge_disk(FIND, tmp_path / "new", 2**60, "http://m:1"))
    assert level is Level.WARN
    assert "SKUTWIN_CACHE_MAX_BYTES" in said
    assert len(list(disk.judge_disk(FIND, tmp_path, 2**20, str(tmp_path / "x.db")))) == 2


def test_the_hosts_of_the_settings_are_looked_up() -> None:
    """A name without an address, and one that is private, each fail with what mends it."""
    settings = Settings(picture_hosts="good.example,gone.example,inside.example")
    answers: dict[str, list[str]] = {"good.example": ["93.184.216.34"], "inside.example": ["10.0.0.1"]}

    def resolve(host: str) -> list[str]:
        if host not in answers:
            raise OSError("unknown")
        return answers[host]

    found = list(pictures.judge_policy(FIND, settings, resolve))
    assert [finding.level for finding in found] == ["ok", "ok", "fail", "fail"]
    assert "PRIVATE_NETWORKS" in found[-1].mend


def test_a_wide_private_network_is_warned_of() -> None:
    """To allow 10.0.0.0/8 lets whoever writes a listing look around inside."""
    found = pictures.judge_policy(FIND, Settings(picture_private_networks="10.0.0.0/8,192.168.7.0/24"))
    assert [finding.level for finding in found] == ["ok", "warn"]


@pytest.mark.parametrize(
    ("result", "level", "said"),
    [
        (Gone("private_address"), Level.FAIL, "PRIVATE_NETWORKS"),
        (Later("timeout"), Level.FAIL, "firewall"),
        (Fetched(b"<html>"), Level.FAIL, "no picture"),
    ],
)
def test_a_request_that_brings_no_picture_fails(
    result: Gone | Later | Fetched, level: Level, said: str
) -> None:
    """The reason is the one that the metrics use, with what may mend it."""
    found = pictures.judge_result(FIND, "http://x/1.jpg", result)
    assert found.level is level
    assert said in f"{found.said} {found.mend}"


@pytest.mark.parametrize(("flags", "said"), [("fpu avx512_bf16", "in bf16"), ("fpu avx2", "in fp32")])
def test_the_processor_tells_the_precision_to_expect(tmp_path: Path, flags: str, said: str) -> None:
    """Without bf16 arithmetic encoders are several times slower, which explains a slow stage."""
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor : 0\nflags : {flags}\n")
    (found,) = judge_precision(FIND, cpuinfo)
    assert said in found.said
