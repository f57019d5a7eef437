"""A recipe is checked where it is written down."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
from pydantic import JsonValue, TypeAdapter

from model.training.recipe import Recipe


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"temperature": 0.0}, "temperature is 0; it must be between 0.02 and 10"),
        ({"temperature": float("nan")}, "temperature is nan"),
        ({"dimension": 1}, "dimension is 1; it must be at least 2"),
        ({"epochs": 0}, "epochs is 0"),
        ({"batch": 3}, "batch is 3; it must be at least 4"),
        ({"rate": -1e-3}, "rate is -0.001"),
        ({"decay": float("inf")}, "decay is inf"),
        ({"drop_modality": 0.6}, "drop_modality is 0.6; it must be between 0 and 0.5"),
        ({"drop_feature": 1.0}, "drop_feature is 1"),
        ({"mined": -1}, "mined is -1"),
        ({"tile": 0}, "tile is 0"),
        ({"layer": "transformer"}, "layer is 'transformer'; give one of ('linear', 'mlp')"),
        ({"pooling": "median"}, "pooling is 'median'"),
        ({"precision": "fp8"}, "precision is 'fp8'"),
        ({"image": False, "text": False, "numbers": False}, "nothing to learn from"),
    ],
)
def test_a_number_that_makes_no_sense_is_refused_with_what_would(wrong: dict[str, Any], message: str) -> None:
    """The message names the field, its value and its bounds."""
    with pytest.raises(ValueError) as refused:  # noqa: PT011 (the message is compared below, with its brackets)
        Recipe(**wrong)
    assert message in str(refused.value)


def test_only_what_the_stream_computes_counts_as_served() -> None:
    """A hidden layer or another pooling is for measuring."""
    assert Recipe().served
    assert not Recipe(layer="mlp").served
    assert not Recipe(pooling="max").served


def test_a_recipe_can_be_written_into_an_artifact() -> None:
    """All of it is plain JSON."""
    written = asdict(Recipe())
    assert TypeAdapter(JsonValue).validate_python(written) == written
