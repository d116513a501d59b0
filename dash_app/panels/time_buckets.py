"""The days, weeks or months that a chart over time shows: their axis, their rows, their notes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dash_app import formats
from dash_app.charts.marks import ChartMark
from dash_app.charts.scale import labelled
from dash_app.day_notes import Note
from dash_app.table import NOTES, Table, TableColumn
from netflix_pipeline.serving import Period
from netflix_pipeline.serving.questions.series import Series

CUT = "not whole: cut by the period"

A_YEAR = 366
"""Days in which a day of a month is known without its year."""

Link = Callable[[Period], str]
"""The address that a stretch of days leads to."""


@dataclass(frozen=True)
class Steps:
    """The steps of a chart over time, in order, and what is to be known of them.

    `step` is their kind: day, week or month. `lacking` is what the number of each lacks by itself,
    None where it is whole; `notes` are of days.
    """

    step: str
    days: Sequence[Period]
    lacking: Sequence[str | None]
    notes: Sequence[Note]

    @classmethod
    def of(cls, series: Series, notes: Sequence[Note]) -> Steps:
        """The stretches of a series of days or longer."""
        days = [Period(from_=each.from_, to=each.to) for each in series.buckets]
        lacking = [CUT if each.partial else None for each in series.buckets]
        return cls(series.granularity, days, lacking, notes)

    @property
    def by_day(self) -> bool:
        """Whether each is a single day."""
        return self.step == "day"

    @cached_property
    def partial(self) -> frozenset[int]:
        """The steps that are not whole, by index."""
        unfinished = [note.day for note in self.notes if note.unfinished]
        return frozenset(
            at
            for at, (lack, days) in enumerate(zip(self.lacking, self.days, strict=True))
            if lack or any(days.from_ <= day <= days.to for day in unfinished)
        )

    @property
    def labels(self) -> dict[int, str]:
        """What stands below the chart, by index."""
        first, last = self.days[0].from_, self.days[-1].from_
        said = formats.day_of_year if (last - first).days < A_YEAR else formats.month
        return {at: said(self.days[at].from_) for at in labelled(len(self.days))}

    @cached_property
    def marks(self) -> list[ChartMark]:
        """The notes of the days that are shown, each at its step."""
        return [
            ChartMark(at, note.text, note.kind)
            for at, days in enumerate(self.days)
            for note in self.notes
            if days.from_ <= note.day <= days.to
        ]

    @cached_property
    def words(self) -> list[str | None]:
        """What is to be known of each, in words; None where nothing is."""
        return [
            "; ".join(filter(None, (lack, *(mark.text for mark in self.marks if mark.index == at))))
            or None
            for at, lack in enumerate(self.lacking)
        ]

    def table(
        self,
        caption: str,
        columns: Sequence[TableColumn],
        values: Sequence[Sequence[Any]],
        link: Link,
    ) -> Table:
        """A row for each step: its days, its values, and where there is something, what to know.

        `values` are by column; `link` gives the address that the days of a row lead to.
        """
        said = formats.weekday if self.by_day else formats.day
        named = [TableColumn("from", "Day (UTC)" if self.by_day else "From (UTC)", said)]
        names: list[list[Any]] = [[each.from_ for each in self.days]]
        if not self.by_day:
            named.append(TableColumn("to", "To", formats.day))
            names.append([each.to for each in self.days])
        known = any(self.words)
        return Table(
            caption,
            (*named, *columns, *((NOTES,) if known else ())),
            tuple(zip(*names, *values, *((self.words,) if known else ()), strict=True)),
            tuple(map(link, self.days)),
            keys=len(named),
        )
