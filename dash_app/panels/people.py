"""The cards of the page on people: how many watch, come anew, come back and stay."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from dash_app import formats
from dash_app.filters import COMPARED
from dash_app.labels import metric
from dash_app.markup import Html, element
from dash_app.page_request import Visit
from dash_app.panels import lifecycle, retention, weeks
from dash_app.panels.cards import OF_LAST_DAY, against, card, last_day, rests_on
from dash_app.panels.panel import PEOPLE
from dash_app.panels.trend import granularity
from dash_app.panels.viewers import counts
from netflix_pipeline.serving import Answer, Period, compared_with
from netflix_pipeline.serving.questions.headline import Glance, HeadlineQuestion
from netflix_pipeline.serving.questions.lifecycle import LifecycleQuestion, LifecycleWeek
from netflix_pipeline.serving.questions.retention import Retention, RetentionQuestion, RetentionWeek

OF_WEEK = {"new_users": "New", "resurrected_users": "Resurrected"}
OF_COHORT = {1: "Back after 1 week", 4: "Back after 4 weeks"}
"""Weeks after which it is told how many came back, of the newest cohort of which it is known."""

Facts = list[tuple[str, str]]


def people(visit: Visit) -> Html:
    """All cards; those of the last day with the shape of the period's whole days, weeks, months."""
    asked = HeadlineQuestion(visit.whole, names=OF_LAST_DAY, compare=visit.compared)
    glance, course, step = visit.source.ask(asked), counts(visit), granularity(visit.period)
    last_day = [
        _of_last_day(name, glance, visit.of_whole(course[name], step)) for name in OF_LAST_DAY
    ]
    weekly, cohorts = lifecycle.ask(visit), retention.ask(visit)
    of_weeks = [
        *(_of_week(visit, name, weekly) for name in OF_WEEK),
        *(_of_cohort(visit, k, cohorts) for k in OF_COHORT),
    ]
    return element(
        "section",
        element("h2", "At a glance", class_="unseen"),
        element("div", last_day, class_="cards large"),
        element("div", of_weeks, class_="cards fitting"),
        aria_label="At a glance",
    )


def _of_last_day(name: str, answer: Answer[Glance], trend: Sequence[float | None]) -> Html:
    assert answer.period is not None
    definition, compared = metric(name), answer.data.comparison
    value = getattr(answer.data, name)
    before = getattr(compared.data, name) if compared else None
    facts: Facts = [("Unit", definition.unit)]
    if name == "stickiness":
        facts.append(("Rests on", rests_on("mau", answer.data.mau)))
    facts += [
        ("Last day", formats.day(answer.period.to)),
        ("As of", formats.moment(answer.snapshot.as_of)),
    ]
    then = last_day(compared.period) if compared else None
    return card(definition, value, facts, against(definition.unit, value, before, then), trend)


def _of_week(visit: Visit, name: str, answer: Answer[tuple[LifecycleWeek, ...]]) -> Html:
    """A number of the last week that is over, beside the one that it is compared with."""
    over = [week for week in answer.data if not week.provisional]
    definition = replace(metric("lifecycle"), name=name, label=f"{OF_WEEK[name]}, last full week")
    if not over:
        return card(definition, None, [("Period", "no week is over yet")])
    week, then = over[-1], _then(visit, over[-1].week)
    value = getattr(week, name)
    earlier = visit.source.ask(LifecycleQuestion(then)).data if then else ()
    before = getattr(earlier[0], name) if earlier else None
    facts: Facts = [
        ("Unit", definition.unit),
        ("Rests on", f"{formats.counted(week.active_users, *PEOPLE)} active in the week"),
        ("Week", formats.period(weeks.whole(week.week))),
        ("As of", formats.moment(answer.snapshot.as_of)),
    ]
    trend = [float(getattr(each, name)) for each in over]
    return card(definition, value, facts, against(definition.unit, value, before, then), trend)


def _of_cohort(visit: Visit, k: int, answer: Answer[Retention]) -> Html:
    """The share of the newest cohort of which it is known that came back k weeks later."""
    known = _known(answer.data, k)
    definition = replace(metric("retention"), name=f"retention_{k}", label=OF_COHORT[k])
    if not known:
        return card(
            definition, None, [("Period", f"no week is over {formats.counted(k, 'week')} later")]
        )
    newest, then = known[-1], _then(visit, known[-1].cohort_week)
    earlier = _known(visit.source.ask(RetentionQuestion(then, k)).data, k) if then else []
    before = earlier[0].retention if earlier else None
    facts: Facts = [
        ("Unit", definition.unit),
        ("Rests on", formats.counted(newest.cohort_users, *PEOPLE)),
        ("Played first in", formats.period(weeks.whole(newest.cohort_week))),
        ("As of", formats.moment(answer.snapshot.as_of)),
    ]
    change = against(definition.unit, newest.retention, before, then)
    return card(definition, newest.retention, facts, change, [each.retention for each in known])


def _known(data: Retention, k: int) -> list[RetentionWeek]:
    return [c for c in data.cohorts if c.week_offset == k and c.retention is not None]


def _then(visit: Visit, monday: date) -> Period | None:
    """The week that a week is compared with: the one before, or that of the year before."""
    offset = COMPARED[visit.filters.compare]
    return compared_with(visit.source.current(), weeks.whole(monday), offset) if offset else None
