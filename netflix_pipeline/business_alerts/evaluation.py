"""Judges alerts by a snapshot: the questions are those of `/analytics/timeseries` and `/quality`.

A period is judged once all rows of it are in that usually come. Where the condition is met, and
something says that rows of these days are not there, data are missing: nobody has left.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean
from typing import Self

from netflix_pipeline.business_alerts.rules import BASES, Rule, Verdict
from netflix_pipeline.business_alerts.texts import days_of, sentence
from netflix_pipeline.contracts.outcomes import PROCESSING_FAILED
from netflix_pipeline.serving import Period, Snapshot, completeness
from netflix_pipeline.serving.query.periods import A_DAY, WeekStart, earlier
from netflix_pipeline.serving.query.zones import days_of_zone
from netflix_pipeline.serving.questions.completeness import CompletenessQuestion
from netflix_pipeline.serving.questions.quality import ChecksQuestion, LedgerQuestion
from netflix_pipeline.serving.questions.quarantine import QuarantineQuestion
from netflix_pipeline.serving.questions.series import SeriesQuestion
from netflix_pipeline.settings import Settings
from netflix_pipeline.time_zones import UTC, clock

RECENT = {"day": (28, 1), "week": (4, 7)}
"""Of how many periods it is told whether an alert would have fired, and days from one to the
next."""


@dataclass(frozen=True)
class Calendar:
    """The days and weeks of whoever is told: those of the home."""

    zone: str = UTC
    week_start: WeekStart = "monday"

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """That of a home."""
        return cls(settings.time_zone, settings.week_start)


@dataclass(frozen=True)
class Finding:
    """What is found of an alert in its last complete period.

    `base` is the mean of the values of `base_periods`, which it is compared with: of the same
    weekdays of the four weeks before, or of these weeks, as far as there are data and a value.
    `change` is (value − base) ÷ base. `problems` say why the data are in doubt. `open_from` is the
    first day that is not complete yet. `period` is None where no day is complete.
    """

    verdict: Verdict
    period: Period | None
    value: float | None
    base: float | None
    base_periods: int
    change: float | None
    problems: tuple[str, ...]
    open_from: date | None
    sentence: str
    course: tuple[tuple[Period, float | None], ...] = ()
    """The values by which it was judged: of the periods that it is compared with, and its own."""


@dataclass(frozen=True)
class Past:
    """A period: its value, what that is compared with, and whether the condition is met."""

    period: Period
    value: float | None
    base: float | None
    meets: bool


@dataclass(frozen=True)
class Recent:
    """The last periods of which there are data, in order; data in doubt are not asked."""

    past: tuple[Past, ...] = ()

    @property
    def fired(self) -> tuple[Period, ...]:
        """Those in which the condition is met."""
        return tuple(each.period for each in self.past if each.meets)


def judge(snapshot: Snapshot, rule: Rule, calendar: Calendar) -> Finding:
    """What is found of an alert now. Raises what SeriesQuestion does."""
    open_from = _open_from(snapshot, rule, calendar)
    last = _last(snapshot, rule, calendar, open_from)
    if last is None:
        return Finding("unknown", None, None, None, 0, None, (), open_from, sentence(rule, None))
    values = _values(snapshot, rule, calendar, last, last)
    known = _bases(snapshot, rule, values, last)
    value, base = values[last.from_], _mean(known)
    holds = rule.holds(value, base)
    problems: tuple[str, ...] = ()
    verdict: Verdict = "unknown" if holds is None else "well"
    if holds:
        about = [last, *(known if rule.compares else ())]
        problems = tuple(dict.fromkeys(_problems(snapshot, rule, about)))
        verdict = "data_missing" if problems else "fires"
    said = sentence(rule, last, value, base, len(known), problems)
    change = (value - base) / base if value is not None and base else None
    course = tuple((each, values[each.from_]) for each in (*reversed(_before(last)), last))
    return Finding(
        verdict, last, value, base, len(known), change, problems, open_from, said, course
    )


def recent(snapshot: Snapshot, rule: Rule, calendar: Calendar) -> Recent:
    """Whether it would have fired in each of the last 28 days, or 4 weeks, as far as data reach."""
    last = _last(snapshot, rule, calendar, _open_from(snapshot, rule, calendar))
    data = snapshot.info.days
    if last is None or data is None:
        return Recent()
    count, step = RECENT[rule.grain]
    periods = [earlier(last, step * number) for number in range(count)]
    told = [each for each in reversed(periods) if data.from_ <= each.from_ and _asked(rule, each)]
    if not told:
        return Recent()
    values = _values(snapshot, rule, calendar, told[0], last)

    def past(period: Period) -> Past:
        value, base = values[period.from_], _mean(_bases(snapshot, rule, values, period))
        return Past(period, value, base, bool(rule.holds(value, base)))

    return Recent(tuple(map(past, told)))


AT_REST = timedelta(days=7)
"""How long nothing was watched after which data are a history that goes on no more."""


def _open_from(snapshot: Snapshot, rule: Rule, calendar: Calendar) -> date | None:
    """The first day that is not complete; None where nothing is known of any.

    Of a history that goes on no more, the first without data: nothing is missing of later ones.
    """
    data, known = snapshot.info.data_to, completeness(snapshot).provisional_from
    if data is None:
        return None
    if known is None:
        known = snapshot.info.unfinished or data + A_DAY
    elif known > data + AT_REST:
        known = data + A_DAY
    of_zone = clock(calendar.zone) if rule.definition.by_zone else None
    return days_of_zone(of_zone, Period(from_=known, to=known)).from_ if of_zone else known


def _last(
    snapshot: Snapshot, rule: Rule, calendar: Calendar, open_from: date | None
) -> Period | None:
    """The last period that is complete and of which there may be data, under the rule's filters."""
    data = snapshot.info.days
    if open_from is None or data is None:
        return None
    last = rule.last(open_from - A_DAY, calendar.week_start)
    nearest = (earlier(last, days) for days in range(7))
    asked = next((period for period in nearest if _asked(rule, period)), None)
    return asked if asked and data.from_ <= asked.from_ else None


def _asked(rule: Rule, period: Period) -> bool:
    """Whether there can be anything of a period: not of a day that the rule's filters leave out."""
    return rule.grain == "week" or rule.filters.lets_in(period.from_)


def _before(period: Period) -> list[Period]:
    """The periods that it is compared with, the nearest first."""
    return [earlier(period, days) for days in BASES]


def _values(
    snapshot: Snapshot, rule: Rule, calendar: Calendar, first: Period, last: Period
) -> Mapping[date, float | None]:
    """The values of the periods from the first to the last, and of those before, by first day."""
    question = SeriesQuestion(
        rule.metric,
        Period(from_=first.from_ - timedelta(days=max(BASES)), to=last.to),
        rule.filters,
        granularity=rule.grain,
        zone=calendar.zone,
        week_start=rule.weeks_of(calendar.week_start),
    )
    series = snapshot.ask(question).data
    days = (bucket.from_ for bucket in series.buckets)
    return dict(zip(days, series.lines[0].values, strict=True))


def _bases(
    snapshot: Snapshot, rule: Rule, values: Mapping[date, float | None], period: Period
) -> dict[Period, float]:
    """The values of the periods that one is compared with: whole ones of which there are data."""
    data = snapshot.info.data_from
    return {
        each: value
        for each in _before(period)
        if rule.compares
        and data is not None
        and data <= each.from_
        and (value := values[each.from_]) is not None
    }


def _mean(known: Mapping[Period, float]) -> float | None:
    return fmean(known.values()) if known else None


ARRIVALS = {"search_daily": "search_events", "recommendation_daily": "recommendation_events"}
SILVER = {
    "search_daily": "silver/searches",
    "recommendation_daily": "silver/recommendations",
    "sitting_daily": "silver/sessions",
}
"""The bronze and silver tables on which metrics rest, by their gold table, where not on plays."""


def _problems(snapshot: Snapshot, rule: Rule, about: list[Period]) -> Iterator[str]:
    """What says that rows of some periods are not there, or stand as they were before."""
    arrived = ARRIVALS.get(rule.definition.table, "watch_events")
    for each in about:
        # What happened on a day arrives on it, or on the next.
        days = Period(from_=each.from_, to=each.to + A_DAY)
        if not snapshot.ask(LedgerQuestion(days, table=arrived)).data.adds_up:
            yield f"the ledger of {days_of(days)} does not add up: rows are missing"
        reasons = snapshot.ask(QuarantineQuestion(days, table=arrived, limit=1)).data.reasons
        failed = sum(one.rows for one in reasons if one.reason == PROCESSING_FAILED)
        if failed:
            yield f"{failed:,} rows that came on {days_of(days)} wait because code failed at them"
    stale = snapshot.ask(ChecksQuestion()).data.stale
    table = rule.definition.table
    of_metric = {f"gold/{table}", SILVER.get(table, "silver/plays")}
    for part in stale:
        if part.table in of_metric and any(_touches(each, part.day) for each in about):
            told = f" of {days_of(Period(from_=part.day, to=part.day))}" if part.day else ""
            yield f"{part.table}{told} is shown in an older state: {part.reason}"
    if arrived == "watch_events":
        yield from _nothing_came(snapshot, about)


def _touches(period: Period, day: date | None) -> bool:
    """Whether a part of a table, by its day, may hold rows of a period, in whatever zone."""
    return day is None or period.from_ - A_DAY <= day <= period.to + A_DAY


def _nothing_came(snapshot: Snapshot, about: list[Period]) -> Iterator[str]:
    """Days of the periods without a single row of anybody, where other days have some."""
    rows = {
        day.day: day.rows
        for each in about
        for day in snapshot.ask(CompletenessQuestion(each)).data.days
    }
    empty = [day for day, count in rows.items() if not count]
    data = snapshot.info.days
    if data is not None and (any(rows.values()) or _anything_came(snapshot, data)):
        for day in empty:
            yield f"no row of anybody came of {days_of(Period(from_=day, to=day))}"


def _anything_came(snapshot: Snapshot, data: Period) -> bool:
    """Whether it is told when rows came: of the last days with data there are some."""
    last = Period(from_=max(data.from_, data.to - timedelta(days=6)), to=data.to)
    return any(day.rows for day in snapshot.ask(CompletenessQuestion(last)).data.days)
