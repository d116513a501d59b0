"""How likely one person leaves, and what weighs most in it."""

from math import exp

from dash_app import formats
from dash_app.page_request import Visit
from dash_app.panels.leaving import MEANING, NOTHING, facts, told
from dash_app.panels.panel import Panel
from dash_app.panels.person_picker import ChosenPerson
from dash_app.table import Table, TableColumn, linked
from netflix_pipeline.serving import Period
from netflix_pipeline.serving.questions.leaving import (
    LeavingReason,
    PersonLeaving,
    UserLeavingQuestion,
)

ODDS = (
    "A reason that weighs ×2 doubles the odds of leaving against the average active person; all "
    "reasons together multiply to the probability."
)

MOST_TIMES = 100
"""How many times the odds are told at most: beyond, nobody was there to learn from."""


def leaving(visit: Visit, who: ChosenPerson) -> Panel:
    """The panel of the probability, the reasons, and the plays behind them. Raises NotFound."""
    answer = who.ask(visit, UserLeavingQuestion)
    data = answer.data
    table = Table.of(
        "Will they stay?",
        (
            TableColumn("label", "What weighs most"),
            TableColumn("towards", "Towards"),
            TableColumn("odds", "Times the odds", _times),
            TableColumn("plays_from", "Plays from", formats.day, in_files=True),
            TableColumn("plays_to", "Plays to", formats.day, in_files=True),
        ),
        data.reasons,
        label=lambda one: _capital(one.label),
        towards=lambda one: "Leaving" if one.effect > 0 else "Staying",
        odds=lambda one: exp(one.effect),
    )
    return Panel(
        name="leaving",
        heading=table.caption,
        summary=_summary(data),
        table=table,
        answer=answer,
        shown=linked(table, {"label": [_plays(visit, one) for one in data.reasons]}),
        facts=facts(data.model, data.origin, data.accuracy),
        sentences=(MEANING, ODDS),
        note=told(data.model, data.origin, data.accuracy),
        nothing=_nothing(data),
    )


def _summary(data: PersonLeaving) -> str:
    if data.probability is None or data.origin is None:
        return ""
    rank = "" if data.decile is None else f", in tenth {data.decile} of 10, the likeliest first"
    return (
        f"With a probability of {formats.percent(data.probability)} they have no play in the 28 "
        f"days from {formats.day(data.origin)} on{rank}. A reason leads to the plays behind it."
    )


def _times(odds: float) -> str:
    """`×2.4`; beyond a hundred, either way, more is not known."""
    if odds > MOST_TIMES:
        return f"over ×{formats.number(MOST_TIMES)}"
    return f"×{formats.number(max(odds, 1 / MOST_TIMES))}"


def _plays(visit: Visit, reason: LeavingReason) -> str | None:
    """The address of the days that a reason rests on."""
    if reason.plays_from is None or reason.plays_to is None:
        return None
    return visit.of_days(Period(from_=reason.plays_from, to=reason.plays_to))


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _nothing(data: PersonLeaving) -> str:
    if data.origin is None:
        return NOTHING
    return (
        f"They had no play in the 28 days before {formats.day(data.origin)}: it is told of people "
        "who are active."
    )
