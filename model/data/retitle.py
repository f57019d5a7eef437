"""A title as another seller would write it, with everything in it that tells the product from a variant."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from model.data.seller_words import COLOURS, LANGUAGES, NOISE, SHORT, TABLES, VARIANT_WORDS
from model.lexicon import COLOURS as COLOUR_OF
from model.lexicon import STOP_WORDS
from model.text import Reading, fold, fold_brand, read

_UNIT = "ml cl ltr l mg kg g oz lb lbs mm cm gb tb mb mah watt watts w inch hz mp".replace(" ", "|")
_MEASURE = rf"\d+(?:[.,]\d+)?[ -]?(?:{_UNIT}|\"|\u2033)(?![A-Za-z0-9])"
_PIECES = r"(?:pack|set|box|lot) of \d+|\d+[ -]?(?:pack|pcs|pieces|pairs?|sheets)\b"
_PHRASE = re.compile(rf"{_PIECES}|\d+ ?x ?{_MEASURE}|{_MEASURE}|\S+", re.IGNORECASE)
_SEGMENT = re.compile(r"\s*(?:[|;()\[\]]|,(?=\s))\s*|\s+[-\u2013\u2014:]+\s+")
_SPELLED = re.compile(rf"({_MEASURE})", re.IGNORECASE)
_NUMBER_AND_UNIT = re.compile(r"(\d+(?:[.,]\d+)?)([ -]?)([A-Za-z]+|\"|\u2033)")
_ATTEMPTS = 6

_MEANING = {
    fold(word).replace("-", ""): (table, meaning)
    for table in TABLES
    for meaning, spellings in table.items()
    for word in spellings[0]
}


@dataclass(frozen=True, slots=True)
class TitleHabits:
    """How often, as probabilities, a title is changed in each way.

    Attributes:
        drop: of each word that may go.
        drop_segment: of each part behind a comma, a dash or in brackets.
        brand_out: the brand is left out of a title that has it; `brand_in` puts it before one that has not.
        colour_out: colours are left out, where the caller allows it.
        translate: the seller writes another language.
        synonym: of each word that has one.
        respell: of each measure.
        shorten: of each word that has a short form.
        reorder, noise, typo, case: of the title.
    """

    drop: float = 0.18
    drop_segment: float = 0.25
    brand_out: float = 0.3
    brand_in: float = 0.35
    colour_out: float = 0.4
    translate: float = 0.15
    synonym: float = 0.3
    respell: float = 0.6
    shorten: float = 0.3
    reorder: float = 0.45
    noise: float = 0.25
    typo: float = 0.12
    case: float = 0.3


@dataclass(frozen=True, slots=True)
class Known:
    """What a seller knows who rewrites a title.

    Attributes:
        brand: None if unknown.
        keep: folded words that must stay.
        dropping: how readily a folded word is left out: 0 never, 1 as often as any.
        colour_may_go: whether the colour is told elsewhere.
    """

    brand: str | None
    keep: frozenset[str]
    dropping: Callable[[str], float]
    colour_may_go: bool


def retitle(title: str, known: Known, habits: TitleHabits, rng: Random) -> tuple[str, str]:
    """The title anew, and the language that its seller writes.

    Measures, packs, years, codes and other numbers read the same afterwards (`model.text.read`), `known.keep`
    is still there, and so is every colour unless it may go; a draw that fails this is drawn again, and at
    last only letters' case is changed.
    """
    title = html.unescape(title)
    language = rng.choice(LANGUAGES[1:]) if rng.random() < habits.translate else LANGUAGES[0]
    before = read(title)
    for _ in range(_ATTEMPTS):
        written = " ".join(_Draft(title, known, habits, rng, language).written().split())
        if written and _says_the_same(before, read(written), known):
            return written, language
    return _cased(title, rng), language


def _says_the_same(before: Reading, after: Reading, known: Known) -> bool:
    same = all(
        getattr(before, said) == getattr(after, said)
        for said in ("measures", "pack", "years", "codes", "numbers")
    )
    colours = {COLOUR_OF[word] for word in before.raw_words if word in COLOUR_OF}
    still = {COLOUR_OF[word] for word in after.raw_words if word in COLOUR_OF}
    return same and bool(after.words) and still <= colours and (known.colour_may_go or colours <= still)


class _Draft:
    """One attempt: segments of tokens, changed step by step."""

    def __init__(self, title: str, known: Known, habits: TitleHabits, rng: Random, language: str) -> None:
        self._known, self._habits, self._rng = known, habits, rng
        self._language = LANGUAGES.index(language)
        parts = (_PHRASE.findall(part) for part in _SEGMENT.split(title))
        self._segments = [part for part in parts if part]
        self._brand = fold_brand(known.brand).split() if known.brand else []

    def written(self) -> str:
        self._segments = [self._renamed(segment) for segment in self._segments]
        self._drop()
        self._move_brand()
        if self._rng.random() < self._habits.reorder:
            self._reorder()
        self._segments = [segment for segment in self._segments if segment]
        if self._rng.random() < self._habits.typo:
            self._misspell()
        title = self._joined()
        if self._rng.random() < self._habits.noise:
            noise = self._rng.choice(NOISE[self._language])
            title = f"{title} {noise}" if noise[0] == "|" or self._rng.random() < 0.6 else f"{noise} {title}"
        return _cased(title, self._rng) if self._rng.random() < self._habits.case else title

    def _renamed(self, segment: list[str]) -> list[str]:
        """Translated, shortened, measures respelled; each word in its place."""
        meanings = [_MEANING.get(_bare(token).replace("-", "")) for token in segment]
        renamed = []
        for place, token in enumerate(segment):
            found = meanings[place]
            beside = meanings[max(0, place - 1) : place] + meanings[place + 1 : place + 2]
            if found is not None and not any(near and near[0] is found[0] for near in beside):
                renamed.append(self._said(token, found[0][found[1]]))
            elif self._may_shorten(token) and self._rng.random() < self._habits.shorten:
                renamed.append(_like(token, self._rng.choice(SHORT[_bare(token)])))
            elif _SPELLED.fullmatch(token) and self._rng.random() < self._habits.respell:
                renamed.append(respelled(token, self._rng))
            else:
                renamed.append(token)
        return renamed

    def _may_shorten(self, token: str) -> bool:
        return _bare(token) in SHORT and _bare(token) not in self._known.keep

    def _said(self, token: str, spellings: tuple[tuple[str, ...], ...]) -> str:
        if self._language or self._rng.random() < self._habits.synonym:
            return _like(token, self._rng.choice(spellings[self._language]))
        return token

    def _drop(self) -> None:
        colours_go = self._known.colour_may_go and self._rng.random() < self._habits.colour_out
        left = sum(map(len, self._segments))
        kept_segments: list[list[str]] = []
        for place, segment in enumerate(self._segments):
            shares = [self._dropped(token, colours_go=colours_go) for token in segment]
            if place and all(shares) and self._rng.random() < self._habits.drop_segment:
                left -= len(segment)
                continue
            kept = []
            for token, share in zip(segment, shares, strict=True):
                gone = left > 2 and self._rng.random() < share
                left -= gone
                if not gone:
                    kept.append(token)
            kept_segments.append(kept)
        self._segments = kept_segments

    def _dropped(self, token: str, *, colours_go: bool) -> float:
        """The probability that a token is left out."""
        word = _bare(token)
        if _is_colour(token):
            return 0.9 if colours_go else 0.0
        fixed = any(char.isdigit() for char in token) or word in self._known.keep or word in VARIANT_WORDS
        return 0.0 if fixed or word in self._brand else self._habits.drop * self._known.dropping(word)

    def _move_brand(self) -> None:
        if not self._brand or any(char.isdigit() for char in "".join(self._brand)):
            return
        size = len(self._brand)
        for segment in self._segments:
            for start in range(len(segment) - size + 1):
                if fold_brand(" ".join(segment[start : start + size])).split() == self._brand:
                    rest = sum(map(len, self._segments)) - size
                    if rest >= 2 and self._rng.random() < self._habits.brand_out:
                        del segment[start : start + size]
                    return
        if self._segments and self._known.brand and self._rng.random() < self._habits.brand_in:
            self._segments[0].insert(0, self._known.brand)

    def _reorder(self) -> None:
        """The last words come first, two change places, or the parts do; a number stays behind its word."""
        if len(self._segments) > 1 and self._rng.random() < 0.6:
            rest = self._segments[1:]
            self._rng.shuffle(rest)
            self._segments[1:] = rest
            return
        units = _units(self._segments[0]) if self._segments else []
        if len(units) < 3:
            return
        way = self._rng.random()
        if way < 0.4:  # "Hoodie Luma Chaz"
            units.insert(0, units.pop())
        elif way < 0.7:  # "Chaz Hoodie Luma"
            units.append(units.pop(0))
        else:
            place = self._rng.randrange(len(units) - 1)
            units[place], units[place + 1] = units[place + 1], units[place]
        self._segments[0] = [token for unit in units for token in unit]

    def _misspell(self) -> None:
        """Two letters of one long word change places, or one is left out or doubled."""
        fixed = self._known.keep | VARIANT_WORDS
        free = [
            (segment, place)
            for segment in self._segments
            for place, token in enumerate(segment)
            if token.isalpha() and len(token) > 4 and not _is_colour(token) and _bare(token) not in fixed
        ]
        if not free:
            return
        segment, place = self._rng.choice(free)
        word = segment[place]
        at = self._rng.randrange(1, len(word) - 2)
        segment[place] = self._rng.choice(
            (
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
                word[:at] + word[at + 1 :],
                word[:at] + word[at] + word[at:],
            )
        )

    def _joined(self) -> str:
        mark = self._rng.choice((" ", " ", " - ", ", ", " | "))
        parts = [" ".join(segment).strip(" -&/+") for segment in self._segments]
        parts = [part for part in parts if part]
        if len(parts) > 1 and self._rng.random() < 0.25:
            return f"{mark.join(parts[:-1])} ({parts[-1]})"
        return mark.join(parts)


def _units(tokens: list[str]) -> list[list[str]]:
    """Tokens that stay together: a number, a short code or a variant's word with the word before it."""
    units: list[list[str]] = []
    for token in tokens:
        clings = any(char.isdigit() for char in token) or _bare(token) in VARIANT_WORDS or not _bare(token)
        joins = bool(units) and (not _bare(units[-1][-1]) or _bare(units[-1][-1]) in STOP_WORDS)
        if units and (clings or joins):
            units[-1].append(token)
        else:
            units.append([token])
    return units


@lru_cache(maxsize=16_384)
def _bare(token: str) -> str:
    return fold(token).strip("\"'()[]{}.,;:!?|-+*/&\u2013\u2014\u2026")


@lru_cache(maxsize=16_384)
def _is_colour(token: str) -> bool:
    words = re.split(r"[/&+-]", _bare(token))
    return any(word in COLOUR_OF for word in words)


def _like(token: str, word: str) -> str:
    """`word` in `token`'s case."""
    if token.isupper() and len(token) > 1:
        return word.upper()
    return word.lower() if token.islower() else word


def _cased(title: str, rng: Random) -> str:
    return rng.choice((title.lower(), title.upper(), title.title() if title.islower() else title.lower()))


def respelled(measure: str, rng: Random) -> str:
    """The same value written otherwise: "500 ml" as "0.5l", "256GB" as "256 GB"."""
    hit = _NUMBER_AND_UNIT.fullmatch(measure)
    if hit is None:
        return measure
    digits, unit = hit[1].replace(",", "."), hit[3]
    thousandth = {"ml": "l", "g": "kg"}.get(unit.lower())
    thousandfold = {"l": "ml", "kg": "g"}.get(unit.lower())
    value = float(digits)
    if thousandth and value >= 100 and value % 50 == 0 and rng.random() < 0.4:
        digits, unit = f"{value / 1000:g}", thousandth
    elif thousandfold and value < 10 and (value * 1000).is_integer() and rng.random() < 0.4:
        digits, unit = f"{value * 1000:g}", thousandfold
    if unit in {'"', "\u2033"} or unit.lower() == "inch":
        return rng.choice((f'{digits}"', f"{digits} inch", f"{digits}-inch", f"{digits} Inch"))
    if "." in digits and rng.random() < 0.2:
        digits = digits.replace(".", ",")
    return f"{digits}{rng.choice(('', ' '))}{rng.choice((unit, unit, unit.lower()))}"


def renamed_colour(colour: str, language: str, rng: Random) -> str:
    """A colour field in the seller's language, where it is one known word; otherwise in another case."""
    found = _MEANING.get(_bare(colour))
    if found is not None and found[0] is COLOURS:
        colour = rng.choice(COLOURS[found[1]][LANGUAGES.index(language)])
    return rng.choice((colour, colour, colour.lower(), colour.upper() if len(colour) < 8 else colour))
