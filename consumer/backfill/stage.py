"""One role of this process, played until its group has read all that was there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import closing

import structlog

from consumer.app import App
from consumer.errors import BrokerFault
from consumer.kafka.source import KafkaSource
from consumer.ports.records import TopicPartition

_LOOK_S = 0.5
log = structlog.get_logger(__name__)

Progress = Callable[[int], None]


def play_until(app: App, group: str, target: Mapping[TopicPartition, int], progress: Progress) -> bool:
    """Play the app's role until its group has committed these offsets, or somebody stops the app.

    Args:
        app: with the one role.
        group: that it joins.
        target: by partition, what is to be committed.
        progress: told how many of all records up to the target are.

    Returns:
        Whether it got there.

    Raises:
        SkutwinError: what made the role stop; what was committed stays.
    """
    watch = _Watch(app, group, target, progress)
    if watch.there():
        return True
    try:
        app.run(on_ready=lambda _: watch.start())
    finally:
        watch.join()
    return watch.there()


class _Watch:
    """Looks at what the group has committed, twice a second, and stops the app at the target."""

    def __init__(
        self, app: App, group: str, target: Mapping[TopicPartition, int], progress: Progress
    ) -> None:
        self._app, self._group, self._target, self._progress = app, group, target, progress
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="backfill")

    def start(self) -> None:
        self._thread.start()

    def join(self) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def there(self) -> bool:
        """Whether all is committed; asks the broker."""
        with closing(KafkaSource(self._app.client, self._group)) as member:
            return self._look(member)

    def _run(self) -> None:
        with closing(KafkaSource(self._app.client, self._group)) as member:
            while not self._over.wait(_LOOK_S):
                try:
                    if self._look(member):
                        self._app.stop()
                        return
                except BrokerFault as err:
                    log.warning("progress_not_known", why=str(err))  # the role says whether it can go on

    def _look(self, member: KafkaSource) -> bool:
        if not self._target:
            return True
        committed = member.committed(list(self._target))
        done = {where: min(committed[where] or 0, end) for where, end in self._target.items()}
        self._progress(sum(done.values()))
        return done == dict(self._target)
