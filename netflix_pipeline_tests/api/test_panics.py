"""A panic of a library ends the request that it came at, not the worker, and is no event lost."""

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from typing_extensions import override

from api.delivery.request_key import JSON, Body, QuestionRequest
from api.delivery.response_cache import AnswerCache, CachedResponse
from api.delivery.warm_up import WarmUp
from netflix_pipeline.ingest import drain_home
from netflix_pipeline.serving import Period, Snapshot, Snapshots, publish_home
from netflix_pipeline.serving.questions.audience import Segments, SegmentsQuestion
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.api.panicking_service import POISON
from netflix_pipeline_tests.support.api import GRANIAN, assert_problem, event, served_by
from netflix_pipeline_tests.support.panics import panic
from netflix_pipeline_tests.support.processes import Start
from netflix_pipeline_tests.support.three_days import three_days_published

SERVICE = [*GRANIAN, "netflix_pipeline_tests.api.panicking_service:create_app"]
ODD = {"watch_seconds": "1800"}
"""Makes an event not plain: it is judged by what the drain uses."""


@pytest.fixture
def service(home: Settings, start: Start) -> str:
    three_days_published(home.root)
    return start(SERVICE, "/health")


def test_a_panic_ends_a_request_and_nothing_else(service: str, home: Settings) -> None:
    workers = served_by(service)
    with httpx.Client(base_url=service, trust_env=False, timeout=20) as client:
        for path in ("/quality/ledger", "/panics", "/users/ann"):
            assert_problem(client.get(path), 500, "internal-error")

        def ask(number: int) -> httpx.Response:
            return client.get(f"/users/ann-{number % 3}")

        with ThreadPoolExecutor(8) as threads:  # they are looked up together
            for told in threads.map(ask, range(16)):
                assert_problem(told, 500, "internal-error")
        sent = [event(1), event(2, user_id=POISON, **ODD), event(3, **ODD), event(4)]
        answer = client.post("/events", json=sent).json()
        assert [
            (one["event_id"], one["result"], one.get("reasons")) for one in answer["results"]
        ] == [
            ("e-1", "stored", None),
            ("e-2", "quarantined", ["processing_failed"]),
            ("e-3", "stored", None),
            ("e-4", "stored", None),
        ]
        again = client.post("/events", json=[event(2, user_id=POISON, **ODD)]).json()
        assert again["counts"]["quarantined"] == 1
        totals = client.get("/live").json()["totals"]
        assert (totals["events"]["watch"], totals["quarantined"]) == (3, 2)
        assert client.get("/quality/checks").status_code == 200
    assert served_by(service) == workers
    # The drain's own code does not fail at it.
    results = drain_home(home)
    assert sum(one.stored for one in results) == 4


def test_a_worker_that_begins_reads_over_what_panics(
    service: str, home: Settings, start: Start
) -> None:
    body = json.dumps([event(1, user_id=POISON, **ODD), event(2)])
    headers = {"content-type": "application/json"}
    httpx.post(f"{service}/events", content=body, headers=headers, trust_env=False, timeout=20)
    other = start(SERVICE, "/health")
    for _ in range(200):
        told = httpx.get(f"{other}/live", trust_env=False, timeout=20)
        if told.status_code == 200:
            break
        time.sleep(0.05)
    totals = told.json()["totals"]
    assert (totals["events"]["watch"], totals["quarantined"]) == (1, 1)


class Panicking(SegmentsQuestion):
    """A question at which code panics."""

    @override
    def answer(self, snapshot: Snapshot, period: Period | None) -> Segments:
        panic()


def test_a_new_snapshot_is_followed_though_a_common_question_panics(home: Settings) -> None:
    three_days_published(home.root)

    async def follow() -> None:
        answers, snapshots = AnswerCache(), Snapshots(home.serving)
        snapshots.current()
        question = QuestionRequest("/analytics", (), JSON, Panicking())
        answers.put(1, CachedResponse(Body(b"{}", "application/json", "tag", {}), question))
        answers.get(1, question.key)
        snapshots.prepare = WarmUp(answers, snapshots)
        publish_home(home, full=True)
        await asyncio.to_thread(snapshots.follow)
        assert snapshots.held
        assert snapshots.held.info.version == 2

    asyncio.run(follow())
