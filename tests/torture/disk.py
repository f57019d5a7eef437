"""A small disk of its own for the index, which can be full; only root can have one."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_BALLAST_BYTES = 2**20


class Disk:
    """A file system in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Until not a byte is left."""
        block = bytes(_BALLAST_BYTES)
        with self._ballast.open("ab", buffering=0) as ballast:
            while True:
                try:
                    ballast.write(block)
                except OSError as err:
                    if err.errno != errno.ENOSPC:
                        raise
                    if len(block) == 1:
                        return
                    block = block[: len(block) // 2]

    def free(self) -> None:
        """As much room as before."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Disk | None]:
    """One that is mounted there while the context is open; None where this user may not mount."""
    if os.geteuid() != 0 or sys.platform != "linux" or shutil.which("mount") is None:
        yield None
        return
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "skutwin-torture", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        yield None  # root of a container without the right
        return
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True, capture_output=True)
