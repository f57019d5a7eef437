"""`python -m tests.fuzz picture --seconds 60`; `make fuzz` calls it for each target.

It ends with 0 if nothing was found. What is found is kept in `.cache/fuzz/TARGET/found/`; once mended, put
the file into `tests/fuzz/corpus/TARGET/`, where every test run replays it.
"""

from __future__ import annotations

import hashlib
import importlib
import re
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import atheris
import typer

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).parent / "corpus"
_LONGEST = 8_192
_HANGS_S = 5
_MEMORY_MB = 1_024


class Target(StrEnum):
    """What is fuzzed."""

    CONTRACT = "contract"
    PICTURE = "picture"
    FILTER = "filter"


def main(
    target: Annotated[Target, typer.Argument(help="What to fuzz.")],
    seconds: Annotated[int, typer.Option(min=1, help="For how long.")] = 60,
) -> None:
    """Mutate what strangers send, guided by coverage, until the time is over or a fault is found."""
    home = ROOT / ".cache" / "fuzz" / target
    grown, begun, found = (home / name for name in ("grown", "begun", "found"))
    for folder in (grown, begun, found):
        folder.mkdir(parents=True, exist_ok=True)
    with atheris.instrument_imports(include=["consumer", "model"]):
        fuzzed = importlib.import_module(f"tests.fuzz.fuzz_{target}")
    seeds = fuzzed.seeds()
    for number, seed in enumerate(seeds):
        (begun / f"{number:04d}").write_bytes(seed)
    words = home / "words"
    words.write_text("".join(f'"{word}"\n' for word in sorted(_words(seeds))))
    options = {
        "max_total_time": seconds,
        "max_len": _LONGEST,
        "timeout": _HANGS_S,
        "rss_limit_mb": _MEMORY_MB,
        "artifact_prefix": f"{found}/",
        "dict": words,
        "print_final_stats": 1,
        "verbosity": 1,
    }
    folders = [folder for folder in (grown, begun, CORPUS / target) if folder.is_dir()]

    def check(data: bytes) -> None:
        try:
            fuzzed.check(data)
        except BaseException:  # kept here too: a timer of libFuzzer's may end the process before it writes
            (found / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
            raise

    arguments = [*(f"-{name}={value}" for name, value in options.items()), *map(str, folders)]
    atheris.Setup([sys.argv[0], *arguments], check)
    atheris.Fuzz()


def _words(seeds: list[bytes]) -> set[str]:
    """Names and marks in the seeds, for mutations to put in whole."""
    return {
        word.decode("ascii")
        for seed in seeds
        for word in re.findall(rb"[A-Za-z_]{3,20}|[0-9]{4,20}|VP8[ LX]", seed[:2_000])
    }


if __name__ == "__main__":
    typer.run(main)
