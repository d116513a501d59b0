"""`/business-alerts`: kept for whoever made them, and previewed by the reference's numbers."""

from collections.abc import Iterator
from datetime import date, timedelta
from statistics import fmean
from typing import Any

import httpx
import pytest

from api.app import create_app
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.reference.narrowing import Given, each_of
from netflix_pipeline_tests.reference.periods import Days, numbers
from netflix_pipeline_tests.reference.published import LAST, Published
from netflix_pipeline_tests.support.api import assert_problem
from netflix_pipeline_tests.support.api_keys import Client, Made

ALERTS = "/v1/business-alerts"
WANTED: dict[str, Any] = {
    "name": "Hours in Germany",
    "metric": "hours_viewed",
    "filters": {"country": ["DE"], "not_device": ["mobile", "other"]},
    "condition": "falls",
    "amount": 20,
}


@pytest.fixture
def made(home: Settings) -> Iterator[Made]:
    made = Made(home)
    yield made
    made.close()


@pytest.fixture
def ask(home: Settings, made: Made) -> Client:
    """An application that asks for keys."""
    made()
    return Client(create_app(home.model_copy(update={"auth": "required"})))


def test_an_alert_is_made_changed_and_removed_by_its_owner(ask: Client, made: Made) -> None:
    mine, others = made("alerts:write"), made("alerts:write")
    came = ask(ALERTS, mine, "POST", json=WANTED)
    assert came.status_code == 201, came.text
    alert = came.json()
    path = f"{ALERTS}/{alert['id']}"
    assert came.headers["location"] == path
    assert alert == WANTED | {
        "id": alert["id"],
        "grain": "day",
        "receivers": [],
        "created_at": alert["created_at"],
        "found": None,
    }
    assert ask(path, mine).json() == alert
    assert ask(ALERTS, mine).json() == {"alerts": [alert]}
    assert ask(ALERTS, others).json() == {"alerts": []}
    other = WANTED | {"filters": {}, "grain": "week", "condition": "above", "amount": 0.5}
    for method, body in (("GET", {}), ("PUT", {"json": other}), ("DELETE", {})):
        assert_problem(ask(path, others, method, **body), 404, "not-found")
    assert_problem(ask(f"{path}/preview", others, "POST"), 404, "not-found")
    changed = ask(path, mine, "PUT", json=other)
    assert changed.json() == alert | other
    assert ask(path, mine, "DELETE").status_code == 204
    assert_problem(ask(path, mine), 404, "not-found")
    assert_problem(ask(path, mine, "DELETE"), 404, "not-found")


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"metric": "hours"}, "bad-business-alert"),
        ({"metric": "dau"}, "bad-business-alert"),
        ({"filters": {"planet": ["earth"]}}, "bad-business-alert"),
        ({"filters": {"country": ["DE"], "not_country": ["FR"]}}, "bad-business-alert"),
        ({"amount": 100}, "bad-business-alert"),
        ({"receivers": ["https://evil.example/"]}, "bad-business-alert"),
        ({"receivers": ["ann@evil.example"]}, "bad-business-alert"),
        ({"name": " "}, "bad-business-alert"),
        ({"name": ""}, "invalid-request"),
        ({"amount": "20"}, "invalid-request"),
        ({"condition": "explodes"}, "invalid-request"),
        ({"filters": {"country": []}}, "invalid-request"),
        ({"owner": "key:other"}, "invalid-request"),
        ({"receivers": ["slack"] * 11}, "invalid-request"),
    ],
)
def test_an_alert_that_cannot_be_so_is_refused(
    ask: Client, made: Made, change: dict[str, Any], kind: str
) -> None:
    key = made("alerts:write")
    told = assert_problem(ask(ALERTS, key, "POST", json=WANTED | change), 422, kind)
    assert all(one["field"].startswith("body") for one in told["errors"])
    assert ask(ALERTS, key).json() == {"alerts": []}


def test_what_is_no_alert_is_refused(ask: Client, made: Made) -> None:
    key = made("alerts:write")
    for content, status, kind in (
        (b"{", 422, "invalid-request"),
        (b"[]", 422, "invalid-request"),
        (b'{"name":"' + b"x" * 70_000 + b'"}', 413, "too-large"),
    ):
        headers = {"Content-Type": "application/json"}
        refused = ask(ALERTS, key, "POST", content=content, headers=headers)
        assert_problem(refused, status, kind)
    # A page of another site can send such, without asking first.
    plain = {"Content-Type": "text/plain"}
    refused = ask(ALERTS, key, "POST", content=b"{}", headers=plain)
    assert_problem(refused, 415, "unknown-media-type")
    assert_problem(ask(f"{ALERTS}/0", key), 422, "invalid-request")
    assert_problem(ask(f"{ALERTS}/1/preview", made("analytics:read"), "POST"), 403, "missing-scope")


@pytest.fixture(scope="module")
def known_client(
    known: Published, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Client, Published]:
    """The application over the home that all tests share, with a database of its own."""
    place = tmp_path_factory.mktemp("state") / "state.sqlite"
    app = create_app(known.settings.model_copy(update={"state_database": f"sqlite:///{place}"}))
    return Client(app), known


def days_until(last: date) -> list[date]:
    return [last - timedelta(days=back) for back in reversed(range(28))]


RULES: list[tuple[str, Given, str, float]] = [
    ("hours_viewed", {}, "falls", 10),
    ("hours_viewed", {"country": ["DE", "US"], "not_device": "mobile"}, "rises", 15),
    ("viewers", {"not_country": ["DE", "unknown"]}, "falls", 5),
    ("completion_rate", {"content_type": "series"}, "below", 0.9),
    ("sittings", {"country": "US"}, "above", 2),
    ("dau", {}, "falls", 3),
]


@pytest.mark.parametrize(("metric", "filters", "condition", "amount"), RULES)
def test_a_preview_is_by_the_numbers_of_the_reference(
    known_client: tuple[Client, Published],
    metric: str,
    filters: Given,
    condition: str,
    amount: float,
) -> None:
    ask, known = known_client
    wanted = {
        "name": "x",
        "metric": metric,
        "filters": {name: list(each_of(values)) for name, values in filters.items()},
        "condition": condition,
        "amount": amount,
    }
    made = ask(ALERTS, method="POST", json=wanted)
    assert made.status_code == 201, made.text
    told = _previewed(ask, made)
    # It is a history that goes on no more: its last day is the last that is judged.
    last = LAST
    assert told["complete_before"] == str(last + timedelta(days=1))
    assert told["period"] == {"from": str(last), "to": str(last)}

    def of(day: date) -> float | None:
        return numbers(known, Days(day, day), filters)[metric]

    def base(day: date) -> float | None:
        before = [of(day - timedelta(days=7 * weeks)) for weeks in range(1, 5)]
        known_before = [each for each in before if each is not None]
        return fmean(known_before) if known_before else None

    def meets(day: date) -> bool:
        value, mean = of(day), base(day)
        if value is None:
            return False
        if condition in ("below", "above"):
            return value < amount if condition == "below" else value > amount
        if not mean:
            return False
        limit = mean * (1 - amount / 100 if condition == "falls" else 1 + amount / 100)
        return value < limit if condition == "falls" else value > limit

    expected = of(last)
    assert expected or metric == "sittings"
    assert any(meets(day) for day in days_until(last))
    assert told["value"] == (expected if expected is None else pytest.approx(expected))
    if condition in ("falls", "rises"):
        assert told["base"] == pytest.approx(base(last))
        assert told["base_periods"] == 4
    days = days_until(last)
    assert told["recent_periods"] == len(days)
    assert [each["from"] for each in told["recent_fired"]] == [
        str(day) for day in days if meets(day)
    ]
    assert (told["verdict"] in ("fires", "data_missing")) == meets(last)
    assert told["fires"] == (told["verdict"] == "fires")
    series = {"metric": metric, "from": str(last), "to": str(last), **filters}
    line = ask("/v1/analytics/timeseries", params=series).json()["data"]["groups"][0]
    assert line["values"] == [pytest.approx(told["value"])]


def _previewed(ask: Client, made: httpx.Response) -> Any:
    path = made.headers["location"]
    told = ask(f"{path}/preview", method="POST")
    assert told.status_code == 200, told.text
    assert ask(path, method="DELETE").status_code == 204
    return told.json()


def test_a_preview_needs_a_snapshot(ask: Client, made: Made) -> None:
    key = made("alerts:write")
    path = ask(ALERTS, key, "POST", json=WANTED).headers["location"]
    assert_problem(ask(f"{path}/preview", key, "POST"), 503, "no-snapshot")
