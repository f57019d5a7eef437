"""Choosing fp32 or bf16 by measuring, without ever paying much for it."""

from __future__ import annotations

from model.encoders.precision import Precision, Step, faster_precision


def step(fp32: float, bf16: float, asked: list[Precision] | None = None) -> Step:
    seconds = {Precision.FP32: fp32, Precision.BF16: bf16}

    def work(precision: Precision) -> float:
        if asked is not None:
            asked.append(precision)
        return seconds[precision]

    return work


def test_bf16_is_chosen_where_it_is_clearly_faster() -> None:
    """The last and largest step decides."""
    assert faster_precision([step(1.0, 1.1), step(8.0, 2.0)]) is Precision.BF16


def test_fp32_stays_where_bf16_wins_by_no_more_than_noise() -> None:
    """A gain of a tenth is not worth an answer that changes from start to start."""
    assert faster_precision([step(1.0, 0.5), step(1.0, 0.9)]) is Precision.FP32


def test_a_processor_that_emulates_bf16_is_asked_nothing_large() -> None:
    """Where the small step is lost by far, the large one, hundreds of times slower, is never run."""
    asked: list[Precision] = []
    assert faster_precision([step(0.001, 0.3), step(0.1, 30.0, asked)]) is Precision.FP32
    assert asked == []


def test_nothing_measured_means_fp32() -> None:
    """The precision that works everywhere is the one to fall back on."""
    assert faster_precision([]) is Precision.FP32
