"""`skutwin`: the commands, and how an error ends the process.

Exit codes: 0 done; 1 a bug or a failed check; 2 something to configure; 3 Kafka, Milvus or a file failed;
4 too many dead letters; 5 another process took over.
"""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import typer

from consumer.cli import (
    artifact,
    backfill,
    config,
    dlq,
    doctor,
    drift,
    evaluate,
    offline,
    pairs,
    roles,
    schema,
    stream,
    sweep,
    topics,
    train,
)
from consumer.errors import BreakerOpen, Fenced, Misconfigured, SkutwinError, WorldFault

EXIT_CODES: tuple[tuple[type[SkutwinError], int], ...] = (
    (Fenced, 5),
    (WorldFault, 3),
    (Misconfigured, 2),
    (BreakerOpen, 4),
    (SkutwinError, 1),
)

app = typer.Typer(
    name="skutwin",
    help="Tells a marketplace, within a second of a listing's arrival, which listings already on sale are the"
    " same product.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # they would print local variables, secrets among them
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
"""The typer application; tests call it, users call `main`."""

RUN, CHECK, DATA, OFFLINE = "Run", "Look and prepare", "Real data", "Offline jobs"
app.command("run", rich_help_panel=RUN)(roles.run)
app.command("serve", rich_help_panel=RUN)(pairs.serve)
app.command("demo", rich_help_panel=RUN)(stream.demo)
app.command("doctor", rich_help_panel=CHECK)(doctor.doctor)
app.command("config", rich_help_panel=CHECK)(config.show)
app.command("schema", rich_help_panel=CHECK)(schema.schema)
app.add_typer(topics.app, name="topics", rich_help_panel=CHECK)
app.add_typer(dlq.app, name="dlq", rich_help_panel=CHECK)
app.add_typer(drift.app, name="drift", rich_help_panel=CHECK)
app.command("pairs", rich_help_panel=DATA)(pairs.pairs)
app.command("backfill", rich_help_panel=DATA)(backfill.backfill)
app.command("replay", rich_help_panel=DATA)(stream.replay)
app.command("score", rich_help_panel=DATA)(stream.score)
app.command("train", rich_help_panel=OFFLINE)(train.train)
app.command("evaluate", rich_help_panel=OFFLINE)(evaluate.evaluate)
app.add_typer(artifact.app, name="artifact", rich_help_panel=OFFLINE)
app.command("reindex", rich_help_panel=OFFLINE)(offline.reindex)
app.command("sweep", rich_help_panel=OFFLINE)(sweep.sweep)


def main() -> None:
    """Run one command; what skutwin raises on purpose is one clear message and a code, never a traceback."""
    # torch and faiss each bring an OpenMP of their own, whose idle threads spin unless told to sleep: with
    # both in one process, or others beside it, encoding is several times slower. Read when they are loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        app()
    except SkutwinError as err:
        _end(err, exit_code(err))
    except ValueError as err:
        from model.artifact import ArtifactError

        if not isinstance(err, ArtifactError):
            raise
        _end(err, exit_code(Misconfigured()))


def exit_code(err: SkutwinError) -> int:
    """How the process ends after this error."""
    return next(code for kind, code in EXIT_CODES if isinstance(err, kind))


def _end(err: Exception, code: int) -> NoReturn:
    from rich.console import Console
    from rich.text import Text

    Console(stderr=True).print(Text(f"skutwin: {err}", style="bold red"), soft_wrap=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
