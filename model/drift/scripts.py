"""Which script a text is mostly written in, told by code points alone."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter

SCRIPTS = (
    "ascii", "latin", "greek", "cyrillic", "hebrew", "arabic", "devanagari", "thai", "kana", "hangul", "han",
    "other",
)  # fmt: skip
"""`ascii` has no letters but A to Z, `latin` has some; of each other one a third of the letters is enough."""

_STARTS, _NAMES = zip(
    *(
        (0x0000, "latin"), (0x0250, "other"), (0x0370, "greek"), (0x0400, "cyrillic"), (0x0530, "other"),
        (0x0590, "hebrew"), (0x0600, "arabic"), (0x0700, "other"), (0x0750, "arabic"), (0x0780, "other"),
        (0x0900, "devanagari"), (0x0980, "other"), (0x0E00, "thai"), (0x0E80, "other"), (0x1100, "hangul"),
        (0x1200, "other"), (0x1E00, "latin"), (0x1F00, "greek"), (0x2000, "other"), (0x3040, "kana"),
        (0x3100, "other"), (0x3400, "han"), (0xA000, "other"), (0xAC00, "hangul"), (0xD800, "other"),
        (0xF900, "han"), (0xFB00, "other"), (0xFF66, "kana"), (0xFFA0, "other"), (0x20000, "han"),
    ),
    strict=True,
)  # fmt: skip
_PLACE = {name: place for place, name in enumerate(SCRIPTS)}


def script(text: str) -> int:
    """The place in `SCRIPTS` of a text's script; that of `ascii` for one without letters."""
    if text.isascii():
        return 0
    letters = [char for char in text if char.isalpha()]
    named = Counter(_NAMES[bisect_right(_STARTS, ord(char)) - 1] for char in letters if not char.isascii())
    if not named:
        return 0
    strange = {name: count for name, count in named.items() if name != "latin"}
    if 3 * sum(strange.values()) < len(letters):
        return _PLACE["latin" if "latin" in named else "ascii"]
    return _PLACE[max(strange, key=lambda name: (strange[name], name))]
