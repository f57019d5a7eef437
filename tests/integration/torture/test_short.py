"""A short torture; `make torture` is the long one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.tiny_artifact import DIMENSION, tiny_projection, write_tiny_artifact
from tests.torture.arena import Arena, Services
from tests.torture.campaign import torture
from tests.torture.checker.check import Checked
from tests.torture.faults.catalogue import catalogue

ONE_PROCESS = ("killed at match 7 offsets sent", "clock eight days ahead")
FAULTS = (
    "picture server away",
    "killed at embed 5 offsets sent",
    "killed at match 3 rows written",
    "Milvus cut off",
)
BUDGET_S = 150.0  # on a machine under load; it ends once each has run


def tortured(services: Services, artifact: Path, home: Path, names: Collection[str]) -> Checked:
    """Each of these faults once, and nothing broken by it."""
    faults = [fault for fault in catalogue() if fault.name in names]
    assert len(faults) == len(names)
    arena = Arena(services, artifact, home, seed=1, listings=60, rate=10)
    outcome = torture(arena, faults, seed=1, budget_s=BUDGET_S)
    assert [str(violation) for violation in outcome.violations] == []
    assert outcome.unproven == []
    assert outcome.checked is not None
    assert len(outcome.checked.truth.answers.must) > 3
    return outcome.checked


@pytest.mark.timeout(400, func_only=True)
def test_a_short_torture_breaks_no_promise(kafka_bootstrap: str, milvus_uri: str, tmp_path: Path) -> None:
    """Deaths inside both roles' commits and outages of what they lean on; every rule of the checker holds."""
    # An embedding version of its own: other tests leave a collection of the usual one on the server.
    projection = replace(tiny_projection(), bias=np.full(DIMENSION, 1e-6, np.float32))
    artifact = write_tiny_artifact(tmp_path / "tiny", projection=projection).folder
    services = Services(kafka_bootstrap, milvus_uri, None, None)
    assert tortured(services, artifact, tmp_path / "run", FAULTS).events > 100


@pytest.mark.timeout(400, func_only=True)
def test_one_process_on_milvus_lite_breaks_no_promise(kafka_bootstrap: str, tmp_path: Path) -> None:
    """Both roles die together inside a commit, and deletions are forgotten before their time."""
    artifact = write_tiny_artifact(tmp_path / "tiny").folder
    services = Services(kafka_bootstrap, str(tmp_path / "milvus.db"), None, None)
    assert tortured(services, artifact, tmp_path / "run", ONE_PROCESS).events > 20
