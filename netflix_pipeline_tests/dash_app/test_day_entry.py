from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dash_app import day_entry, locales
from dash_app.filters import has_typed_days

DAY = date(2026, 11, 27)
LOCALES = ["", "de", "de-CH", "en-US", "en-GB", "en-CA", "fr", "nl", "sv", "pl", "bg", "lv"]
LOCALES += ["pt-BR", "tr", "fi", "hu", "ja", "ko", "zh-TW", "hi", "ar", "fa", "he", "th"]


@pytest.mark.parametrize(
    ("wish", "hint", "told"),
    [
        ("", "DD/MM/YYYY", "27/11/2026"),
        ("de", "DD.MM.YYYY", "27.11.2026"),
        ("en-US", "MM/DD/YYYY", "11/27/2026"),
        ("nl", "DD-MM-YYYY", "27-11-2026"),
        ("sv", "YYYY-MM-DD", "2026-11-27"),
        ("ja", "YYYY/MM/DD", "2026/11/27"),
    ],
)
def test_a_day_stands_in_the_order_of_its_reader(wish: str, hint: str, told: str) -> None:
    with locales.written_in(locales.asked_for(wish)):
        assert day_entry.hint() == hint
        assert day_entry.typed(DAY) == told
        ways = day_entry.ISO if hint == day_entry.ISO else f"{hint} or YYYY-MM-DD"
        assert day_entry.ways() == ways


@given(st.dates(), st.sampled_from(LOCALES))
def test_what_is_written_is_read_and_so_is_iso(day: date, wish: str) -> None:
    with locales.written_in(locales.asked_for(wish)):
        assert day_entry.read(day_entry.typed(day)) == day
        assert day_entry.read(str(day)) == day


@given(st.text(max_size=30) | st.from_regex(r"\A[\d./ -]{1,12}\Z"), st.sampled_from(LOCALES))
def test_what_is_no_day_is_none_or_not_in_the_calendar(text: str, wish: str) -> None:
    with locales.written_in(locales.asked_for(wish)):
        try:
            day = day_entry.read(text)
        except ValueError:
            return
        assert day is None or day_entry.read(day_entry.typed(day)) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("27.11.26", DAY),
        (" 27. 11. 2026 ", DAY),
        ("27-11-2026", DAY),
        ("2026/11/27", DAY),
        ("27.11.", None),
        ("27.11.026", None),
        ("27 November 2026", None),
        ("27.2026.11", None),
        ("", None),
    ],
)
def test_people_may_type_it_as_they_are_used_to(text: str, day: date | None) -> None:
    with locales.written_in(locales.asked_for("de")):
        assert day_entry.read(text) == day


def test_points_stand_between_day_month_and_year_for_everybody() -> None:
    with locales.written_in(locales.asked_for("en-US")):
        assert day_entry.read("27.11.2026") == day_entry.read("11/27/2026") == DAY


def test_a_day_that_is_not_in_the_calendar_is_an_error() -> None:
    with pytest.raises(ValueError, match="day"):
        day_entry.read("31/02/2026")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", False),
        ("period=7d", False),
        ("from=2026-11-01&to=2026-11-27", False),
        ("from=2026-11-01&to=27.11.2026", True),
        ("from=11%2F01%2F2026&to=2026-11-27&by=plays", True),
    ],
)
def test_typed_days_in_an_address_are_known(query: str, expected: bool) -> None:
    assert has_typed_days(query) is expected
