"""Objectives: what is promised, what is left of what may go wrong, and how fast that is used."""

from collections.abc import Sequence

from dash_app import figures, formats
from dash_app.page_request import Visit
from dash_app.panels.panel import Panel
from dash_app.table import Table, TableColumn
from netflix_pipeline.monitoring import NOTHING_MEASURED, ObjectiveReport, ToldObjective
from netflix_pipeline.serving import Answer

ABOUT = (
    "An objective leaves a share that may go wrong in 30 days: its budget. Time that nobody "
    "measured counts neither as good nor as bad, so that a budget is of what was measured."
)
BURN = (
    "A burn of 1 uses just that budget up in 30 days; from 14.4 on somebody is called, where that "
    "goes on for an hour."
)
OVER = -0.05
"""What is left of a budget of which it is told how many times it was used."""
UNWATCHED = (
    "Nobody watches now, so that this is of before: netflix-pipeline serve measures while it "
    "serves the API."
)


def objectives(visit: Visit) -> Panel:
    """The panel of all objectives: the budget that is left as bars."""
    report = visit.objectives() if visit.objectives else NOTHING_MEASURED
    table = _table(report, report.objectives)
    known = _table(report, _known(report))
    return Panel(
        name="objectives",
        heading=table.caption,
        summary=_summary(report),
        table=table,
        answer=Answer[None](data=None, snapshot=visit.info),
        figure=figures.bars(
            known, "title", "budget_left", known.texts_of("budget_left"), unit="share", signed=True
        )
        if known.rows
        else None,
        facts=[("Looked at", formats.moment(report.evaluated_at))] if report.evaluated_at else (),
        sentences=[ABOUT, BURN],
        note=None if report.watched else UNWATCHED,
    )


def _known(report: ObjectiveReport) -> list[ToldObjective]:
    """Those of which something was measured."""
    return [each for each in report.objectives if each.budget_left is not None]


def _table(report: ObjectiveReport, objectives: Sequence[ToldObjective]) -> Table:
    return Table.of(
        "Objectives",
        (
            TableColumn("title", "Objective"),
            TableColumn("budget_left", "Budget left", _left),
            TableColumn("objective", "Promised", formats.percent),
            TableColumn("promise", "Of what"),
            TableColumn("used", "Gone wrong"),
            TableColumn("allowed", "May go wrong"),
            TableColumn("burn", "Burn in the last hour", formats.number),
            TableColumn("bad_since", "Since", formats.moment, none=""),
            TableColumn("measured", "Measured"),
            TableColumn("alerts", "Fires", none=""),
        ),
        objectives,
        used=lambda each: _amount(each, each.bad) if each.every else None,
        allowed=lambda each: _allowed(each) if each.every else None,
        measured=lambda each: (
            f"{formats.age(each.measured_seconds)} of {formats.days(report.days)}"
        ),
        alerts=lambda each: ", ".join(each.alerts) or None,
    )


def _summary(report: ObjectiveReport) -> str:
    """Those that burn, and else how the one stands of which least is left."""
    known = _known(report)
    if not known:
        return "Nothing was measured yet."
    burning = [each for each in known if (each.burn or 0) > 1]
    if burning:
        said = (
            f"{each.title}: the budget is used {formats.number(each.burn)} times as fast as it "
            f"may, since {formats.moment(each.bad_since)}."
            for each in burning
        )
        return " ".join(said)
    least = min(known, key=lambda each: each.budget_left or 0)
    left = least.budget_left or 0
    told = f"{_left(left)} the budget" if left <= OVER else f"{_left(left)} of the budget is left"
    return (
        f"{least.title} has least left: {_amount(least, least.bad)} went wrong, "
        f"{_allowed(least)} may, {told}."
    )


def _left(share: float) -> str:
    """`99.9%` of a budget; `used 3.8 times` where more went wrong than may."""
    if share > OVER:
        return formats.percent(max(share, 0))
    return f"used {formats.number(round(1 - share, 1))} times"


def _allowed(objective: ToldObjective) -> str:
    """`43 min`; `0 of 50 requests` where so little was measured that nothing of it may go wrong."""
    if round(objective.allowed):
        return _amount(objective, objective.allowed)
    return f"0 of {_amount(objective, objective.every)}"


def _amount(objective: ToldObjective, value: float) -> str:
    """`12 requests`, `43 min`."""
    if objective.unit == "seconds":
        return formats.age(value)
    return formats.counted(round(value), objective.unit.removesuffix("s"))
