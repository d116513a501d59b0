"""How many people watch, come anew, come back and stay: cards, and charts of viewers over time."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

from dash_app import figures, formats, labels
from dash_app.filters import COMPARED
from dash_app.markup import Html, element
from dash_app.page_request import Visit, days_of
from dash_app.panels import weeks
from dash_app.panels.cards import OF_LAST_DAY, against, card, last_day, rests_on, unknown
from dash_app.panels.panel import PEOPLE, Panel, nothing_of
from dash_app.panels.time_buckets import Steps
from dash_app.panels.trend import granularity, over_time
from dash_app.table import TableColumn, before_columns, measured
from netflix_pipeline.serving import Answer, Period, beside, compared_with
from netflix_pipeline.serving.query.comparisons import chosen_days
from netflix_pipeline.serving.query.measures import WINDOWS
from netflix_pipeline.serving.query.periods import MONTHS, WEEK
from netflix_pipeline.serving.query.periods import monday as monday_of
from netflix_pipeline.serving.questions.audience import (
    LifecycleQuestion,
    LifecycleWeek,
    Retention,
    RetentionQuestion,
    RetentionWeek,
)
from netflix_pipeline.serving.questions.headline import Glance, HeadlineQuestion
from netflix_pipeline.serving.questions.series import CoursesQuestion, SeriesQuestion

OF_WEEK = {"new_users": "New", "resurrected_users": "Resurrected"}
OF_COHORT = {1: "Back after 1 week", 4: "Back after 4 weeks"}
"""Weeks after which it is told how many came back, of the newest cohort of which it is known."""

Facts = list[tuple[str, str]]
LOOKS = {"dau": "accent", "wau": "c2", "mau": "c3"}
"""The counts of viewers, and the colours of their lines."""
Counts = Mapping[str, Sequence[float | None]]
"""Values over a period, by metric."""


def people(visit: Visit) -> Html:
    """All cards; those of the last day with the shape of the period's whole days, weeks, months."""
    asked = HeadlineQuestion(visit.whole, names=OF_LAST_DAY, compare=visit.compared)
    glance, course, step = visit.source.ask(asked), counts(visit), granularity(visit.period)
    last_day = [
        _of_last_day(visit, name, glance, visit.of_whole(course[name], step))
        for name in OF_LAST_DAY
    ]
    weekly, cohorts = weeks.lifecycle_weeks(visit), weeks.cohorts(visit)
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
        class_="at-a-glance",
    )


def _of_last_day(
    visit: Visit, name: str, answer: Answer[Glance], trend: Sequence[float | None]
) -> Html:
    definition, compared = labels.metric(name), answer.data.comparison
    value = getattr(answer.data, name)
    before = getattr(compared.data, name) if compared else None
    facts: Facts = [("Unit", definition.unit)]
    if name == "stickiness":
        facts.append(("Rests on", rests_on("mau", answer.data.mau)))
    facts += [
        ("Last day", formats.day(days_of(answer).to)),
        ("As of", formats.moment(answer.snapshot.as_of)),
    ]
    then = last_day(compared.period) if compared else None
    change = against(definition.unit, value, before, then)
    counted = "mau" if name == "stickiness" else name
    nobody = getattr(answer.data, counted) == 0
    gap = _unknown(visit, WINDOWS[counted], days_of(answer).to) if nobody else None
    return card(definition, value, facts, change, trend, gap)


def _unknown(visit: Visit, days: int, last: date) -> str | None:
    """Why in the days that end with the last one nobody is known who watched, if some may have."""
    period = Period(from_=last - timedelta(days=days - 1), to=last)
    asked = HeadlineQuestion(period, names=("plays_without_duration",))
    return unknown("viewers", 0, visit.source.ask(asked).data)


def _of_week(visit: Visit, name: str, answer: Answer[tuple[LifecycleWeek, ...]]) -> Html:
    """A number of the last week that is over, beside the one that it is compared with."""
    over = [week for week in answer.data if not week.provisional]
    definition = replace(
        labels.metric("lifecycle"), name=name, label=f"{OF_WEEK[name]}, last full week"
    )
    if not over:
        return card(definition, None, [("Period", "no week is over yet")])
    week, then = over[-1], compared_week(visit, over[-1].week)
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
    definition = replace(labels.metric("retention"), name=f"retention_{k}", label=OF_COHORT[k])
    if not known:
        return card(
            definition, None, [("Period", f"no week is over {formats.counted(k, 'week')} later")]
        )
    newest, then = known[-1], compared_week(visit, known[-1].cohort_week)
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


def compared_week(visit: Visit, monday: date, comparison: str | None = None) -> Period | None:
    """The week that a week is compared with: the one before, or that of the year before.

    By the visit's comparison, or another one; None where the data do not reach back to it. By other
    days it is the last week that lies in those.
    """
    said = comparison or visit.comparison
    if days := chosen_days(said):
        last = monday_of(days.to + timedelta(days=1)) - WEEK
        return weeks.whole(last) if visit.earlier and last >= days.from_ else None
    offset = COMPARED[said]
    if offset in MONTHS:  # weeks are compared with weeks
        offset = "year" if offset == "previous_year" else "previous"
    return compared_with(visit.source.current(), weeks.whole(monday), offset) if offset else None


def counts(visit: Visit) -> Counts:
    """The counts of viewers and stickiness over the period."""
    step = granularity(visit.period)
    return visit.source.ask(CoursesQuestion(OF_LAST_DAY, visit.period, granularity=step)).data


def viewers(visit: Visit) -> Panel:
    """The panel of daily, weekly and monthly viewers, beside the days that they are compared with.

    Days of both stand beside one another, weeks where they are whole weeks apart, and no months.
    """
    answer = visit.source.ask(_stickiness(visit))
    steps = Steps.of(answer.data, visit.notes)
    known = counts(visit)
    values = {name: known[name] for name in LOOKS}
    before: dict[str, tuple[float | None, ...]] = {}
    earlier, step = visit.earlier, steps.step
    if earlier and (steps.by_day or (step == "week" and _whole_weeks(visit.period, earlier))):
        asked = CoursesQuestion(tuple(LOOKS), earlier, granularity=answer.data.granularity)
        before = {
            name: beside(course, steps.days, visit.period, earlier)
            for name, course in visit.source.ask(asked).data.items()
        }
    heading = f"Daily, weekly and monthly viewers by {steps.step}"
    columns, cells = list[TableColumn](), list[Sequence[float | None]]()
    for metric in map(labels.metric, LOOKS):
        now = values[metric.name]
        columns.append(measured(metric.name, metric.label, metric.unit))
        cells.append(now)
        if then_of := before.get(metric.name):
            columns += before_columns(metric.unit, metric.name, metric.label)
            change = partial(formats.difference, metric.unit)
            cells += [then_of, list(map(change, now, then_of))]
    watched = any(map(any, values.values()))
    table = steps.table(heading, columns, cells, visit.of_days).rows_if(watched)
    over = [at for at, days in enumerate(steps.days) if days.to <= visit.whole.to]
    last = over[-1] if over else -1
    summary = _summary({name: series[last] for name, series in values.items()}, steps.days[last])
    then = formats.period(visit.earlier) if visit.earlier else None
    traces: list[figures.Trace] = []
    for name in before:
        traces += figures.line(
            table, "from", f"{name}_compared", name=then, color="compare", dash="dash"
        )
        then = None  # all of them are one in the legend
    partial_name: str | None = steps.partial_name
    for name, color in reversed(LOOKS.items()):
        told = labels.metric(name).label
        traces += figures.line(
            table,
            "from",
            name,
            name=told,
            color=color,
            partial=steps.partial,
            partial_name=partial_name,
        )
        partial_name = None  # all of them are one in the legend
    return Panel(
        name="viewers",
        heading=heading,
        summary=summary,
        table=table,
        answer=answer.model_copy(update={"metrics": tuple(LOOKS)}),
        nothing=nothing_of("viewers"),
        figure=figures.lines(
            table, "from", traces, value=labels.metric("viewers").label, shapes=steps.shapes
        ),
        rows=visit.behind(metric="viewers"),
        note=_note(steps.step),
    )


def _whole_weeks(period: Period, earlier: Period) -> bool:
    """Whether two periods are whole weeks apart."""
    return (period.from_ - earlier.from_).days % 7 == 0


def stickiness(visit: Visit) -> Panel:
    """The panel of stickiness, beside the days that it is compared with."""
    answer = visit.source.ask(_stickiness(visit))
    panel = over_time(visit, answer, visit.notes, name="stickiness")
    rows = visit.behind(metric="viewers")
    return replace(panel, rows=rows, note=_note(answer.data.granularity))


def _stickiness(visit: Visit) -> SeriesQuestion:
    step = granularity(visit.period)
    return SeriesQuestion("stickiness", visit.period, granularity=step, compare=visit.compared)


def _note(step: str) -> str | None:
    return f"Of each {step} its last day's number is shown." if step != "day" else None


def _summary(last: Mapping[str, float | None], days: Period) -> str:
    """What the last day shows; the data may not reach 7 or 30 days back."""
    parts = [f"{formats.weekday(days.to)}: {formats.counted(last['dau'], 'viewer')}"]
    parts += [
        f"{formats.number(last[name])} in the {length} days that end with it"
        for name, length in (("wau", 7), ("mau", 30))
        if last[name] is not None
    ]
    return f"{', '.join(parts)}."
