"""All checks of one installation, wired to its settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any
from urllib.parse import urlsplit

from consumer.app import Names
from consumer.doctor import access, artifact, broker, clocks, disk, milvus, pictures, topics
from consumer.doctor.access import RoleName
from consumer.doctor.cluster import ClusterView
from consumer.doctor.examine import Check
from consumer.doctor.finding import Finder, Finding
from consumer.errors import IndexFault, SkutwinError
from consumer.index.schema import collection_name
from consumer.kafka.admin import ClusterAdmin
from consumer.kafka.config import client_config
from consumer.kafka.sink import KafkaSink
from consumer.kafka.topics import TopicSpec, topic_specs
from consumer.ports.clock import SystemClock
from consumer.ports.index import IndexIdentity
from consumer.settings import Settings
from model.artifact import Artifact, ArtifactError, load_artifact

Look = Callable[["Installation", Finder], Iterator[Finding]]

_FULL_S = 180.0  # loading encoders on a busy machine
_OPEN_S = 15.0
_LIMIT_S = 30.0


@dataclass(frozen=True)
class Installation:
    """What is examined.

    Attributes:
        role: whose rights are looked at.
        url: of a picture to be asked for; None asks for none.
        full: whether to load the encoders.
    """

    settings: Settings
    role: RoleName = "both"
    url: str | None = None
    full: bool = False

    @cached_property
    def artifact(self) -> Artifact:
        """Raises ArtifactError where it cannot be loaded: then nothing has a name."""
        return load_artifact(self.settings.artifact)

    @property
    def names(self) -> Names:
        """Topics and groups."""
        return Names(self.settings, self.artifact)

    @property
    def client(self) -> dict[str, Any]:
        """Librdkafka's settings."""
        settings = self.settings
        return client_config(
            settings.kafka_bootstrap, settings.kafka_security, f"skutwin-doctor-{settings.instance}"
        )

    @property
    def specs(self) -> list[TopicSpec]:
        """How the topics must be."""
        ttl_s = self.settings.match_marker_ttl_s
        return topic_specs(self.names.topics, shards=self.settings.shards, marker_ttl_s=ttl_s)

    @property
    def groups(self) -> list[str]:
        """Those that the role joins, and where it notes its lives."""
        names = self.names
        chosen = {"embed": [names.embed_group], "match": [names.match_group]}.get(
            self.role, [names.embed_group, names.match_group]
        )
        return [name for group in chosen for name in (group, f"{group}-deaths")]

    def identities(self, cluster_id: str, topic_id: str) -> Iterator[IndexIdentity]:
        """What each shard's collection must have been made for."""
        for shard in range(self.settings.shards):
            yield IndexIdentity(
                cluster_id=cluster_id,
                topic=self.names.topics.embedded,
                topic_id=topic_id,
                shard=shard,
                embedding_version=self.artifact.embedding_version,
                dimension=self.artifact.dimension,
            )


def checks(of: Installation) -> list[Check]:
    """In the order in which an operator wants to read them."""
    looks: list[tuple[str, Look]] = [
        ("artifact", _artifact),
        ("precision", lambda _, find: artifact.judge_precision(find)),
        ("broker", _broker),
        ("topics", _once_reached(_topics)),
        ("access", _once_reached(_access)),
        ("transactions", _once_reached(_transactions)),
        ("milvus", _milvus),
        ("collection", _collection),
        ("pictures", _pictures),
        ("clock", _once_reached(_newest)),
        ("clock", _dates),
        ("disk", _disk),
    ]
    limits = {"artifact": _FULL_S} if of.full else {}
    return [Check(name, partial(look, of), limits.get(name, _LIMIT_S)) for name, look in looks]


def _once_reached(look: Look) -> Look:
    """For what asks the cluster about things named after the artifact: what is bad of those is said once."""

    def run(of: Installation, find: Finder) -> Iterator[Finding]:
        try:
            of.artifact  # noqa: B018 (loading it is the question)
            ClusterView(of.client).reach()
        except ArtifactError:
            yield find.warn("not looked at: topics and groups are named after the artifact, see above")
        except SkutwinError:
            yield find.warn("not looked at: the brokers could not be asked, see above")
        else:
            yield from look(of, find)

    return run


def _artifact(of: Installation, find: Finder) -> Iterator[Finding]:
    yield from artifact.judge_artifact(find, of.settings.artifact, full=of.full)


def _broker(of: Installation, find: Finder) -> Iterator[Finding]:
    yield from broker.judge_broker(find, ClusterView(of.client).cluster())


def _topics(of: Installation, find: Finder) -> Iterator[Finding]:
    view, specs = ClusterView(of.client), of.specs
    facts = view.topics([spec.name for spec in specs])
    wrong = ClusterAdmin(of.client).check_topics(specs)
    brokers, bootstrap = view.cluster().brokers, of.settings.kafka_bootstrap
    yield from topics.judge_topics(find, wrong, facts, brokers=brokers, bootstrap=bootstrap)


def _access(of: Installation, find: Finder) -> Iterator[Finding]:
    view, needed = ClusterView(of.client), access.needed_topics(of.names.topics, of.role)
    user = of.settings.kafka_security.get("sasl.username", "<this user>")
    yield from access.judge_access(
        find,
        view.cluster(),
        view.topics(list(needed)),
        view.groups(of.groups),
        needed=needed,
        principal=f"User:{user}",
        bootstrap=of.settings.kafka_bootstrap,
    )


def _transactions(of: Installation, find: Finder) -> Iterator[Finding]:
    """The one look that leaves a trace: a transactional id of the doctor's own, with nothing in it."""
    for group in of.groups[::2]:
        sink = KafkaSink(of.client, f"{group}-doctor", open_budget_s=_OPEN_S)
        with closing(sink):
            sink.open()
        yield find.ok(
            f"transactional ids that begin with {group} may be opened, and their coordinator answers"
        )


def _milvus(of: Installation, find: Finder) -> Iterator[Finding]:
    uri = of.settings.milvus_uri
    if milvus.lite_is_missing(uri):
        yield find.ok(f"{uri} is not there yet; `skutwin run` makes it")
        return
    try:
        facts = milvus.look(uri, _token(of.settings), [])
    except IndexFault as err:
        yield milvus.judge_absence(find, uri, err)
    else:
        yield from milvus.judge_server(find, facts)


def _collection(of: Installation, find: Finder) -> Iterator[Finding]:
    uri = of.settings.milvus_uri
    if milvus.lite_is_missing(uri):
        return
    try:
        of.artifact  # noqa: B018 (loading it is the question)
    except ArtifactError:
        yield find.warn("not compared: it is named after the artifact, see above")
        return
    try:
        identities = list(of.identities(*ClusterAdmin(of.client).identity(of.names.topics.embedded)))
    except SkutwinError:
        yield find.warn("not compared: it is made for a cluster and a topic, which could not be asked for")
        return
    try:
        facts = milvus.look(uri, _token(of.settings), [collection_name(identity) for identity in identities])
    except IndexFault:
        yield find.warn("not compared: Milvus could not be asked, see above")
        return
    for identity in identities:
        yield from milvus.judge_collection(find, facts, identity)


def _pictures(of: Installation, find: Finder) -> Iterator[Finding]:
    yield from pictures.judge_policy(find, of.settings)
    if of.url is not None:
        yield from pictures.judge_request(find, of.url, of.settings)


def _newest(of: Installation, find: Finder) -> Iterator[Finding]:
    newest = ClusterView(of.client).newest_ms(spec.name for spec in of.specs)
    yield from clocks.judge_newest(find, newest, SystemClock().now_ms())


def _dates(of: Installation, find: Finder) -> Iterator[Finding]:
    uri = urlsplit(of.settings.milvus_uri)
    if uri.scheme in {"http", "https"}:
        where = f"{uri.scheme}://{uri.hostname}:{uri.port or 19530}"
        yield clocks.judge_date(find, where, clocks.date_of(where), SystemClock().now_ms())


def _disk(of: Installation, find: Finder) -> Iterator[Finding]:
    settings = of.settings
    yield from disk.judge_disk(find, settings.cache_dir, settings.cache_max_bytes, settings.milvus_uri)


def _token(settings: Settings) -> str | None:
    return None if settings.milvus_token is None else settings.milvus_token.get_secret_value()
