"""Logs: one form for all, harmless values, and the batch on every line."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer import logs
from model.listing import Listing


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def _lines(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_lines_of_structlog_and_of_the_standard_library_look_alike_and_bear_the_batch() -> None:
    """librdkafka's and uvicorn's lines are of the same form as ours and of the same batch."""
    out = io.StringIO()
    logs.configure("json", "info", out)
    with logs.batch_lines("embed", "b-7"):
        structlog.get_logger("skutwin").info("batch.committed", records=3)
        logging.getLogger("librdkafka").warning("broker %s is down", "one:9092")
    logging.getLogger("after").info("no batch")
    ours, theirs, after = _lines(out)
    assert (ours["event"], ours["records"]) == ("batch.committed", 3)
    assert (theirs["event"], theirs["logger"]) == ("broker one:9092 is down", "librdkafka")
    for line in (ours, theirs):
        assert (line["role"], line["batch"]) == ("embed", "b-7")
        assert {"timestamp", "level"} <= line.keys()
    assert "batch" not in after


def test_what_lies_under_the_level_is_not_written() -> None:
    """At warning, info is silent; chatty libraries are silent below warning anyway."""
    out = io.StringIO()
    logs.configure("json", "warning", out)
    structlog.get_logger().info("no")
    logs.configure("json", "debug", out)
    logging.getLogger("httpx").info("no")
    assert out.getvalue() == ""


def test_a_listing_is_named_and_never_written_out() -> None:
    """Titles and prices of sellers do not end in logs."""
    out = io.StringIO()
    logs.configure("json", "info", out)
    listing = Listing(listing_id="l-1", seller_id="s", revision=1, title="A secret title")
    structlog.get_logger().info("odd", listing=listing, raw=b"12345", vector=np.zeros((2, 3)), many=[listing])
    (line,) = _lines(out)
    assert line["listing"] == "<Listing l-1>"
    assert line["many"] == ["<Listing l-1>"]
    assert line["raw"] == "<5 bytes>"
    assert line["vector"] == "<ndarray(2, 3)>"


def test_an_exception_is_written_with_its_traceback_on_one_json_line() -> None:
    """The stack is there, with what the message holds made harmless."""
    out = io.StringIO()
    logs.configure("json", "info", out)
    try:
        int("\x1b[31mred")
    except ValueError:
        structlog.get_logger().exception("failed")
    (line,) = _lines(out)
    assert "Traceback" in line["exception"]
    assert "\x1b" not in line["exception"]
    assert "[31mred" in line["exception"]


def test_text_for_a_terminal_holds_the_same_facts() -> None:
    """The console form names event and values, without colours when it is no terminal."""
    out = io.StringIO()
    logs.configure("console", "info", out)
    structlog.get_logger().info("started", role="match")
    assert "started" in out.getvalue()
    assert "role=match" in out.getvalue()
    assert "\x1b" not in out.getvalue()


def test_no_line_of_an_exception_passes_for_a_line_of_the_log() -> None:
    """Its message may come from a title, with line breaks; in text each further line has a margin."""
    out = io.StringIO()
    logs.configure("console", "info", out)
    forged = "2026-01-01T00:00:00Z [info     ] all_is_well"

    def fails() -> None:
        raise ValueError(f"bad title\n{forged}\r{forged}\n\n{forged}")

    try:
        fails()
    except ValueError:
        structlog.get_logger("skutwin").exception("batch_failed")
    first, *rest = out.getvalue().splitlines()
    assert "batch_failed" in first
    assert len(rest) > 3
    assert all(line.startswith(logs.MARGIN) for line in rest)


def test_off_a_terminal_auto_means_json() -> None:
    """A container's logs are JSON without any setting."""
    out = io.StringIO()
    logs.configure("auto", "info", out)
    structlog.get_logger().info("started")
    assert _lines(out)[0]["event"] == "started"


def test_long_values_are_cut_and_say_so() -> None:
    """Text, lists and tables are bounded, and the rest is counted."""
    assert logs.tamed("x" * 500) == "x" * 400 + "… (100 more)"
    assert logs.tamed(list(range(30)))[-1] == "10 more"
    assert logs.tamed({str(n): n for n in range(30)})["…"] == "10 more"
    assert isinstance(logs.tamed([[[[["deep"]]]]])[0][0][0], str)


@settings(max_examples=50)
@given(st.text(max_size=50))
def test_whatever_comes_in_one_printable_line_comes_out(text: str) -> None:
    """No text can forge a line, colour a terminal or reorder what is read."""
    safe = logs.escaped(text)
    assert len(safe.splitlines()) <= 1
    assert not any(ord(char) < 32 or 0x202A <= ord(char) <= 0x202E for char in safe)
