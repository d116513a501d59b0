"""What a part of a title is by itself: a numbered season, part or episode, or one without number.

Parts are compared folded: without case, accents and invisible signs, digits and signs in their
plain form.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from itertools import groupby
from operator import itemgetter

from netflix_pipeline.title_texts.words import LANGUAGES, Language

LONGEST = 60
"""Characters of the longest part that can be a mark."""
LONGEST_NUMERAL = 3
"""Words of the longest number: `treinta y uno`."""
REMEMBERED = 1 << 14
"""Parts whose reading is kept: seasons repeat, names of episodes do not."""


class DivisionKind(StrEnum):
    """What a numbered word numbers."""

    SEASON = "season"
    PART = "part"
    EPISODE = "episode"


@dataclass(frozen=True)
class TitleMark:
    """A numbered season, part or episode. `division`: a part of that season, `digits`: as 1, 2."""

    kind: DivisionKind
    number: int
    division: int | None = None
    digits: bool = True


def folded(text: str) -> str:
    """The text without case, accents and invisible signs."""
    if text.isascii():
        return " ".join(text.casefold().split())
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
    kept = "".join(
        sign
        for sign in plain
        if not unicodedata.combining(sign) and unicodedata.category(sign) not in _INVISIBLE
    )
    return " ".join(unicodedata.normalize("NFC", kept).split())


_INVISIBLE = ("Cf", "Cc")
_PLAIN = str.maketrans({"æ": "ae", "ø": "o", "ł": "l", "ı": "i", "đ": "d", "ـ": None, "’": "'"})
_ROMAN = re.compile(r"(x?)(ix|iv|v?i{0,3})")
"""Up to 19: `xx` is a name."""
_ONES = {"": 0, "i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9}
_CHINESE = {sign: value for value, sign in enumerate("〇一二三四五六七八九")} | {"两": 2, "零": 0}
_LETTERS = {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "а": 1, "б": 2, "в": 3, "г": 4}
"""Letters of parts: Latin, Cyrillic."""


def _words(*fields: str) -> list[str]:
    """All languages' words of these fields, folded, the longest first."""
    words = {
        folded(word) for each in LANGUAGES for field in fields for word in getattr(each, field)
    }
    return sorted(words, key=lambda word: (-len(word), word))


def _numerals(language: Language) -> dict[str, int]:
    numerals = {word: value for value, words in enumerate(language.numbers, 1) for word in words}
    for ten, forms in enumerate(language.tens, 2):
        for form in forms:
            if "#" not in form:
                numerals[form] = 10 * ten
                continue
            for one, words in enumerate(language.numbers[:9], 1):
                numerals |= {form.replace("#", word): 10 * ten + one for word in words}
    return {folded(word): value for word, value in numerals.items()}


def _any_of(words: Iterable[str]) -> str:
    """A pattern of one of the words, the longest first, by their first letter: so few are tried."""
    ordered = sorted(words, key=lambda word: (word[0], -len(word)))
    return "|".join(
        f"{re.escape(letter)}(?:{'|'.join(re.escape(word[1:]) for word in alike)})"
        for letter, alike in groupby(ordered, key=itemgetter(0))
    )


def _word_of(words: Iterable[str]) -> str:
    """A pattern of one of the words: apart from others, or within a text without blanks."""
    apart = _any_of(word for word in words if word < WITHOUT_BLANKS)
    within = _any_of(word for word in words if word > WITHOUT_BLANKS)
    return rf"(?:(?<![^\W_])(?:{apart})(?![^\W_])|(?:{within}))"


WITHOUT_BLANKS = "\u0e00"
"""From Thai on, scripts write words without blanks between them."""


def _numbers() -> dict[str, dict[int, set[str]]]:
    numbers: dict[str, dict[int, set[str]]] = defaultdict(dict)
    for each in LANGUAGES:
        numbered = set(map(folded, (*each.season, *each.part, *each.episode)))
        for word, value in _numerals(each).items():
            numbers[word][value] = numbers[word].get(value, set()) | numbered
    return numbers


_COUNTED = "\ue000"
"""Stands before the digits of a number that was spelled."""
_DIGITS = r"\d{1,4}"
_SIGNS = r"[〇零一二两三四五六七八九十]{1,4}"
_WRITTEN = rf"{_COUNTED}{_DIGITS}"
# An l stands for an I: Netflix writes `Part ll`.
_LETTERED = r"(?:[ivxl]{1,6}|[a-eабвг])"
_OF_ALL = rf"(?:\s*(?:/|of|de|von|di|z|sur|из|з|van|av|af)\s*{_DIGITS})?"


def _numbered(words: list[str]) -> str:
    """A pattern of one of the words with a number before or behind it."""
    word = "(?:" + "|".join(map(re.escape, words)) + ")"
    no = r"(?:n(?:r|um)?)?[.#:°o]{0,2}"
    behind = rf"{word}\.?\s*{no}\s*(?:{_DIGITS}|{_SIGNS})\s*{word}?\.?{_OF_ALL}"
    # Scripts without blanks have none before a number either: `ภาคสอง`.
    spelled = rf"{word}\.?(?:\s*{_WRITTEN}|\s+{_LETTERED})"
    # `2nd`, `2-й`, `2'nci`
    nth = rf"{_DIGITS}[.°]?(?:[-']?[^\W\d_]{{1,4}}(?=[\s.]|[\u0e00-\U0010ffff]))?"
    ordinal = rf"[第제]?\s*(?:{nth}|{_SIGNS})[.°]?\s*{word}\.?"
    # `Second Season`, `II. Cilt`
    spelled_before = rf"(?:{_WRITTEN}|{_LETTERED})[.°]?\s+{word}"
    return rf"(?:{behind}|{spelled}|{ordinal}|{spelled_before})"


_BARE = re.compile(rf"{_DIGITS}|{_SIGNS}|{_WRITTEN}|{_LETTERED}")
_BEFORE_NUMBER = re.compile(r"(?<=.)[\s,–—-]+(?=.)")
SERIES_TOO = frozenset(map(folded, ("series", "serie", "seria", "sorozat", "シリーズ")))
"""Words for a season that also name a series, as `The Animated Series` does."""
_NO_ARC = re.compile(
    r"(?:^(?:(?:the|la|le|el|il|die|a|o) )?|\b(?:of|de) |\bd')[a-z]+$|^(?:an?|une?|uma?|eine?) "
)
"""What ends so and is no arc: `Joan of Arc`, `Jeanne d'Arc`, `The Saga`, `An American Saga`."""


class _Patterns:
    """What the words of all languages make up; each made when a title is first looked at for it.

    That takes a fifth of a second together, and most processes read no title.
    """

    @cached_property
    def numerals(self) -> dict[str, dict[int, set[str]]]:
        """By spelled number what it can be, with the numbered words of the languages of that."""
        return _numbers()

    @cached_property
    def spelled_number(self) -> re.Pattern[str]:
        return re.compile(_word_of(self.numerals))

    @cached_property
    def nth(self) -> re.Pattern[str]:
        """An ordinal in digits or as a roman number, with what the language writes around it."""
        forms = [
            form.replace("#", r"(\d{1,4}|[ivxl]{1,6})") for each in LANGUAGES for form in each.nth
        ]
        return re.compile(rf"(?<![^\W_])(?:{'|'.join(forms)})(?![^\W_])")

    @cached_property
    def numbered(self) -> dict[DivisionKind, str]:
        return {kind: _numbered(_words(kind.value)) for kind in DivisionKind}

    @cached_property
    def whole(self) -> dict[DivisionKind, re.Pattern[str]]:
        return {kind: re.compile(pattern) for kind, pattern in self.numbered.items()}

    @cached_property
    def divided(self) -> tuple[re.Pattern[str], re.Pattern[str]]:
        """A season and a part of it, in full or with a letter."""
        season = rf"(?P<season>{self.numbered[DivisionKind.SEASON]})"
        part = rf"(?P<part>{self.numbered[DivisionKind.PART]})"
        return (
            re.compile(rf"{season}[\s,;./()–—-]*{part}\)?"),
            re.compile(rf"{season}[ .-]?(?P<part>[a-e])"),
        )

    @cached_property
    def led(self) -> re.Pattern[str]:
        return re.compile(rf"(?P<mark>{self.numbered[DivisionKind.EPISODE]})\s*[-–—.,|/]\s+\S")

    @cached_property
    def names(self) -> dict[str, frozenset[str]]:
        return {field: frozenset(_words(field)) for field in ("limited", "special", "season")}

    @cached_property
    def season(self) -> re.Pattern[str]:
        words = [word for word in _words("season") if word not in SERIES_TOO and word[1:]]
        return re.compile(rf"^{_word_of(words)}|{_word_of(words)}$")

    @cached_property
    def film(self) -> re.Pattern[str]:
        return re.compile(_word_of(_words("film")))

    @cached_property
    def arc(self) -> re.Pattern[str]:
        return re.compile(rf"{_word_of(_words('arc'))}$")


_OF_ALL_LANGUAGES = _Patterns()


def mark_of(text: str, *kinds: DivisionKind) -> TitleMark | None:
    """What a part of a title numbers, where it is nothing else, in the order of the kinds."""
    return None if len(text) > LONGEST else _mark_of(text, kinds)


@lru_cache(REMEMBERED)
def _mark_of(text: str, kinds: tuple[DivisionKind, ...]) -> TitleMark | None:
    plain = _in_digits(folded(text))
    for kind in kinds:
        if _OF_ALL_LANGUAGES.whole[kind].fullmatch(plain) and (mark := _mark(kind, plain)):
            return mark
        if kind is DivisionKind.SEASON:
            for pattern in _OF_ALL_LANGUAGES.divided:
                if (match := pattern.fullmatch(plain)) is None:
                    continue
                season = _mark(DivisionKind.SEASON, match["season"])
                division = _value(match["part"], DivisionKind.PART)
                if season is not None and division is not None:
                    return TitleMark(DivisionKind.SEASON, season.number, division[0])
    return None


def led_by_episode(text: str) -> TitleMark | None:
    """The episode's number that a name begins with: `Episode 4 - The Name`."""
    plain = _in_digits(folded(text[:LONGEST]))
    match = _OF_ALL_LANGUAGES.led.match(plain)
    return None if match is None else _mark(DivisionKind.EPISODE, match["mark"])


def number_of(text: str) -> int | None:
    """The number that a text is and nothing else: in digits, in words or as a roman one."""
    number = _bare(folded(text))
    if number is None:
        mark = mark_of(text, DivisionKind.SEASON, DivisionKind.PART)
        return None if mark is None else mark.number
    return number


def without_number(plain: str) -> str | None:
    """A folded text without the number at its end, if it has one."""
    ends = list(_BEFORE_NUMBER.finditer(plain))[-LONGEST_NUMERAL:]
    return next(
        (plain[: end.start()] for end in ends if _bare(plain[end.end() :]) is not None), None
    )


def names(text: str, field: str) -> bool:
    """Whether the text is one of the languages' words of that field."""
    return folded(text) in _OF_ALL_LANGUAGES.names[field]


def names_season(text: str) -> bool:
    """Whether a season without number is called so: `Alabasta Arc`, `Final Season`, `柱稽古編`."""
    plain = folded(text)
    if _OF_ALL_LANGUAGES.arc.search(plain) is not None and _NO_ARC.search(plain) is None:
        return True
    return _OF_ALL_LANGUAGES.season.search(plain) is not None


def tells_film(text: str) -> bool:
    """Whether the text says of itself that it is a film: `Blood Prison: The Movie`."""
    return _OF_ALL_LANGUAGES.film.search(folded(text)) is not None


def _bare(plain: str) -> int | None:
    """The number that a folded text is without any word to it."""
    digits = _in_digits(plain)
    value = _value(digits, None) if _BARE.fullmatch(digits) else None
    return None if value is None else value[0]


def _in_digits(plain: str) -> str:
    """A folded text with its spelled numbers in digits, so that no pattern has to list them.

    A word that is one number here and another there is the one of its neighbours' language.
    """
    beside = plain.split()

    def counted(found: re.Match[str]) -> str:
        values = _OF_ALL_LANGUAGES.numerals[found[0]]
        of_neighbours = (value for value, of in values.items() if not of.isdisjoint(beside))
        return f"{_COUNTED}{next(of_neighbours, next(iter(values)))}"

    ordinals = _OF_ALL_LANGUAGES.nth.sub(lambda found: found[found.lastindex or 0], plain)
    return _OF_ALL_LANGUAGES.spelled_number.sub(counted, ordinals)


def _mark(kind: DivisionKind, plain: str) -> TitleMark | None:
    value = _value(plain, kind)
    return None if value is None else TitleMark(kind, value[0], digits=value[1])


def _value(plain: str, kind: DivisionKind | None) -> tuple[int, bool] | None:
    """The number in a text that matched, and whether it is written in digits."""
    if match := re.search(rf"(?<![{_COUNTED}\d]){_DIGITS}", plain):
        return int(match[0]), True
    if match := re.search(_SIGNS, plain):
        return _chinese(match[0]), True
    if match := re.search(rf"{_COUNTED}({_DIGITS})", plain):
        return int(match[1]), False
    words = re.findall(r"[^\W\d_]+", plain)
    letters = map(_LETTERS.get, words if kind is DivisionKind.PART else ())
    number = next(filter(None, (*map(_roman, words), *letters)), None)
    return None if number is None else (number, False)


def _roman(word: str) -> int | None:
    match = _ROMAN.fullmatch(word.replace("l", "i"))
    return None if match is None or not word else 10 * len(match[1]) + _ONES[match[2]]


def _chinese(signs: str) -> int:
    tens, ten, ones = signs.rpartition("十")
    if not ten:
        return int("".join(str(_CHINESE[sign]) for sign in signs))
    return 10 * (_CHINESE[tens[-1]] if tens else 1) + (_CHINESE[ones[-1]] if ones else 0)
