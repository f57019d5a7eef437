"""What fuzzing begins from and what it found, held to the same properties without it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from consumer.contracts.events import MatchEvent
from consumer.contracts.reviews import ReviewTask
from consumer.embed.items import Bad, Decoder, Item
from tests.fuzz import fuzz_contract, fuzz_picture

CORPUS = Path(__file__).parents[2] / "fuzz" / "corpus"
CHECKS: dict[str, Callable[[bytes], None]] = {
    "contract": fuzz_contract.check,
    "picture": fuzz_picture.check,
}
FOUND = sorted(path for target in CHECKS for path in (CORPUS / target).glob("*"))


@pytest.mark.parametrize("case", FOUND, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_what_was_found_stays_mended(case: Path) -> None:
    """Each kept case gets its defined answer."""
    CHECKS[case.parent.name](case.read_bytes())


@pytest.mark.parametrize("seed", fuzz_contract.honest(), ids=lambda seed: f"{seed[0]}")
def test_fuzzing_begins_from_honest_values(seed: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """They pass the property, and none of them as a refusal, so that mutations start behind validation."""
    answers: list[Item] = []
    decode = Decoder.decode

    def noted(decoder: Decoder, record: object) -> Item:
        answers.append(decode(decoder, record))  # type: ignore[arg-type]
        return answers[-1]

    monkeypatch.setattr(Decoder, "decode", noted)
    fuzz_contract.check(seed)
    assert not any(isinstance(answer, Bad) for answer in answers)


def test_honest_events_and_tasks_are_read() -> None:
    """The last two are an event and a task."""
    event, task = (seed[1:] for seed in fuzz_contract.honest()[-2:])
    assert MatchEvent.from_bytes(event).pair == ReviewTask.from_bytes(task).pair == fuzz_contract.PAIR
