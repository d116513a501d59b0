"""With what the numbers of a question are compared: other days, or another value of a filter.

Addresses, answers and the dashboard write it in one way. `previous` and its like are periods that
lie before, `2026-01-01..2026-01-31` are chosen days. `country:FR` are the same days, where that
value takes the place of whatever the question has of the filter; `not_country:FR` all others, and
`weekday:6,7` several.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, cast, get_args

from pydantic import AfterValidator, Field, ValidationError, WithJsonSchema

from netflix_pipeline.contracts.dimensions import LEVELS
from netflix_pipeline.serving.answer import AnswerModel, Period, Told
from netflix_pipeline.serving.query import periods
from netflix_pipeline.serving.query.filters import (
    FIXED,
    LONGEST,
    NOT,
    Filters,
    UnknownValues,
    check_one,
    conditions,
)
from netflix_pipeline.serving.query.periods import COMPARES, BadPeriod, Compare
from netflix_pipeline.serving.snapshot.open import Snapshot

PERIODS: tuple[Compare, ...] = get_args(Compare)
"""The periods that lie before one."""
DAYS = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})\.\.([0-9]{4}-[0-9]{2}-[0-9]{2})")
"""The first and the last of chosen days."""
OTHER_DAYS = f"{COMPARES}; FIRST..LAST, as 2026-01-01..2026-01-31, chosen days"
"""What each way to compare with other days means."""
FORMS = (
    f"{OTHER_DAYS}; a filter and one of its values, as country:FR or title:ID, the same days where "
    "that value takes the place of what is asked for of the filter (a title, season or series that "
    "of all three), and not_country:FR those where all other values do"
)
"""What each way to compare means."""


def chosen_days(against: str) -> Period | None:
    """The days that are chosen to compare with; None where none are. Raises ValueError."""
    ends = DAYS.fullmatch(against)
    if ends is None:
        return None
    days = Period(from_=date.fromisoformat(ends[1]), to=date.fromisoformat(ends[2]))
    try:
        return periods.answerable(days)
    except BadPeriod as error:
        raise ValueError(str(error)) from error


def chosen_filter(against: str) -> Filters | None:
    """The one filter to compare with; None where it is another period. Raises ValueError."""
    parameter, colon, value = against.partition(":")
    name = parameter.removeprefix(NOT)
    if not colon or name not in Filters.model_fields:
        return None
    # A comma stands in no value that is the same whatever the data.
    values = value.split(",") if name in FIXED else [value]
    try:
        return Filters.read({parameter: values})
    except ValidationError as error:
        wrong = error.errors()[0]
        raise ValueError(str(wrong.get("ctx", {}).get("error", wrong["msg"]))) from error


def well_formed(against: str) -> str:
    """The same, where it is something to compare with. Raises ValueError."""
    if against in PERIODS or chosen_days(against) or chosen_filter(against):
        return against
    raise ValueError(
        f"compare with {', '.join(PERIODS)}, with days as FIRST..LAST, or with a filter's value as "
        f"country:FR, where a filter is one of {', '.join(Filters.model_fields)}"
    )


def other_days(against: str) -> str:
    """The same, where it is other days to compare with. Raises ValueError."""
    if against in PERIODS or chosen_days(against):
        return against
    raise ValueError(f"compare with {', '.join(PERIODS)}, or with days as FIRST..LAST")


OtherDays = Annotated[
    str,
    AfterValidator(other_days),
    WithJsonSchema({"type": "string", "pattern": f"^({'|'.join((*PERIODS, DAYS.pattern))})$"}),
]
"""With which other days a question is compared that takes no filters of plays."""
VALUE = f".{{1,{LONGEST}}}"
ONE_OF = "|".join((*PERIODS, DAYS.pattern, f"({NOT})?({'|'.join(Filters.model_fields)}):{VALUE}"))
Against = Annotated[
    str,
    AfterValidator(well_formed),
    WithJsonSchema(
        {"type": "string", "pattern": f"^({ONE_OF})$", "maxLength": LONGEST + len(NOT) + 32}
    ),
]
"""With what a question is compared, as addresses say it."""


@dataclass(frozen=True, slots=True)
class Side:
    """The other side of a comparison: the days and the filters of the same question there."""

    period: Period
    filters: Filters
    told: dict[str, Told] = field(default_factory=dict)
    """These filters as answers tell them; nothing where they are the question's own."""


def other_side(snapshot: Snapshot, against: str, period: Period, filters: Filters) -> Side:
    """What a question about a period under filters is compared with.

    Raises UnknownValues where the data do not have the value that is compared with.
    """
    if days := chosen_days(against):
        return Side(days, filters)
    other = chosen_filter(against)
    if other is None:
        return Side(periods.before(period, cast("Compare", against)), filters)
    _check_known(snapshot, other)
    there = in_place(filters, other)
    return Side(period, there, there.told)


def in_place(filters: Filters, other: Filters) -> Filters:
    """The filters, where another one takes the place of its own; of levels that of all."""
    instead: dict[str, Any] = {**other.given}
    if not instead.keys().isdisjoint(LEVELS):
        instead = dict.fromkeys(LEVELS) | instead
    return filters.model_copy(update=instead)


def _check_known(snapshot: Snapshot, other: Filters) -> None:
    """Raise UnknownValues also for one value that nothing has: all would seem to be lost there."""
    # Of values that are left out each must be known.
    left_out = {
        name: choice.model_copy(update={"negated": True}) for name, choice in other.given.items()
    }
    try:
        conditions(snapshot, Filters(**left_out))
    except UnknownValues as error:
        for value in error.values:
            check_one("compare", value)
        raise UnknownValues("compare", error.values, error.remedy) from error


def narrowed_to() -> Any:
    """The field of what the other side of a comparison is narrowed to."""
    return Field(
        default_factory=dict,
        description="what the numbers compared with are narrowed to, by parameter; left out where "
        "that is what all are narrowed to",
        exclude_if=lambda filters: not filters,
    )


class ComparedWith(AnswerModel):
    """With what numbers are compared."""

    by: Against = Field(description=FORMS)
    period: Period = Field(description="the days compared with")
    days_before: int = Field(description="by how many days each bucket is earlier")
    complete: bool = Field(description="whether the data reaches back to the first of these days")
    filters: dict[str, Told] = narrowed_to()

    @classmethod
    def of(cls, snapshot: Snapshot, against: str, period: Period, other: Side) -> "ComparedWith":
        """With what numbers of a period are compared, where that is their other side."""
        return cls(
            by=against,
            period=other.period,
            days_before=(period.from_ - other.period.from_).days,
            complete=periods.reaches(snapshot, other.period),
            filters=other.told,
        )


class MetricComparedWith(ComparedWith):
    """With what the rows of an answer are compared, by one metric."""

    metric: str = Field(description="the metric of which rows tell `compared` and `change`")

    @classmethod
    def by_metric(
        cls, metric: str, snapshot: Snapshot, against: str, period: Period, other: Side
    ) -> "MetricComparedWith":
        """With what the rows of a period are compared, where that is their other side."""
        told = ComparedWith.of(snapshot, against, period, other)
        return cls(metric=metric, **dict(told))


def rows_compared_with() -> Any:
    """The field of what the rows of an answer are compared with."""
    return Field(
        default=None,
        description="with what each row is compared; left out where nothing was asked for",
        exclude_if=lambda compared: compared is None,
    )


class Beside(AnswerModel):
    """What a row was on the other side of a comparison, where one is asked for."""

    compared: float | None = Field(
        default=None,
        description="the metric of `compared_with` on the other side, as the same question tells "
        "it there; left out where nothing is compared, and where there is nothing to tell",
        exclude_if=lambda value: value is None,
    )
    change: float | None = Field(
        default=None,
        description="the difference; left out where either is",
        exclude_if=lambda value: value is None,
    )


def beside(now: float | None, then: float | None) -> dict[str, float | None]:
    """The fields of `Beside` of a row with these values."""
    return {"compared": then, "change": periods.change(now, then).absolute}
