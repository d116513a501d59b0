"""What a view is about, and its address: the query of the URL says all of it.

`?period=` is one of PRESETS, such as `7d`, `last_month` or `all`; or
`?from=YYYY-MM-DD&to=YYYY-MM-DD`; `&country=`, `&device=`, `&plan=`,
`&content_type=`, `&genre=`, `&title=`, `&season=`, `&series=`, `&language=`, `&maturity_rating=`,
`&is_original=`, `&weekday=`, `&hour=`, `&segment=`, `&cohort=`, `&first_title=`,
`&first_country=` and `&first_device=` narrow it, once for each value,
and `&not_country=` and so on leave values out, as in the API; `&by=` is the measure that charts
show and titles are ranked by;
`&compare=` what it is compared with: one of COMPARISONS, days (`2026-01-01..2026-01-31`, also in
`compare_from` and `compare_to`), or a filter's value (`country:FR`; of a weekday and its like also
several, `weekday:6,7`) in the place of what it is narrowed to;
`&week_start=monday|sunday|saturday` the day with which weeks of plays begin, `&tz=` the IANA time
zone of which days and hours of plays are,
`&level=series|season|episode` what a row of a list of titles is. A page may know further names of
its own. What is left out is the default: 28 days of everything, hours viewed, compared with the
period before, series and films. Forms may send days as they are typed in the reader's locale;
addresses of views have them as above.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar
from urllib.parse import parse_qsl

from pydantic import ValidationError

from dash_app import day_entry
from netflix_pipeline import time_zones
from netflix_pipeline.addresses import query_string
from netflix_pipeline.contracts.dimensions import LEVELS
from netflix_pipeline.errors import BadInput
from netflix_pipeline.serving import (
    MOST,
    NOT,
    PRESETS,
    Choice,
    Compare,
    Period,
    Preset,
)
from netflix_pipeline.serving import Filters as Narrowing
from netflix_pipeline.serving.query.comparisons import chosen_filter, well_formed
from netflix_pipeline.serving.query.periods import FIRST_DAYS, MONTHS, WeekStart
from netflix_pipeline.serving.questions.titles import Level
from netflix_pipeline.time_zones import UnknownZone

Name = TypeVar("Name", bound=str)

DEFAULT_PERIOD = "28d"

MEASURES = {
    "hours_viewed": "Hours",
    "views": "Views",
    "viewers": "Viewers",
    "plays": "Plays",
}
DEFAULT_MEASURE = "hours_viewed"

COMPARISONS = {
    "previous": "Period before",
    "year": "Year before",
    "previous_month": "Month before",
    "previous_quarter": "Quarter before",
    "previous_year": "Same dates a year before",
    "none": "Nothing",
}
COMPARED: dict[str, Compare | None] = {
    "previous": "previous",
    "year": "year",
    **{str(name): name for name in MONTHS},
    "none": None,
}
"""How the query layer is asked for each."""
DEFAULT_COMPARISON = "previous"

TITLE_LEVELS: dict[Level, str] = {
    "series": "Series & films",
    "season": "Seasons",
    "episode": "Episodes",
}
DEFAULT_LEVEL: Level = "series"

NARROWINGS = {
    "country": "Country",
    "device": "Device",
    "plan": "Plan",
    "content_type": "Type",
    "genre": "Genre",
    "title": "Title",
    "season": "Season",
    "series": "Series",
    "language": "Language",
    "maturity_rating": "Maturity",
    "is_original": "Original",
    "weekday": "Weekday",
    "hour": "Hour",
    "segment": "Segment",
    "cohort": "Cohort",
    "first_title": "First title",
    "first_country": "First country",
    "first_device": "First device",
}
"""What a view can be narrowed to, and how it is called."""
CHOICES = frozenset({"period", "by", "compare", "tz", *NARROWINGS})
"""Everything that a page may take; `period` stands for `from` and `to` too."""
SEVERAL = frozenset(NARROWINGS) | {NOT + name for name in NARROWINGS}
"""The filters that may stand in an address with several values."""
LISTS = frozenset({"against"})
"""The names of a page's own that may do so, too."""
OTHER_DAYS = ("compare_from", "compare_to")
"""The ends of chosen days to compare with, as a form asks for them."""
NAMES = CHOICES | SEVERAL | {"from", "to", "week_start", "level", *OTHER_DAYS}
DAYS = frozenset({"from", "to", "week", *OTHER_DAYS})
"""The names that stand before a day; `week` means that of it, on pages that know one."""
MOST_NAMES = 100
"""Names and values that are read in one address."""


class BadAddress(BadInput):
    """The query of an address says what cannot be shown; `parameters` are those to leave out."""

    def __init__(self, message: str, *parameters: str) -> None:
        super().__init__(message)
        self.parameters = parameters


@dataclass(frozen=True)
class ViewState:
    """A view's state: a preset, or the two ends of a period; what it is narrowed to; and so on."""

    preset: str | None = DEFAULT_PERIOD
    custom: Period | None = None
    by: str = DEFAULT_MEASURE
    compare: str = DEFAULT_COMPARISON
    narrowing: Narrowing = field(default_factory=Narrowing)
    own: tuple[tuple[str, str], ...] = ()
    """What only the view's page knows, by name, in the order of names."""
    usual: str = DEFAULT_PERIOD
    """The preset that its page shows where the address names none."""
    week_start: WeekStart | None = None
    """The day with which weeks begin, where that is not the one of the home."""
    level: Level = DEFAULT_LEVEL
    zone: str | None = None
    """The time zone of which its days are, where that is not the one of the home."""
    no_zone: tuple[str, ...] = ()
    """What was typed as a time zone and is none, and the names near to it; of no address."""

    @classmethod
    def parse(cls, query: str, own: Collection[str] = (), usual: str = DEFAULT_PERIOD) -> ViewState:
        """What a URL's query says; `own` are the names that only its page knows.

        `usual` is the page's preset where none is said.

        Raises BothWays and UnknownZone, and BadAddress for whatever it does not know: a filter that
        is not understood would otherwise give a silently unfiltered number. A name with nothing
        behind it is left out, as forms send what was not chosen.
        """
        try:
            pairs = parse_qsl(query.removeprefix("?"), max_num_fields=MOST_NAMES)
        except ValueError as error:
            raise BadAddress("this address says too much: keep what you know.") from error
        said: dict[str, list[str]] = {}
        for name, value in pairs:
            said.setdefault(name, []).append(value)
        unknown = sorted(set(said) - NAMES - set(own))
        if unknown:
            raise BadAddress(f"{', '.join(unknown)} cannot be chosen here: remove it.")
        if any(len(values) > 1 for name, values in said.items() if name not in SEVERAL | LISTS):
            raise BadAddress("something is chosen twice in this address: keep one of each.")
        parameters = {name: values[0] for name, values in said.items()}
        preset, custom = _period(parameters, usual)
        return cls(
            preset,
            custom,
            _one_of(MEASURES, "measure", parameters.get("by", DEFAULT_MEASURE)),
            _comparison(parameters),
            _narrowing({name: values for name, values in said.items() if name in SEVERAL}),
            tuple(
                sorted({(name, _own(name, value)) for name in own for value in said.get(name, ())})
            ),
            usual,
            _week_start(parameters.get("week_start")),
            _one_of(TITLE_LEVELS, "level", parameters.get("level", DEFAULT_LEVEL)),
            _zone(parameters.get("tz")),
        )

    @classmethod
    def with_any_zone(
        cls, query: str, own: Collection[str] = (), usual: str = DEFAULT_PERIOD
    ) -> ViewState:
        """The same, without a time zone where there is none of that name: `no_zone` has it."""
        try:
            return cls.parse(query, own, usual)
        except UnknownZone as error:
            rest = cls.parse(mended(query, own, error.parameters) or "", own, usual)
            return replace(rest, no_zone=(error.name, *error.near))

    @property
    def is_everything(self) -> bool:
        """Whether all days so far are asked for."""
        return self.custom is None and self.preset == "all"

    def pairs(self) -> list[tuple[str, str]]:
        """Names and values that `parse` reads back, defaults left out."""
        if self.custom is not None:
            ends = ("from", self.custom.from_), ("to", self.custom.to)
            days = [(name, day.isoformat()) for name, day in ends]
        else:
            said = self.preset if self.preset != self.usual else None
            days = [("period", said)] if said else []
        return [*days, *self.besides_days()]

    def besides_days(self) -> list[tuple[str, str]]:
        """Those of them that do not say of which days it is."""
        query = self.narrowing.pairs
        if self.by != DEFAULT_MEASURE:
            query.append(("by", self.by))
        if self.compare != DEFAULT_COMPARISON:
            query.append(("compare", self.compare))
        if self.week_start:
            query.append(("week_start", self.week_start))
        if self.zone:
            query.append(("tz", self.zone))
        if self.level != DEFAULT_LEVEL:
            query.append(("level", self.level))
        return query + list(self.own)

    def query(self) -> str:
        """The query that `parse` reads back; empty, or with its `?`."""
        return query_string(self.pairs())

    def fixed(self, days: Period) -> ViewState:
        """The same view of these days."""
        return replace(self, preset=None, custom=days)

    def dated(self, days: Period) -> ViewState:
        """The same of these days, compared with the same, whatever comes after it."""
        return replace(self.fixed(days), compare=self.compared(self.compare) or "none")

    def over(self, preset: str) -> ViewState:
        """The same view of another preset period."""
        return replace(self, preset=preset, custom=None)

    def measured(self, by: str) -> ViewState:
        """The same view by another measure."""
        return replace(self, by=by)

    def at_level(self, level: Level) -> ViewState:
        """The same view with rows of another level in its lists of titles."""
        return replace(self, level=level)

    def in_zone(self, zone: str | None) -> ViewState:
        """The same view in the days of a time zone; None: of that of the home."""
        return replace(self, zone=zone)

    def narrowed(self, name: str, chosen: str | Choice | None) -> ViewState:
        """The same view, narrowed to a value of a dimension, or to a choice; None: not by it."""
        if isinstance(chosen, str):
            # Not looked at: a value of the data may be longer than an address can say.
            chosen = Choice.model_construct(values=(chosen,))
        return replace(self, narrowing=self.narrowing.model_copy(update={name: chosen}))

    def toggled(self, name: str, value: str) -> ViewState:
        """The same view, narrowed to a value of a dimension; where it is, not by it."""
        now = self.narrowing.given.get(name)
        alone = now is not None and now.is_one and now.values == (value,)
        return self.narrowed(name, None if alone else value)

    def without(self, name: str, value: str) -> ViewState:
        """The same view, where one value of a filter is no longer chosen."""
        choice = self.narrowing.given[name]
        rest = tuple(each for each in choice.values if each != value)
        return self.narrowed(name, choice.model_copy(update={"values": rest}) if rest else None)

    def beside(self, name: str | None, *values: str) -> ViewState:
        """The same view beside that of a filter's value; None: beside the period before.

        Or beside several, where its values are the same whatever the data.
        """
        compare = f"{name}:{','.join(values)}" if name else DEFAULT_COMPARISON
        return replace(self, compare=compare)

    @property
    def against(self) -> tuple[str, Choice] | None:
        """The filter by which it is compared, and its value; None where that is by days."""
        other = chosen_filter(self.compare)
        return next(iter(other.given.items())) if other else None

    def with_own(self, **values: str | None) -> ViewState:
        """The same view with something else that only its page knows; None leaves it out."""
        own = [(name, value) for name, value in self.own if name not in values]
        own += [(name, value) for name, value in values.items() if value]
        return replace(self, own=tuple(sorted(own)))

    def carried(self) -> ViewState:
        """What is taken along to another page: no preset that nobody chose, or that is its own.

        And no other title to compare with: that page is of no title, or of another one.
        """
        own = self.preset == self.usual or (self.relative is not None and self.relative.of_launch)
        preset = DEFAULT_PERIOD if own else self.preset
        of_title = self.against is not None and self.against[0] in LEVELS
        compare = DEFAULT_COMPARISON if of_title else self.compare
        return replace(self, own=(), preset=preset, usual=DEFAULT_PERIOD, compare=compare)

    @property
    def relative(self) -> Preset | None:
        """The preset that it is about; None where its days are fixed."""
        return None if self.custom else PRESETS[self.preset or self.usual]

    def compared(self, comparison: str) -> str | None:
        """How the query layer is asked for a comparison; None for none."""
        if comparison == "previous" and self.relative:
            return self.relative.previous
        return COMPARED.get(comparison, comparison)


def mended(query: str, own: Collection[str], wrong: Collection[str]) -> str | None:
    """A query without the names that a page with its `own` does not know, and the `wrong` ones.

    None where that leaves nothing out.
    """
    pairs = parse_qsl(query.removeprefix("?"))
    known = [(name, value) for name, value in pairs if name in NAMES.union(own).difference(wrong)]
    return query_string(known) if len(known) < len(pairs) else None


def _period(query: dict[str, str], usual: str) -> tuple[str | None, Period | None]:
    if "from" in query or "to" in query:
        if "period" in query or not {"from", "to"} <= set(query):
            raise BadAddress("give both ends of a period, `from` and `to`, or a `period`.")
        return None, Period(from_=_day("from", query["from"]), to=_day("to", query["to"]))
    return _one_of(PRESETS, "period", query.get("period", usual)), None


def _one_of(known: Collection[Name], what: str, value: str) -> Name:
    for name in known:
        if name == value:
            return name
    raise BadAddress(f"there is no {what} {value!r}: choose one of {', '.join(known)}.")


def _comparison(query: dict[str, str]) -> str:
    """What a view is compared with: one of COMPARISONS, chosen days, or a filter's value."""
    said = query.get("compare", DEFAULT_COMPARISON)
    if not query.keys().isdisjoint(OTHER_DAYS):
        said = "..".join(str(_day(end, query[end])) if end in query else "" for end in OTHER_DAYS)
    if said in COMPARISONS:
        return said
    try:
        return well_formed(said)
    except ValueError as error:
        raise BadAddress(f"there is no comparison {said!r}: {error}.") from error


def _week_start(value: str | None) -> WeekStart | None:
    known = {str(name): name for name in FIRST_DAYS}
    return known[_one_of(known, "first day of weeks", value)] if value else None


def _zone(text: str | None) -> str | None:
    return time_zones.meant(text).key if text else None


def _narrowing(query: dict[str, list[str]]) -> Narrowing:
    try:
        return Narrowing.read(query)
    except ValidationError as error:
        wrong = error.errors()[0]
        name = wrong["loc"][0]
        if wrong["type"] == "value_error":
            raise BadAddress(f"{wrong['ctx']['error']}.") from error
        if wrong["type"] == "too_long":
            raise BadAddress(f"`{name}` may have {MOST} values: choose fewer.") from error
        raise BadAddress(f"what `{name}` is narrowed to is too long to be a name.") from error


def _day(name: str, value: str) -> date:
    both = next((ends for ends in (("from", "to"), OTHER_DAYS) if name in ends), (name,))
    ways = day_entry.ways()
    try:
        day = day_entry.read(value)
    except ValueError as error:
        raise BadAddress(f"{value!r} (`{name}`) is no day, written as {ways}.", *both) from error
    if day is None:
        raise BadAddress(f"the day {value!r} (`{name}`) is not written as {ways}.", *both)
    return day


def _own(name: str, value: str) -> str:
    """What only a page knows by a name; a day as addresses have it."""
    return str(_day(name, value)) if name in DAYS else value


def has_typed_days(query: str) -> bool:
    """Whether a query has days as somebody typed them, which mean another day to others."""
    try:
        told = parse_qsl(query, max_num_fields=MOST_NAMES)
    except ValueError:  # it says too much, and is refused
        return False
    days = [value for name, value in told if name in DAYS]
    return any(re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", day) is None for day in days)
