"""`skutwin serve` and `skutwin pairs` on a real Kafka: killed, started again, and the topic made anew."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from consumer.contracts.events import Kind
from consumer.contracts.pairs import Pair
from tests.fast.pairs.world import event
from tests.integration.pairs.matches import MatchesTopic
from tests.integration.stream.waiting import eventually

ROOT = Path(__file__).resolve().parents[3]


class Serving:
    """`skutwin serve` of a topic, on one file however often it is started."""

    def __init__(self, topic: MatchesTopic, home: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = int(free.getsockname()[1])
        around = {name: value for name, value in os.environ.items() if not name.startswith("SKUTWIN_")}
        self._environment = {
            **around,
            "SKUTWIN_KAFKA_BOOTSTRAP": topic.bootstrap,
            "SKUTWIN_TOPIC_PREFIX": topic.prefix,
            "SKUTWIN_CACHE_DIR": str(home),
            "SKUTWIN_SERVE_PORT": str(self._port),
        }
        self._log = home / "serve.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", "consumer.cli.main", "serve"]
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )
        eventually(lambda: self.get("/readyz")[0] == 200, f"{self._log} ready")

    def end(self, how: signal.Signals) -> int | None:
        process, self._process = self._process, None
        if process is None:
            return None
        process.send_signal(how)
        return process.wait(30)

    def get(self, path: str) -> tuple[int, Any]:
        assert self._process is None or self._process.poll() is None, self._log.read_text()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=10) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as err:
            return err.code, json.loads(err.read())
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return 0, None

    def partners(self, listing_id: str) -> dict[str, str]:
        status, page = self.get(f"/v1/listings/{listing_id}/matches?limit=500")
        assert status == 200, page
        return {match["other"]["listing_id"]: match["listing"]["price"] for match in page["matches"]}

    def printed(self, *listings: str) -> list[Any]:
        """What `skutwin pairs --json` says of these."""
        command = [sys.executable, "-m", "consumer.cli.main", "pairs", "--json", *listings]
        done = subprocess.run(
            command, cwd=ROOT, env=self._environment, capture_output=True, check=True, timeout=60
        )
        return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def topic(kafka_bootstrap: str) -> MatchesTopic:
    return MatchesTopic(kafka_bootstrap)


@pytest.fixture
def serving(topic: MatchesTopic, tmp_path: Path) -> Iterator[Serving]:
    held = Serving(topic, tmp_path)
    yield held
    held.end(signal.SIGKILL)


def test_the_api_says_what_the_topic_says_through_kills_and_retractions(
    topic: MatchesTopic, serving: Serving
) -> None:
    """Aborted events are never seen; a kill loses nothing; `skutwin pairs` reads beside it and after it."""
    topic.say([event("a", f"b{number}") for number in range(40)])
    topic.say([event("a", "never")], abort=True)
    serving.start()
    assert serving.partners("a").keys() == {f"b{number}" for number in range(40)}

    serving.end(signal.SIGKILL)
    topic.say([event("a", "b1", kind=Kind.RETRACTED, number=2), Pair.of("a", "b2").pair_id])
    topic.say([event("a", "b3", number=2, price="7.77")])
    serving.start()
    assert serving.partners("a").keys() == {f"b{number}" for number in range(40)} - {"b1", "b2"}
    assert serving.partners("a")["b3"] == "7.77"
    (printed,) = serving.printed("b3")
    assert [match["other"]["price"] for match in printed["matches"]] == ["7.77"]

    topic.say([event("a", "live")])
    eventually(lambda: "live" in serving.partners("a"), "a new event is served")
    assert serving.end(signal.SIGTERM) == 0
    topic.say([event("late", "a")])
    (page,) = serving.printed("late")
    assert [match["other"]["listing_id"] for match in page["matches"]] == ["a"]


def test_a_topic_made_anew_is_served_from_its_beginning(topic: MatchesTopic, serving: Serving) -> None:
    """Its id tells: the file is filled anew."""
    topic.say([event("a", "old")])
    serving.start()
    assert serving.partners("a").keys() == {"old"}
    serving.end(signal.SIGTERM)
    topic.remake()
    topic.say([event("a", "new")])
    serving.start()
    assert serving.partners("a").keys() == {"new"}
