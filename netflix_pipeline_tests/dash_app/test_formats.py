from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dash_app import formats, locales
from netflix_pipeline.serving import Period


def plain(text: str) -> str:
    """The text with every kind of space and minus as typed on a keyboard."""
    for space in "\u202f\u00a0\u2009":
        text = text.replace(space, " ")
    return text.replace("\u2212", "-")


@pytest.mark.parametrize(
    ("value", "told", "shortly"),
    [
        (None, "–", "–"),
        (0, "0", "0"),
        (2.25, "2.2", "2.2"),
        (9.0, "9", "9"),
        (12_345.6, "12,346", "12,346"),
        (99_999.4, "99,999", "99,999"),
        (99_999.5, "100,000", "100K"),
        (123_456, "123,456", "123K"),
        (999_499, "999,499", "999K"),
        (999_500, "999,500", "1M"),
        (1_234_567, "1,234,567", "1.23M"),
        (12_345_678_901, "12,345,678,901", "12.3B"),
        (-1234, "-1,234", "-1,234"),
    ],
)
def test_numbers_in_full_and_shortly(value: float | None, told: str, shortly: str) -> None:
    assert plain(formats.number(value)) == told
    assert plain(formats.short(value)) == shortly


@pytest.mark.parametrize(
    ("unit", "value", "told"),
    [
        ("share", 0.6432, "64.3%"),
        ("share", None, "–"),
        ("min", 48.4, "48 min"),
        ("min", 72.0, "1 h 12 min"),
        ("min", 59.6, "1 h 0 min"),
        ("users", 1200, "1,200"),
        ("h", 1204.0, "1,204 h"),
        ("h", None, "–"),
        ("stars", 4, "4.0"),
        ("stars", 4.25, "4.2"),
    ],
)
def test_the_unit_decides_how_a_value_reads(unit: str, value: float | None, told: str) -> None:
    assert plain(formats.value_in(unit, value)) == told


def test_what_is_counted_is_called_by_its_number() -> None:
    told = [formats.amount("searches", count) for count in (0, 1, 2)]
    assert told == ["0 searches", "1 search", "2 searches"]
    assert plain(formats.short_in("h", 123_456)) == "123K h"


def test_days_weeks_and_months_are_called_by_their_first_day() -> None:
    told = [formats.stretch(step, date(2026, 3, 2)) for step in ("day", "week", "month")]
    assert list(map(plain, told)) == ["Mon, 2 Mar 2026", "Week of 2 Mar 2026", "Mar 2026"]


@pytest.mark.parametrize(
    ("unit", "now", "before", "told"),
    [
        ("h", 110, 100, ("+10.0%", 1)),
        ("h", 90, 100, ("-10.0%", -1)),
        ("h", 100.01, 100, ("±0.0%", 0)),
        ("h", 2350, 100, ("+2,250%", 1)),
        ("share", 0.512, 0.5, ("+1.2 pts", 1)),
        ("share", 0.1, 0, ("+10.0 pts", 1)),
        ("h", 5, 0, None),
        ("share", None, 0.5, None),
        ("share", 0.5, None, None),
    ],
)
def test_a_change_is_relative_and_of_shares_in_points(
    unit: str, now: float | None, before: float | None, told: tuple[str, int] | None
) -> None:
    change = formats.change(unit, now, before)
    assert (change and (plain(change[0]), change[1])) == told


@pytest.mark.parametrize(
    ("now", "before", "told"),
    [(104, 100, "▲ +4.0%"), (1, 2, "▼ −50.0%"), (2, 2, "■ ±0.0%"), (1, 0, "new"), (1, None, "")],
)
def test_a_change_beside_a_number_has_its_mark(now: float, before: float | None, told: str) -> None:
    assert formats.marked("h", now, before) == told


@pytest.mark.parametrize(
    ("unit", "value", "told"),
    [
        ("h", 1204.0, "+1,204 h"),
        ("plays", -1, "-1 play"),
        ("share", -0.0082, "-0.8 pts"),
        ("share", 0.0004, "+0.04 pts"),
        ("min", 3.2, "+3 min"),
        ("users", 0, "0 users"),
        ("h", 0.002, "<+0.01 h"),
        ("h", -0.002, ">-0.01 h"),
        ("h", -0.02, "-0.02 h"),
    ],
)
def test_what_is_added_or_taken_away_has_its_sign(unit: str, value: float, told: str) -> None:
    assert plain(formats.signed(unit, value)) == told


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        (date(2026, 3, 2), date(2026, 3, 2), "2 Mar 2026"),
        (date(2026, 3, 2), date(2026, 4, 9), "2 Mar – 9 Apr 2026"),
        (date(2025, 12, 30), date(2026, 1, 2), "30 Dec 2025 – 2 Jan 2026"),
    ],
)
def test_a_period_is_told_as_shortly_as_it_can_be(first: date, last: date, told: str) -> None:
    assert plain(formats.period(Period(from_=first, to=last))) == told


def test_moments_name_their_time_zone() -> None:
    assert plain(formats.moment(datetime(2026, 3, 2, 8, 5, tzinfo=UTC))) == "2 Mar 2026, 08:05 UTC"
    assert formats.moment(None) == "–"


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ("", "12,346 · 1.23M · 64.3% · 14 Nov 2026"),
        ("de-DE,de;q=0.9", "12.346 · 1,23 Mio. · 64,3 % · 14. Nov. 2026"),
        ("en-US", "12,346 · 1.23M · 64.3% · Nov 14, 2026"),
        ("fr", "12 346 · 1,23 M · 64,3 % · 14 nov. 2026"),
        ("hi-IN", "12,346 · 12.3 लाख · 64.3% · 14 नव॰ 2026"),
    ],
)
def test_numbers_and_days_are_written_as_the_reader_does(wish: str, told: str) -> None:
    with locales.written_in(locales.asked_for(wish)):
        parts = (
            formats.number(12_345.6),
            formats.short(1_234_567),
            formats.percent(0.6432),
            formats.day(date(2026, 11, 14)),
        )
    assert plain(" · ".join(parts)) == told
    assert plain(formats.number(12_345.6)) == "12,346"


def test_a_large_number_without_a_shorter_word_is_told_in_full() -> None:
    with locales.written_in(locales.asked_for("de")):
        assert formats.short(123_456) == "123.456"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("country", "DE", "Germany"),
        ("country", "XX", "XX"),
        ("country", "unknown", "Unknown"),
        ("device", "smart_tv", "Smart TV"),
        ("device", "streaming_stick", "Streaming stick"),
        ("genre", "Sci-Fi", "Sci-Fi"),
        ("maturity_rating", "all_ages", "all_ages"),
        ("maturity_rating", "unknown", "Unknown"),
        ("title", "t_1", "t_1"),
    ],
)
def test_values_of_filters_have_names(name: str, value: str, told: str) -> None:
    assert formats.dimension(name, value) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (181_403_648, "181 MB"), (9.5e12, "9.5 TB")],
)
def test_sizes_are_told_by_thousands(value: float, told: str) -> None:
    assert formats.size(value) == told.replace(" ", formats.SPACE)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0.004, "4.0 ms"),
        (0.0996, "0.10 s"),
        (0.061, "61 ms"),
        (0.25, "0.25 s"),
        (1.26, "1.3 s"),
        (12.4, "12 s"),
        (None, "–"),
    ],
)
def test_delays_are_told_to_two_digits(value: float | None, told: str) -> None:
    assert formats.seconds(value) == told.replace(" ", formats.SPACE)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (11_100, "3 h 5 min"),
        (2 * 86_400, "2 days"),
        (None, "–"),
    ],
)
def test_ages_are_told_in_the_unit_that_fits(value: float | None, told: str) -> None:
    assert formats.age(value).replace(formats.SPACE, " ") == told


def test_all_that_are_the_same_are_counted() -> None:
    assert formats.first_of(["Mon"], "day") == "Mon"
    assert formats.first_of(["Mon", "Tue"], "day").replace(formats.SPACE, " ") == (
        "Mon and 1 other day"
    )
    assert formats.first_of(["1", "2", "3"], "hour") == "1 and 2 other hours"


@pytest.mark.parametrize("wish", ["", "de", "fr", "es", "hi-IN", "eu", "ar", "de-CH", "sv", "tr"])
@given(st.one_of(st.integers(-(10**12), 10**12), st.floats(-1e12, 1e12)), st.integers(0, 2))
def test_numbers_are_written_as_babel_does(wish: str, value: float, decimals: int) -> None:
    value, locale = value or 0, locales.asked_for(wish)  # what is kept of 0 is that of -0.0, too
    for kind in ("decimal", "percent"):
        pattern = formats._pattern(kind, decimals, locale)
        written = str(pattern.apply(value, locale)).replace("-", formats.MINUS)
        assert formats._written(value, pattern, locale) == written
