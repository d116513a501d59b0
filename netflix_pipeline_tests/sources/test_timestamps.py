from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netflix_pipeline.sources.timestamps import parse_day, parse_formatted, parse_instants

TIMES = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1))
ZONES = st.sampled_from(("", "Z", "+00:00", "+02:00", "-05:30", "+14:00"))


@st.composite
def told_times(draw: st.DrawFn) -> tuple[str, datetime]:
    time = draw(TIMES)
    digits = draw(st.integers(0, 9))
    zone = draw(ZONES)
    separator = draw(st.sampled_from("T "))
    fraction = f"{time.microsecond:06d}000"[:digits]
    kept = int(fraction[:6].ljust(6, "0")) if digits else 0
    text = time.strftime(f"%Y-%m-%d{separator}%H:%M:%S") + (f".{fraction}" if digits else "") + zone
    offset = timedelta(0)
    if zone not in ("", "Z"):
        sign = 1 if zone[0] == "+" else -1
        offset = sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
    return text, time.replace(microsecond=kept, tzinfo=UTC) - offset


@given(st.lists(told_times(), min_size=1, max_size=60), st.integers(1, 60))
def test_times_are_exact_whatever_stands_beside_them(
    told: list[tuple[str, datetime]], copies: int
) -> None:
    texts = [text for text, _ in told] * copies + [None, "nonsense"]
    times, days = parse_instants(pl.Series(texts, dtype=pl.String))
    assert times.to_list() == [time for _, time in told] * copies + [None, None]
    assert not days.any()


@given(st.lists(st.dates(), min_size=1, max_size=50))
def test_a_date_is_its_midnight_and_told_as_a_day(told: list[date]) -> None:
    times, days = parse_instants(pl.Series([day.isoformat() for day in told]))
    assert times.dt.date().to_list() == told
    assert days.all()


@settings(max_examples=25)
@given(st.lists(st.text("0123456789-:TZ. +/", max_size=27), min_size=1, max_size=20))
def test_a_value_is_read_the_same_alone_and_among_others(texts: list[str]) -> None:
    texts = [*texts, *["2025-03-01T10:00:00Z", "2025-13-01T10:00:00Z"] * 20]
    together, days = parse_instants(pl.Series(texts))
    for text, time, day in zip(texts, together.to_list(), days.to_list(), strict=True):
        alone, alone_day = parse_instants(pl.Series([text]))
        assert (alone[0], alone_day[0]) == (time, day)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2023-08-24 9:07", datetime(2023, 8, 24, 9, 7)),
        ("7/28/2022 4:22", datetime(2022, 7, 28, 4, 22)),
        ("7/28/2022 4:22:09 PM", datetime(2022, 7, 28, 16, 22, 9)),
        ("7/28/2022", datetime(2022, 7, 28)),
        ("2023-1-7", datetime(2023, 1, 7)),
        ("2023-01-17t15:16:18z", datetime(2023, 1, 17, 15, 16, 18)),
        ("2023-01-17 15:16:18 UTC", datetime(2023, 1, 17, 15, 16, 18)),
        ("2023-01-17 15:16:18+0230", datetime(2023, 1, 17, 12, 46, 18)),
        ("28/7/2022 4:22", None),
        ("2023-02-29", None),
        ("2023-02-29T10:00:00Z", None),
        ("2023-02-28T24:00:00Z", None),
        ("2023-02-28T10:00:60Z", None),
        ("0000-01-01T00:00:00Z", None),
        ("2023-01-17 25:00", None),
        ("1673968578", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("copies", [1, 100], ids=["alone", "a column"])
def test_other_forms(text: str, time: datetime | None, copies: int) -> None:
    times, _ = parse_instants(pl.Series([text] * copies))
    assert times.to_list() == [None if time is None else time.replace(tzinfo=UTC)] * copies


@pytest.mark.parametrize(
    ("text", "form", "time", "is_day"),
    [
        ("17.01.2023 15:16", "%d.%m.%Y %H:%M", datetime(2023, 1, 17, 15, 16), False),
        ("17.01.2023", "%d.%m.%Y", datetime(2023, 1, 17), True),
        ("1673968578", "unix_s", datetime(2023, 1, 17, 15, 16, 18), False),
        ("1673968578.25", "unix_s", datetime(2023, 1, 17, 15, 16, 18, 250_000), False),
        ("1673968578123", "unix_ms", datetime(2023, 1, 17, 15, 16, 18, 123_000), False),
        ("1673968578123456", "unix_us", datetime(2023, 1, 17, 15, 16, 18, 123_456), False),
        ("2023", "unix_s", datetime(1970, 1, 1, 0, 33, 43), False),
        ("soon", "unix_s", None, False),
        ("soon", "%d.%m.%Y %H:%M", None, False),
    ],
)
def test_a_time_in_a_told_format(text: str, form: str, time: datetime | None, is_day: bool) -> None:
    times, days = parse_formatted(pl.Series([text]), form)
    assert times.to_list() == [None if time is None else time.replace(tzinfo=UTC)]
    assert days.to_list() == [is_day]


def test_a_told_format_with_an_offset_is_brought_to_utc() -> None:
    times, _ = parse_formatted(pl.Series(["17.01.2023 15:16 +0200"]), "%d.%m.%Y %H:%M %z")
    expected = datetime(2023, 1, 17, 15, 16, tzinfo=timezone(timedelta(hours=2)))
    assert times.to_list() == [expected]


def test_a_day_out_of_a_time_leaves_the_time_off() -> None:
    assert parse_day("2023-04-01 14:40:50.540242") == date(2023, 4, 1)
    assert parse_day("nonsense") is None
