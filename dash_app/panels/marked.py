"""Notes on days, put where a chart over time shows these days, and into its table's words."""

from __future__ import annotations

from collections.abc import Sequence

from dash_app.charts.marks import Mark
from dash_app.notes import Note
from netflix_pipeline.serving import Period


def marked(notes: Sequence[Note], steps: Sequence[Period]) -> list[Mark]:
    """The notes of the days that are shown, each at its step: a day, or a longer stretch."""
    return [
        Mark(at, note.text, note.kind)
        for at, step in enumerate(steps)
        for note in notes
        if step.from_ <= note.day <= step.to
    ]


def words(marks: Sequence[Mark], lacking: Sequence[str | None]) -> list[str]:
    """What is to be known of each step, in words; empty where nothing is.

    `lacking` is what its number lacks by itself, step by step.
    """
    return [
        "; ".join(filter(None, (lack, *(mark.text for mark in marks if mark.index == at))))
        for at, lack in enumerate(lacking)
    ]
