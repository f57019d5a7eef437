"""docs/operate.md says what is there: its links, commands, settings, services, metrics and alerts."""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from consumer.metrics import Metrics
from consumer.settings import load_settings
from tests.fast.clocks import HandClock
from tests.fast.deploy.files import DEPLOY, ROOT, read, refusal, services

DOCUMENT = ROOT / "docs" / "operate.md"


@cache
def text() -> str:
    """The document."""
    return DOCUMENT.read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """Its code in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text(), re.DOTALL | re.MULTILINE)


def commands() -> list[list[str]]:
    """The words of every line of shell in it, joined where a line goes on, without notes."""
    lines = "\n".join(blocks("sh")).replace("\\\n", " ").splitlines()
    return [words for words in (shlex.split(line, comments=True) for line in lines) if words]


def test_its_links_lead_somewhere() -> None:
    """Files are there, and so are the sections that are named."""
    targets = re.findall(r"\]\((?!http)([^)]+)\)", text())
    assert len(targets) > 10
    for target in targets:
        name, _, section = target.partition("#")
        file = (DOCUMENT.parent / name).resolve() if name else DOCUMENT
        assert file.exists(), target
        if section:
            assert section in _sections(file), target


def test_every_command_of_skutwin_in_it_exists() -> None:
    """Commands and options alike, by the command line itself."""
    found = [words[words.index("skutwin") + 1 :] for words in commands() if "skutwin" in words]
    inline = [shlex.split(words) for words in re.findall(r"`skutwin ([^`…]+)`", text())]
    unit = [
        shlex.split(line.split("skutwin ", 1)[1])
        for line in blocks("ini")[0].splitlines()
        if "ExecStart" in line
    ]
    wanted = {tuple(words) for words in [*found, *inline, *unit] if words}
    assert len(wanted) > 8
    assert {words: why for words in wanted if (why := refusal(list(words)))} == {}


def test_the_settings_file_in_it_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is loaded as a process would."""
    (given,) = blocks("toml")
    file = tmp_path / "skutwin.toml"
    file.write_text(given)
    monkeypatch.setenv("SKUTWIN_CONFIG", str(file))
    assert load_settings().ops_host == "0.0.0.0"  # noqa: S104 (what the document says)


def test_the_compose_services_and_ports_in_it_exist() -> None:
    """Each service that a command names is one, and each local address is a port that is open."""
    lines = [words for words in commands() if words[:2] == ["docker", "compose"]]
    named = {words[words.index("exec") + 1] for words in lines if "exec" in words}
    named |= {word.partition("=")[0] for words in lines for word in words if re.fullmatch(r"\w+=\d+", word)}
    assert named
    assert named <= set(services())
    open_here = {port.split(":")[1] for one in services().values() for port in one.get("ports", [])}
    used = set(re.findall(r"localhost:(\d+)", text()))
    assert len(used) > 3
    assert used <= open_here


def test_the_metrics_and_alerts_in_it_exist() -> None:
    """By the registry and by the rules."""
    registry = CollectorRegistry()
    Metrics(registry, HandClock())
    exposed = {family.name for family in registry.collect()}
    named = set(re.findall(r"`(skutwin_\w+)", text()))
    assert named
    assert {name.removesuffix("_total") for name in named} <= exposed
    alerts = {
        rule["alert"]
        for group in read(DEPLOY / "mixin" / "rules" / "alerts.yaml")["groups"]
        for rule in group["rules"]
    }
    told = set(re.findall(r"`(Skutwin\w+)`", text()))
    assert told
    assert told <= alerts


def _sections(document: Path) -> set[str]:
    """The anchors of a document's headings, as they are made from them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
