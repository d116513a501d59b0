"""One title by itself: its parts between colons, and what their marks tell without doubt.

Some Show: Season 2: The Name of It (Episode 4)
Alguma Série: Temporada 1: Capítulo 2: O Nome
어떤 드라마: 시즌 1: 이름 (3화)
Some Show: Limited Series: The Name
Heist: Part 2: Episode 9
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate

from netflix_pipeline.title_texts.marks import (
    DivisionKind,
    TitleMark,
    folded,
    led_by_episode,
    mark_of,
    names,
    number_of,
)

MOST_PARTS = 8
"""Parts into which a title is cut; what follows belongs to the last."""
COLON = re.compile(r"(?<!\s):\s+")
LOOSE_COLON = re.compile(r"\s*:\s+")
"""French writes a blank before a colon within a name."""
SIGNS = str.maketrans(
    {
        **dict.fromkeys("：﹕꞉∶︓", ": "),
        **dict.fromkeys("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\ufeff"),
        **dict.fromkeys("\u2066\u2067\u2068\u2069"),
    }
)
"""Other colons by the plain one; what only says in which direction to write by nothing."""
LONGEST_NUMBER = 20
"""Characters of the longest number behind a series' name."""
LAST_PARENTHESES = re.compile(r"\s*[(（]([^()（）]{1,40})[)）]\s*$")


@dataclass(frozen=True)
class TitleReading:
    """What a title tells: its first `series` parts name the series, those from `name` on it itself.

    `named`: the season has a name and no number. `division`: the part of the season; `led`: what
    follows begins with a part's number, of which only others tell what it is a part of. Not `sure`:
    the number may count parts of an episode or of a season instead of episodes.
    """

    series: int
    name: int
    season: int | None = None
    episode: int | None = None
    limited: bool = False
    named: str | None = None
    division: int | None = None
    led: int | None = None
    sure: bool = True
    of_part: bool = False


@dataclass(frozen=True)
class ParsedTitle:
    """A title's parts, the number behind them in parentheses, and what they tell without doubt.

    `heads`: by what the first one, two, … parts are compared with those of other titles.
    """

    parts: tuple[str, ...]
    numbered: int | None
    told: TitleReading | None
    heads: tuple[str, ...]


def parsed(text: str) -> ParsedTitle:
    """A title, given on one line, by itself."""
    line = " ".join(text.translate(SIGNS).split())
    numbered = None
    if (match := LAST_PARENTHESES.search(line)) is not None:
        mark = mark_of(match[1], DivisionKind.EPISODE)
        if mark is not None and match.start() > 0:
            numbered, line = mark.number, line[: match.start()]
    parts = tuple(_cut(line))
    if len(parts) == 1:
        loose = tuple(LOOSE_COLON.split(line, MOST_PARTS - 1))
        if numbered is not None or _marked(loose, numbered) is not None:
            parts = loose
    heads = accumulate(map(folded, parts), "{}: {}".format)
    return ParsedTitle(parts, numbered, _marked(parts, numbered), tuple(heads))


def _cut(line: str) -> Iterator[str]:
    """The parts of a title, a number before a French colon too: `Chapitre un : Le Nom`."""
    first, *others = COLON.split(line, MOST_PARTS - 1)
    yield first
    for part in others:
        number, colon, name = part.partition(": ")
        if colon and mark_of(number, DivisionKind.PART, DivisionKind.EPISODE) is not None:
            # With the blank before its colon, so that the name is put together as it was.
            yield from (number, name)
        else:
            yield part


def _marked(parts: tuple[str, ...], numbered: int | None) -> TitleReading | None:
    """What the marks of a title tell without doubt."""
    for kind in (DivisionKind.SEASON, DivisionKind.PART):
        for at in range(1, len(parts)):
            if (season := _season(parts, at, numbered, kind)) is not None:
                return season
    if len(parts) == 2 and numbered is not None:
        return TitleReading(1, 1, episode=numbered)
    if len(parts) == 2:
        last = mark_of(parts[1], DivisionKind.PART, DivisionKind.EPISODE)
        # Films are numbered in roman signs: `Star Wars: Episode IV`.
        if last is not None and last.kind is DivisionKind.EPISODE and last.digits:
            return TitleReading(1, 1, episode=last.number)
    return None


def _season(
    parts: tuple[str, ...], at: int, numbered: int | None, kind: DivisionKind
) -> TitleReading | None:
    """The season that one of the parts is, with the episode that follows it."""
    rest = parts[at + 1 :]
    episode, sure = episode_of(rest, numbered)
    led = mark_of(rest[0], DivisionKind.PART) if len(rest) > 1 else None
    reading = TitleReading(at, at + 1, episode=episode, sure=sure, led=led.number if led else None)
    if kind is DivisionKind.PART:
        # `Pilot: Part 1 (Episode 1)`: without a name behind it, a part of an episode.
        named = rest and (numbered is not None or _is_episode(rest))
        mark = mark_of(parts[at], DivisionKind.PART) if named else None
        return None if mark is None else replace(reading, season=mark.number, of_part=True)
    if names(parts[at], "limited"):
        return replace(reading, season=1, limited=True)
    mark = mark_of(parts[at], DivisionKind.SEASON) or _of_the_series(parts, at)
    return None if mark is None else replace(reading, season=mark.number, division=mark.division)


def _of_the_series(parts: tuple[str, ...], at: int) -> TitleMark | None:
    """The season that is called as the series with a number: `Odd Town: Odd Town 4: …`."""
    if at + 1 == len(parts):
        return None
    series, season = folded(parts[at - 1]), folded(parts[at])
    if not season.startswith(series) or len(season) > len(series) + LONGEST_NUMBER:
        return None
    number = number_of(season.removeprefix(series).strip(" -–—"))
    return None if number is None else TitleMark(DivisionKind.SEASON, number)


def _is_episode(rest: tuple[str, ...]) -> bool:
    """Whether what follows a part begins or ends with a number of its own."""
    return (
        mark_of(rest[0], DivisionKind.EPISODE, DivisionKind.PART) is not None
        or mark_of(rest[-1], DivisionKind.EPISODE) is not None
        or led_by_episode(rest[0]) is not None
    )


def episode_of(rest: tuple[str, ...], numbered: int | None = None) -> tuple[int | None, bool]:
    """The episode that the parts behind a season tell, and whether that is sure."""
    if numbered is not None or not rest:
        return numbered, True
    mark = mark_of(rest[0], DivisionKind.EPISODE, DivisionKind.PART) or led_by_episode(rest[0])
    if mark is not None:
        return mark.number, mark.kind is DivisionKind.EPISODE or len(rest) == 1
    mark = mark_of(rest[-1], DivisionKind.EPISODE)
    return None if mark is None else mark.number, False
