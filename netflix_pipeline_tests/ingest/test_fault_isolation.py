"""What fails by itself is set aside and told; nothing behind it waits, and nothing is lost."""

import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netflix_pipeline.contracts.outcomes import PROCESSING_FAILED
from netflix_pipeline.defs.landing import take
from netflix_pipeline.errors import StorageFull
from netflix_pipeline.ingest import differences, ingest_paths, ledger, manifests
from netflix_pipeline.ingest.erasing import erase_bronze
from netflix_pipeline.ingest.fault_isolation import TRIES, without_failing
from netflix_pipeline.ingest.quarantine import quarantined, replay
from netflix_pipeline.lake import Lake
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.command import Command
from netflix_pipeline_tests.support.events import NOW, Events, opened, search, watch
from netflix_pipeline_tests.support.watch_csv import event, write

POISON = "poison"
PANIC = pl.exceptions.PanicException("assertion failed on purpose")
BEFORE = "2026-01-31T10:00:00Z"
FULL = OSError(28, "No space left on device")
Poisoned = Callable[[BaseException], None]


@pytest.fixture
def events(home: Settings) -> Iterator[Events]:
    with opened(home) as found:
        yield found


@pytest.fixture
def poisoned(monkeypatch: pytest.MonkeyPatch) -> Poisoned:
    """A function that makes the judgement of rows raise, if one of them has POISON for an id."""

    def poison(error: BaseException) -> None:
        for name in ("validate_chunk", "quarantine"):
            room = sys.modules[f"netflix_pipeline.ingest.{name}"]
            known = room.identified

            def identified(
                table: str, source: str, rows: pl.DataFrame, known: Any = known
            ) -> pl.DataFrame:
                if (rows.select(pl.col(pl.String) == POISON).sum_horizontal() > 0).any():
                    raise error
                told: pl.DataFrame = known(table, source, rows)
                return told

            monkeypatch.setattr(room, "identified", identified)

    return poison


def torn(path: Path) -> bytes:
    """Cut a file off in the middle; returns what it held."""
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return whole


def assert_exact(home: Settings) -> None:
    lake = Lake.of(home)
    assert differences(ledger(lake, manifests(lake))).is_empty()


@given(count=st.integers(0, 60), bad=st.sets(st.integers(0, 59), max_size=5))
def test_those_that_fail_are_told_from_their_neighbours(count: int, bad: set[int]) -> None:
    def work(places: Sequence[int]) -> list[int]:
        if bad & set(places):
            raise PANIC
        return list(places)

    done, failing, error = without_failing(work, range(count))
    assert failing == sorted(bad & set(range(count)))
    assert done == [place for place in range(count) if place not in bad]
    assert (error is None) is not bool(failing)


def test_those_that_fail_together_are_set_aside_together() -> None:
    tried = 0

    def work(places: Sequence[int]) -> int:
        nonlocal tried
        tried += 1
        if len(places) > 1:
            raise ValueError
        return len(places)

    assert without_failing(work, range(8))[:2] == (0, list(range(8)))

    def none(places: Sequence[int]) -> int:
        nonlocal tried
        tried += 1
        if places:
            raise ValueError
        return 0

    tried = 0
    assert without_failing(none, range(100_000))[:2] == (0, list(range(100_000)))
    assert tried < 2 * TRIES


def test_an_event_at_which_code_fails_waits_and_all_others_are_taken(
    events: Events, poisoned: Poisoned, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned(PANIC)
    events.send(watch("a"), watch(POISON), watch("b", event_time=BEFORE))
    events.send(search(POISON), search("s"))
    ran = Command(events.settings.root)("drain")
    assert ran.code == 1
    assert "assertion failed on purpose" in ran.err
    assert f"quarantine replay --reason {PROCESSING_FAILED}" in ran.err
    events.send(watch("c"))
    assert [told.note for told in events.drain()] == [""]
    assert events.stored()["event_id"].to_list() == ["a", "b", "c"]
    assert quarantined(events.lake)["reasons"].to_list() == [[PROCESSING_FAILED]] * 2
    assert events.ledger() == {"watch_events": (4, 3, 0, 1), "search_events": (2, 1, 0, 1)}
    assert Command(events.settings.root).ok("status", "--json").json["set_aside"] == 2
    # It fails still: nothing moves. Then it is mended.
    told = replay(events.settings, quarantined(events.lake), now=lambda: NOW)
    assert (told.quarantined, len(told.failures)) == (2, 2)
    monkeypatch.undo()
    told = replay(events.settings, quarantined(events.lake), now=lambda: NOW)
    assert (told.stored, told.quarantined, told.failures) == (2, 0, ())
    assert events.ledger() == {"watch_events": (4, 4, 0, 0), "search_events": (2, 2, 0, 0)}


def test_a_batch_that_cannot_be_stored_waits_as_a_whole(
    events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    from netflix_pipeline.ingest.bronze_writer import Mentions

    def fail(*_: object) -> None:
        raise PANIC

    events.send(watch("a"), search("s"), b"no event")
    with monkeypatch.context() as patched:
        patched.setattr(Mentions, "name", fail)
        results = {told.table: told for told in events.drain()}
    assert "PanicException" in results["watch_events"].note
    events.send(watch("b"))
    events.drain()
    assert events.ledger() == {"watch_events": (3, 1, 0, 2), "search_events": (1, 0, 0, 1)}
    replay(events.settings, quarantined(events.lake, reason=PROCESSING_FAILED), now=lambda: NOW)
    assert events.ledger() == {"watch_events": (3, 2, 0, 1), "search_events": (1, 1, 0, 0)}


def test_a_day_whose_file_is_torn_ends_alone(events: Events, tmp_path: Path) -> None:
    events.send(watch("a"), watch("b", event_time=BEFORE))
    events.drain()
    (file,) = (events.lake.root / "bronze/watch_events/event_date=2026-02-01").glob("*.parquet")
    whole = torn(file)
    events.send(watch("a"), watch("c"), watch("d", event_time=BEFORE))
    (told,) = events.drain()
    assert "2026-02-01" in told.note
    assert (told.stored, told.quarantined) == (1, 2)
    path = write(tmp_path / "f.csv", [event("e", time="2026-02-01T10:00:00Z"), event("f")])
    (told,) = ingest_paths(events.settings, [path], now=lambda: NOW)
    assert (told.stored, told.quarantined) == (1, 1)
    assert told.note
    file.write_bytes(whole)
    again = replay(events.settings, quarantined(events.lake), now=lambda: NOW)
    assert (again.stored, again.duplicate, again.quarantined) == (2, 1, 0)
    assert_exact(events.settings)


@pytest.mark.parametrize("error", [FULL, StorageFull("the disk is full"), MemoryError()])
def test_what_may_pass_sets_nothing_aside(
    error: BaseException, events: Events, poisoned: Poisoned, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned(error)
    events.send(watch("a"))
    events.send(watch(POISON))
    with pytest.raises(type(error)):
        events.drain()
    monkeypatch.undo()
    assert sum(told.stored for told in events.drain()) == 2
    assert events.reasons() == {}


def test_a_file_that_fails_stops_no_other(
    home: Settings, poisoned: Poisoned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned(PANIC)
    files = [write(tmp_path / f"{name}.csv", [event(name)]) for name in ("a", POISON, "b")]
    ran = Command(home.root)("ingest", *files, "--json")
    assert ran.code == 1
    assert f"{files[1]}: PanicException" in ran.err
    assert [told["stored"] for told in ran.json["files"]] == [1, 0, 1]
    monkeypatch.undo()
    told = Command(home.root).ok("ingest", *files, "--json").json["total"]
    assert (told["stored"], told["duplicate"]) == (3, 0)
    assert_exact(home)


def test_a_file_that_cannot_even_be_looked_at_stops_no_other(
    home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = sys.modules["netflix_pipeline.sources.format_detection"]
    known = folders.open_file

    def open_file(file: Path, options: Any) -> Any:
        if file.name == "b.csv":
            raise PANIC
        return known(file, options)

    monkeypatch.setattr(folders, "open_file", open_file)
    (tmp_path / "in").mkdir()
    for name in "abc":
        write(tmp_path / "in" / f"{name}.csv", [event(name)])
    ran = Command(home.root)("ingest", tmp_path / "in", "--json")
    assert ran.code == 1
    assert "assertion failed on purpose" in ran.err
    assert ran.json["total"]["stored"] == 2


def test_a_landed_file_that_fails_is_refused_with_its_reason(
    home: Settings, poisoned: Poisoned
) -> None:
    poisoned(PANIC)
    home.landing.mkdir(parents=True)
    write(home.landing / "a.csv", [event(POISON)])
    taken = take(home, "a.csv")
    assert taken is not None
    assert taken.result is None
    assert taken.path == home.refused / "a.csv"
    assert "PanicException" in (home.refused / "a.csv.reason.txt").read_text()


def test_batches_that_cannot_be_merged_stop_nothing(events: Events) -> None:
    for number in range(3):
        events.send(watch(f"a{number}"), search(f"s{number}"))
        events.drain()
    folder = events.lake.root / "bronze/watch_events/event_date=2026-02-01"
    torn(min(folder.glob("*.parquet")))
    later = NOW + timedelta(days=1)
    events.send(watch("b", event_time="2026-02-02T10:00:00Z"), at=later)
    results = events.drain(later)
    assert "watch_events" in results[-1].note
    assert results[-1].batch == ""
    assert sum(told.stored for told in results) == 1
    names = {told.batch for told in manifests(events.lake) if told.table == "search_events"}
    assert len(names) == 1


def test_persons_leave_all_files_but_the_torn_one_and_stay_pending(
    home: Settings, tmp_path: Path
) -> None:
    files = [
        write(tmp_path / "a.csv", [event("a"), event("b", "bob")]),
        write(tmp_path / "b.csv", [event("c", time="2026-01-30T10:00:00Z")]),
    ]
    for each in files:
        ingest_paths(home, [each], now=lambda: NOW)
    (file,) = (home.lake / "bronze/watch_events/event_date=2026-01-30").glob("*.parquet")
    whole = torn(file)
    told = erase_bronze(home, ["ann"])
    assert str(file) in told.failures[0]
    lake = Lake.of(home)
    assert lake.read("bronze/watch_events", date(2026, 1, 31))["user_id"].to_list() == ["bob"]
    file.write_bytes(whole)
    told = erase_bronze(home, ["ann"])
    assert told.failures == ()
    assert sum(each.erased for each in manifests(lake)) == 2
    assert_exact(home)


def test_one_batch_that_fails_stops_no_replay_of_others(
    home: Settings, poisoned: Poisoned, tmp_path: Path
) -> None:
    late = "2026-02-01T14:00:00Z"
    for name in ("a", POISON, "b"):
        write(tmp_path / f"{name}.csv", [event(name, time=late), event(f"{name}2", time=late)])
        ingest_paths(home, [tmp_path / f"{name}.csv"], now=lambda: NOW)
    poisoned(PANIC)
    told = replay(home, quarantined(Lake.of(home)), now=lambda: NOW + timedelta(hours=9))
    assert (told.stored, told.quarantined, len(told.failures)) == (5, 1, 1)
    assert_exact(home)


def test_a_replay_that_cannot_be_finished_is_told_by_ingest_and_stops_no_file(
    home: Settings, tmp_path: Path
) -> None:
    good = write(tmp_path / "a.csv", [event("a")])
    (first,) = ingest_paths(home, [good])
    intent = home.lake / "bronze" / "_replays" / f"{first.batch}.json"
    intent.parent.mkdir(exist_ok=True)
    intent.write_text("{torn")
    ran = Command(home.root)("ingest", str(write(tmp_path / "b.csv", [event("b")])))
    assert ran.code == 1
    assert f"{intent}: a replay that was cut off cannot be finished" in ran.err
    assert "Traceback" not in ran.err
    intent.unlink()
    ran = Command(home.root)("ingest", str(write(tmp_path / "c.csv", [event("c")])), "--json")
    assert ran.code == 0
    assert sum(told.stored for told in manifests(Lake.of(home))) == 3
