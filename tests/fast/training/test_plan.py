"""The plan of a training run."""

from __future__ import annotations

import pytest

from model.training.plan import Plan


def test_the_parts_of_a_plan_are_all_of_the_products() -> None:
    """What is not kept back, validated or calibrated on is what the layer learns from."""
    shares = Plan(holdout=0.25, validation=0.05, calibration=0.3).shares
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["fit"] == pytest.approx(0.4)


@pytest.mark.parametrize(
    "wrong",
    [{"holdout": 0.7}, {"calibration": 0.0}, {"precision_target": 1.0}, {"copies": -1}, {"holdout": 1.5}],
)
def test_a_plan_that_leaves_nothing_or_wants_the_impossible_is_refused(wrong: dict[str, float]) -> None:
    """Before an hour of encoding, not after."""
    with pytest.raises(ValueError, match=r"leave nothing|wanted"):
        Plan(**wrong)  # type: ignore[arg-type]  # mypy knows no spread of options
