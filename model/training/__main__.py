"""`python -m model.training --synthetic --out DIR`: what `skutwin train` calls."""

from __future__ import annotations

import argparse
from pathlib import Path

from model.training.pipeline import cli_train


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(prog="python -m model.training", description="Train an artifact.")
    parser.add_argument("--synthetic", action="store_true", required=True, help="on a drawn catalogue")
    parser.add_argument("--out", type=Path, required=True, help="the artifact's folder")
    parser.add_argument("--products", type=int, default=None, help="in the training catalogue")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=None)
    wanted = parser.parse_args()
    cli_train(wanted.out, products=wanted.products, seed=wanted.seed, threads=wanted.threads)


if __name__ == "__main__":
    main()
