"""The Compose file, read by the library that `docker compose` is made of."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
FILE = ROOT / "deploy" / "compose.yaml"


def _read(reader: Path, file: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [reader, file],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"},
    )


@pytest.fixture(scope="session")
def project(compose_reader: Path) -> dict[str, Any]:
    """The whole project, variables filled in with their defaults."""
    done = _read(compose_reader, FILE)
    assert done.returncode == 0, done.stderr
    assert not done.stderr, "a warning"
    return json.loads(done.stdout)


def test_it_is_what_the_compose_schema_allows(project: dict[str, Any]) -> None:
    """It is read without error or warning, and no service got lost."""
    assert {"kafka", "milvus", "embed", "match", "listings", "prometheus", "grafana"} <= set(
        project["services"]
    )


def test_what_is_left_open_has_a_default(project: dict[str, Any]) -> None:
    """Without any variable set it starts a local image built for the CPU, and a stream of half an hour."""
    for name in ("topics", "embed", "match", "serve", "listings"):
        service = project["services"][name]
        assert service["image"] == "skutwin:local"
        assert service["build"]["args"] == {"TORCH": "cpu"}
        assert Path(service["build"]["context"]) == ROOT
    assert project["services"]["listings"]["command"][:2] == ["replay", "--synthetic"]


def test_a_fault_in_it_would_be_found(compose_reader: Path, tmp_path: Path) -> None:
    """The same reader refuses a key that is none, and a dependency on nobody."""
    for right, wrong in (
        ("    restart: unless-stopped", "    restartt: x"),
        ("topics: {condition", "topic: {condition"),
    ):
        broken = tmp_path / "compose.yaml"
        text = FILE.read_text()
        assert right in text
        broken.write_text(text.replace(right, wrong, 1))
        assert _read(compose_reader, broken).returncode == 1
