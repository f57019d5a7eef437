"""Measure the drift monitor on drawn listings.

    python -m bench.drift false-alarms [--days 1500]   # of each kind of traffic
    python -m bench.drift power
    python -m bench.drift turnover                     # of products: a new catalogue of the same kind
    python -m bench.drift cost

The first run draws and encodes listings, a quarter of an hour's work of one processor for 4,000 products, and
keeps them in `--cache`.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import sys
from pathlib import Path

import structlog

from bench.drift.cost import cost
from bench.drift.false_alarms import MONTH, as_json, false_alarms, poisson_interval
from bench.drift.power import EVERYBODY, Noticed, power
from bench.drift.rows import World, worlds
from bench.drift.turnover import turnover
from model.drift.chance import WINDOWS_PER_ALARM
from model.drift.making import WINDOWS


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.drift", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("what", choices=("false-alarms", "power", "turnover", "cost"))
    parser.add_argument("--cache", type=Path, default=Path("build/bench-drift"))
    parser.add_argument("--products", type=int, default=4_000)
    parser.add_argument("--days", type=int, default=1_500)
    parser.add_argument("--traffic", choices=("smooth", "bursty"), help="one kind alone")
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--windows", type=int, default=WINDOWS)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    drawn = worlds(args.cache, args.products)
    if args.what == "false-alarms":
        _false_alarms(drawn, args)
    elif args.what == "power":
        _power(power(drawn[0], repeats=args.repeats, windows=args.windows, seed=args.seed, say=_say))
    elif args.what == "turnover":
        _turnover(drawn, args)
    else:
        _cost(drawn)


def _false_alarms(drawn: list[World], args: argparse.Namespace) -> None:
    print("| traffic | days | windows | alarms | in 30 days | 95 % of Poisson | windows over a threshold |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for traffic in ("smooth", "bursty") if args.traffic is None else (args.traffic,):
        count = false_alarms(
            drawn, days=args.days, bursty=traffic == "bursty", seed=args.seed, windows=args.windows, say=_say
        )
        (args.cache / f"false-alarms-{traffic}.json").write_text(as_json(count))
        alarms, months = sum(count.raised.values()), count.days / MONTH
        low, high = (bound / months for bound in poisson_interval(alarms))
        over = sum(count.beyond.values())
        allowed = count.windows / WINDOWS_PER_ALARM
        print(
            f"| {traffic} | {count.days:,} | {count.windows:,} | {alarms} | {alarms / months:.3f} "
            f"| {low:.3f} to {high:.3f} | {over} (allowed {allowed:.0f}) |"
        )
        print("raised:", {name: number for name, number in count.raised.items() if number}, file=sys.stderr)


def _power(lines: list[Noticed]) -> None:
    print("| what | who | listings to the alarm | to the seller's name | said first by |")
    print("| --- | --- | --- | --- | --- |")
    for line in lines:
        features = ", ".join(f"`{name}`" for name in line.features[:3]) or "-"
        alarm = _spread(line.alarms)
        told = "-" if line.who == EVERYBODY else _spread(line.information)
        print(f"| {line.name} | {line.who} | {alarm} | {told} | {features} |", flush=True)


def _turnover(drawn: list[World], args: argparse.Namespace) -> None:
    print("| reference of | new products | listings to the first alarm | raised |")
    print("| --- | --- | --- | --- |")
    for old, new in (drawn, drawn[::-1]):
        for line in turnover(old, new, repeats=args.repeats, windows=args.windows, seed=args.seed, say=_say):
            names = ", ".join(f"`{name}`" for name in line.features) or "-"
            print(
                f"| {line.listings:,} listings | {line.share:.0%} | {_spread(line.after)} | {names} |",
                flush=True,
            )


def _spread(listings: tuple[int | None, ...]) -> str:
    known = sorted(count for count in listings if count is not None)
    if not known:
        return "not noticed"
    told = f"{statistics.median(known):.0f} ({known[0]} to {known[-1]})"
    return told if len(known) == len(listings) else f"{told}, in {len(known)} of {len(listings)}"


def _cost(drawn: list[World]) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    spent = cost(drawn[-1], 2_000)
    each = 1e6 / spent.listings
    print(f"matcher without it  {spent.whole_s * each:8.0f} us a listing, index and log in memory")
    print(f"monitor, fed        {spent.fed_s * each:8.0f} us a listing")
    print(f"share               {spent.fed_s / spent.whole_s:8.2%}")
    print(f"closing a window    {spent.close_s * 1e3:8.1f} ms, once a minute")
    print(f"memory              {spent.state_bytes / 1e6:8.2f} MB, the window full")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
