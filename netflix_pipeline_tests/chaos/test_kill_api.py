"""kill -9 of the API at random moments under load: nothing that it acknowledged is ever lost.

`make chaos` runs as many rounds as are worth a wait; the tests run a few.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import polars as pl
import pytest

from netflix_pipeline.eventlog import EventLog, Record, open_log
from netflix_pipeline.ingest import differences, ledger, manifests
from netflix_pipeline.ingest.drain import drain
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize import GOLD_DAILY, SILVER, build
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources.formats.http_events import IDENTITY
from netflix_pipeline_tests.support.load import Senders, Told, service
from netflix_pipeline_tests.support.redis_server import redis_server

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "2"))
"""Kills of each kind of service."""


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    with ExitStack() as stack:
        address = ""
        if request.param == "redis":
            address = stack.enter_context(redis_server(tmp_path)).url
        yield Settings(home=tmp_path / "home", event_log=address, canary_seconds=0)


def everything(log: EventLog) -> Iterator[Record]:
    """Every record that the log holds."""
    after = 0
    while records := log.read(after):
        for record in records:
            assert isinstance(record, Record)
            yield record
        after = records[-1].offset


def stored_ids(lake: Lake) -> Counter[str]:
    """How often each event id is in bronze."""
    found: Counter[str] = Counter()
    for table, name in IDENTITY.items():
        for day in lake.partitions(f"bronze/{table}"):
            found.update(lake.read(f"bronze/{table}", day, [name])[name].to_list())
    return found


# Workers in Redis know of one another by Redis alone: one is but less than two.
@pytest.mark.parametrize(
    ("settings", "workers"), [("sqlite", 1), ("sqlite", 2), ("redis", 2)], indirect=["settings"]
)
def test_every_acknowledged_event_is_kept_once(
    settings: Settings, workers: int, free_port: int, tmp_path: Path
) -> None:
    seed = int(os.environ.get("CHAOS_SEED", time.time_ns() % 2**32))
    print(f"CHAOS_SEED={seed}")  # noqa: T201 (to play a failure again)
    chance = random.Random(seed)
    told = Told()
    for _ in range(ROUNDS):
        # The senders outlive the service: it is killed while they send.
        with (
            Senders(free_port, told, chance) as senders,
            service(free_port, workers, settings.environment(), tmp_path / "api.log"),
        ):
            senders.begin()
            time.sleep(chance.uniform(0.05, 1.2))
    assert told.acknowledged()
    log = open_log(settings)
    received = sum(len(record.lines) for record in everything(log))
    drain(settings, log)
    log.close()
    lake = Lake.of(settings)
    ids = stored_ids(lake)
    assert set(ids.values()) == {1}
    assert told.acknowledged() <= set(ids) <= set(told.sent)
    counted = ledger(lake, manifests(lake))
    assert differences(counted).is_empty()
    assert (counted["received"].sum(), counted["stored"].sum()) == (received, len(ids))
    assert counted["quarantined"].sum() == 0
    built = build(lake, (*SILVER, *GOLD_DAILY), None, only_pending=True)
    assert all(each.good for each in built)
    daily = pl.concat(
        lake.read("gold/ledger_daily", day) for day in lake.partitions("gold/ledger_daily")
    )
    assert daily["received"].sum() == received
    assert daily["in_plays"].sum() == lake_events(lake)


def lake_events(lake: Lake) -> int:
    """Watch events that are in plays."""
    return sum(
        int(lake.read("silver/plays", day, ["events"])["events"].sum())
        for day in lake.partitions("silver/plays")
    )
