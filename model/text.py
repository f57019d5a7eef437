"""What a title says, apart from how it is written: words, numbers with units, packs, years, codes.

Everything here is a pure function of its text. Numbers are read apart from words, because two titles that
share nine words of ten and differ in "256 GB" name two products.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from model.lexicon import PHRASES, STOP_WORDS

_INVISIBLE = {"Cf", "Cc", "Cs", "Mn"}


def clean(text: str) -> str:
    """NFKC, without marks of direction, zero-width and control characters, blanks single; case is kept."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = "".join(char for char in text if unicodedata.category(char) not in {"Cf", "Cs"})
    return " ".join(text.split())


def fold(text: str) -> str:
    """`clean`, case-folded and without accents, for comparison only: "Größe" -> "grosse"."""
    text = clean(text).casefold()
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return " ".join("".join(c for c in decomposed if unicodedata.category(c) not in _INVISIBLE).split())


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in a title.

    Attributes:
        words: folded words without stop words, numbers and codes; a plural's s is cut.
        raw_words: the same without the cut, for lexicons.
        measures: (kind, value in the kind's base unit), such as ("volume", 500.0) in ml.
        pack: how many pieces, where the title says so.
        years: model years 1980-2049.
        codes: tokens that mix letters and digits, or have four digits and more, without hyphens.
        numbers: other numbers of up to three digits, versions among them: "v3.0" and "3" are one.
    """

    words: frozenset[str]
    raw_words: frozenset[str]
    measures: frozenset[tuple[str, float]]
    pack: int | None
    years: frozenset[str]
    codes: frozenset[str]
    numbers: frozenset[str]


_UNITS: dict[str, tuple[str, float]] = {
    **dict.fromkeys(("ml", "milliliter", "millilitre"), ("volume", 1.0)),
    **dict.fromkeys(("cl",), ("volume", 10.0)),
    **dict.fromkeys(("l", "ltr", "liter", "litre", "litres", "litro", "litros", "litri"), ("volume", 1000.0)),
    **dict.fromkeys(("fl oz", "floz"), ("volume", 29.5735)),
    **dict.fromkeys(("mg",), ("mass", 0.001)),
    **dict.fromkeys(("g", "gr", "gramm", "gram", "grams"), ("mass", 1.0)),
    **dict.fromkeys(("kg", "kilo", "kgs"), ("mass", 1000.0)),
    **dict.fromkeys(("oz",), ("mass", 28.3495)),
    **dict.fromkeys(("lb", "lbs"), ("mass", 453.592)),
    **dict.fromkeys(("mm",), ("length", 1.0)),
    **dict.fromkeys(("cm",), ("length", 10.0)),
    **dict.fromkeys(("m", "mtr", "meter", "metre", "metres", "metros", "metri"), ("length", 1000.0)),
    **dict.fromkeys(
        ("in", "inch", "inches", "zoll", '"', "″", "pouces", "pulgadas", "pollici"), ("length", 25.4)
    ),
    **dict.fromkeys(("ft", "feet"), ("length", 304.8)),
    **dict.fromkeys(("mb",), ("storage", 0.001)),
    **dict.fromkeys(("gb", "go"), ("storage", 1.0)),
    **dict.fromkeys(("tb", "to"), ("storage", 1000.0)),
    **dict.fromkeys(("mah",), ("charge", 1.0)),
    **dict.fromkeys(("w", "watt", "watts"), ("power", 1.0)),
    **dict.fromkeys(("kw",), ("power", 1000.0)),
    **dict.fromkeys(("v", "volt"), ("voltage", 1.0)),
    **dict.fromkeys(("hz",), ("frequency", 1.0)),
    **dict.fromkeys(("ghz",), ("frequency", 1e9)),
    **dict.fromkeys(("mp", "megapixel"), ("resolution", 1.0)),
}
_NUMBER = r"\d{1,7}(?:[.,]\d{1,4})?"
_UNIT = "|".join(sorted((re.escape(unit) for unit in _UNITS), key=len, reverse=True))
_EDGE = r"(?![a-z0-9])"
_DIMENSIONS = re.compile(
    rf"(?<![\w.])({_NUMBER})\s?[x*]\s?({_NUMBER})(?:\s?[x*]\s?({_NUMBER}))?\s?(mm|cm|m|in|inch|zoll|\"){_EDGE}"
)
_MEASURE = re.compile(rf"(?<![\w.])({_NUMBER})[\s-]?({_UNIT}){_EDGE}")
_PIECES = (
    r"(?:packs?|pk|packung|packungen|stuck|stk|pcs?|pieces?|piezas?|pezzi|pz|paar|paare|pairs?|paires?|pares|paia"
    r"|count|ct|sets?|teilig|teile|unidades|uds|buah|biji|lembar|pasang|helai)"
)
_BUNDLE = (
    r"(?:(?:multi)?packs?|pk|set|box|lot|lotto|paquete|confezione|conf|packung|satz|bundle|paket|conjunto|juego"
    r"|ensemble|coffret|boite|scatola|caja)"
)
_PACKS = (  # "864 pack de 5" is five
    re.compile(rf"(?<![\w.]){_BUNDLE}\.?\s(?:of|de|da|di|mit|von|a|isi)\s(\d{{1,3}})(?!\w|[.,]\d)"),
    re.compile(rf"(?<![\w.])(\d{{1,3}})(?:er)?[\s-]?{_PIECES}{_EDGE}"),
    re.compile(r"(?<![\w.])isi\s?:?(\d{1,3})(?!\w|[.,]\d)"),  # Indonesian: "contents"
    re.compile(
        r"(?<![\w.])(?:(?:multi)?pack|lot|lotto|confezione|conf|paket|paquete)\.?\s(\d{1,2})(?!\w|[.,]\d)(?!\s?[x*])"
    ),
    re.compile(r"(?<![\w.,])(\d{1,2})\s?x(?![a-z0-9])"),
    re.compile(r"(?<![a-z0-9])x\s?(\d{1,2})(?!\w|[.,]\d)"),
)
_PACK_WORDS = {
    count: re.compile(rf"\b(?:(?:{prefix})[\s-]?pack(?:ung)?|{_BUNDLE}\s(?:of|de|da|di)\s(?:{number}))\b")
    for count, prefix, number in (
        (2, "twin|double|duo|doppel|zweier", "two|deux|dos|due"),
        (3, "triple|tri|trio|dreier", "three|trois|tres|tre"),
        (4, "quad|vierer", "four|quatre|cuatro|quattro"),
        (5, "funfer", "five|cinq|cinco|cinque"),
        (6, "sechser", "six|seis|sei"),
        (10, "zehner", "ten|dix|diez|dieci"),
        (12, "dutzend", "twelve|douze|doce|dodici"),
    )
}
_YEAR = re.compile(r"(?<![\w.,])(19[89]\d|20[0-4]\d)(?:[/-](?:20)?\d\d)?(?!\w|[.,]\d|-\w)")
_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = re.compile("['\u2019]")
_PHRASE = re.compile(
    rf"\b({'|'.join(phrase.replace(' ', '[ -]') for phrase in sorted(PHRASES, key=len, reverse=True))})s?\b"
)
_VERSION = re.compile(r"v?(\d{1,3})(?:\.(\d{1,2}))?")
_TOKEN = re.compile(r"[^\W_]+(?:[-/.][^\W_]*\d[^\W_]*)*")


def _value(digits: str) -> float:
    whole, mark, rest = digits.replace(",", ".").partition(".")
    if mark and len(rest) == 3 and whole != "0":  # "1,000" and "1.000" are a thousand
        return float(whole + rest)
    return float(f"{whole}.{rest or 0}")


def _measure(digits: str, unit: str) -> tuple[str, float]:
    kind, factor = _UNITS[unit]
    return kind, float(f"{_value(digits) * factor:.4g}")


def _take_measures(text: str) -> tuple[str, set[tuple[str, float]]]:
    found: set[tuple[str, float]] = set()

    def dimensions(hit: re.Match[str]) -> str:
        *digits, unit = hit.groups()
        found.update(_measure(each, unit) for each in digits if each)
        return " "

    def one(hit: re.Match[str]) -> str:
        found.add(_measure(hit[1], hit[2]))
        return " "

    return _MEASURE.sub(one, _DIMENSIONS.sub(dimensions, text)), found


def _take_pack(text: str) -> tuple[str, int | None]:
    for count, pattern in _PACK_WORDS.items():
        if pattern.search(text):
            return pattern.sub(" ", text), count
    for pattern in _PACKS:
        hit = pattern.search(text)
        if hit and int(hit[1]) > 0:
            return f"{text[: hit.start()]} {text[hit.end() :]}", int(hit[1])
    return text, None


def join_phrases(folded: str) -> str:
    """Each phrase that has a meaning of its own as one word: "sac a dos" -> "backpack"."""
    return _PHRASE.sub(lambda hit: PHRASES[hit[1].replace("-", " ")], folded)


def stem(word: str) -> str:
    """Without a plural's s."""
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


def read(title: str) -> Reading:
    """Take a title apart."""
    text, measures = _take_measures(join_phrases(fold(title)))
    text, pack = _take_pack(text)
    years = frozenset(_YEAR.findall(text))
    if years:
        text = _YEAR.sub(" ", text)
    words: set[str] = set()
    codes: set[str] = set()
    numbers: set[str] = set()
    for token in _TOKEN.findall(text):
        if token.isalpha():
            if len(token) > 1 and token not in STOP_WORDS:
                words.add(token)
            continue
        plain = re.sub(r"[-/.]", "", token)
        version = _VERSION.fullmatch(token)
        if version:
            part = (version[2] or "").rstrip("0")
            numbers.add(str(int(version[1])) + (f".{part}" if part else ""))
        elif plain.isdigit() and len(plain) < 4:
            numbers.add(plain.lstrip("0") or "0")
        elif len(plain) > 2 or not plain.isdigit():
            codes.add(plain)
    return Reading(
        frozenset(map(stem, words)),
        frozenset(words),
        frozenset(measures),
        pack,
        years,
        frozenset(codes),
        frozenset(numbers),
    )


_LEGAL_FORMS = frozenset(
    _WORD.findall("gmbh ag kg inc llc ltd co corp sa srl spa sarl bv ab oy plc company official store")
)


def fold_brand(brand: str) -> str:
    """A brand without case, accents, punctuation and legal forms: "Müller GmbH & Co." -> "muller"."""
    tokens = _WORD.findall(_APOSTROPHES.sub("", fold(brand)))
    kept = [token for token in tokens if token not in _LEGAL_FORMS]
    return " ".join(kept or tokens)


@lru_cache(maxsize=8192)
def likeness(first: str, second: str) -> float:
    """Ratcliff-Obershelp similarity in [0, 1] of two folded names; blanks do not count; symmetric."""
    first, second = sorted((first.replace(" ", ""), second.replace(" ", "")))
    if first == second:
        return 1.0
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    return 0.0 if matcher.real_quick_ratio() < 0.5 else matcher.ratio()
