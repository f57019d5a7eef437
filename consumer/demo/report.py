"""The demonstration's result for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from consumer.contracts.events import MatchEvent, Side
from consumer.demo.figures import Figures

_REASONS_SHOWN = 5
_FATES = (
    ("came", "read; the sum of all that follow"),
    ("passed_on", "took effect"),
    ("superseded", "overtaken by a newer one of their listing in the same batch"),
    ("stale", "retries that came too late"),
    ("closed", "ends of such retries' keys"),
    ("dead", "dead letters"),
    ("deferred", "retries read before their time and put back"),
    ("unaccounted", "nobody can tell"),
)
_GENEROUS = "the better of trained and zero-shot cosine, at its best threshold: a generous rival"


def show(console: Console, figures: Figures, examples: Sequence[MatchEvent]) -> None:
    """Print the table, the books and the examples."""
    console.print(_table(figures))
    console.print(_books(figures))
    for event in examples:
        console.print(_explained(event))


def _table(figures: Figures) -> Table:
    table = Table(
        title=f"skutwin demo: {figures.listings} records in {figures.seconds:.0f} s", title_style="bold"
    )
    table.add_column("figure")
    table.add_column("value", justify="right")
    table.add_column("what it means", style="dim")
    rows = [
        (
            "F1 of the matches",
            f"{figures.f1:.3f}",
            "against the generator's truth, once the stream is at rest",
        ),
        ("precision", f"{figures.precision:.3f}", f"of {figures.pairs_matched} pairs matched"),
        ("recall", f"{figures.recall:.3f}", f"of {figures.pairs_true} pairs that are the same product"),
        ("equal titles, F1", f"{figures.baseline_title_f1:.3f}", "a baseline on the same stream"),
        ("zero-shot cosine, F1", f"{figures.baseline_zero_shot_f1:.3f}", "another, at its best threshold"),
        ("pictures only, F1", f"{figures.baseline_image_f1:.3f}", _GENEROUS),
        ("text only, F1", f"{figures.baseline_text_f1:.3f}", "likewise, of brand and title"),
        ("waiting for a person", str(figures.in_review), "pairs between surely and surely not"),
        ("events", _counts(figures.events), "said on the way"),
        ("taken back", str(figures.retracted), "matches that ceased to be true"),
        ("dead letters", _counts(figures.dead_letters), "records that can never be right, by reason"),
        (
            "drift alarms",
            ", ".join(figures.drifted) or "none",
            "what is not as in the catalogue that the model was made of",
        ),
        ("throughput", f"{figures.throughput_per_s:.1f}/s", "while the backlog was worked off"),
        (
            "latency, median",
            f"{figures.latency_p50_s:.2f} s",
            f"arrival to commit at {figures.offered_per_s:.1f}/s",
        ),
        ("latency, 99 %", f"{figures.latency_p99_s:.2f} s", "interpolated in the histogram's buckets"),
        ("artifact", figures.artifact_version, f"encoders in {_words(figures.precision_of_encoders)}"),
    ]
    for row in rows:
        table.add_row(*row)
    return table


def _books(figures: Figures) -> Table:
    table = Table(title="nothing is unaccounted for" if not figures.unaccounted else "UNACCOUNTED RECORDS")
    table.add_column("records")
    for role in ("embed", "match"):
        table.add_column(role, justify="right")
    table.add_column("what became of them", style="dim")
    for name, what in _FATES:
        table.add_row(
            name.replace("_", " "),
            *(str(getattr(books, name)) for books in (figures.embed, figures.match)),
            what,
        )
    table.caption = (
        f"live rows {figures.live_rows}, listings accepted and not deleted {figures.live_expected}"
    )
    return table


def _explained(event: MatchEvent) -> Panel:
    reasons = sorted(event.contributions.items(), key=lambda item: -abs(item[1]))[:_REASONS_SHOWN]
    probability = "-" if event.probability is None else f"{event.probability:.3f}"
    lines: list[RenderableType] = [
        _side(event.a),
        _side(event.b),
        Text(f"said by {event.source}, probability {probability}; log-odds: ", style="dim").append(
            ", ".join(f"{name} {value:+.2f}" for name, value in reasons)
        ),
    ]
    return Panel(Group(*lines), title="the same product", title_align="left", expand=False)


def _side(side: Side) -> Text:
    price = "no price" if side.price is None else f"{side.price} {side.currency}"
    return (
        Text(f"{side.seller_id:<14} ", style="cyan")
        .append(side.title or "(no title)", style="bold")
        .append(f"  {price}", style="green")
    )


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "none"


def _words(words: dict[str, str]) -> str:
    return ", ".join(f"{value} ({key})" for key, value in words.items())
