"""One connection to Milvus, a Lite folder or a server: bounded retries, then a fault that says what to do."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import grpc
import stamina
from pymilvus import MilvusClient
from pymilvus.exceptions import (
    ConnectionConfigException,
    DataNotMatchException,
    MilvusException,
    ParamError,
)

from consumer.errors import IndexFault, Misconfigured
from consumer.index.lite import check_files, engines, room
from consumer.ports.index import Room

T = TypeVar("T")

# Lite's engine is a thread of this process and needs no keep-alive. After a quiet minute it would break the
# channel of who pings it every ten seconds, as pymilvus does, with lines of gRPC's own in the log.
_UNPINGED: Final = {"grpc.keepalive_time_ms": 2**31 - 1}
_FAULTS: Final = (MilvusException, grpc.RpcError)
_OURS: Final = (ParamError, DataNotMatchException, ConnectionConfigException)
_DENIED: Final = frozenset({grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED})
_HOPELESS: Final = _DENIED | {grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.UNIMPLEMENTED}
_LITE_TIMEOUT_S: Final = 60.0
_BAD_PARAMETER: Final = 1100  # Milvus' error codes: merr in pkg/util/merr/errors.go
_NO_COLLECTION: Final = 100
_NO_PRIVILEGE: Final = frozenset({1400, 1401})


class MilvusConnection:
    """Calls go through `call`, which retries and turns what is left into `IndexFault`.

    Args:
        uri: a path that ends in `.db` (Lite), or `http(s)://HOST:PORT`.
        token: `user:password` or an API key, for a server that wants one.
        connect_timeout_s: within this an unreachable server is reported.
        call_timeout_s: of one attempt of one call; Lite gets a minute at least.
        budget_s: of all attempts of one call.

    Raises:
        Misconfigured: the URI is neither.
    """

    def __init__(
        self,
        uri: str,
        *,
        token: str | None = None,
        connect_timeout_s: float = 5.0,
        call_timeout_s: float = 10.0,
        budget_s: float = 60.0,
    ) -> None:
        self.is_lite = uri.endswith(".db")
        if not self.is_lite and urlsplit(uri).scheme not in {"http", "https"}:
            raise Misconfigured(
                f"SKUTWIN_MILVUS_URI is {uri!r}; it names a Milvus Lite file that ends in .db, "
                "or a server as http://HOST:PORT"
            )
        self._uri = uri
        self._token = token
        self._connect_timeout_s = connect_timeout_s
        self._call_timeout_s = call_timeout_s
        self._budget_s = budget_s
        self._address: str | None = None
        self._client: Any = None

    @property
    def where(self) -> str:
        """The address for messages, without credentials."""
        parts = urlsplit(self._uri)
        return (
            self._uri
            if "@" not in parts.netloc
            else parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        )

    def open(self) -> None:
        """Connect, or find out quickly that it cannot be done.

        Raises:
            IndexFault: nobody answers in time, or another process holds the Lite folder.
            Misconfigured: the Lite folder's parent does not exist.
        """
        if self._address is None:
            self._address = engines.acquire(Path(self._uri)) if self.is_lite else self._uri
        try:
            self._connect()
        except _FAULTS as err:
            self.close()
            raise self._fault("connecting", err) from err

    def check_files(self, collection: str) -> None:
        """Whether Lite has all that it wrote of a collection; a server sees to that itself.

        Raises:
            IndexMismatch: files are missing.
        """
        if self.is_lite:
            check_files(Path(self._uri), collection)

    def room(self) -> Room | None:
        """What Lite's folder takes, and could take at most; None of a server."""
        return room(Path(self._uri)) if self.is_lite else None

    def call(self, what: str, run: Callable[[Any, float], T], *, timeout_s: float | None = None) -> T:
        """`run(client, time-out of one attempt)`, again and again while that may help.

        Only for calls that may be repeated. `what` completes "Milvus failed while …".

        Raises:
            IndexFault: not open, refused, or still failing when the budget is spent.
        """
        if self._address is None:
            raise IndexFault("the index is not open: call open() first")
        limit_s = self._call_timeout_s if timeout_s is None else timeout_s
        if self.is_lite:  # it works in this process: giving up only makes it do the same twice
            limit_s = max(limit_s, _LITE_TIMEOUT_S)
        try:
            for attempt in stamina.retry_context(
                on=_worth_another_try, attempts=None, timeout=self._budget_s, wait_initial=0.1, wait_max=5.0
            ):
                with attempt:
                    return self._attempt(run, limit_s)
        except _FAULTS as err:
            raise self._fault(what, err) from err
        raise AssertionError("stamina either returns or raises")

    def close(self) -> None:
        """Let go of the connection and, of Lite, the folder; harmless if it was never open."""
        self._disconnect()
        if self._address is not None and self.is_lite:
            engines.release(Path(self._uri))
        self._address = None

    def _attempt(self, run: Callable[[Any, float], T], limit_s: float) -> T:
        try:
            return run(self._connect(), limit_s)
        except _FAULTS:
            self._disconnect()  # a channel that failed may stay closed: the next attempt opens another
            raise

    def _connect(self) -> Any:
        if self._client is None:
            for name in ("pymilvus", "pymilvus.milvus_client", "milvus_lite"):
                # What they log they raise as well, and we say it once.
                logging.getLogger(name).setLevel(logging.CRITICAL)
            self._client = MilvusClient(
                self._address,
                token=self._token or "",
                timeout=self._connect_timeout_s,
                dedicated=True,
                grpc_options=_UNPINGED if self.is_lite else {},
            )
        return self._client

    def _disconnect(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _fault(self, what: str, err: Exception) -> IndexFault:
        reason = " ".join(_reason(err).split())[:500]
        if _denied(err):
            advice = "Milvus refuses the credentials: check SKUTWIN_MILVUS_TOKEN"
        elif getattr(err, "code", None) == _NO_COLLECTION:
            advice = "The collection is gone: rebuild it from the log with: skutwin reindex"
        elif not _worth_another_try(err):
            advice = "Milvus refuses the request: this is a defect of skutwin or a version it does not know"
        elif self.is_lite:
            advice = "Is the disk full, or the folder damaged? Rebuild it from the log with: skutwin reindex"
        else:
            advice = "Is Milvus running there? For one machine set SKUTWIN_MILVUS_URI=./milvus.db"
        return IndexFault(f"Milvus at {self.where} failed while {what}: {reason}. {advice}")


def _reason(err: Exception) -> str:
    if isinstance(err, MilvusException):
        return f"{err.message} (code {err.code})"
    return f"{err.details()} ({err.code()})" if isinstance(err, grpc.Call) else str(err)


def _denied(err: Exception) -> bool:
    code = err.code() if isinstance(err, grpc.Call) else getattr(err, "code", None)
    return code in _DENIED or code in _NO_PRIVILEGE


def _worth_another_try(err: Exception) -> bool:
    """Whether the same call may succeed later: yes, unless Milvus says that it is the call that is wrong."""
    if isinstance(err, grpc.Call):
        return err.code() not in _HOPELESS
    if not isinstance(err, MilvusException):
        return isinstance(err, grpc.RpcError)
    wrong = isinstance(err, _OURS) or err.is_input_error or _denied(err)
    return not wrong and err.code not in {_BAD_PARAMETER, _NO_COLLECTION}
