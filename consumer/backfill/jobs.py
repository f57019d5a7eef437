"""The three stages of `skutwin backfill`, each resumable: what is committed in Kafka is done."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import stamina

from consumer.app import App, signals
from consumer.backfill.copy import copy_topic
from consumer.backfill.ends import after_last_records
from consumer.backfill.publish import Published, file_id, publish_file
from consumer.backfill.stage import play_until
from consumer.errors import Misconfigured
from consumer.kafka.admin import ClusterAdmin
from consumer.kafka.config import SESSION_TIMEOUT_MS
from consumer.ports.records import TopicPartition
from consumer.replay.pictures import PictureNames, open_images
from consumer.settings import Settings

Report = Callable[[str, int], Callable[[int], None]]
"""Begins a stage of a given length, and gives what to tell its progress to."""

WAIT_S = SESSION_TIMEOUT_MS / 1000 + 5
"""For members that were killed to be known as gone."""
LOOK_S = 0.5

_EMBED_BATCH = 128
_MATCH_BATCH = 2_048  # decided well within max.poll.interval.ms on a slow machine as well
_MATCH_EVENTS = 20_000
_MATCH_ROWS = 50_000  # some 500 MB
_PICTURES_S = 60.0


def bulk(settings: Settings) -> Settings:
    """What differs from the stream: nobody waits for one listing, so batches are large and share their costs.

    Each listing's pictures have the room that they have in the stream, so that no more of them are put off.
    """
    batch = max(_EMBED_BATCH, settings.batch_size)
    return settings.model_copy(
        update={
            "batch_size": batch,
            "batch_linger_ms": max(500, settings.batch_linger_ms),
            "match_batch_size": max(_MATCH_BATCH, settings.match_batch_size),
            "match_max_events": max(_MATCH_EVENTS, settings.match_max_events),
            "match_rows_in_memory": max(_MATCH_ROWS, settings.match_rows_in_memory),
            "picture_batch_bytes": settings.picture_batch_bytes * batch // settings.batch_size,
            "picture_budget_s": max(_PICTURES_S, settings.picture_budget_s),
        }
    )


class Busy(Misconfigured):
    """Another process is in a group that the backfill needs for itself."""


@dataclass(frozen=True, slots=True)
class Backfill:
    """What to take in.

    Attributes:
        source: a file of JSON lines in the Listing contract; None where `topic` is given.
        topic: a topic of such listings; `listings` itself is only worked through.
        images: the folder that a file's pictures are named relative to.
    """

    source: Path | None
    topic: str | None
    images: Path | None = None


@dataclass(slots=True)
class Outcome:
    """What became of it.

    Attributes:
        published: of a file.
        copied: records of a topic.
        embedded, decided: whether the stage has come to its end.
    """

    published: Published = field(default_factory=Published)
    copied: int = 0
    embedded: bool = False
    decided: bool = False

    @property
    def whole(self) -> bool:
        """Whether there is nothing left to do."""
        return self.embedded and self.decided


def backfill(job: Backfill, settings: Settings, report: Report) -> Outcome:
    """Take a catalogue in: publish, embed all of it, then match all of it.

    1. Nobody else may be in the groups: they would share the work at the stream's batch sizes.
    2. Publish into `listings`, from where later rebuilds and new embedding versions read it: a file's
       position, or a topic's, is committed with the listings themselves.
    3. Embed until the group has read all of `listings`. What pictures failed for now is tried again by
       `skutwin run`.
    4. Match until the group has read all of the inner log. The rows go into the index in bulk, and each
       search, read and transaction is shared by thousands of listings.

    SIGTERM or SIGINT finishes the batch and ends; asked for again it goes on. A kill loses the batch in work.

    Args:
        job: what.
        settings: of the installation; `bulk` raises some of them.
        report: told of the progress.

    Raises:
        Misconfigured: a process is in a group; a file or topic cannot be read.
        SkutwinError: what made a role stop, as of `skutwin run`; what was committed stays.
    """
    work = _Work(job, settings, report)
    with signals(work.asked):
        work.run()
    return work.outcome


def _there(client: Mapping[str, Any], topic: str) -> dict[TopicPartition, int]:
    try:
        return after_last_records(client, topic)
    except Misconfigured as err:
        raise Misconfigured(f"{topic} is no file here. As a topic: {err}") from err


class _Asked:
    """Whether somebody asks to end; whatever app is at work then is told."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._app: App | None = None

    def stop(self) -> None:
        self._event.set()
        if self._app is not None:
            self._app.stop()

    def is_set(self) -> bool:
        return self._event.is_set()

    def tell(self, app: App) -> None:
        self._app = app
        if self._event.is_set():
            app.stop()


class _Work:
    def __init__(self, job: Backfill, settings: Settings, report: Report) -> None:
        self._job, self._report = job, report
        self._settings = bulk(settings)
        self.asked, self.outcome = _Asked(), Outcome()

    def run(self) -> None:
        app = App(self._settings, "embed")
        topics, names = app.names.topics, app.names
        _alone(app)
        self._publish(app.client, topics.listings)
        self.outcome.embedded = self._play(app, names.embed_group, topics.listings, "embedding")
        if self.outcome.embedded:
            app = App(self._settings, "match")
            self.outcome.decided = self._play(app, names.match_group, topics.embedded, "matching")

    def _publish(self, client: Mapping[str, Any], listings: str) -> None:
        job, group = self._job, f"{self._settings.topic_prefix}skutwin-backfill-"
        if job.source is not None:
            work = self._settings.cache_dir / "backfill"
            root = None if job.images is None else open_images(job.images, work)
            group += file_id(job.source)
            self.outcome.published = publish_file(
                job.source,
                PictureNames(root, inline=False, opaque=None, work=work).url_of,
                client,
                listings,
                group,
                progress=self._report("publishing", job.source.stat().st_size),
                asked_to_stop=self.asked.is_set,
            )
        elif job.topic is not None and job.topic != listings:
            progress = self._report("copying", sum(_there(client, job.topic).values()))
            self.outcome.copied = copy_topic(
                job.topic,
                client,
                listings,
                group + job.topic,
                progress=progress,
                asked_to_stop=self.asked.is_set,
            )

    def _play(self, app: App, group: str, topic: str, stage: str) -> bool:
        if self.asked.is_set():
            return False
        target = after_last_records(app.client, topic)
        self.asked.tell(app)
        return play_until(app, group, target, self._report(stage, sum(target.values())))


def _alone(app: App) -> None:
    """Who was killed counts as a member until its session is over."""
    admin = ClusterAdmin(app.client)
    for group in (app.names.embed_group, app.names.match_group):
        for attempt in stamina.retry_context(
            on=Busy, attempts=None, timeout=WAIT_S, wait_initial=LOOK_S, wait_max=LOOK_S, wait_jitter=0
        ):
            with attempt:
                members = admin.members(group)
                if members:
                    raise Busy(
                        f"the group {group} has {members} member{'' if members == 1 else 's'}. Stop every"
                        " `skutwin run` of this installation for the time of the backfill; or leave them"
                        " running, and publish with `skutwin replay FILE`: they take the catalogue in, at the"
                        " stream's pace"
                    )
