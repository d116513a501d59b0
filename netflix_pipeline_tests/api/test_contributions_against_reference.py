"""`/analytics/contributions`: what each value did to a change, by the reference's own counts.

The reference weighs both ends of a change by themselves and takes the middle; it knows nothing of
the means of both periods that the answer is made of.
"""

from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from math import fsum
from typing import Any

import pytest

from netflix_pipeline_tests.reference.narrowing import ATTRIBUTES, KNOWN, Given, narrowed, several
from netflix_pipeline_tests.reference.periods import (
    OF_SITTINGS,
    TAKEN,
    Days,
    numbers,
    of_plays,
    of_sittings,
    takes,
)
from netflix_pipeline_tests.reference.published import LAST, Published
from netflix_pipeline_tests.reference.rows import Row, grouped
from netflix_pipeline_tests.support.api import Asking

DAYS = Days(date(2025, 10, 28), LAST)
EARLIER = {"previous": 14, "year": 364, "previous_month": 30}
OF_TITLES = ("title", "season", "series")
SPLITS = ("country", "device", "plan", "content_type", "genre", *OF_TITLES, "first_play")
SUMS = ("plays", "watchers", "hours_viewed", "views", "sittings")
MEANS = ("completion_rate", "avg_sitting_minutes", "binge_rate")
SHARES = ("search_success", "recommendation_ctr")
AVERAGED = (*MEANS, *SHARES)
UNSPLIT = ("dau", "wau", "mau", "stickiness", "peak_concurrent", "retention", "lifecycle")
TOP = 3

Parts = dict[str, tuple[float, float]]
"""What each value has of a metric, and on how much that rests."""


def close(value: float | None) -> Any:
    return value if value is None else pytest.approx(value, rel=1e-9, abs=1e-12)


@cache
def first_days(known: Published) -> dict[str, date]:
    """The day of the first play ever of each person."""
    return {
        name: min(play.day for play in plays)
        for name, plays in grouped(known.plays, lambda play: play.user_id).items()
    }


def parts(known: Published, metric: str, by: str, filters: Given, days: Days) -> Parts:
    """Those that have something, from the plays or sittings of each value."""

    def value(one: Any) -> str:
        if by == "first_play":
            return "new" if first_days(known)[one.user_id] in days else "earlier"
        return str(getattr(one, ATTRIBUTES.get(by, by)))

    some: list[Any] = [*(known.sittings if metric in OF_SITTINGS else known.plays)]
    of_days = [one for one in narrowed(some, filters) if one.day in days]
    found = {}
    for name, group in grouped(of_days, value).items():
        told = of_sittings(group) if metric in OF_SITTINGS else of_plays(group, known.titles)
        weight = told[metric] or 0
        if metric == "completion_rate":
            weight = (told["starters"] or 0) - (told["starters_without_reach"] or 0)
        elif metric in MEANS:
            weight = told["sittings"] or 0
        if weight:
            found[name] = (told[metric] or 0, weight)
    return found


def mean(of: Parts) -> float:
    """The rate of values together."""
    return fsum(rate * weight for rate, weight in of.values()) / weight_of(of)


def weight_of(of: Parts) -> float:
    """The weight of values together."""
    return fsum(weight for _, weight in of.values())


def effects(now: Parts, before: Parts) -> dict[str, tuple[float, float]]:
    """What each value did to a mean by its rate, and by its weight."""
    found = {}
    for name in now.keys() | before.keys():
        rate, weight = now.get(name, (before.get(name, (0, 0))[0], 0))
        old_rate, old_weight = before.get(name, (rate, 0))
        share, old_share = weight / weight_of(now), old_weight / weight_of(before)
        by_rate = ((rate - old_rate) * share + (rate - old_rate) * old_share) / 2
        gained = share - old_share
        by_mix = (gained * (rate - mean(now)) + gained * (old_rate - mean(before))) / 2
        found[name] = (by_rate, by_mix)
    return found


def assert_split(
    told: Row, metric: str, now: Parts, before: Parts, whole: Sequence[float | None]
) -> None:
    """The change of a metric, and what each of its parts did to it."""
    assert [told["value"], told["compared"]] == [close(value) for value in whole]
    assert told["group_count"] == len(now.keys() | before.keys())
    rows = [row for row in told["groups"] if row["group"] is not None]
    done: dict[str, tuple[float, ...]] = {
        name: (now.get(name, (0, 0))[0] - before.get(name, (0, 0))[0],)
        for name in now.keys() | before.keys()
    }
    if metric in AVERAGED:
        done = dict(effects(now, before)) if now and before else {}
    if not done:
        assert {row["contribution"] for row in told["groups"]} <= {None}
        return
    ranked = sorted(done, key=lambda name: (-round(abs(fsum(done[name])), 9), name))
    assert [row["group"] for row in rows] == ranked[:TOP]
    change = (whole[0] or 0) - (whole[1] or 0)
    for row in rows:
        of_row = done[row["group"]]
        assert row["contribution"] == close(fsum(of_row))
        assert row["share"] == (close(fsum(of_row) / change) if change else None)
        empty = (None, 0) if metric in AVERAGED else (0, 0)
        values = [of.get(row["group"], empty) for of in (now, before)]
        assert [row["value"], row["compared"]] == [close(value) for value, _ in values]
        told_effects = [row["rate_effect"], row["mix_effect"]]
        weights = [row["weight"], row["compared_weight"]]
        if metric in AVERAGED:
            assert told_effects == [close(effect) for effect in of_row]
            assert weights == [
                close(weight / weight_of(of))
                for (_, weight), of in zip(values, (now, before), strict=True)
            ]
        else:
            assert told_effects == weights == [None, None]
    rest = [row["contribution"] for row in told["groups"] if row["rest"]]
    others = [fsum(done[name]) for name in ranked[TOP:]]
    assert rest == ([close(fsum(others))] if others else [])
    again = [(row["value"], row["compared"]) for row in told["groups"] if row["in_several"]]
    surplus = tuple(
        (all_ or 0) - fsum(value for value, _ in of.values())
        for all_, of in zip(whole, (now, before), strict=True)
    )
    assert again == ([surplus] if metric == "viewers" and any(surplus) else [])
    total = fsum(row["contribution"] for row in told["groups"])
    assert total == close(told["change"])
    assert told["change"] == close(change)


def contributions(ask: Asking, metric: str, by: str, filters: Given, compare: str) -> Any:
    """What the API says of what moved a metric, by a dimension, under filters."""
    return ask(
        "/analytics/contributions",
        metric=metric,
        by=by,
        from_=DAYS.first,
        to=DAYS.last,
        compare=compare,
        top=TOP,
        **filters,
    )["data"]


@pytest.mark.parametrize("by", SPLITS)
@pytest.mark.parametrize("metric", [*SUMS, *MEANS, "viewers"])
def test_every_contribution_under_filters(
    ask: Asking, known: Published, metric: str, by: str
) -> None:
    if by not in TAKEN.get(metric, SPLITS):
        assert f"{metric} cannot be split by {by}: it can be by country, device, plan" in (
            ask.refused("/analytics/contributions", metric=metric, by=by)
        )
        return
    chosen: list[Given] = [{}, {"country": ["BR", "US"], "not_device": "mobile"}]
    chosen += [{"not_genre": "Comedy"}, *several(2)]
    for number, filters in enumerate(one for one in chosen if takes(metric, one)):
        compare = list(EARLIER)[number % 3]
        told = contributions(ask, metric, by, filters, compare)
        earlier = DAYS.earlier(EARLIER[compare])
        now, before = (parts(known, metric, by, filters, days) for days in (DAYS, earlier))
        whole = [numbers(known, days, filters)[metric] for days in (DAYS, earlier)]
        assert_split(told, metric, now, before, whole)


@pytest.mark.parametrize("metric", UNSPLIT)
def test_what_takes_no_filter_says_that_it_cannot_be_split_and_why(
    ask: Asking, metric: str
) -> None:
    why = ask.refused("/analytics/contributions", metric=metric, by="country")
    assert f"{metric} cannot be split by country" in why
    assert "it takes no filter" in why
    assert "viewers" in why


@pytest.mark.parametrize(
    ("days", "now"),
    [
        (Days(date(2025, 11, 11), date(2025, 11, 24)), False),  # all of it was before
        (Days(date(2001, 1, 1), date(2001, 1, 7)), None),  # nothing ever was
    ],
)
def test_a_period_without_anything(
    ask: Asking, known: Published, days: Days, now: bool | None
) -> None:
    asked = {"by": "device", "from_": days.first, "to": days.last}
    told = ask("/analytics/contributions", metric="plays", **asked)["data"]
    before = numbers(known, days.earlier(14), {})["plays"] if now is False else 0
    assert (told["value"], told["compared"], told["change"]) == (0, before, -(before or 0))
    assert fsum(row["contribution"] for row in told["groups"]) == told["change"]
    assert (told["group_count"] == 0) == (now is None)
    of_share = ask("/analytics/contributions", metric="completion_rate", **asked)["data"]
    assert of_share["value"] is of_share["change"] is of_share["rate_effect"] is None
    assert {row["contribution"] for row in of_share["groups"]} <= {None}
    assert (of_share["group_count"] == 0) == (now is None)


def found_nothing(row: Row) -> bool:
    return bool(row["results_count"] == 0)


def not_clicked(row: Row) -> bool:
    return row["clicked_position"] is None


INTERACTIONS: dict[str, tuple[str, tuple[str, ...], Callable[[Row], bool]]] = {
    "searches": ("searches", ("country", "device"), lambda _: True),
    "search_success": ("searches", ("country", "device"), lambda row: not not_clicked(row)),
    "not_found": ("searches", ("country", "device"), found_nothing),
    "without_click": ("searches", ("country", "device"), not_clicked),
    "recommendations": ("recommendations", ("device", "algorithm"), lambda _: True),
    "recommendation_ctr": (
        "recommendations",
        ("device", "algorithm"),
        lambda row: bool(row["clicked"]),
    ),
}
"""Where the rows of a metric are, by what it can be split, and which of them count."""


@pytest.mark.parametrize(
    ("metric", "by"), [(metric, by) for metric, told in INTERACTIONS.items() for by in told[1]]
)
def test_every_contribution_to_searches_and_recommendations(
    ask: Asking, known: Published, metric: str, by: str
) -> None:
    table, splits, counts = INTERACTIONS[metric]
    chosen: list[Given] = [{}, {"not_device": "mobile"}, {"device": KNOWN["device"][:2]}]
    chosen += [{"country": ["BR", "US"]}] if "country" in splits else []
    moved = 0
    for number, filters in enumerate(chosen):
        compare = list(EARLIER)[number % 3]
        told = contributions(ask, metric, by, filters, compare)
        rows = narrowed(getattr(known, table), filters)
        now, before = (
            interactions(rows, metric, by, counts, days)
            for days in (DAYS, DAYS.earlier(EARLIER[compare]))
        )
        if metric in SHARES:
            whole = [mean(of) if of else None for of in (now, before)]
        else:
            whole = [weight_of(of) for of in (now, before)]
        assert_split(told, metric, now, before, whole)
        moved += told["change"] not in (None, 0)
    assert moved


def interactions(
    rows: list[Row], metric: str, by: str, counts: Callable[[Row], bool], days: Days
) -> Parts:
    """What each value has of a metric of searches or recommendations, and on how much it rests."""
    of_days = [row for row in rows if row["event_time"].date() in days]
    found = {}
    for name, group in grouped(of_days, lambda row: row[by]).items():
        counted = sum(map(counts, group))
        if metric in SHARES:
            found[name] = (counted / len(group), float(len(group)))
        elif counted:
            found[name] = (float(counted), float(counted))
    return found
