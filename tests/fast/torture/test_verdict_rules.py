"""The torture's rules about people's answers: a sound run passes, and planted violations are found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consumer.contracts.events import Answer, MatchEvent
from consumer.ports.records import Record
from model.embedded import Pictures
from tests.fast.torture.story import Story, Teller
from tests.torture.history import Rule, WriteKind


@pytest.fixture(scope="module")
def story() -> Story:
    """Answers that hold, one against the model and one with it; one that ended; one taken back."""
    teller = Teller()
    for name in ("a", "b", "c"):
        teller.lists(name, "red")
    teller.lists("d", "blue")
    teller.answers("a", "b", Answer.DIFFERENT)
    teller.answers("a", "d", Answer.SAME, ("red", "blue"))
    teller.answers("c", "d", Answer.SAME, ("red", "blue"))
    teller.answers("b", "c", Answer.DIFFERENT)
    teller.answers("b", "c", None)
    teller.lists("c", "green", revision=2)
    return teller.story()


def test_a_sound_run_with_answers_breaks_no_rule(story: Story) -> None:
    """Those that must hold are told from those that hold no more."""
    checked = story.check()
    assert checked.violations == ()
    assert checked.accounts.answers == 5
    answers = checked.truth.answers
    assert {tuple(pair): verdict.answer for pair, verdict in answers.must.items()} == {
        ("a", "b"): Answer.DIFFERENT,
        ("a", "d"): Answer.SAME,
    }
    assert {tuple(pair) for pair in answers.none} == {("b", "c"), ("c", "d")}
    assert answers.may == set()


def test_an_answer_may_be_taken_back_while_pictures_are_away() -> None:
    """Nothing was matched, so that no match is taken back for want of pictures."""
    teller = Teller()
    teller.lists("a", "red")
    teller.lists("b", "red")
    teller.answers("a", "b", Answer.DIFFERENT)
    waiting = teller.lists("b", "blue", revision=2, pictures=Pictures(pending=1))
    teller.answers("a", "b", None)
    teller.retries("b", "blue", as_of=waiting, revision=2)
    story = teller.story()
    assert story.broken() == set()
    assert story.place("a", "b", 3) > story.place("a", "b", 2)


def test_an_answer_that_may_hold_again_is_held_to_nothing(story: Story) -> None:
    """What was seen changed and came back: one batch or two decides, and both ends are right."""
    teller = Teller()
    teller.lists("a", "red")
    teller.lists("b", "red")
    teller.answers("a", "b", Answer.DIFFERENT)
    teller.lists("b", "blue", revision=2)
    teller.lists("b", "red", revision=3)
    checked = teller.story().check()
    assert checked.violations == ()
    assert len(checked.truth.answers.may) == 1


def test_an_answer_that_was_not_heeded_is_found(story: Story) -> None:
    """The event that it owed never came: against a match, and for one."""
    kept = story.edited("matches", lambda matches: matches.pop(story.place("a", "b", 2)))
    assert {Rule.VERDICT, Rule.RETRACTION} <= kept.broken()
    unsaid = story.edited("matches", lambda matches: matches.pop(story.place("a", "d", 1)))
    assert Rule.VERDICT in unsaid.broken()


def test_an_answer_that_outlives_what_was_seen_is_found(story: Story) -> None:
    """The match by an answer was not taken back when a side changed."""
    late = story.edited("matches", lambda matches: matches.pop(story.place("c", "d", 2)))
    assert Rule.VERDICT in late.broken()


def test_an_event_that_contradicts_its_answer_is_found(story: Story) -> None:
    """It is said by a person, who said the opposite; or of something else than what was shown."""

    def forged(**changes: object) -> Story:
        def forge(matches: list[Record]) -> None:
            place = story.place("a", "d", 1)
            event = MatchEvent.from_bytes(matches[place].value or b"")
            assert event.verdict is not None
            event = event.model_copy(update={"verdict": event.verdict.model_copy(update=changes)})
            matches[place] = replace(matches[place], value=event.to_bytes())

        return story.edited("matches", forge)

    assert Rule.VERDICT in forged(answer=Answer.DIFFERENT).broken()
    assert Rule.VERDICT in forged(seen_a="0" * 32).broken()


def test_an_answer_lost_or_doubled_on_its_way_is_found(story: Story) -> None:
    """The inner log has none of a pair, or not the last, or one twice."""
    verdicts = [record for record in story.reading.inner if record.header("kind") == b"verdict"]
    for lost in (verdicts[0], verdicts[-1]):
        without = story.edited("inner", lambda inner, lost=lost: inner.remove(lost))  # type: ignore[misc]
        assert Rule.ACCOUNTED in without.broken()
    twice = story.edited("inner", lambda inner: inner.append(replace(verdicts[0], offset=40)))
    assert Rule.ACCOUNTED in twice.broken()


def test_an_answer_that_nobody_gave_is_found(story: Story) -> None:
    """The inner log has it, and no person wrote it."""
    silent = tuple(write for write in story.writes if write.kind is not WriteKind.VERDICT)
    assert Rule.ACCOUNTED in replace(story, writes=silent).broken()
