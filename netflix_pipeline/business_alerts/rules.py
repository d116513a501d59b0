"""What an alert on a number of the business means. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Self, get_args
from urllib.parse import parse_qsl

from pydantic import ValidationError

from netflix_pipeline.addresses import query_string
from netflix_pipeline.errors import BadInput
from netflix_pipeline.metrics import METRICS, FilterNotTaken, Metric, UnknownMetric
from netflix_pipeline.serving import BothWays, Filters, Period
from netflix_pipeline.serving.query.measures import NotByPeriod, of_period
from netflix_pipeline.serving.query.periods import A_DAY, WEEK, WeekStart, begin_of
from netflix_pipeline.state import AlertDefinition
from netflix_pipeline.state.business_alerts import LONGEST_FILTERS, LONGEST_NAME

Condition = Literal["below", "above", "falls", "rises"]
"""When an alert fires, see `Rule.holds`."""
Grain = Literal["day", "week"]
"""Of how long a period it is."""
Verdict = Literal["well", "fires", "data_missing", "unknown"]
"""What is found of an alert.

well: the condition is not met; fires: it is; data_missing: it would be, and the data that it rests
on are not complete; unknown: there is nothing to judge by.
"""
CONDITIONS: tuple[Condition, ...] = get_args(Condition)
GRAINS: tuple[Grain, ...] = get_args(Grain)

BASES = (7, 14, 21, 28)
"""By how many days the periods are earlier whose mean a period is compared with: of a day the same
weekdays of the four weeks before, of a week these weeks."""
MOST_PERCENT = 1_000_000


class BadBusinessAlert(BadInput):
    """An alert on a number of the business cannot be so; the message says what is wrong.

    `field` names what of it that is; it is empty where that is no one thing.
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Rule:
    """A metric under filters, and when its value in a period is worth an alert."""

    metric: str
    filters: Filters
    condition: Condition
    amount: float
    grain: Grain

    @classmethod
    def of(cls, definition: AlertDefinition) -> Self:
        """What is kept of an alert as what it means. Raises BadBusinessAlert."""
        condition = next((each for each in CONDITIONS if each == definition.condition), None)
        grain = next((each for each in GRAINS if each == definition.grain), None)
        if condition is None or grain is None:
            raise BadBusinessAlert(
                f"an alert's condition is one of {', '.join(CONDITIONS)}, its grain one of "
                f"{', '.join(GRAINS)}."
            )
        filters = cls.narrowed(definition.filters)
        rule = cls(definition.metric, filters, condition, definition.amount, grain)
        rule.check()
        return rule

    @staticmethod
    def narrowed(query: str) -> Filters:
        """Filters as an address says them. Raises BadBusinessAlert."""
        said: dict[str, list[str]] = {}
        for name, value in parse_qsl(query, keep_blank_values=True):
            said.setdefault(name, []).append(value)
        try:
            return Filters.read(said)
        except BothWays as error:
            raise BadBusinessAlert(str(error)) from error
        except ValidationError as error:
            wrong = error.errors()[0]
            name = ".".join(map(str, wrong["loc"][:1]))
            raise BadBusinessAlert(f"the filter {name} cannot be so: {wrong['msg']}.") from error

    def kept(self, name: str, receivers: Sequence[str]) -> AlertDefinition:
        """It as it is kept, under a name. Raises BadBusinessAlert."""
        name = " ".join(name.split())
        if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
            raise BadBusinessAlert(
                f"write 1 to {LONGEST_NAME} characters as the alert's name.", "name"
            )
        filters = query_string(self.filters.pairs).removeprefix("?")
        if len(filters) > LONGEST_FILTERS:
            raise BadBusinessAlert(
                "the filters say more than can be kept: choose fewer values.", "filters"
            )
        self.check()
        return AlertDefinition(
            name,
            self.metric,
            filters,
            self.condition,
            self.amount,
            self.grain,
            tuple(dict.fromkeys(receivers)),
        )

    @property
    def definition(self) -> Metric:
        """What its metric means."""
        return METRICS[self.metric]

    @property
    def compares(self) -> bool:
        """Whether it compares with the periods before."""
        return self.condition in ("falls", "rises")

    def check(self) -> None:
        """Raises BadBusinessAlert for what no period can be judged by."""
        try:
            of_period(self.metric).check(self.filters.given)
        except (UnknownMetric, NotByPeriod, FilterNotTaken) as error:
            raise BadBusinessAlert(str(error), "metric") from error
        if not math.isfinite(self.amount):
            raise BadBusinessAlert("the amount of an alert is a number.", "amount")
        if self.compares and not 0 < self.amount <= MOST_PERCENT:
            raise BadBusinessAlert(
                "a fall or a rise is told by more than 0 percent: 20 is a fifth of what was "
                "before.",
                "amount",
            )
        if self.condition == "falls" and self.amount >= 100:
            raise BadBusinessAlert(
                "nothing falls by more than 100 %: give less than 100.", "amount"
            )

    def holds(self, value: float | None, base: float | None) -> bool | None:
        """Whether a value meets the condition, given what it is compared with; None if unknown.

        below, above: the value is less or more than the amount, in the metric's unit. falls, rises:
        it is by more than that many percent less or more than the base.
        """
        if value is None:
            return None
        if not self.compares:
            return value < self.amount if self.condition == "below" else value > self.amount
        if not base:
            return None
        change = (value - base) / base * 100
        return change < -self.amount if self.condition == "falls" else change > self.amount

    def weeks_of(self, week_start: WeekStart) -> WeekStart:
        """With which day its weeks begin, given that of the home."""
        return week_start if self.definition.by_calendar else "monday"

    def last(self, complete: date, week_start: WeekStart) -> Period:
        """The last of its periods that have ended with the day `complete`."""
        if self.grain == "day":
            return Period(from_=complete, to=complete)
        past = begin_of(complete + A_DAY, "week", self.weeks_of(week_start))
        return Period(from_=past - WEEK, to=past - A_DAY)
