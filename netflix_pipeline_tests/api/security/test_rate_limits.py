"""How much a client may ask: by key or address, alone or counted together in Redis."""

import asyncio
import re
from pathlib import Path
from time import monotonic
from types import SimpleNamespace

import httpx
import pytest

from api.app import create_app
from api.security.rate_limits import REDIS_REST, RequestLimits
from api.security.shared_windows import NAMES, SharedWindows
from api.security.windows import Windows
from netflix_pipeline.access.keyring import FAILURES
from netflix_pipeline.settings import Settings
from netflix_pipeline.state.keys import new_id, new_key
from netflix_pipeline_tests.support.api import assert_problem
from netflix_pipeline_tests.support.api_keys import Client, Made
from netflix_pipeline_tests.support.redis_server import redis_server

HALF_A_MINUTE = 1_800_000_030.0


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """In the middle of a minute that does not end."""
    clock = SimpleNamespace(time=lambda: HALF_A_MINUTE, monotonic=lambda: HALF_A_MINUTE)
    monkeypatch.setattr("api.security.rate_limits.time", clock)
    return clock


def test_a_key_may_ask_as_often_as_it_says(ask: Client, made: Made, still: SimpleNamespace) -> None:
    key, other = made("analytics:read", requests=3), made("analytics:read")
    left = []
    for _ in range(3):
        answered = ask("/titles", key)
        assert answered.status_code == 200
        assert answered.headers["ratelimit-policy"] == '"minute";q=3;w=60'
        told = re.fullmatch(r'"minute";r=(\d+);t=30', answered.headers["ratelimit"])
        assert told is not None
        left.append(int(told[1]))
    assert left == [2, 1, 0]
    refused = ask("/titles", key)
    assert "3 requests a minute" in assert_problem(refused, 429, "too-many-requests")["detail"]
    assert refused.headers["retry-after"] == "30"
    assert refused.headers["ratelimit"] == '"minute";r=0;t=30'
    assert ask("/health", key).status_code == 200
    # Another key has its own share: the service's, where it says nothing.
    assert ask("/titles", other).headers["ratelimit-policy"] == '"minute";q=60000;w=60'


def test_a_key_may_ask_any_number_of_times(ask: Client, made: Made) -> None:
    answered = ask("/titles", made("analytics:read", requests=0))
    assert answered.status_code == 200
    assert "ratelimit" not in answered.headers


def test_what_is_not_changed_and_what_is_refused_counts_too(
    ask: Client, made: Made, still: SimpleNamespace
) -> None:
    key = made("analytics:read", requests=2)
    etag = ask("/titles", key).headers["etag"]
    unchanged = ask("/titles", key, headers={"If-None-Match": etag})
    assert unchanged.status_code == 304
    assert unchanged.headers["ratelimit"] == '"minute";r=0;t=30'
    assert_problem(ask("/users/ann", key), 429, "too-many-requests")


def test_without_keys_an_address_is_limited_where_it_is_said(required: Settings) -> None:
    settings = required.model_copy(update={"auth": "auto", "requests_per_minute": 2})
    app = create_app(settings)
    first, second = Client(app, client="127.0.0.1"), Client(app, client="127.0.0.2")
    answers = [first("/titles").status_code for _ in range(3)]
    assert answers in ([200, 200, 429], [200, 200, 200])  # a minute may have ended between
    assert second("/titles").status_code == 200
    usual = create_app(settings.model_copy(update={"requests_per_minute": None}))
    assert "ratelimit" not in Client(usual)("/titles").headers


def test_who_tries_keys_is_held_up_and_nobody_else(
    ask: Client, every: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [monotonic()]
    monkeypatch.setattr("netflix_pipeline.access.attempts.monotonic", lambda: now[0])
    ask = Client(ask.app, client="192.0.2.8")
    other = Client(ask.app, client="192.0.2.9")
    for _ in range(FAILURES):
        assert_problem(ask("/titles", "nfx_"), 401, "bad-key")
    now[0] += 20
    refused = ask("/titles", "nfx_")
    assert_problem(refused, 429, "too-many-requests")
    assert refused.headers["retry-after"] == "40"
    assert ask("/titles", every).status_code == 200  # a good key from there is let in
    assert_problem(other("/titles", "nfx_"), 401, "bad-key")
    now[0] += 40
    assert_problem(ask("/titles", "nfx_"), 401, "bad-key")


def test_behind_a_proxy_one_who_tries_keys_holds_up_nobody_else(ask: Client) -> None:
    def told(client: str, peer: str = "127.0.0.1") -> int:
        through = Client(ask.app, client=peer)
        return through("/titles", "nfx_", headers={"X-Forwarded-For": client}).status_code

    tried = [told("6.6.6.6, 203.0.113.7") for _ in range(FAILURES + 1)]
    assert tried == [401] * FAILURES + [429]
    assert told("6.6.6.7, 203.0.113.7") == 429  # what stands further left, anybody may write
    assert told("203.0.113.8") == 401
    # Nobody but a proxy that is trusted tells for whom it asks.
    strangers = [told(f"203.0.113.{number}", "198.51.100.1") for number in range(FAILURES + 1)]
    assert strangers == [401] * FAILURES + [429]


def test_keys_that_are_tried_at_once_are_counted_before_any_is_looked_for(
    ask: Client, every: str
) -> None:
    forged = [new_key(new_id()) for _ in range(100)]
    assert ask("/titles", every).status_code == 200

    async def at_once() -> list[int]:
        transport = httpx.ASGITransport(ask.app, client=("203.0.113.40", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            presented = ({"Authorization": f"Bearer {key}"} for key in forged)
            asked = (client.get("/titles", headers=headers) for headers in presented)
            answers = await asyncio.gather(*asked)
        return [answer.status_code for answer in answers]

    answered = asyncio.run(at_once())
    assert sorted(answered) == [401] * FAILURES + [429] * (100 - FAILURES)


def test_windows_begin_together_and_forget() -> None:
    windows = Windows(60)
    assert [windows.add("a", 0), windows.add("a", 59.9), windows.add("b", 59.9, 5)] == [1, 2, 5]
    assert windows.add("a", 60) == 1


def test_processes_of_a_machine_count_together(tmp_path: Path) -> None:
    first, second, beyond = (SharedWindows(tmp_path, 60, 2) for _ in range(3))
    assert [one.add("a", 1) for one in (first, second, first, beyond, beyond)] == [1, 2, 3, 1, 2]
    assert (second.add("b", 59.9, 5), first.add("b", 59.9, -2)) == (5, 3)
    assert [one.add("a", 60) for one in (second, first)] == [1, 2]
    # Whoever takes the place of one that ended goes on with what that had counted.
    second.close()
    third = SharedWindows(tmp_path, 60, 2)
    assert third.add("a", 119) == 3
    # What finds no place is counted all the same, by each.
    assert [third.add(f"{name}", 120) for name in range(2 * NAMES)] == [1] * (2 * NAMES)
    assert [third.add(f"{name}", 120) for name in range(2 * NAMES)] == [2] * (2 * NAMES)
    for one in (first, third, beyond):
        one.close()


def test_processes_count_together_in_redis_and_each_by_itself_without(
    tmp_path: Path,
    still: SimpleNamespace,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def count(url: str) -> None:
        first, second = RequestLimits(url), RequestLimits(url)
        assert (await first.take("a", 3)).left == 2
        assert (await second.take("a", 3)).left == 1
        assert (await second.take("b", 3)).left == 2
        server.kill()
        assert (await first.take("a", 3)).left == 2
        assert (await first.take("a", 3)).left == 1
        assert first.away
        assert len(caplog.records) == 1
        server.start()
        still.monotonic = lambda: HALF_A_MINUTE + REDIS_REST
        assert not first.away
        third = RequestLimits(url)
        assert (await first.take("c", 3)).left == 2
        assert (await third.take("c", 3)).left == 1
        for one in (first, second, third):
            await one.aclose()

    with redis_server(tmp_path) as server:
        asyncio.run(count(server.url))


def test_monitoring_tells_whether_requests_are_counted_together(home: Settings) -> None:
    def told(settings: Settings) -> str:
        return Client(create_app(settings))("/metrics").text

    assert "netflix_shared_limits_up" not in told(home)
    nobody = home.model_copy(update={"limits": "redis://127.0.0.1:1", "requests_per_minute": 9})
    app = create_app(nobody)
    ask = Client(app)
    assert ask("/titles").headers["ratelimit-policy"] == '"minute";q=9;w=60'
    assert "netflix_shared_limits_up 0" in ask("/metrics").text
