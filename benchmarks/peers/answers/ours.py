"""Answers by our own questions: `python -m benchmarks.peers.answers.ours HOME ASKED TOLD`.

Asked of the snapshot itself, past what the services keep: each answer is computed, checked and
framed as the API sends it, but for its JSON.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

from benchmarks.peers.answers.program import Question, Rows, run
from benchmarks.peers.answers.shapes import ZONE
from netflix_pipeline.serving import Filters, Period, Snapshot
from netflix_pipeline.serving.questions.headline import HeadlineQuestion
from netflix_pipeline.serving.questions.plays import HistoryQuestion
from netflix_pipeline.serving.questions.series import SeriesQuestion

EVERY = 500
"""More countries than there are."""
NEWEST = 20
TOP = 10
NUMBERS = ("plays", "starters", "completers", "hours_viewed", "viewers")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def person(snapshot: Snapshot, asked: Question) -> Rows:
    """The newest plays of one person."""
    for play in HistoryQuestion(user_id=asked["user"], limit=NEWEST).asked(snapshot).data:
        started = (play.started_at - EPOCH) // timedelta(microseconds=1)
        yield started, play.title_id, play.watch_seconds, play.device


def compared(snapshot: Snapshot, asked: Question) -> Rows:
    """The numbers of a period of a country, and of the one before."""
    filters = Filters(country=asked["country"])
    question = HeadlineQuestion(_period(asked), filters, NUMBERS, compare="previous")
    glance = question.asked(snapshot).data
    assert glance.comparison is not None
    for side, told in enumerate((glance.comparison.data.values, glance.values)):
        yield side, *(told[name] for name in NUMBERS)


def ranked(snapshot: Snapshot, asked: Question) -> Rows:
    """The titles with most viewers of a period."""
    question = SeriesQuestion(
        "viewers",
        _period(asked),
        granularity="whole",
        split_by="title",
        top=TOP,
        rest=False,
    )
    return ((line.group, line.total) for line in question.asked(snapshot).data.lines)


def by_day(
    snapshot: Snapshot, asked: Question, metric: str, *, split: bool = False, zone: str = "UTC"
) -> Rows:
    """A metric by day, of all or by country, and the totals."""
    question = SeriesQuestion(
        metric,
        _period(asked),
        split_by="country" if split else None,
        top=EVERY,
        rest=False,
        zone=zone,
    )
    told = question.asked(snapshot).data
    for line in told.lines:
        group = (line.group,) if split else ()
        yield (None, *group, line.total)
        for bucket, value in zip(told.buckets, line.values, strict=True):
            yield (bucket.from_, *group, value)


QUESTIONS: Mapping[str, Callable[[Snapshot, Question], Rows]] = {
    "person": person,
    "compared": compared,
    "ranked": ranked,
    "hours": partial(by_day, metric="hours_viewed", split=True),
    "viewers": partial(by_day, metric="viewers", split=True),
    "local hours": partial(by_day, metric="hours_viewed", zone=ZONE),
    "local viewers": partial(by_day, metric="viewers", zone=ZONE),
}


def opened(home: Path) -> Callable[[Question], Rows]:
    """What answers questions of a home's snapshot."""
    snapshot = Snapshot((home / "serving" / "current.duckdb").resolve())
    return lambda asked: QUESTIONS[asked["shape"]](snapshot, asked)


def _period(asked: Question) -> Period:
    return Period(from_=date.fromisoformat(asked["first"]), to=date.fromisoformat(asked["last"]))


if __name__ == "__main__":
    run(opened)
