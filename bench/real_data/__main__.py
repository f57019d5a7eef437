"""Measure on real stores, and write what was found.

    python -m bench.real_data DATA                        # all experiments, one after the other
    python -m bench.real_data DATA --only stores          # one of them
    python -m bench.real_data DATA --write docs/results.md

DATA is a folder with one folder a set. Figures are kept in `--out`, so that single experiments can be run
anew; features of pictures and texts in `--cache`, so that a second run does not encode.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: idle threads give the processor away

import torch

from bench.real_data.crops import crops
from bench.real_data.distractors import distractors
from bench.real_data.document import body, written
from bench.real_data.finding import Finding, Table
from bench.real_data.headline import headline
from bench.real_data.lab import PICTURE_SETS, Lab, say
from bench.real_data.layers import layer, modalities
from bench.real_data.leaking import leaking
from bench.real_data.pooling import pooling
from bench.real_data.published import published
from bench.real_data.retrieval import retrieval
from bench.real_data.shopee import shopee
from bench.real_data.stores import stores
from model.evaluation.report import to_json
from model.features import FeatureStore, default_folder

_TRAIN = "skutwin train $DATA/{" + ",".join(PICTURE_SETS) + "} --out artifact"
_UNSEEN = (
    "skutwin train $DATA/{"
    + ",".join(name for name in PICTURE_SETS if name != "luma")
    + "} --out without-luma"
)


@dataclass(frozen=True)
class Experiment:
    """What is measured, and by which further commands a reader can have (some of) the same figures."""

    run: Callable[[Lab], Finding]
    also: tuple[str, ...] = ()


EXPERIMENTS = {
    "headline": Experiment(headline, (_TRAIN,)),
    "stores": Experiment(stores, (_UNSEEN, "skutwin evaluate without-luma $DATA/luma --out report")),
    "shopee": Experiment(shopee),
    "pairs": Experiment(published),
    "distractors": Experiment(distractors),
    "retrieval": Experiment(retrieval),
    "pooling": Experiment(pooling),
    "crops": Experiment(crops),
    "layer": Experiment(layer),
    "modalities": Experiment(modalities),
    "leaks": Experiment(leaking),
}
_FIGURES = "figures.json"


def machine() -> str:
    """The processor, and how many threads are used."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    processor = names[0] if names else platform.machine()
    return f"{os.cpu_count()} cores of {processor}, threads used: {torch.get_num_threads()}"


def kept(file: Path) -> dict[str, Any]:
    """What was found before."""
    found: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.real_data",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("data", type=Path, help="a folder with one folder a set")
    parser.add_argument(
        "--only", action="append", choices=EXPERIMENTS, metavar="NAME", help=f"{', '.join(EXPERIMENTS)}"
    )
    parser.add_argument("--out", type=Path, default=Path("build/real_data"), help="where figures go")
    parser.add_argument("--cache", type=Path, default=None, help="where features are kept")
    parser.add_argument(
        "--write", type=Path, help="put the tables found so far between this document's marks"
    )
    parser.add_argument("--threads", type=int, default=None)
    wanted = parser.parse_args()
    if wanted.threads:
        torch.set_num_threads(wanted.threads)
    wanted.out.mkdir(parents=True, exist_ok=True)
    file = wanted.out / _FIGURES
    chosen = wanted.only or ([] if wanted.write and file.exists() else list(EXPERIMENTS))
    with FeatureStore(wanted.cache or default_folder()) as store:
        lab = Lab(wanted.data, store)
        for name in chosen:
            before = time.monotonic()
            finding = EXPERIMENTS[name].run(lab)
            spent = time.monotonic() - before
            entry = {
                "commands": [f"python -m bench.real_data $DATA --only {name}", *EXPERIMENTS[name].also],
                "plan": asdict(lab.plan),
                "seconds": round(spent, 1),
                "machine": machine(),
                "tables": [vars(table) for table in finding.tables],
                "figures": finding.figures,
            }
            # read again just before: another run may have added to it
            file.write_bytes(to_json(kept(file) | {name: entry}))
            print(f"\n## {name} ({spent:.0f} s)\n")
            for table in finding.tables:
                print(f"{table.markdown()}\n")
    if wanted.write:
        bodies = bodies_of(kept(file))
        wanted.write.write_text(written(wanted.write.read_text(), bodies))
        say(f"wrote {', '.join(bodies)} into {wanted.write}")


def bodies_of(found: dict[str, Any]) -> dict[str, str]:
    """What stands between a document's marks: of each experiment, and of the machine."""
    machines = sorted({entry["machine"] for entry in found.values()})
    minutes = sum(entry["seconds"] for entry in found.values()) / 60
    said = f"Measured on {'; '.join(machines)}: {minutes:.0f} minutes in all, features of pictures at hand."
    bodies = {name: body(_tables(entry), entry["commands"]) for name, entry in found.items()}
    return {"machine": said} | bodies


def _tables(entry: dict[str, Any]) -> list[str]:
    return [
        Table(tuple(one["columns"]), tuple(map(tuple, one["rows"])), one["caption"]).markdown()
        for one in entry["tables"]
    ]


if __name__ == "__main__":
    main()
