"""The picture server over a real socket."""

from __future__ import annotations

import threading
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from consumer.demo.picture_server import PictureServer


def _get(connection: HTTPConnection, path: str) -> tuple[int, bytes]:
    connection.request("GET", path)
    response = connection.getresponse()
    return response.status, response.read()


def test_it_serves_what_the_source_has_and_404_else() -> None:
    """Both over one kept-alive connection, with the pictures set after the start."""
    with PictureServer() as server:
        connection = HTTPConnection(urlsplit(server.base_url).netloc, timeout=5)
        assert _get(connection, "/a.jpg") == (404, b"no such picture\n")
        server.pictures = {"/a.jpg": b"jpeg"}.get
        assert _get(connection, "/a.jpg") == (200, b"jpeg")
        assert _get(connection, "/a.jpg?size=2") == (200, b"jpeg")
        assert _get(connection, "/b.jpg")[0] == 404
        connection.close()


def test_after_leaving_nothing_listens_and_no_thread_is_left() -> None:
    """The context's end is the server's end."""
    with PictureServer() as server:
        address = urlsplit(server.base_url).netloc
    with pytest.raises(ConnectionRefusedError):
        HTTPConnection(address, timeout=5).request("GET", "/a.jpg")
    assert "pictures" not in {thread.name for thread in threading.enumerate()}
