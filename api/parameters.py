"""Parameters that several resources take, with their bounds."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from inspect import Parameter, Signature
from types import GenericAlias
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

from fastapi import Depends, Path, Query, Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BeforeValidator, Field

from api.service import service_of
from api.versions import ADDED, is_old, without_version
from netflix_pipeline.contracts.dimensions import COHORT, FILTERS
from netflix_pipeline.serving import (
    MOST,
    NOT,
    PRESETS,
    BadPeriod,
    Filters,
    FilterSet,
    Period,
    Value,
)
from netflix_pipeline.serving.query.comparisons import FORMS, OTHER_DAYS, Against, OtherDays
from netflix_pipeline.serving.query.filters import FIXED
from netflix_pipeline.serving.query.periods import WeekStart


def _written_out(value: str) -> str:
    """Refuse the numbers of seconds and other spellings that a date would be read from."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("write a day as YYYY-MM-DD")
    return value


Day = Annotated[date, BeforeValidator(_written_out)]
LONGEST_ID = 64
"""Characters of a person's id."""
UserId = Annotated[
    str,
    Path(
        min_length=1,
        max_length=LONGEST_ID,
        description="as its source writes it, slashes included; blanks around it do not count",
    ),
]
Top = Annotated[
    int, Query(ge=1, le=50, description="favourites of a kind and binge sittings that are listed")
]
Best = Annotated[int, Query(ge=1, le=100, description="titles that are listed, the first ones")]
Limit = Annotated[int, Query(ge=1, le=500, description="rows of a page")]
Cursor = Annotated[
    str | None,
    Query(max_length=1000, description="`next` of the page before; leave out to begin"),
]


MOVING = tuple(name for name, preset in PRESETS.items() if not preset.of_launch)
if TYPE_CHECKING:
    PresetName = str
else:
    PresetName = Literal[MOVING]
"""The periods that move on with the data, and need to know nothing else."""


WeekStartQuery = Annotated[
    WeekStart | None,
    Query(
        description="the day with which weeks of plays begin, that of the home without it; people, "
        "cohorts and Top 10 go by ISO weeks, which begin on Monday"
    ),
]


def _period(
    from_: Annotated[Day | None, Query(alias="from", description="first day, included")] = None,
    to: Annotated[Day | None, Query(description="last day, included")] = None,
    period: Annotated[
        PresetName | None,
        Query(
            description="in place of `from` and `to` days that move on with the data, relative to "
            "the last day with data; `previous` compares with the period before of the same kind"
        ),
    ] = None,
    week_start: WeekStartQuery = None,
) -> Period | None:
    del week_start  # as `period`, see `Moving`
    if from_ is None and to is None:
        return None  # `period` has the days that it has in the snapshot that answers
    if period is not None:
        raise BadPeriod("a period has its own days: give `period`, or `from` and `to`.")
    if from_ is None or to is None:
        raise BadPeriod("a period has two ends: give both `from` and `to`, or neither.")
    return Period(from_=from_, to=to)


PeriodQuery = Annotated[Period | None, Depends(_period)]
"""`from` and `to`, or `period`; without, the 28 days that end with the last day with data."""


def _type_of(name: str) -> Any:
    """The type of a filter's values; of those that are the same whatever the data, these.

    Numbers are a range.
    """
    if name == COHORT:
        return Day
    if name not in FIXED:
        return Value
    values, _ = FIXED[name]
    if not values[0].isdecimal():
        return Literal[values]
    return Annotated[int, Field(ge=int(values[0]), le=int(values[-1]))]


LEFT_OUT = "all but these values of {}; it takes the place of {}"


def filters(names: Iterable[str], kind: type[FilterSet] = Filters) -> Any:
    """A dependency that takes the named filters of a kind, each with any of its values.

    Each also as what is left out. Raises BothWays.
    """

    def given(**values: list[Any] | None) -> FilterSet:
        return kind.read({name: some and list(map(str, some)) for name, some in values.items()})

    taken = [
        Parameter(
            parameter,
            Parameter.KEYWORD_ONLY,
            default=Query(default=None, max_length=MOST, description=description),
            annotation=GenericAlias(list, (values,)) | None,
        )
        for name in names
        for values in (_type_of(name),)
        for parameter, description in (
            (name, kind.model_fields[name].description),
            (NOT + name, LEFT_OUT.format(name, name)),
        )
    ]
    given.__signature__ = Signature(taken)  # type: ignore[attr-defined]
    return Depends(given)


FiltersQuery = Annotated[Filters, filters(FILTERS)]
"""All that plays can be filtered by."""


CompareQuery = Annotated[
    Against | None, Query(description=f"what to put beside the numbers: {FORMS}")
]
CompareDaysQuery = Annotated[
    OtherDays | None, Query(description=f"other days to put beside the numbers: {OTHER_DAYS}")
]


async def _zone(
    request: Request,
    tz: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=64,
            description="IANA time zone on whose clock days, weekdays and hours, also `from` and "
            "`to`, are meant; that of the home without it, which is UTC where it names none",
            examples=["Europe/Berlin"],
        ),
    ] = None,
) -> str:
    return tz or service_of(request).settings.time_zone


ZoneQuery = Annotated[str, Depends(_zone)]
"""The name of a time zone: that of `tz`, or of the home."""


async def only_known(request: Request) -> None:
    """Refuse parameters that the resource does not take, and those given twice that may not be.

    A filter that is not understood would otherwise give a silently unfiltered number.
    """
    if not request.scope["query_string"]:
        return
    route = request.scope["route"]
    assert isinstance(route, APIRoute)
    known = dict(_known(route))
    if is_old(request.scope):
        for name in ADDED.get(without_version(request.scope["path"]), ()):
            del known[name]
    taken = sorted(known)
    given = Counter(name for name, _ in request.query_params.multi_items())
    wrong = {
        name: "is given more than once"
        for name, times in given.items()
        if times > 1 and not known.get(name)
    }
    wrong |= {
        name: f"is not taken here: {', '.join(taken) or 'nothing'} can be"
        for name in given
        if name not in taken
    }
    if wrong:
        raise RequestValidationError(
            [{"loc": ("query", name), "msg": what} for name, what in wrong.items()]
        )


_KNOWN: dict[str, dict[str, bool]] = {}
"""What `_taken` gives, by the name of the route: it would take longer than most of a request."""


def _known(route: APIRoute) -> dict[str, bool]:
    known = _KNOWN.get(route.unique_id)
    if known is None:
        known = _KNOWN[route.unique_id] = dict(_taken(route.dependant))
    return known


def _taken(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    """The parameters that a resource takes, by itself or through others; which may come often."""
    for field in dependant.query_params:
        kinds = get_args(field.field_info.annotation)
        yield field.alias, any(get_origin(kind) is list for kind in kinds)
    for inner in dependant.dependencies:
        yield from _taken(inner)


def at_fault(request: Request, names: Sequence[str]) -> list[str]:
    """Which parameters of a request say what these names mean, of those that its resource takes.

    One may stand in it as what is left out (`not_country`), as a split by it or as what is compared
    with, or be missing.
    """
    if not names:
        return []
    route, given = request.scope.get("route"), request.query_params
    taken = {name for name, _ in _taken(route.dependant)} if isinstance(route, APIRoute) else set()
    found: list[str] = []
    for name in names:
        said = [one for one in (name, NOT + name) if one in given]
        split = ["split_by"] if given.get("split_by") == name else []
        compared = ["compare"] if _compared_by(given.get("compare", "")) == name else []
        found += said or split or compared or [one for one in (name,) if one in taken]
    return found


def _compared_by(against: str) -> str:
    """The filter whose value is compared with; something else where it is another period."""
    return against.partition(":")[0].removeprefix(NOT)
