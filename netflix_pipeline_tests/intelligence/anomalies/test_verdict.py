"""What an anomaly is told to be: data first, then what is known, then values that stand out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netflix_pipeline.intelligence.anomalies.contributions import explaining, parts, usual_amounts
from netflix_pipeline.intelligence.anomalies.data_faults import Arrivals, Missing, missing, of_days
from netflix_pipeline.intelligence.anomalies.injection import BEFALLS, befalling, usual_arrivals
from netflix_pipeline.intelligence.anomalies.verdict import Anomaly, Happening, judged

DAY = date(2026, 5, 4)
DROP = Anomaly("total", "all", DAY, DAY, 100.0, 60.0)
HOURS = np.array(
    [2, 1, 1, 1, 1, 2, 4, 8, 10, 10, 10, 12, 14, 14, 12, 12, 14, 18, 24, 30, 32, 28, 18, 8]
)


def came(days: int = 40) -> Arrivals:
    none = np.zeros(days, dtype=np.int64)
    received = np.full(days, 1000, dtype=np.int64)
    return Arrivals(received, none, none.copy(), none.copy(), np.tile(HOURS * 1.0, (days, 1)))


amounts = st.lists(st.floats(0, 1e6), min_size=2, max_size=8)


@given(st.data(), amounts, st.floats(1, 1e6))
def test_contributions_add_up_to_the_gap(data: st.DataObject, usual: list[float], e: float) -> None:
    n = len(usual)
    actual = np.array(data.draw(st.lists(st.floats(0, 1e6), min_size=n, max_size=n)))
    told = parts([str(at) for at in range(n)], np.array(usual), actual, e)
    gap = actual.sum() - e
    assert sum(part.contribution for part in told) == pytest.approx(gap, abs=1e-6 * (e + 1e6))
    assert sum(part.expected for part in told) == pytest.approx(e)


def test_the_value_that_makes_up_the_gap_explains_it() -> None:
    usual = np.array([50.0, 30.0, 20.0])
    told = parts(["US", "GB", "DE"], usual, np.array([50.0, 14.0, 20.0]), 100.0)
    assert [part.value for part in explaining(told)] == ["GB"]
    assert judged(DROP, dimensions=[told]).kind == "explained"


def test_where_all_move_alike_nothing_stands_out() -> None:
    usual = np.array([80.0, 12.0, 8.0])
    told = parts(["US", "GB", "DE"], usual, usual * 0.6, 100.0)
    assert explaining(told) == []
    assert judged(DROP, dimensions=[told]).kind == "unexplained"


def test_usual_is_the_same_weekday_before() -> None:
    series = np.tile(np.arange(7.0), (1, 6))
    assert usual_amounts(series, 38, 39) == pytest.approx(np.array([3.0 + 4.0]))


def test_a_fault_that_took_the_gap_is_the_verdict_before_all_else() -> None:
    noted = Happening(DAY, "annotation", "a strike")
    told = judged(DROP, [Missing("lost", 0.3)], [noted])
    assert told.kind == "data are missing"
    assert "30%" in told.reasons[0]
    small = judged(DROP, [Missing("lost", 0.05)], [noted])
    assert small.kind == "explained"
    assert [fault.fault for fault in small.faults] == ["lost"]
    spike = replace(DROP, actual=150.0)
    assert judged(spike, [Missing("lost", 0.3)]).kind == "unexplained"
    assert judged(spike, [Missing("lost", -0.3)]).kind == "data are missing"


@pytest.mark.parametrize(
    ("happening", "explains"),
    [
        (Happening(DAY - timedelta(days=1), "annotation", "outage"), True),
        (Happening(DAY - timedelta(days=2), "annotation", "outage"), False),
        (Happening(DAY, "holiday", "holiday in FR", "country", "FR"), False),
        (Happening(DAY, "launch", "a launch"), False),
    ],
)
def test_what_is_known_explains_what_it_is_about(happening: Happening, explains: bool) -> None:
    told = judged(DROP, happenings=[happening])
    assert (told.kind == "explained") is explains


def test_days_without_a_fault_tell_none() -> None:
    arrivals = usual_arrivals(came(), np.random.default_rng(1))
    assert not of_days(arrivals, 30, 39)


@pytest.mark.parametrize("befalls", BEFALLS)
@pytest.mark.parametrize("length", [1, 3])
def test_each_fault_of_data_is_told_as_what_it_is(befalls: str, length: int) -> None:
    rng = np.random.default_rng(2)
    arrivals = usual_arrivals(came(), rng)
    for _ in range(20):
        fault = befalling(arrivals, befalls, range(30, 30 + length), rng)  # type: ignore[arg-type]
        for day, left in zip(range(30, 30 + length), fault.left, strict=True):
            (told,) = missing(fault.arrivals, day)
            assert told.fault == befalls
            assert told.share == pytest.approx(1 - left, abs=0.08)
        assert not list(missing(fault.arrivals, 29))


def test_one_lost_row_is_told() -> None:
    arrivals = came()
    arrivals.lost[35] = 1
    assert [each.fault for each in missing(arrivals, 35)] == ["lost"]
