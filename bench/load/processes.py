"""`skutwin run` as processes: started, asked for their metrics, looked at from outside, ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample as Reading

from bench.load.broker import free_ports
from bench.load.sample import Footprint

_ROOT = Path(__file__).resolve().parents[2]
_STOP_S = 60.0
REBALANCES = frozenset({"partitions_assigned", "partitions_revoked", "shards_revoked", "shard_active"})
ABORTED, MISSED = "transaction_aborted", "_MAX_POLL_EXCEEDED"


class Skutwin:
    """One process of the installation.

    Args:
        name: also its instance.
        role: `embed` or `match`.
        settings: by name, as in the environment without the prefix.
        home: its log goes here.

    Attributes:
        told: how often it logged each event so far; read on by `look`.
    """

    def __init__(self, name: str, role: str, settings: Mapping[str, str], home: Path) -> None:
        self.name, self.role = name, role
        self._log = home / f"{name}.log"
        (self._port,) = free_ports(1)
        given = {**settings, "instance": name, "ops_port": str(self._port), "log_format": "json"}
        around = {name: value for name, value in os.environ.items() if not name.startswith("SKUTWIN_")}
        ours = {f"SKUTWIN_{name.upper()}": value for name, value in given.items()}
        with self._log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "consumer.cli.main", "run", "--role", role],
                cwd=_ROOT,
                env={**around, **ours},
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        self._read = 0
        self.told: Counter[str] = Counter()

    def look(self) -> Footprint:
        """What it holds now, by `/proc`; its log is read up to its end.

        Raises:
            RuntimeError: it has ended; with the end of its log.
        """
        self._alive()
        self._hear()
        proc = Path(f"/proc/{self._process.pid}")
        files = sum(1 for _ in (proc / "fd").iterdir())
        return footprint((proc / "status").read_text(), (proc / "stat").read_text(), files)

    def metrics(self) -> list[Reading]:
        """Every sample of `/metrics`."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        return [sample for family in text_string_to_metric_families(text) for sample in family.samples]

    def ready(self) -> bool:
        """Whether it plays its role by now.

        Raises:
            RuntimeError: it has ended.
        """
        self._alive()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def stop(self) -> int:
        """SIGTERM; its exit code."""
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait(_STOP_S)

    def _alive(self) -> None:
        if self._process.poll() is not None:
            end = self._log.read_text(errors="replace")[-3000:]
            raise RuntimeError(f"{self.name} ended with {self._process.returncode}:\n{end}")

    def _hear(self) -> None:
        with self._log.open("rb") as log:
            log.seek(self._read)
            fresh = log.read()
        whole = fresh[: fresh.rfind(b"\n") + 1]
        self._read += len(whole)
        self.told.update(events(whole.decode(errors="replace").splitlines()))


def footprint(status: str, stat: str, files: int) -> Footprint:
    """From the texts of `/proc/PID/status` and `/proc/PID/stat`, and the number of open files."""
    held = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    rss, anonymous = (int(held[name].split()[0]) * 1024 / 1e6 for name in ("VmRSS", "RssAnon"))
    user, system = (int(ticks) for ticks in stat.rpartition(")")[2].split()[11:13])
    return Footprint(rss, anonymous, int(held["Threads"]), files, (user + system) / os.sysconf("SC_CLK_TCK"))


def events(lines: Iterable[str]) -> Counter[str]:
    """How often each event stands in a log of JSON lines; other lines tell nothing.

    A client that left its group for want of polls is counted as `_MAX_POLL_EXCEEDED`.
    """
    told: Counter[str] = Counter()
    for line in lines:
        if not line.startswith("{"):
            continue
        event = str(json.loads(line).get("event", ""))
        told[MISSED if MISSED in event else event] += 1
    return told


def total(readings: Iterable[Reading], name: str, **labels: str) -> float:
    """The sum over all samples of that name whose labels are these and any others."""
    return sum(each.value for each in readings if each.name == name and labels.items() <= each.labels.items())
