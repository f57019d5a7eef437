"""One `skutwin` process of a test: started, waited for, asked, ended, and its log where a test fails."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.integration.stream.waiting import eventually

ROOT = Path(__file__).resolve().parents[3]
START_S = 120.0
STOP_S = 60.0


class SkutwinProcess:
    """A child process; its log is `log`.

    Args:
        command: arguments of `skutwin`.
        environment: its settings; nothing of the surrounding `SKUTWIN_…` reaches it.
        module: what is run; the tests' launcher or the command line itself.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        module: str = "tests.integration.stream.launch",
    ) -> None:
        self.log = log
        self._port = free_port()
        around = {name: value for name, value in os.environ.items() if not name.startswith("SKUTWIN_")}
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *command],
                cwd=ROOT,
                env={**around, "OMP_NUM_THREADS": "1", **environment, "SKUTWIN_OPS_PORT": str(self._port)},
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    @property
    def address(self) -> str:
        """Where its metrics and health checks are: host and port."""
        return f"127.0.0.1:{self._port}"

    def wait_ready(self, saying: str = "", *, deadline_s: float = START_S) -> None:
        """Until `/readyz` says so, with this in what it says."""
        eventually(lambda: self._ready(saying), f"ready: {saying}", deadline_s=deadline_s)

    def wait(self, deadline_s: float = STOP_S) -> int:
        """Until it ends by itself; its exit code, negative where a signal killed it."""
        try:
            return self._process.wait(deadline_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it still runs after {deadline_s:.0f} s:\n{self.tail()}") from None

    def poll(self) -> int | None:
        """Its exit code, or None while it runs."""
        return self._process.poll()

    def term(self) -> int:
        """SIGTERM; its exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        """SIGKILL, whatever state it is in."""
        self._process.kill()
        self._process.wait()

    def metric(self, name: str, **labels: str) -> float:
        """The sum over all samples of that name whose labels are these and any others."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        return sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def tail(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-6_000:]

    def _ready(self, saying: str) -> bool:
        assert self._process.poll() is None, f"it ended with {self._process.returncode}:\n{self.tail()}"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/readyz", timeout=10) as answer:
                return saying in answer.read().decode()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
