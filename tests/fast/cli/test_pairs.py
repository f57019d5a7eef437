"""`skutwin pairs`: the current matches of listings, as people and as programs read them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from consumer.cli import main as cli
from consumer.pairs import serve
from consumer.pairs.follow import Follower
from consumer.pairs.serve import pairs_file
from consumer.pairs.store import PairStore
from consumer.settings import Settings
from tests.fast.pairs.world import World, event


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("SKUTWIN_CACHE_DIR", str(tmp_path))
    held = World(pairs_file(Settings(cache_dir=tmp_path)))

    def follower(_: Settings, store: PairStore) -> Follower:
        return held.follower(store)

    monkeypatch.setattr(serve, "follower", follower)
    held.say(event("m", "k[red]\x1b[31m"))
    return held


def test_a_listing_is_shown_with_both_prices(world: World) -> None:
    """What a seller wrote steers neither the terminal nor its colours."""
    done = CliRunner().invoke(cli.app, ["pairs", "m"], env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    assert "m: 1 match" in done.stdout
    assert "9.90 EUR" in done.stdout
    assert "10.50 EUR" in done.stdout
    assert "k[red]\\u001b[31m" in done.stdout


@pytest.mark.thorough
def test_each_call_reads_what_was_said_since(world: World) -> None:
    """A line of JSON for each page, on standard output alone."""
    assert CliRunner().invoke(cli.app, ["pairs", "m"]).exit_code == 0
    world.say(event("m", "l"))
    done = CliRunner().invoke(cli.app, ["pairs", "--json", "m", "nobody"])
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert len(first["matches"]) == 2
    assert (second["listing_id"], second["matches"]) == ("nobody", [])


def test_beside_a_process_that_keeps_the_file_it_only_reads(world: World) -> None:
    """And says so, since what it shows is as new as that process makes it."""
    world.follow()
    with closing(PairStore(world.path)):
        done = CliRunner().invoke(cli.app, ["pairs", "--json", "m"])
    assert "another process keeps the file" in done.stderr
    assert len(json.loads(done.stdout)["matches"]) == 1
