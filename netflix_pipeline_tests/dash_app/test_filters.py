from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dash_app.filters import (
    COMPARISONS,
    DEFAULT_PERIOD,
    MEASURES,
    NARROWINGS,
    TITLE_LEVELS,
    ViewState,
)
from netflix_pipeline.errors import BadInput
from netflix_pipeline.serving import PRESETS, Choice, Period
from netflix_pipeline.serving import Filters as Narrowing

said = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
periods = st.tuples(st.sampled_from(list(PRESETS)), st.none()) | st.tuples(
    st.none(), st.builds(Period, from_=st.dates(), to=st.dates())
)
OWN = ("sort", "search")


def choices_of(values: st.SearchStrategy[str]) -> st.SearchStrategy[Choice]:
    some = st.lists(values, min_size=1, max_size=4).map(tuple)
    return st.builds(Choice, values=some, negated=st.booleans())


FIXED: dict[str, list[str]] = {
    "is_original": ["true", "false", "unknown"],
    "weekday": [str(day) for day in range(1, 8)],
    "hour": [str(hour) for hour in range(24)],
    "segment": ["core", "regular", "casual", "at_risk"],
    "cohort": ["2025-12-29", "2026-02-23", "0001-01-01"],
}
narrowings = st.fixed_dictionaries(
    {},
    optional={
        name: choices_of(st.sampled_from(FIXED[name]) if name in FIXED else said)
        for name in NARROWINGS
    },
)
states = st.builds(
    lambda period, by, compare, narrowing, own, level, zone: ViewState(
        period[0],
        period[1],
        by,
        compare,
        Narrowing(**narrowing),
        tuple(sorted(own.items())),
        level=level,
        zone=zone,
    ),
    periods,
    st.sampled_from(list(MEASURES)),
    st.sampled_from([*COMPARISONS, "country:FR", "not_title:s:S2", "2026-01-01..2026-02-28"]),
    narrowings,
    st.dictionaries(st.sampled_from(OWN), said),
    st.sampled_from(list(TITLE_LEVELS)),
    st.sampled_from([None, "UTC", "Europe/Berlin", "Etc/GMT+5"]),
)


@given(states)
def test_an_address_reproduces_its_view(filters: ViewState) -> None:
    assert ViewState.parse(filters.query(), OWN) == filters


@given(st.text(max_size=60))
def test_every_address_is_understood_or_refused(query: str) -> None:
    try:
        filters = ViewState.parse(query)
    except BadInput:
        return
    assert ViewState.parse(filters.query()) == filters


@given(states)
def test_another_page_takes_along_all_but_what_only_this_one_knows(filters: ViewState) -> None:
    carried = filters.carried()
    assert ViewState.parse(carried.query()) == carried
    assert (carried.narrowing, carried.zone) == (filters.narrowing, filters.zone)


@given(states)
def test_a_pages_usual_period_stands_in_no_address_and_is_not_taken_along(
    filters: ViewState,
) -> None:
    page = replace(filters, usual="all")
    assert ViewState.parse(page.query(), OWN, "all") == page
    assert "period=all" not in page.query()
    if page.preset == "all":
        assert page.carried().preset == DEFAULT_PERIOD


def test_what_a_form_left_empty_is_not_chosen() -> None:
    assert ViewState.parse("?country=&genre=Drama&compare=") == ViewState(
        narrowing=Narrowing(genre="Drama")
    )


def test_the_values_of_a_filter_are_a_set() -> None:
    told = ViewState.parse("?genre=Kids&genre=Drama&not_country=DE&genre=Kids")
    assert told == ViewState.parse("?not_country=DE&genre=Drama&genre=Kids")
    assert told.query() == "?not_country=DE&genre=Drama&genre=Kids"
    assert told.without("genre", "Drama").query() == "?not_country=DE&genre=Kids"
    assert told.without("country", "DE").query() == "?genre=Drama&genre=Kids"


def test_the_plain_address_shows_28_days_by_hours() -> None:
    assert ViewState.parse("") == ViewState("28d", None, "hours_viewed", "previous", Narrowing())
    assert ViewState().query() == ""


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("?period=9d", "no period '9d'"),
        ("?by=likes", "no measure 'likes'"),
        ("?colour=red", "colour cannot be chosen here"),
        ("?sort=name", "sort cannot be chosen here"),  # another page's own
        ("?compare=lastweek", "no comparison 'lastweek'"),
        ("?compare=hour:24", "an hour of a day is 0 to 23"),
        ("?compare_from=2026-03-02&compare_to=2026-03-01", "swap the two"),
        ("?level=disc", "no level 'disc'"),
        ("?tz=Europe/Berln", "no time zone 'Europe/Berln'.* Near to that: Europe/Berlin"),
        (f"?genre={'x' * 300}", "`genre` is narrowed to is too long"),
        ("?" + "&".join(f"a{n}=1" for n in range(101)), "says too much"),
        ("?" + "&".join(f"genre=g{n}" for n in range(51)), "`genre` may have 50 values"),
        ("?country=DE&not_country=FR", "country and not_country are given"),
        ("?weekday=8", "a weekday is 1 to 7"),
        ("?hour=24", "an hour of a day is 0 to 23"),
        ("?segment=best", "a segment is one of core, regular"),
        ("?not_cohort=last-week", "a day of the week in which its people first played"),
        ("?hour=9&hour=x", "an hour of a day is 0 to 23"),
        ("?not_is_original=no", "is_original is `true`, `false` or `unknown`"),
        ("?by=plays&by=views", "chosen twice"),
        ("?from=2026-01-01", "both ends"),
        ("?from=2026-01-01&to=2026-01-02&period=7d", "both ends"),
        ("?from=1st&to=2026-01-02", "'1st' .* written as DD/MM/YYYY or YYYY-MM-DD"),
        ("?from=2026-02-30&to=2026-03-01", "'2026-02-30' .* is no day, written as"),
    ],
)
def test_what_an_address_does_not_know_is_refused(query: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        ViewState.parse(query)
