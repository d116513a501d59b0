"""What to know of single days: what people say of them, and what their numbers lack. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from dash_app import formats, labels
from netflix_pipeline.serving import Filters, Period, SnapshotInfo
from netflix_pipeline.serving.questions.quality import ArrivalDay
from netflix_pipeline.state import KINDS, Annotation

WORTH_A_WORD = 0.01
"""Share of a day's arrivals in quarantine from which it is told."""


@dataclass(frozen=True)
class Note:
    """Something to know about a day; `kind` is `event`, or `incomplete` where numbers lack.

    The day may be `unfinished`: known up to an hour of it only.
    """

    day: date
    text: str
    kind: str = "event"
    unfinished: bool = False


def concerns(said: Annotation, narrowing: Filters, title_id: str | None = None) -> bool:
    """Whether something is said of what a view shows: that is narrowed so, or about one title."""

    def has(name: str, value: str | None) -> bool:
        choice = narrowing.given.get(name)
        return value is None or choice is None or (value in choice.values) != choice.negated

    of_title = said.title_id == title_id if said.title_id and title_id else True
    return of_title and has("country", said.country) and has("title", said.title_id)


def about(said: Annotation, titles: Mapping[str, str | None]) -> str:
    """The country and title that it is about, by their names; empty where it is about all."""
    country = formats.dimension("country", said.country) if said.country else ""
    title = labels.title(said.title_id, titles.get(said.title_id)) if said.title_id else ""
    return ", ".join(filter(None, (title, country)))


def of_people(
    annotations: Iterable[Annotation], period: Period, titles: Mapping[str, str | None]
) -> Iterator[Note]:
    """What people said of the days of a period; `titles` are names by id."""
    for each in annotations:
        if period.from_ <= each.day <= period.to:
            kind = KINDS.get(each.kind, each.kind)
            head = ", ".join(filter(None, (kind, about(each, titles))))
            yield Note(each.day, f"{head}: {each.text}")


def of_data(
    info: SnapshotInfo, unfinished: date | None, arrivals: Iterable[ArrivalDay], period: Period
) -> Iterator[Note]:
    """What the numbers of a period's days lack, from what arrived of watch events.

    The day that is `unfinished`, where one is; days of which a share of the arrivals is in
    quarantine; days of whose arrivals rows are missing.
    """
    if unfinished is not None and period.from_ <= unfinished <= period.to:
        newest = f"Not whole: the newest record is of {formats.moment(info.as_of)}."
        yield Note(unfinished, newest, "incomplete", unfinished=True)
    by_day: dict[date, Counter[str]] = defaultdict(Counter)
    for each in arrivals:
        if period.from_ <= each.day <= period.to:
            by_day[each.day].update(
                received=each.received,
                quarantined=each.quarantined,
                missing=abs(each.missing),
            )
    for day, rows in sorted(by_day.items()):
        share = rows["quarantined"] / rows["received"] if rows["received"] else 0
        if share >= WORTH_A_WORD:
            amount = f"{formats.percent(share)} of {formats.counted(rows['received'], 'row')}"
            yield Note(day, f"In quarantine: {amount} that arrived on this day.", "incomplete")
        if rows["missing"]:
            amount = formats.counted(rows["missing"], "row")
            yield Note(day, f"Missing: {amount} that arrived on this day.", "incomplete")


def of_lateness(to_come: Mapping[date, float]) -> Iterator[Note]:
    """That more rows of days usually come: `to_come` has their share by day."""
    for day, share in to_come.items():
        text = f"Provisional: about {formats.percent(share)} of its rows usually come later."
        yield Note(day, text, "incomplete", unfinished=True)


def provisional(to_come: Mapping[date, float]) -> str | None:
    """The same of all of them in a sentence without its end; None where there are none."""
    if not to_come:
        return None
    days, most = list(to_come), formats.percent(max(to_come.values()))
    told = formats.period(Period(from_=days[0], to=days[-1]))
    if len(days) == 1:
        return f"{told} is provisional: about {most} of its rows usually come later"
    return f"{told} are provisional: up to {most} of a day’s rows usually come later"
