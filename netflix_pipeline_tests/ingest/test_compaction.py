"""Many small batches become few, with the same rows, and nobody sees anything twice or not."""

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from netflix_pipeline.ingest import Manifest, manifests
from netflix_pipeline.ingest.batches import commit
from netflix_pipeline.ingest.compaction import MOST_BATCHES, MOST_ROWS, TOGETHER, runs, stretch
from netflix_pipeline.ingest.ledger import ledger
from netflix_pipeline.ingest.quarantine import quarantined, replay
from netflix_pipeline.lake import Lake
from netflix_pipeline.lake.batch_ranges import Range, outermost, ranges
from netflix_pipeline.materialize import DIMENSIONS, GOLD_DAILY, GOLD_ROLLUPS, SILVER, build
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.events import NOW, Events, opened, rows_of, search, watch

TODAY = NOW.date()
TOMORROW = NOW + timedelta(days=1)
LOG = "0123456789ab"
EVERYTHING = {*SILVER, *DIMENSIONS, *GOLD_DAILY, *GOLD_ROLLUPS}


@pytest.fixture
def events(home: Settings) -> Iterator[Events]:
    with opened(home) as found:
        yield found


def told(first: int, last: int, day: date = TODAY, table: str = "watch_events") -> Range:
    return Range(LOG, first, last, day, table)


# -- names ----------------------------------------------------------------------------------


def test_a_name_tells_the_range_and_sorts_by_offset() -> None:
    one, other = told(9, 10), told(11, 2**40, table="search_events")
    assert Range.parse(one.name) == one
    assert Range.parse(other.name) == other
    assert one.name < other.name
    assert "." not in one.name
    assert Range.parse("0123456789abcdef-1") is None


def test_what_lies_within_another_does_not_count() -> None:
    parts = [told(1, 5), told(6, 9), told(12, 20)]
    whole, apart = told(1, 20), told(1, 9, table="reviews")
    names = {"0123456789abcdef-1", *(part.name for part in (*parts, whole, apart))}
    assert outermost(names) == {"0123456789abcdef-1", whole.name, apart.name}
    assert outermost({told(1, 5).name, told(1, 9).name}) == {told(1, 9).name}
    assert outermost({told(5, 9).name, told(1, 9).name}) == {told(1, 9).name}
    other = Range("ba9876543210", 2, 3, TODAY, "watch_events")
    assert outermost({told(1, 9).name, other.name}) == {told(1, 9).name, other.name}


@given(st.sets(st.tuples(st.integers(1, 30), st.integers(0, 30))))
def test_what_counts_is_what_lies_in_no_other(found: set[tuple[int, int]]) -> None:
    given_ranges = [told(first, first + more) for first, more in found]
    counted = {
        one.name
        for one in given_ranges
        if not any(
            other.first <= one.first and one.last <= other.last
            for other in given_ranges
            if other != one
        )
    }
    assert outermost(one.name for one in given_ranges) == counted


def test_batches_of_another_day_between_two_keep_them_apart() -> None:
    other = TODAY + timedelta(days=1)
    days = [told(1, 1), told(2, 2), told(3, 3, other), told(4, 4), told(5, 5, table="reviews")]
    found = [[one.first for one in run] for run in runs(one.name for one in days)]
    assert sorted(found) == [[1, 2], [3], [4], [5]]


# -- when -----------------------------------------------------------------------------------


def settled(sizes: Sequence[int], *, ended: bool = False) -> list[int]:
    held = list(sizes)
    while found := stretch(held, ended=ended):
        held[found] = [sum(held[found])]
    return held


def test_eight_of_a_size_are_merged_and_a_large_one_is_left_alone() -> None:
    assert stretch([50] * 7, ended=False) is None
    assert settled([50] * 8) == [400]
    assert settled([5000] + [50] * 7) == [5000] + [50] * 7
    assert settled([5000] + [50] * 8) == [5000, 400]
    assert settled([400] * 7 + [50] * 8) == [3200]


def test_a_day_that_ended_is_one_batch_or_as_few_as_may_be() -> None:
    assert settled([5000, 50, 1], ended=True) == [5051]
    assert settled([MOST_ROWS, 50, 1, MOST_ROWS], ended=True) == [MOST_ROWS, 51, MOST_ROWS]
    assert settled([1], ended=True) == [1]


@given(st.lists(st.integers(1, 5000), max_size=400))
def test_batches_stay_few_and_rows_are_not_written_again_and_again(sizes: list[int]) -> None:
    held: list[int] = []
    written = 0
    for size in sizes:
        held.append(size)
        while found := stretch(held, ended=False):
            assert found.stop - found.start >= TOGETHER
            written += sum(held[found])
            held[found] = [sum(held[found])]
        assert len(held) <= MOST_BATCHES
    assert sum(held) == sum(sizes)
    assert written <= 12 * sum(sizes)


# -- what it leaves -------------------------------------------------------------------------


def many(events: Events, count: int = TOGETHER) -> None:
    """So many drains, each with something for every table of a batch."""
    for n in range(count):
        events.send(
            watch(f"e{n}", user_id=f"u{n % 3}", event_time=f"2026-01-{n % 2 + 30}T10:00:00Z"),
            watch(f"late{n}", event_time="2026-02-01T15:00:00Z"),
            watch("e0", user_id="u0", event_time="2026-01-30T10:00:00Z"),
            watch(None),
            search(f"s{n}"),
            at=NOW + timedelta(seconds=n),
        )
        events.drain(NOW)


def test_rows_are_the_same_and_files_few(events: Events) -> None:
    many(events)
    before, counts = rows_of(events), events.ledger()
    assert len(events.lake.committed_batches()) == 2 * TOGETHER
    versions = {
        (table, day): events.lake.bronze_version(table, day)
        for table in ("bronze/watch_events", "bronze/search_events")
        for day in events.lake.partitions(table)
    }
    events.drain(NOW)
    assert len(events.lake.committed_batches()) == 2
    assert events.lake.standing_batches() == events.lake.committed_batches()
    for table, rows in rows_of(events).items():
        assert_frame_equal(rows, before[table])
    assert events.ledger() == counts
    for day in events.lake.partitions("bronze/watch_events"):
        assert len(events.lake.batch_files("bronze/watch_events", day)) == 1
    assert len(events.lake.batch_files("bronze/user_mentions")) == 2
    merged = next(iter(ranges(events.lake.committed_batches())))
    assert (merged.first, merged.last) == (1, TOGETHER)
    assert set(events.stored(merged.table)["batch"]) == {merged.name}
    for (table, day), version in versions.items():
        assert events.lake.bronze_version(table, day) == version
    keys = events.lake.read("bronze/user_mentions")
    assert keys.height == keys.unique().height


def test_what_is_built_already_is_not_built_again(events: Events) -> None:
    many(events)
    for _ in build(events.lake, EVERYTHING, None, only_pending=True):
        pass
    events.drain(NOW)
    again = {told.table for told in build(events.lake, EVERYTHING, None, only_pending=True)}
    # What shows rows with their batch, and the ledger.
    assert again <= {"silver/quarantine", "gold/ledger_daily"}


def test_the_ledger_says_the_same_of_fewer_batches(events: Events) -> None:
    many(events)
    before = ledger(events.lake, manifests(events.lake)).drop("batch", "source")
    events.drain(NOW)
    after = ledger(events.lake, manifests(events.lake)).drop("batch", "source")
    sums = before.group_by("table").sum().sort("table")
    assert_frame_equal(after.sort("table"), sums, check_column_order=False)


def test_a_day_that_has_passed_is_one_batch_a_table(events: Events) -> None:
    many(events, 5)
    events.drain(NOW)
    assert len(events.lake.committed_batches()) == 10
    events.drain(TOMORROW)
    assert len(events.lake.committed_batches()) == 2
    events.drain(TOMORROW)
    events.send(watch("new"), at=TOMORROW)
    events.drain(TOMORROW)
    assert len(events.lake.committed_batches()) == 3
    events.ledger()


def test_what_somebody_reads_is_removed_later(events: Events) -> None:
    many(events)
    old = events.lake.committed_batches()
    files = events.lake.batch_files("bronze/watch_events", date(2026, 1, 30))
    rows = events.lake.read("bronze/watch_events", date(2026, 1, 30))
    with events.lake.writing():
        events.drain(NOW)
        assert all(file.exists() for file in files)
        read = events.lake.read("bronze/watch_events", date(2026, 1, 30), None, old)
        assert_frame_equal(read, rows)
        assert len(list(manifests(events.lake, old))) == len(old)
        assert len(events.lake.committed_batches()) == 2
        events.ledger()
    events.drain(NOW)
    assert not any(file.exists() for file in files)
    assert events.lake.standing_batches() == events.lake.committed_batches()


def test_who_looked_just_before_files_were_merged_looks_again(
    events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(events)
    day = date(2026, 1, 30)
    rows = events.lake.read("bronze/watch_events", day).drop("batch")
    names = len(list(manifests(events.lake)))
    real_files, real_decode = Lake.batch_files, Manifest.decode.__func__  # type: ignore[attr-defined]

    def merged_meanwhile(lake: Lake, *told: Any) -> list[Path]:
        files = real_files(lake, *told)
        monkeypatch.setattr(Lake, "batch_files", real_files)
        events.drain(NOW)
        return files

    monkeypatch.setattr(Lake, "batch_files", merged_meanwhile)
    assert_frame_equal(events.lake.read("bronze/watch_events", day).drop("batch"), rows)
    many(events, 2)

    def passed_meanwhile(cls: type[Manifest], path: Path) -> Manifest:
        monkeypatch.setattr(Manifest, "decode", classmethod(real_decode))
        events.drain(TOMORROW)
        found: Manifest = real_decode(cls, path)
        return found

    monkeypatch.setattr(Manifest, "decode", classmethod(passed_meanwhile))
    now = [told.batch for told in manifests(events.lake)]
    assert sorted(now) == sorted(events.lake.committed_batches())
    assert len(now) < names


def test_replays_are_merged_and_replayed_after_it(events: Events) -> None:
    many(events, 4)
    waiting = quarantined(events.lake, reason="event_time_in_future")
    first, second = waiting["quarantine_id"][:2], waiting["quarantine_id"][2:]
    rows = quarantined(events.lake, ids=first.to_list())
    assert replay(events.settings, rows, now=lambda: TOMORROW).stored == 2
    stale = quarantined(events.lake, ids=second.to_list())
    events.drain(TOMORROW)
    assert len(events.lake.committed_batches()) == 2
    assert events.stored()["event_id"].str.starts_with("late").sum() == 2
    events.ledger()
    # Rows, and their ids, from before they were merged.
    assert quarantined(events.lake, ids=second.to_list()).height == 2
    assert replay(events.settings, stale, now=lambda: TOMORROW).stored == 2
    assert replay(events.settings, stale, now=lambda: TOMORROW).rows == 0
    assert events.stored()["event_id"].str.starts_with("late").sum() == 4
    late = events.stored().filter(pl.col("event_id") == "late3")
    assert late["received_at"].item() == NOW + timedelta(seconds=3)
    counts, before = events.ledger(), rows_of(events)
    events.send(watch("more"), at=NOW + timedelta(minutes=1))
    events.drain(TOMORROW)
    events.drain(TOMORROW)
    assert len(events.lake.committed_batches()) == 2
    assert events.stored().height == before["watch_events"].height + 1
    received, stored, duplicate, waits = counts["watch_events"]
    assert events.ledger()["watch_events"] == (received + 1, stored + 1, duplicate, waits)


def test_erased_rows_add_up(events: Events) -> None:
    many(events, 2)
    for one in list(manifests(events.lake)):
        if one.table == "watch_events":
            for file in events.lake.batch_files("bronze/duplicates", TODAY, {one.batch}):
                file.unlink()
                commit(events.lake, dataclasses.replace(one, erased=1))
    erased = sum(told.erased for told in manifests(events.lake))
    assert erased
    events.ledger()
    events.drain(TOMORROW)
    assert sum(told.erased for told in manifests(events.lake)) == erased
    events.ledger()


def test_a_batch_that_is_not_done_yet_is_not_merged(
    events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the drain that goes on would take its rows again."""
    many(events, 2)
    events.send(search("sx"), watch("ex"), at=NOW)
    real = Manifest.encode

    def dying(told: Manifest) -> bytes:
        if told.table == "watch_events":
            raise KeyboardInterrupt
        return real(told)

    with monkeypatch.context() as patched:
        patched.setattr(Manifest, "encode", dying)
        with pytest.raises(KeyboardInterrupt):
            events.drain(NOW)
    events.drain(datetime(2026, 2, 9, tzinfo=UTC))
    assert events.ledger()["search_events"] == (3, 3, 0, 0)
    assert len(events.lake.committed_batches()) == 2
