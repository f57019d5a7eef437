"""When an alarm is said."""

from __future__ import annotations

from collections.abc import Mapping

from model.drift.chance import CALM
from model.drift.standing import Standing
from model.drift.stream import Judged
from model.drift.window import Score


def window(value: float, unlike: Mapping[str, float] | None = None) -> list[Judged]:
    return [Judged(Score("no_brand", value, 2.0, 0.1, 500), (), unlike or {}, 3.0)]


def said(
    standing: Standing, value: float, unlike: Mapping[str, float] | None = None
) -> list[tuple[str, ...]]:
    return [(one.state, one.level, one.seller or "") for one in standing.news(window(value, unlike))]


def test_an_alarm_is_said_when_it_is_raised_and_when_it_has_long_been_calm() -> None:
    """And not in between, however it sways."""
    standing = Standing()
    assert said(standing, 1.9) == []
    assert said(standing, 2.1) == [("raised", "alarm", "")]
    assert [said(standing, value) for value in (2.5, 1.7, 1.5, 2.2)] == [[]] * 4
    assert [said(standing, 1.5) for _ in range(CALM - 1)] == [[]] * (CALM - 1)
    assert said(standing, 1.5) == [("cleared", "alarm", "")]
    assert said(standing, 2.1) == [("raised", "alarm", "")]


def test_a_seller_unlike_the_others_is_information() -> None:
    """Of the three that are most so, and of no alarm."""
    standing, unlike = Standing(), {"a": 3.5, "b": 5.0, "c": 4.0, "d": 4.5, "e": 2.9}
    assert said(standing, 1.0, unlike) == [("raised", "information", seller) for seller in "bdc"]
    assert said(standing, 1.0, unlike) == []
    assert [said(standing, 1.0, {"b": 5.0}) for _ in range(CALM - 1)] == [[]] * (CALM - 1)
    gone = [("cleared", "information", "c"), ("cleared", "information", "d")]
    assert said(standing, 1.0, {"b": 5.0}) == gone


def test_where_all_have_moved_no_single_seller_is_news() -> None:
    """The alarm says it."""
    standing = Standing()
    assert said(standing, 2.5, {"a": 9.0}) == [("raised", "alarm", "")]
    assert said(standing, 2.5, {"a": 9.0, "b": 9.0}) == []
