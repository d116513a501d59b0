"""In which order a file's dates have day, month and year: decided for the whole file.

One value alone hardly ever tells it: `05/02/2023` is a day in February or in May. So all of a
file's dates are looked at before anything of it is stored, and read in one order.
"""

from dataclasses import dataclass, field
from datetime import date

import polars as pl

from netflix_pipeline.errors import BadInput
from netflix_pipeline.sources.chunk import Lines
from netflix_pipeline.sources.dates import MONTHS, Order, depending, readings

HOW = "--date-order {0}, `order` in a mapping, `date_order` in FILE.toml beside it in landing"


@dataclass(frozen=True)
class Decided:
    """The order of a file's dates, and for people how it is known."""

    order: Order
    why: str


@dataclass
class _Run:
    """Whether dates go up or down throughout, as far as they were looked at."""

    last: date | None = None
    up: bool = True
    down: bool = True

    def go_on(self, days: pl.Series) -> None:
        days = days.drop_nulls()
        if self.last is not None:
            days = pl.concat([pl.Series([self.last], dtype=pl.Date), days])
        if days.len():
            self.last = days[-1]
            self.up = self.up and days.is_sorted()
            self.down = self.down and days.is_sorted(descending=True)


@dataclass
class _OrderState:
    """What is known of one order: the first date that it cannot read, its years, its run."""

    against: str = ""
    years: set[int] = field(default_factory=set)
    runs: dict[str, _Run] = field(default_factory=dict)

    @property
    def sorted(self) -> bool:
        return any(run.up or run.down for run in self.runs.values())


class DateOrderDetector:
    """Takes in a file's dates, column by column and stretch by stretch, and decides."""

    def __init__(self) -> None:
        self._readings = {order: _OrderState() for order in Order}
        self._proofs: dict[frozenset[Order], str] = {}
        self._open: dict[frozenset[Order], tuple[str, dict[Order, date]]] = {}

    def look(self, column: str, text: pl.Series, lines: Lines) -> None:
        """Take in a stretch of a column of text; `lines` tells where in the file each row is."""
        if text.is_empty():
            return
        dates = depending(text)
        first = dates.arg_unique()
        distinct = dates.gather(first)
        read = [{} if each is None else readings(each) for each in distinct.to_list()]
        for line, each, readings_of in zip(lines[first.to_numpy()], distinct, read, strict=True):
            if readings_of:
                self._note(f"line {line}: {each}", readings_of)
        if not self._proofs:
            return
        for order, reading in self._readings.items():
            if not reading.against:
                days = pl.Series([readings_of.get(order) for readings_of in read], dtype=pl.Date)
                run = reading.runs.setdefault(column, _Run())
                run.go_on(dates.replace_strict(distinct, days, return_dtype=pl.Date))

    def _note(self, place: str, days: dict[Order, date]) -> None:
        """Take a date's readings as evidence."""
        orders = frozenset(days)
        self._proofs.setdefault(orders, place)
        if orders not in self._open and len(set(days.values())) > 1:
            self._open[orders] = place, days
        for order, reading in self._readings.items():
            if order in days:
                reading.years.add(days[order].year)
            elif not reading.against:
                reading.against = place

    def decide(self, where: object) -> Decided:
        """The one order of all dates; any, without a reason, when no date depends on it.

        Raises BadInput when the file leaves it open, or has dates in several orders.
        """
        if not self._proofs:
            return Decided(Order.dmy, "")
        fitting = [order for order, reading in self._readings.items() if not reading.against]
        if not fitting:
            raise BadInput(self._mixed(where))
        if len(fitting) == 1:
            return Decided(fitting[0], self._only(fitting[0]))
        # A file spans few years: read in the wrong place, days of a month pass for many.
        fewest = min(len(self._readings[order].years) for order in fitting)
        fitting = [order for order in fitting if len(self._readings[order].years) == fewest]
        if len(fitting) == 1:
            return Decided(fitting[0], "so the file spans the fewest years")
        rising = [order for order in fitting if self._readings[order].sorted]
        if len(rising) == 1:
            return Decided(rising[0], "only so the file is sorted by date")
        for place, days in self._open.values():
            by_day = {days[order]: order for order in fitting if order in days}
            if len(by_day) > 1:
                raise BadInput(_left_open(where, place, by_day))
        return Decided(fitting[0], "")

    def _only(self, order: Order) -> str:
        """Why the order is the only one: what in the file no other can read."""
        other = Order.dmy if order is Order.mdy else Order.mdy
        return f"{self._readings[other].against} is no date otherwise"

    def _mixed(self, where: object) -> str:
        shortest = sorted(self._proofs.items(), key=lambda proof: len(proof[0]))
        examples = "; ".join(
            f"{place} ({' or '.join(order.words for order in Order if order in orders)})"
            for orders, place in shortest[:3]
        )
        return (
            f"{where}: its dates are written in several orders of day and month: {examples}. Mend "
            f"them, or tell the order ({HOW.format('dmy, mdy or ymd')}): what is no date in it "
            "goes to quarantine"
        )


def _left_open(where: object, place: str, readings: dict[date, Order]) -> str:
    choices = " or ".join(
        f"{day.day} {MONTHS[day.month - 1]} {day.year} ({order.words})"
        for day, order in readings.items()
    )
    orders = " or ".join(readings.values())
    return (
        f"{where}: nothing in it decides the order of day and month: {place} is {choices}. "
        f"Tell the order ({HOW.format(orders)})"
    )
