"""What can be asked of a snapshot: the base of every question, and what each of them needs.

A question is a value: two that are equal have the same answer from the same snapshot, so that
answers can be kept by their questions. It declares what is derived everywhere else: the frame of
its answer, the description and the CSV of its resource, and how long and for whom it is kept.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from types import SimpleNamespace
from typing import Any, ClassVar, Generic, TypeVar, cast, get_args, get_origin
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from typing_extensions import get_original_bases, override

from netflix_pipeline import time_zones
from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving.answer import (
    Answer,
    AnswerModel,
    Page,
    Period,
    SnapshotInfo,
    Told,
    column,
    measure,
)
from netflix_pipeline.serving.query.completeness import completeness
from netflix_pipeline.serving.query.filters import ALL, Filters
from netflix_pipeline.serving.query.periods import WeekStart, days_outside, resolve
from netflix_pipeline.serving.query.presets import Preset
from netflix_pipeline.serving.query.zones import days_of_zone, widened
from netflix_pipeline.serving.snapshot.open import Row, Snapshot

FORMULA = tuple("=+-@\t\r\n＝＋－＠")
"""Beginnings by which a spreadsheet takes a text for a formula; the wide ones too."""
JOINED = "; "
"""Between the values of a cell that has several."""


def csv_text(heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> bytes:
    """A table in UTF-8 as RFC 4180 has it, the names of the columns first.

    Nothing is an empty cell, whole numbers have no point, times and days are RFC 3339, and a text
    that a spreadsheet would take for a formula has a `'` before it.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(heads)
    for row in rows:
        writer.writerow(map(_cell, row))
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # a count is one also where it was added up as a float
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        value = JOINED.join(map(_cell, value))
    assert isinstance(value, str), f"a cell cannot hold {value!r}: rows of tables are flat"
    return f"'{value}" if value.startswith(FORMULA) else value


__all__ = [
    "ALL",
    "EXAMPLE_PERIOD",
    "EXAMPLE_SNAPSHOT",
    "Answer",
    "AnswerModel",
    "Filters",
    "PagedQuestion",
    "Period",
    "Question",
    "Row",
    "RowTable",
    "Snapshot",
    "Told",
    "column",
    "example",
    "frame",
    "measure",
    "table_of",
]

T = TypeVar("T")

EXAMPLE_PERIOD = Period(from_=date(2026, 2, 7), to=date(2026, 3, 6))
EXAMPLE_SNAPSHOT = SnapshotInfo(
    version=12,
    built_at=datetime(2026, 3, 7, 6, 0, 12, tzinfo=UTC),
    data_from=date(2026, 1, 1),
    data_to=date(2026, 3, 6),
    as_of=datetime(2026, 3, 7, 5, 59, 58, tzinfo=UTC),
)
EXAMPLE_CURSOR = "WyJwbGF5cyIsMTc3MjczNzMzMTAwMDAwMCwidS0xNyIsInQtMjA0IiwxXQ"


@dataclass(frozen=True)
class RowTable(Generic[T]):
    """How the data of an answer become rows: their type, whose fields are the columns, and they.

    Rows are flat; a field may be a list of plain values.
    """

    row: type[BaseModel]
    rows: Callable[[T], Iterable[BaseModel]]

    def csv(self, data: T) -> bytes:
        """The table in UTF-8 as RFC 4180 has it, the names of the columns first."""
        return csv_text(self.heads, self.in_json(data))

    def in_json(self, data: T) -> Iterator[Iterable[Any]]:
        """The values of each row as JSON has them; what JSON leaves out is nothing."""
        heads = self.heads
        for row in self.rows(data):
            told = row.model_dump(mode="json", by_alias=True)
            yield [told.get(head) for head in heads]

    def cells(self, data: T) -> Iterator[list[Any]]:
        """The values of each row as they are; several of one field as one text."""
        heads = self.heads
        for row in self.rows(data):
            told = row.model_dump(by_alias=True)
            yield [
                JOINED.join(map(str, one)) or None if isinstance(one, list | tuple) else one
                for one in map(told.get, heads)
            ]

    @property
    def heads(self) -> list[str]:
        """The names of the columns, as JSON has them."""
        return [field.serialization_alias or name for name, field in self.row.model_fields.items()]

    @property
    def meanings(self) -> list[str]:
        """What stands in each column, with its unit."""
        return [field.description or "" for field in self.row.model_fields.values()]


@dataclass(frozen=True, slots=True)
class Question(Generic[T]):
    """A question that is answered by data of type `T` within an `Answer`.

    Its fields are its parameters; `period`, `filters` and `zone` mean the same in all of them. The
    first line of its docstring says what it answers, also in `docs/api.md`.
    """

    metrics: ClassVar[tuple[str, ...]] = ()
    """The metrics that it answers, as the catalogue of metrics tells."""
    narrowing: ClassVar[tuple[str, ...]] = ()
    """Fields that narrow it down, besides `filters`."""
    rows: ClassVar[RowTable[Any] | None] = None
    """How an answer becomes a table that is not a list of rows anyway."""
    framing: ClassVar[type[Answer[Any]] | None] = None
    """The type of its answers, where their frame says more than that of others."""
    ever: ClassVar[bool] = False
    """Whether it is about all days without a period, not about the 28 days that end with data."""
    scope: ClassVar[str] = "analytics:read"
    """What a key must be for."""
    personal: ClassVar[bool] = False
    """Whether it is about single persons: its answers are not shared."""
    warmed: ClassVar[bool] = False
    """Whether its answer without any parameters is made beforehand from each new snapshot."""
    settles: ClassVar[bool] = True
    """Whether it is of days of viewing, which are provisional until their rows are in."""
    dashboard_only: ClassVar[bool] = False
    """Whether no resource answers it."""
    example: ClassVar[tuple[dict[str, Any], Any]]
    """The parameters of a question of this kind, and data that might answer it."""

    def resolved(self, snapshot: Snapshot) -> Period | None:
        """The days that it is about; None where it is about all of them. Raises BadPeriod."""
        if not hasattr(self, "period"):
            return None
        period: Period | None = self.period
        return None if period is None and self.ever else resolve(snapshot, period)

    def answer(self, snapshot: Snapshot, period: Any) -> T:
        """The data of the answer; the period is what `resolved` gave."""
        raise NotImplementedError

    @property
    def given(self) -> dict[str, Told]:
        """What it is narrowed to, by filter."""
        filters: Filters = getattr(self, "filters", ALL)
        fields = {name: getattr(self, name) for name in self.narrowing}
        return filters.told | {name: str(one) for name, one in fields.items() if one is not None}

    @property
    def row_table(self) -> RowTable[Any] | None:
        """How its own answer becomes a table; None where it is none."""
        return table_of(type(self))

    def known(self, snapshot: Snapshot) -> Period | None:
        """The days from the first to the last of which there is something; None without any."""
        return snapshot.info.days

    @property
    def clock(self) -> ZoneInfo | None:
        """The zone whose days are meant; None for those of UTC. Raises UnknownZone."""
        return time_zones.clock(getattr(self, "zone", time_zones.UTC))

    def warnings(self, snapshot: Snapshot) -> tuple[str, ...]:
        """What to know before its answer is quoted: that some of the days asked for have none."""
        asked: Period | None = getattr(self, "period", None)
        known = self.known(snapshot)
        if known and self.clock:
            known = days_of_zone(self.clock, known)
        outside = asked and days_outside(asked, known)
        return (outside,) if outside else ()

    def provisional_from(self, snapshot: Snapshot, period: Period | None) -> date | None:
        """The first of its days that is not settled; None where all are."""
        if period is None or not self.settles:
            return None
        clock = self.clock
        asked = widened(period) if clock else period
        days = completeness(snapshot).provisional(asked, self.known(snapshot))
        if days and clock:
            first = max(days_of_zone(clock, days).from_, period.from_)
            return first if first <= period.to else None
        return days.from_ if days else None

    def days_of(self, data: T, period: Period | None) -> Period | None:
        """The days that its answer is about, once it is known."""
        del data
        return period

    def metrics_of(self, data: T) -> tuple[str, ...]:
        """The names of the metrics in its answer."""
        del data
        return self.metrics

    def zone_of(self, metrics: Iterable[str]) -> str:
        """The zone of the days of some metrics; of UTC, where none of them goes by zones."""
        by_zone = any(METRICS[name].by_zone for name in metrics)
        return getattr(self, "zone", time_zones.UTC) if by_zone else time_zones.UTC

    def staying(self, data: T) -> tuple[str, ...]:
        """That some of its metrics go by days of UTC all the same, where it asks for a zone."""
        utc = [name for name in self.metrics_of(data) if METRICS[name].stays_utc]
        return (f"By days of UTC: {', '.join(utc)}.",) if utc and self.clock else ()

    def going_on(self, snapshot: Snapshot, data: T, days: Period | None) -> tuple[str, ...]:
        """That some of its metrics are of single days, where the last of these is not over."""
        last = snapshot.info.unfinished
        of_days = [name for name in self.metrics_of(data) if METRICS[name].of_single_days]
        if not of_days or days is None or days.to != last:
            return ()
        return (f"{last} is not over: of that day {', '.join(of_days)} may still change.",)

    def asked(self, snapshot: Snapshot) -> Answer[T]:
        """Its answer from a snapshot."""
        period = self.resolved(snapshot)
        data = self.answer(snapshot, period)
        return self.framed(snapshot.info, period, data, **self._caveats(snapshot, period, data))

    def _caveats(self, snapshot: Snapshot, period: Period | None, data: T) -> dict[str, Any]:
        """What is to be known of it, besides."""
        days = self.days_of(data, period)
        return {
            "warnings": (
                *self.warnings(snapshot),
                *self.staying(data),
                *self.going_on(snapshot, data, days),
            ),
            "provisional_from": self.provisional_from(snapshot, days),
        }

    def framed(self, info: SnapshotInfo, period: Period | None, data: T, **more: Any) -> Answer[T]:
        """Data within the frame of the answer."""
        metrics = self.metrics_of(data)
        return frame(type(self))(
            data=data,
            period=self.days_of(data, period),
            filters=self.given,
            zone=self.zone_of(metrics),
            metrics=metrics,
            snapshot=info,
            **more,
        )


@dataclass(frozen=True, slots=True)
class PagedQuestion(Question[T]):
    """A question that is answered in pages: a `limit` of rows at once, from a `cursor` on."""

    def page(self, snapshot: Snapshot, period: Any) -> tuple[T, str | None]:
        """The data of one page, and the cursor of the next one. Raises BadCursor."""
        raise NotImplementedError

    @override
    def asked(self, snapshot: Snapshot) -> Page[T]:
        period = self.resolved(snapshot)
        data, following = self.page(snapshot, period)
        more = {"next": following, **self._caveats(snapshot, period, data)}
        return cast("Page[T]", self.framed(snapshot.info, period, data, **more))


@dataclass(frozen=True, slots=True)
class Moving(Generic[T]):
    """A question about a preset period: about the days that it has by the data that are asked.

    Weeks begin with `week_start`.
    """

    question: Question[T]
    preset: Preset
    week_start: WeekStart

    personal: ClassVar[bool] = True
    """Its answer is kept by nobody who only knows a question."""

    def asked(self, snapshot: Snapshot) -> Answer[T]:
        """The answer from a snapshot; `previous` compares with the period before of its kind.

        Without any data it is that of the question without a period.
        """
        known, question = self.question.known(snapshot), self.question
        if known is None:
            return question.asked(snapshot)
        data = snapshot.info.model_copy(update={"data_from": known.from_, "data_to": known.to})
        said: dict[str, Any] = {"period": self.preset.period(data, self.week_start)}
        if getattr(question, "compare", None) == "previous" and self.preset.previous:
            said["compare"] = self.preset.previous
        return replace(question, **said).asked(snapshot)


def data_of(question: type[Question[Any]]) -> Any:
    """The type of what answers a kind of questions."""
    kinds = (base for kind in question.__mro__ for base in get_original_bases(kind))
    return next(arguments[0] for base in kinds if (arguments := get_args(base)))


def table_of(question: type[Question[Any]]) -> RowTable[Any] | None:
    """How the answer becomes a table; None where it is none."""
    known: Any = question
    return _table_of(known)


@cache
def _table_of(question: Any) -> RowTable[Any] | None:
    data = data_of(question)
    if question.rows is None and get_origin(data) is tuple:
        return RowTable(get_args(data)[0], lambda rows: rows)
    rows: RowTable[Any] | None = question.rows
    return rows


def frame(question: type[Question[Any]]) -> type[Answer[Any]]:
    """The type of the answers to a kind of questions: their data within what all have."""
    known: Any = question
    return _frame(known)


@cache
def _frame(question: Any) -> type[Answer[Any]]:
    answer: Any = Page if issubclass(question, PagedQuestion) else Answer
    framed: type[Answer[Any]] = question.framing or answer[data_of(question)]
    return framed


def example(kind: type[Question[T]]) -> Answer[T]:
    """An answer to a question of this kind, made up."""
    parameters, data = kind.example
    question = kind(**parameters)
    snapshot = cast("Snapshot", SimpleNamespace(info=EXAMPLE_SNAPSHOT))
    more = {"next": EXAMPLE_CURSOR} if isinstance(question, PagedQuestion) else {}
    return question.framed(EXAMPLE_SNAPSHOT, question.resolved(snapshot), data, **more)
