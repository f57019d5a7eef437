"""The page itself: what stands, scores over time, who drives them, and the newest listings' shapes."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files

from consumer.contracts.drift import DriftEvent, DriftLevel, DriftScores, DriftState
from consumer.drift.page.charts import Point, beside, over_time
from consumer.drift.reference import HeldReference
from consumer.drift.sample import Sample
from consumer.drift.shapes import Shape
from consumer.drift.status import alarms_stand, by_closeness, driven_by, moment
from consumer.drift.told import Told
from model.evaluation.page.markup import Markup, element, table

_SELLERS, _PAST = 20, 50  # rows shown


@dataclass(frozen=True)
class Shown:
    """What a page is made of.

    Attributes:
        artifact_version: that decides now.
        held: the reference in use now.
        told: what the topic says.
        sample: the newest listings of the inner log.
        shapes: theirs, beside the reference in use.
    """

    artifact_version: str
    held: HeldReference
    told: Told
    sample: Sample
    shapes: tuple[Shape, ...]
    now: datetime


def write_page(shown: Shown) -> bytes:
    """One HTML page that needs nothing else, loads nothing and runs no script."""
    style = "".join(
        files(package).joinpath("style.css").read_text(encoding="utf-8")
        for package in ("model.evaluation.page", "consumer.drift.page")
    )
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    head = element(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        element("title", "Drift"),
        Markup(f"<style>{style}</style>"),
    )
    shards = [part for shard in sorted(shown.told.windows) for part in _shard(shown.told, shard)]
    if not shards:
        shards = [
            element("p", "No window was closed in the last week: nothing was measured. Does match run, do"
            " listings arrive, and is drift_window_s over 0?")
        ]  # fmt: skip
    body = element(
        "body",
        _top(shown),
        *_standing(shown.told),
        *shards,
        *_shapes(shown),
        *_past(shown.told),
        _foot(shown),
    )
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n".encode()


def _top(shown: Shown) -> Markup:
    said = alarms_stand(shown.told)
    held = shown.held.rebased
    origin = (
        f"the artifact's own, of {shown.held.reference.listings} listings"
        if held is None
        else f"rebased on {held.listings} listings, {moment(held.began)} to {moment(held.ended)}"
    )
    return element(
        "header",
        element("p", "skutwin drift", class_="quiet"),
        element("h1", said.capitalize()),
        element(
            "p",
            f"Up to {moment(shown.now)} UTC, against reference ",
            element("code", shown.held.content_hash),
            f" ({origin}), artifact ",
            element("code", shown.artifact_version),
            ".",
        ),
    )


def _standing(told: Told) -> list[Markup]:
    if not told.standing:
        return []
    rows = [(*_event(event), element("span", driven_by(event), class_="words")) for event in told.standing]
    driven = element("span", "driven by", class_="words")
    head = ("feature", "since", "shard", "level", "score", "threshold", driven)
    caption = (
        "Raised and not cleared, each with its score then. An alarm: inputs or the quality of matches moved."
        " Information: a seller is new here, and unlike the others."
    )
    return [element("h2", "What stands"), table(head, rows, caption)]


def _past(told: Told) -> list[Markup]:
    cleared = [event for event in told.events.values() if event.state is DriftState.CLEARED]
    if not cleared:
        return []
    newest = sorted(cleared, key=lambda event: -event.window.ended_ms)[:_PAST]
    head = ("feature", "cleared", "shard", "level", "score", "threshold")
    caption = "Alarms that were cleared within thirty days, each as it stood last."
    return [element("h2", "What was cleared"), table(head, [_event(event) for event in newest], caption)]


def _event(event: DriftEvent) -> tuple[object, ...]:
    alarm = event.level is DriftLevel.ALARM and event.state is DriftState.RAISED
    return (
        element("span", event.feature, class_="alarm") if alarm else event.feature,
        moment(event.window.ended),
        event.shard,
        event.level,
        f"{event.score:.2f}",
        f"{event.threshold:.2f}",
    )


def _shard(told: Told, shard: int) -> list[Markup]:
    windows = told.windows[shard]
    newest = windows[-1]
    figures = [_figure(name, windows) for name, _ in by_closeness(newest)]
    explained = (
        "How many times farther the newest listings lie from the reference than chance takes them: about 1"
        " at rest, an alarm over the dashed line. The features nearest to theirs come first."
    )
    sellers = [
        (one.seller, one.feature, one.listings, f"{100 * one.share:.0f} %", "new" if one.new else "")
        for one in newest.sellers[:_SELLERS]
    ]
    head = ("seller", "feature", "listings in the window", "share of the score", "")
    caption = (
        "Of the last window, features over half their threshold: by how much the squared score falls when the"
        " seller's listings are left out."
    )
    return [
        element("h2", f"Scores over time, shard {shard}"),
        element("p", f"{newest.window.listings} listings in the last window. {explained}", class_="quiet"),
        element("div", *figures, class_="charts")
        if figures
        else element("p", "Too few listings, or of too few sellers, to judge any feature."),
        element("h2", f"Sellers that drive them, shard {shard}"),
        table(head, sellers, caption) if sellers else element("p", "None does.", class_="quiet"),
    ]


def _figure(name: str, windows: list[DriftScores]) -> Markup:
    points = [
        Point(one.window.ended_ms, one.scores[name].score, one.scores[name].threshold)
        for one in windows
        if name in one.scores
    ]
    last = points[-1]
    said = f"{last.score:.2f} of {last.threshold:.2f}"
    over = {"class_": "alarm"} if last.score > last.threshold else {}
    return element("figure", element("h3", name, " "), over_time(points), element("figcaption", said, **over))


def _shapes(shown: Shown) -> list[Markup]:
    title = element("h2", "The newest listings beside the reference")
    count = len(shown.sample.listings)
    if not count:
        return [title, element("p", "The inner log holds no listing.", class_="quiet")]
    explained = (
        f"The last {count} listings of the inner log, {moment(shown.sample.began)} to"
        f" {moment(shown.sample.ended)} UTC, every listing alike; a window weighs sellers, so a bulk upload"
        " moves these shares more than its score. Places of vectors have no names and are left out."
    )
    legend = element(
        "p",
        element("span", element("span", class_="swatch before"), "reference"),
        element("span", element("span", class_="swatch now"), "now"),
        class_="legend",
    )
    figures = [
        element(
            "figure",
            element("h3", shape.feature),
            beside(shape),
            element("figcaption", f"distance {shape.distance:.3f}, {shape.listings} listings"),
        )
        for shape in sorted(shown.shapes, key=lambda shape: -shape.distance)
        if len(shape.labels) > 1
    ]
    return [title, element("p", explained, class_="quiet"), legend, element("div", *figures, class_="charts")]


def _foot(shown: Shown) -> Markup:
    unreadable = shown.told.unreadable
    other = f" {unreadable} records of the topic are none of skutwin's." if unreadable else ""
    return element(
        "footer",
        "From the topic ",
        element("code", "drift"),
        f" (a week of scores, one of five minutes) and the inner log. docs/drift.md says what a score means"
        f" and how often an alarm is false.{other}",
        class_="quiet",
    )


def utc_now() -> datetime:
    """The time of a page."""
    return datetime.now(tz=UTC)
