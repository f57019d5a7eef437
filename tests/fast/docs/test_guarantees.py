"""Each promise in docs/guarantees.md has a test beside it that is really there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
GUARANTEES = (ROOT / "docs" / "guarantees.md").read_text()
NAMED = re.compile(r"`((?:\w+/)*\w+\.py)::(\w+)`")


def defined_in(path: Path) -> set[str]:
    """The test functions and methods that a file defines."""
    tree = ast.parse(path.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("file", sorted({file for file, _ in NAMED.findall(GUARANTEES)}))
def test_a_test_named_beside_a_promise_exists(file: str) -> None:
    """A test that was renamed or removed leaves a promise without proof, and this says which."""
    path = ROOT / "tests" / file
    assert path.is_file(), f"docs/guarantees.md names tests/{file}"
    named = {name for of, name in NAMED.findall(GUARANTEES) if of == file}
    assert {name for name in named if name.startswith("test_")} == named
    assert named - defined_in(path) == set()


def test_no_promise_stands_without_a_test() -> None:
    """Every row of the tables of promises and of steps names at least one."""
    promised = GUARANTEES.split("## What a consumer of")[0]
    rows = [line for line in promised.splitlines() if line.startswith("| ")]
    rows = [row for row in rows if not re.match(r"\| (?:---|promise|step) ", row)]
    assert len(rows) > 30
    assert [row for row in rows if not NAMED.search(row)] == []


def test_its_links_lead_somewhere() -> None:
    """Documents and headings of its own."""
    headings = re.findall(r"^#+ (.*)$", GUARANTEES, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for target in re.findall(r"\]\(([^)]+)\)", GUARANTEES):
        if target.startswith("#"):
            assert target[1:] in anchors, target
        else:
            assert (ROOT / "docs" / target).exists(), target
