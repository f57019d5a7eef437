"""The read API over HTTP: `consumer.contracts.read_api` says what it answers.

There is no password: it listens on loop-back by default, and is to stand behind what knows who may ask.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http import HTTPStatus
from pathlib import Path

from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from consumer.contracts.events import MatchEvent
from consumer.contracts.read_api import (
    DEFAULT_PAGE,
    DOCUMENT_PATH,
    MATCHES_PATH,
    MAX_PAGE,
    PAIR_PATH,
    STATUS_PATH,
    CurrentMatch,
    MatchPage,
    Problem,
    Status,
    moment,
)
from consumer.contracts.schema import files
from consumer.pairs.follow import Progress
from consumer.pairs.store import PairReader
from model.listing import MAX_ID_BYTES

_RETRY_AFTER_S = 2


class ProblemError(Exception):
    """Ends a request with a problem document."""

    def __init__(self, status: HTTPStatus, detail: str, *, lag: int | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.lag = status, detail, lag


def page_of(reader: PairReader, listing_id: str, after: str, limit: int) -> MatchPage:
    """One page of a listing's current matches.

    Args:
        reader: of the file.
        listing_id: whose.
        after: the other listing's id that the page before ended with; empty for the first.
        limit: matches on the page.
    """
    known_until = moment(reader.caught_up_ms() or 0)  # read first: what is read below is at least as new
    held = reader.of_listing(listing_id, after, limit + 1)
    matches = tuple(
        CurrentMatch.of(MatchEvent.from_bytes(each.event), listing_id, each.said_ms) for each in held[:limit]
    )
    more = matches[-1].other.listing_id if len(held) > limit else None
    return MatchPage(
        listing_id=listing_id,
        matches=matches,
        next=None if more is None else cursor(more),
        known_until=known_until,
    )


def cursor(listing_id: str) -> str:
    """The key that a page ended with, fit for a URL; opaque to callers."""
    return base64.urlsafe_b64encode(listing_id.encode()).rstrip(b"=").decode()


def position(text: str) -> str:
    """The inverse of `cursor`.

    Raises:
        ProblemError: it is none that we gave.
    """
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise ProblemError(HTTPStatus.BAD_REQUEST, "after: is no `next` of a page of ours") from None


class ReadApi:
    """The routes.

    Args:
        path: of the file; each request reads it through a connection of its own.
        topic: that it holds.
        progress: how far it has been followed.
    """

    def __init__(self, path: Path, topic: str, progress: Callable[[], Progress]) -> None:
        self._path, self._topic, self._progress = path, topic, progress

    def application(self) -> Starlette:
        """As an ASGI application."""
        routes = [
            Route(MATCHES_PATH.replace("listing_id", "listing_id:path"), self.matches),
            Route(PAIR_PATH, self.pair),
            Route(STATUS_PATH, self.status),
            Route(DOCUMENT_PATH, self.document),
            Route("/readyz", self.readyz),
            Route("/livez", self.livez),
        ]
        return Starlette(routes=routes, exception_handlers={ProblemError: _problem, HTTPException: _refused})

    def matches(self, request: Request) -> Response:
        """Current matches of a listing."""
        listing_id = request.path_params["listing_id"]
        if len(listing_id.encode()) > MAX_ID_BYTES:
            raise ProblemError(HTTPStatus.BAD_REQUEST, f"listing_id: has more than {MAX_ID_BYTES} bytes")
        limit = _limit(request.query_params.get("limit"))
        after = position(request.query_params.get("after", ""))
        with self._reading() as reader:
            return _json(page_of(reader, listing_id, after, limit))

    def pair(self, request: Request) -> Response:
        """One current match."""
        pair_id = request.path_params["pair_id"]
        with self._reading() as reader:
            held = reader.pair(pair_id)
        if held is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, "no current match has this pair id")
        event = MatchEvent.from_bytes(held.event)
        return _json(CurrentMatch.of(event, event.a.listing_id, held.said_ms))

    def status(self, _: Request) -> Response:
        """How far the topic was followed; answered at any time."""
        return _json(self._status())

    def readyz(self, _: Request) -> Response:
        """200 once the topic has been caught up with, 503 before."""
        return _json(self._status(), HTTPStatus.OK if self._progress().caught_up else _BUSY)

    def livez(self, _: Request) -> Response:
        """It answers."""
        return JSONResponse({"ok": True})

    def document(self, _: Request) -> Response:
        """The OpenAPI document."""
        return Response(files()["openapi.json"], media_type="application/json")

    @contextmanager
    def _reading(self) -> Iterator[PairReader]:
        progress = self._progress()
        if not progress.caught_up:
            raise ProblemError(
                _BUSY, f"the topic {self._topic} is still being read from; ask again", lag=progress.lag
            )
        with closing(PairReader(self._path)) as reader:
            yield reader

    def _status(self) -> Status:
        progress = self._progress()
        with closing(PairReader(self._path)) as reader:
            caught_up_ms = reader.caught_up_ms()
            return Status(
                topic=self._topic,
                caught_up=progress.caught_up,
                lag=progress.lag,
                matches=reader.count(),
                known_until=None if caught_up_ms is None else moment(caught_up_ms),
            )


_BUSY = HTTPStatus.SERVICE_UNAVAILABLE


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_PAGE
    if text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= MAX_PAGE:
        return int(text)
    raise ProblemError(
        HTTPStatus.BAD_REQUEST, f"limit: is {text[:20]!r}; a whole number from 1 to {MAX_PAGE}"
    )


def _json(answer: BaseModel, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(answer.model_dump_json(exclude_none=True), status, media_type="application/json")


async def _problem(request: Request, err: Exception) -> Response:
    if not isinstance(err, ProblemError):
        raise err
    problem = Problem(
        title=err.status.phrase,
        status=err.status,
        detail=err.detail,
        instance=request.url.path,
        lag=err.lag,
    )
    headers = {"Retry-After": str(_RETRY_AFTER_S)} if err.status is _BUSY else None
    return _told(problem, headers)


async def _refused(request: Request, err: Exception) -> Response:
    """What the router says by itself: no such path, no such method."""
    if not isinstance(err, HTTPException):
        raise err
    status = HTTPStatus(err.status_code)
    problem = Problem(title=status.phrase, status=status, instance=request.url.path)
    return _told(problem, dict(err.headers or {}))


def _told(problem: Problem, headers: dict[str, str] | None) -> Response:
    return Response(
        json.dumps(problem.model_dump(mode="json", exclude_none=True)),
        problem.status,
        headers=headers,
        media_type="application/problem+json",
    )
