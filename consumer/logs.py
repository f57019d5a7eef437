"""Logs: structlog and the standard library's in one form, JSON lines in production and text on a terminal.

Values come from outside: control characters are escaped, long values are cut, and a listing is named, never
written out. Whoever works on a batch binds its id with `batch_lines`, so that every line bears it.
"""

from __future__ import annotations

import logging
import sys
import textwrap
import unicodedata
from collections.abc import Mapping, MutableMapping
from contextlib import AbstractContextManager
from typing import Any, Literal, TextIO

import structlog
from pydantic import BaseModel
from structlog.contextvars import bound_contextvars
from structlog.typing import Processor

MAX_TEXT = 400  # characters of one value
MAX_TRACE = 20_000  # characters of a traceback
MARGIN = "  | "
"""Before each line of a traceback in text."""

MAX_ITEMS = 20
MAX_DEPTH = 3
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_NOISY = (
    "httpx",
    "httpcore",
    "pymilvus",
    "milvus_lite",
    "urllib3",
    "PIL",
    "faiss",
    "asyncio",
    "filelock",
    "uvicorn.access",
)


def configure(
    form: Literal["auto", "json", "console"] = "auto", level: str = "info", stream: TextIO | None = None
) -> None:
    """Send all logs of this process to `stream` (stderr) in one form; may be called again.

    Args:
        form: `auto` is text on a terminal, else JSON lines.
        level: the least that is written: debug, info, warning or error.
        stream: where to.
    """
    out = sys.stderr if stream is None else stream
    text = form == "console" or (form == "auto" and out.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        tame,
    ]
    console = structlog.dev.ConsoleRenderer(
        colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback, pad_event_to=28
    )
    renderers: list[Processor] = (
        [indent_traceback, console] if text else [structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _NOISY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.captureWarnings(capture=True)


def batch_lines(role: str, batch: str) -> AbstractContextManager[None]:
    """Within it, every line of this thread bears the role and the batch's id."""
    return bound_contextvars(role=role, batch=batch)


def tame(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: what came from outside becomes harmless and short."""
    for key, value in event.items():
        if key.startswith("_"):
            continue  # structlog's own, dropped before anything is written
        event[key] = escaped(str(value), MAX_TRACE, keep="\n") if key == "exception" else tamed(value)
    return event


def indent_traceback(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor for text: an exception's message may hold line breaks, and must forge no line."""
    if "exception" in event:
        event["exception"] = textwrap.indent(str(event["exception"]), MARGIN, lambda _: True)
    return event


def tamed(value: Any, depth: int = 0) -> Any:
    """The value, or something short that stands for it."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth < MAX_DEPTH and isinstance(value, Mapping):
        items = list(value.items())[:MAX_ITEMS]
        return {escaped(str(key)): tamed(held, depth + 1) for key, held in items} | _rest(len(value))
    if depth < MAX_DEPTH and isinstance(value, list | tuple | set | frozenset):
        first = [tamed(held, depth + 1) for held in list(value)[:MAX_ITEMS]]
        return first + list(_rest(len(value)).values())
    return escaped(_in_words(value))


def _in_words(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    if isinstance(value, BaseModel):
        name = getattr(value, "listing_id", None) or getattr(value, "pair_id", "")
        return f"<{type(value).__name__} {name}".rstrip() + ">"
    if hasattr(value, "shape"):
        return f"<{type(value).__name__}{tuple(value.shape)}>"
    return str(value)


def _rest(size: int) -> dict[str, str]:
    return {"…": f"{size - MAX_ITEMS} more"} if size > MAX_ITEMS else {}


def escaped(text: str, limit: int = MAX_TEXT, keep: str = "") -> str:
    r"""Control, bidirectional, private and line-breaking characters as `\uXXXX`; cut after `limit`.

    Args:
        text: from anywhere.
        limit: characters that are kept.
        keep: characters that stay as they are.
    """
    cut = text[:limit]
    if not cut.isprintable():
        cut = "".join(
            char if char in keep or unicodedata.category(char) not in _UNPRINTABLE else f"\\u{ord(char):04x}"
            for char in cut
        )
    return cut if len(text) <= limit else f"{cut}… ({len(text) - limit} more)"
