"""The clock of the machine is set while the API runs, forwards and backwards: all comes right."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from netflix_pipeline.eventlog import open_log
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import open_state
from netflix_pipeline.state.keys import SCOPES, Keys
from netflix_pipeline_tests.clock.faketime import FakeClock, fake_clock
from netflix_pipeline_tests.support.load import service
from netflix_pipeline_tests.support.three_days import three_days_published

DAY = timedelta(days=1)
STEPS = [40 * DAY, -2 * DAY, timedelta(hours=8)]


class Api:
    """A running API whose clock is set, and the events that it took."""

    def __init__(self, settings: Settings, clock: FakeClock, key: str) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        self.clock = clock
        self.sent: list[datetime] = []
        self.settings = settings
        self.client = httpx.Client(
            base_url=settings.url(settings.api_port), headers=headers, timeout=30, trust_env=False
        )

    def send(self, events: int) -> None:
        """Send events of now, as the clock says it."""
        for _ in range(events):
            self.sent.append(self.clock.now())
            told = {
                "type": "watch",
                "event_id": f"e-{len(self.sent)}",
                "user_id": f"u-{len(self.sent)}",
                "title_id": "t-1",
                "event_time": self.sent[-1].isoformat(),
                "watch_seconds": 3600,
            }
            answer = self.client.post("/events", json=told)
            assert answer.status_code == 200, answer.text
            assert answer.json()["results"][0]["result"] == "stored"

    def live(self) -> dict[str, Any]:
        """What is told of the last hour; nothing while it is read again."""
        answer = self.client.get("/live")
        if answer.status_code == 503:
            assert answer.json()["type"] == "/problems/catching-up"
            return {}
        told: dict[str, Any] = answer.json()
        return told

    def ready(self) -> str:
        """What the service tells of itself, its canary and what is live now."""
        return f"{self.client.get('/ready').text} {self.live()}"

    def set(self, fast: timedelta) -> None:
        self.clock.set(fast)

    def run(self, *words: str) -> Any:
        """A command that has the same clock."""
        told = subprocess.run(
            [str(Path(sys.executable).with_name("netflix-pipeline")), *words, "--json"],
            env={**self.settings.environment(), **self.clock.environment},
            capture_output=True,
            check=False,
        )
        assert told.returncode == 0, told.stderr.decode()
        return json.loads(told.stdout)


@pytest.fixture
def api(tmp_path: Path, free_port: int) -> Iterator[Api]:
    settings = Settings(
        home=tmp_path / "home",
        api_port=free_port,
        auth="required",
        canary_seconds=0.3,
        requests_per_minute=100_000,
    )
    three_days_published(settings.root)
    engine = open_state(settings)
    _, text = Keys(engine).create("test", set(SCOPES))
    engine.dispose()
    clock = fake_clock(tmp_path)
    environment = {**settings.environment(), **clock.environment}
    with service(free_port, 1, environment, tmp_path / "api.log"):
        api = Api(settings, clock, text)
        yield api
        api.client.close()


def until_it_is(
    expected: object, asked: Callable[[], object], why: Callable[[], str] = str
) -> None:
    end = time.monotonic() + 60
    while (told := asked()) != expected:
        assert time.monotonic() < end, f"{told!r}, not {expected!r}: {why()}"
        time.sleep(0.05)


def watched(api: Api) -> int:
    told = api.live()
    return told["totals"]["events"]["watch"] if told else -1


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_live_view_recovers_by_itself(api: Api) -> None:
    until_it_is(0, lambda: watched(api))
    api.send(5)
    assert watched(api) == 5
    for step in STEPS:
        api.set(step)
        if step > timedelta():
            # By this clock, the hour of before is over.
            until_it_is(0, lambda: watched(api))
        api.send(3)
        told = api.live()
        if told:
            assert abs(moment(told["as_of"]) - api.clock.now()) < timedelta(seconds=10)
        if step == STEPS[0]:
            api.run("drain")
        api.set(timedelta())
        until_it_is(len(api.sent), lambda: watched(api))
        api.send(1)
        told = api.live()
        assert told["totals"]["events"]["watch"] == len(api.sent)
        assert sum(minute["events"] for minute in told["minutes"]) == len(api.sent)
        now = datetime.now(UTC)
        assert moment(told["as_of"]) <= now
        assert moment(told["minutes"][-1]["minute"]) <= now
        # What was measured meanwhile is no time that went by.
        assert (told["delay"]["max"] or 0) < 60

    def canary_is_new() -> bool:
        canary = api.live().get("canary")
        if not canary:
            return False
        return abs(moment(canary["received_at"]) - api.clock.now()) < timedelta(seconds=5)

    until_it_is(True, canary_is_new, api.ready)
    # A machine that slept: the key of the canaries is over, and they come through all the same.
    api.set(STEPS[-1])
    until_it_is(True, canary_is_new, api.ready)
    api.set(timedelta())
    assert api.client.get("/ready").json()["status"] == "ready"
    log = open_log(api.settings)
    came = [
        record.received_at
        for record in log.read(0)
        for line in getattr(record, "lines", ())
        if b"~canary" not in line
    ]
    log.close()
    # Each has the receipt that it was given.
    assert len(came) == len(api.sent)
    assert all(abs(a - b) < timedelta(seconds=30) for a, b in zip(came, api.sent, strict=True))


def test_limits_and_keys_recover_by_themselves(api: Api) -> None:
    engine = open_state(api.settings)
    soon = datetime.now(UTC) + DAY
    _, text = Keys(engine).create("short", {"analytics:read"}, expires=soon, requests=20)
    engine.dispose()
    client = httpx.Client(
        base_url=api.client.base_url, headers={"Authorization": f"Bearer {text}"}, trust_env=False
    )
    assert client.get("/analytics").status_code == 200
    api.set(40 * DAY)
    until_it_is(401, lambda: client.get("/analytics").status_code)
    api.set(-40 * DAY)
    until_it_is(200, lambda: client.get("/analytics").status_code)
    api.set(timedelta())
    assert client.get("/analytics").status_code == 200
    statuses = [client.get("/analytics").status_code for _ in range(25)]
    # A minute is a minute: that the clock was set gave nobody another one, nor took it.
    assert statuses.count(429) in range(5, 25)
    client.close()
