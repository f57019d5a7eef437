"""The chart, rendered by helm and read back."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
CHART = HERE.parents[2] / "deploy" / "helm" / "skutwin"
VALUES = sorted((HERE / "values").glob("*.yaml"))
KUBERNETES = "1.31.0"

Resource = dict[str, Any]


class ChartRefused(Exception):
    """helm does not render it; the message is helm's."""


@cache
def rendered(helm: Path, values: Path | None = None, *settings: str) -> list[Resource]:
    """All resources of a release called `shop`, with a values file and further `--set` assignments.

    Raises:
        ChartRefused: the values are wrong.
    """
    named = [] if values is None else ["-f", str(values)]
    sets = [word for setting in settings for word in ("--set-json", setting)]
    command = [helm, "template", "shop", CHART, "-n", "market", "--kube-version", KUBERNETES, *named, *sets]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        raise ChartRefused(done.stderr)
    return [resource for resource in yaml.safe_load_all(done.stdout) if resource]


def of_kind(resources: list[Resource], kind: str) -> dict[str, Resource]:
    """Resources of a kind by name."""
    return {one["metadata"]["name"]: one for one in resources if one["kind"] == kind}


def pods(resources: list[Resource]) -> Iterator[tuple[str, Resource]]:
    """Each pod that is described, with the name of what describes it."""
    for one in resources:
        if one["kind"] in {"StatefulSet", "Deployment", "Job"}:
            yield one["metadata"]["name"], one["spec"]["template"]
        elif one["kind"] == "CronJob":
            yield one["metadata"]["name"], one["spec"]["jobTemplate"]["spec"]["template"]
        elif one["kind"] == "Pod":
            yield one["metadata"]["name"], one


def environment(pod: Resource) -> dict[str, str]:
    """What a pod's first container is given in the clear."""
    return {one["name"]: one["value"] for one in pod["spec"]["containers"][0]["env"] if "value" in one}
