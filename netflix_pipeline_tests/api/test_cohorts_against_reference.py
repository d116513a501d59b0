"""Cohorts by day, by week and by what people began with equal plain loops over the plays."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from netflix_pipeline_tests.reference.profiles import BEGINNINGS, begun_with
from netflix_pipeline_tests.reference.published import FIRST, LAST, YEAR_BEFORE, Published
from netflix_pipeline_tests.reference.rows import grouped, monday, total
from netflix_pipeline_tests.support.api import Asking

DAY = timedelta(days=1)
STEPS = {"day": 1, "week": 7}
PERIODS = (
    (YEAR_BEFORE - 13 * DAY, YEAR_BEFORE, 104, 3),
    (FIRST + 3 * DAY, LAST, 28, 20),
    (LAST - 30 * DAY, LAST + 10 * DAY, 0, 1),
    (date(2001, 1, 1), date(2001, 1, 2), 3, 5),
)
"""First and last day, steps, groups."""


def over(answer: dict[str, Any]) -> date:
    """The last day that had ended when the newest record came."""
    as_of = datetime.fromisoformat(answer["snapshot"]["as_of"])
    return LAST if as_of >= datetime.combine(LAST + DAY, time(), UTC) else LAST - DAY


def expected(
    known: Published, step: str, by: str | None, first: date, last: date, most: int, ended: date
) -> dict[tuple[str | None, int], dict[str, Any]]:
    """By group (None: all people) and k what is told of it."""
    days = STEPS[step]
    own = grouped(known.plays, lambda play: play.user_id)
    firsts = {user_id: min(play.day for play in plays) for user_id, plays in own.items()}
    if step == "week":
        first, last = monday(first), monday(last) + 6 * DAY
    begins = {
        user_id: monday(day) if step == "week" else day
        for user_id, day in firsts.items()
        if first <= day <= last
    }
    with_what = {user_id: str(day) for user_id, day in begins.items()}
    if by:
        with_what = begun_with(known.plays, BEGINNINGS[by])
    found = {}
    for group in {None, *(with_what[user_id] for user_id in begins)}:
        members = [user_id for user_id in begins if group in (None, with_what[user_id])]
        for k in range(most + 1):
            length = days * DAY
            spans = {
                user_id: (begins[user_id] + k * length, begins[user_id] + (k + 1) * length - DAY)
                for user_id in members
            }
            spans = {user_id: span for user_id, span in spans.items() if span[1] <= ended}
            within = [
                play
                for user_id, span in spans.items()
                for play in own[user_id]
                if span[0] <= play.day <= span[1]
            ]
            active = len({play.user_id for play in within})
            if spans:
                found[group, k] = {
                    "offset": k,
                    "cohort_users": len(spans),
                    "active_users": active,
                    "retention": pytest.approx(active / len(spans)),
                    "hours_viewed": pytest.approx(
                        total(play.watch_seconds for play in within) / 3600
                    ),
                }
    return found


@pytest.mark.parametrize(("first", "last", "most", "top"), PERIODS)
@pytest.mark.parametrize("by", [None, *BEGINNINGS])
@pytest.mark.parametrize("step", STEPS)
def test_every_step_of_every_cohort(
    ask: Asking,
    known: Published,
    step: str,
    by: str | None,
    first: date,
    last: date,
    most: int,
    top: int,
) -> None:
    answer = ask("/analytics/cohorts", step=step, by=by, from_=first, to=last, steps=most, top=top)
    data = answer["data"]
    told = expected(known, step, by, first, last, most, over(answer))
    assert (data["step"], data["by"]) == (step, by)
    assert data["rates"] == [told[None, k] for k in range(most + 1) if (None, k) in told]
    sizes = {
        group: told[group, 0]["cohort_users"] for group, k in told if group is not None and k == 0
    }
    assert data["group_count"] == len(sizes)
    ranked = sorted(sizes) if by is None else sorted(sizes, key=lambda one: (-sizes[one], one))
    shown = ranked if by is None else ranked[:top]
    named = [one for one in data["cohorts"] if not one["rest"]]
    assert named == [
        {"group": group, "name": title_of(known, by, group), "rest": False, **told[group, k]}
        for group in shown
        for k in range(most + 1)
        if (group, k) in told
    ]
    for rate in data["rates"]:  # all groups together are everybody
        parts = [one for one in data["cohorts"] if one["offset"] == rate["offset"]]
        for name in ("cohort_users", "active_users", "hours_viewed"):
            assert sum(part[name] for part in parts) == pytest.approx(rate[name])
    assert any(one["rest"] for one in data["cohorts"]) == (len(shown) < len(ranked))


def title_of(known: Published, by: str | None, group: str) -> str | None:
    about = known.titles.get(group) if by == "first_title" else None
    return about["title"] if about else None


def test_by_week_they_are_those_of_retention(ask: Asking) -> None:
    days = {"from_": YEAR_BEFORE, "to": LAST}
    weekly = ask("/analytics/retention", **days, weeks=104)["data"]["cohorts"]
    told = ask("/analytics/cohorts", **days, step="week", steps=104)["data"]["cohorts"]
    assert [
        (one["group"], one["offset"], one["cohort_users"], one["active_users"]) for one in told
    ] == [
        (one["cohort_week"], one["week_offset"], one["cohort_users"], one["active_users"])
        for one in weekly
        if not one["provisional"]
    ]
    assert len(told) > 50


def test_too_many_cohorts_are_refused_and_without_a_period_it_is_the_last_weeks(
    ask: Asking,
) -> None:
    said = ask.refused("/analytics/cohorts", **{"from": LAST - 104 * DAY, "to": LAST})
    assert "touches 105 days, and at most 104 cohorts" in said
    assert ask("/analytics/cohorts")["period"] == {"from": str(LAST - 27 * DAY), "to": str(LAST)}
    weeks = ask("/analytics/cohorts", step="week")["period"]
    assert weeks == {"from": str(monday(LAST) - 77 * DAY), "to": str(monday(LAST) + 6 * DAY)}
