"""The table of a torture and its last line."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tests.torture.outcome import Outcome

_SHOWN = 10


def show(outcome: Outcome, console: Console) -> int:
    """Print it; returns the exit code."""
    console.print(_faults(outcome))
    console.print(_counts(outcome))
    if outcome.left_out:
        console.print(f"not enabled at this budget: {', '.join(outcome.left_out)}", soft_wrap=True)
    for violation in outcome.violations[:_SHOWN]:
        console.print(Text(str(violation)), soft_wrap=True)
    if len(outcome.violations) > _SHOWN:
        console.print(f"… and {len(outcome.violations) - _SHOWN} more")
    if outcome.violations or outcome.unproven:
        console.print(f"the history of this run: {outcome.folder}", soft_wrap=True)
    if outcome.unproven and not outcome.violations:
        console.print(Text(f"not proven: {'; '.join(outcome.unproven)}"), soft_wrap=True)
        return 1
    console.print(f"violations: {len(outcome.violations)}", highlight=False)
    return int(bool(outcome.violations))


def _faults(outcome: Outcome) -> Table:
    table = Table("fault or step", title="what was done to it")
    table.add_column("times", justify="right")
    table.add_column("until a new listing was decided", justify="right")
    table.add_column("measured")
    for fault in sorted(outcome.faults, key=lambda fault: fault.name):
        took = f"{max(fault.recovered_s):.1f} s at most" if fault.recovered_s else ""
        table.add_row(fault.name, str(fault.exercised), took, fault.measured())
    return table


def _counts(outcome: Outcome) -> Table:
    table = Table("what was looked at", title="records")
    table.add_column("count", justify="right")
    rows: list[tuple[str, object]] = [("writes acknowledged", outcome.writes)]
    if (checked := outcome.checked) is not None:
        accounts, truth = checked.accounts, checked.truth
        rows += [
            ("… live", accounts.live),
            ("… superseded", accounts.superseded),
            ("… deletions that took effect", accounts.deleted),
            ("… dead-lettered", accounts.dead_lettered),
            ("… answers of people and withdrawals", accounts.answers),
            ("retries that came too late", accounts.stale_retries),
            ("match events", checked.events),
            ("… of rows apart, after compaction", checked.spoken_late),
            ("pairs decided anew", truth.decided),
            ("… that match", len(truth.matched)),
            ("… missing, with k nearer listings", truth.crowded),
            ("… missing, not offered by the index", truth.missed),
            ("… doubtful", len(truth.doubtful)),
            ("answers that must hold", len(truth.answers.must)),
            ("… that may", len(truth.answers.may)),
            ("… that hold no more", len(truth.answers.none)),
            ("rows superseded, before cleaning", checked.index.superseded),
        ]
    rows += [(f"processes ended: {how}", count) for how, count in sorted(outcome.endings.items())]
    rows += [("seconds of injecting", round(outcome.injected_s))]
    for name, count in rows:
        table.add_row(name, str(count))
    return table
