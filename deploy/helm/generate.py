"""Brings into the chart what is told elsewhere: the settings' names, and the mixin's rules and dashboards.

A chart can read no file outside of its own folder. `make chart` writes them anew; a test fails when they
are stale.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from consumer.settings.describe import is_secret
from consumer.settings.settings import Settings

HELM = Path(__file__).resolve().parent
CHART = HELM / "skutwin"
MIXIN = HELM.parent / "mixin"
OF_THE_CHART = frozenset(
    {"instance", "ops_host", "ops_port", "serve_host", "serve_port", "cache_dir", "artifact"}
)
"""Settings that the templates set themselves."""


def setting_schemas() -> dict[str, Any]:
    """What may stand under `settings`, as JSON Schema by name; secrets may not, they come by reference."""
    told = Settings.model_json_schema()["properties"]
    schemas: dict[str, Any] = {}
    for name in sorted(Settings.model_fields):
        if name in OF_THE_CHART or (is_secret(name) and name != "kafka"):
            continue
        schemas[name] = {"description": told[name]["description"]}
        if name == "kafka":
            schemas[name] |= {"$ref": "#/$defs/librdkafka"}
    return schemas


def generate(chart: Path, mixin: Path = MIXIN) -> None:
    """Write values.schema.json's settings and the copies under `files/`."""
    path = chart / "values.schema.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    schema["$defs"]["settings"]["properties"] = setting_schemas()
    path.write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for kind, pattern in (("rules", "*.yaml"), ("dashboards", "*.json")):
        target = chart / "files" / kind
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for file in sorted((mixin / kind).glob(pattern)):
            shutil.copyfile(file, target / file.name)


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else CHART)
