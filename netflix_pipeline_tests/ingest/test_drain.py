"""Events of the log into bronze: every one accounted for, once, as rows of files are."""

import base64
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from netflix_pipeline.contracts import contract
from netflix_pipeline.errors import BadInput
from netflix_pipeline.eventlog import POSITIONS, existing_log
from netflix_pipeline.ingest import (
    differences,
    drained,
    ingest_paths,
    ledger,
    log_batches,
    manifests,
)
from netflix_pipeline.ingest import reconciliation as comparing
from netflix_pipeline.ingest.batches import latest_receipt
from netflix_pipeline.ingest.drain import drain
from netflix_pipeline.ingest.quarantine import quarantined, replay
from netflix_pipeline.ingest.reconciliation import Agreement, agreement
from netflix_pipeline.lake import exclusive
from netflix_pipeline.lake.batch_ranges import outermost, ranges
from netflix_pipeline.materialize import DIMENSIONS, GOLD_DAILY, GOLD_ROLLUPS, SILVER, build
from netflix_pipeline.settings import Settings
from netflix_pipeline.status import home_status
from netflix_pipeline_tests.support.command import Command
from netflix_pipeline_tests.support.crashing import ROUNDS, SEED, next_moment
from netflix_pipeline_tests.support.crashing import run as run_and_die
from netflix_pipeline_tests.support.events import (
    NOW,
    Events,
    opened,
    recommendation,
    review,
    rows_of,
    search,
    watch,
)
from netflix_pipeline_tests.support.homes import copied

TODAY = NOW.date()


@pytest.fixture
def events(home: Settings) -> Iterator[Events]:
    with opened(home) as found:
        yield found


def test_events_are_stored_in_their_tables_with_their_request(events: Events) -> None:
    events.send(watch("e1"), search(), watch("e2"), at=NOW - timedelta(seconds=1))
    second = events.send(recommendation(), review(), watch("e3"))
    results = events.drain()
    assert {told.table: told.stored for told in results} == {
        "watch_events": 3,
        "search_events": 1,
        "recommendation_events": 1,
        "reviews": 1,
    }
    rows = events.stored()
    assert rows["event_id"].to_list() == ["e1", "e2", "e3"]
    assert rows["line"].to_list() == [POSITIONS, POSITIONS + 2, second * POSITIONS + 2]
    assert rows["received_at"].to_list() == [NOW - timedelta(seconds=1)] * 2 + [NOW]
    assert set(rows["source"]) == {"http"}
    assert events.lake.read("bronze/user_mentions")["user_id"].unique().to_list() == ["ann"]
    told = {told.table: told for told in manifests(events.lake)}["watch_events"]
    assert told.path == f"events:{events.log.id}"
    assert told.batch.startswith(f"events-{events.log.id}-")
    assert "." not in told.batch
    assert told.received_at == NOW
    assert drained(events.lake, events.log.id) == second
    assert events.ledger()["watch_events"] == (3, 3, 0, 0)


def test_a_drain_goes_on_where_the_last_one_ended(events: Events) -> None:
    assert events.drain() == []
    events.send(watch("e1"))
    events.drain()
    assert events.drain() == []
    events.send(search())
    assert {told.table: told.received for told in events.drain()} == {
        "search_events": 1,
        "watch_events": 0,
    }
    assert events.drain() == []
    assert events.stored()["event_id"].to_list() == ["e1"]
    assert not (events.settings.root / "drain.json").exists()


def test_the_same_event_again_is_a_duplicate_and_another_one_a_conflict(events: Events) -> None:
    events.send(watch("e1"), watch("e1"), watch("e1", watch_seconds=7))
    events.drain()
    events.send(watch("e1"), watch("e1", watch_seconds=8))
    events.drain()
    assert events.ledger() == {"watch_events": (5, 1, 2, 2)}
    assert events.stored()["watch_seconds"].to_list() == [600.0]
    assert set(map(tuple, events.reasons().values())) == {("conflicting_duplicate",)}
    waiting = quarantined(events.lake)
    assert json.loads(waiting["raw"][0])["watch_seconds"] == 7
    assert waiting["path"].to_list() == ["POST /events, request 1", "POST /events, request 2"]


@pytest.mark.parametrize("first", ["file", "http"])
def test_the_same_event_by_file_and_over_http_is_stored_once(
    events: Events, tmp_path: Path, first: str
) -> None:
    path = tmp_path / "a.ndjson"
    told = json.loads(watch("e1"))
    del told["type"]
    path.write_text(json.dumps({**told, "action": "stopped"}) + "\n")
    events.send(watch("e1"))
    if first == "file":
        ingest_paths(events.settings, [path], now=lambda: NOW)
        (result,) = events.drain()
    else:
        events.drain()
        (result,) = ingest_paths(events.settings, [path], now=lambda: NOW)
    assert (result.stored, result.duplicate) == (0, 1)
    assert events.stored().height == 1
    assert events.ledger() == {"watch_events": (2, 1, 1, 0)}


def test_an_event_just_before_midnight_and_its_duplicate_after_it(events: Events) -> None:
    late = watch("e1", event_time="2026-01-31T23:59:59.999Z")
    before = datetime(2026, 1, 31, 23, 59, 59, 999_000, tzinfo=UTC)
    events.send(late, at=before)
    events.send(late, watch("e1", event_time="2026-02-01T00:00:00Z"), at=NOW)
    results = events.drain()
    assert [(told.stored, told.duplicate) for told in results] == [(1, 0), (1, 1)]
    assert events.stored()["day"].to_list() == [date(2026, 1, 31), date(2026, 2, 1)]
    days = [told.day for told in ranges(events.lake.committed_batches())]
    assert days == [date(2026, 1, 31), date(2026, 2, 1)]
    assert events.lake.partitions("bronze/duplicates") == [TODAY]


def test_old_events_are_stored_and_tomorrows_wait(events: Events) -> None:
    tomorrow, old = NOW + timedelta(days=1), NOW - timedelta(days=400)
    at = events.send(
        watch("old", event_time=old.isoformat()),
        watch("tomorrow", event_time=tomorrow.isoformat()),
        watch("soon", event_time=(NOW + timedelta(minutes=59)).isoformat()),
    )
    events.drain()
    assert events.stored()["event_id"].to_list() == ["old", "soon"]
    assert events.lake.partitions("bronze/watch_events") == [old.date(), TODAY]
    assert events.reasons() == {at * POSITIONS + 1: ["event_time_in_future"]}


def test_each_row_is_judged_by_its_own_receipt(events: Events) -> None:
    late = NOW.replace(hour=23, minute=30)
    told = late.isoformat()
    events.send(watch("early", event_time=told))
    events.send(watch("right", event_time=told), at=late)
    events.drain(late)
    assert events.stored()["event_id"].to_list() == ["right"]
    assert list(events.reasons().values()) == [["event_time_in_future"]]


BAD = {
    "missing_event_id": watch(None),
    "missing_user_id": watch("b1", user_id=None),
    "user_id_too_long": watch("b2", user_id="u" * 65),
    "missing_title_id": watch("b3", title_id=None),
    "bad_event_time": watch("b4", event_time="yesterday"),
    "event_time_in_future": watch("b5", event_time="2026-02-02T10:00:00Z"),
    "negative_watch_seconds": watch("b6", watch_seconds=-1),
    "watch_too_long": watch("b7", watch_seconds=86_401),
    "progress_out_of_range": watch("b8", progress=1.5),
    "unknown_action": watch("b9", action="rewound"),
    "event_id_too_long": watch("e" * 65),
    "search_id_too_long": search("s" * 65),
    "negative_results_count": search("b10", results_count=-1),
    "bad_clicked_position": search("b11", clicked_position=0),
    "missing_clicked": recommendation("b12", clicked=None),
    "rating_out_of_range": review("b13", rating=6),
    "missing_rating": review("b14", rating=None),
    "conflicting_duplicate": watch("good1", watch_seconds=1),
    "unparsable_row": watch("b15", title_id={"a": "film"}),
}


def test_a_mixed_request_is_sorted_out_by_every_reason(events: Events) -> None:
    bad = list(BAD.values())
    at = events.send(watch("good1"), *bad, search("good2"), watch("good3"), watch("good1"))
    events.drain()
    expected = {at * POSITIONS + 1 + n: [reason] for n, reason in enumerate(BAD)}
    expected[at * POSITIONS + len(BAD)].append("missing_title_id")
    assert events.reasons() == expected
    raws = dict(quarantined(events.lake).select("line", "raw").iter_rows())
    assert [raws[line].encode() for line in expected] == bad
    assert events.stored()["event_id"].to_list() == ["good1", "good3"]
    assert events.stored("search_events")["search_id"].to_list() == ["good2"]
    received = [counts[0] for counts in events.ledger().values()]
    assert sum(received) == len(bad) + 4


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"not json",
        b"[1]",
        b"{}",
        b'{"type": 7}',
        b'{"type": "party", "user_id": "ann"}',
        b'{"type": "watch", "user_id": "ann"',
        b"\xff\xfe{",
        b'{"type": "watch", "user_id": "\xff"}',
        b'{"type": ["watch"]}',
        b"[" * 5000,
    ],
)
def test_what_is_no_event_waits_in_quarantine(events: Events, line: bytes) -> None:
    at = events.send(watch("e1"), line, watch("e2"))
    events.drain()
    assert events.reasons() == {at * POSITIONS + 1: ["unparsable_row"]}
    assert events.stored()["event_id"].to_list() == ["e1", "e2"]
    assert events.ledger() == {"watch_events": (3, 2, 0, 1)}
    done = replay(events.settings, quarantined(events.lake), now=lambda: NOW)
    assert done.stored == 0


def test_a_damaged_record_is_told_with_its_bytes(events: Events) -> None:
    for name in ("e1", "e2", "e3"):
        events.send(watch(name))
    path = events.settings.root / "events" / "log.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            'UPDATE log SET payload = ?, received = received * 2 WHERE "offset" = 2', (b"gone",)
        )
    events.drain()
    row = quarantined(events.lake).row(0, named=True)
    assert (row["reasons"], row["table"]) == (["damaged_record"], "watch_events")
    assert base64.b64decode(row["raw"]) == b"gone"
    assert row["received_at"] == NOW
    assert events.stored()["event_id"].to_list() == ["e1", "e3"]
    assert events.ledger() == {"watch_events": (3, 2, 0, 1)}
    assert events.lake.partitions("bronze/quarantine") == [TODAY]
    assert replay(events.settings, quarantined(events.lake), now=lambda: NOW).quarantined == 1


def test_much_is_taken_in_portions(events: Events, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_batches, "EVENTS", 5)
    for n in range(4):
        events.send(*(watch(f"e{n}-{k}") for k in range(3)))
    assert [told.received for told in events.drain()] == [3] * 4
    monkeypatch.setattr(log_batches, "EVENTS", 6)
    for n in range(4, 8):
        events.send(*(watch(f"e{n}-{k}") for k in range(3)))
    assert [told.received for told in events.drain()] == [6, 6]
    monkeypatch.setattr(log_batches, "BYTES", 10)
    for n in range(8, 11):
        events.send(watch(f"e{n}"), watch(f"f{n}"))
    assert [told.received for told in events.drain()] == [2, 2, 2]
    assert events.stored()["event_id"].n_unique() == 30
    assert events.ledger() == {"watch_events": (30, 30, 0, 0)}


def test_a_clock_that_steps_back_changes_the_day_back(events: Events) -> None:
    for n, day in enumerate((1, 2, 1, 2)):
        events.send(watch(f"e{n}"), at=datetime(2026, 2, day, 12, tzinfo=UTC))
    events.drain()
    days = [told.day.day for told in ranges(events.lake.committed_batches())]
    assert days == [1, 2, 1, 2]
    events.drain(NOW + timedelta(days=5))
    assert events.ledger() == {"watch_events": (4, 4, 0, 0)}


def test_a_log_that_began_anew_is_another_one(events: Events) -> None:
    events.send(watch("e1"))
    events.drain()
    first = events.log.id
    (events.settings.root / "events").rename(events.settings.root / "lost")
    with opened(events.settings) as again:
        assert again.log.id != first
        again.send(watch("e1"), watch("e2"))
        assert sum(told.stored for told in again.drain()) == 1
        assert again.ledger() == {"watch_events": (3, 2, 1, 0)}


def test_the_log_keeps_what_is_drained_for_two_hours(events: Events) -> None:
    events.send(watch("e1"))
    events.drain(NOW)
    second = events.send(watch("e2"), at=NOW + timedelta(hours=1))
    events.drain(NOW + timedelta(hours=1))
    assert events.log.first() == 1
    events.drain(NOW + timedelta(hours=2, seconds=1))
    assert events.log.first() == second
    events.send(watch("e3"), at=NOW)
    events.drain(NOW + timedelta(hours=2))
    assert events.stored()["event_id"].to_list() == ["e1", "e2", "e3"]


def test_a_clock_that_is_set_costs_the_log_nothing_and_keeps_nothing_for_ever(
    events: Events,
) -> None:
    fast, begin = timedelta(days=40), 1000.0

    def drained(at: datetime, seconds: float) -> int:
        drain(events.settings, events.log, now=lambda: at, steady=lambda: begin + seconds)
        return events.log.first()

    first = events.send(watch("e1"))
    assert drained(NOW, 0) == first
    events.send(watch("e2"), at=NOW + fast)
    assert drained(NOW + fast, 3) == first
    events.send(watch("e3"), at=NOW)
    assert drained(NOW + timedelta(seconds=6), 6) == first
    assert drained(NOW + timedelta(hours=1), 3600) == first
    # What came in by the clock that ran ahead goes with its neighbours.
    assert drained(NOW + timedelta(hours=3, minutes=1), 3 * 3600 + 60) > first + 2
    last = events.send(watch("e4"), at=NOW + timedelta(hours=4))
    assert drained(NOW + timedelta(hours=4), 4 * 3600) == last
    # After the machine began anew, only the time of day is left to tell.
    assert drained(NOW + timedelta(hours=5), -900) == last
    assert drained(NOW + timedelta(hours=6, minutes=1), 2700) == last + 1
    assert events.stored()["event_id"].to_list() == ["e1", "e2", "e3", "e4"]


def test_the_newest_receipt_is_none_of_a_time_to_come(events: Events) -> None:
    assert latest_receipt(events.lake) is None
    ahead = datetime.now(UTC) + timedelta(days=40)
    events.send(watch("e1"), at=ahead)
    events.drain(ahead)
    assert latest_receipt(events.lake) is None
    events.send(watch("e2"))
    events.drain()
    assert latest_receipt(events.lake) == NOW


def test_looking_for_a_log_makes_none(home: Settings) -> None:
    with existing_log(home) as log:
        assert log is None
    assert not home.root.exists()


DRAIN = """
import sys
from netflix_pipeline.eventlog import existing_log
from netflix_pipeline.ingest import drain
from netflix_pipeline.settings import Settings
with existing_log(Settings()) as log:
    print("ready", flush=True)
    sys.stdin.readline()
    print(len(drain(Settings(), log, waiting=lambda: print("waits", flush=True))))
"""


def test_of_two_drains_at_once_the_second_waits_and_finds_nothing(events: Events) -> None:
    for n in range(5):
        events.send(watch(f"e{n}"))
    drains = [
        subprocess.Popen(
            [sys.executable, "-c", DRAIN],
            env={**os.environ, **events.settings.environment()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    with exclusive(events.settings.root / "ingest.lock"):
        for process in drains:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            process.stdin.write("\n")
            process.stdin.flush()
            assert process.stdout.readline() == "waits\n"
    told = sorted(int(process.communicate(timeout=120)[0]) for process in drains)
    assert told == [0, 1]
    assert events.ledger() == {"watch_events": (5, 5, 0, 0)}


# -- killed ---------------------------------------------------------------------------------


def fill(events: Events) -> None:
    """What the drain that is killed finds: half of it drained before, in many batches."""
    for n in range(9):
        events.send(watch(f"e{n}"), search(f"s{n}"), watch(None, user_id=f"u{n}"), watch("e0"))
        events.drain()
    events.send(watch("f1"), review(), recommendation(), search("s9"), watch("e0"), b"nothing")
    events.send(watch("f2"), at=NOW + timedelta(days=1))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled")
    with opened(Settings(home=folder / "home")) as events:
        fill(events)
    return folder / "home"


def test_a_drain_that_was_killed_and_run_again_leaves_the_same(
    filled: Path, tmp_path: Path
) -> None:
    copied(filled, tmp_path / "peace")
    peace, count = Settings(home=tmp_path / "peace"), tmp_path / "count"
    assert run_and_die(peace, count, 0, 0, "drain") == 0
    moments = int(count.read_text())
    with opened(peace) as events:
        expected = rows_of(events)
        counts = events.ledger()
    for at in Random(SEED).sample(range(1, moments + 1), min(ROUNDS, moments)):
        settings = Settings(home=tmp_path / f"killed-{at}")
        copied(filled, settings.root)
        assert run_and_die(settings, count, at, 0, "drain") == -9
        with opened(settings) as events:
            events.ledger()
            Command(settings.root).ok("drain")
            assert events.ledger() == counts
            for table, rows in rows_of(events).items():
                assert_frame_equal(rows, expected[table])
            committed = events.lake.committed_batches()
            assert committed == outermost(committed)
            assert strays(events) == []


class CutOffError(BaseException):
    """The process ends here."""


def strays(events: Events) -> list[Path]:
    """Files of bronze that belong to no batch that stands."""
    standing = events.lake.standing_batches()
    return [
        path
        for path in (events.lake.root / "bronze").rglob("*")
        if path.is_file() and path.name.split(".", 1)[0] not in {*standing, "_revised"}
    ]


def cut_off_before(moment: int, patched: pytest.MonkeyPatch, home: Path) -> None:
    """From its so many-th renaming or removing of a file on, nothing works any more."""
    left = moment

    def dying(name: str) -> None:
        real = getattr(Path, name)

        def act(path: Path, *told: object, **more: object) -> object:
            nonlocal left
            if path.is_relative_to(home) and "events" not in path.relative_to(home).parts:
                left -= 1
                if left < 0:
                    raise CutOffError
            return real(path, *told, **more)

        patched.setattr(Path, name, act)

    for name in ("rename", "unlink"):
        dying(name)


def test_a_drain_cut_off_before_any_change_of_files_leaves_the_same_when_it_goes_on(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = NOW + timedelta(days=1)
    copied(filled, tmp_path / "peace")
    with opened(Settings(home=tmp_path / "peace")) as events:
        events.drain(at)
        expected, counts = rows_of(events), events.ledger()
    moment, cut = 0, True
    while cut:
        settings = Settings(home=tmp_path / "home")
        copied(filled, settings.root)
        with opened(settings) as events:
            cut = False
            with monkeypatch.context() as patched:
                cut_off_before(moment, patched, settings.root)
                try:
                    events.drain(at)
                except CutOffError:
                    cut = True
            events.ledger()
            if cut:
                # Whoever reads in between sees nothing twice.
                lines = events.stored()["line"]
                assert lines.n_unique() == lines.len()
                events.drain(at)
            assert events.ledger() == counts
            for table, rows in rows_of(events).items():
                assert_frame_equal(rows, expected[table])
            assert strays(events) == []
        shutil.rmtree(settings.root)
        moment = next_moment(moment, stride=3)
    assert moment > 30


# -- the ledger, canaries, what was counted as it came --------------------------------------

EVERYTHING = {*SILVER, *DIMENSIONS, *GOLD_DAILY, *GOLD_ROLLUPS}


def built(events: Events) -> None:
    for told in build(events.lake, EVERYTHING, None, only_pending=True):
        assert told.violations.is_empty(), told


def test_events_are_in_the_ledger_of_the_day_on_which_they_came(events: Events) -> None:
    events.send(watch("e1"), watch("e1"), watch(None), at=NOW)
    events.send(watch("e2"), watch("e3"), at=NOW + timedelta(days=1))
    events.drain(NOW + timedelta(days=1))
    built(events)
    columns = ["source", "table", "received", "stored", "duplicate", "quarantined", "in_plays"]
    rows = {
        day.day: events.lake.read("gold/ledger_daily", day).select(columns).rows()
        for day in events.lake.partitions("gold/ledger_daily")
    }
    assert rows == {
        1: [("http", "watch_events", 3, 1, 1, 1, 1)],
        2: [("http", "watch_events", 2, 2, 0, 0, 2)],
    }


def test_a_file_that_is_lost_is_missing_in_the_ledger(events: Events) -> None:
    events.send(watch("e1"), watch("e2"), search())
    events.drain()
    (file,) = events.lake.batch_files("bronze/watch_events", TODAY)
    file.unlink()
    missing = differences(ledger(events.lake, manifests(events.lake)))
    assert missing.select("table", "missing").rows() == [("watch_events", 2)]


def test_canaries_are_stored_and_never_counted(events: Events) -> None:
    canary = {"user_id": "~canary"}
    events.send(watch("e1"), search(), review(), recommendation())
    events.send(
        watch("c1", title_id="~canary", **canary),
        watch("c2", **canary, event_time="2026-01-15T10:00:00Z"),
        search("c3", **canary),
        recommendation("c4", title_id="~canary", **canary),
        review("c5", title_id="~canary", **canary),
    )
    events.drain()
    built(events)
    assert events.stored()["event_id"].to_list() == ["e1", "c1", "c2"]
    ((canaries, in_plays),) = (
        events.lake.read("gold/ledger_daily", TODAY)
        .filter(pl.col("table") == "watch_events")
        .select("canary", "in_plays")
        .rows()
    )
    assert (canaries, in_plays) == (2, 1)
    for table in EVERYTHING - {"gold/ledger_daily"}:
        whole = contract(table).partition == "whole"
        for day in [None] if whole else events.lake.partitions(table):
            rows = events.lake.read(table, day)
            if contract(table).partition == "day":
                assert rows.is_empty() or day == TODAY, table
            for column in rows.select(pl.col(pl.String)).iter_columns():
                assert not (column == "~canary").any(), (table, column.name)
    (searched,) = events.lake.read("gold/search_daily", TODAY).select("searches").rows()
    assert searched == (1,)
    assert events.lake.read("silver/reviews", TODAY).height == 1
    assert events.lake.read("silver/recommendations", TODAY).height == 1


def agreed(events: Events) -> Agreement:
    return agreement(events.lake, events.log, NOW)[TODAY]


def test_what_was_counted_as_it_came_is_what_was_stored(events: Events, tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    known = {**json.loads(watch("known")), "action": "stopped"}
    path.write_text(
        "".join(json.dumps(told) + "\n" for told in (known, {**known, "event_id": "x"}))
    )
    ingest_paths(events.settings, [path], now=lambda: NOW)
    events.send(watch("e1"), watch("e1"), watch("e1", watch_seconds=5), watch("e2"), search())
    events.send(watch("known"), watch("x", watch_seconds=1), watch(None), watch("p", kind="promo"))
    events.send(watch("c", user_id="~canary"), watch("no time", watch_seconds=None), b"nothing")
    events.drain()
    events.send(watch("not drained yet"))
    hours = 1200 / 3600
    agrees = agreed(events)
    assert (agrees.live_events, agrees.batch_events) == (5, 3)
    assert (agrees.explained, agrees.unexplained) == (2, 0)
    assert agrees.batch_hours == pytest.approx(hours)
    assert agrees.live_hours == pytest.approx(hours + 601 / 3600)


@pytest.mark.parametrize("lost", ["file", "row", "seconds"])
def test_what_is_not_stored_as_it_came_is_told(events: Events, lost: str) -> None:
    events.send(watch("e1"), watch("e2"), watch("e1"))
    events.drain()
    assert agreed(events).unexplained == 0
    (file,) = events.lake.batch_files("bronze/watch_events", TODAY)
    rows = pl.read_parquet(file, hive_partitioning=False, glob=False)
    match lost:
        case "file":
            file.unlink()
        case "row":
            rows.filter(pl.col("event_id") == "e1").write_parquet(file)
        case "seconds":
            rows.with_columns(watch_seconds=pl.lit(1.0)).write_parquet(file)
    assert agreed(events).unexplained == {"file": 2, "row": 1, "seconds": 2}[lost]


def test_of_a_long_log_the_newest_events_are_looked_at(
    events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(6):
        events.send(watch(f"e{n}"), watch("e0"))
    events.drain()
    monkeypatch.setattr(comparing, "STEP", 2)
    assert agreed(events).live_events == 6
    monkeypatch.setattr(comparing, "MOST_EVENTS", 5)
    agrees = agreed(events)
    # Four requests, and the event that was known before them.
    assert (agrees.live_events, agrees.batch_events, agrees.explained) == (5, 4, 1)
    assert agrees.unexplained == 0


def test_an_empty_log_has_nothing_to_agree_with(events: Events) -> None:
    assert agreement(events.lake, events.log, NOW) == {}
    events.send(search())
    events.drain()
    assert agreement(events.lake, events.log, NOW) == {}


# -- quarantine -----------------------------------------------------------------------------


def test_a_row_whose_time_has_come_is_stored_with_its_own_receipt(events: Events) -> None:
    events.send(watch("early", event_time="2026-02-01T09:00:00Z"), at=NOW - timedelta(hours=3))
    soon = {"event_time": "2026-02-01T14:00:00Z"}
    at = events.send(watch("e1", **soon), watch("e1", **soon), watch(None, **soon))
    events.send(watch("last"), at=NOW + timedelta(minutes=1))
    events.drain()
    done = replay(events.settings, quarantined(events.lake), now=lambda: NOW + timedelta(days=1))
    assert (done.stored, done.duplicate, done.quarantined) == (1, 1, 1)
    row = events.stored().filter(pl.col("event_id") == "e1").row(0, named=True)
    assert (row["received_at"], row["line"], row["source"]) == (NOW, at * POSITIONS, "http")
    again = events.lake.read("bronze/duplicates", TODAY).row(0, named=True)
    assert (again["received_at"], again["line"]) == (NOW, at * POSITIONS + 1)
    assert list(events.reasons()) == [at * POSITIONS + 2]
    assert events.ledger() == {"watch_events": (5, 3, 1, 1)}


def test_events_in_other_words_are_read_by_a_mapping(events: Events, tmp_path: Path) -> None:
    told = {"type": "watch", "id": "e1", "who": "ann", "what": "film", "mins": 5, "at": "31.1.2026"}
    events.send(json.dumps(told).encode(), json.dumps({**told, "id": None}).encode())
    events.drain()
    assert len(events.reasons()) == 2
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        '[columns]\nevent_id = "id"\nuser_id = "who"\ntitle_id = "what"\nwatch_seconds = "mins"\n'
        '[columns.event_time]\ncolumn = "at"\nformat = "%d.%m.%Y"\n'
    )
    command = Command(events.settings.root)
    listed = command.ok("quarantine", "list", "--source", "http", "--json").json
    assert listed["rows"] == 2
    name = listed["newest"][-1]["quarantine_id"]
    assert "POST /events, request 1" in command.ok("quarantine", "show", name).out
    command.ok("quarantine", "export", tmp_path / "rows.ndjson", "--source", "http")
    assert len((tmp_path / "rows.ndjson").read_text().splitlines()) == 2
    done = command.ok("quarantine", "replay", "--mapping", mapping, "--json").json
    assert (done["stored"], done["quarantined"]) == (1, 1)
    assert events.stored()["event_id"].to_list() == ["e1"]
    assert events.ledger() == {"watch_events": (2, 1, 0, 1)}
    again = command.ok("quarantine", "replay", "--mapping", mapping, "--json").json
    assert again["stored"] == 0


def test_a_row_of_another_log_is_not_in_quarantine(events: Events) -> None:
    events.send(watch(None))
    events.drain()
    (name,) = quarantined(events.lake)["quarantine_id"]
    other = name.replace(events.log.id, "0" * 12)
    with pytest.raises(BadInput, match="0" * 12):
        quarantined(events.lake, ids=[other])


# -- the command ----------------------------------------------------------------------------


def test_the_command_takes_in_what_there_is(events: Events) -> None:
    command = Command(events.settings.root)
    events.send(watch("e1", event_time="2026-02-01T10:00:00Z"), watch(None), search())
    told = command.ok("drain", "--json").json
    assert told["total"] == {
        "received": 3,
        "stored": 2,
        "duplicate": 0,
        "quarantined": 1,
        "erased": 0,
    }
    assert {batch["table"] for batch in told["batches"]} == {"watch_events", "search_events"}
    assert "no events wait" in command.ok("drain").out
    events.send(watch("e2"))
    ran = command.ok("drain")
    assert "watch_events" in ran.out
    assert "netflix-pipeline materialize" in ran.out


def test_the_command_makes_no_log(home: Settings) -> None:
    command = Command(home.root)
    assert command.ok("drain", "--json").json["total"]["received"] == 0
    assert not (home.root / "events").exists()


def test_materialize_takes_events_in_before(events: Events) -> None:
    command = Command(events.settings.root)
    events.send(watch("e1"))
    built = command.ok("materialize", "--json").json
    assert built["rows"]["silver/plays"] == 1
    events.send(watch("e2"))
    command.ok("materialize", "--from", "2026-02-01", "--json")
    assert drained(events.lake, events.log.id) == 1


def test_status_tells_how_many_requests_wait(events: Events) -> None:
    events.send(watch("e1"))
    events.send(watch("e2"))
    told = home_status(events.settings)["events"]
    assert told == {"log": events.log.id, "requests": 2, "drained": 0}
    events.drain()
    assert home_status(events.settings)["events"]["drained"] == 2


def test_repeats_from_among_many_requests_are_known(events: Events) -> None:
    for name in "abc":
        events.send(watch(name))
        events.drain()
    events.send(watch("a"), watch("c"), watch("d", event_time="2026-01-31T10:00:00Z"))
    (result,) = events.drain()
    assert (result.received, result.stored, result.duplicate) == (3, 1, 2)
    events.send(watch("e"))
    assert events.drain()[0].stored == 1
    assert events.ledger() == {"watch_events": (7, 5, 2, 0)}
