"""The page's tables, from the report's plain data."""

from __future__ import annotations

from typing import Any

from model.evaluation.page.markup import DASH, Markup, between, share, table
from model.evaluation.view import ABLATIONS

LABELS = {
    "fused_decider": "fused + decider",
    "fused": "fused",
    "without_numbers": "without numbers",
    "zero_shot": "zero-shot concatenation",
    "image": "image alone",
    "text": "text alone",
}

_RANKING = ("aucpr", "r_at_1", "r_at_3", "recall_at_p98", "recall_at_p99")
_HEADS = ("AUCPR", "R@1", "R@3", "recall at 98 %", "recall at 99 %")


def ablations(figures: dict[str, Any], caption: str) -> Markup:
    """Each ablation's figures, in per cent."""
    rows = [
        [
            _label(name, figures[name]),
            *(between(figures[name][key], figures[name][f"{key}_interval"]) for key in _RANKING),
        ]
        for name in reversed(ABLATIONS)
    ]
    return table(["", *_HEADS], rows, caption)


def breakdown(rows: list[dict[str, Any]], caption: str) -> Markup:
    """The matches among some of the pairs, row by row."""
    head = ["", "true pairs", "matches", "right", "precision", "recall", "F1", "AUCPR"]
    body = [
        [
            row["name"],
            row["true_pairs"],
            row["matches"],
            row["right"],
            between(row["precision"], row["precision_interval"]),
            between(row["recall"], row["recall_interval"]),
            share(row["f1"]),
            share(row["aucpr"]),
        ]
        for row in rows
    ]
    return table(head, body, caption)


def distractors(rows: list[dict[str, Any]]) -> Markup:
    """What a larger catalogue does."""
    head = [
        "distractors", "true of offered", "precision", "recall", "calibration error", "when shifted",
        "threshold moved to", "precision there", "recall there", "threshold needed", "recall there",
    ]  # fmt: skip
    body = [
        [
            "as many" if row["factor"] == 1 else f"{row['factor']:.0f} times as many",
            share(row["share"]),
            between(row["stored"]["precision"], row["stored"]["interval"]),
            share(row["stored"]["recall"]),
            share(row["ece"]),
            share(row["ece_shifted"]),
            _threshold(row["moved"]["threshold"]),
            between(row["moved"]["precision"], row["moved"]["interval"]),
            share(row["moved"]["recall"]),
            _threshold(row["needed"]["threshold"]),
            share(row["needed"]["recall"]),
        ]
        for row in rows
    ]
    return table(head, body, "Per cent; recall of the true pairs that retrieval offers.")


def pair_sets(rows: list[dict[str, Any]]) -> Markup:
    """Published pairs."""
    head = ["", "pairs", "true", "F1", "best F1", "AUCPR", "precision", "recall"]
    body = [
        [
            row["name"],
            row["pairs"],
            row["true_pairs"],
            between(row["f1"], row["f1_interval"]),
            share(row["best_f1"]),
            between(row["aucpr"], row["aucpr_interval"]),
            between(row["precision_at_threshold"], row["precision_at_threshold_wilson"]),
            share(row["recall_at_threshold"]),
        ]
        for row in rows
    ]
    return table(head, body, "Published pairs, in per cent, at the stored threshold.")


def mean_f1(rows: list[dict[str, Any]]) -> Markup:
    """Sets without pictures."""
    head = ["", "listings", "mean F1", "best mean F1", "true pairs offered"]
    body = [
        [
            row["name"],
            row["listings"],
            between(row["mean_f1"], row["mean_f1_interval"]),
            share(row["best_mean_f1"]),
            share(row["offered"]),
        ]
        for row in rows
    ]
    return table(head, body, "Mean F1 per listing, in per cent: its matches against its product's listings.")


def _label(name: str, figures: dict[str, Any]) -> str:
    if "way" not in figures:
        return LABELS[name]
    return f"{LABELS[name]} ({'trained' if figures['way'].endswith('trained') else 'zero-shot'})"


def _threshold(value: float | None) -> str:
    return DASH if value is None else f"{value:.4f}"
