"""One person's data over HTTP: exported as a whole, erased, and from then on told of no more."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from netflix_pipeline.serving import publish_home
from netflix_pipeline.serving.questions.user import UserQuestion
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import open_erasures, open_state
from netflix_pipeline.state.audit import Audit
from netflix_pipeline_tests.support.api import SERVER, assert_problem, serving
from netflix_pipeline_tests.support.arrivals import quarantine
from netflix_pipeline_tests.support.homes import made_once
from netflix_pipeline_tests.support.interactions import Recommended, Searched, recommend, search
from netflix_pipeline_tests.support.processes import Start
from netflix_pipeline_tests.support.three_days import AS_OF, Published, three_days
from netflix_pipeline_tests.support.waiting import until
from netflix_pipeline_tests.support.world import Watched

DAYS = "from=2026-03-02&to=2026-03-06"


@made_once
def published(folder: Path) -> Published:
    """Three days of viewing, with a household and with rows in quarantine."""
    home = Settings(home=folder)
    world = three_days(home.lake)
    at_home = [Watched(user, "t-dark", 12, minutes=60) for user in ("home/Zoë", "home/Ann")]
    world.watch(date(2026, 3, 4), at_home)
    searches = [Searched("bob", "sooner"), Searched("ann", "hers"), Searched("bob", "later")]
    search(world, date(2026, 3, 4), searches)
    shown = [Recommended(user, "t-dark") for user in ("ann", "bob", "ann")]
    recommend(world, date(2026, 3, 4), shown)
    raw = [
        {
            "line": 1,
            "reasons": ["negative_watch_seconds"],
            "raw": '{"user_id": "ann", "watch_seconds": -1}',
        },
        {
            "line": 2,
            "reasons": ["negative_watch_seconds"],
            "raw": '{"user_id": "ann-2", "watch_seconds": -1}',
        },
        {"line": 3, "reasons": ["negative_watch_seconds"], "raw": "-", "path": "/data/ann.csv"},
        {"line": 4, "reasons": ["negative_watch_seconds"], "raw": "-", "identity": "ann"},
    ]
    quarantine(world, date(2026, 3, 4), raw)
    world.describe()
    publish_home(home, as_of=AS_OF)
    return Published(home, world)


@pytest.fixture
def api(home: Settings) -> Iterator[httpx.Client]:
    """A client of the service over a home of its own."""
    published(home.root)
    with (
        serving(create_app(home)) as address,
        httpx.Client(base_url=address, trust_env=False, timeout=30) as client,
    ):
        yield client


@pytest.fixture
def api_apart(home: Settings, start: Start) -> Iterator[httpx.Client]:
    """The same of a service that is another process."""
    published(home.root)
    address = start(SERVER, path="/health")
    with httpx.Client(base_url=address, trust_env=False, timeout=30) as client:
        yield client


def watch(event_id: str, user_id: object = "ann", **more: object) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    return {
        "type": "watch",
        "event_id": event_id,
        "user_id": user_id,
        "title_id": "t-dark",
        "event_time": now,
        "watch_seconds": 3600,
        **more,
    }


def results(api: httpx.Client, *events: dict[str, Any]) -> list[tuple[str, list[str]]]:
    told = api.post("/events", json=list(events)).json()
    return [(one["result"], one.get("reasons", [])) for one in told["results"]]


def watched(api: httpx.Client) -> int | None:
    """The watch events of the last hour; None while they are being read."""
    response = api.get("/live")
    if response.status_code == 503:
        return None
    return int(response.json()["totals"]["events"]["watch"])


def actions(home: Settings) -> list[str]:
    engine = open_state(home)
    try:
        return [entry.action for entry in Audit(engine).entries(100)]
    finally:
        engine.dispose()


def test_all_that_is_served_of_a_person_is_one_document(
    api: httpx.Client, home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    response = api.get("/users/ann/export")
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-type"] == "application/json"
    assert response.headers["content-disposition"].startswith("attachment")
    told = response.json()
    user = api.get("/users/ann").json()
    assert told["plays"] == user["data"].pop("recent_plays")
    assert told["user"] == user["data"] | {"recent_plays": []}
    assert told["snapshot"] == user["snapshot"]
    assert "ann" in {play["user_id"] for play in told["plays"]}
    assert [row["query"] for row in told["searches"]] == ["hers"]
    assert [row["user_id"] for row in told["recommendations"]] == ["ann", "ann"]
    assert_problem(api.get("/users/nobody/export"), 404, "not-found")
    assert actions(home) == ["export"]
    assert "ann" not in (home.state / "state.sqlite").read_bytes().decode(errors="replace").split()


def test_a_long_export_is_sent_page_by_page(
    api: httpx.Client, monkeypatch: pytest.MonkeyPatch, home: Settings
) -> None:
    from api.delivery.representation import without_noise
    from api.resources import users
    from api.resources.users import Export
    from netflix_pipeline.serving import Snapshots

    whole = api.get("/v1/users/ann/export").json()
    monkeypatch.setattr(users, "ROWS_AT_ONCE", 1)
    source = Snapshots(home.serving).current()
    told = source.ask(UserQuestion("ann", 0))
    head = Export(user=told.data, snapshot=told.snapshot, plays=(), searches=(), recommendations=())
    parts = list(users._parts(head, source, "ann"))
    assert len(parts) == 14
    assert json.loads(without_noise("".join(parts).encode())) == whole


def test_from_the_request_on_no_row_in_quarantine_is_told_of_the_person(
    api: httpx.Client, home: Settings
) -> None:
    path = f"/quality/quarantine?{DAYS}"
    before = api.get(path)
    assert len(before.json()["data"]["rows"]) == 4

    api.delete("/users/ann")

    after = api.get(path, headers={"If-None-Match": before.headers["etag"]})
    told = after.json()["data"]
    assert [row["id"].rpartition(":")[2] for row in told["rows"]] == ["2"]
    assert told["waiting"] == 4
    assert '"ann"' not in api.get(f"{path}&format=csv").text.replace('""', '"')


def test_no_cursor_tells_of_a_person_who_is_to_be_erased(api: httpx.Client, home: Settings) -> None:
    path = f"/plays?{DAYS}"
    whole = [play for play in api.get(path).json()["data"] if play["user_id"] != "ann"]
    api.delete("/users/ann")

    found, cursor = [], ""
    while True:
        page = api.get(f"{path}&limit=1{cursor}").json()
        found += page["data"]
        if page["next"] is None:
            break
        assert "ann" not in json.loads(base64.urlsafe_b64decode(page["next"] + "=="))
        cursor = f"&cursor={page['next']}"
    assert found == whole


def test_what_the_person_searched_for_is_told_no_more(api: httpx.Client, home: Settings) -> None:
    path = f"/v1/searches?{DAYS}"
    before = api.get(path)
    assert [row["user_id"] for row in before.json()["data"]] == ["bob", "ann", "bob"]
    first = api.get(f"{path}&limit=2").json()["next"]

    api.delete("/users/ann")

    after = api.get(path, headers={"If-None-Match": before.headers["etag"]}).json()["data"]
    assert [row["query"] for row in after] == ["later", "sooner"]
    told = []
    for user in ("ann", "nobody-at-all"):
        place = [*json.loads(base64.urlsafe_b64decode(first + "=="))[:2], user, 0]
        made = base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")
        told.append(api.get(f"{path}&cursor={made}").json() | {"instance": None})
    assert told[0] == told[1]
    assert told[0]["type"] == "/problems/bad-cursor"


@pytest.mark.parametrize(
    "path", [f"/plays?{DAYS}&", "/users/bob/history?", "/households/home/history?"]
)
def test_a_made_up_cursor_does_not_tell_who_exists(
    api: httpx.Client, home: Settings, path: str
) -> None:
    api.delete("/users/ann")
    at = int(datetime(2026, 3, 4, 12, tzinfo=UTC).timestamp() * 1_000_000)

    def told(user: str) -> dict[str, Any]:
        made = base64.urlsafe_b64encode(json.dumps(["plays", at, user, "t-dark", 0]).encode())
        response = api.get(f"{path}cursor={made.decode().rstrip('=')}")
        assert "ann" not in response.json().get("detail", "")
        answer: dict[str, Any] = response.json()
        return answer | {"instance": None, "request_id": None}

    assert told("ann") == told("nobody-at-all")
    if not path.startswith("/plays"):
        assert told("cat") == told("nobody-at-all")


def test_from_the_request_on_nothing_is_told_or_taken_of_the_person(
    api: httpx.Client, home: Settings
) -> None:
    bobs = watch("e2", "bob")
    assert results(api, watch("e1"), bobs) == [("stored", []), ("stored", [])]
    until(lambda: watched(api) == 2)
    plays = api.get(f"/plays?{DAYS}").json()
    assert "ann" in {play["user_id"] for play in plays["data"]}
    etag = api.get(f"/plays?{DAYS}").headers["etag"]

    response = api.delete("/users/ann")
    assert response.status_code == 202
    told = response.json()
    assert (told["state"], told["done_at"]) == ("pending", None)
    assert api.delete("/users/ann").json() == told
    assert api.get("/users/ann/erasure").json() == told

    for path in (
        "/users/ann",
        *(f"/users/ann/{name}" for name in ("history", "viewing", "export")),
        *(f"/v1/users/ann/{name}" for name in ("recommendations", "leaving")),
    ):
        problem = assert_problem(api.get(path), 410, "erased")
        assert "ann" not in problem["detail"]
    left = api.get(f"/plays?{DAYS}", headers={"If-None-Match": etag})
    assert left.status_code == 200
    assert left.json()["data"] == [play for play in plays["data"] if play["user_id"] != "ann"]
    assert api.get("/users/bob").status_code == 200

    refused = ("rejected", ["erased"])
    assert results(
        api,
        watch("e3"),
        bobs,
        watch("e4", watch_seconds=-1),
        watch("e5", "cat"),
        {"type": "nonsense", "user_id": "ann"},
    ) == [refused, ("duplicate", []), refused, ("stored", []), refused]
    many = [watch(f"m{number}", "ann" if number == 4 else "cat") for number in range(20)]
    assert results(api, *many) == [("stored", [])] * 4 + [refused] + [("stored", [])] * 15
    # Of the person the live view knows nothing any more, of the others all, once.
    until(lambda: watched(api) == 21)
    assert actions(home) == ["erase"]


def test_a_mark_that_another_process_sets_is_known_soon(
    api_apart: httpx.Client, home: Settings
) -> None:
    assert api_apart.get("/users/ann").status_code == 200
    with open_erasures(home) as erasures:
        erasures.mark(["ann"])
        until(lambda: api_apart.get("/users/ann").status_code == 410)
        assert api_apart.get("/users/ann/erasure").json()["state"] == "pending"
        erasures.done(["ann"])
    response = api_apart.delete("/users/ann")
    assert (response.status_code, response.json()["state"]) == (200, "done")
    assert_problem(api_apart.get("/users/ann"), 410, "erased")
    assert results(api_apart, watch("e1")) == [("rejected", ["erased"])]


def test_an_answer_has_the_same_tag_in_every_process_and_another_after_each_erasure(
    api: httpx.Client, home: Settings
) -> None:
    path = f"/plays?{DAYS}"

    def tag_of(client: httpx.Client) -> str:
        return client.get(path).headers["etag"]

    tags = [tag_of(api)]
    for user_id in ("ann", "bob"):
        assert api.delete(f"/users/{user_id}").status_code == 202
        tags.append(tag_of(api))
    assert len(set(tags)) == 3
    # Another process finds both marks at its first look.
    with (
        serving(create_app(home)) as address,
        httpx.Client(base_url=address, trust_env=False, timeout=30) as other,
    ):
        until(lambda: other.get("/users/ann").status_code == 410)
        assert tag_of(other) == tags[-1]


def test_an_id_may_hold_a_slash_and_be_nobodys(api: httpx.Client) -> None:
    path = "/users/home%2FZo%C3%AB"
    assert api.get(path).json()["data"]["user_id"] == "home/Zoë"
    assert len(api.get(f"{path}/history").json()["data"]) == 1
    assert_problem(api.get(f"{path}/erasure"), 404, "not-found")
    assert household(api) == [["home/Ann", "home/Zoë"]] * 2
    assert api.delete(path).status_code == 202
    assert_problem(api.get(path), 410, "erased")
    assert household(api) == [["home/Ann"]] * 2
    assert api.delete("/users/home%2FAnn").status_code == 202
    assert_problem(api.get("/households/home/viewing"), 404, "not-found")
    # Whether somebody was known, nobody learns from this.
    assert api.delete("/users/nobody-at-all").status_code == 202
    assert_problem(api.get("/users/home/nobody"), 404, "not-found")


def household(api: httpx.Client) -> list[list[str]]:
    """Whose viewing and whose plays are told of a household."""
    viewing, plays = (
        api.get(f"/households/home/{name}").json()["data"] for name in ("viewing", "history")
    )
    assert viewing["in_period"]["plays"] == len(viewing["people"])
    return [sorted(one["user_id"] for one in people) for people in (viewing["people"], plays)]


def test_what_can_be_done_at_an_address_is_told(api: httpx.Client) -> None:
    for path, allowed in (
        ("/users/ann", "DELETE, GET, HEAD"),
        ("/users/ann/history", "GET, HEAD"),
        ("/users/ann/export", "GET, HEAD"),
        ("/events", "POST"),
    ):
        response = api.delete(path) if allowed == "GET, HEAD" else api.patch(path)
        assert_problem(response, 405, "method-not-allowed")
        assert response.headers["allow"] == allowed


def test_what_is_nobodys_id_is_refused(api: httpx.Client) -> None:
    for path in ("/users/", "/users/" + "x" * 65, "/users/%20"):
        assert_problem(api.delete(path), 422, "invalid-request")


def test_numbers_as_ids_are_known_as_their_digits(api: httpx.Client) -> None:
    api.delete("/users/4711")
    assert results(api, watch("e1", 4711), watch("e2", "4711"), watch("e3", 47110)) == [
        ("rejected", ["erased"]),
        ("rejected", ["erased"]),
        ("stored", []),
    ]
