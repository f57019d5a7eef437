"""How often Python looks for garbage while the roles work."""

from __future__ import annotations

import gc
from contextlib import suppress

from consumer.app import rarely_collecting


def test_garbage_is_looked_for_less_often_until_the_roles_have_left() -> None:
    """However they end, the process is left as it was found."""
    before = gc.get_threshold()
    with suppress(KeyError), rarely_collecting():
        meanwhile = gc.get_threshold()
        raise KeyError
    assert meanwhile > before
    assert gc.get_threshold() == before
    assert gc.isenabled()
