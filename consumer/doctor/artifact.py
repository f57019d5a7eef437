"""The artifact: whole, deciding soundly, and (asked for) its encoders running here."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from pathlib import Path

from consumer.doctor.finding import Finder, Finding
from model.artifact.self_test import verify

_CPU = Path("/proc/cpuinfo")
_FAST = ("avx512_bf16", "amx_bf16")


def judge_artifact(find: Finder, folder: Path | None, *, full: bool) -> Iterator[Finding]:
    """What `skutwin artifact verify` finds; `full` loads the encoders and embeds two drawn pictures."""
    mend = "copy the folder again, or unset SKUTWIN_ARTIFACT for the one that comes with skutwin"
    for check in verify(folder, full=full):
        said = f"{check.name}: {check.detail}"
        yield find.ok(said) if check.passed else find.fail(said, mend)


def judge_precision(find: Finder, cpuinfo: Path = _CPU) -> Iterator[Finding]:
    """What the encoders will compute in; they measure it at each start, this looks at the processor alone."""
    if not cpuinfo.exists():
        yield find.ok(f"not known of this {platform.machine()} before the encoders have measured it: --full")
        return
    lines = (line.partition(":") for line in cpuinfo.read_text(errors="replace").splitlines())
    flags = {
        flag for name, _, value in lines if name.strip() in {"flags", "Features"} for flag in value.split()
    }
    fast = [flag for flag in _FAST if flag in flags]
    if fast:
        yield find.ok(
            f"this processor has {', '.join(fast)}: encoders run in bf16 where that measures faster"
        )
    else:
        yield find.ok("this processor has no bf16 arithmetic: encoders run in fp32, several times slower")
