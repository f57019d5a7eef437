"""A picture server that can be slow, hang, send forever, or be away; each path gives one colour."""

from __future__ import annotations

import threading
from enum import StrEnum
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from tests.integration.stream.artifact import picture

_SLOW_S = 0.3
_DRIP_S = 0.05
_NEVER_REACHED = 10**6  # bytes: what says that it is larger than is taken counts as gone, and rightly so


class Mood(StrEnum):
    """How the server answers."""

    FINE = "fine"
    SLOW = "slow"
    HANGING = "hanging"
    ENDLESS = "sending forever"
    AWAY = "away"


class Pictures(ThreadingHTTPServer):
    """`/rrggbb/any-name.png` is a picture of that colour.

    Attributes:
        asked: requests that came in each mood.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._mood = Mood.FINE
        self._changed = threading.Event()
        self.asked = dict.fromkeys(Mood, 0)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def mood(self) -> Mood:
        """How it answers now; requests that hang are let go when it changes."""
        return self._mood

    @mood.setter
    def mood(self, mood: Mood) -> None:
        self._mood = mood
        self._changed.set()
        self._changed = threading.Event()

    def url(self, colour: str, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/{colour}/{name}.png"

    def wait_for_another_mood(self, most_s: float) -> bool:
        return self._changed.wait(most_s)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.mood = Mood.FINE
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Answer(BaseHTTPRequestHandler):
    server: Pictures

    def do_GET(self) -> None:
        mood = self.server.mood
        self.server.asked[mood] += 1
        try:
            self._answer(mood)
        except OSError:
            return  # the client gave up, as it should

    def _answer(self, mood: Mood) -> None:
        if mood is Mood.AWAY:
            self._say(HTTPStatus.SERVICE_UNAVAILABLE, b"")
            return
        if mood is Mood.HANGING:
            self.server.wait_for_another_mood(60)
            return
        if mood is Mood.SLOW:
            self.server.wait_for_another_mood(_SLOW_S)
        body = picture(tuple(bytes.fromhex(self.path.split("/")[1])))  # type: ignore[arg-type]  # three of them
        if mood is not Mood.ENDLESS:
            self._say(HTTPStatus.OK, body)
            return
        self._say(HTTPStatus.OK, body[:20], length=_NEVER_REACHED)
        while not self.server.wait_for_another_mood(_DRIP_S):
            self.wfile.write(body[:20])

    def _say(self, status: HTTPStatus, body: bytes, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""
