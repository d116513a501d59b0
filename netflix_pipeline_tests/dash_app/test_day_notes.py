from datetime import UTC, date, datetime
from typing import Any

import pytest

from dash_app import formats
from dash_app.day_notes import Note, of_data, of_lateness, of_people, provisional
from netflix_pipeline.serving import Period, SnapshotInfo
from netflix_pipeline.serving.questions.quality import ArrivalDay
from netflix_pipeline.state import Annotation

DAY = date(2026, 3, 4)
WEEK = Period(from_=date(2026, 3, 2), to=date(2026, 3, 8))


def info(as_of: datetime | None, last: date = WEEK.to) -> SnapshotInfo:
    return SnapshotInfo(
        version=1,
        built_at=datetime(2026, 3, 20, tzinfo=UTC),
        data_from=date(2026, 1, 1),
        data_to=last,
        as_of=as_of,
    )


OVER = info(datetime(2026, 3, 9, tzinfo=UTC))


def arrived(day: date = DAY, **counts: int) -> ArrivalDay:
    names = set(ArrivalDay.model_fields) - {"day", "source", "table"}
    told: dict[str, Any] = dict.fromkeys(names, 0) | counts
    return ArrivalDay(day=day, source="csv", table="watch_events", **told)


def test_people_are_quoted_on_the_days_of_the_period() -> None:
    said = [
        Annotation(number, day, kind, "x", "ann", datetime(2026, 3, 9, tzinfo=UTC))
        for number, (day, kind) in enumerate(
            [(date(2026, 3, 1), "note"), (DAY, "launch"), (date(2026, 3, 9), "outage")]
        )
    ]
    assert list(of_people(said, WEEK, {})) == [Note(DAY, "Launch: x")]


@pytest.mark.parametrize(
    ("as_of", "over"),
    [
        (datetime(2026, 3, 8, 23, 59, tzinfo=UTC), False),
        (datetime(2026, 3, 9, tzinfo=UTC), True),
        (None, False),
    ],
)
def test_the_last_day_is_marked_until_it_is_over(as_of: datetime | None, over: bool) -> None:
    told = info(as_of)
    found = list(of_data(told, told.unfinished, (), WEEK))
    assert [note.day for note in found if note.unfinished] == ([] if over else [WEEK.to])
    later = info(as_of, date(2026, 3, 20))
    assert not list(of_data(later, later.unfinished, (), WEEK))


def test_days_with_much_in_quarantine_are_marked() -> None:
    (note,) = of_data(OVER, None, [arrived(received=60, quarantined=1), arrived(received=40)], WEEK)
    assert note == Note(
        DAY, "In quarantine: 1.0% of 100 rows that arrived on this day.", "incomplete"
    )
    assert not list(of_data(OVER, None, [arrived(received=1000, quarantined=9)], WEEK))
    outside = arrived(date(2026, 3, 9), received=10, quarantined=10)
    assert not list(of_data(OVER, None, [outside], WEEK))


def test_days_on_which_rows_were_lost_are_marked_even_where_two_sources_cancel_out() -> None:
    (note,) = of_data(OVER, None, [arrived(received=10, missing=3), arrived(missing=-3)], WEEK)
    assert note.text == "Missing: 6 rows that arrived on this day."


def test_a_day_without_arrivals_has_nothing_to_tell() -> None:
    assert not list(of_data(OVER, None, [arrived()], WEEK))


def test_days_of_which_more_rows_usually_come_are_marked_and_said_in_a_sentence() -> None:
    assert provisional({}) is None
    one = {date(2026, 11, 27): 1 - 0.97}
    assert list(of_lateness(one)) == [
        Note(
            date(2026, 11, 27),
            "Provisional: about 3.0% of its rows usually come later.",
            "incomplete",
            unfinished=True,
        )
    ]
    day = formats.day(date(2026, 11, 27))
    assert provisional(one) == f"{day} is provisional: about 3.0% of its rows usually come later"
    told = provisional({date(2026, 11, 26): 0.006} | one) or ""
    assert told.endswith("are provisional: up to 3.0% of a day’s rows usually come later")
