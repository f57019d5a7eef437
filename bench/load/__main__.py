"""Offer twice what it can take, then half, then four fifths for long; watch lag, memory and latency.

    python -m bench.load                                   # ten minutes over, then half, an hour's soak
    python -m bench.load --overload 100 --recover 240 --soak 100
    python -m bench.load --again build/load --write docs/load.md

A real Kafka (a cluster, or one broker from its jars), Milvus Lite or a server, `skutwin run --role embed` and
`--role match` as processes, and the embedded default artifact. What is sustainable is measured first. The
samples, figures and plot go to `--out`. The exit code is 1 where a promise does not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.load.installation import Installation, World
from bench.load.plan import Durations
from bench.load.plot import plot
from bench.load.report import figures, table
from bench.load.run import Run
from bench.load.sample import Sample
from bench.load.verdict import verdicts
from bench.real_data.document import body, written

_ROOT = Path(__file__).resolve().parents[2]
_SAMPLES, _ABOUT, _FIGURES, _PLOT = "samples.jsonl", "about.json", "figures.json", "load.svg"


def main() -> None:
    wanted = _arguments()
    wanted.out.mkdir(parents=True, exist_ok=True)
    if wanted.again is None:
        _play(wanted)
    folder: Path = wanted.again or wanted.out
    samples = [Sample.from_json(json.loads(line)) for line in (folder / _SAMPLES).read_text().splitlines()]
    about = json.loads((folder / _ABOUT).read_text())
    judged = verdicts(samples, about["taken"])
    said = "\n".join(f"- {verdict}" for verdict in judged)
    text = f"{_pace(about)}\n\n{table(samples)}\n\n{said}"
    print(text)
    found = figures(samples, judged)
    (folder / _FIGURES).write_text(json.dumps({**about, **found}, indent=2) + "\n")
    (folder / _PLOT).write_text(plot(samples))
    if wanted.write is not None:
        document: Path = wanted.write
        document.write_text(written(document.read_text(), {wanted.mark: body([text], [about["command"]])}))
        (document.parent / f"{wanted.mark}.svg").write_text(plot(samples))
    sys.exit(any(verdict.holds is False for verdict in judged))


def _play(wanted: argparse.Namespace) -> None:
    world = World(
        bootstrap=wanted.bootstrap,
        kafka_libs=wanted.kafka_libs or max((_ROOT / ".cache").glob("kafka-*/libs"), default=Path("libs")),
        milvus=wanted.milvus,
        artifact=wanted.artifact,
        listings=wanted.listings,
        seed=wanted.seed,
        embedders=wanted.embedders,
        partitions=wanted.partitions,
        encoder_threads=wanted.encoder_threads,
    )
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # nothing is left running
    durations = Durations(wanted.probe, wanted.calm, wanted.overload, wanted.recover, wanted.soak)
    with (
        tempfile.TemporaryDirectory(prefix="skutwin-load-") as home,
        (wanted.out / _SAMPLES).open("w") as file,
        Installation(world, Path(home)) as installation,
    ):

        def keep(sample: Sample) -> None:
            file.write(json.dumps(sample.to_json()) + "\n")
            file.flush()
            held = ", ".join(f"{name} {each.rss_mb:.0f} MB" for name, each in sample.processes.items())
            print(f"{sample.at_s:7.0f} s  {sample.phase:8}  lag {sample.lag:6}  {held}", file=sys.stderr)

        run = Run(installation, durations, keep, wanted.rate, wanted.warm)
        run.play()
    command = shlex.join(["python", "-m", "bench.load", *sys.argv[1:]])
    about = {"command": command, "machine": _machine(), "taken": run.sustainable, "measured": run.measured}
    (wanted.out / _ABOUT).write_text(json.dumps(about) + "\n")


def _pace(about: dict[str, Any]) -> str:
    measured, taken = about["measured"], about["taken"]
    told = f"Sustainable rate: {measured:.1f} listings/s measured"
    told += f", {taken:.1f} taken as given" if taken != measured else ""
    return f"{told}; {about['machine']}."


def _machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{os.cpu_count()} cores of {names[0] if names else platform.machine()}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.load",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for phase, seconds, what in (
        ("probe", 120.0, "while the sustainable rate is measured"),
        ("calm", 120.0, "at half of it, for the latency before"),
        ("overload", 600.0, "at twice of it"),
        ("recover", 1500.0, "at half of it again: draining takes twice as long as the overload took"),
        ("soak", 3600.0, "at four fifths of it"),
    ):
        parser.add_argument(f"--{phase}", type=float, default=seconds, metavar="SECONDS", help=what)
    parser.add_argument(
        "--rate",
        type=float,
        help="listings a second to take as sustainable, where other work disturbs the measured one",
    )
    parser.add_argument(
        "--warm",
        type=int,
        default=5000,
        metavar="LISTINGS",
        help="the probe goes on until so many are decided: Milvus Lite fills its memory for 4,096 rows",
    )
    parser.add_argument("--listings", type=int, default=1000, help="how many the market has, about")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--embedders", type=int, default=1, help="embedding processes")
    parser.add_argument("--encoder-threads", type=int, help="of each embedder; all cores by default")
    parser.add_argument("--partitions", type=int, default=8, help="of the topic `listings`")
    parser.add_argument("--artifact", type=Path, help="a folder; the embedded default if not given")
    parser.add_argument(
        "--bootstrap", help="a cluster that may be written to, in place of a broker of its own"
    )
    parser.add_argument(
        "--kafka-libs", type=Path, help="jars of Apache Kafka; .cache/kafka-*/libs by default"
    )
    parser.add_argument("--milvus", help="a server, such as http://HOST:19530; Milvus Lite by default")
    parser.add_argument("--out", type=Path, default=Path("build/load"), help="samples, figures and plot")
    parser.add_argument("--again", type=Path, metavar="OUT", help="judge the samples of an earlier run")
    parser.add_argument("--write", type=Path, help="put the figures between this document's marks")
    parser.add_argument("--mark", default="load", help="which marks, and the name of the plot beside it")
    return parser.parse_args()


if __name__ == "__main__":
    main()
