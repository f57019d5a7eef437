"""Whether what is said of pairs can be believed."""

from __future__ import annotations

from deploy.mixin.objectives import BY
from deploy.mixin.rule import Alert


def quality_alerts() -> list[Alert]:
    """About drift, retractions and reviews."""
    said = f"sum by ({BY}) (rate(skutwin_events_out_total[1h]))"
    taken_back = f'sum by ({BY}) (rate(skutwin_events_out_total{{kind="retracted", source="model"}}[1h]))'
    reviews = 'skutwin_pairs{state="in_review"}'
    return [
        Alert(
            name="SkutwinDrift",
            expr=f"sum by ({BY}, feature) (skutwin_drift_raised) > 0",
            wait="5m",
            severity="ticket",
            summary="Listings or scores are no longer like those that the artifact was made for",
            description="{{ $value }} alarms stand for {{ $labels.feature }}.",
        ),
        Alert(
            name="SkutwinDriftUnwatched",
            expr=f"sum by ({BY}) (rate(skutwin_drift_windows_total[30m])) == 0\n"
            "and job:skutwin_listings:rate5m > 0",
            wait="30m",
            severity="ticket",
            summary="Listings are decided and nobody looks for drift",
            description="No window of the drift watch was closed for half an hour.",
        ),
        Alert(
            name="SkutwinRetractions",
            expr=f"{taken_back} / {said} > 0.5\n"
            f"and sum by ({BY}) (increase(skutwin_events_out_total[1h])) > 100",
            wait="30m",
            severity="ticket",
            summary="The model takes back more than it says",
            description="{{ $value | humanizePercentage }} of the events take a match back.",
        ),
        Alert(
            name="SkutwinReviewsPileUp",
            expr=f"sum by ({BY}) ({reviews}) > 1000\n"
            f"and sum by ({BY}) ({reviews}) > 2 * sum by ({BY}) ({reviews} offset 1d)",
            wait="1h",
            severity="ticket",
            summary="More pairs are put before people than they judge",
            description="{{ $value }} pairs wait for a person, over twice as many as a day ago.",
        ),
    ]
