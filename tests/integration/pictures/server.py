"""A picture server with the faults that real ones have."""

from __future__ import annotations

import gzip
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

JPEG = b"\xff\xd8\xff" + bytes(range(256)) * 40
BOMB = gzip.compress(bytes(20_000_000), compresslevel=1)


class PictureServer(ThreadingHTTPServer):
    """Paths name the fault; `stop_hanging` lets the hanging ones go."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Answers)
        self.stop_hanging = threading.Event()
        self.connections = 0
        self.calls: Counter[str] = Counter()

    def get_request(self) -> tuple[socket.socket, object]:
        self.connections += 1
        return super().get_request()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: PictureServer

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
        pass

    def do_GET(self) -> None:
        name = self.path.split("/")[1].partition("?")[0]
        self.server.calls[name] += 1
        getattr(self, f"_{name}", self._missing)()

    def _say(self, status: int, content: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for header, value in ({"Content-Length": str(len(content))} | headers).items():
            self.send_header(header.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def _ok(self) -> None:
        self._say(200, JPEG)

    def _missing(self) -> None:
        self._say(404)

    def _down(self) -> None:
        self._say(503)

    def _moved(self) -> None:
        self._say(302, Location="/ok")

    def _circle(self) -> None:
        self._say(302, Location="/circle")

    def _escape(self) -> None:
        self._say(302, Location="file:///etc/hostname")

    def _bomb(self) -> None:
        self._say(200, BOMB, Content_Encoding="gzip")

    def _cut(self) -> None:
        self._say(200, JPEG[:100], Content_Length=str(len(JPEG)))
        self.close_connection = True

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def _hang(self) -> None:
        self.server.stop_hanging.wait(30)
        self.close_connection = True

    def _drip(self) -> None:
        """One byte at a time: each arrives before a read times out, the picture never does."""
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        while not self.server.stop_hanging.wait(0.02):
            self.wfile.write(b"x")
            self.wfile.flush()

    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionError, ValueError):  # the client left, or we closed the socket under the base class
            self.close_connection = True

    def finish(self) -> None:
        try:
            super().finish()
        except (ConnectionError, ValueError):  # as above
            self.close_connection = True


@contextmanager
def picture_server(port: int = 0) -> Iterator[PictureServer]:
    server = PictureServer(port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.stop_hanging.set()
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def refusing_port() -> Iterator[int]:
    """A port that is ours and where nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
