from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dash_app.filters import MEASURES, PRESETS, BadAddress, Filters, before
from netflix_pipeline.serving import Period, SnapshotInfo

INFO = SnapshotInfo(
    version=1,
    built_at=datetime(2026, 3, 20, tzinfo=UTC),
    data_from=date(2026, 1, 1),
    data_to=date(2026, 3, 19),
    as_of=None,
)

presets = st.builds(Filters, st.sampled_from(list(PRESETS)), by=st.sampled_from(list(MEASURES)))
customs = st.builds(
    Filters,
    st.none(),
    st.builds(Period, from_=st.dates(), to=st.dates()),
    st.sampled_from(list(MEASURES)),
)


@given(presets | customs)
def test_an_address_reproduces_its_view(filters: Filters) -> None:
    assert Filters.parse(filters.query()) == filters


def test_the_plain_address_shows_28_days_by_hours() -> None:
    assert Filters.parse("") == Filters("28d", None, "hours_viewed")
    assert Filters().query() == ""


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("?period=9d", "no period '9d'"),
        ("?by=likes", "no measure 'likes'"),
        ("?country=DE", "country cannot be chosen here"),
        ("?by=plays&by=views", "chosen twice"),
        ("?from=2026-01-01", "both ends"),
        ("?from=2026-01-01&to=2026-01-02&period=7d", "both ends"),
        ("?from=1.1.2026&to=2026-01-02", "'1.1.2026'"),
        ("?from=2026-02-30&to=2026-03-01", "no day '2026-02-30'"),
    ],
)
def test_what_an_address_does_not_know_is_refused(query: str, says: str) -> None:
    with pytest.raises(BadAddress, match=says):
        Filters.parse(query)


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("", date(2026, 2, 20)),
        ("?period=7d", date(2026, 3, 13)),
        ("?period=90d", date(2025, 12, 20)),
        ("?period=all", date(2026, 1, 1)),
    ],
)
def test_presets_end_with_the_last_day_with_data(query: str, first: date) -> None:
    assert Filters.parse(query).period(INFO) == Period(from_=first, to=date(2026, 3, 19))


@pytest.mark.parametrize(
    ("first", "last", "previous"),
    [
        (date(2026, 3, 13), date(2026, 3, 19), (date(2026, 3, 6), date(2026, 3, 12))),
        (date(2026, 1, 2), date(2026, 1, 2), (date(2026, 1, 1), date(2026, 1, 1))),
        (date(2026, 1, 2), date(2026, 1, 3), None),  # a day of it lies before the data
        (date.min, date(2026, 1, 3), None),
    ],
)
def test_a_period_is_compared_with_the_one_before_where_data_cover_it(
    first: date, last: date, previous: tuple[date, date] | None
) -> None:
    found = before(Period(from_=first, to=last), INFO)
    assert (found and (found.from_, found.to)) == previous
