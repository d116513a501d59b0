import re

import pytest
from fastapi import FastAPI

from api.app import create_app
from netflix_pipeline.serving import publish_home
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api import assert_problem, request
from netflix_pipeline_tests.support.arrivals import SEARCH, WATCH, arrive, came, quarantine
from netflix_pipeline_tests.support.three_days import FRIDAY, MONDAY, TUESDAY, three_days
from netflix_pipeline_tests.support.world import noon


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    world = three_days(settings.lake)
    arrive(world, MONDAY, [(*WATCH, 1, 10, 7, 1, 2, 0, 6)])
    arrive(world, FRIDAY, [(*SEARCH, 1, 3, 2, 0, 1, 0, 0)])
    quarantine(world, MONDAY, [{"line": n, "reasons": ["missing_user_id"]} for n in (3, 5)])
    quarantine(world, FRIDAY, [{"line": 1, "reasons": ["bad_event_time"], "raw": "x" * 2000}])
    publish_home(settings)
    return create_app(settings)


def test_the_ledger_is_answered(app: FastAPI) -> None:
    told = request(app, "/quality/ledger").json()
    assert told["period"] == {"from": "2026-02-07", "to": str(FRIDAY)}
    assert [(row["day"], row["received"]) for row in told["data"]["days"]] == [
        (str(FRIDAY), 3),
        (str(MONDAY), 10),
    ]
    assert told["data"]["adds_up"] is True
    assert told["data"]["totals"] == {
        "batches": 2,
        "received": 13,
        "stored": 9,
        "duplicate": 1,
        "quarantined": 3,
        "erased": 0,
        "in_plays": 6,
        "promo": 0,
        "canary": 0,
        "field_left_out": 0,
        "missing": 0,
    }
    assert told["snapshot"]["version"] == 1


def test_the_ledger_takes_its_filters(app: FastAPI) -> None:
    asked = f"/quality/ledger?from={MONDAY}&to={TUESDAY}&source={WATCH[0]}&table={WATCH[1]}"
    assert request(app, asked).json()["data"]["totals"]["received"] == 10
    other = request(app, f"/quality/ledger?table={SEARCH[1]}").json()["data"]
    assert [row["table"] for row in other["days"]] == [SEARCH[1]]


def test_quarantine_comes_in_pages_that_link_to_the_next(app: FastAPI) -> None:
    path: str | None = "/v1/quality/quarantine?limit=1"
    found = []
    while path:
        response = request(app, path)
        data = response.json()["data"]
        assert data["waiting"] == 3
        assert data["reasons"] == [
            {"reason": "missing_user_id", "rows": 2},
            {"reason": "bad_event_time", "rows": 1},
        ]
        found += [row["id"] for row in data["rows"]]
        link = response.headers.get("link")
        assert (link is None) == (response.json()["next"] is None)
        path = link and re.fullmatch(r'<([^>]+)>; rel="next"', link)[1]  # type: ignore[index]
    assert found == [f"{FRIDAY}-1:1", f"{MONDAY}-1:5", f"{MONDAY}-1:3"]


def test_a_quarantined_row_is_told_with_its_text_cut(app: FastAPI) -> None:
    (row,) = request(app, "/quality/quarantine?reason=bad_event_time").json()["data"]["rows"]
    assert row["raw"] == "x" * 1000
    assert (row["table"], row["reasons"]) == ("watch_events", ["bad_event_time"])
    assert row["received_at"] == f"{FRIDAY}T12:00:00Z"


def test_an_answer_is_not_sent_again_while_nothing_changed(app: FastAPI) -> None:
    for path in ("/quality/ledger", "/quality/quarantine"):
        tag = request(app, path).headers["etag"]
        again = request(app, path, if_none_match=tag)
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/quality/ledger?from=2026-03-06", "bad-period"),
        ("/quality/ledger?reason=watch_too_long", "invalid-request"),
        ("/quality/ledger?limit=3", "invalid-request"),
        ("/quality/quarantine?from=2026-03-06&to=2026-03-02", "bad-period"),
        ("/quality/quarantine?limit=501", "invalid-request"),
        ("/quality/quarantine?reason=", "invalid-request"),
        ("/quality/quarantine?cursor=abc", "bad-cursor"),
        # the place before the first row, with half of a character in it
        ("/quality/quarantine?cursor=WyJxdWFyYW50aW5lIiwxLCJcdWQ4MDAiLDEsIngiXQ", "bad-cursor"),
        ("/quality/quarantine?colour=red", "invalid-request"),
    ],
)
def test_what_cannot_be_asked_is_a_problem(app: FastAPI, path: str, kind: str) -> None:
    assert_problem(request(app, path), 422, kind)


def test_what_was_checked_is_answered(app: FastAPI) -> None:
    told = request(app, "/quality/checks").json()["data"]
    assert told["passed"] is True
    assert {"table": "silver/quarantine", "parts": 2, "rows": 3, "stale": 0} in told["tables"]
    lines = request(app, "/quality/checks?format=csv").text.splitlines()
    assert lines[0] == "table,parts,rows,stale"
    assert len(lines) == 1 + len(told["tables"])


def test_the_snapshots_that_are_kept_are_answered(app: FastAPI) -> None:
    (told,) = request(app, "/quality/snapshots").json()["data"]
    assert (told["version"], told["current"]) == (1, True)
    assert told["bytes"] > 0


def test_an_answer_tells_from_which_of_its_days_on_more_rows_usually_come(home: Settings) -> None:
    world = three_days(home.lake)
    arrive(world, MONDAY, [(*WATCH, 1, 10, 7, 1, 2, 0, 6)])
    came(world, FRIDAY, {0: 6}, bulk=2)
    publish_home(home, as_of=noon(FRIDAY, 22))
    app = create_app(home)
    told = request(app, f"/v1/quality/completeness?from={MONDAY}&to={FRIDAY}").json()
    assert told["provisional_from"] == told["data"]["provisional_from"] == str(FRIDAY)
    states = [(day["state"], day["rows"], day["bulk_rows"]) for day in told["data"]["days"]]
    assert states == [("settled", 0, 0)] * 4 + [("provisional", 8, 2)]
    assert told["data"]["lateness"] == []
    for until, provisional in ((FRIDAY, str(FRIDAY)), (TUESDAY, None)):
        path = f"/analytics/timeseries?metric=plays&from={MONDAY}&to={until}"
        assert request(app, path).json().get("provisional_from") == provisional
        table = request(app, f"{path}&format=csv")
        assert table.headers.get("Data-Provisional-From") == provisional
    assert "provisional_from" not in request(app, "/quality/ledger").json()
