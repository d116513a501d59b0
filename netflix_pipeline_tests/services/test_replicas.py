"""Services on machines of their own that share a store, a Redis and a PostgreSQL answer alike."""

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx

from netflix_pipeline.serving import publish_home
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import SCOPES, Keys, opened
from netflix_pipeline_tests.support.api import event, numbers
from netflix_pipeline_tests.support.postgres_server import postgres_server
from netflix_pipeline_tests.support.processes import served
from netflix_pipeline_tests.support.redis_server import redis_server
from netflix_pipeline_tests.support.s3_server import S3Server
from netflix_pipeline_tests.support.three_days import TUESDAY, three_days_published
from netflix_pipeline_tests.support.waiting import until
from netflix_pipeline_tests.support.world import Watched

PATHS = ("/v1/analytics", "/v1/titles?sort=viewers", "/v1/users/ann")
REVOKED_WITHIN = 1.0
"""Seconds after which a revoked key is refused everywhere, as the docs say."""
BUSY = 4.0
"""Seconds that a machine may take for it that does other things besides."""


@contextmanager
def machines(folder: Path, shared: Mapping[str, Any]) -> Iterator[list[str]]:
    """The addresses of two APIs, which ask for keys, and a dashboard: each home begins empty."""
    with ExitStack() as running:
        addresses: list[str] = []
        for name, auth in (("api", "required"), ("api", "required"), ("dashboard", "auto")):
            home = folder / f"machine-{len(addresses)}"
            settings = Settings(**{**shared, "home": home, "auth": auth})
            log = folder / f"{home.name}.log"
            addresses.append(running.enter_context(served(name, settings, log))[0])
        yield addresses


def test_replicas_answer_alike(tmp_path: Path, s3: S3Server) -> None:
    with postgres_server() as postgres, redis_server(tmp_path) as redis:
        secret = tmp_path / "secret"
        secret.write_text("of all machines together, 32 bytes or more")
        shared = {
            "snapshots": s3.address(),
            "state_database": postgres.url,
            "state_secret": f"file:{secret}",
            "event_log": redis.url,
        }
        published = three_days_published(tmp_path / "tables")
        home = published.settings.model_copy(update=shared)
        publish_home(home)
        with opened(home) as engine:
            keys = Keys(engine)
            kept, ended = (keys.create(name, tuple(SCOPES)) for name in ("kept", "ended"))
            client = httpx.Client(
                headers={"Authorization": f"Bearer {kept[1]}"}, trust_env=False, timeout=60
            )
            with client, machines(tmp_path, shared) as (one, other, board):

                def answers(address: str) -> list[tuple[str, str]]:
                    told = [client.get(address + path) for path in PATHS]
                    assert {each.status_code for each in told} == {200}, [t.text for t in told]
                    return [(each.headers["etag"], each.text) for each in told]

                def serves(version: int) -> bool:
                    health = [client.get(f"{each}/health").json() for each in (one, other)]
                    shown = numbers(client.get(f"{board}/metrics").text)
                    return [
                        *((each["snapshot"] or {}).get("version") for each in health),
                        shown.get("netflix_dashboard_snapshot_version"),
                    ] == [version] * 3

                until(lambda: serves(1))
                before = answers(one)
                assert answers(other) == before
                assert client.get(f"{board}/").status_code == 200

                stored = client.post(f"{one}/v1/events", json=event())
                assert stored.json()["counts"]["stored"] == 1, stored.text
                until(lambda: client.get(f"{other}/live").json()["totals"]["viewers"])
                # Sent again elsewhere, it is known.
                again = client.post(f"{other}/v1/events", json=event())
                assert again.json()["counts"]["duplicate"] == 1, again.text

                # Who is erased at one is known as that by the other, which was given no key of it.
                assert client.delete(f"{one}/v1/users/bob").status_code == 202
                until(lambda: client.get(f"{other}/v1/users/bob").status_code == 410)

                theirs = {"Authorization": f"Bearer {ended[1]}"}
                assert client.get(f"{other}/v1/analytics", headers=theirs).status_code == 200
                keys.revoke(ended[0].id)
                revoked = time.monotonic()
                until(
                    lambda: client.get(f"{other}/v1/analytics", headers=theirs).status_code == 401
                )
                assert time.monotonic() - revoked < REVOKED_WITHIN + BUSY

                published.world.watch(TUESDAY, [Watched("ann", "t-zoo", 7)])
                published.world.describe()
                publish_home(home)
                until(lambda: serves(2))
                after = answers(one)
                assert answers(other) == after
                assert all(new != old for new, old in zip(after, before, strict=True))
                told = numbers(client.get(f"{one}/metrics").text)
                assert told["netflix_snapshot_store_up"] == 1
                assert told["netflix_snapshot_store_version"] == 2
                # It has no lake, and does not take all of the log for what waits.
                assert told["netflix_event_log_waiting_events"] == 0
