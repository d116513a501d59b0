from pathlib import Path
from typing import Any

import duckdb
import pytest

from netflix_pipeline.contracts.outcomes import PROCESSING_FAILED
from netflix_pipeline.serving import BadCursor, Period, Snapshot, Snapshots, Source, publish
from netflix_pipeline.serving.questions.quality import (
    ChecksQuestion,
    KeptSnapshotsQuestion,
    LedgerQuestion,
)
from netflix_pipeline.serving.questions.quarantine import QuarantinedRow, QuarantineQuestion
from netflix_pipeline_tests.support.arrivals import SEARCH, WATCH, arrive, quarantine
from netflix_pipeline_tests.support.three_days import FRIDAY, MONDAY, TUESDAY, three_days
from netflix_pipeline_tests.support.world import World, noon


def arrivals(world: World) -> World:
    """Arrivals on Monday and Tuesday; nothing is missing."""
    arrive(world, MONDAY, [(*WATCH, 1, 10, 7, 1, 2, 0, 6), (*SEARCH, 1, 3, 2, 0, 1, 0, 0)])
    arrive(world, TUESDAY, [(*WATCH, 2, 5, 4, 0, 1, 0, 4)])
    quarantine(
        world,
        MONDAY,
        [
            {"line": 2, "reasons": ["missing_user_id"], "identity": "e-2"},
            {"line": 9, "reasons": ["missing_user_id", "watch_too_long"]},
            {
                "line": 9,
                "reasons": ["bad_clicked_position"],
                "table": "search_events",
                "source": "native-search-events",
            },
        ],
    )
    quarantine(world, TUESDAY, [{"line": 1, "reasons": ["watch_too_long"], "raw": "ü" * 5000}])
    return world


@pytest.fixture
def arrived(world: World) -> World:
    return arrivals(world)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Source:
    """Snapshots of them, that are only read."""
    root = tmp_path_factory.mktemp("quality")
    publish(arrivals(three_days(root / "lake")).lake, root / "serving")
    return Snapshots(root / "serving")


def ids(source: Source, **asked: Any) -> list[str]:
    return [row.id for row in source.ask(QuarantineQuestion(**asked)).data.rows]


def test_the_ledger_tells_each_day_source_and_table_newest_first(told: Source) -> None:
    ledger = told.ask(LedgerQuestion(Period(from_=MONDAY, to=TUESDAY))).data
    assert [(row.day, row.source, row.table, row.received) for row in ledger.days] == [
        (TUESDAY, *WATCH, 5),
        (MONDAY, *SEARCH, 3),
        (MONDAY, *WATCH, 10),
    ]
    totals = ledger.totals
    assert (totals.received, totals.stored, totals.quarantined, totals.batches) == (18, 13, 4, 4)
    assert (totals.missing, ledger.adds_up) == (0, True)


def test_the_ledger_is_filtered_by_period_source_and_table(told: Source) -> None:
    monday = Period(from_=MONDAY, to=MONDAY)
    assert told.ask(LedgerQuestion(monday)).data.totals.received == 13
    assert told.ask(LedgerQuestion(source=WATCH[0])).data.totals.received == 15
    assert told.ask(LedgerQuestion(monday, table="search_events")).data.totals.received == 3
    assert told.ask(LedgerQuestion(source=WATCH[0], table="search_events")).data.days == ()


def test_rows_lost_here_and_doubled_there_do_not_add_up(world: World, folder: Path) -> None:
    arrive(world, MONDAY, [(*WATCH, 1, 10, 8, 0, 0, 1, 8), (*SEARCH, 1, 3, 4, 0, 0, 0, 0)])
    publish(world.lake, folder)
    ledger = Snapshots(folder).ask(LedgerQuestion()).data
    assert [row.missing for row in ledger.days] == [-1, 1]
    assert (ledger.totals.missing, ledger.adds_up) == (0, False)


def test_without_a_period_the_days_end_with_the_newest_arrival(told: Source) -> None:
    assert told.current().info.data_to == FRIDAY
    for period in (told.ask(LedgerQuestion()).period, told.ask(QuarantineQuestion()).period):
        assert period is not None
        assert (period.to, period.days) == (TUESDAY, 28)


def test_before_anything_arrived_both_are_empty(source: Source) -> None:
    assert source.ask(LedgerQuestion()).data.days == ()
    assert source.ask(LedgerQuestion()).data.adds_up
    found = source.ask(QuarantineQuestion())
    assert (found.data.waiting, found.data.rows, found.next) == (0, (), None)


def test_quarantined_rows_come_newest_first_with_all_that_is_known(told: Source) -> None:
    assert ids(told) == [f"{TUESDAY}-1:1", f"{MONDAY}-1:9", f"{MONDAY}-1:9", f"{MONDAY}-1:2"]
    last = told.ask(QuarantineQuestion()).data.rows[-1]
    assert last.model_dump() == {
        "id": f"{MONDAY}-1:2",
        "table": "watch_events",
        "reasons": ("missing_user_id",),
        "identity": "e-2",
        "raw": "row 2",
        "path": "events.csv",
        "source": "native-watch-events",
        "received_at": noon(MONDAY),
    }


def test_reasons_are_counted_over_all_pages(told: Source) -> None:
    data = told.ask(QuarantineQuestion(limit=1)).data
    assert len(data.rows) == 1
    assert data.waiting == 4
    assert [(one.reason, one.rows) for one in data.reasons] == [
        ("missing_user_id", 2),
        ("watch_too_long", 2),
        ("bad_clicked_position", 1),
    ]


@pytest.mark.parametrize(
    ("asked", "lines"),
    [
        ({"reason": "watch_too_long"}, [1, 9]),
        ({"reason": "watch_too_long", "period": Period(from_=MONDAY, to=MONDAY)}, [9]),
        ({"source": "native-search-events"}, [9]),
        ({"table": "watch_events"}, [1, 9, 2]),
        ({"reason": "nothing"}, []),
    ],
)
def test_quarantine_is_filtered(told: Source, asked: dict[str, Any], lines: list[int]) -> None:
    found = told.ask(QuarantineQuestion(**asked)).data
    assert [int(row.id.rsplit(":")[-1]) for row in found.rows] == lines
    assert found.waiting == len(lines)


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_pages_of_quarantine_hold_every_row_once(told: Source, limit: int) -> None:
    found: list[QuarantinedRow] = []
    cursor = None
    while True:
        page = told.ask(QuarantineQuestion(limit=limit, cursor=cursor))
        found += page.data.rows
        cursor = page.next
        if cursor is None:
            break
    assert tuple(found) == told.ask(QuarantineQuestion()).data.rows
    assert len(found) == 4


def test_a_page_goes_on_after_the_row_at_its_edge_was_replayed(
    told: Source, arrived: World, folder: Path
) -> None:
    before, cursor = ids(told), told.ask(QuarantineQuestion(limit=1)).next
    quarantine(arrived, TUESDAY, [])
    publish(arrived.lake, folder)
    assert ids(Snapshots(folder), cursor=cursor) == before[1:]


@pytest.mark.parametrize("cursor", ["abc", "WyJxdWFyYW50aW5lIiwxXQ", "W10"])
def test_a_cursor_of_another_list_is_refused(told: Source, cursor: str) -> None:
    with pytest.raises(BadCursor):
        told.ask(QuarantineQuestion(cursor=cursor))


def test_the_text_of_a_row_is_cut(arrived: World, folder: Path) -> None:
    snapshot = Snapshot(publish(arrived.lake, folder).path)
    assert snapshot.ask(QuarantineQuestion(limit=1)).data.rows[0].raw == "ü" * 1000
    assert snapshot.rows("SELECT max(length(raw)) AS longest FROM quarantine") == [
        {"longest": 1000}
    ]


def test_a_day_that_was_replayed_loses_its_rows_by_a_patch(arrived: World, folder: Path) -> None:
    publish(arrived.lake, folder)
    assert Snapshots(folder).ask(QuarantineQuestion()).data.waiting == 4
    quarantine(arrived, MONDAY, [])
    published = publish(arrived.lake, folder)
    assert (published.full, published.days_changed) == (False, 1)
    assert ids(Snapshots(folder)) == [f"{TUESDAY}-1:1"]


def test_checks_count_what_keeps_its_contract_and_name_what_is_stale(
    arrived: World, folder: Path
) -> None:
    publish(arrived.lake, folder)
    source = Snapshots(folder)
    told = source.ask(ChecksQuestion()).data
    assert told.passed
    assert not told.stale
    plays = next(table for table in told.tables if table.table == "silver/plays")
    assert (plays.parts, plays.rows, plays.stale) == (3, 7, 0)
    arrived.lake.mark_stale("silver/plays", MONDAY, "its contract was broken")
    arrived.lake.mark_stale("silver/users", None, "silver/plays changed")
    assert publish(arrived.lake, folder).fresh  # though no row of it changed
    assert not publish(arrived.lake, folder).fresh
    told = Snapshots(folder).ask(ChecksQuestion()).data
    assert not told.passed
    assert [(part.table, part.day, part.reason) for part in told.stale] == [
        ("silver/users", None, "silver/plays changed"),
        ("silver/plays", MONDAY, "its contract was broken"),
    ]
    assert {table.table: table.stale for table in told.tables if table.stale} == {
        "silver/plays": 1,
        "silver/users": 1,
    }


def test_checks_tell_that_rows_are_missing_on_any_day(arrived: World, folder: Path) -> None:
    arrive(arrived, FRIDAY, [(*WATCH, 1, 9, 5, 1, 1, 0, 0)])
    publish(arrived.lake, folder)
    told = Snapshots(folder).ask(ChecksQuestion()).data
    assert (told.passed, told.ledger_adds_up) == (False, False)


def test_checks_count_the_rows_at_which_code_failed(arrived: World, folder: Path) -> None:
    publish(arrived.lake, folder)
    assert Snapshots(folder).ask(ChecksQuestion()).data.failed_rows == 0
    failed = [{"line": n, "reasons": ["bad_country", PROCESSING_FAILED]} for n in (1, 2)]
    quarantine(arrived, FRIDAY, [*failed, {"line": 3, "reasons": ["watch_too_long"]}])
    publish(arrived.lake, folder)
    told = Snapshots(folder).ask(ChecksQuestion()).data
    assert (told.passed, told.ledger_adds_up, told.failed_rows) == (False, True, 2)


def test_a_snapshot_of_before_stale_days_were_told_is_read_and_built_upon(
    arrived: World, folder: Path
) -> None:
    path = publish(arrived.lake, folder).path
    with duckdb.connect(str(path)) as sql:
        sql.execute("DROP TABLE held.stale")
    assert Snapshots(folder).ask(ChecksQuestion()).data.passed
    arrived.lake.mark_stale("silver/plays", MONDAY, "its contract was broken")
    published = publish(arrived.lake, folder)
    assert (published.fresh, published.full, published.note) == (True, False, None)
    assert len(Snapshots(folder).ask(ChecksQuestion()).data.stale) == 1


def test_a_snapshot_of_before_fields_were_counted_is_read(arrived: World, folder: Path) -> None:
    path = publish(arrived.lake, folder).path
    with duckdb.connect(str(path)) as sql:
        sql.execute("CREATE TABLE before AS SELECT * EXCLUDE field_left_out FROM ledger_daily")
        sql.execute("CREATE OR REPLACE VIEW ledger_daily AS FROM before")
    assert Snapshots(folder).ask(LedgerQuestion(None, None, None)).data.totals.field_left_out == 0


def test_the_snapshots_on_disk_are_told_newest_first(arrived: World, folder: Path) -> None:
    for _ in range(4):
        path = publish(arrived.lake, folder, full=True, keep=2).path
    last, before = Snapshots(folder).ask(KeptSnapshotsQuestion()).data
    assert (last.version, last.current, last.bytes) == (4, True, path.stat().st_size)
    assert (before.version, before.current) == (3, False)
    assert before.published_at <= last.published_at
