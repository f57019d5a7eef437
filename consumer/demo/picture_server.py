"""A picture server on loop-back for the demonstration: pictures are drawn when they are asked for."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

PictureSource = Callable[[str], bytes | None]
"""From a URL's path to a JPEG, or None where there is no such picture."""

_log = logging.getLogger(__name__)


def _nothing(_path: str) -> None:
    return None


class PictureServer:
    """Serves one `PictureSource` over HTTP at 127.0.0.1 and a free port while its context is open.

    Attributes:
        pictures: what is served; may be set after the start, since listings name the port. Until then
            everything is 404.
    """

    def __init__(self, pictures: PictureSource | None = None) -> None:
        self.pictures = pictures or _nothing
        self._http = _Http(self)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), name="pictures")

    @property
    def base_url(self) -> str:
        """What every picture's URL begins with, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._http.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    # Kept-alive connections end with their client; leaving must not wait for them.
    block_on_close = False
    request_queue_size = 128

    def __init__(self, owner: PictureServer) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.owner = owner

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 (the base class's signature)
        """A client that hangs up is no news; all else goes to the log, not to the terminal."""
        _log.debug("a request from %s failed", client_address, exc_info=True)


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30  # seconds that a kept-alive connection may be silent
    server: _Http

    def do_GET(self) -> None:
        """The picture at this path, or 404."""
        content = self.server.owner.pictures(self.path.partition("?")[0])
        if content is None:
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"no such picture\n")
        else:
            self._answer(HTTPStatus.OK, "image/jpeg", content)

    def _answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
        """One line a request, for those who ask for debug logs."""
        _log.debug(format, *args)
