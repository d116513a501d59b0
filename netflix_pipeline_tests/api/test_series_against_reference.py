"""`/analytics/timeseries` and `/analytics/heatmap`: every bucket and cell is the reference's.

The reference goes from each play's own moment through the zone, bucket by bucket; it knows nothing
of quarters.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from netflix_pipeline_tests.reference.clocks import on_clock
from netflix_pipeline_tests.reference.narrowing import (
    ATTRIBUTES,
    KNOWN,
    Given,
    combinations,
    each_alone,
    lets_in,
    narrowed,
    several,
)
from netflix_pipeline_tests.reference.periods import Days, counted_of, numbers, of_plays, takes
from netflix_pipeline_tests.reference.plays import Play
from netflix_pipeline_tests.reference.published import LAST, Published
from netflix_pipeline_tests.reference.rows import days_between, grouped, total
from netflix_pipeline_tests.support.api import Asking

ZONES = (
    "UTC",
    "Europe/Berlin",  # an hour comes twice on 2025-10-26
    "America/St_Johns",  # half hours; clocks change on 2025-11-02
    "Asia/Kathmandu",  # three quarters
    "Australia/Lord_Howe",  # clocks change by half an hour on 2025-10-05
    "Pacific/Kiritimati",  # 14 hours ahead
)
METRICS = (
    "plays",
    "hours_viewed",
    "views",
    "hours_without_runtime",
    "viewers",
    "completion_rate",
    "starters_without_reach",
    "avg_sitting_minutes",
    "binge_rate",
    "sittings",
    "dau",
    "wau",
    "mau",
    "stickiness",
    "peak_concurrent",
)

SOME: tuple[Given, ...] = ({}, {"not_country": ["DE", "US"]})
"""Everything, and all but some."""


def close(value: float | None) -> Any:
    return value if value is None else pytest.approx(value)


def buckets(days: Days, granularity: str, filters: Given | None = None) -> list[tuple[Days, bool]]:
    """Days by what they have in common, and whether some of it is outside of the period.

    Single days only where filters leave any of it.
    """

    def of(day: date) -> tuple[int, ...]:
        if granularity == "day":
            return (day.toordinal(),)
        if granularity == "week":
            return tuple(day.isocalendar()[:2])
        if granularity == "whole":
            return (int(day in days),)
        return (day.year, day.month)

    groups = grouped(days_between(days.first, days.last), of)
    around = [days.first - timedelta(days=1), days.last + timedelta(days=1)]
    return [
        (Days(group[0], group[-1]), any(of(day) == name for day in around))
        for name, group in groups.items()
        if granularity != "day" or lets_in(filters or {}, group[0])
    ]


@pytest.mark.parametrize("granularity", ["day", "week", "month", "whole"])
@pytest.mark.parametrize("metric", METRICS)
def test_every_bucket_of_every_metric(
    ask: Asking, known: Published, metric: str, granularity: str
) -> None:
    days = Days(date(2025, 10, 3), date(2025, 11, 9))
    chosen: list[Given] = [{}, {"country": "US"}, {"plan": "Standard"}, {"genre": "Comedy"}]
    chosen += [{"country": ["BR", "US"], "not_device": "mobile"}, *several(3)]
    chosen += [{"weekday": ["6", "7"]}, {"not_weekday": "3", "not_hour": "20"}]
    for filters in [one for one in chosen if takes(metric, one)]:
        answer = ask(
            "/analytics/timeseries",
            metric=metric,
            granularity=granularity,
            from_=days.first,
            to=days.last,
            compare="previous" if granularity == "week" else "year",
            **filters,
        )
        expected = buckets(days, granularity, filters)
        shift = 42 if granularity == "week" else 364
        assert [(b["from"], b["to"], b["partial"]) for b in answer["data"]["buckets"]] == [
            (str(part.first), str(part.last), partial) for part, partial in expected
        ]
        (line,) = answer["data"]["lines"]
        assert line["values"] == [
            close(numbers(known, part, filters)[metric]) for part, _ in expected
        ]
        assert line["compared"] == [
            close(numbers(known, part.earlier(shift), filters)[metric]) for part, _ in expected
        ]
        now, before = (numbers(known, one, filters)[metric] for one in (days, days.earlier(shift)))
        assert (line["total"], line["compared_total"]) == (close(now), close(before))
        assert answer["zone"] == "UTC"
        assert answer["data"]["compared_with"]["days_before"] == shift


@pytest.mark.parametrize(("week_start", "later"), [("sunday", 1), ("saturday", 2)])
def test_weeks_begin_with_the_day_that_is_asked_for(
    ask: Asking, known: Published, week_start: str, later: int
) -> None:
    days = Days(date(2025, 10, 3), date(2025, 11, 9))
    asked = {
        "granularity": "week",
        "from_": days.first,
        "to": days.last,
        "week_start": week_start,
        "compare": "previous",
    }
    # So many days later a week begins with an ISO week.
    weeks = grouped(
        days_between(days.first, days.last),
        lambda day: (day + timedelta(days=later)).isocalendar()[:2],
    )
    parts = [Days(group[0], group[-1]) for group in weeks.values()]
    for metric in ("plays", "viewers", "views", "completion_rate", "sittings"):
        for filters in SOME:
            answer = ask("/analytics/timeseries", metric=metric, **asked, **filters)
            (line,) = answer["data"]["lines"]
            assert [each["from"] for each in answer["data"]["buckets"]] == [
                str(part.first) for part in parts
            ]
            for values, shift in ((line["values"], 0), (line["compared"], 42)):
                assert values == [
                    close(numbers(known, part.earlier(shift), filters)[metric]) for part in parts
                ]
            assert "warnings" not in answer
    by_iso = ask("/analytics/timeseries", metric="dau", **asked)
    assert [each["from"] for each in by_iso["data"]["buckets"]] == [
        str(part.first) for part, _ in buckets(days, "week")
    ]
    assert by_iso["warnings"] == ["dau goes by ISO weeks, which begin on Monday."]
    last_week = ask("/analytics", period="last_week", week_start=week_start)["period"]
    begin, end = map(date.fromisoformat, last_week.values())
    assert (begin.isoweekday(), (end - begin).days) == ({1: 7, 2: 6}[later], 6)


@pytest.mark.parametrize(
    ("days", "before"),
    [
        (Days(date(2025, 10, 1), date(2025, 10, 31)), Days(date(2025, 9, 1), date(2025, 9, 30))),
        (Days(date(2025, 11, 1), date(2025, 11, 30)), Days(date(2025, 10, 1), date(2025, 10, 31))),
    ],
    ids=["shorter", "longer"],
)
def test_the_month_before_has_a_length_of_its_own(
    ask: Asking, known: Published, days: Days, before: Days
) -> None:
    """Days and weeks stand beside those as far from its beginning; its total is of all of it."""
    shift = days.first - before.first
    for metric in ("plays", "viewers", "dau", "views"):
        for granularity in ("day", "week", "whole"):
            for filters in SOME:
                if not takes(metric, filters):
                    continue
                data = ask(
                    "/analytics/timeseries",
                    metric=metric,
                    granularity=granularity,
                    from_=days.first,
                    to=days.last,
                    compare="previous_month",
                    **filters,
                )["data"]
                (line,) = data["lines"]
                assert data["compared_with"]["days_before"] == shift.days
                assert line["compared_total"] == close(numbers(known, before, filters)[metric])
                if granularity == "whole":
                    assert line["compared"] == [line["compared_total"]]
                    continue
                for (part, _), value in zip(
                    buckets(days, granularity), line["compared"], strict=True
                ):
                    then = Days(part.first - shift, min(part.last - shift, before.last))
                    if then.first > before.last:
                        assert value is None
                    else:
                        assert value == close(numbers(known, then, filters)[metric])


def test_the_groups_of_a_longer_month_before_are_all_of_it(ask: Asking, known: Published) -> None:
    days = Days(date(2025, 11, 1), date(2025, 11, 30))
    before = Days(date(2025, 10, 1), date(2025, 10, 31))
    for granularity in ("day", "whole"):
        lines = ask(
            "/analytics/timeseries",
            metric="plays",
            granularity=granularity,
            split_by="country",
            top=2,
            from_=days.first,
            to=days.last,
            compare="previous_month",
        )["data"]["lines"]
        groups = [line["group"] for line in lines if not line["rest"]]
        for line in lines:
            narrowing: Given = {"country": line["group"]}
            if line["rest"]:
                narrowing = {"not_country": groups}
            assert line["compared_total"] == numbers(known, before, narrowing)["plays"]


@pytest.mark.parametrize("granularity", ["week", "whole"])
@pytest.mark.parametrize(
    "split", ["country", "device", "plan", "content_type", "genre", "title", "season", "series"]
)
@pytest.mark.parametrize(
    "metric", ["plays", "views", "hours_without_runtime", "viewers", "completion_rate"]
)
def test_a_split_tells_the_largest_groups_and_the_rest(
    ask: Asking, known: Published, metric: str, split: str, granularity: str
) -> None:
    days = Days(date(2025, 10, 20), LAST)
    filters: Given = {"device": ["mobile", "smart_tv"], f"not_{split}": KNOWN[split][0]}
    if split == "device":
        filters = {"content_type": "series", "device": sorted(KNOWN["device"])}
    answer = ask(
        "/analytics/timeseries",
        metric=metric,
        granularity=granularity,
        split_by=split,
        top=3,
        from_=days.first,
        to=days.last,
        compare="previous",
        **filters,
    )["data"]
    plays = [play for play in narrowed(known.plays, filters) if play.day in days]
    by_group = grouped(plays, lambda play: getattr(play, ATTRIBUTES.get(split, split)))

    def rank(name: str) -> tuple[float, str]:
        told = of_plays(by_group[name], known.titles)
        rests_on = told[metric] or 0
        if metric == "completion_rate":
            rests_on = (told["starters"] or 0) - (told["starters_without_reach"] or 0)
        return -round(rests_on, 9), name

    leading = sorted(by_group, key=rank)[:3]
    assert answer["groups"] == len(by_group)
    assert [line["group"] for line in answer["lines"] if not line["rest"]] == leading
    earlier = [play for play in narrowed(known.plays, filters) if play.day in days.earlier(28)]
    for line in answer["lines"]:
        of_line = [of_group(line, leading, split, some) for some in (plays, earlier)]
        assert line["total"] == close(of_plays(of_line[0], known.titles)[metric])
        assert line["compared_total"] == close(of_plays(of_line[1], known.titles)[metric])
        for place, (part, _) in enumerate(buckets(days, granularity)):
            in_part = [play for play in of_line[0] if play.day in part]
            assert line["values"][place] == close(of_plays(in_part, known.titles)[metric])
        if split in ("title", "season", "series") and not line["rest"]:
            own, about = known.titles.get(line["group"], {}), of_line[0][0].about or {}
            of_season = split == "season" and about["season"] is not None
            assert line["name"] == (about["entry_name"] if of_season else own.get("title"))
    assert any(line["rest"] for line in answer["lines"]) == (len(by_group) > 3)


def of_group(
    line: dict[str, Any], leading: list[str], split: str, plays: Iterable[Play]
) -> list[Play]:
    return [
        play
        for play in plays
        for value in [getattr(play, ATTRIBUTES.get(split, split))]
        if (value not in leading if line["rest"] else value == line["group"])
    ]


def timed(known: Published, filters: Given, zone: ZoneInfo) -> list[tuple[datetime, Play]]:
    """The plays of second precision, and when they started on the zone's clock."""
    return [
        (play.started_at, play)
        for play in narrowed(on_clock(known, zone).plays, filters)
        if play.time_precision == "second"
    ]


def measured(metric: str, plays: list[Play]) -> float:
    return len(plays) if metric == "plays" else total(play.watch_seconds for play in plays) / 3600


def left_out(known: Published, filters: Given, days: Days) -> int:
    return sum(
        play.time_precision == "day" and play.day in days for play in narrowed(known.plays, filters)
    )


def in_utc(moments: list[datetime]) -> list[datetime]:
    """The same moments; those of one zone are quicker to compare."""
    return [moment.astimezone(UTC) for moment in moments]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    "filters",
    [{}, {"country": "DE"}, {"plan": "Standard"}, {"not_country": "US", "device": ["mobile"]}],
    ids=str,
)
@pytest.mark.parametrize("metric", ["plays", "hours_viewed"])
def test_every_hour_on_the_clock_of_a_zone(
    ask: Asking, known: Published, metric: str, filters: Given, zone: str
) -> None:
    clock = ZoneInfo(zone)
    for first, last in (
        (date(2025, 10, 4), date(2025, 10, 6)),
        (date(2025, 10, 25), date(2025, 11, 3)),
    ):
        answer = ask(
            "/analytics/timeseries",
            metric=metric,
            granularity="hour",
            tz=zone,
            from_=first,
            to=last,
            **filters,
        )
        found = answer["data"]
        assert answer["zone"] == zone
        begins = [datetime.fromisoformat(bucket["from"]) for bucket in found["buckets"]]
        ends = [datetime.fromisoformat(bucket["to"]) for bucket in found["buckets"]]
        midnight = datetime.combine(first, datetime.min.time(), clock)
        past = datetime.combine(last + timedelta(days=1), datetime.min.time(), clock)
        assert (begins[0], ends[-1]) == (midnight, past)
        assert begins[1:] == ends[:-1]
        assert [bucket["partial"] for bucket in found["buckets"]] == [
            end - begin != timedelta(hours=1) for begin, end in zip(begins, ends, strict=True)
        ]
        for begin, end in zip(begins, ends, strict=True):
            assert begin.utcoffset() == begin.astimezone(clock).utcoffset()
            assert begin.minute == 0 or end.minute == 0
        plays = [
            (at.astimezone(UTC), play)
            for at, play in timed(known, filters, clock)
            if midnight <= at < past
        ]
        expected = [
            measured(metric, [play for at, play in plays if begin <= at < end])
            for begin, end in zip(in_utc(begins), in_utc(ends), strict=True)
        ]
        assert found["lines"][0]["values"] == [close(value) for value in expected]
        assert found["lines"][0]["total"] == close(sum(expected))
        assert found["plays_without_time"] == left_out(known, filters, Days(first, last))


@pytest.mark.parametrize(
    "filters",
    [{"weekday": "7"}, {"not_weekday": ["6", "7"], "hour": ["20", "21"]}, {"not_hour": "2"}],
    ids=str,
)
def test_hours_that_filters_by_time_leave_out_are_no_buckets(
    ask: Asking, known: Published, filters: Given
) -> None:
    clock = ZoneInfo("Europe/Berlin")
    asked = {"metric": "plays", "granularity": "hour", "tz": str(clock), "compare": "previous"}
    days = {"from_": "2025-10-24", "to": "2025-10-27"}
    every = ask("/analytics/timeseries", **asked, **days)["data"]["buckets"]
    found = ask("/analytics/timeseries", **asked, **days, **filters)["data"]
    begins = [datetime.fromisoformat(bucket["from"]) for bucket in every]
    begins = [begin for begin in begins if lets_in(filters, begin)]
    assert [datetime.fromisoformat(bucket["from"]) for bucket in found["buckets"]] == begins
    plays = [at for at, _ in timed(known, filters, clock)]
    hour = timedelta(hours=1)
    assert found["lines"][0]["values"] == [
        sum(begin <= at < begin + hour for at in plays) for begin in begins
    ]


def test_an_hour_that_comes_twice_is_two_hours(ask: Asking) -> None:
    asked = {"metric": "plays", "granularity": "hour", "tz": "Europe/Berlin"}
    for day, hours in (("2025-10-25", 24), ("2025-10-26", 25), ("2025-03-30", 23)):
        found = ask("/analytics/timeseries", **asked, from_=day, to=day)["data"]["buckets"]
        assert len(found) == hours
    twice = [
        bucket["from"]
        for bucket in ask("/analytics/timeseries", **asked, from_="2025-10-26", to="2025-10-26")[
            "data"
        ]["buckets"]
        if bucket["from"].startswith("2025-10-26T02")
    ]
    assert twice == ["2025-10-26T02:00:00+02:00", "2025-10-26T02:00:00+01:00"]


def test_hours_are_compared_by_what_the_clock_shows(ask: Asking, known: Published) -> None:
    clock = ZoneInfo("Europe/Berlin")
    found = ask(
        "/analytics/timeseries",
        metric="plays",
        granularity="hour",
        tz=str(clock),
        from_="2025-10-26",
        to="2025-11-01",
        compare="previous",
    )["data"]
    shown = [at.replace(tzinfo=None) for at, _ in timed(known, {}, clock)]
    repeated = 0
    for bucket, value in zip(found["buckets"], found["lines"][0]["compared"], strict=True):
        begin = datetime.fromisoformat(bucket["from"])
        wall = begin.replace(tzinfo=None) - timedelta(days=7)
        if begin.isoformat() == "2025-10-26T02:00:00+01:00":
            assert value is None  # the clock showed two in the morning only once the week before
            repeated += 1
        else:
            assert value == sum(wall <= at < wall + timedelta(hours=1) for at in shown)
    assert repeated == 1


@pytest.mark.parametrize("granularity", ["day", "week", "month", "whole"])
@pytest.mark.parametrize("zone", ZONES[1:])
def test_days_weeks_and_months_on_the_clock_of_a_zone(
    ask: Asking, known: Published, zone: str, granularity: str
) -> None:
    clock, days = ZoneInfo(zone), Days(date(2025, 10, 3), date(2025, 11, 9))
    cases: tuple[tuple[str, Given, str | None], ...] = (
        ("plays", {}, None),
        ("viewers", {}, None),
        ("hours_viewed", {"country": "US"}, None),
        ("completion_rate", {"genre": "Comedy", "not_hour": ["20", "21"]}, None),
        ("views", {"weekday": ["1", "6", "7"]}, None),
        ("plays", {}, "country"),
        ("viewers", {"not_device": "mobile"}, "series"),
        ("hours_viewed", {}, "genre"),
        ("plays", {"country": ["DE", "US"], "not_genre": "Comedy"}, "device"),
        ("sittings", {}, "plan"),
        ("avg_sitting_minutes", {"not_device": "mobile"}, None),
        ("binge_rate", {"country": ["DE", "US", "BR"]}, "device"),
    )
    here = on_clock(known, clock)
    for metric, filters, split in cases:
        found = ask(
            "/analytics/timeseries",
            metric=metric,
            granularity=granularity,
            tz=zone,
            from_=days.first,
            to=days.last,
            split_by=split,
            top=2,
            compare="previous",
            **filters,
        )["data"]
        items, counted = counted_of(here, metric)
        plays = narrowed(items, filters)
        leading = [line["group"] for line in found["lines"] if line["group"] is not None]
        assert found["plays_without_time"] is None
        for line in found["lines"]:
            kept = of_group(line, leading, split, plays) if split else plays
            by_day = grouped(kept, lambda play: play.day)
            for shift, values in ((0, line["values"]), (42, line["compared"])):
                parts = [part.earlier(shift) for part, _ in buckets(days, granularity, filters)]
                for part, value in zip(parts, values, strict=True):
                    each = (by_day.get(day, []) for day in days_between(part.first, part.last))
                    expected = counted([play for some in each for play in some])
                    assert value == close(expected[metric])
            of_all = counted([play for play in kept if play.day in days])
            assert line["total"] == close(of_all[metric])


@pytest.mark.parametrize("zone", ZONES)
def test_the_hours_of_the_week(ask: Asking, known: Published, zone: str) -> None:
    clock, days = ZoneInfo(zone), Days(date(2025, 10, 3), date(2025, 11, 9))
    some: list[Given] = [{}, *each_alone(), *combinations(4), *several(8)]
    for filters in some:
        answer = ask("/analytics/heatmap", tz=zone, from_=days.first, to=days.last, **filters)
        plays = [(at, play) for at, play in timed(known, filters, clock) if at.date() in days]
        cells = answer["data"]["cells"]
        assert [(cell["weekday"], cell["hour"]) for cell in cells] == [
            (weekday, hour) for weekday in range(1, 8) for hour in range(24)
        ]
        by_cell = grouped(plays, lambda one: (one[0].isoweekday(), one[0].hour))
        for cell in cells:
            of_cell = [play for _, play in by_cell.get((cell["weekday"], cell["hour"]), [])]
            assert cell["plays"] == len(of_cell)
            assert cell["hours_viewed"] == close(measured("hours_viewed", of_cell))
        assert answer["data"]["plays_without_time"] == left_out(known, filters, days)
        weekdays = [day.weekday() for day in days_between(days.first, days.last)]
        assert answer["data"]["days"] == [weekdays.count(n) for n in range(7)]
        assert (answer["zone"], answer["filters"]) == (zone, filters)
