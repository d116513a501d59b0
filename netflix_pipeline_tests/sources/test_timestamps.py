from datetime import UTC, date, datetime, timedelta, timezone

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netflix_pipeline.sources.dates import MONTH_NAMES, MONTHS, NUMBERED, Order
from netflix_pipeline.sources.timestamps import FEW, parse_day, parse_formatted, parse_instants
from netflix_pipeline_tests.support.examples import at_most

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


# As many of one length as are read by their digits' places, and fewer.
@given(st.lists(told_times(), min_size=1, max_size=60), st.integers(1, FEW + 1))
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


DATES = st.from_regex(
    r"\d{1,4}([-/.]) ?\d{1,2}\1 ?\d{1,4}( \d{1,2}[:.]\d\d( PM)?)?",
    fullmatch=True,
    alphabet="0123456789-/. :PM",
)


@at_most(25)
@given(
    st.lists(st.text("0123456789-:TZ. +/", max_size=27) | DATES, min_size=1, max_size=20),
    st.sampled_from([None, *Order]),
    st.sampled_from([None, "Europe/Berlin"]),
)
def test_a_value_is_read_the_same_alone_and_among_others(
    texts: list[str], order: Order | None, zone: str | None
) -> None:
    texts = [*texts, *["2025-03-01T10:00:00Z", "2025-13-01T10:00:00", "2025-03-30 02:30:00"] * 20]
    together, days = parse_instants(pl.Series(texts), order, zone)
    alone = {text: parse_instants(pl.Series([text]), order, zone) for text in set(texts)}
    for text, time, day in zip(texts, together.to_list(), days.to_list(), strict=True):
        (told,), (told_day,) = alone[text]
        assert (told, told_day) == (time, day)


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
@pytest.mark.parametrize("zone", [None, "America/St_Johns", "Asia/Tokyo"])
def test_what_no_calendar_holds_is_no_time(text: str, zone: str | None) -> None:
    for each in (text, text[:19]):
        times, _ = parse_instants(pl.Series([each] * 40), None, zone)
        assert times.dt.year().drop_nulls().is_between(1, 9999).all()
        assert len(times.to_list()) == 40
    assert parse_formatted(pl.Series(["+12345-01-01"]), "%Y-%m-%d")[0].to_list() == [None]
    assert parse_formatted(pl.Series(["+12345-01-01 9"]), "%Y-%m-%d %s")[0].to_list() == [None]


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2023-08-24 9:07", datetime(2023, 8, 24, 9, 7)),
        ("2023-1-7", datetime(2023, 1, 7)),
        ("2023/1/7 15:16", datetime(2023, 1, 7, 15, 16)),
        ("2023. 01. 07.", datetime(2023, 1, 7)),
        ("17-Jan-23", datetime(2023, 1, 17)),
        ("17 January 2023 15:16", datetime(2023, 1, 17, 15, 16)),
        ("Jan 17, 2023, 3:16:18\u202fPM", datetime(2023, 1, 17, 15, 16, 18)),
        ("Tuesday, January 17th, 2023 at 3:16 p.m.", datetime(2023, 1, 17, 15, 16)),
        ("Tue, 17 Jan 2023 15:16:18 GMT", datetime(2023, 1, 17, 15, 16, 18)),
        ("\u200e2023-01-17 15:16", datetime(2023, 1, 17, 15, 16)),
        ("2023-01-17t15:16:18z", datetime(2023, 1, 17, 15, 16, 18)),
        ("2023-01-17 15:16:18 UTC", datetime(2023, 1, 17, 15, 16, 18)),
        ("2023-01-17 15:16:18+0230", datetime(2023, 1, 17, 12, 46, 18)),
        ("17. Jan. 23 15:16", datetime(2023, 1, 17, 15, 16)),
        ("2. März 2023", datetime(2023, 3, 2)),
        ("17-févr.-23", datetime(2023, 2, 17)),
        ("mardi 1er août 2023", datetime(2023, 8, 1)),
        ("17 de enero de 2023 15:16", datetime(2023, 1, 17, 15, 16)),
        ("17-Şub-23", datetime(2023, 2, 17)),
        ("17 paz\u0301 2023", datetime(2023, 10, 17)),
        ("17 Wednesday 2023", None),
        ("2023-01/17", None),
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
@pytest.mark.parametrize("order", [None, *Order])
def test_other_forms(text: str, time: datetime | None, copies: int, order: Order | None) -> None:
    times, _ = parse_instants(pl.Series([text] * copies), order)
    assert times.to_list() == [None if time is None else time.replace(tzinfo=UTC)] * copies


@pytest.mark.parametrize(
    ("text", "dmy", "mdy", "ymd"),
    [
        ("05/02/2023", datetime(2023, 2, 5), datetime(2023, 5, 2), None),
        ("7/28/2022 4:22", None, datetime(2022, 7, 28, 4, 22), None),
        ("7/28/2022 4:22:09 PM", None, datetime(2022, 7, 28, 16, 22, 9), None),
        ("17.01.2023 15:16", datetime(2023, 1, 17, 15, 16), None, None),
        ("17. 1. 2023.", datetime(2023, 1, 17), None, None),
        ("17-01-2023, 15.16.18", datetime(2023, 1, 17, 15, 16, 18), None, None),
        ("18.12.22 15:17", datetime(2022, 12, 18, 15, 17), None, datetime(2018, 12, 22, 15, 17)),
        ("01/02/68", datetime(2068, 2, 1), datetime(2068, 1, 2), None),
        ("01/02/69", datetime(1969, 2, 1), datetime(1969, 1, 2), None),
        ("23/1/7", None, None, datetime(2023, 1, 7)),
        ("1/7/23", datetime(2023, 7, 1), datetime(2023, 1, 7), None),
        ("1/7/023", None, None, None),
        ("13/13/2023", None, None, None),
        ("29/02/2023", None, None, None),
        ("05/02.2023", None, None, None),
    ],
)
def test_what_depends_on_the_order_is_read_in_it_alone(
    text: str, dmy: datetime | None, mdy: datetime | None, ymd: datetime | None
) -> None:
    for order, time in ((Order.dmy, dmy), (Order.mdy, mdy), (Order.ymd, ymd), (None, None)):
        times, _ = parse_instants(pl.Series([text]), order)
        assert times.to_list() == [None if time is None else time.replace(tzinfo=UTC)], order


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


def test_no_name_is_of_two_months() -> None:
    told = [name for names in MONTH_NAMES for name in names.split()]
    assert len(told) == len(set(told)) == len(NUMBERED)
    assert [NUMBERED[month.casefold()] for month in MONTHS] == list(range(1, 13))
