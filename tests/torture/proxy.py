"""A TCP proxy before a server: it can be cut, slow, or pass nothing on while connections stay open."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


class Proxy:
    """Passes bytes between its own port and a server's, wherever that is when somebody connects."""

    def __init__(self, uri: Callable[[], str]) -> None:
        self._server = uri
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._cut = False
        self._passing = threading.Event()
        self._passing.set()
        self._delay_s = 0.0
        self._never = threading.Event()

    @property
    def uri(self) -> str:
        """Where to connect instead."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def cut(self) -> None:
        """Break what is connected, and whatever connects from now on."""
        with self._lock:
            self._cut = True
            for each in self._open:
                _shut(each)

    def stall(self) -> None:
        """Keep connections open and pass nothing on."""
        self._passing.clear()

    def slow(self, delay_s: float) -> None:
        """Hold each piece of data back for so long."""
        self._delay_s = delay_s

    def restore(self) -> None:
        """As a wire again."""
        with self._lock:
            self._cut = False
        self._delay_s = 0.0
        self._passing.set()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.restore()
        self.cut()
        _shut(self._listener)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                ours, _ = self._listener.accept()
            except OSError:
                return  # closed
            with self._lock:
                try:
                    if self._cut:
                        raise ConnectionError("cut")
                    to = urlsplit(self._server())
                    theirs = socket.create_connection(
                        (to.hostname or "127.0.0.1", to.port or 19530), timeout=5
                    )
                except OSError:
                    ours.close()
                    continue
                theirs.settimeout(None)
                self._open |= {ours, theirs}
            for source, target in ((ours, theirs), (theirs, ours)):
                threading.Thread(target=self._pump, args=(source, target), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65_536):
                self._passing.wait()
                if self._delay_s:
                    self._never.wait(self._delay_s)
                target.sendall(data)
        except OSError:
            return  # cut, or a side went away
        finally:
            with self._lock:
                self._open -= {source, target}
            for each in (source, target):
                _shut(each)
                each.close()


def _shut(one: socket.socket) -> None:
    try:
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is already
