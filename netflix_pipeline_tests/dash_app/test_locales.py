import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from dash_app import locales


@pytest.mark.parametrize(
    ("wish", "locale"),
    [
        ("", "en_001"),
        ("*", "en_001"),
        ("de", "de"),
        ("de-AT,en;q=0.5", "de_AT"),
        ("en;q=0.5,fr-CH;q=0.8", "fr_CH"),
        ("tlh,pl", "pl"),
        ("de;q=0,it;q=0.1", "it"),
        ("de;q=much,it", "it"),
        ("zh-TW", "zh_Hant_TW"),
    ],
)
def test_the_first_wish_that_is_known_is_met(wish: str, locale: str) -> None:
    assert str(locales.asked_for(wish)) == locale


@given(st.text())
def test_no_wish_is_an_error(wish: str) -> None:
    assert isinstance(locales.asked_for(wish), Locale)


def test_habits_end_with_the_answer() -> None:
    with locales.written_in(locales.asked_for("de")):
        assert str(locales.current()) == "de"
    assert locales.current() == locales.FALLBACK
