"""The Compose file's services as processes of this machine: the same words and settings, other addresses."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import yaml

from tests.integration.kafka_broker import KafkaBroker, kafka_libs
from tests.integration.mixin.tools import executable
from tests.integration.stream.process import SkutwinProcess, free_port

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"


class ComposedBroker(KafkaBroker):
    """The service `kafka`: its environment as the image makes properties of it, other addresses.

    Args:
        environment: of the service.
        home: for its data and log.

    Attributes:
        properties: by name, those that hold an address left out.

    Raises:
        ServiceMissing: no JDK or no Maven.
    """

    def __init__(self, environment: Mapping[str, str], home: Path) -> None:
        super().__init__(kafka_libs(), home)
        own = {_property(name): value for name, value in environment.items()}
        here = {
            "INSIDE://:9092": "INSIDE://127.0.0.1:{port}",
            "kafka:9092": "127.0.0.1:{port}",
            "CONTROLLER://:9093": "CONTROLLER://127.0.0.1:{controller_port}",
            "kafka:9093": "127.0.0.1:{controller_port}",
            "HOST://:29092": f"HOST://127.0.0.1:{(host_port := free_port())}",
            "localhost:29092": f"127.0.0.1:{host_port}",
            "/var/lib/kafka/data": "{data}",
        }
        moved = {name: _replaced(value, here) for name, value in own.items()}
        self.properties = {name: value for name, value in own.items() if moved[name] == value}
        self._properties = "".join(f"{name}={value}\n" for name, value in moved.items())


class Wiring:
    """Starts the services of the Compose file one by one; all end with `close`.

    Args:
        reader: reads the Compose file.
        milvus: the server in the place of the service `milvus`.
        variables: those of the Compose file that are set.
        home: for state, logs and configuration.

    Raises:
        ServiceMissing: something that a broker needs is missing.
    """

    def __init__(self, reader: Path, milvus: str, variables: Mapping[str, str], home: Path) -> None:
        environment = {"PATH": os.environ["PATH"], "HOME": str(home), **variables}
        said = subprocess.check_output([reader, DEPLOY / "compose.yaml"], env=environment, timeout=60)
        self._services: dict[str, Any] = json.loads(said)["services"]
        self._home = home
        self.kafka = ComposedBroker(self._services["kafka"]["environment"], home / "kafka")
        self._addresses = {"kafka:9092": self.kafka.bootstrap, "http://milvus:19530": milvus}
        self._processes: dict[str, SkutwinProcess] = {}
        self._prometheus: Prometheus | None = None

    def start(self, name: str, **other: str) -> SkutwinProcess:
        """A service that runs skutwin, by its own words and environment, but for `other`."""
        service = self._services[name]
        environment = {
            key: _replaced(value, self._addresses) for key, value in service["environment"].items()
        }
        state = self._home / name
        process = SkutwinProcess(
            service["command"],
            {
                **environment,
                "SKUTWIN_INSTANCE": name,  # in a container the host's name, another for each
                "SKUTWIN_CACHE_DIR": str(state),  # in the image the volume
                **other,
            },
            self._home / f"{name}.log",
            "consumer.cli.main",
        )
        self._processes[name] = process
        return process

    def start_prometheus(self) -> Prometheus:
        """The service `prometheus`, with its own file: what it looks up by name stands there by address."""
        config = yaml.safe_load((DEPLOY / "compose" / "prometheus.yml").read_text())
        for job in config["scrape_configs"]:
            looked_up = job.pop("dns_sd_configs")
            names = [name for lookup in looked_up for name in lookup["names"]]
            job["static_configs"] = [{"targets": [self._processes[name].address for name in names]}]
        config["rule_files"] = [self._mounted("prometheus", path) for path in config["rule_files"]]
        file = self._home / "prometheus.yml"
        file.write_text(yaml.safe_dump(config))
        self._prometheus = Prometheus(file, self._home)
        return self._prometheus

    def close(self) -> None:
        """End all of it."""
        for process in self._processes.values():
            process.kill()
        if self._prometheus is not None:
            self._prometheus.close()
        self.kafka.kill()

    def _mounted(self, name: str, path: str) -> str:
        """Where a path inside a service's container lies outside of it."""
        for mount in self._services[name]["volumes"]:
            if Path(path).is_relative_to(mount["target"]):
                return str(Path(mount["source"]) / Path(path).relative_to(mount["target"]))
        raise AssertionError(f"nothing is mounted at {path}")


class Prometheus:
    """A Prometheus process on a configuration file."""

    def __init__(self, config: Path, home: Path) -> None:
        self._address = f"127.0.0.1:{free_port()}"
        self._log = home / "prometheus.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    executable("prometheus"),
                    f"--config.file={config}",
                    f"--storage.tsdb.path={home / 'tsdb'}",
                    f"--web.listen-address={self._address}",
                    "--enable-feature=exemplar-storage",
                ],
                stdout=log,
                stderr=log,
            )

    def value(self, query: str) -> float:
        """The sum of what a query gives; 0 where it gives nothing, or nobody answers yet."""
        found = self._asked(f"/api/v1/query?{urlencode({'query': f'sum({query})'})}")
        return float(found["result"][0]["value"][1]) if found and found["result"] else 0.0

    def rules(self) -> list[dict[str, Any]]:
        """All rules, each with its health."""
        found = self._asked("/api/v1/rules")
        return [rule for group in found["groups"] for rule in group["rules"]] if found else []

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(20)

    def _asked(self, path: str) -> dict[str, Any]:
        assert self._process.poll() is None, self._log.read_text()[-3_000:]
        try:
            with urlopen(f"http://{self._address}{path}", timeout=10) as answer:
                told: dict[str, Any] = json.load(answer)["data"]
        except OSError:  # it does not listen yet
            return {}
        return told


def _property(variable: str) -> str:
    """Kafka's name for a variable of its image: KAFKA_LOG_DIRS is log.dirs."""
    name = variable.removeprefix("KAFKA_").lower()
    return name.replace("___", "-").replace("__", "\0").replace("_", ".").replace("\0", "_")


def _replaced(value: str, others: Mapping[str, str]) -> str:
    for there, here in others.items():
        value = value.replace(there, here)
    return value
