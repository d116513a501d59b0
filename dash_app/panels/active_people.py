"""What moved how many people were active in a week: by what each of them did before it."""

from dash_app import figures, formats
from dash_app.page_request import Visit
from dash_app.panels import weeks
from dash_app.panels.contributions import MEANING
from dash_app.panels.panel import PEOPLE, Panel
from dash_app.panels.people import compared_week
from dash_app.table import Table, TableColumn, before_cells, before_columns
from netflix_pipeline.serving.questions.audience import LifecycleQuestion, LifecycleWeek
from netflix_pipeline.serving.questions.contributions import Changed, Contribution, Part

UNIT = "users"
GROUPS = {name: label for name, (label, _) in weeks.PARTS.items() if name != weeks.DOWN}
"""The people of a week, told apart."""
NOTE = (
    "Viewers by day, week and month and stickiness are counted of all people together and take no "
    "filter, so it cannot be split what moved them; the people of a week can be."
)


def active_people(visit: Visit) -> Panel:
    """The panel of what new, returning and resurrected people did to the change of a week."""
    answer = weeks.lifecycle_weeks(visit)
    over = [week for week in answer.data if not week.provisional]
    now, before = (over[-1], _before(visit, over[-1])) if over else (None, None)
    rows = contributions(now, before) if now and before else []
    heading = "What moved the active people of a week"
    table = Table.of(
        heading,
        (
            TableColumn("group", "People"),
            TableColumn("contribution", "Contribution", _signed, unit=UNIT),
            TableColumn("share_of_change", "Share of the change", formats.percent),
            TableColumn("users", "In the week", formats.number),
            *before_columns(UNIT),
        ),
        rows,
        group=lambda row: GROUPS[row.group],
        share_of_change=lambda row: row.share,
        users=lambda row: row.now,
        compared=lambda row: before_cells(UNIT, row.now, row.before)[0],
        change=lambda row: before_cells(UNIT, row.now, row.before)[1],
    )
    nothing = "No week that is over has one before it in the data to compare with."
    if before:
        nothing = f"Nothing changed against the week of {formats.day(before.week)}."
    return Panel(
        name="moved",
        heading=heading,
        summary=_summary(now, before, rows) if now and before else "",
        table=table,
        answer=answer,
        figure=figures.bars(
            table, "group", "contribution", table.texts_of("contribution"), signed=True
        ),
        facts=[("Week", formats.period(weeks.whole(now.week)))] if now else [],
        sentences=(MEANING, weeks.PLAYED),
        rows=visit.behind(weeks.whole(now.week), metric="plays") if now else None,
        note=NOTE,
        nothing=f"{nothing} {NOTE}",
    )


def contributions(now: LifecycleWeek, before: LifecycleWeek) -> list[Contribution]:
    """What each group of people did to the change, the largest first; together they are it."""

    def both(name: str) -> tuple[Part, Part]:
        amounts = (getattr(week, name) for week in (now, before))
        then, earlier = (Part(amount, amount) for amount in amounts)
        return then, earlier

    told = Changed({name: both(name) for name in GROUPS}, both("active_users"), averaged=False)
    rows = (told.row([name], group=name) for name in told.largest_first)
    return [row for row in rows if row.contribution]


def _before(visit: Visit, week: LifecycleWeek) -> LifecycleWeek | None:
    """The week that a week is compared with: the one before, where nothing else is chosen."""
    chosen = visit.comparison
    then = compared_week(visit, week.week, "previous" if chosen == "none" else chosen)
    found = visit.source.ask(LifecycleQuestion(then)).data if then else ()
    return found[0] if found else None


def _signed(value: float) -> str:
    return formats.signed(UNIT, value, formats.value_in)


def _summary(now: LifecycleWeek, before: LifecycleWeek, rows: list[Contribution]) -> str:
    """By how much it changed, and who did most of that."""
    change = now.active_users - before.active_users
    size = _signed(change) if change else "unchanged"
    relative = formats.change(UNIT, now.active_users, before.active_users) if change else None
    first = (
        f"{formats.counted(now.active_users, *PEOPLE)} in the week of {formats.day(now.week)}: "
        f"{size}{f' ({relative[0]})' if relative else ''} against the week of "
        f"{formats.day(before.week)}"
    )
    told = [f"{GROUPS[row.group or '']} {_signed(row.contribution or 0)}" for row in rows]
    return f"{'; '.join((first, *told))}."
