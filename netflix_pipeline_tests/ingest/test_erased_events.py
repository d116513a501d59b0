"""Events that were erased from the log before they were drained are counted, and nothing else."""

from collections.abc import Iterator

import polars as pl
import pytest

from netflix_pipeline.eventlog import POSITIONS
from netflix_pipeline.ingest import differences, ledger, manifests
from netflix_pipeline.ingest.batches import _folder
from netflix_pipeline.ingest.compaction import compact
from netflix_pipeline.ingest.fault_isolation import Failures
from netflix_pipeline.persons import Persons
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.events import NOW, Events, opened, search, watch

BOB = Persons(["bob"])


@pytest.fixture
def events(home: Settings) -> Iterator[Events]:
    with opened(home) as found:
        yield found


def counted(events: Events) -> dict[str, tuple[int, int, int]]:
    """Received, stored and erased by table."""
    told = ledger(events.lake, manifests(events.lake))
    assert differences(told).is_empty()
    sums = told.group_by("table").agg(pl.sum("received", "stored", "erased"))
    return {row[0]: row[1:] for row in sums.filter(pl.col("received") > 0).iter_rows()}


def test_an_event_erased_before_the_drain_is_counted_in_its_table(events: Events) -> None:
    events.send(watch("e1"), watch("e2", user_id="bob"), search("s1", user_id="bob"), watch("e3"))
    assert events.log.erase(BOB) == 2
    results = events.drain()
    assert {told.table for told in results} == {"search_events", "watch_events"}
    assert counted(events) == {"watch_events": (3, 2, 1), "search_events": (1, 0, 1)}
    assert events.stored()["event_id"].to_list() == ["e1", "e3"]
    assert events.stored()["line"].to_list() == [POSITIONS, POSITIONS + 3]


def test_an_event_erased_after_the_drain_is_not_counted_again(events: Events) -> None:
    events.send(watch("e1"), watch("e2", user_id="bob"))
    events.drain()
    assert events.log.erase(BOB) == 1
    assert events.drain() == []
    events.send(watch("e3"))
    events.drain()
    assert counted(events) == {"watch_events": (3, 3, 0)}


def test_erased_within_a_range_of_which_some_tables_stand_it_is_counted_once(
    events: Events,
) -> None:
    events.send(watch("e1", user_id="bob"), search("s1", user_id="bob"), watch("e2"), search("s2"))
    events.drain()
    # As a drain leaves it that was killed between its tables.
    (watched,) = (told for told in manifests(events.lake) if told.table == "watch_events")
    for path in (events.lake.root / "bronze").glob(f"*/**/{watched.batch}*.parquet"):
        if "search_events" not in path.parts:
            path.unlink()
    (_folder(events.lake) / f"{watched.batch}.json").unlink()
    (events.settings.root / "drain.json").write_bytes(b"{}")
    events.log.erase(BOB)
    events.drain()
    assert counted(events) == {"watch_events": (2, 1, 1), "search_events": (2, 2, 0)}
    assert events.stored()["event_id"].to_list() == ["e2"]


def test_counts_stay_when_batches_are_merged(events: Events) -> None:
    for n in range(3):
        events.send(watch(f"e{n}"), watch(f"b{n}", user_id="bob"))
        events.log.erase(BOB)
        events.drain()
    compact(events.lake, NOW.date(), Failures())
    assert counted(events) == {"watch_events": (6, 3, 3)}
