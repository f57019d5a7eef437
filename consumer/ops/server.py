"""The ops endpoint: /metrics, /livez, /readyz and /startupz over HTTP, in a thread of its own."""

from __future__ import annotations

import socket
import threading
from types import TracebackType
from typing import Self

import uvicorn
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from consumer.errors import Misconfigured
from consumer.ops.health import Health, Report

STOP_S = 5.0


class WebServer:
    """Serves an application until it is closed; a context manager.

    Attributes:
        url: where it listens, such as `http://127.0.0.1:9464`; with port 0 the port that was free.
    """

    def __init__(self, served: Starlette, host: str, port: int, what: str) -> None:
        """Listen at once, so that a request in the first second is answered.

        Args:
            served: the application.
            host: to listen on.
            port: likewise; 0 takes a free one.
            what: prefix of the settings that name the two, as in `ops_port`.

        Raises:
            Misconfigured: the address cannot be listened on.
        """
        self._socket = _listen(host, port, what)
        bound = self._socket.getsockname()[1]
        self.url = f"http://[{host}]:{bound}" if ":" in host else f"http://{host}:{bound}"
        config = uvicorn.Config(
            served, log_config=None, access_log=False, lifespan="off", server_header=False
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name=what, daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening and wait for open answers, a few seconds at most."""
        self._server.should_exit = True
        self._thread.join(STOP_S)
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class OpsServer(WebServer):
    """What an operator asks of a process."""

    def __init__(self, health: Health, registry: CollectorRegistry, host: str, port: int) -> None:
        """See `WebServer`."""
        super().__init__(application(health, registry), host, port, "ops")


def application(health: Health, registry: CollectorRegistry) -> Starlette:
    """The routes over a process's health and metrics."""

    async def metrics(request: Request) -> Response:
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(registry), headers={"content-type": content_type})

    async def livez(_request: Request) -> Response:
        return _answer(health.live())

    async def readyz(_request: Request) -> Response:
        return _answer(health.ready())

    async def startupz(_request: Request) -> Response:
        return _answer(health.started())

    return Starlette(
        routes=[
            Route("/metrics", metrics),
            Route("/livez", livez),
            Route("/readyz", readyz),
            Route("/startupz", startupz),
        ]
    )


def _answer(report: Report) -> JSONResponse:
    return JSONResponse({"ok": report.ok, "parts": report.parts}, status_code=200 if report.ok else 503)


def _listen(host: str, port: int, what: str) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=64)
    except OSError as err:
        raise Misconfigured(
            f"the {what} endpoint cannot listen on {host}:{port} ({err.strerror or err}): another process may"
            f" hold the port; set SKUTWIN_{what.upper()}_PORT to another one (0 picks a free one), or"
            f" SKUTWIN_{what.upper()}_HOST"
        ) from None
