"""Milvus Lite, held open: one engine a folder and process, shared by the indexes in it, let go by the last.

pymilvus can start Lite by itself, but then the reason of a failure is only logged and the folder's lock stays
with the process; here the reason is raised and closing lets another process in.
"""

from __future__ import annotations

import atexit
import os
import shutil
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from milvus_lite.adapter.grpc.server import start_server_in_thread
from milvus_lite.exceptions import DataDirLockedError
from milvus_lite.storage.manifest import Manifest

from consumer.errors import IndexFault, IndexMismatch, Misconfigured
from consumer.ports.index import Room


class LiteEngines:
    """The engines of this process, by folder, each with the number of its users."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[Path, tuple[Any, Any, int, int]] = {}  # server, database, port, users

    def acquire(self, path: Path) -> str:
        """Start the engine of this folder, or join it; returns its address.

        Raises:
            IndexFault: another process holds the folder, or it cannot be read.
            Misconfigured: the folder that is to hold it does not exist.
        """
        folder = path.resolve()
        if not folder.parent.is_dir():
            raise Misconfigured(
                f"there is no folder {folder.parent} for Milvus Lite: make it, "
                "or point SKUTWIN_MILVUS_URI elsewhere"
            )
        with self._lock:
            server, database, port, users = self._running.get(folder) or (*_start(folder), 0)
            self._running[folder] = (server, database, port, users + 1)
        return f"http://127.0.0.1:{port}"

    def release(self, path: Path) -> None:
        """One user less; after the last the folder is free for another process."""
        folder = path.resolve()
        with self._lock:
            server, database, port, users = self._running.pop(folder)
            if users > 1:
                self._running[folder] = (server, database, port, users - 1)
                return
            server.stop(grace=2).wait()
            database.close()

    def stop(self) -> None:
        """Let go of what nobody released."""
        with self._lock:
            while self._running:
                _, (server, database, _, _) = self._running.popitem()
                server.stop(grace=None).wait()
                database.close()


def check_files(path: Path, collection: str) -> None:
    """Whether every file that the collection's manifest names is there.

    Lite opens without those that are not, and their rows are gone in silence: the watermark stands elsewhere.

    Raises:
        IndexMismatch: some are missing.
    """
    manifest = Manifest.load(str(path / "collections" / collection))
    named = [*manifest.get_all_data_files().items(), *manifest.get_all_delta_files().items()]
    partitions = Path(manifest.data_dir) / "partitions"
    lost = [file for name, files in named for file in files if not (partitions / name / file).exists()]
    if lost:
        raise IndexMismatch(
            f"{path} has lost {len(lost)} of its files ({lost[0]} first), and rows with them (a power cut, or"
            " an incomplete copy). Rebuild it from the log with: skutwin reindex"
        )


def room(path: Path) -> Room:
    """What the folder takes, all collections in it, and could take: that and what is free on its disk.

    A file that Lite removes meanwhile counts for nothing.
    """
    used = 0
    for folder, _, names in os.walk(path):
        for name in names:
            with suppress(FileNotFoundError):
                used += (Path(folder) / name).stat().st_size
    return Room(used, used + shutil.disk_usage(path).free)


def _start(folder: Path) -> tuple[Any, Any, int]:
    try:
        server, database, port = start_server_in_thread(str(folder), host="127.0.0.1", port=0)
    except DataDirLockedError:
        raise IndexFault(
            f"{folder} is open in another process, and Milvus Lite admits one only. Stop the other "
            "(skutwin run --role both holds it alone), or run a Milvus server and set "
            "SKUTWIN_MILVUS_URI=http://HOST:19530"
        ) from None
    except OSError as err:
        raise IndexFault(f"Milvus Lite cannot open {folder}: {err}") from err
    return server, database, port


engines = LiteEngines()
atexit.register(engines.stop)
