"""The picture server in trouble, while prices change and new pictures come."""

from __future__ import annotations

from dataclasses import dataclass

from tests.integration.stream.waiting import eventually
from tests.torture.arena import Arena
from tests.torture.faults.fault import Fault
from tests.torture.pictures import Mood


@dataclass(slots=True, eq=False)
class PicturesFail(Fault):
    """It is in a mood for a while; listings go on without their pictures, and get them later."""

    mood: Mood = Mood.AWAY
    lasts_s: float = 4.0

    def inject(self, arena: Arena) -> bool:
        before = arena.pictures.asked[self.mood]
        arena.pictures.mood = self.mood
        for _ in range(10):
            arena.market.do(arena.market.new_price)
            arena.market.do(arena.market.is_overtaken_while_pictures_are_fetched)
        arena.pause(self.lasts_s)
        try:
            eventually(lambda: arena.pictures.asked[self.mood] > before, "it is asked", deadline_s=20)
        except AssertionError:
            return False
        return True

    def heal(self, arena: Arena) -> None:
        """It answers as it should."""
        arena.pictures.mood = Mood.FINE


def pictures() -> list[Fault]:
    """Every mood for a while; away for many retries, and for ten minutes."""
    moods = (Mood.SLOW, Mood.HANGING, Mood.ENDLESS, Mood.AWAY)
    brief: list[Fault] = [PicturesFail(f"picture server {mood}", 9, mood=mood) for mood in moods]
    retried = PicturesFail("picture server away through many retries", 50, mood=Mood.AWAY, lasts_s=35)
    return [*brief, retried, PicturesFail("picture server away for ten minutes", 620, long=True, lasts_s=600)]
