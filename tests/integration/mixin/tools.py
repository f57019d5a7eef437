"""Prometheus and its tool, from Debian's package or wherever they are."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.integration.services import ServiceMissing

RULES = Path(__file__).parents[3] / "deploy" / "mixin" / "rules"
_HOW = (
    "install Prometheus (Debian: apt-get install prometheus), so that `prometheus` and `promtool` are found"
)


def executable(name: str) -> str:
    """Where `prometheus` or `promtool` is.

    Raises:
        ServiceMissing: it is not installed.
    """
    found = shutil.which(name)
    if found is None:
        raise ServiceMissing("Prometheus", _HOW)
    return found


def promtool(*arguments: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    """What promtool says."""
    return subprocess.run(
        [executable("promtool"), *arguments],
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
