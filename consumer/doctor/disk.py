"""Room for the cache and for Milvus Lite's file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from consumer.doctor.finding import Finder, Finding

_GIB = 1024**3
_LEAST = 256 * 2**20
_LITE = 2 * _GIB


def judge_disk(find: Finder, cache_dir: Path, cache_max_bytes: int, milvus_uri: str) -> Iterator[Finding]:
    """Is there room for what the settings allow them to grow to?"""
    held = sum(file.stat().st_size for file in cache_dir.glob("*") if file.is_file())
    wanted = max(0, cache_max_bytes - held)
    yield _room(
        find,
        "the cache",
        cache_dir,
        wanted,
        "SKUTWIN_CACHE_MAX_BYTES to less, or SKUTWIN_CACHE_DIR elsewhere",
    )
    if milvus_uri.endswith(".db"):
        yield _room(find, "Milvus Lite", Path(milvus_uri).parent, _LITE, "SKUTWIN_MILVUS_URI to another disk")


def _room(find: Finder, whose: str, folder: Path, wanted: int, setting: str) -> Finding:
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        return find.fail(f"{whose}: {there} cannot be written to by this user", f"chown it, or set {setting}")
    free = shutil.disk_usage(there).free
    said = f"{whose}: {free / _GIB:.1f} GiB free for {folder}"
    if free < _LEAST:
        return find.fail(said, f"make room, or set {setting}")
    if free < wanted:
        return find.warn(f"{said}; it may want {wanted / _GIB:.1f} GiB more", f"make room, or set {setting}")
    return find.ok(said)
