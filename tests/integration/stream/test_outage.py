"""A picture server that fails for a while."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from consumer.contracts.events import Kind
from tests.integration.stream.artifact import picture
from tests.integration.stream.conftest import Install
from tests.integration.stream.promises import check_accounts, check_events, check_index
from tests.integration.stream.waiting import eventually


class FailingPictures(ThreadingHTTPServer):
    """One red picture at every path; while `down`, 503."""

    daemon_threads = True
    block_on_close = False
    down = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Request(BaseHTTPRequestHandler):
    server: FailingPictures

    def do_GET(self) -> None:
        body = b"" if self.server.down else picture((200, 0, 0))
        self.send_response(HTTPStatus.SERVICE_UNAVAILABLE if self.server.down else HTTPStatus.OK)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def pictures() -> Iterator[FailingPictures]:
    server = FailingPictures(("127.0.0.1", 0), _Request)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_outage_of_a_picture_server_takes_no_match_back(
    install: Install, pictures: FailingPictures
) -> None:
    """Updated meanwhile, a listing goes on marked incomplete; later it is complete, and matches as before."""
    world = install(picture_ports=str(pictures.server_address[1]), picture_private_networks="127.0.0.0/8")
    process = world.start()
    process.wait_ready()
    for name in ("a", "b"):
        world.publish(name, "shirt", image_urls=[f"{pictures.url}/{name}-1.png"])
    world.wait_until_quiet()
    assert [event.kind for event in world.events("a", "b")] == [Kind.MATCHED]
    complete, _ = world.final_rows()["a"]

    pictures.down = True
    world.publish("a", "shirt", revision=2, image_urls=[f"{pictures.url}/a-2.png"])
    world.flush()
    eventually(lambda: world.final_rows()["a"][1].pictures.attempt >= 1, "tried again, and failed again")
    _, incomplete = world.final_rows()["a"]
    assert incomplete.pending
    assert incomplete.embedding.image is None
    assert [event.kind for event in world.events("a", "b")] == [Kind.MATCHED]

    pictures.down = False
    eventually(lambda: not world.final_rows()["a"][1].pending, "completed")
    world.wait_until_quiet()
    offset, again = world.final_rows()["a"]
    assert offset > complete
    assert again.revision == 2
    assert again.embedding.image is not None
    assert [event.kind for event in world.events("a", "b")] == [Kind.MATCHED, Kind.MATCHED]
    assert world.events("a", "b")[-1].a.origin == offset
    check_accounts(process)
    assert process.term() == 0, process.tail()
    check_events(world)
    check_index(world)
