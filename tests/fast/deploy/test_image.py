"""The Dockerfile and its install script, against the package, the settings and the locks."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tomllib
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from dockerfile_parse import DockerfileParser
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from prometheus_client import CollectorRegistry
from starlette.routing import Route

from consumer.ops.health import Health
from consumer.ops.server import application
from consumer.settings import load_settings
from tests.fast.clocks import HandClock
from tests.fast.deploy.files import DEPLOY, ROOT, compose

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKED = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)[^\n]*\\\n(?P<hash>    --hash=)?", re.MULTILINE
)


class Step(NamedTuple):
    """One instruction of the Dockerfile."""

    word: str
    value: str


class Installed(NamedTuple):
    """One call of uv by the install script: its words, and what the lock that it names said."""

    command: str
    lock: str


Install = Callable[[str], list[Installed]]

_UV = """#!/bin/sh
for last; do :; done
cp "$last" "{records}/$(ls {records} | wc -l)"
echo "$@" >>"{log}"
"""


@pytest.fixture
def installed(tmp_path: Path) -> Install:
    """Runs deploy/install.sh for a build of torch with a uv that only writes down what it is asked."""
    records, log = tmp_path / "records", tmp_path / "log"
    records.mkdir()
    uv = tmp_path / "uv"
    uv.write_text(_UV.format(records=records, log=log))
    uv.chmod(0o755)

    def install(torch: str) -> list[Installed]:
        subprocess.run(
            [DEPLOY / "install.sh", DEPLOY / "requirements.lock", torch, "/app/bin/python"],
            env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
            check=True,
        )
        commands = log.read_text().splitlines()
        return [
            Installed(command, (records / str(place)).read_text()) for place, command in enumerate(commands)
        ]

    return install


@pytest.fixture(scope="module")
def stages() -> list[list[Step]]:
    """The instructions of each stage, what stands before the first `FROM` in a stage of its own."""
    parser = DockerfileParser(str(ROOT / "Dockerfile"))
    stages: list[list[Step]] = [[]]
    for step in parser.structure:
        if step["instruction"] == "COMMENT":
            continue
        if step["instruction"] == "FROM":
            stages.append([])
        stages[-1].append(Step(step["instruction"], step["value"]))
    return stages


def _values(stage: list[Step], word: str) -> list[str]:
    return [step.value for step in stage if step.word == word]


def test_what_builds_is_not_in_the_image(stages: list[list[Step]]) -> None:
    """Two stages on one base; the second takes the finished environment and nothing else."""
    _, build, image = stages
    assert _values(build, "FROM") == ["${PYTHON_IMAGE} AS build"]
    assert _values(image, "FROM") == ["${PYTHON_IMAGE}"]
    assert _values(image, "COPY") == ["--from=build /app /app"]


def test_the_base_is_a_pinned_slim_python_that_the_package_allows(stages: list[list[Step]]) -> None:
    """A minor release of Python, on a named Debian."""
    (base,) = (value for value in _values(stages[0], "ARG") if value.startswith("PYTHON_IMAGE="))
    found = re.fullmatch(r"PYTHON_IMAGE=python:3\.(\d+)-slim-(bookworm|trixie)", base)
    assert found
    assert PROJECT["project"]["requires-python"] == f">=3.{found[1]}"


def test_torch_is_the_small_one_unless_asked_for(stages: list[list[Step]]) -> None:
    """The CPU build by default, in the Dockerfile as in the Compose file; CUDA by a build argument."""
    assert "TORCH=cpu" in _values(stages[1], "ARG")
    assert compose()["x-skutwin"]["build"]["args"] == {"TORCH": "${TORCH:-cpu}"}
    assert any('install.sh requirements.lock "$TORCH"' in run for run in _values(stages[1], "RUN"))


def test_it_runs_as_a_numbered_nobody(stages: list[list[Step]]) -> None:
    """A number, since Kubernetes cannot tell whether a name is root; nothing changes it afterwards."""
    assert _values(stages[2], "USER") == ["10001:10001"]
    words = [step.word for step in stages[2]]
    assert "RUN" not in words[words.index("USER") :]


def test_what_it_copies_is_there_and_reaches_the_build(stages: list[list[Step]]) -> None:
    """Nothing that `COPY` names is missing or kept out by .dockerignore."""
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for copied in _values(stages[1], "COPY"):
        *sources, _ = copied.split()
        for source in sources:
            assert (ROOT / source.removeprefix("./")).exists(), source
            assert any(fnmatch(source.removeprefix("./"), pattern) for pattern in kept), source


def test_its_environment_is_settings_that_exist(
    stages: list[list[Step]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the image sets is loaded as the process would, and the state lies in the volume."""
    for name in [name for name in os.environ if name.startswith("SKUTWIN_")]:
        monkeypatch.delenv(name)
    set_by_image = dict(re.findall(r"(\w+)=(\S+)", " ".join(_values(stages[2], "ENV"))))
    for name, value in set_by_image.items():
        if name.startswith("SKUTWIN_"):
            monkeypatch.setenv(name, value)
    settings = load_settings()
    (volume,) = _values(stages[2], "VOLUME")
    assert settings.cache_dir.is_relative_to(volume)
    assert Path(settings.milvus_uri).is_relative_to(volume)
    assert settings.ops_host == "0.0.0.0"  # noqa: S104 (inside a container)


def test_its_health_check_asks_a_page_that_exists_on_the_port_that_is_open(stages: list[list[Step]]) -> None:
    """The default port, a route of the ops endpoint, and a word of Python that compiles."""
    (check,) = _values(stages[2], "HEALTHCHECK")
    words = json.loads(check.partition("CMD ")[2])
    compile(words[2], "health check", "exec")
    port = str(load_settings().ops_port)
    assert _values(stages[2], "EXPOSE") == [port]
    assert f"'SKUTWIN_OPS_PORT', '{port}'" in words[2]
    clock = HandClock()
    routes = application(Health(clock, 60.0), CollectorRegistry()).routes
    assert any(f"'{route.path}'" in words[2] for route in routes if isinstance(route, Route))


def test_it_starts_a_command_that_the_package_installs(stages: list[list[Step]]) -> None:
    """Both roles by default, ended by the signal that lets a batch finish."""
    (entry,) = json.loads(_values(stages[2], "ENTRYPOINT")[0])
    assert entry in PROJECT["project"]["scripts"]
    assert json.loads(_values(stages[2], "CMD")[0]) == ["run"]
    assert _values(stages[2], "STOPSIGNAL") == ["SIGTERM"]


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("requirements.lock", PROJECT["project"]["dependencies"]),
        (
            "build.lock",
            [*PROJECT["build-system"]["requires"], *(DEPLOY / "build.in").read_text().splitlines()],
        ),
    ],
)
def test_a_lock_holds_all_that_is_wanted_by_hash(lock: str, wanted: list[str]) -> None:
    """Every requirement is there in a version that it allows, and every package has a hash."""
    text = (DEPLOY / lock).read_text()
    locked = {canonicalize_name(found["name"]): found for found in LOCKED.finditer(text)}
    assert len(re.findall(r"^[A-Za-z0-9]", text, re.MULTILINE)) >= len(locked) > 0
    assert [name for name, found in locked.items() if not found["hash"]] == []
    for requirement in (Requirement(line) for line in wanted if not line.startswith("#")):
        found = locked.get(canonicalize_name(requirement.name))
        assert found, f"{requirement.name} is not in {lock}: make lock"
        assert requirement.specifier.contains(found["version"]), f"{lock} is stale: make lock"


def test_the_cpu_build_leaves_cuda_out_and_takes_the_rest_by_hash(installed: Install) -> None:
    """torch and torchvision come from where uv finds that build, in the locked versions."""
    torch, rest = installed("cpu")
    locked = dict(
        re.findall(r"^(torch|torchvision)==(\S+)", (DEPLOY / "requirements.lock").read_text(), re.MULTILINE)
    )
    assert "--torch-backend cpu" in torch.command
    assert torch.lock.split() == [f"{name}=={version}" for name, version in locked.items()]
    assert "--require-hashes" in rest.command
    assert "--torch-backend" not in rest.command
    names = {found["name"] for found in LOCKED.finditer(rest.lock)}
    assert {"numpy", "transformers", "confluent-kafka"} <= names
    assert not [name for name in names if re.match(r"torch|triton|nvidia|cuda", name)]


def test_the_cuda_build_is_the_lock_as_it_is(installed: Install) -> None:
    """One step, everything by hash."""
    (everything,) = installed("cuda")
    assert "--require-hashes" in everything.command
    assert everything.lock == (DEPLOY / "requirements.lock").read_text()


def test_a_lock_that_is_cut_off_is_told(tmp_path: Path) -> None:
    """Without torch in it nothing is installed, and the message names the lock."""
    cut = tmp_path / "cut.lock"
    cut.write_text("numpy==2.0 \\\n    --hash=sha256:00\n")
    done = subprocess.run(
        [DEPLOY / "install.sh", cut, "cpu", "python"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert f"{cut} does not hold torch and torchvision" in done.stderr
