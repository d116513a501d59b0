"""Two sides beside one another: what they are called, and the links that choose them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from dash_app import formats, labels
from dash_app.filters import COMPARISONS
from dash_app.markup import Html, element
from dash_app.page_request import Visit
from dash_app.table import TableColumn, before_columns
from netflix_pipeline.contracts.dimensions import BEGINNINGS, LEVELS, WEEKDAY
from netflix_pipeline.metrics import Metric
from netflix_pipeline.serving import Choice, Period, title_names
from netflix_pipeline.serving.query.comparisons import chosen_days

ALL = "All"
"""What the side is called that is not narrowed."""
BEFORE = "Before"
WEEKEND, WORKDAYS = ("6", "7"), ("1", "2", "3", "4", "5")
"""Values of the filter by weekday that stand beside one another."""
PARTS_OF_WEEK = {WEEKEND: "Weekend", WORKDAYS: "Monday to Friday"}
"""What they are called."""

SUMS = frozenset(
    {
        *("hours_viewed", "views", "plays", "starters", "watchers", "completers", "sittings"),
        *("searches", "not_found", "without_click", "recommendations"),
    }
)
"""Measures of which the parts add up to the whole, and days to a period."""
RATES = frozenset({"share", "min", "stars"})
"""Units of shares and means, which may be told of however many days."""


class Lengths(NamedTuple):
    """How many days each side has, where that is not the same: their sums tell little then."""

    here: int
    there: int

    @property
    def told(self) -> str:
        """`8 days against 20`."""
        return f"{formats.days(self.here)} against {formats.number(self.there)}"

    def a_day(
        self, metric: str, now: float | None, before: float | None
    ) -> tuple[float, float] | None:
        """What is of a day on each side; None of what does not add up, such as viewers."""
        if metric not in SUMS or now is None or before is None:
            return None
        return now / self.here, before / self.there

    def sentence(self, metric: Metric, now: float | None, before: float | None) -> str:
        """`8 days against 20; a day: 1,242 h against 933 h, +33.1%`."""
        each = self.a_day(metric.name, now, before)
        if each is None:
            return self.told
        here, there = (formats.amount(metric.unit, value) for value in each)
        change = formats.change(metric.unit, *each)
        return f"{self.told}; a day: {here} against {there}{f', {change[0]}' if change else ''}"

    def marked(self, metric: Metric, now: float | None, before: float | None) -> str:
        """`▲ +33.1% a day`: how what is of a day changed; of what does not add up, all of it."""
        each = self.a_day(metric.name, now, before)
        told = formats.marked(metric.unit, *(each or (now, before)))
        return f"{told} a day" if each and all(each) else told

    def note(self, metric: Metric) -> str:
        """What a panel says whose changes are of a day."""
        return f"{self.told}{': changes are of a day' if metric.name in SUMS else ''}."


def lengths(visit: Visit, metric: Metric) -> Lengths | None:
    """How many days both sides of a visit have; None where it is the same, or there is no other.

    And of a share or mean.
    """
    if visit.other is None or metric.unit in RATES:
        return None
    both = Lengths(visit.days_let_in, visit.other.days_let_in)
    return both if both.here != both.there and all(both) else None


def named(visit: Visit, name: str, value: str) -> str:
    """What a filter's value is called; a title by its name."""
    if BEGINNINGS.get(name, name) in LEVELS:
        return labels.title(value, title_names(visit.source.current(), [value]).get(value))
    return formats.dimension(name, value)


def sides(visit: Visit) -> tuple[str, str] | None:
    """What both sides of a visit are called where a filter tells them apart: Germany, France."""
    if visit.against is None:
        return None
    name, there = visit.against
    here = visit.narrowing.given.get(name)
    if name in LEVELS and visit.title_id:
        here = Choice.model_construct(values=(visit.title_id,))
    return _words(visit, name, here) if here else ALL, _words(visit, name, there)


def _words(visit: Visit, name: str, choice: Choice) -> str:
    if name == WEEKDAY and choice.values in PARTS_OF_WEEK and not choice.negated:
        return PARTS_OF_WEEK[choice.values]
    values = [named(visit, name, value) for value in choice.values]
    return formats.chosen(values, negated=choice.negated)


def other_side(visit: Visit) -> str | None:
    """What the other side is called where a filter tells it apart; None where other days do."""
    both = sides(visit)
    return both[1] if both else None


def then(visit: Visit, days: Period | None) -> Period | str | None:
    """With what numbers are compared: the other side by its name, or the days."""
    return (other_side(visit) or days) if days else None


def columns(visit: Visit, unit: str) -> tuple[TableColumn, TableColumn]:
    """The columns of what values are on the other side, and of the change from there."""
    before, change = before_columns(unit)
    return replace(before, label=other_side(visit) or before.label), change


def chosen(visit: Visit) -> str | None:
    """What the address compares with, where that is no period before: days, or a value."""
    compare = visit.filters.compare
    if compare in COMPARISONS:
        return None
    days, against = chosen_days(compare), visit.filters.against
    return formats.period(days) if days else _words(visit, *against) if against else compare


def weekend(visit: Visit) -> tuple[str, bool]:
    """The address of the weekend beside the other days of the week, and whether it stands there.

    Where it does the address is that of the page without.
    """
    filters = visit.filters.with_own(cursor=None)
    both = filters.narrowed(WEEKDAY, Choice(values=WEEKEND)).beside(WEEKDAY, *WORKDAYS)
    now = both == filters
    alone = filters.narrowed(WEEKDAY, None).beside(None)
    return visit.link(alone if now else both), now


def choices(visit: Visit, by: str, values: Sequence[str]) -> Html | None:
    """Links that put values beside the one to which the page is narrowed; None without that."""
    choice = visit.narrowing.given.get(by)
    if choice is None or not choice.is_one or "compare" not in visit.page.takes:
        return None
    others = [value for value in values if value not in (*choice.values, "unknown")]
    links = []
    for value in others:
        filters = visit.filters.beside(by, value)
        now = filters.compare == visit.filters.compare
        filters = visit.filters.beside(None) if now else filters
        links.append(
            element(
                "a",
                formats.dimension(by, value),
                href=visit.link(filters),
                aria_current="true" if now else None,
            )
        )
    if not links:
        return None
    label = f"{formats.dimension(by, *choice.values)} against"
    return element(
        "div",
        element("span", label, aria_hidden="true"),
        links,
        role="group",
        aria_label=label,
        class_="segments against",
    )
