"""What the Dockerfile's steps do, without Docker: its linter, its lock and its wheel, for real."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"
BIN = Path(sys.executable).parent

# uv as the image has it, but that nothing is downloaded, and PyTorch's own index is not asked.
_UV = """#!/bin/sh
case "$*" in
*--torch-backend*) exit 0 ;;
*) exec "{uv}" "$@" --dry-run ;;
esac
"""


def test_the_linter_of_dockerfiles_is_content() -> None:
    """hadolint parses every instruction, and the shell inside of them, and finds nothing."""
    done = subprocess.run(
        [BIN / "hadolint", ROOT / "Dockerfile"], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("torch", ["cpu", "cuda"])
def test_the_lock_can_be_installed_by_its_hashes(torch: str, tmp_path: Path) -> None:
    """The registry has every package in a version and with a hash that the lock names, for this Python."""
    uv = tmp_path / "uv"
    uv.write_text(_UV.format(uv=BIN / "uv"))
    uv.chmod(0o755)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "app"], check=True, timeout=60)
    done = subprocess.run(
        [DEPLOY / "install.sh", DEPLOY / "requirements.lock", torch, tmp_path / "app" / "bin" / "python"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
    )
    assert done.returncode == 0, done.stderr


def test_what_reaches_the_build_makes_a_whole_wheel(tmp_path: Path) -> None:
    """With what the Dockerfile copies and the lock of the build, and nothing that is fetched then."""
    source, tools = tmp_path / "src", tmp_path / "build"
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        source.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, source)
    for name in ("model", "consumer"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    uv = [str(BIN / "uv")]
    python = str(tools / "bin" / "python")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tools], check=True, timeout=60)
    install = ["pip", "install", "--quiet", "--no-deps", "--require-hashes", "--python", python]
    subprocess.run([*uv, *install, "-r", str(DEPLOY / "build.lock")], check=True, timeout=120)
    build = ["build", "--quiet", "--wheel", "--no-build-isolation", "--python", python]
    subprocess.run([*uv, *build, "--out-dir", str(tmp_path / "dist"), str(source)], check=True, timeout=120)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    inside = zipfile.ZipFile(wheel).namelist()
    wanted = {
        str(path.relative_to(source))
        for folder in ("model", "consumer")
        for path in (source / folder).rglob("*")
        if path.is_file()
    }
    assert wanted <= set(inside)
    assert any(name.endswith("projection.safetensors") for name in inside), "the artifact that comes with it"
