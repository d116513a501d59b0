"""How many searches or recommendations there were, and how many of them were clicked."""

from __future__ import annotations

from dash_app import formats
from dash_app.charts.columns import Part, columns
from dash_app.charts.scale import labelled
from dash_app.figures import columns as figure
from dash_app.panels.interactions import Kind, Told, of_days, refused
from dash_app.panels.marked import marked, words
from dash_app.panels.panel import Key, Panel
from dash_app.panels.trend import CUT, days_of
from dash_app.table import Column, Table
from dash_app.visit import Visit


def volume(visit: Visit, kind: Kind, told: Told | None) -> Panel:
    """The panel of how many there were, with and without a click."""
    name, label = f"{kind.name}-volume", kind.label(kind.whole)
    if told is None:
        return refused(visit, kind, name, label)
    series = told.course.data
    step = series.granularity
    steps = [days_of(bucket) for bucket in series.buckets]
    marks = marked(visit.notes_of(visit.period, kind.arrived), steps)
    notes = words(marks, [CUT if bucket.partial else None for bucket in series.buckets])
    counted = {column: told.counted(column) for column in kind.counts}
    whole, clicked = counted[kind.whole], counted["clicked"]
    counted["not_clicked"] = [n - part for n, part in zip(whole, clicked, strict=True)]
    heading = f"{label} by {step}"
    by_day = step == "day"
    rows = [
        (*((days.from_,) if by_day else (days.from_, days.to)), *counts, note or None)
        for days, *counts, note in zip(steps, *counted.values(), notes, strict=True)
    ]
    table = Table(
        heading,
        (
            Column(
                "from",
                "Day (UTC)" if by_day else "From (UTC)",
                formats.weekday if by_day else formats.day,
            ),
            *(() if by_day else (Column("to", "To", formats.day),)),
            *(Column(column, kind.label(column), formats.number) for column in kind.counts),
            Column("not_clicked", "Without a click", formats.number),
            Column("notes", "To know"),
        ),
        tuple(rows) if any(whole) else (),
        tuple(map(of_days(visit), steps)),
        keys=1 if by_day else 2,
    )
    dates = [days.from_ for days in steps]
    tick_day = formats.day_of_year if dates[0].year == dates[-1].year else formats.month
    summary = (
        f"{formats.number(sum(whole))} in all, {formats.number(sum(clicked))} with a click and "
        f"{formats.number(sum(whole) - sum(clicked))} without."
    )
    return Panel(
        name=name,
        heading=heading,
        summary=summary,
        table=table,
        answer=told.now,
        chart=columns(
            [Part("part-1", clicked), Part("step-3", counted["not_clicked"])],
            label=f"{heading}. {summary}",
            tick=formats.short,
            labels={at: tick_day(dates[at]) for at in labelled(len(dates))},
            partial=frozenset(at for at, bucket in enumerate(series.buckets) if bucket.partial),
            marks=marks,
        ),
        figure=lambda: figure(table, "from", {"clicked": False, "not_clicked": False}, "", label),
        keys=(Key("part part-1", "With a click"), Key("part step-3", "Without")),
        nothing=kind.nothing,
    )
