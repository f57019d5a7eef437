"""A real Milvus server for the integration tests: the embedded one of the package `milvus`.

It lives in an environment of its own. `SKUTWIN_TEST_MILVUS` names a running server instead. The embedded one
listens on all interfaces and cannot be told otherwise: it is for tests, on machines that nobody reaches.
"""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.services import ServiceMissing

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / ".cache" / "milvus-server-venv"
PACKAGES = ("setuptools<70", "milvus==2.3.5")
START_DEADLINE_S = 90.0
STOP_DEADLINE_S = 20.0

_HOW = (
    "let pip install milvus==2.3.5 (Linux or macOS, x86-64 or arm64, network), "
    "or set SKUTWIN_TEST_MILVUS=http://HOST:19530 to a server that tests may write to"
)

# Without its own ports a second server on this machine would meet the first one's etcd.
_ETCD = """\
name: default
listen-client-urls: http://127.0.0.1:{client}
advertise-client-urls: http://127.0.0.1:{client}
listen-peer-urls: http://127.0.0.1:{peer}
initial-advertise-peer-urls: http://127.0.0.1:{peer}
initial-cluster: default=http://127.0.0.1:{peer}
"""


# Milvus takes any setting from the environment: shorter beats make strong reads and loading quicker.
_QUICK = {
    "PROXY_TIMETICKINTERVAL": "20",
    "QUERYCOORD_CHECKINTERVAL": "100",
    "QUERYCOORD_DISTPULLINTERVAL": "50",
}


class MilvusServer:
    """One server on a folder of its own, which tests may stop, kill, freeze and start again."""

    def __init__(self, command: Path, home: Path) -> None:
        self._command = command
        self._home = home
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        """Its address, another one after each start."""
        return f"http://127.0.0.1:{self._port}"

    def start(self, deadline_s: float = START_DEADLINE_S) -> None:
        """Start, and wait until it answers; after a kill old leases in its etcd may delay it.

        Each time on other ports: while connections to the last one linger, Milvus takes the next one instead,
        and says so to nobody.
        """
        self._home.mkdir(parents=True, exist_ok=True)
        self._port, etcd_port, etcd_peer_port = _free_ports(3)
        etcd = self._home / "etcd.yaml"
        etcd.write_text(_ETCD.format(client=etcd_port, peer=etcd_peer_port))
        # The programs it unpacks (400 MB) are the same for all servers.
        programs = ENVIRONMENT / "programs"
        programs.mkdir(parents=True, exist_ok=True)
        if not (self._home / "bin").exists():
            (self._home / "bin").symlink_to(programs)
        ports = ["--proxy-port", str(self._port), "--etcd-port", str(etcd_port)]
        with (self._home / "server.log").open("ab") as log, _only_one(ENVIRONMENT.with_suffix(".start")):
            self._process = subprocess.Popen(
                [self._command, "--data", self._home, *ports],
                env={**os.environ, **_QUICK, "ETCD_CONFIG_PATH": str(etcd)},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            self._wait_until_ready(self._process, time.monotonic() + deadline_s)

    def revive(self, deadline_s: float = START_DEADLINE_S) -> None:
        """Start it again if it does not answer; its launcher outlives a server that ended by itself."""
        if not _answers(self.uri, self._port):
            self.kill()
            self.start(deadline_s)

    def stop(self) -> None:
        """Shut down in order, or after a while not."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Let it stand still: connections stay and nothing answers. Not for long: its own leases run out."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, how: signal.Signals) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, how)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        group = self._process.pid
        os.killpg(group, signal.SIGCONT)
        os.killpg(group, how)
        deadline = time.monotonic() + STOP_DEADLINE_S
        # The launcher ends at once and leaves the server, which is no child of ours, in its group.
        self._process.wait(timeout=STOP_DEADLINE_S)
        while _lives(group):
            if time.monotonic() > deadline:
                os.killpg(group, signal.SIGKILL)
                deadline += STOP_DEADLINE_S
            _pause()
        self._process = None

    def _wait_until_ready(self, process: subprocess.Popen[bytes], deadline: float) -> None:
        while not _answers(self.uri, self._port):
            if process.poll() is not None:
                raise RuntimeError(f"the Milvus server ended:\n{self._log_tail()}")
            if time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"the Milvus server was not ready in time:\n{self._log_tail()}")
            _pause()

    def _log_tail(self) -> str:
        return "\n".join(
            path.read_text(errors="replace")[-2_000:]
            for path in (self._home / "server.log", self._home / "logs" / "milvus-stderr.log")
            if path.exists()
        )


def milvus_command() -> Path:
    """The embedded server's command, installed into an environment of its own the first time.

    Raises:
        ServiceMissing: pip cannot install it here.
    """
    command = ENVIRONMENT / "bin" / "milvus-server"
    with _only_one(ENVIRONMENT.with_suffix(".install")):
        if not command.exists():
            # Its resolver of package resources needs an old setuptools: not an environment to share.
            made = _quietly([sys.executable, "-m", "venv", str(ENVIRONMENT)])
            pip = [str(ENVIRONMENT / "bin" / "python"), "-m", "pip", "install", "-q", *PACKAGES]
            said = made or _quietly(pip)
            if said or not command.exists():
                raise ServiceMissing("a Milvus server", f"{_HOW} ({said.strip()[-300:]})")
    return command


@contextmanager
def start_milvus_server(root: Path) -> Iterator[str]:
    """A server with its data in `root`, or the one that `SKUTWIN_TEST_MILVUS` names; yields its URI.

    Raises:
        ServiceMissing: none is named, and none can be installed.
    """
    named = os.environ.get("SKUTWIN_TEST_MILVUS")
    if named:
        yield named
        return
    server = MilvusServer(milvus_command(), root)
    server.start()
    try:
        yield server.uri
    finally:
        server.kill()  # nobody needs its data, and leaving in order takes it twenty seconds


@pytest.fixture(scope="session")
def milvus_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that all tests share; each uses collections of its own."""
    with start_milvus_server(tmp_path_factory.mktemp("milvus")) as uri:
        yield uri


def _answers(uri: str, port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    from pymilvus import MilvusClient, MilvusException  # noqa: PLC0415 (two seconds that few tests need)

    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
    try:
        client = MilvusClient(uri, timeout=2, dedicated=True)
    except MilvusException:
        return False
    try:
        client.list_collections(timeout=2)
    except MilvusException:
        return False
    finally:
        client.close()
    return True


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _pause() -> None:
    """Another process' port or end is nothing one could wait on."""
    signal.sigtimedwait([], 0.1)


def _quietly(command: list[str]) -> str:
    """What it said if it failed, else nothing."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    return "" if done.returncode == 0 else (done.stderr or done.stdout or "it failed and said nothing")


@contextmanager
def _only_one(path: Path) -> Iterator[None]:
    """Several test runs on one machine take turns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
