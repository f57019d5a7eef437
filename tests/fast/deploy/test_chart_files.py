"""What the chart holds of things that are told elsewhere."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

from consumer.settings.settings import Settings
from deploy.helm.generate import OF_THE_CHART, generate, setting_schemas
from tests.fast.deploy.files import CHART, ROOT, read


def test_the_settings_and_the_mixins_copies_are_up_to_date(tmp_path: Path) -> None:
    """A chart reads no file outside of itself, so `make chart` copies what it needs."""
    anew = tmp_path / "chart"
    shutil.copytree(CHART, anew)
    generate(anew)
    assert _texts(anew) == _texts(CHART), "make chart"


def test_every_setting_is_the_charts_own_a_secret_or_may_be_given() -> None:
    """No setting is forgotten, and none that is secret may stand among the values."""
    given = set(setting_schemas())
    assert given | OF_THE_CHART | {"milvus_token"} == set(Settings.model_fields)
    assert not given & OF_THE_CHART


def test_the_charts_version_is_the_packages() -> None:
    """An image of the package's version is what is started by default."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    chart = read(CHART / "Chart.yaml")
    assert (chart["version"], chart["appVersion"]) == (version, version)
    assert not read(CHART / "values.yaml")["image"]["tag"]


def _texts(folder: Path) -> dict[Path, str]:
    return {path.relative_to(folder): path.read_text() for path in folder.rglob("*") if path.is_file()}
