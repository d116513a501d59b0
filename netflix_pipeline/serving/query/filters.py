"""What numbers can be narrowed to, and these filters as conditions on the coded tables.

Addresses, answers, files and the dashboard write a filter in one way: its name beside each value
that is asked for, and `not_` before the name where these are the values that are left out.
"""

# Written into SQL are names out of contracts only; values are bound.
# ruff: noqa: S608

import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from netflix_pipeline.addresses import query_string
from netflix_pipeline.contracts.dimensions import (
    BEGINNINGS,
    COHORT,
    FACTS,
    HOUR,
    LEVELS,
    PEOPLE,
    SEGMENT,
    TIMES,
    WEEKDAY,
)
from netflix_pipeline.contracts.gold import SEGMENTS
from netflix_pipeline.errors import BadInput
from netflix_pipeline.ids import trimmed
from netflix_pipeline.serving.answer import AnswerModel, Told, by_dimension, with_fields
from netflix_pipeline.serving.query import codes, cohorts, levels
from netflix_pipeline.serving.snapshot.layout import CODED
from netflix_pipeline.serving.snapshot.open import Row, Snapshot

LONGEST = 200
"""Characters of a filter's value."""
MOST = 50
"""Values of one filter."""
WEEKDAYS = tuple(map(str, range(1, 8)))
"""The values of the filter by weekday, Monday first."""
HOURS = tuple(map(str, range(24)))
"""The values of the filter by hour."""
FIXED = {
    "is_original": (("true", "false", "unknown"), "is_original is `true`, `false` or `unknown`"),
    WEEKDAY: (WEEKDAYS, "a weekday is 1 to 7: 1 is Monday and 7 is Sunday"),
    HOUR: (HOURS, "an hour of a day is 0 to 23"),
    SEGMENT: (SEGMENTS, f"a segment is one of {', '.join(SEGMENTS)}"),
}
"""The filters of which the values are the same whatever the data: these, and in words."""
NOT = "not_"
"""Before the name of a filter of which the values are left out."""

Value = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]


def _id(text: str) -> str:
    return trimmed(text) or text


Id = Annotated[Value, AfterValidator(_id)]
"""An id as it is stored."""


class Choice(AnswerModel):
    """Values of a filter: what is asked for is one of them, or, where `negated`, none of them."""

    values: Annotated[
        tuple[Value, ...],
        Field(min_length=1, max_length=MOST),
        AfterValidator(lambda values: tuple(sorted(set(values)))),
    ]
    negated: bool = False

    @property
    def is_one(self) -> bool:
        """Whether it is one value that is asked for."""
        return len(self.values) == 1 and not self.negated

    @property
    def told(self) -> Told:
        """The value, or all of them where there are several."""
        return self.values[0] if len(self.values) == 1 else self.values

    def parameter(self, name: str) -> str:
        """What stands beside its values in addresses and answers, where the filter has a name."""
        return NOT + name if self.negated else name


def _as_choice(given: Any) -> Any:
    """A value, or several, as those that are asked for."""
    if isinstance(given, str):
        return {"values": (given,)}
    return {"values": tuple(given)} if isinstance(given, list | tuple) else given


def _of_ids(choice: Choice | None) -> Choice | None:
    if choice is None:
        return None
    return Choice(values=tuple(map(_id, choice.values)), negated=choice.negated)


Chosen = Annotated[Choice | None, BeforeValidator(_as_choice)]


def week_of(day: str) -> str:
    """The Monday of a day's week, as cohorts are named. Raises ValueError."""
    try:
        known = date.fromisoformat(day)
    except ValueError as error:
        raise ValueError(
            "a cohort is a day of the week in which its people first played: YYYY-MM-DD"
        ) from error
    return str(known - timedelta(days=known.weekday()))


class BothWays(BadInput):
    """Values of one filter are asked for, and others of it left out."""

    def __init__(self, name: str) -> None:
        self.parameters = (NOT + name,)
        super().__init__(
            f"{name} and {NOT}{name} are given, and one of them says all: {name} leaves out every "
            f"value but its own, {NOT}{name} keeps every value but its own."
        )


class UnknownValues(BadInput):
    """Values of a filter are not in the data, and nothing at all would not tell so."""

    def __init__(self, parameter: str, values: Sequence[str], remedy: str) -> None:
        self.parameters, self.values, self.remedy = (parameter,), tuple(values), remedy
        told = ", ".join(map(repr, values[:FEW]))
        super().__init__(f"{parameter}: the data have no {told}. {remedy}")


class FilterSet(AnswerModel):
    """Filters by name, of which some are set."""

    @classmethod
    def read(cls, said: Mapping[str, Sequence[str] | None]) -> Self:
        """Those that an address says: values by the names that stand beside them.

        Raises BothWays.
        """
        choices: dict[str, Any] = {}
        for parameter, values in said.items():
            if not values:
                continue
            name = parameter if parameter in cls.model_fields else parameter.removeprefix(NOT)
            if name in choices:
                raise BothWays(name)
            choices[name] = {"values": tuple(values), "negated": name != parameter}
        return cls.model_validate(choices)

    @property
    def given(self) -> dict[str, Choice]:
        """The choices that are set, by name."""
        return {name: choice for name, choice in self if isinstance(choice, Choice)}

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """What an address says of the choices, which `read` reads back."""
        return [
            (choice.parameter(name), value)
            for name, choice in self.given.items()
            for value in choice.values
        ]

    @property
    def told(self) -> dict[str, Told]:
        """What answers say of all that are set, by the names that addresses have."""
        told: dict[str, Told] = {}
        for name, value in self:
            if isinstance(value, Choice):
                told[value.parameter(name)] = value.told
            elif value is not None:
                told[name] = str(value).lower() if isinstance(value, bool) else str(value)
        return told


@by_dimension(lambda told: (Chosen, Field(default=None, description=told.values)))
class _OfDimensions(FilterSet):
    """A filter for each dimension of plays."""


@with_fields(
    {
        name: (Annotated[Chosen, AfterValidator(_of_ids)], Field(default=None, description=doc))
        for name, doc in LEVELS.items()
    }
)
class _OfLevels(_OfDimensions):
    """A filter for each level of titles."""


@with_fields({name: (Chosen, Field(default=None, description=doc)) for name, doc in FACTS.items()})
class _OfFacts(_OfLevels):
    """A filter for each fact of titles."""


class Filters(_OfFacts):
    """The plays, sittings or searches that a question is about: values of filters, or all.

    Each is compared exactly, as its source writes it; `unknown` means those of which nobody said.
    One value that nothing has is no error: nothing is then found.
    """

    weekday: Chosen = Field(default=None, description=TIMES[WEEKDAY])
    hour: Chosen = Field(default=None, description=TIMES[HOUR])
    segment: Chosen = Field(default=None, description=PEOPLE[SEGMENT])
    cohort: Chosen = Field(default=None, description=PEOPLE[COHORT])
    first_title: Annotated[Chosen, AfterValidator(_of_ids)] = Field(
        default=None, description=PEOPLE["first_title"]
    )
    first_country: Chosen = Field(default=None, description=PEOPLE["first_country"])
    first_device: Chosen = Field(default=None, description=PEOPLE["first_device"])

    @field_validator(*FIXED)
    @classmethod
    def _values_validator(cls, choice: Choice | None, info: ValidationInfo) -> Choice | None:
        values, told = FIXED[str(info.field_name)]
        if choice is not None and not set(choice.values) <= set(values):
            raise ValueError(told)
        return choice

    @field_validator(COHORT)
    @classmethod
    def _weeks_validator(cls, choice: Choice | None) -> Choice | None:
        if choice is None:
            return None
        return Choice(values=tuple(map(week_of, choice.values)), negated=choice.negated)

    def lets_in(self, at: date) -> bool:
        """Whether plays of a day, or of the hour that begins at a moment, can be among them.

        Filters by time leave out some of them whatever was played: nothing there is no zero.
        """
        times = [(self.weekday, at.isoweekday())]
        if isinstance(at, datetime):
            times.append((self.hour, at.hour))
        return all(
            choice is None or (str(time) in choice.values) != choice.negated
            for choice, time in times
        )

    if TYPE_CHECKING:  # it does not see the fields of dimensions

        def __init__(self, **given: Choice | Sequence[str] | None) -> None: ...


ALL = Filters()
"""No filter: a question about everything."""

COLUMNS = {
    **dict.fromkeys(LEVELS, "title_id"),
    WEEKDAY: "isodow(event_date)",
    HOUR: "CASE time_precision WHEN $second THEN hour(started_at) ELSE -1 END",
}
"""The column of a filter, or what is made of one, where that has another name."""


def column(name: str) -> str:
    """What of a row of a coded table the filter of that name compares."""
    return COLUMNS.get(name, name)


HAVING = """ AND title_id IN (
    SELECT code FROM codes.title_id LEFT JOIN titles ON titles.title_id = name WHERE {condition}
)"""
"""Of the titles of which a fact is one of some values, or none of them."""

PLAYED_BY = " AND user_id IN (SELECT user_id FROM {profiles} WHERE {condition})"
"""By the people of some groups, or of none of them."""


def fact_of(name: str, titles: str = "titles") -> str:
    """What titles say of themselves, in SQL, as the filter of that name has it."""
    return f"coalesce({titles}.{name}::VARCHAR, 'unknown')"


def facts(snapshot: Snapshot, name: str) -> tuple[str, ...]:
    """All that titles say of themselves under a name, in order."""
    query = f"SELECT DISTINCT {fact_of(name)} AS fact FROM titles ORDER BY 1"
    return snapshot.kept(
        f"{name} of all titles", lambda: tuple(row["fact"] for row in snapshot.rows(query))
    )


def conditions(snapshot: Snapshot, filters: Filters) -> tuple[str, Row]:
    """SQL that follows a condition on a coded table, and what it binds; empty without filters.

    One value that the snapshot has no code for is bound as null, which nothing equals. Raises
    UnknownValues.
    """
    where, bound = "", Row()
    for name, choice in filters.given.items():
        if name in LEVELS:
            more, values = _within(snapshot, name, choice)
        elif name in FACTS:
            more, values = _having(snapshot, name, choice)
        elif name in PEOPLE:
            more, values = _played_by(snapshot, name, choice)
        elif name in TIMES:
            more, values = condition(name, choice, map(int, choice.values))
            if name == HOUR:
                values |= {"second": codes.code(snapshot, "time_precision", "second")}
        elif column(name) not in CODED:  # it stands there as it is
            more, values = condition(name, choice, choice.values)
        else:
            coded = codes_of(snapshot, name, choice)
            more, values = condition(name, choice, map(coded.get, choice.values))
        where, bound = where + more, bound | values
    return where, bound


def codes_of(snapshot: Snapshot, name: str, choice: Choice) -> dict[str, int]:
    """The codes of a choice's values of a dimension, those that there are. Raises UnknownValues."""
    coded = codes.codes_of(snapshot, column(name), choice.values)
    check_known(name, choice, coded, choices(snapshot).get(name))
    return coded


def _within(snapshot: Snapshot, name: str, choice: Choice) -> tuple[str, Row]:
    """That a play's title counts as one of some ids, and what that binds. Raises UnknownValues."""
    members = levels.members(snapshot, name, choice.values)
    check_known(name, choice, members, None)
    some = {code for several in members.values() for code in several}
    within = f"{'NOT ' * choice.negated}IN (SELECT unnest(${name}_codes::INTEGER[]))"
    return f" AND {column(name)} {within}", {f"{name}_codes": sorted(some)}


def _having(snapshot: Snapshot, name: str, choice: Choice) -> tuple[str, Row]:
    """That a play's title says something of itself, and what that binds. Raises UnknownValues."""
    known = facts(snapshot, name)
    check_known(name, choice, known, known)
    fact, bound = compared(fact_of(name), name, choice, choice.values)
    return HAVING.format(condition=fact), bound


def _played_by(snapshot: Snapshot, name: str, choice: Choice) -> tuple[str, Row]:
    """That a play is of somebody in a group, and what that binds. Raises UnknownValues."""
    values: Sequence[str | date] = choice.values
    if name in BEGINNINGS:
        people, known = cohorts.beginnings(snapshot), cohorts.begun_with(snapshot, name)
        of_titles = BEGINNINGS[name] in LEVELS
        if of_titles:
            _check_whole(snapshot, choice.parameter(name), {*choice.values}.difference(known))
        check_known(name, choice, known, None if of_titles else known)
    else:
        people = cohorts.profiles(snapshot)
    if name == COHORT:
        known = cohorts.weeks(snapshot)
        check_known(name, choice, known, known)
        values = [*map(date.fromisoformat, choice.values)]
    group, bound = compared(name, name, choice, values)
    return PLAYED_BY.format(profiles=people, condition=group), bound


EPISODE = """
    SELECT title_id, series_key FROM titles
    WHERE series_key <> title_id AND list_contains($ids::VARCHAR[], title_id)
    ORDER BY title_id LIMIT 1
"""


def _check_whole(snapshot: Snapshot, parameter: str, ids: Collection[str]) -> None:
    """Raise UnknownValues for an episode: people begin with the series, so nobody began with it."""
    if ids and (row := snapshot.row(EPISODE, {"ids": [*ids]})):
        remedy = f"People begin with a series as a whole: {parameter}={row['series_key']}."
        raise UnknownValues(parameter, [row["title_id"]], remedy)


def listed(name: str, values: Iterable[Any]) -> tuple[str, Row]:
    """Values of a filter as what follows IN, and what that binds."""
    bound = {f"{name}_{number}": value for number, value in enumerate(values)}
    return f"({', '.join(f'${each}' for each in bound)})", bound


def condition(name: str, choice: Choice, values: Iterable[Any]) -> tuple[str, Row]:
    """SQL that follows a condition on rows of which none lacks the column; what it binds."""
    where, bound = compared(column(name), name, choice, values)
    return f" AND {where}", bound


def compared(left: str, name: str, choice: Choice, values: Iterable[Any]) -> tuple[str, Row]:
    """SQL that compares what is never null with a choice's values; what it binds."""
    within, bound = listed(name, values)
    return f"{left} {'NOT IN' if choice.negated else 'IN'} {within}", bound


SEPARATOR = re.compile("[,;|]")
"""What stands between the values of a list that somebody wrote as one value."""
COMPARED = 1_000
"""Known values that are compared with one that is not known, at most."""
FEW = 10
"""Values up to which all of them are told."""


def check_known(
    name: str, choice: Choice, known: Collection[str], told: Collection[str] | None
) -> None:
    """Raise UnknownValues where some are not `known` and what is found would not tell so.

    One value that nothing has finds nothing, unless it is a list that is written as one. Of
    several, or of those that are left out, each must be there. Those `told` may be offered.
    """
    unknown = [value for value in choice.values if value not in known]
    lists = [value for value in unknown if SEPARATOR.search(value)]
    if not unknown or (choice.is_one and not lists):
        return
    parameter = choice.parameter(name)
    if lists:
        parts = filter(None, map(str.strip, SEPARATOR.split(lists[0])))
        way = query_string((parameter, part) for part in parts).removeprefix("?")
        remedy = f"Write each of several values by itself: {way or f'{parameter}=A&{parameter}=B'}."
    else:
        remedy = _near(unknown, told)
    raise UnknownValues(parameter, unknown, remedy)


def check_one(parameter: str, value: str | None) -> None:
    """Raise UnknownValues for a list that is written as the one value of a parameter."""
    if value is not None and SEPARATOR.search(value):
        remedy = "It takes one value here: ask for each of them by itself."
        raise UnknownValues(parameter, [value], remedy)


def _near(unknown: Sequence[str], told: Collection[str] | None) -> str:
    """What to do: the values that are most like the unknown ones, or all where they are few."""
    if told is None:
        return "Look for ids with /titles?search=NAME."
    if len(told) <= FEW:
        return f"There are: {', '.join(told) or 'none'}."
    by_word = {value.casefold(): value for value in islice(told, COMPARED)}
    near = {
        by_word[word]: None
        for value in unknown[:3]
        for word in difflib.get_close_matches(value.casefold(), by_word, n=3)
    }
    if not near:
        return f"There are {len(told)} others."
    return f"Near to that: {', '.join(near)}."


def choices(snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
    """The values that plays can be narrowed to, by filter, in order; titles are left out."""
    return snapshot.kept(
        "choices",
        lambda: {
            name: tuple(sorted(known.values()))
            for name, known in codes.dimensions(snapshot).items()
            if name in Filters.model_fields
        },
    )
