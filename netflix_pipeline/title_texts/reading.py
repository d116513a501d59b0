"""A column of titles, each read beside all others.

What the marks of a title tell without doubt stands (`parts`). The rest shows beside other titles:
parts that repeat under one head are a series. One film is never one, and of films that share their
first part, some are seen: `MANY` names under a part, none of which is a season or a number, make a
series only where nothing speaks for films.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

import polars as pl

from netflix_pipeline.title_texts.marks import (
    DivisionKind,
    folded,
    led_by_episode,
    mark_of,
    names,
    names_season,
    number_of,
    tells_film,
    without_number,
)
from netflix_pipeline.title_texts.parts import ParsedTitle, TitleReading, episode_of, parsed

SOME = 3
"""Names under two parts, or under a known series, from which on they are episodes."""
CHAPTERS = 4
"""Numbered chapters or parts under a name from which on they are episodes: films have up to three.
"""
MANY = 6
"""Names under one part from which on they are episodes: few films share their first part so."""
LONG_SEASON = 26
"""Episodes of a long season: where the numbers begin beyond, they go on from another season."""

TOLD = pl.Schema(
    {
        "series": pl.String(),
        "season": pl.Int32(),
        "episode": pl.Int32(),
        "episode_name": pl.String(),
        "limited": pl.Boolean(),
    }
)
"""What a title tells: `series` is null for a film; `limited` where the series has one season."""


def read_titles(titles: pl.Series) -> pl.DataFrame:
    """What each of the titles tells, a row a title in their order, in the columns of TOLD.

    Titles as `plain_title` gives them. They are looked at together, so give all that are known: a
    whole file, or all of a home. Their order and how often one occurs change nothing. A missing
    title tells nothing.
    """
    texts = titles.drop_nulls().unique().sort().to_list()
    known = pl.DataFrame(
        _rows(texts), schema={"title": pl.String, **TOLD}, orient="row", strict=True
    )
    return (
        titles.rename("title")
        .to_frame()
        .join(known, on="title", how="left", maintain_order="left")
        .select(TOLD.names())
    )


Row = tuple[str, str | None, int | None, int | None, str | None, bool]


def _rows(texts: list[str]) -> Iterator[Row]:
    titles = [parsed(text) for text in texts]
    readings = _numbered_within_seasons(titles, _Beside(titles).readings())
    called: dict[str, Counter[str]] = defaultdict(Counter)
    limited: dict[str, bool] = {}
    for title, reading in zip(titles, readings, strict=True):
        if reading is not None:
            head = title.heads[reading.series - 1]
            called[head][": ".join(title.parts[: reading.series]).strip()] += 1
            limited[head] = limited.get(head, True) and reading.limited
    for text, title, reading in zip(texts, titles, readings, strict=True):
        if reading is None:
            yield text, None, None, None, None, False
            continue
        head = title.heads[reading.series - 1]
        # Of several ways to write a name, the one that most titles have.
        series = min(called[head].items(), key=lambda named: (-named[1], named[0]))[0]
        name = ": ".join(title.parts[reading.name :]) or None
        yield text, series, reading.season, reading.episode, name, limited[head]


class _Beside:
    """Titles beside each other: which parts repeat, which heads are known as series."""

    def __init__(self, titles: list[ParsedTitle]) -> None:
        self._titles = titles
        self._told: list[TitleReading | None] = [title.told for title in titles]
        self._whole = {title.heads[-1] for title in titles if title.numbered is None}
        self._series: set[str] = set()
        self._by_parts: set[str] = set()
        self._of_films: set[str] = set()
        for title in titles:
            if title.numbered is None:
                for head in (title.heads[0], title.heads[-1]):
                    self._of_films.add(without_number(head) or "")
            # Films that are numbered as episodes have names too: `Star Wars: Episode IV: …`.
            second = title.parts[1] if len(title.parts) > 1 and title.told is None else ""
            if led_by_episode(second) or mark_of(second, DivisionKind.EPISODE):
                self._of_films.add(title.heads[0])

    def readings(self) -> list[TitleReading | None]:
        """What each title tells, those without doubt first: they tell which heads are series."""
        steps = (
            self._episodes_of_heads,
            # Twice: what repeats tells of more series, and those of more titles.
            self._parts_of_series,
            self._parts_of_series,
            self._repeated_heads,
            self._repeated_heads,
            self._names_of_series,
        )
        for step in steps:
            self._know()
            # All are found before one of them counts: the order of titles changes nothing.
            for at, reading in list(step()):
                self._told[at] = reading
        return self._first_seasons()

    def _know(self) -> None:
        for title, reading in self._all():
            if reading is not None:
                head = title.heads[reading.series - 1]
                self._series.add(head)
                if reading.of_part:
                    self._by_parts.add(head)

    def _all(self) -> Iterator[tuple[ParsedTitle, TitleReading | None]]:
        return zip(self._titles, self._told, strict=True)

    def _unread(self) -> Iterator[tuple[int, ParsedTitle]]:
        for at, (title, reading) in enumerate(self._all()):
            if reading is None and len(title.parts) > 1:
                yield at, title

    def _repeats(self, of: Iterable[tuple[int, ParsedTitle]]) -> Counter[str]:
        """How many of the titles go on under each head, but for parts of one episode or film."""
        counts: Counter[str] = Counter()
        for _, title in of:
            for at in range(1, len(title.parts)):
                rest = title.parts[at:]
                if len(rest) > 1 or mark_of(rest[0], DivisionKind.PART) is None:
                    counts[title.heads[at - 1]] += 1
        return counts

    def _episodes_of_heads(self) -> Iterator[tuple[int, TitleReading]]:
        """Titles of three or more parts that number an episode without a season that is a mark."""
        candidates = [(at, title, *last) for at, title in self._unread() if (last := _last(title))]
        repeats = self._repeats((at, title) for at, title, *_ in candidates)
        numbers: dict[str, set[int]] = defaultdict(set)
        for _, title, episode, end in candidates:
            numbers[title.heads[end - 1]].add(episode)
        beyond = {head for head, known in numbers.items() if min(known) > LONG_SEASON}
        continued = {_above(title, end) for _, title, _, end in candidates} & {
            _above(title, end) for _, title, _, end in candidates if title.heads[end - 1] in beyond
        }
        alone = self._named_before_numbers(candidates, numbers)
        for at, title, episode, end in candidates:
            arcs = [cut for cut in range(2, end + 1) if self._is_arc(title, cut)]
            if not arcs and _above(title, end) in continued:
                arcs = [end]
            if arcs:
                named = title.heads[arcs[0] - 1]
                yield at, TitleReading(arcs[0] - 1, arcs[0], episode=episode, named=named)
            else:
                cut = self._cut(title, end, repeats, named=alone)
                yield at, TitleReading(cut, cut, episode=episode)

    def _named_before_numbers(
        self, candidates: list[tuple[int, ParsedTitle, int, int]], numbers: dict[str, set[int]]
    ) -> set[str]:
        """Heads under which each name has one number: `Show: Pilot: Episode 1`."""
        under: dict[str, list[set[int]]] = defaultdict(list)
        for head, above in {
            (title.heads[end - 1], _above(title, end)) for _, title, _, end in candidates
        }:
            under[above].append(numbers[head])
        return {
            above
            for above, each in under.items()
            if len(each) > 1
            and all(len(known) == 1 for known in each)
            and len({min(known) for known in each}) == len(each)
        }

    def _cut(self, title: ParsedTitle, end: int, repeats: Counter[str], named: set[str]) -> int:
        """How many parts of a title that numbers an episode name the series."""
        if title.numbered is None and _above(title, end) in named:
            return end - 1
        for cut in range(end, 1, -1):
            if repeats[title.heads[cut - 1]] > 1:
                return cut
        for cut in range(end, 0, -1):
            if title.heads[cut - 1] in self._series:
                return cut
        return end

    def _parts_of_series(self) -> Iterator[tuple[int, TitleReading]]:
        """Titles with a numbered part that repeats, goes on in others, or is of a known series."""
        candidates = []
        chapters: dict[str, set[int]] = defaultdict(set)
        for at, title in self._unread():
            for cut in range(1, len(title.parts)):
                part = title.parts[cut]
                mark = mark_of(part, DivisionKind.PART, DivisionKind.EPISODE) or led_by_episode(
                    part
                )
                if mark is not None:
                    candidates.append((at, title, cut, mark))
                    chapters[title.heads[cut - 1]].add(mark.number)
                    break
        repeats = self._repeats((at, title) for at, title, *_ in candidates)
        for at, title, cut, mark in candidates:
            head = title.heads[cut - 1]
            goes_on = cut + 1 < len(title.parts)
            is_part = mark.kind is DivisionKind.PART
            repeated = goes_on and is_part and repeats[title.heads[cut]] > 1
            if repeated or (is_part and head in self._by_parts):
                episode, sure = episode_of(title.parts[cut + 1 :])
                reading = TitleReading(cut, cut + 1, mark.number, episode, sure=sure, of_part=True)
                yield at, reading
            elif head in self._series or (
                (is_part or mark.digits) and len(chapters[head]) >= CHAPTERS
            ):
                yield at, TitleReading(cut, cut, episode=mark.number, sure=not goes_on)

    def _repeated_heads(self) -> Iterator[tuple[int, TitleReading]]:
        """Titles of three or more parts of which the first ones repeat: `Show: Arc: The Name`."""
        names_only = [
            (at, title)
            for at, title in self._unread()
            if len(title.parts) > 2 and not tells_film(title.heads[-1])
        ]
        repeats = self._repeats(names_only)
        for at, title in names_only:
            for cut in range(len(title.parts) - 1, 1, -1):
                head = title.heads[cut - 1]
                if (
                    mark_of(title.parts[cut - 1], DivisionKind.PART, DivisionKind.EPISODE)
                    is not None
                ):
                    continue
                arc = self._is_arc(title, cut)
                if repeats[head] >= self._enough(title, cut, arc=arc) and not self._is_film(head):
                    if arc:
                        number = number_of(title.parts[cut - 1])
                        named = None if number else head
                        yield at, TitleReading(cut - 1, cut, season=number, named=named)
                    else:
                        yield at, TitleReading(cut, cut)
                    break

    def _enough(self, title: ParsedTitle, cut: int, *, arc: bool) -> int:
        """How many names below a head make it one of a series."""
        if not arc:
            return SOME
        known = title.heads[cut - 2] in self._series
        return 1 if known or _begins_as_series(title, cut) else 2

    def _names_of_series(self) -> Iterator[tuple[int, TitleReading]]:
        """Titles with nothing but a name behind a first part that many have."""
        candidates = [
            (at, title)
            for at, title in self._unread()
            if not tells_film(title.heads[-1])
            and mark_of(title.parts[-1], DivisionKind.PART, DivisionKind.EPISODE) is None
        ]
        counts = Counter(title.heads[0] for _, title in candidates)
        franchises = {
            head.split(": ", 1)[0] for head in self._series if ": " in head
        } - self._series
        for at, title in candidates:
            head = title.heads[0]
            enough = SOME if head in self._series else MANY
            if counts[head] >= enough and head not in franchises and not self._is_film(head):
                yield at, TitleReading(1, 1)

    def _is_film(self, head: str) -> bool:
        """Whether films have that name: it is one itself, or one with a number behind it is."""
        return head in self._whole or head in self._of_films

    def _is_arc(self, title: ParsedTitle, cut: int) -> bool:
        """Whether the last of the first parts is a season, not a part of the series' name."""
        part = title.parts[cut - 1]
        return (
            names(part, "special")
            or names(part, "season")
            or names_season(part)
            or part.isdecimal()
            or _begins_as_series(title, cut)
        )

    def _first_seasons(self) -> list[TitleReading | None]:
        """The readings, where later seasons have numbers also the first."""
        seasons: dict[str, set[int]] = defaultdict(set)
        for title, reading in self._all():
            if reading is not None and reading.season is not None:
                seasons[title.heads[reading.series - 1]].add(reading.season)
        made: list[TitleReading | None] = []
        for title, reading in self._all():
            first = None
            if reading is not None and reading.season is None and reading.named is None:
                others = seasons[title.heads[reading.series - 1]]
                first = 1 if others and min(others) > 1 else None
            made.append(replace(reading, season=first) if reading and first else reading)
        return made


def _last(title: ParsedTitle) -> tuple[int, int] | None:
    """The episode's number of a title, and how many parts stand before its name."""
    if title.numbered is not None:
        return title.numbered, len(title.parts) - 1
    last = mark_of(title.parts[-1], DivisionKind.EPISODE)
    if last is None or len(title.parts) == 2:
        return None
    return last.number, len(title.parts) - 1


def _above(title: ParsedTitle, end: int) -> str:
    return title.heads[end - 2] if end > 1 else ""


def _begins_as_series(title: ParsedTitle, cut: int) -> bool:
    series, season = (folded(part) for part in title.parts[cut - 2 : cut])
    return season.startswith(series) and not season[len(series) : len(series) + 1].isalnum()


def _numbered_within_seasons(
    titles: list[ParsedTitle], readings: list[TitleReading | None]
) -> list[TitleReading | None]:
    """The readings with one number an episode of a season, as far as they tell one.

    A number that is not sure and that several episodes have is none: it numbers something else.
    Where the parts of a season count anew, a later part's numbers go on from the earlier's.
    """
    seasons: dict[tuple[str, int | None], list[int]] = defaultdict(list)
    for at, (title, reading) in enumerate(zip(titles, readings, strict=True)):
        if reading is not None and reading.episode is not None:
            seasons[title.heads[reading.series - 1], reading.season].append(at)
    made = list(readings)
    for members in seasons.values():
        for at, reading in _told_apart(
            [(at, reading) for at in members if (reading := readings[at])]
        ):
            made[at] = reading
    return made


def _told_apart(season: list[tuple[int, TitleReading]]) -> Iterator[tuple[int, TitleReading]]:
    """The readings of one season, of which the number of the episode is another one."""
    shared = Counter(reading.episode for _, reading in season)
    left = []
    for at, reading in season:
        if reading.sure or shared[reading.episode] == 1:
            left.append((at, reading))
        else:
            yield at, replace(reading, episode=None)
    within: dict[int | None, set[int | None]] = defaultdict(set)
    for _, reading in left:
        within[reading.led].add(reading.episode)
    # `Part 1: …` of many episodes is a part of the season; of one, it is a name.
    parts = any(len(numbers) > 1 for led, numbers in within.items() if led is not None)
    divisions = [(reading.division or (reading.led if parts else None) or 0) for _, reading in left]
    whole: dict[int | None, set[tuple[int, str | None]]] = defaultdict(set)
    for (_, reading), division in zip(left, divisions, strict=True):
        whole[reading.episode].add((division, reading.named))
    if all(len(of) == 1 for of in whole.values()):
        return
    lengths: Counter[int] = Counter()
    for (_, reading), division in zip(left, divisions, strict=True):
        if reading.named is None:
            lengths[division] = max(lengths[division], reading.episode or 0)
    before = {
        division: sum(length for other, length in lengths.items() if other < division)
        for division in lengths
    }
    for (at, reading), division in zip(left, divisions, strict=True):
        if reading.named is not None:
            # Which season with a name comes first, nobody tells.
            if len(whole[reading.episode]) > 1:
                yield at, replace(reading, episode=None)
        elif before[division]:
            yield at, replace(reading, episode=(reading.episode or 0) + before[division])
