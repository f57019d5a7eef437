"""The model card: what an artifact is good for, in plain words (after Mitchell et al., 2019)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from pydantic import JsonValue

from model.artifact.config import Encoders
from model.artifact.provenance import ABLATIONS, DECIDING, RANKING, SPLITS, TrainingSet
from model.decision.decider import Decider

_NAMES = {
    "image": "pictures alone",
    "text": "text alone",
    "zero_shot": "frozen features side by side, nothing trained",
    "fused": "the trained vector",
    "fused_decider": "the trained vector, then the decider",
    "aucpr": "area under precision-recall",
    "r_at_1": "recall at 1",
    "r_at_3": "recall at 3",
    "recall_at_p98": "recall at 98 % precision",
    "recall_at_p99": "recall at 99 % precision",
    "ece": "expected calibration error",
    "f1": "F1 at the threshold",
    "precision_at_threshold": "precision at the threshold",
    "known_sellers": "Among sellers that the training saw",
    "unseen_sellers": "With a seller that the training never saw",
}
_LARGER = (1, 10, 100)


def write_card(
    *,
    encoders: Encoders,
    dimension: int,
    data: Sequence[TrainingSet],
    decider: Decider,
    report: Mapping[str, JsonValue] | None,
    measured_on: str = "listings that were kept back",
) -> str:
    """Markdown.

    Args:
        encoders: the frozen ones.
        dimension: of the vectors.
        data: what it learnt from.
        decider: with its thresholds.
        report: an evaluation's `report.json`; None if nothing was measured.
        measured_on: on what that evaluation was run, as a sentence goes on.
    """
    parts = (
        _made_of(encoders, dimension),
        _learnt_from(data),
        _measured(report, measured_on),
        _thresholds(decider),
        _limits(data),
    )
    return (
        "# Model card\n\nSays whether two listings of a marketplace are the same product, from pictures, "
        "title, brand, price and a\nfew other fields.\n\n" + "\n".join(parts)
    )


def _made_of(encoders: Encoders, dimension: int) -> str:
    pictures, texts = encoders.pictures, encoders.text
    texture = f" and texture ({pictures.texture} statistics of early layers)" if pictures.texture else ""
    return f"""## What it is made of
- Pictures: `{pictures.source}`, {pictures.dimension} features of each, and what it shows of colours{texture}.
- Texts: `{texts.source}`, {texts.dimension} features. Both encoders are frozen and were trained by others.
- One linear layer to {dimension} numbers over all that and the price and sizes, trained with a supervised
  contrastive loss.
- A decider over what the two listings share and where they differ, then a calibration.
"""


def _learnt_from(data: Sequence[TrainingSet]) -> str:
    if not data:
        return "## What it learnt from\nNot recorded.\n"
    rows = "\n".join(
        f"| {_cell(one.name)} | {_cell(one.use)} | {one.listings} | {one.products} | {one.sellers} |"
        f" {one.pictures} |"
        for one in data
    )
    nature = (
        "Every listing was drawn: no real listing and no real picture is among them.\n"
        if all(one.synthetic for one in data)
        else "Real listings are among them; their licences may not allow this artifact to be passed on.\n"
    )
    return f"""## What it learnt from
{nature}
| set | for | listings | products | sellers | pictures |
| --- | --- | ---: | ---: | ---: | ---: |
{rows}
"""


def _measured(report: Mapping[str, JsonValue] | None, measured_on: str) -> str:
    if report is None:
        return "## What was measured\nNothing yet: `skutwin evaluate ARTIFACT DATA` measures it.\n"
    parts = [f"## What was measured\nOn {measured_on}.\n", *_tables(report)]
    for split in SPLITS:
        if isinstance(part := report.get(split), Mapping):
            parts += [f"### {_NAMES[split]}\n", *_tables(part)]
    return "\n".join(parts)


def _tables(report: Mapping[str, JsonValue]) -> Iterator[str]:
    rows = [
        f"| {_NAMES[ablation]} | {' | '.join(_figure(own.get(name)) for name in RANKING)} |"
        for ablation in ABLATIONS
        if isinstance(own := report.get(ablation), Mapping)
    ]
    if not rows:
        yield "No figures.\n"
        return
    head = "".join(f" {_NAMES[name]} |" for name in RANKING)
    yield "\n".join([f"| by |{head}", "| --- |" + " ---: |" * len(RANKING), *rows, ""])
    if isinstance(last := report.get(ABLATIONS[-1]), Mapping):
        told = [f"{_NAMES[name]} {_figure(last[name])}" for name in DECIDING if name in last]
        if told:
            yield f"The decider: {', '.join(told)}.\n"


def _thresholds(decider: Decider) -> str:
    match = decider.match
    low, high = match.interval
    if match.reached and match.precision is not None:
        chosen = (
            f"A pair matches at a probability of {match.value:.4f}, chosen for a precision of "
            f"{match.target:.0%}.\nOf the {match.pairs} calibration pairs there, {match.precision:.1%} were "
            f"right (95 % interval {low:.1%} to {high:.1%}),\nwith {match.recall:.1%} of the true pairs."
            f"{_steadiness(decider)}"
        )
    else:
        chosen = (
            f"No threshold reached a precision of {match.target:.0%} on the calibration pairs:\n"
            "nothing matches by the model, only by GTIN."
        )
    rows = "\n".join(f"| {times} x | {_moved(match.value, times, decider)} |" for times in _LARGER)
    return f"""## Thresholds
{chosen}{_nameless(decider)}
From {decider.review:.4f} on, and below that, a person is asked.

They hold where true pairs are as frequent among the candidates as they were there. In a catalogue with more
listings that look alike they are rarer, at worst by as much as the catalogue is larger; the log-odds of the
threshold then move up by the logarithm of that (Saerens et al., 2002):

| catalogue | threshold for a match |
| --- | ---: |
{rows}
"""


def _nameless(decider: Decider) -> str:
    apart = decider.nameless_match
    if apart is None:
        return ""
    said = "\nThat is of pairs that share a rare word, a model code or a picture. Of all others"
    if apart.reached and apart.precision is not None:
        return (
            f"{said},\none matches at {apart.value:.4f}: of {apart.pairs} there, {apart.precision:.1%} were "
            f"right, with {apart.recall:.1%} of such true pairs."
        )
    return f"{said},\nno threshold reached the target: none matches, people are asked."


def _steadiness(decider: Decider) -> str:
    there, steady = (int(decider.facts.get(name, 0)) for name in ("matches_weighed", "steady_at_matches"))
    if there >= steady:
        return ""
    return f"\nThat threshold stands on {there} true pairs; about {steady} would make it steady."


def _moved(threshold: float, times: int, decider: Decider) -> str:
    if not 0 < threshold < 1:
        return "none"
    moved = 1 / (1 + math.exp(-(math.log(threshold / (1 - threshold)) + math.log(times))))
    return f"{moved:.4f}" + (", over all it gives" if moved > decider.calibration.high else "")


def _limits(data: Sequence[TrainingSet]) -> str:
    drawn = """\
- A real catalogue: its drawings are simpler than photographs and its titles more regular than what people
  write. Expect matches of lower precision and probabilities that are too sure; measure on listings of your
  own (`skutwin evaluate`) before anything acts on a match.
- Goods other than clothes, shoes and bags: nothing else was ever shown to it.
"""
    real = """\
- Goods and markets unlike those it learnt from: measure on listings of your own (`skutwin evaluate`)
  before anything acts on a match.
"""
    return f"""## What it is not good for
{drawn if data and all(one.synthetic for one in data) else real}\
- Telling apart what neither pictures nor words tell apart: the same garment from two years, or a copy.
- Texts in languages that the text encoder hardly knows; the default one was trained on English.
- Anything about people. A person in a picture is background to it; do not use its vectors to find one.
"""


def _figure(value: JsonValue) -> str:
    return f"{value:.3f}" if isinstance(value, int | float) and not isinstance(value, bool) else "-"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "/").split())
