"""Folders that a command writes into: tried before hours of work go into what would lie there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from consumer.errors import Misconfigured

if TYPE_CHECKING:
    from model.features import FeatureStore


def refuse_unwritable(folder: Path, option: str) -> None:
    """Make a folder if need be, and try to write into it.

    Args:
        folder: the folder.
        option: what named it, for the message.

    Raises:
        Misconfigured: it cannot be made or written into.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return
    except OSError as err:
        raise Misconfigured(
            f"{option}: cannot write into {folder} ({err.strerror or err}); give another folder"
        ) from err


@contextmanager
def kept_features(cache: Path | None) -> Iterator[FeatureStore]:
    """The store of `--cache`, or of the user's cache folder, open for as long as the block.

    Raises:
        Misconfigured: it cannot be written into or read, now or later.
    """
    from model.features import FeatureStore, StoreError, default_folder

    folder = cache or default_folder()
    refuse_unwritable(folder, "--cache")
    try:
        with FeatureStore(folder) as store:
            yield store
    except StoreError as err:
        raise Misconfigured(f"--cache: {err}; make room there, or give another folder") from err
