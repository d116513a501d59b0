"""Parts of an answer add up to its whole, and what stands for several titles is all of them."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from netflix_pipeline_tests.reference.published import FIRST, LAST, Published
from netflix_pipeline_tests.support.api import Asking

PERIOD = {"from_": FIRST, "to": LAST}
ADDITIVE = ("plays", "starters", "hours_viewed", "views", "starters_without_reach")
NARROWED: tuple[tuple[str, dict[str, str]], ...] = (
    ("/analytics", {}),
    ("/analytics/timeseries", {"metric": "plays"}),
    ("/analytics/timeseries", {"metric": "viewers", "split_by": "country"}),
    ("/analytics/timeseries", {"metric": "hours_viewed", "tz": "Asia/Tokyo"}),
    ("/analytics/contributions", {"metric": "plays", "by": "country"}),
    ("/analytics/heatmap", {}),
    ("/plays", {}),
)
"""The resources that can be narrowed to a title."""


def total(parts: Any, name: str) -> Any:
    return pytest.approx(sum(part[name] for part in parts))


@pytest.mark.parametrize("metric", ADDITIVE)
@pytest.mark.parametrize(
    "split", ["country", "device", "plan", "content_type", "genre", "title", "season", "series"]
)
def test_the_lines_of_a_split_add_up(ask: Asking, metric: str, split: str) -> None:
    whole = ask("/analytics", **PERIOD)["data"][metric]
    asked = {"metric": metric, "split_by": split, "granularity": "whole", "top": 2}
    lines = ask("/analytics/timeseries", **PERIOD, **asked)["data"]["lines"]
    assert whole == total(lines, "total")


def test_the_parts_of_a_title_add_up(ask: Asking, known: Published) -> None:
    for title_id in ("saga", "saga-1", "nobody-knows", *list(known.titles)[:3]):
        data = ask(f"/titles/{quote(title_id, safe='')}", **PERIOD)["data"]
        for parts in (data["days"], data["countries"], data["devices"]):
            for name in ADDITIVE:
                assert data["in_period"][name] == total(parts, name)
        reached = data["in_period"]["starters"] - data["in_period"]["starters_without_reach"]
        assert data["drop_off"]["starters"] == reached


def test_the_parts_of_a_persons_viewing_add_up(ask: Asking) -> None:
    for path in ("/users/odd-dee/viewing", "/households/odd/viewing"):
        data = ask(path, top=50)["data"]
        whole = data["in_period"]
        for name in ("plays", "starters", "hours_viewed", "plays_without_duration"):
            for parts in (data["days"], data["devices"], data["people"]):
                assert whole[name] == total(parts, name)
            assert whole[name] == total([*data["series"], *data["films"]], name)
        timed = sum(cell["plays"] for cell in data["hours_of_week"])
        assert timed + data["plays_without_time"] == whole["plays"]


def test_hours_of_the_week_say_which_plays_are_missing(ask: Asking) -> None:
    told = ask("/analytics/heatmap", **PERIOD)["data"]
    plays = ask("/analytics", **PERIOD)["data"]["plays"]
    assert sum(cell["plays"] for cell in told["cells"]) + told["plays_without_time"] == plays


def test_segments_are_everybody(ask: Asking) -> None:
    told = ask("/analytics/segments")["data"]
    assert sum(each["share"] for each in told["segments"]) == pytest.approx(1)
    assert sum(each["users"] for each in told["segments"]) == told["users"]


@pytest.mark.parametrize(
    ("path", "split", "count"),
    [
        ("/analytics/search", "country", "searches"),
        ("/analytics/search", "device", "searches"),
        ("/analytics/recommendations", "device", "shown"),
        ("/analytics/recommendations", "algorithm", "shown"),
    ],
)
def test_groups_of_searches_and_recommendations_add_up(
    ask: Asking, path: str, split: str, count: str
) -> None:
    told = ask(path, **PERIOD, split_by=split)["data"]
    for parts in (told["groups"], told["days"]):
        for name in (count, "clicked"):
            assert told["totals"][name] == total(parts, name)


@pytest.mark.parametrize(("path", "more"), NARROWED, ids=str)
def test_a_title_that_stands_for_several_is_all_of_them(
    ask: Asking, path: str, more: dict[str, str]
) -> None:
    def told(**filters: Any) -> Any:
        data = ask(path, **filters, **more)["data"]
        if isinstance(data, dict):
            data.pop("left_out", None)  # why a metric is names the filter
        # The same plays may be added up in another order.
        return json.loads(json.dumps(data), parse_float=lambda told: f"{float(told):.9g}")

    season, series = told(title="saga:S1"), told(title="saga")
    assert season == told(season="saga:S1") == told(title=["saga-1", "saga-2", "saga-10"])
    assert series == told(series="saga") == told(season=["saga", "saga:S1"])
    others = told(not_title="saga")
    assert others == told(not_series="saga")
    assert len({str(one) for one in (season, series, others, told(title="none-such"))}) == 4
