"""The real consumer in a thread of this process, and a way to wait for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from consumer.app import App
from consumer.errors import WorldFault

_LOOK_S = 0.1
_PATIENCE_S = 900.0


class Stopped(Exception):
    """Somebody asked the consumer to leave before it was done."""


class Running:
    """Starts the consumer; leaving the context lets it finish its batch and waits for it."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="consumer")

    def wait(self, done: Callable[[], bool]) -> None:
        """Until the condition holds.

        Raises:
            Stopped: the consumer left before.
            WorldFault: it does not come to rest.
            BaseException: what made the consumer stop.
        """
        deadline = time.monotonic() + _PATIENCE_S
        while not done():
            self._thread.join(_LOOK_S)
            if self._failure is not None:
                raise self._failure
            if not self._thread.is_alive():
                raise Stopped
            if time.monotonic() > deadline:
                raise WorldFault(f"the consumer did not come to rest within {_PATIENCE_S:.0f} s")

    def join(self) -> None:
        """Until it has left."""
        self._thread.join()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._app.stop()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._app.run()
        except BaseException as err:  # noqa: BLE001 (raised again by wait, where somebody hears it)
            self._failure = err
