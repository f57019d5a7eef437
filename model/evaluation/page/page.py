"""The page itself: headline, comparison, charts, tables, mistakes."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from model.decision.decider import Decider
from model.evaluation.ablations import Way
from model.evaluation.figures import Measured
from model.evaluation.metrics import Bin
from model.evaluation.mistakes import Mistakes, worst_mistakes
from model.evaluation.page import tables
from model.evaluation.page.charts import Curve, precision_recall, reliability_diagram, score_histogram
from model.evaluation.page.markup import DASH, Markup, between, element, share, text
from model.evaluation.page.mistake_cards import mistake_section
from model.evaluation.run import Evaluation
from model.evaluation.view import View

_STYLE = Path(__file__).with_name("style.css")
_EXPLAINED = (
    "Per cent, with 95 % intervals from a bootstrap over products. Each row retrieves for itself by exact"
    " search; true pairs that it never offers count as missed."
)


def write_page(evaluation: Evaluation, decider: Decider) -> bytes:
    """One HTML page that needs nothing else, loads nothing and runs no script."""
    style = _STYLE.read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    version = evaluation.report["artifact"]["version"]
    head = element(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        element("title", f"Evaluation of {version}"),
        Markup(f"<style>{style}</style>"),
    )
    view = evaluation.headline
    sections = [] if view is None else _of_view(evaluation.report, view, decider)
    body = element(
        "body", _top(evaluation.report), *sections, *_other_sets(evaluation.report), _foot(evaluation)
    )
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n".encode()


def _top(report: dict[str, Any]) -> Markup:
    names = ", ".join(one["name"] for one in report["data"])
    artifact = report["artifact"]
    kind = "one side of each true pair perturbed" if report["headline"] == "perturbed" else "as listed"
    return element(
        "header",
        element("p", "skutwin evaluation", class_="quiet"),
        element("h1", "How well artifact ", element("code", artifact["version"]), " finds twins"),
        element("p", f"On {names}; headline figures: {kind}."),
    )


def _of_view(report: dict[str, Any], view: View, decider: Decider) -> list[Markup]:
    return [
        _tiles(report),
        *_differences(report),
        element("h2", "Against simpler ways"),
        tables.ablations(report, _EXPLAINED),
        *_scopes(report),
        element("h2", "Curves"),
        _charts(report, view),
        element("h2", "Where it errs"),
        _variants(report["variants"]),
        tables.breakdown(report["per_store"], "By store: pairs with a listing of it."),
        tables.breakdown(report["per_missing"], "By what a pair lacks; rows overlap but for the first."),
        tables.breakdown(
            report["per_seller"], "By seller: pairs with a listing of the seller; the largest fifty."
        ),
        *_distractors(report),
        *_as_listed(report),
        *_mistakes(worst_mistakes(view, decider)),
    ]


def _tiles(report: dict[str, Any]) -> Markup:
    last = report["fused_decider"]
    counts = f"{last['n_matches']} matches, {last['n_reviews']} reviews"
    tiles = (
        ("F1 at the threshold", last["f1"], last["f1_interval"], counts),
        (
            "precision",
            last["precision_at_threshold"],
            last["precision_at_threshold_interval"],
            f"target {share(report['artifact']['precision_target'])}",
        ),
        ("recall", last["recall_at_threshold"], last["recall_at_threshold_interval"], "of all true pairs"),
        ("AUCPR", last["aucpr"], last["aucpr_interval"], f"{last['n_true_pairs']} true pairs"),
        (
            "calibration error",
            last["ece"],
            last["ece_interval"],
            f"over one half: {share(last['ece_over_half'])}",
        ),
    )
    return element("div", *(_tile(*one) for one in tiles), class_="cards")


def _tile(name: str, value: float | None, interval: Any, note: str) -> Markup:
    limits = "" if interval is None else f"{share(interval[0])} {DASH} {share(interval[1])}"
    return element(
        "div",
        element("span", name),
        element("b", share(value)),
        element("span", limits, class_="quiet"),
        element("span", note, class_="quiet"),
        class_="tile",
    )


def _differences(report: dict[str, Any]) -> list[Markup]:
    said = []
    for key, name in (
        ("best_single", "the best single modality"),
        ("zero_shot", "the zero-shot concatenation"),
    ):
        found = report["differences"][key]
        if found["difference"] is None:
            continue
        verdict = "shown" if found["shown"] else "not shown"
        said.append(
            element(
                "p",
                f"Fused + decider is ahead of {name} ({found['over'].replace('_', ' ')}) by ",
                element("b", f"{100 * found['difference']:+.1f}"),
                f" points of AUCPR ({100 * found['interval'][0]:+.1f} to {100 * found['interval'][1]:+.1f});"
                f" at least {100 * found['wanted']:.1f} are wanted: ",
                element("b", verdict, class_="shown" if found["shown"] else "unshown"),
                ".",
            )
        )
    return said


def _scopes(report: dict[str, Any]) -> list[Markup]:
    sections = []
    for key, name in (("known_sellers", "Known sellers"), ("unseen_sellers", "Unseen sellers")):
        pairs = report[key]["fused_decider"]["n_true_pairs"]
        sections.append(element("h3", name))
        if not pairs:
            sections.append(element("p", "There is no true pair of such sellers.", class_="quiet"))
            continue
        last = report[key]["fused_decider"]
        caption = element(
            "span",
            f"{pairs} true pairs. F1 ", between(last["f1"], last["f1_interval"]),
            ", precision ", between(last["precision_at_threshold"], last["precision_at_threshold_interval"]),
            ", calibration error ", between(last["ece"], last["ece_interval"]),
        )  # fmt: skip
        sections += [element("p", caption), tables.ablations(report[key], f"{name}, in per cent.")]
    return sections


def _charts(report: dict[str, Any], view: View) -> Markup:
    image, text_way = view.rivals(view.everything)
    ways = (Way.FUSED_DECIDER, Way.FUSED, Way.WITHOUT_NUMBERS, Way.ZERO_SHOT, image, text_way)
    names = [
        tables.LABELS[key]
        for key in ("fused_decider", "fused", "without_numbers", "zero_shot", "image", "text")
    ]
    curves = [
        _curve(name, number, view.everything[way])
        for number, (name, way) in enumerate(zip(names, ways, strict=True))
    ]
    last = view.everything[Way.FUSED_DECIDER]
    finite = np.isfinite(last.scores)
    true, false = last.scores[finite & last.same], last.scores[finite & ~last.same]
    bins, over_half = (
        [Bin(**one) for one in report["fused_decider"][key]]
        for key in ("reliability", "reliability_over_half")
    )
    swatches = [
        element("span", element("i", class_=f"swatch {kind}"), f"{kind} pairs  ")
        for kind in ("true", "false")
    ]
    return element(
        "div",
        element(
            "figure", precision_recall(curves), _key(curves), element("figcaption", "Precision over recall.")
        ),
        element(
            "figure",
            reliability_diagram(bins, over_half),
            element(
                "figcaption",
                "Reliability, in bins of equal mass: dots of all pairs, rings of those over one half alone.",
            ),
        ),
        element(
            "figure",
            score_histogram(true, false),
            element("figcaption", *swatches, "by log-odds; counts on a scale of logarithms."),
        ),
        class_="charts",
    )


def _curve(name: str, number: int, measured: Measured) -> Curve:
    recall, precision = measured.points()
    return Curve(name, number, recall, precision)


def _key(curves: list[Curve]) -> Markup:
    items = [
        element(
            "li",
            element(
                "svg",
                element("line", x1=0, x2=26, y1=4, y2=4, class_=f"line c{curve.number}"),
                viewBox="0 0 26 8",
                aria_hidden="true",
            ),
            curve.name,
        )
        for curve in curves
    ]
    return element("ul", *items, class_="key")


def _variants(found: dict[str, Any]) -> Markup:
    if not found["offered"]:
        return element("p", "No two variants of one product were offered.", class_="quiet")
    return element(
        "p",
        f"Among variants (another colour, pack, year or capacity): {found['matched']} of {found['offered']}"
        " offered pairs were matched wrongly, ",
        between(found["false_match_rate"], found["false_match_rate_interval"]),
        " %; precision within groups that have variants ",
        between(found["precision"], found["precision_interval"]),
        ".",
    )


def _distractors(report: dict[str, Any]) -> list[Markup]:
    if not report["distractors"]:
        return []
    return [
        element("h2", "In a larger catalogue"),
        element(
            "p",
            "False pairs, variants apart, counted 1, 10 and 100 times. A pair of the same score is less"
            " likely true there, so the threshold must rise: to where theory moves it, and to where these"
            " very pairs meet the target.",
            class_="quiet",
        ),
        tables.distractors(report["distractors"]),
    ]


def _as_listed(report: dict[str, Any]) -> list[Markup]:
    if report["headline"] != "perturbed":
        return []
    same = share(report["shared_words"])
    return [
        element("h2", "As listed"),
        element(
            "p",
            f"The same listings untouched. {same} % of their true pairs share title and price word for"
            " word, which no marketplace offers: these figures flatter.",
            class_="quiet",
        ),
        tables.ablations(report["as_listed"], "As listed, in per cent."),
    ]


def _other_sets(report: dict[str, Any]) -> list[Markup]:
    sections = []
    if report["pair_sets"]:
        sections += [element("h2", "Published pairs"), tables.pair_sets(report["pair_sets"])]
    if report["mean_f1"]:
        sections += [element("h2", "Without pictures"), tables.mean_f1(report["mean_f1"])]
    return sections


def _mistakes(found: Mistakes) -> list[Markup]:
    return [
        element("h2", "The worst mistakes"),
        mistake_section("False merges", "Two products, matched; the surest first.", found.false_merges),
        mistake_section("Misses", "One product, not matched; the surest first.", found.misses),
        mistake_section(
            "Never offered",
            "One product that retrieval did not put among the candidates.",
            found.never_offered,
        ),
        mistake_section(
            "Near variants", "Variants that were all but matched; the nearest first.", found.near_variants
        ),
    ]


def _foot(evaluation: Evaluation) -> Markup:
    report = evaluation.report
    lines = [
        f"{one['name']}: {one['listings']} listings, {one['pairs']} pairs, {one['problems']} lines left out,"
        f" {one['missing_pictures']} pictures missing."
        for one in report["data"]
    ]
    leaks = report.get("leaks", {"known_products": 0, "known_pictures": 0})
    lines.append(
        f"Left out because training saw them: {leaks['known_products']} listings by product,"
        f" {leaks['known_pictures']} by picture."
    )
    recall = report["retrieval_recall"]
    if recall:
        lines.append(
            f"The approximate index found {share(recall['recall'])} % of the exact {recall['k']} nearest"
            f" ({recall['queries']} queries among {recall['listings']} listings)."
        )
    options = report["options"]
    lines.append(f"{options['resamples']} resamples, seed {options['seed']}.")
    return element("footer", *(element("p", text(line), class_="quiet") for line in lines))
