"""fp32 or bf16: whichever this processor runs faster.

On a processor with AVX512-BF16 or AMX, bf16 is several times faster; on one without, hundreds of times
slower. So the work that is measured grows step by step, and a step that bf16 loses badly is the last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

_WORTH_IT = 1.2  # bf16 must be this much faster, else a measurement's noise would choose
_HOPELESS = 8.0  # and is not asked again once it was this much slower; emulation costs far more


class Precision(StrEnum):
    """What an encoder computes in."""

    FP32 = "fp32"
    BF16 = "bf16"


Step = Callable[[Precision], float]
"""Does a piece of work in this precision and says how many seconds it took."""


def faster_precision(steps: Sequence[Step]) -> Precision:
    """The precision that wins the last step, unless bf16 lost an earlier, smaller one beyond hope."""
    chosen = Precision.FP32
    for step in steps:
        plain, short = step(Precision.FP32), step(Precision.BF16)
        if short > _HOPELESS * plain:
            return Precision.FP32
        chosen = Precision.BF16 if short * _WORTH_IT < plain else Precision.FP32
    return chosen
