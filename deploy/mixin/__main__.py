"""`python -m deploy.mixin`: write rules and dashboards, here or, with other promises, elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deploy.mixin.objectives import Objectives
from deploy.mixin.write import HERE, dashboard_files, rule_files, write

_D = Objectives()


def main(
    *,
    out: Annotated[Path, typer.Option(help="Folder that rules/ and dashboards/ are written to.")] = HERE,
    latency_s: Annotated[
        float, typer.Option(help="A later decision is slow; a bucket's end.")
    ] = _D.latency_s,
    latency_share: Annotated[float, typer.Option(help="Share not to be slow.")] = _D.latency_share,
    freshness_s: Annotated[float, typer.Option(help="An older waiting listing is late.")] = _D.freshness_s,
    freshness_share: Annotated[float, typer.Option(help="Share of time not late.")] = _D.freshness_share,
    jobs: Annotated[str, typer.Option(help="Regular expression of the scrape jobs.")] = _D.jobs,
    runbook: Annotated[str, typer.Option(help="Where the runbook is read.")] = _D.runbook,
) -> None:
    """Write recording rules, alerts and dashboards."""
    try:
        wanted = Objectives(
            latency_s=latency_s,
            latency_share=latency_share,
            freshness_s=freshness_s,
            freshness_share=freshness_share,
            jobs=jobs,
            runbook=runbook,
        )
    except ValueError as err:
        raise typer.BadParameter(str(err)) from None
    for path in write(rule_files(wanted) | dashboard_files(wanted), out):
        typer.echo(path)


if __name__ == "__main__":
    typer.run(main)
