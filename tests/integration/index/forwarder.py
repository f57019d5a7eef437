"""A TCP forwarder that a test can cut: the network's failures, without touching the server."""

from __future__ import annotations

import selectors
import socket
import threading
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


class Forwarder:
    """Passes bytes between its own port and a server's; once `cut`, connections break and new ones too."""

    def __init__(self, uri: str) -> None:
        to = urlsplit(uri)
        self._to = (to.hostname or "127.0.0.1", to.port or 19530)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._cut = False
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def uri(self) -> str:
        """Where to connect instead."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def cut(self) -> None:
        """Break what is connected, and whatever connects from now on."""
        with self._lock:
            self._cut = True
            for each in self._open:
                each.shutdown(socket.SHUT_RDWR)
            self._open.clear()

    def restore(self) -> None:
        """Let new connections through again."""
        with self._lock:
            self._cut = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                ours, _ = self._listener.accept()
            except OSError:
                return  # closed
            with self._lock:
                if self._cut:
                    ours.close()
                    continue
                theirs = socket.create_connection(self._to)
                self._open |= {ours, theirs}
            threading.Thread(target=self._pump, args=(ours, theirs), daemon=True).start()

    def _pump(self, ours: socket.socket, theirs: socket.socket) -> None:
        with ours, theirs, selectors.DefaultSelector() as ready:
            ready.register(ours, selectors.EVENT_READ, theirs)
            ready.register(theirs, selectors.EVENT_READ, ours)
            try:
                while all(self._pass_on(key) for key, _ in ready.select()):
                    pass
            except OSError:
                return  # cut
            finally:
                with self._lock:
                    self._open -= {ours, theirs}

    @staticmethod
    def _pass_on(key: selectors.SelectorKey) -> bool:
        source, target = key.fileobj, key.data
        assert isinstance(source, socket.socket)
        data = source.recv(65_536)
        target.sendall(data)
        return bool(data)
