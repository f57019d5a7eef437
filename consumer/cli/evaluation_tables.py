"""An evaluation's figures on the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

_KEYS = ("aucpr", "r_at_1", "r_at_3", "recall_at_p98", "recall_at_p99")
_DECIDED = (
    ("F1", "f1"),
    ("precision", "precision_at_threshold"),
    ("recall", "recall_at_threshold"),
    ("ECE", "ece"),
    ("ECE over 0.5", "ece_over_half"),
)
_ABLATIONS = ("image", "text", "without_numbers", "zero_shot", "fused", "fused_decider")
_SCOPES = (("all sellers", None), ("known sellers", "known_sellers"), ("unseen sellers", "unseen_sellers"))


def tables_of(report: Mapping[str, Any]) -> Iterator[Table | Text]:
    """What to print, in order; shares in per cent."""
    if "fused_decider" in report:
        views = [view for view in ("perturbed", "as_listed") if report[view]]
        yield from (ablations(report[view], view.replace("_", " ")) for view in views)
        yield _decided(report)
        yield from _differences(report["differences"])
    if report["pair_sets"]:
        yield _sets(report["pair_sets"], "published pairs", ("f1", "best_f1", "aucpr"))
    if report["mean_f1"]:
        yield _sets(report["mean_f1"], "mean F1 per listing", ("mean_f1", "best_mean_f1", "offered"))
    if report["retrieval_recall"]:
        recall = report["retrieval_recall"]
        yield Text(f"the index finds {_share(recall['recall'])} % of the exact {recall['k']} nearest")


def ablations(figures: Mapping[str, Any], title: str, names: Sequence[str] = _ABLATIONS) -> Table:
    """How well pairs are ranked, a row to each of these ways; shares in per cent."""
    table = Table("", "AUCPR", "", "R@1", "R@3", "R@P98", "R@P99", title=f"{title}, in per cent")
    for name in names:
        one = figures[name]
        area, *others = (_share(one[key]) for key in _KEYS)
        table.add_row(name, area, _between(one["aucpr_interval"]), *others)
    return table


def _decided(report: Mapping[str, Any]) -> Table:
    table = Table("", title="fused + decider at its threshold, in per cent")
    scopes = [(report if scope is None else report[scope])["fused_decider"] for _, scope in _SCOPES]
    for title, _ in _SCOPES:
        table.add_column(title)
    for title, key in (("true pairs", "n_true_pairs"), ("matches", "n_matches"), ("reviews", "n_reviews")):
        table.add_row(title, *(str(one[key]) for one in scopes))
    for title, key in _DECIDED:
        table.add_row(title, *(f"{_share(one[key])} {_between(one[f'{key}_interval'])}" for one in scopes))
    return table


def _differences(differences: Mapping[str, Any]) -> Iterator[Text]:
    for found in differences.values():
        if found["difference"] is not None:
            low, high = found["interval"]
            yield Text(
                f"{found['of']} over {found['over']}: {100 * found['difference']:+.1f} points of AUCPR"
                f" ({100 * low:+.1f} to {100 * high:+.1f}); {100 * found['wanted']:.1f} wanted:"
                f" {'shown' if found['shown'] else 'not shown'}"
            )


def _sets(rows: Sequence[Mapping[str, Any]], title: str, keys: Sequence[str]) -> Table:
    table = Table("", *(key.replace("_", " ") for key in keys), title=f"{title}, in per cent")
    for row in rows:
        table.add_row(Text(row["name"]), *(_share(row[key]) for key in keys))
    return table


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}"


def _between(interval: Sequence[float] | None) -> str:
    return "" if interval is None else f"({_share(interval[0])} to {_share(interval[1])})"
