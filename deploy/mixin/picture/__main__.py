"""`python -m deploy.mixin.picture URL`: each dashboard as a page, with that Prometheus' data."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import httpx
import typer

from deploy.mixin.picture.page import page
from deploy.mixin.query import Line, Queries, boards, filled

_STEPS = 240


def main(
    url: Annotated[str, typer.Argument(help="A Prometheus with the rules, such as http://localhost:9090.")],
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("dashboards"),
    minutes: Annotated[float, typer.Option(min=1, help="How far back.")] = 60,
    rate_s: Annotated[float, typer.Option(min=4, help="What $__rate_interval stands for.")] = 60,
) -> None:
    """Write one page for each dashboard."""
    queries, end = Queries(url), time.time()
    start = end - minutes * 60

    def ask(expr: str) -> Sequence[Line]:
        return queries.over(filled(expr, rate_s), start, end, (end - start) / _STEPS)

    out.mkdir(parents=True, exist_ok=True)
    for name, dashboard in boards().items():
        file = out / f"{name}.html"
        try:
            file.write_text(page(dashboard, ask, start, end), encoding="utf-8")
        except httpx.HTTPError as err:
            typer.echo(f"Prometheus at {url} does not answer: {err}", err=True)
            raise typer.Exit(3) from None
        typer.echo(file)
    queries.close()


if __name__ == "__main__":
    typer.run(main)
