"""What docs/operate.md says of an installation with Helm."""

from __future__ import annotations

import re
from pathlib import Path

from tests.fast.deploy.test_operate import blocks, commands
from tests.integration.deploy.chart import of_kind, rendered


def test_the_values_in_it_are_taken_and_the_names_in_it_are_there(helm: Path, tmp_path: Path) -> None:
    """helm renders its values file, and each thing that a kubectl line names is made of it."""
    (values,) = blocks("yaml")
    file = tmp_path / "values.yaml"
    file.write_text(values)
    resources = rendered(helm, file)
    made = {
        f"{kind.lower()}/{name}" for kind in ("StatefulSet", "CronJob") for name in of_kind(resources, kind)
    }
    lines = [" ".join(words) for words in commands() if words[0] == "kubectl"]
    named = {found for line in lines for found in re.findall(r"(?:statefulset|cronjob)/[\w-]+", line)}
    assert len(named) >= 2
    assert named <= made


def test_the_sets_of_its_helm_lines_are_values(helm: Path, tmp_path: Path) -> None:
    """Every `--set` in it is accepted beside its values file; the chart refuses what it does not know."""
    (values,) = blocks("yaml")
    file = tmp_path / "values.yaml"
    file.write_text(values)
    lines = [words for words in commands() if words[0] == "helm"]
    assert len(lines) > 2
    for words in lines:
        sets = [words[place + 1] for place, word in enumerate(words) if word == "--set"]
        typed = [re.sub(r"=([^\d].*|.*[^\d].*)$", r'="\1"', assignment) for assignment in sets]
        assert rendered(helm, file, *typed)
