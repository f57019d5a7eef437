"""Tables of what an artifact says of itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from model.artifact import Artifact, TrainingSet
from model.artifact.difference import Difference, facts_of
from model.artifact.provenance import ABLATIONS, DECIDING, RANKING, SPLITS

_SUBJECTS = {
    "Artifact": ("version", "embedding_version", "created_by", "git_commit", "dimension"),
    "Encoders": ("encoders", "preprocessing.steps"),
    "Thresholds": ("match", "review"),
    "Recipe": ("trained.recipe",),
}


def artifact_tables(artifact: Artifact) -> Iterator[Table]:
    """One a subject, empty ones left out."""
    facts = facts_of(artifact)
    for title, names in _SUBJECTS.items():
        rows = [(_within(name, names), value) for name, value in facts.items() if _is_of(name, names)]
        if rows:
            yield _table((title, ""), rows)
    seen = {name: value for name, value in facts.items() if name.startswith(("trained_on.", "drift_"))}
    columns = [name for name in TrainingSet.model_fields if name not in {"name", "use"}]
    sets = [
        (f"{one.name} for the {one.use}", *(getattr(one, column) for column in columns))
        for one in artifact.config.trained.data
    ]
    if sets:
        yield _table(("Learnt from", *columns), sets)
    yield _table(("Keeps of it", ""), seen.items())
    yield from _figures(artifact.config.trained.measured)


def difference_table(difference: Difference, first: str, second: str) -> Table:
    """What differs, side by side."""
    return _table(("", first, second), ((fact.name, fact.first, fact.second) for fact in difference.facts))


def _figures(measured: Mapping[str, Any], title: str = "Measured") -> Iterator[Table]:
    own = [
        name
        for name in ABLATIONS
        if isinstance(measured.get(name), Mapping)
        and any(value is not None for value in measured[name].values())
    ]
    if own:
        columns = [name for name in (*RANKING, *DECIDING) if any(name in measured[one] for one in own)]
        yield _table(
            (title, *columns), ((one, *(measured[one].get(name) for name in columns)) for one in own)
        )
    for name, value in measured.items():
        if name in SPLITS and isinstance(value, Mapping):
            yield from _figures(value, name)
        elif name not in ABLATIONS and isinstance(value, Mapping):
            yield _table((name, ""), value.items())


def _is_of(name: str, names: Iterable[str]) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in names)


def _within(name: str, names: tuple[str, ...]) -> str:
    return name.removeprefix(f"{names[0]}.") if len(names) == 1 else name


def _table(headings: Iterable[str], rows: Iterable[Iterable[object]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(Text(_said(heading)), overflow="fold")
    for row in rows:
        table.add_row(*(Text(_said(value)) for value in row))
    return table


def _said(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4g}"
    # What an artifact says comes from outside: nothing of it may steer the terminal.
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in str(value))
