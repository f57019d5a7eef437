"""A real Prometheus with the shipped rules, which scrapes every second."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from deploy.mixin.query import Queries
from tests.integration.mixin.tools import RULES, executable
from tests.integration.stream.process import free_port
from tests.integration.stream.waiting import eventually

SCRAPE_S = 1


@contextmanager
def prometheus(home: Path, targets: Sequence[str]) -> Iterator[Queries]:
    """Scrapes these addresses as the job `skutwin`, until it is left.

    Raises:
        ServiceMissing: it is not installed.
    """
    config = {
        "global": {"scrape_interval": f"{SCRAPE_S}s", "evaluation_interval": f"{SCRAPE_S}s"},
        "rule_files": [str(RULES / "*.yaml")],
        "scrape_configs": [{"job_name": "skutwin", "static_configs": [{"targets": list(targets)}]}],
    }
    file, address = home / "prometheus.yml", f"127.0.0.1:{free_port()}"
    file.write_text(json.dumps(config))
    with (home / "prometheus.log").open("ab") as log:
        process = subprocess.Popen(
            [
                executable("prometheus"),
                f"--config.file={file}",
                f"--storage.tsdb.path={home / 'tsdb'}",
                f"--web.listen-address={address}",
                "--enable-feature=exemplar-storage",
            ],
            stdout=log,
            stderr=log,
        )
    queries = Queries(f"http://{address}")

    def answers() -> bool:
        assert process.poll() is None, (home / "prometheus.log").read_text()[-3000:]
        try:
            return bool(queries.instant("vector(1)"))
        except httpx.HTTPError:
            return False

    try:
        eventually(answers, "Prometheus answers")
        yield queries
    finally:
        queries.close()
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)
