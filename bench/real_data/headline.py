"""Fused + decider against one modality alone, and against encoders without training."""

from __future__ import annotations

from typing import Any

from bench.real_data.finding import Finding, Table, points, share, yes
from bench.real_data.lab import Lab, say
from model.training.pipeline import report_on

_WAYS = {
    "image": "image alone",
    "text": "text alone",
    "zero_shot": "zero-shot image + text",
    "without_numbers": "fused, without numbers",
    "fused": "fused",
    "fused_decider": "**fused + decider**",
}
_LOOKS = {"perturbed": "Perturbed", "as_listed": "As listed"}
_RIVALS = {"best_single": "the better single modality", "zero_shot": "zero-shot image + text"}


def headline(lab: Lab) -> Finding:
    """Train on all stores' products but those kept back, and measure on these."""
    made = lab.known
    say("measuring: headline")
    report = report_on(lab.material, made, lab.plan, lambda _stage, _length: lambda _done: None)
    if report is None:
        raise ValueError("nothing was kept back to measure on")
    looks = {name: report[name] for name in _LOOKS}
    tables = [_ways(_LOOKS[name], look) for name, look in looks.items()]
    tables.append(_differences(looks))
    tables.append(_deciding(looks))
    tables.append(_per_store(looks["perturbed"]))
    return Finding(tuple(tables), {name: _kept(look) for name, look in looks.items()})


def _kept(look: dict[str, Any]) -> dict[str, Any]:
    names = (*_WAYS, "single_modality", "differences", "variants", "per_store", "per_missing")
    return {name: look[name] for name in (*names, "listings", "products", "true_pairs")}


def _ways(name: str, look: dict[str, Any]) -> Table:
    rows = [
        (
            f"{said} ({'trained' if 'trained' in look[way]['way'] else 'zero-shot'})"
            if "way" in look[way]
            else said,
            share(look[way]["aucpr"], look[way]["aucpr_interval"]),
            share(look[way]["r_at_1"], look[way]["r_at_1_interval"]),
            share(look[way]["r_at_3"]),
            share(look[way]["recall_at_p98"]),
            share(look[way]["offered"]),
        )
        for way, said in _WAYS.items()
    ]
    return Table(
        ("", "AUCPR", "R@1", "R@3", "recall at 98 %", "true pairs offered"),
        tuple(rows),
        f"{name}: {look['listings']} listings of {look['products']} products, "
        f"{look['true_pairs']} true pairs.",
    )


def _differences(looks: dict[str, dict[str, Any]]) -> Table:
    rows = []
    for name, look in looks.items():
        for rival, said in _RIVALS.items():
            found = look["differences"][rival]
            rows.append(
                (
                    f"{said}, {_LOOKS[name].lower()}",
                    points(found["difference"], found["interval"]),
                    points(found["wanted"]),
                    yes(found["shown"]),
                )
            )
    return Table(
        ("fused + decider over", "points of AUCPR", "wanted", "shown by the lower bound"),
        tuple(rows),
        "Paired bootstrap over products. Where the rival is over 0.85, half of its error is wanted.",
    )


def _deciding(looks: dict[str, dict[str, Any]]) -> Table:
    rows = []
    for name, look in looks.items():
        found = look["fused_decider"]
        rows.append(
            (
                _LOOKS[name],
                share(found["precision_at_threshold"], found["precision_at_threshold_wilson"]),
                str(found["n_matches"]),
                share(found["recall_at_threshold"]),
                share(found["f1"]),
                share(found["ece"]),
                f"{share(found['ece_over_half'])} (n {found['n_over_half']})",
                str(look["variants"]["matched"]) + " of " + str(look["variants"]["offered"]),
            )
        )
    return Table(
        ("", "precision", "matches", "recall", "F1", "ECE", "ECE over 0.5", "variants matched"),
        tuple(rows),
        "At the stored threshold, chosen for 98 % on the calibration part.",
    )


def _per_store(look: dict[str, Any]) -> Table:
    rows = [
        (
            row["name"],
            str(row["true_pairs"]),
            share(row["aucpr"]),
            str(row["matches"]),
            share(row["precision"], row["precision_interval"]) if row["matches"] else "-",
            share(row["recall"]),
        )
        for row in look["per_store"]
        if row["true_pairs"] or row["matches"]
    ]
    return Table(
        ("store", "true pairs", "AUCPR", "matches", "precision", "recall"),
        tuple(rows),
        "By store, perturbed.",
    )
