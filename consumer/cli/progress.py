"""Progress bars of long jobs, a bar a stage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

Started = Callable[[str, int], Callable[[int], None]]
"""Begins a stage of a given length, and gives what to tell its progress to."""


@contextmanager
def stages(console: Console, *, transient: bool = False) -> Iterator[Started]:
    """Bars on this console while the block runs; `transient` ones are wiped away at its end."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=transient) as progress:

        def started(stage: str, length: int) -> Callable[[int], None]:
            task = progress.add_task(stage, total=length)
            return lambda done: progress.advance(task, done)

        yield started


@contextmanager
def positions(console: Console) -> Iterator[Started]:
    """The same bars, told how far a stage has come instead of how much further; wiped away at the end."""
    with stages(console, transient=True) as started:

        def begin(stage: str, length: int) -> Callable[[int], None]:
            advance, told = started(stage, length), 0

            def progress(done: int) -> None:
                nonlocal told
                advance(done - told)
                told = done

            return progress

        yield begin
