"""Is it complete: which days are settled, and how late their rows usually come."""

from datetime import timedelta

from dash_app import figures, formats
from dash_app.day_notes import provisional
from dash_app.page_request import Visit
from dash_app.panels.panel import Panel
from dash_app.panels.trend import LONGEST_BY_DAY
from dash_app.table import Table, TableColumn
from netflix_pipeline.serving import Answer, Period
from netflix_pipeline.serving.questions.completeness import Completeness, CompletenessQuestion

STATES = (
    "A day is settled once at least 99.5 % of the rows that usually come are in, provisional "
    "before, and late where rows came after it was settled. Rows are the events that are in plays."
)
LATENESS = (
    "How late rows usually come is measured over 28 days that ended at least 7 days ago, of those "
    "after the first arrival. What a file brought more than 7 days after the event is left out."
)
PARTS = {"in_time": "part-1", "bulk_rows": "part-3", "late_rows": "part-4"}
"""The rows of a day by when they came, and their colours."""
HOURS = (0, 1, 2, 3, 6, 12, 24)
FEWEST_DAYS, MOST_TICKS = 7, 5
"""Days after its end over which a day is followed at least, and labels of the axis of them."""


def ask(visit: Visit) -> Answer[Completeness]:
    """Of the newest days of the page's period: as many as can be told apart."""
    period = visit.period
    first = max(period.from_, period.to - timedelta(days=LONGEST_BY_DAY - 1))
    return visit.source.ask(CompletenessQuestion(Period(from_=first, to=period.to)))


def complete(answer: Answer[Completeness]) -> Panel:
    """The panel of the rows of each day, and whether it is settled."""
    days = answer.data.days
    table = Table.of(
        "Is it complete?",
        (
            TableColumn("day", "Day of viewing", formats.day),
            TableColumn("state", "State", str.capitalize),
            TableColumn("rows", "Rows", formats.number),
            TableColumn("in_time", "In time", formats.number),
            TableColumn("bulk_rows", "Bulk load", formats.number),
            TableColumn("late_rows", "Late", formats.number),
            TableColumn("expected_share", "Usually in by now", formats.percent),
            TableColumn("last_received_at", "Last received", formats.moment),
        ),
        days,
        in_time=lambda day: day.rows - day.bulk_rows - day.late_rows,
    ).rows_if(any(day.rows for day in days))
    provisional_days = {at for at, day in enumerate(days) if day.state == "provisional"}
    parts = [
        figures.column(
            table, "day", name, name=table.label(name), color=color, partial=provisional_days
        )
        for name, color in PARTS.items()
    ]
    return Panel(
        name="complete",
        heading=table.caption,
        summary=_summary(answer.data),
        table=table,
        answer=answer,
        figure=figures.stacked(table, "day", parts, value=table.label("rows")),
        sentences=[STATES, LATENESS],
        note="Provisional days are paler.",
        nothing="Nothing was watched on these days.",
    )


def lateness(answer: Answer[Completeness]) -> Panel:
    """The panel of the share of a day's rows that usually is in so long after it."""
    data, steps = answer.data, _steps(answer.data)
    table = Table(
        "How late rows come",
        (
            TableColumn("after", "After the day’s end"),
            TableColumn("within_hours", "Hours", formats.number),
            TableColumn("share_in", "Rows in", formats.percent),
        ),
        tuple((_hours(hours), hours, _share_in(data, hours)) for hours in steps),
    )
    apart = -(-len(steps) // MOST_TICKS) or 1
    return Panel(
        name="lateness",
        heading=table.caption,
        summary=_settling(data),
        table=table,
        answer=answer,
        figure=figures.lines(
            table,
            "after",
            [
                *figures.area(table, "after", "share_in"),
                *figures.line(table, "after", "share_in"),
            ],
            value=table.label("share_in"),
            ticks={at: _hours(steps[at]) for at in range(0, len(steps), apart)},
            yaxis={"range": [0, 1], "tickformat": ".0%"},
        ),
        facts=[
            ("Measured over", formats.period(data.measured)),
            ("Rests on", formats.counted(data.measured_rows, "row")),
        ]
        if data.measured
        else (),
        sentences=[LATENESS],
        nothing="Not known yet: it takes 7 days of viewing after the first arrival that ended at "
        "least 7 days ago. Until then a day is settled once it is over.",
    )


def _summary(data: Completeness) -> str:
    """Of which days more is to come, and to which more came."""
    to_come = {
        day.day: 1 - day.expected_share
        for day in data.days
        if day.state == "provisional" and day.expected_share is not None
    }
    said = [provisional(to_come)]
    late = [day for day in reversed(data.days) if day.state == "late"]
    if late:
        days = formats.first_of([formats.day(day.day) for day in late], "day")
        are, were = ("is", "it was") if len(late) == 1 else ("are", "they were")
        rows = formats.counted(sum(day.late_rows for day in late), "row")
        said.append(f"{days} {are} late: {rows} came after {were} settled")
    return " ".join(f"{each}." for each in said if each) or "Every day that is over is settled."


def _settling(data: Completeness) -> str:
    if not data.settles_within_hours:
        return "A day is settled once it is over."
    return f"A day is settled {_hours(data.settles_within_hours)} after its end."


def _steps(data: Completeness) -> list[int]:
    """The hours of which the share is shown; none where it is not known."""
    if data.settles_within_hours is None:
        return []
    days = max(FEWEST_DAYS, data.settles_within_hours // 24)
    return [*HOURS, *(24 * day for day in range(2, days + 1))]


def _share_in(data: Completeness, hours: int) -> float:
    known = [step.share for step in data.lateness if step.within_hours <= hours]
    return known[-1] if known else 0.0


def _hours(hours: int) -> str:
    return f"{hours}{formats.SPACE}h" if hours <= 24 else formats.days(hours // 24)
