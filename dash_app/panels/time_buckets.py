"""The days, weeks or months that a chart over time shows: their axis, their rows, their notes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from dash_app import figures, formats
from dash_app.day_notes import Note
from dash_app.table import NOTES, Table, TableColumn
from netflix_pipeline.serving import Period
from netflix_pipeline.serving.questions.series import Series
from netflix_pipeline.time_zones import UTC

CUT = "not whole: cut by the period"

Link = Callable[[Period], str]
"""The address that a stretch of days leads to."""


@dataclass(frozen=True)
class Steps:
    """The steps of a chart over time, in order, and what is to be known of them.

    `step` is their kind: day, week or month. `lacking` is what the number of each lacks by itself,
    None where it is whole; `notes` are of days, and days are of a time `zone`.
    """

    step: str
    days: Sequence[Period]
    lacking: Sequence[str | None]
    notes: Sequence[Note]
    zone: str = UTC

    @classmethod
    def of(cls, series: Series, notes: Sequence[Note], zone: str = UTC) -> Self:
        """The stretches of a series of days or longer."""
        days = [Period(from_=each.from_, to=each.to) for each in series.buckets]
        lacking = [CUT if each.partial else None for each in series.buckets]
        return cls(series.granularity, days, lacking, notes, zone)

    @property
    def by_day(self) -> bool:
        """Whether each is a single day."""
        return self.step == "day"

    @cached_property
    def called(self) -> list[str]:
        """What each is called: `Sat, 14 Nov 2026`, `Week of 9 Nov 2026`, `Nov 2026`.

        One that the period cuts is called by its days.
        """
        return [
            formats.period(days) if lack == CUT else formats.stretch(self.step, days.from_)
            for lack, days in zip(self.lacking, self.days, strict=True)
        ]

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
    def partial_name(self) -> str:
        """What the legend calls the steps that are not whole."""
        unfinished = any(note.unfinished for notes in self._noted for note in notes)
        return "provisional" if unfinished else "not whole"

    @property
    def shapes(self) -> list[figures.Shape]:
        """The notes of the days that are shown, as a figure draws them."""
        return [
            figures.band(days.from_, days.to)
            if note.kind == "incomplete"
            else figures.flag(days.from_, note.text)
            for days, notes in zip(self.days, self._noted, strict=True)
            for note in notes
        ]

    @cached_property
    def words(self) -> list[str | None]:
        """What is to be known of each, in words; None where nothing is."""
        return [
            "; ".join(filter(None, (lack, *(note.text for note in notes)))) or None
            for lack, notes in zip(self.lacking, self._noted, strict=True)
        ]

    @cached_property
    def _noted(self) -> list[list[Note]]:
        """The notes of each."""
        return [
            [note for note in self.notes if days.from_ <= note.day <= days.to] for days in self.days
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
        names_of = {days.from_: name for days, name in zip(self.days, self.called, strict=True)}
        head = f"{self.step.capitalize()} ({self.zone})"
        named = [TableColumn("from", head, names_of.__getitem__)]
        names: list[list[Any]] = [[each.from_ for each in self.days]]
        if not self.by_day:
            named.append(TableColumn("to", "To", formats.day, in_files=True))
            names.append([each.to for each in self.days])
        known = any(self.words)
        return Table(
            caption,
            (*named, *columns, *((NOTES,) if known else ())),
            tuple(zip(*names, *values, *((self.words,) if known else ()), strict=True)),
            tuple(map(link, self.days)),
            keys=len(named),
        )
