"""Series as promtool's unit tests write them: of a good day, and of each trouble.

Times are a minute apart. `a+bxn` begins with a and adds b n times; `axn` stays.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Series = dict[str, str | None]
_FIRST = 'installation="@c1", version="v1", embedding_version="e1"'
_OTHER = 'installation="@c1", version="v2", embedding_version="e1"'
_ELSEWHERE = 'installation="@c2", version="v2", embedding_version="e2"'
_A = 'job="skutwin", instance="one:9464"'
_B = 'job="skutwin", instance="two:9464"'
_LONG = "TO THE END"
_START = "process_start_time_seconds"
_WAITS = "skutwin_caught_up_to_timestamp_seconds"
_WAY = "skutwin_record_to_commit_seconds"
_FAST = f'{_WAY}_bucket{{{_A}, role="match", le="5.0"}}'


def _grows(by: float) -> str:
    return f"0+{by:g}x{_LONG}"


def _stays(at: float) -> str:
    return f"{at:g}x{_LONG}"


def of_both(name: str, labels: str, value: str) -> Series:
    """The same series of the active process and of the one that stands by."""
    return {f"{name}{{{who}{labels}}}": value for who in (_A, _B)}


GOOD: Series = {
    **of_both("up", "", _stays(1)),
    **of_both(_START, "", _stays(0)),
    **of_both("skutwin_artifact_info", f", {_FIRST}", _stays(1)),
    f'skutwin_shard_active{{{_A}, shard="0"}}': _stays(1),
    f'skutwin_shard_active{{{_B}, shard="0"}}': _stays(0),
    # What arrived two seconds ago is decided, or nothing is left to decide.
    f'{_WAITS}{{{_A}, role="embed"}}': f"-1+60x{_LONG}",
    f'{_WAITS}{{{_A}, role="match"}}': f"-2+60x{_LONG}",
    # Ten listings a second, one in two hundred of them slow.
    f'{_WAY}_count{{{_A}, role="match"}}': _grows(600),
    _FAST: _grows(597),
    f'skutwin_passed_on_total{{{_A}, role="match"}}': _grows(600),
    f'skutwin_records_in_total{{{_A}, role="embed", topic="listings"}}': _grows(605),
    f'skutwin_records_in_total{{{_A}, role="match", topic="listings.embedded.e1"}}': _grows(600),
    f'skutwin_lag_records{{{_A}, role="embed", topic="listings", partition="0"}}': _stays(20),
    f'skutwin_lag_records{{{_A}, role="match", topic="listings.embedded.e1", partition="0"}}': _stays(5),
    f'skutwin_lag_records{{{_A}, role="embed", topic="listings.retry.e1", partition="0"}}': _stays(3000),
    f'skutwin_transactions_aborted_total{{{_A}, role="embed"}}': f"0x100 1x{_LONG}",
    f'skutwin_retries_total{{{_A}, target="pymilvus"}}': _grows(1),
    f'skutwin_pictures_total{{{_A}, result="cached", reason=""}}': _grows(900),
    f'skutwin_pictures_total{{{_A}, result="fetched", reason=""}}': _grows(300),
    f'skutwin_pictures_total{{{_A}, result="later", reason="timeout"}}': _grows(6),
    f'skutwin_dead_letters_total{{{_A}, role="embed", reason="invalid_json"}}': _grows(1),
    f'skutwin_dead_letters_total{{{_A}, role="embed", reason="kills_process"}}': _stays(0),
    f"skutwin_breaker_share{{{_A}}}": _stays(0.02),
    f"skutwin_breaker_limit{{{_A}}}": _stays(0.2),
    f'skutwin_revisions_back_total{{{_A}, role="match"}}': f"0x90 2x{_LONG}",
    f'skutwin_odd_timestamps_total{{{_A}, role="embed", why="future"}}': _grows(1),
    f'skutwin_odd_timestamps_total{{{_A}, role="embed", why="backfilled"}}': _grows(100),
    f"skutwin_recall_probe_expected_total{{{_A}}}": _grows(200),
    f"skutwin_recall_probe_found_total{{{_A}}}": _grows(198),
    f'skutwin_index_live_rows{{{_A}, shard="0"}}': _stays(100_000),
    f'skutwin_index_rows_limit{{{_A}, shard="0"}}': _stays(300_000),
    f'skutwin_index_bytes{{{_A}, shard="0"}}': _stays(4e8),
    f'skutwin_index_bytes_limit{{{_A}, shard="0"}}': _stays(1e10),
    f"skutwin_partners_missing_total{{{_A}}}": _stays(0),
    f"skutwin_k_cap_hits_total{{{_A}}}": _grows(1),
    f"skutwin_top_similarity_count{{{_A}}}": _grows(600),
    f'skutwin_drift_raised{{{_A}, shard="0", feature="price"}}': _stays(0),
    f'skutwin_drift_windows_total{{{_A}, shard="0"}}': _grows(1),
    f'skutwin_events_out_total{{{_A}, kind="matched", source="model"}}': _grows(60),
    f'skutwin_events_out_total{{{_A}, kind="retracted", source="model"}}': _grows(6),
    f'skutwin_events_out_total{{{_A}, kind="retracted", source="deletion"}}': _grows(6),
    f'skutwin_pairs{{{_A}, shard="0", state="in_review"}}': _stays(1200),
}


@dataclass(frozen=True)
class Trouble:
    """What is other than good, and which alerts fire then and no other.

    Attributes:
        change: series that are other; None: not there.
        at: minutes after the beginning.
        alone: nothing of the good day is there.
    """

    name: str
    change: Series
    fires: set[str] = field(default_factory=set)
    at: int = 180
    alone: bool = False

    def series(self) -> dict[str, str]:
        """All of them, by what is scraped."""
        given = self.change if self.alone else {**GOOD, **self.change}
        unknown = set() if self.alone else {k for k, v in self.change.items() if v is None} - GOOD.keys()
        assert not unknown, f"{unknown} is not there anyway"
        end = str(self.at + 1)
        return {name: value.replace(_LONG, end) for name, value in given.items() if value is not None}


def _of_a(name: str, labels: str = "") -> str:
    return f"{name}{{{_A}{labels}}}"


def _frozen_at(minute: int) -> Series:
    """A process that stands still: what it counts stays, and what it was caught up to as well."""
    was = {name: value for name, value in GOOD.items() if "_total" in name or name.startswith(_WAY)}
    frozen: Series = {}
    for name, value in was.items():
        assert value is not None
        if value.startswith("0+"):
            step = float(value[2:].partition("x")[0])
            frozen[name] = f"0+{step:g}x{minute} {step * minute:g}x{_LONG}"
    for role in ("embed", "match"):
        frozen[_of_a(_WAITS, f', role="{role}"')] = f"-2+60x{minute} {60 * minute - 2}x{_LONG}"
    return frozen


_SLOW_BURN = {"SkutwinLatencyBudgetBurnsSlowly"}
_FRESH_BURN = {"SkutwinFreshnessBudgetBurnsFast", "SkutwinFreshnessBudgetBurnsSlowly"}

TROUBLES = [
    Trouble("a good day", {}, at=60),
    Trouble("ten good hours", {}, at=600),
    Trouble(
        "a fifth of the listings is slow",
        {_FAST: _grows(480)},
        {"SkutwinLatencyBudgetBurnsFast", *_SLOW_BURN},
        at=400,
    ),
    Trouble("two in a hundred are slow", {_FAST: _grows(588)}, _SLOW_BURN, at=400),
    Trouble(
        "a slow listing in a quiet night",
        {
            f'{_WAY}_count{{{_A}, role="match"}}': f"0x120 1x10 2x10 3x{_LONG}",
            _FAST: f"0x120 1x10 2x{_LONG}",
        },
        at=140,
    ),
    Trouble(
        "listings wait for two minutes",
        {_of_a(_WAITS, ', role="match"'): f"-120+60x{_LONG}"},
        _FRESH_BURN,
        at=400,
    ),
    Trouble(
        "listings waited too long for half an hour",
        {_of_a(_WAITS, ', role="match"'): f"-2+60x420 25138+60x30 27118+60x{_LONG}"},
        {"SkutwinFreshnessBudgetBurnsSlowly"},
        at=600,
    ),
    Trouble("nothing is scraped", {"up{job='node'}": _stays(1)}, {"SkutwinAbsent"}, alone=True),
    Trouble("a process is down", {_of_a("up"): f"1x100 0x{_LONG}"}, {"SkutwinDown"}, at=110),
    Trouble("a process was away for a scrape", {_of_a("up"): f"1x100 0x2 1x{_LONG}"}, at=110),
    Trouble(
        "a process starts every five minutes",
        {_of_a(_START): " ".join(f"{300 * n}x4" for n in range(60))},
        {"SkutwinRestarts"},
    ),
    Trouble("a process was started anew", {_of_a(_START): f"0x170 10200x{_LONG}"}),
    Trouble(
        "both stand by",
        {_of_a("skutwin_shard_active", ', shard="0"'): f"1x100 0x{_LONG}"},
        {"SkutwinNoMatcher"},
    ),
    Trouble(
        "both believe that they decide",
        {f'skutwin_shard_active{{{_B}, shard="0"}}': f"0x100 1x{_LONG}"},
        {"SkutwinTwoMatchers"},
    ),
    Trouble(
        "a takeover",
        {
            _of_a("skutwin_shard_active", ', shard="0"'): f"1x100 0x{_LONG}",
            f'skutwin_shard_active{{{_B}, shard="0"}}': f"0x102 1x{_LONG}",
        },
        at=103,
    ),
    Trouble(
        "one process has another artifact",
        {
            f"skutwin_artifact_info{{{_B}, {_FIRST}}}": None,
            f"skutwin_artifact_info{{{_B}, {_OTHER}}}": _stays(1),
        },
        {"SkutwinArtifactMismatch"},
    ),
    Trouble(
        "another installation has another artifact",
        {
            f"skutwin_artifact_info{{{_B}, {_FIRST}}}": None,
            f"skutwin_artifact_info{{{_B}, {_ELSEWHERE}}}": _stays(1),
        },
    ),
    Trouble("a process stands still", _frozen_at(150), {"SkutwinStuck", *_FRESH_BURN}, at=175),
    Trouble(
        "more comes than is worked off",
        {_of_a("skutwin_lag_records", ', role="embed", topic="listings", partition="0"'): _grows(50)},
        {"SkutwinLagGrows"},
    ),
    Trouble(
        "a large backlog drains",
        {
            _of_a(
                "skutwin_lag_records", ', role="embed", topic="listings", partition="0"'
            ): f"90000-50x{_LONG}"
        },
    ),
    Trouble(
        "each batch is thrown away",
        {_of_a("skutwin_transactions_aborted_total", ', role="embed"'): _grows(3)},
        {"SkutwinTransactionsAbort"},
    ),
    Trouble(
        "Milvus fails now and then",
        {_of_a("skutwin_retries_total", ', target="pymilvus"'): _grows(30)},
        {"SkutwinNeighbourFails"},
    ),
    Trouble(
        "half of the pictures do not come",
        {_of_a("skutwin_pictures_total", ', result="later", reason="timeout"'): _grows(300)},
        {"SkutwinPicturesFail"},
    ),
    Trouble(
        "a producer writes rubbish",
        {_of_a("skutwin_dead_letters_total", ', role="embed", reason="invalid_json"'): _grows(60)},
        {"SkutwinDeadLetters"},
    ),
    Trouble(
        "the breaker fills",
        {_of_a("skutwin_breaker_share"): f"0.02x170 0.15x{_LONG}"},
        {"SkutwinBreakerNearlyOpen"},
    ),
    Trouble(
        "a record killed",
        {_of_a("skutwin_dead_letters_total", ', role="embed", reason="kills_process"'): f"0x150 1x{_LONG}"},
        {"SkutwinRecordKills"},
    ),
    Trouble(
        "a producer restored a backup",
        {_of_a("skutwin_revisions_back_total", ', role="match"'): f"0x100 0+5x{_LONG}"},
        {"SkutwinRevisionsGoBack"},
    ),
    Trouble(
        "a producer's clock is ahead",
        {_of_a("skutwin_odd_timestamps_total", ', role="embed", why="future"'): _grows(60)},
        {"SkutwinOddTimestamps"},
    ),
    Trouble(
        "the index finds nine of ten",
        {_of_a("skutwin_recall_probe_found_total"): _grows(180)},
        {"SkutwinRecallLow"},
    ),
    Trouble(
        "few probes found little",
        {
            _of_a("skutwin_recall_probe_expected_total"): _grows(1),
            _of_a("skutwin_recall_probe_found_total"): _grows(0.5),
        },
    ),
    Trouble(
        "the rows reach their limit",
        {_of_a("skutwin_index_live_rows", ', shard="0"'): _stays(250_000)},
        {"SkutwinIndexNearlyFull"},
    ),
    Trouble(
        "the disk is full",
        {_of_a("skutwin_index_bytes", ', shard="0"'): _stays(9.7e9)},
        {"SkutwinIndexNearlyFull", "SkutwinIndexFull"},
    ),
    Trouble(
        "the index lost a row",
        {_of_a("skutwin_partners_missing_total"): f"0x150 1x{_LONG}"},
        {"SkutwinPartnersMissing"},
    ),
    Trouble(
        "a flood of like listings",
        {_of_a("skutwin_k_cap_hits_total"): _grows(60)},
        {"SkutwinNeighboursCut"},
    ),
    Trouble(
        "a feature drifts",
        {_of_a("skutwin_drift_raised", ', shard="0", feature="price"'): f"0x100 2x{_LONG}"},
        {"SkutwinDrift"},
    ),
    Trouble(
        "the drift watch stands still",
        {_of_a("skutwin_drift_windows_total", ', shard="0"'): f"0+1x60 60x{_LONG}"},
        {"SkutwinDriftUnwatched"},
    ),
    Trouble(
        "nothing comes, and the drift watch rests",
        {
            _of_a("skutwin_drift_windows_total", ', shard="0"'): f"0+1x60 60x{_LONG}",
            _of_a("skutwin_passed_on_total", ', role="match"'): _stays(5000),
        },
    ),
    Trouble(
        "the model takes back more than it says",
        {_of_a("skutwin_events_out_total", ', kind="retracted", source="model"'): _grows(120)},
        {"SkutwinRetractions"},
    ),
    Trouble(
        "nobody judges",
        {_of_a("skutwin_pairs", ', shard="0", state="in_review"'): _grows(1)},
        {"SkutwinReviewsPileUp"},
        at=1600,
    ),
]
