"""Who came, came back and stayed away, by week."""

from dash_app import formats
from dash_app.figures import column, stacked
from dash_app.page_request import Visit
from dash_app.panels import weeks
from dash_app.panels.links import behind
from dash_app.panels.panel import PEOPLE, Panel
from dash_app.panels.time_buckets import Steps
from dash_app.table import NOTES, Table, TableColumn
from netflix_pipeline.serving import Answer
from netflix_pipeline.serving.questions.lifecycle import LifecycleQuestion, LifecycleWeek

PARTS = {
    "returning_users": ("Returning", "part-1"),
    "resurrected_users": ("Resurrected", "part-3"),
    "new_users": ("New", "part-5"),
    "dormant_users": ("Dormant", "part-4"),
}
"""The parts of a week from the line outwards, the last one below it: name, and colour."""
DOWN = "dormant_users"
PROVISIONAL = "not over yet: provisional"


def ask(visit: Visit) -> Answer[tuple[LifecycleWeek, ...]]:
    """What `lifecycle` shows."""
    return visit.source.ask(LifecycleQuestion(weeks.shown(visit)))


def lifecycle(visit: Visit) -> Panel:
    """The panel of new, returning, resurrected and dormant people by week."""
    answer = ask(visit)
    course = answer.data
    days = [weeks.whole(each.week) for each in course]
    notes = visit.notes_of(answer.period) if answer.period else ()
    lacking = [PROVISIONAL if each.provisional else None for each in course]
    steps = Steps("week", days, lacking, notes)
    known = any(steps.words)
    table = Table(
        "People by week and by what they did before",
        (
            TableColumn("week", "Week of", weeks.named),
            TableColumn("active_users", "Active", formats.number),
            *(TableColumn(name, label, formats.number) for name, (label, _) in PARTS.items()),
            *((NOTES,) if known else ()),
        ),
        tuple(
            (
                each.week,
                each.active_users,
                *(getattr(each, name) for name in PARTS),
                *((note,) if known else ()),
            )
            for each, note in zip(course, steps.words, strict=True)
        ),
        tuple(behind(visit, each, metric="plays") for each in days),
    )
    parts = [
        column(table, "week", name, name=label, color=c, down=name == DOWN, partial=steps.partial)
        for name, (label, c) in PARTS.items()
    ]
    return Panel(
        name="lifecycle",
        heading="New, returning and lost people by week",
        summary=_summary(course),
        table=table,
        answer=answer,
        figure=stacked(table, "week", parts, value="Users", shapes=steps.shapes),
        rows=behind(visit, answer.period, metric="plays"),
        note=weeks.weeks_shown(visit, [each.week for each in course]),
        nothing="Nobody played in these weeks, nor in the week before them.",
    )


def _summary(course: tuple[LifecycleWeek, ...]) -> str:
    """The last week that is over: who came, and who did not."""
    over = [each for each in course if not each.provisional]
    if not over:
        return ""
    last = over[-1]
    return (
        f"In the week of {weeks.named(last.week)} {formats.counted(last.active_users, *PEOPLE)} "
        f"played: {formats.number(last.new_users)} for the first time, "
        f"{formats.number(last.resurrected_users)} after a pause; "
        f"{formats.number(last.dormant_users)} of the week before did not."
    )
