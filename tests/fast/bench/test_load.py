"""The load bench's pure parts: what it offers, how it judges what it saw, and what it draws."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bench.load.market import Market, commented
from bench.load.offer import Credit
from bench.load.plan import CALM, OVERLOAD, PROBE, RECOVER, SHARES, SOAK, sustainable
from bench.load.plot import plot, thinned
from bench.load.processes import MISSED, events, footprint
from bench.load.report import figures, table
from bench.load.sample import Footprint, Sample
from bench.load.trend import slope
from bench.load.verdict import drained, verdicts
from model.listing import Listing

LENGTHS = {CALM: 60, OVERLOAD: 60, RECOVER: 200, SOAK: 100}


def a_run(
    *,
    rate: float = 100.0,
    leak_mb_s: float = 0.0,
    hoards_mb: float = 0.0,
    drains: bool = True,
    slower: float = 1.0,
    tail: float = 0.0,
    missed: int = 0,
    more_files: int = 0,
    lengths: Mapping[str, int] = LENGTHS,
) -> list[Sample]:
    """A sample a second of a consumer that decides `rate` listings a second, and of one process."""
    samples: list[Sample] = []
    offered, lag, seen = 0.0, 0.0, 0.0
    slow = 0.0
    for phase, seconds in lengths.items():
        for second in range(seconds):
            offered += SHARES[phase] * rate
            decides = rate if drains or phase != RECOVER else SHARES[phase] * rate
            before, lag = lag, max(0.0, lag + SHARES[phase] * rate - decides)
            late = max(lag, before) > rate or (phase == RECOVER and slower > 1)
            seen, slow = seen + rate, slow + (rate if late else tail * rate if phase == RECOVER else 0.0)
            at_s = float(len(samples))
            files = 40 + (more_files if phase == SOAK and second > seconds / 2 else 0)
            held = 500 + leak_mb_s * at_s + hoards_mb * lag + (len(samples) % 3) / 10
            samples.append(
                Sample(
                    at_s=at_s,
                    phase=phase,
                    offered=int(offered),
                    embed_lag=int(lag),
                    match_lag=0,
                    rebalances=2 + missed * (phase == SOAK),
                    missed_polls=missed * (phase == SOAK),
                    aborted=0,
                    latency={0.5: seen - slow, 60.0: seen, float("inf"): seen},
                    processes={"embed-1": Footprint(held, held - 100, 20, files, at_s / 2)},
                )
            )
    return samples


def judged(samples: Sequence[Sample]) -> dict[str, bool | None]:
    return {verdict.subject: verdict.holds for verdict in verdicts(samples, 2.0)}


@given(st.floats(-1e4, 1e4), st.floats(-1e3, 1e3), st.integers(24, 200))
def test_the_slope_of_a_straight_line_is_its_own(steep: float, start: float, seconds: int) -> None:
    """Per hour, and with no doubt about it."""
    at = np.arange(seconds)
    found = slope(at, start + steep * at / 3600)
    assert found.per_hour == pytest.approx(steep, rel=1e-6, abs=1e-4)
    assert found.high - found.low == pytest.approx(0, abs=1e-3)


def test_memory_that_only_wanders_is_seldom_said_to_rise() -> None:
    """Of 400 series without a trend, whose neighbours resemble one another, about 5 % miss zero."""
    rng = np.random.default_rng(7)
    missed = 0
    for _ in range(400):
        wander = rng.normal(size=600)
        for at in range(1, 600):
            wander[at] += 0.8 * wander[at - 1]
        found = slope(np.arange(600), wander)
        missed += not found.low <= 0 <= found.high
    assert missed <= 40


def test_a_series_too_short_for_a_slope_is_refused() -> None:
    """A block of one sample has no mean to speak of."""
    with pytest.raises(ValueError, match="23 samples: a slope needs 24"):
        slope(range(23), range(23))


def test_a_consumer_that_keeps_its_promises_is_told_so() -> None:
    """Lag that drains, memory and handles that stay, no rebalance, and the latency of before."""
    assert set(judged(a_run()).values()) == {True}


@pytest.mark.parametrize(
    ("fault", "subject"),
    [
        ({"leak_mb_s": 0.5}, "memory of embed-1 is flat in the soak"),
        ({"hoards_mb": 0.1}, "memory of embed-1 is bounded under overload"),
        ({"missed": 1}, "no rebalance from missed polls"),
        ({"more_files": 50}, "threads and file handles of embed-1 stay in the soak"),
        ({"slower": 2.0}, "latency recovers"),
        ({"drains": False}, "lag grows and drains"),
    ],
)
def test_each_broken_promise_is_found(fault: dict[str, float], subject: str) -> None:
    """A leak, a missed poll, a handle left open, a latency that stays, a lag that stays."""
    assert judged(a_run(**fault))[subject] is False  # type: ignore[arg-type]  # keyword arguments by name


def test_what_a_short_run_cannot_tell_is_not_claimed() -> None:
    """No slope from a few seconds, and no verdict on a drain that was cut off."""
    told = judged(a_run(lengths={**LENGTHS, RECOVER: 60, SOAK: 10}))
    assert told["lag grows and drains"] is None
    assert told["latency recovers"] is None
    assert told["memory of embed-1 is flat in the soak"] is None


def test_a_tail_of_few_listings_breaks_no_promise() -> None:
    """Where only the p99 is longer, a thousand latencies say so; a longer median is told at once."""
    few, many = a_run(rate=2.0, tail=0.03), a_run(tail=0.03)
    assert judged(few)["latency recovers"] is None
    assert judged(many)["latency recovers"] is False
    assert judged(a_run(rate=2.0, slower=2.0))["latency recovers"] is False


def test_a_buffer_that_fills_is_no_leak_yet() -> None:
    """Memory that rises below what was held before is not called flat, and not a leak."""
    run = a_run(leak_mb_s=0.5)
    peak = Footprint(900.0, 800.0, 20, 40, 1.0)
    run = [replace(one, processes={"embed-1": peak}) if one.phase == CALM else one for one in run]
    assert judged(run)["memory of embed-1 is flat in the soak"] is None


def test_a_lag_that_comes_back_at_once_has_not_drained() -> None:
    """A moment below the level is no rest: five seconds are."""
    recover = [sample for sample in a_run() if sample.phase == RECOVER]
    took = drained(recover, 100)
    assert took is not None
    assert drained(recover[: int(took) + 5], 100) is None
    back = [
        replace(one, embed_lag=500) if number == int(took) + 3 else one for number, one in enumerate(recover)
    ]
    assert drained(back, 100) == took + 4
    assert drained(recover, 10**9) == 0.0


def test_the_sustainable_rate_leaves_the_warming_up_out() -> None:
    """The first third of the probe decided nothing and is not held against it."""
    steady = a_run(lengths={CALM: 90})
    probe = [
        Sample.from_json({**one.to_json(), "phase": PROBE, "offered": max(0, number - 30) * 7})
        for number, one in enumerate(steady)
    ]
    assert sustainable(probe) == pytest.approx(7.0)


@given(st.floats(0.1, 500), st.lists(st.floats(0, 0.2), max_size=60))
def test_any_ticks_make_the_same_number_due(per_s: float, ticks: list[float]) -> None:
    """Fractions of a listing are carried on, and a burst is due once."""
    credit = Credit()
    credit.per_s = per_s
    credit.at_once(5)
    assert sum(credit.after(tick) for tick in ticks) + credit.after(0) == pytest.approx(
        5 + per_s * sum(ticks), abs=1
    )


def test_a_sample_is_kept_as_it_was() -> None:
    """Through JSON and back, with the histogram's last bound."""
    for sample in a_run(lengths={CALM: 3}):
        assert Sample.from_json(json.loads(json.dumps(sample.to_json()))) == sample


def test_the_market_keeps_its_size_and_says_what_a_listing_may_say() -> None:
    """Every record is a valid listing of a greater revision or a deletion; who left comes back."""
    market = Market(seed=3, listings=40, base_url="http://127.0.0.1:1")
    revisions = {change.key: 0 for change in market.opening()}
    gone: set[bytes] = set()
    back = 0
    for key, value in (market.change() for _ in range(2_000)):
        assert key in revisions
        if value is None:
            assert key not in gone
            gone.add(key)
            continue
        back += key in gone
        gone.discard(key)
        listing = Listing.model_validate_json(value)
        assert listing.listing_id.encode() == key
        assert listing.revision > revisions[key]
        revisions[key] = listing.revision
    assert back
    assert len(gone) < len(market) / 3


def test_the_same_seed_makes_the_same_changes() -> None:
    """Two runs offer the same, but for where the pictures are."""
    one, other = (Market(seed=5, listings=10, base_url="http://127.0.0.1:1") for _ in range(2))
    assert [one.change() for _ in range(50)] == [other.change() for _ in range(50)]


def test_a_new_picture_has_other_bytes_and_shows_the_same() -> None:
    """So it is fetched and encoded anew, and costs nothing to draw."""
    drawn = io.BytesIO()
    Image.linear_gradient("L").save(drawn, "JPEG")
    first, second = (commented(drawn.getvalue(), text) for text in ("take 1", "take 2"))
    assert first != second
    shown = [np.asarray(Image.open(io.BytesIO(jpeg))) for jpeg in (drawn.getvalue(), first, second)]
    assert all(np.array_equal(shown[0], each) for each in shown[1:])


def test_a_log_is_counted_by_event() -> None:
    """Missed polls by librdkafka's name for them, wherever in a message it stands."""
    told = events(
        [
            '{"event": "partitions_assigned"}',
            "Traceback (most recent call last):",
            '{"event": "Kafka: _MAX_POLL_EXCEEDED: Application maximum poll interval exceeded"}',
            '{"event": "partitions_assigned"}',
        ]
    )
    assert told == {"partitions_assigned": 2, MISSED: 1}


def test_what_a_process_holds_is_read_from_proc() -> None:
    """Kibibytes become megabytes; a name with blanks and brackets is passed over."""
    status = "Name:\tpython\nVmRSS:\t  1000000 kB\nRssAnon:\t  500000 kB\nThreads:\t31\n"
    stat = "17 (a b) c) S " + " ".join(str(number) for number in range(4, 53))
    held = footprint(status, stat, 12)
    assert (held.rss_mb, held.anonymous_mb, held.threads, held.files) == (1024.0, 512.0, 31, 12)
    assert held.cpu_s > 0


def test_the_plot_is_a_picture_that_loses_no_peak() -> None:
    """Well-formed, all phases named, and thinning keeps the highest point."""
    samples = a_run()
    drawn = plot(samples)
    assert ET.fromstring(drawn).tag.endswith("svg")  # noqa: S314 (our own)
    assert all(phase in drawn for phase in (OVERLOAD, RECOVER, SOAK))
    assert len(drawn) < 200_000
    line = [(float(x), 1000.0 if x == 333 else x % 7) for x in range(3_000)]
    assert (333.0, 1000.0) in thinned(line)
    assert all(early[0] < late[0] for early, late in pairwise(thinned(line)))


def test_tables_and_figures_say_what_was_seen() -> None:
    """A row for each phase; what is no number is null, since JSON has no word for it."""
    samples = a_run(lengths={CALM: 60, OVERLOAD: 2, RECOVER: 60, SOAK: 30})
    lines = table(samples).splitlines()
    assert lines[2].startswith("| calm | 59 | 50.0 | 50.0 | 0 | 0 |")
    widths = {line.count("|") for line in lines if line}
    assert len(widths) == 2
    found = figures(samples, verdicts(samples, 100.0))
    assert [row["phase"] for row in found["phases"]] == [CALM, OVERLOAD, RECOVER, SOAK]
    assert "NaN" not in json.dumps(found)
