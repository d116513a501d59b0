"""What is counted in memory is what the metrics' expressions say over the tables."""

from datetime import date, timedelta

import pytest

from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving import Filters, Period, Snapshot, Snapshots
from netflix_pipeline.serving.query import (
    daily_sums,
    measures,
    quarter_hours,
    viewer_bitmaps,
    viewer_days,
)
from netflix_pipeline.serving.query.filters import UnknownValues
from netflix_pipeline.serving.questions.contributions import ContributionsQuestion
from netflix_pipeline.serving.questions.heatmap import HeatMapQuestion
from netflix_pipeline.serving.questions.series import Line, SeriesQuestion
from netflix_pipeline_tests.reference.published import FIRST, LAST, YEAR_BEFORE, published

NAMES = {
    table: [
        name
        for name in measures.OF_PERIODS
        if METRICS[name].table == table and name not in measures.AUDIENCE
    ]
    for table in daily_sums.TABLES
}
PERIODS = (
    Period(from_=FIRST, to=LAST),
    Period(from_=YEAR_BEFORE, to=FIRST + timedelta(days=3)),
    Period(from_=LAST, to=LAST),
    Period(from_=date(1999, 1, 1), to=date(1999, 1, 2)),
)
ONE = {"country": "DE", "device": "mobile", "plan": "Standard", "genre": "Drama"}
FILTERS = (
    *({}, {"weekday": ("6", "7")}, {"not_weekday": ("1",)}),
    *({name: (value,)} for name, value in ONE.items()),
    {"country": ("DE", "US"), "weekday": ("2",)},
    {"not_device": ("mobile", "tablet")},
    {"country": ("DE",), "not_plan": ("Standard",)},
    {"content_type": ("nothing has it",)},
)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    known = published(tmp_path_factory.mktemp("known"))
    return Snapshots(known.settings.serving).current()


@pytest.mark.parametrize("said", FILTERS, ids=str)
def test_sums_of_days_say_what_the_tables_say(
    snapshot: Snapshot, said: dict[str, tuple[str, ...]]
) -> None:
    filters, asked = Filters.read(said), 0
    for table, names in NAMES.items():
        for period in PERIODS:
            told = daily_sums.values(snapshot, table, names, period, filters)
            if told is None:
                assert not set(filters.given) <= {*daily_sums.TABLES[table].key, "weekday"}
                continue
            rows = measures.rows_of(snapshot, table, period, filters)
            expected = measures.over(snapshot, rows, names)
            assert told.keys() == expected.keys()
            for name, value in told.items():
                assert type(value) is type(expected[name])
                assert value is None or value == pytest.approx(expected[name], rel=1e-12)
            asked += 1
    assert asked


def test_what_is_not_kept_by_day_is_left_to_the_tables(snapshot: Snapshot) -> None:
    for filters in (
        Filters(country="DE", device="mobile", plan="Standard"),
        Filters(title="nobody-knows"),
        Filters(hour="3"),
        Filters(segment="core"),
    ):
        told = daily_sums.values(snapshot, "engagement_daily", ["plays"], PERIODS[0], filters)
        assert told is None
    assert daily_sums.values(snapshot, "search_daily", ["searches"], PERIODS[0], Filters()) is None
    filters = Filters.read({"not_country": ("nowhere",)})
    with pytest.raises(UnknownValues):
        daily_sums.values(snapshot, "engagement_daily", ["plays"], PERIODS[0], filters)


COURSES = ("plays", "hours_viewed", "completion_rate", "avg_sitting_minutes", "peak_concurrent")


@pytest.mark.parametrize("said", FILTERS[::3], ids=str)
def test_courses_and_groups_of_sums_are_those_of_the_tables(
    snapshot: Snapshot, said: dict[str, tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    filters = Filters.read(said)
    asked = [
        SeriesQuestion(
            name, PERIODS[0], filters, granularity=step, split_by=split, top=2, compare="year"
        )
        for name in COURSES
        for step in ("day", "week", "whole")
        for split in (None, "device")
        if {*filters.given, *([split] if split else [])} <= {*METRICS[name].filters}
    ]
    causes = [
        ContributionsQuestion(name, "device", PERIODS[0], filters, compare="year")
        for name in COURSES
        if {*filters.given, "device"} <= {*METRICS[name].filters}
    ]
    told = [snapshot.ask(question).data for question in asked]
    why = [snapshot.ask(question).data for question in causes]
    monkeypatch.setattr(daily_sums, "TABLES", {})
    for question, series in zip(asked, told, strict=True):
        expected = snapshot.ask(question).data
        assert [line.group for line in series.lines] == [line.group for line in expected.lines]
        for line, other in zip(series.lines, expected.lines, strict=True):
            assert _amounts(line) == pytest.approx(_amounts(other))
    for cause, moved in zip(causes, why, strict=True):
        by_tables = snapshot.ask(cause).data
        assert [row.group for row in moved.rows] == [row.group for row in by_tables.rows]
        for row, same in zip(moved.rows, by_tables.rows, strict=True):
            assert _told(row.now, row.before) == pytest.approx(_told(same.now, same.before))


def _amounts(line: Line) -> list[float]:
    return _told(line.total, line.compared_total, *line.values, *(line.compared or ()))


def _told(*values: float | None) -> list[float]:
    """Numbers; in place of one that is not there one that no metric has."""
    return [-1 if value is None else value for value in values]


EVERYBODY = "SELECT {expression} AS viewers FROM {rows}"
MORE = ({"title": ("nobody-knows",)}, {"hour": ("18",)})


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few users are treated as many are."""
    monkeypatch.setattr(viewer_bitmaps, "FEWEST", 0)


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("said", [*FILTERS, *MORE], ids=str)
def test_viewers_by_bitmaps_are_those_of_the_metric(
    snapshot: Snapshot, said: dict[str, tuple[str, ...]]
) -> None:
    for period in PERIODS:
        rows = measures.rows_of(snapshot, "user_daily", period, Filters.read(said))
        query = EVERYBODY.format(expression=METRICS["viewers"].expression, rows=rows.sql)
        expected = snapshot.rows(query, rows.bound)
        assert measures.over(snapshot, rows, ["viewers"]) == expected[0]
        if not said:
            assert viewer_bitmaps.viewers(snapshot, period) == expected[0]["viewers"]


@pytest.mark.parametrize("said", [*FILTERS, *MORE], ids=str)
def test_users_of_days_are_the_viewers_of_the_metric(
    snapshot: Snapshot, said: dict[str, tuple[str, ...]]
) -> None:
    known = viewer_days.of(snapshot, Filters.read(said))
    assert known
    for period in PERIODS:
        rows = measures.rows_of(snapshot, "user_daily", period, Filters.read(said))
        query = EVERYBODY.format(expression=METRICS["viewers"].expression, rows=rows.sql)
        assert known.different(period) == snapshot.rows(query, rows.bound)[0]["viewers"]


def test_users_of_days_and_sums_are_kept_while_there_is_room(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    germany, mobile = Filters(country="DE"), Filters(device="mobile")
    assert viewer_days.of(snapshot, germany) is viewer_days.of(snapshot, germany)
    untimed = quarter_hours.sums_without_time
    assert untimed(snapshot, ["country"]) is untimed(snapshot, ["country"]) is not None
    monkeypatch.setattr(viewer_days, "MOST_BYTES", 0)
    monkeypatch.setattr(daily_sums, "MOST_BYTES", 0)
    narrow = Snapshot(snapshot.path)
    first, quarters = viewer_days.of(narrow, germany), untimed(narrow, ["country"])
    viewer_days.of(narrow, mobile)
    assert viewer_days.of(narrow, germany) is not first
    assert untimed(narrow, ["device"]) is not None
    assert untimed(narrow, ["country"]) is not quarters
    monkeypatch.setattr(viewer_days, "MOST_PLAYS", 0)
    assert viewer_days.of(snapshot, germany) is None
    monkeypatch.setattr(daily_sums, "MOST_ROWS", 0)
    monkeypatch.setattr(quarter_hours, "MOST_ROWS", 0)
    daily_sums.make_ready(narrow)
    assert untimed(narrow, ["country"]) is None
    assert daily_sums.rows(narrow, "engagement_daily", PERIODS[0], germany) is None


@pytest.mark.parametrize("said", [{}, {"country": ("DE",)}, {"not_genre": ("Drama",)}], ids=str)
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu"])
def test_hours_of_the_week_of_sums_are_those_of_the_rows(
    snapshot: Snapshot, said: dict[str, tuple[str, ...]], zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = HeatMapQuestion(PERIODS[0], Filters.read(said), zone)
    told = snapshot.ask(question).data
    monkeypatch.setattr(quarter_hours, "hours_of_week", lambda *_: None)
    monkeypatch.setattr(quarter_hours, "sums_without_time", lambda *_: None)
    expected = snapshot.ask(question).data
    assert told.plays_without_time == expected.plays_without_time
    for cell, other in zip(told.cells, expected.cells, strict=True):
        assert cell.plays == other.plays
        assert cell.hours_viewed == pytest.approx(other.hours_viewed)


@pytest.mark.usefixtures("many")
def test_bitmaps_that_are_too_large_are_not_made(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [
        SeriesQuestion("viewers", PERIODS[0], granularity=granularity, split_by=split, top=3)
        for granularity in ("day", "week", "whole")
        for split in (None, "device", "series")
    ]
    told = [snapshot.ask(question).data for question in asked]
    viewers = METRICS["viewers"]
    assert "bitstring" in viewer_bitmaps.expression(snapshot, viewers)
    assert "bitstring" not in viewer_bitmaps.expression(snapshot, viewers, 10**9)
    monkeypatch.setattr(viewer_bitmaps, "MOST_OF_GROUPS", 0)
    monkeypatch.setattr(viewer_bitmaps, "MOST_OF_DAYS", 0)
    assert viewer_bitmaps.expression(snapshot, viewers) == viewers.expression
    other = Snapshot(snapshot.path)
    assert [other.ask(question).data for question in asked] == told
    assert viewer_bitmaps.viewers(other, PERIODS[0]) == viewer_bitmaps.viewers(snapshot, PERIODS[0])
