"""Drift: whether listings and scores are still like those that the artifact was made for."""

from __future__ import annotations

from deploy.mixin.panels import ONLY, Board, Form, Panel, Query, or_none, rate

_WATCH = [
    Panel(
        "Alarms that stand",
        "One a feature and seller at most; `skutwin drift status` names the sellers.",
        [Query(f"sum(skutwin_drift_raised{{{ONLY}}}) or vector(0)")],
        form=Form.NUMBER,
        bad=1,
        width=8,
    ),
    Panel(
        "Listings in the window",
        "On how many the scores rest.",
        [Query(f"sum(skutwin_drift_window_listings{{{ONLY}}})")],
        form=Form.NUMBER,
        width=8,
    ),
    Panel(
        "Windows closed, of the last half hour",
        "Standing still while listings arrive, nothing is watched.",
        [Query(f"round(sum(increase(skutwin_drift_windows_total{{{ONLY}}}[30m])))")],
        form=Form.NUMBER,
        width=8,
    ),
]

_FEATURES = [
    Panel(
        "Score against threshold",
        "Each feature's score over its own threshold: at 1 it is an alarm.",
        [
            Query(
                f"max by (feature) (skutwin_drift_score{{{ONLY}}} / skutwin_drift_threshold{{{ONLY}}})",
                "{{feature}}",
            )
        ],
        bad=1,
        width=24,
    ),
    Panel(
        "Scores",
        "How far each feature lies from the reference.",
        [Query(f"max by (feature) (skutwin_drift_score{{{ONLY}}})", "{{feature}}")],
    ),
    Panel(
        "Thresholds",
        "Over which a score is an alarm; they come with the reference.",
        [Query(f"max by (feature) (skutwin_drift_threshold{{{ONLY}}})", "{{feature}}")],
    ),
    Panel(
        "Alarms of the last day",
        "How often each feature drifts.",
        [
            Query(
                or_none(f"sum by (feature) (increase(skutwin_drift_alarms_total{{{ONLY}}}[1d]))", "feature"),
                "{{feature}}",
            )
        ],
    ),
    Panel(
        "Time spent on watching",
        "Of the matcher's: it is to stay below 2 %.",
        [
            Query(
                f"sum({rate('skutwin_stage_seconds_sum', role='match', stage='drift')})"
                f" / sum({rate('skutwin_stage_seconds_sum', role='match')})",
                "share",
            )
        ],
        unit="percentunit",
        bad=0.02,
    ),
]

_NEAR = [
    Panel(
        "Similarity of the nearest listing",
        "What the score features see, by quantile.",
        [
            Query(
                f"histogram_quantile({share}, sum by (le) ({rate('skutwin_top_similarity_bucket')}))",
                f"p{share * 100:g}",
            )
            for share in (0.1, 0.5, 0.9)
        ],
        width=8,
    ),
    Panel(
        "Matches and reviews of a listing",
        "How many match events and review tasks a decided listing brings.",
        [
            Query(
                f"sum({rate('skutwin_events_out_total', kind='matched')})"
                f" / sum({rate('skutwin_passed_on_total', role='match')})",
                "matches",
            ),
            Query(
                f"sum({rate('skutwin_review_tasks_total')})"
                f" / sum({rate('skutwin_passed_on_total', role='match')})",
                "reviews",
            ),
        ],
        width=8,
    ),
    Panel(
        "Pictures that are not there",
        "Share of pictures gone or not to be had now: the commonest drift of inputs.",
        [
            Query(
                f"(sum({rate('skutwin_pictures_total', result='~gone|later')}) or vector(0))"
                f" / sum({rate('skutwin_pictures_total')})",
                "share",
            )
        ],
        unit="percentunit",
        width=8,
    ),
]

DRIFT = Board(
    "skutwin-drift",
    "skutwin / Drift",
    "Whether listings and scores are still like those that the artifact was made for.",
    {"The watch": _WATCH, "Features": _FEATURES, "What usually drifts": _NEAR},
)
