"""`python -m tests.torture --seed 1 --budget 300`; `make torture` calls it.

Exit codes: 0 no violation and all that was enabled ran; 1 otherwise; 2 a service is missing.
"""

from __future__ import annotations

import logging
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tests.integration.kafka_broker import own_broker
from tests.integration.milvus_server import MilvusServer, milvus_command
from tests.integration.services import ServiceMissing
from tests.integration.stream.process import ROOT
from tests.tiny_artifact import write_tiny_artifact
from tests.torture.arena import Arena, Services
from tests.torture.campaign import FULL_BUDGET_S, enabled, torture
from tests.torture.disk import small_disk
from tests.torture.faults.catalogue import catalogue
from tests.torture.report import show

_LITE_MB, _SERVER_MB = 256, 3000
HISTORIES = ROOT / ".cache" / "torture"


@contextmanager
def own_services(home: Path, *, lite: bool) -> Iterator[Services]:
    """A broker, and a Milvus server or Milvus Lite, that nobody else uses."""
    broker = own_broker(home / "kafka")
    with small_disk(home / "disk", _LITE_MB if lite else _SERVER_MB) as disk:
        place = home if disk is None else disk.folder
        milvus = None if lite else MilvusServer(milvus_command(), place / "milvus")
        try:
            broker.start()
            if milvus is not None:
                milvus.start()
            uri = milvus.uri if milvus else str(place / "milvus.db")
            yield Services(broker.bootstrap, uri, broker, milvus, disk)
        finally:
            broker.thaw()
            broker.stop()
            if milvus is not None:
                milvus.kill()


def main(
    seed: Annotated[int, typer.Option(help="Draws workload and faults.")] = 1,
    budget: Annotated[float, typer.Option(help="Seconds of injecting; the full list takes 3600.")] = 300.0,
    only: Annotated[
        str, typer.Option(help="Only faults whose name has this regular expression in it, long ones too.")
    ] = "",
    listings: Annotated[int, typer.Option(help="How many the market has.")] = 160,
    rate: Annotated[float, typer.Option(help="Acts of sellers per second.")] = 12.0,
    *,
    one_process: Annotated[
        bool, typer.Option("--one-process", help="`skutwin run` with both roles, on Milvus Lite.")
    ] = False,
) -> None:
    """Torture the stream with a seed and a budget, and say what it broke."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no process is left behind
    logging.getLogger("skutwin.kafka").setLevel(logging.CRITICAL)
    console = Console(width=120)
    kept = HISTORIES / str(seed)
    shutil.rmtree(kept, ignore_errors=True)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="torture-") as scratch,
            own_services(Path(scratch), lite=one_process) as services,
        ):
            artifact = write_tiny_artifact(Path(scratch) / "tiny").folder
            arena = Arena(services, artifact, kept, seed=seed, listings=listings, rate=rate)
            every = [fault for fault in catalogue() if fault.possible(arena)]
            full = budget >= FULL_BUDGET_S or only
            possible = [fault for fault in every if re.search(only, fault.name) and (full or not fault.long)]
            faults = enabled(possible, seed, budget)
            outcome = torture(arena, faults, seed=seed, budget_s=budget, extras=possible, told=console.print)
            outcome.left_out = [fault.name for fault in every if fault not in outcome.faults]
    except ServiceMissing as missing:
        console.print(f"{missing.what} is missing: {missing.how_to_get}")
        sys.exit(2)
    code = show(outcome, console)
    if code == 0:
        shutil.rmtree(kept, ignore_errors=True)
    sys.exit(code)


if __name__ == "__main__":
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(main)
    app()
