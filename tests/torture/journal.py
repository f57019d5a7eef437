"""What happened in a run, one JSON line each, written as it happens: a failed run can be told from it."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from consumer.ports.records import Record
from tests.torture.history import Write


class Journal:
    """A folder with `events.jsonl`, and at the end what was written and read."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._file = (folder / "events.jsonl").open("w")

    @property
    def elapsed_s(self) -> float:
        """Since the run began."""
        return time.monotonic() - self._began

    def note(self, what: str, **fields: object) -> None:
        """One line; from any thread."""
        line = json.dumps({"s": round(self.elapsed_s, 2), "what": what, **fields}, default=str)
        with self._lock:
            self._file.write(line + "\n")
            self._file.flush()

    def keep_writes(self, writes: Sequence[Write]) -> None:
        """All acknowledged writes."""
        (self.folder / "writes.txt").write_text("".join(f"{write}\n" for write in writes))

    def keep_records(self, name: str, records: Sequence[Record]) -> None:
        """All committed records of a topic, bytes in base64."""
        with (self.folder / f"{name}.jsonl").open("w") as out:
            for record in records:
                headers = {key: value.decode("utf-8", "replace") for key, value in record.headers}
                held = {
                    "partition": record.partition,
                    "offset": record.offset,
                    "timestamp_ms": record.timestamp_ms,
                    "key": _text(record.key),
                    "value": _text(record.value),
                    "headers": headers,
                }
                out.write(json.dumps(held) + "\n")

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _text(value: bytes | None) -> str | None:
    return None if value is None else base64.b64encode(value).decode()
