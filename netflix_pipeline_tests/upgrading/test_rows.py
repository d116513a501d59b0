"""Rows that the first release stored get the identities of this one: once, exactly, as one."""

import shutil
import tarfile
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from netflix_pipeline.contracts import contract
from netflix_pipeline.ingest import differences, ledger, manifests, renewed
from netflix_pipeline.ingest.validation_rules import payload
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize import GOLD_DAILY, GOLD_ROLLUPS, SILVER
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.command import Command
from netflix_pipeline_tests.support.crashing import next_moment
from netflix_pipeline_tests.support.dying_step import left, lived
from netflix_pipeline_tests.support.homes import copied
from netflix_pipeline_tests.upgrading.keep_rows import (
    EVENTS,
    FILES,
    NEWER,
    ROWS,
    household,
    lay_down,
)

BRONZE = ("watch_events", "search_events", "recommendation_events", "reviews", "users", "titles")
NETFLIX = "netflix-viewing-activity"
TOLD = "stored rows get the ids of this release"


@pytest.fixture
def old(home: Settings) -> Settings:
    """The kept home, where the test's own is."""
    with tarfile.open(ROWS) as packed:
        packed.extractall(home.root.parent, filter="tar")
    return home


def stored(home: Settings, name: str) -> pl.DataFrame:
    """What rows of a bronze table tell, in the order of their keys."""
    lake, table = Lake.of(home), contract(f"bronze/{name}")
    days = lake.partitions(table.table) if table.partition == "day" else [None]
    rows = pl.concat([table.empty(), *(lake.read(table.table, day) for day in days)])
    return rows.select(payload(name)).sort(pl.all())


def counts(home: Settings) -> dict[str, int]:
    """The ledger of all batches; none of them differs."""
    lake = Lake.of(home)
    told = ledger(lake, manifests(lake))
    assert differences(told).is_empty()
    assert all(
        (told["stored"], told["duplicate"], told["quarantined"])
        == (row["stored"], row["duplicate"], row["quarantined"])
        for told, row in zip(
            [vars(each) for each in sorted(manifests(lake), key=lambda told: told.batch)],
            told.sort("batch").iter_rows(named=True),
            strict=True,
        )
        if told["source"] == NETFLIX
    )
    return (
        told.select("received", "stored", "duplicate", "quarantined", "erased")
        .sum()
        .row(0, named=True)
    )


def everything(home: Settings) -> dict[str, pl.DataFrame]:
    """All of bronze as it counts, with where each row came from."""
    lake = Lake.of(home)
    found = {}
    for name in (*BRONZE, "quarantine", "duplicates", "user_mentions", "title_mentions"):
        table = contract(f"bronze/{name}")
        days = lake.partitions(table.table) if table.partition == "day" else [None]
        rows = pl.concat([table.empty(), *(lake.read(table.table, day) for day in days)])
        found[name] = rows.sort([column for column in ("batch", "line") if column in rows.columns])
    return found


def lying(home: Settings) -> int:
    """A digest of all that lies in a home; drafts have another name each time."""
    return hash(
        frozenset(
            (
                "" if path.suffix == ".tmp" else str(path.relative_to(home.root)),
                path.read_bytes() if path.is_file() else b"",
            )
            for path in home.root.rglob("*")
        )
    )


def _files(root: Path) -> set[str]:
    """All that lies in a home but drafts, which have another name each time."""
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.suffix != ".tmp"}


def same(one: dict[str, pl.DataFrame], other: dict[str, pl.DataFrame]) -> bool:
    return all(one[name].equals(other[name]) for name in one)


def take(home: Settings, paths: Sequence[Path]) -> None:
    for path in paths:
        Command(home.root).ok("ingest", path, *household(path))


def test_ids_are_those_of_today_and_nothing_is_lost(
    old: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    before = counts(old)
    rows = stored(old, "watch_events")
    assert {" e1", "e1", " h1 "} <= set(rows["event_id"])

    take(old, lay_down(old.root.parent, {"users.csv": FILES["users.csv"]}))

    assert TOLD in caplog.text
    caplog.clear()
    after = counts(old)
    assert after["received"] == before["received"] + 4
    rows = stored(old, "watch_events")
    for column in ("event_id", "user_id", "title_id"):
        assert not rows[column].str.contains(r"^\s|\s$|^$|(?i)^(null|none|nan|undefined)$").any()
    assert {"e1", "e2", "e3", "h1", "h3"} <= set(rows["event_id"])
    assert rows.filter(event_id="e2")["watch_seconds"].to_list() == [600]
    assert rows.filter(event_id="h1").height == 1
    reasons = set(everything(old)["quarantine"]["reasons"].explode())
    assert {
        "missing_user_id",
        "missing_title_id",
        "missing_event_id",
        "conflicting_duplicate",
    } <= reasons
    Command(old.root).ok("drain")
    assert TOLD not in caplog.text


def test_the_same_and_a_newer_download_make_what_a_fresh_home_has(
    old: Settings, tmp_path: Path
) -> None:
    paths = lay_down(tmp_path / "files", FILES)
    newer = lay_down(tmp_path / "files", NEWER)
    take(old, [*paths, *newer])
    fresh = Settings(home=tmp_path / "fresh")
    take(fresh, [*paths, *newer])
    sent = lay_down(tmp_path / "files", {"events.csv": _as_csv()})
    take(fresh, sent)
    take(old, sent)

    for name in BRONZE:
        kept, made = stored(old, name), stored(fresh, name)
        if name in ("users", "titles"):
            kept, made = (rows.unique().sort(pl.all()) for rows in (kept, made))
        assert_frame_equal(kept, made)
    counts(old)
    for home in (old, fresh):
        Command(home.root).ok("materialize")
    for table in (*SILVER, *GOLD_DAILY, *GOLD_ROLLUPS):
        if table in ("silver/quarantine", "gold/ledger_daily", "gold/arrival_daily"):
            continue
        assert_frame_equal(_built(old, table), _built(fresh, table), check_exact=False)
    again = Command(old.root).ok("materialize", "--json").json
    assert again["days"] == []


def _as_csv() -> str:
    """The events that came over HTTP, as a file: those that can be taken."""
    names = ("event_id", "user_id", "title_id", "event_time", "watch_seconds")
    kept = [told for told in EVENTS if told["event_id"] in ("h1", "h3", " h1 ")]
    return "\n".join([",".join(names), *(",".join(str(told[n]) for n in names) for told in kept)])


def _built(home: Settings, table: str) -> pl.DataFrame:
    lake = Lake.of(home)
    parts: Sequence[Any] = [None]
    if contract(table).partition != "whole":
        parts = lake.partitions(table)
    lineage = {"source", "received_at", "batch", "line", "last_received_at"}
    rows = pl.concat([contract(table).empty(), *(lake.read(table, part) for part in parts)])
    return rows.select(pl.exclude(*lineage)).sort(pl.all())


def test_what_the_file_still_tells_is_known_at_once(old: Settings) -> None:
    renewed(old)
    before = stored(old, "watch_events").filter(pl.col("user_id") == "hofer/Eva")
    assert before.height == 1
    shutil.copytree(old.root / "landed" / "hofer", old.root.parent / "hofer")

    take(old, [old.root.parent / "hofer" / "ViewingActivity.csv"])

    after = stored(old, "watch_events").filter(pl.col("user_id") == "hofer/Eva")
    assert after.height == 2
    assert before["event_id"].is_in(after["event_id"].implode()).all()


def test_a_duplicate_goes_on_to_name_the_row_that_it_repeats(old: Settings) -> None:
    renewed(old)
    lake = Lake.of(old)
    rows = everything(old)
    repeats = rows["duplicates"].filter(pl.col("table") == "watch_events")
    assert repeats.height > 3
    for identity, day in repeats.select("identity", "identity_date").iter_rows():
        known = lake.read("bronze/watch_events", day, ["event_id"])["event_id"]
        waiting = rows["quarantine"]["identity"]
        assert identity in known.to_list() or identity in waiting.to_list() or identity is None


def test_rows_that_wait_are_read_again_as_they_were_stored(old: Settings) -> None:
    renewed(old)
    before = counts(old)

    told = Command(old.root)("quarantine", "replay")

    assert "Traceback" not in told.err
    assert counts(old) == before


def test_killed_at_any_moment_it_is_old_or_new_and_the_next_finishes_it(
    old: Settings, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    copied(old.root, kept)
    before = everything(old)
    states = left(
        lambda: renewed(old), old.root, tmp_path / "left", partial(next_moment, stride=11)
    )
    after = everything(old)
    assert not same(before, after)
    died, seen, known = len(states), set(), set()
    for at, state in states.items():
        shutil.rmtree(old.root)
        copied(state, old.root)
        # Of many a moment nothing else lies there than of one before.
        if (told := lying(old)) not in known:
            known.add(told)
            found = everything(old)
            is_new = same(found, after)
            assert is_new or same(found, before), at
            seen.add(is_new)
            counts(old)
            renewed(old)
            assert same(everything(old), after), at
    # Whoever is really killed leaves the same.
    at = [*states][died // 2]
    shutil.rmtree(old.root)
    copied(kept, old.root)
    assert not lived(lambda: renewed(old), old.root, at)
    died_there = everything(old), _files(old.root)
    shutil.rmtree(old.root)
    copied(states[at], old.root)
    assert same(everything(old), died_there[0])
    assert _files(old.root) == died_there[1]
    renewed(old)
    assert died > 20
    assert seen == {True, False}
    assert not [path for path in (old.lake / "bronze").glob("_revision*") if path.is_dir()]


def test_who_reads_meanwhile_sees_all_of_it_or_nothing(old: Settings, tmp_path: Path) -> None:
    lake = Lake.of(old)
    days = lake.partitions("bronze/watch_events")
    kept = tmp_path / "kept"
    shutil.copytree(old.root, kept)
    renewed(old)
    known = {day: [lake.read("bronze/watch_events", day)] for day in days}
    shutil.rmtree(old.root)
    shutil.copytree(kept, old.root)
    for day in days:
        known[day].append(lake.read("bronze/watch_events", day))
    ended, wrong = threading.Event(), []

    def read() -> None:
        while not ended.is_set():
            for day in days:
                rows = lake.read("bronze/watch_events", day)
                if not any(rows.equals(other) for other in known[day]):
                    wrong.append((day, rows))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    renewed(old)
    ended.set()
    for reader in readers:
        reader.join()
    assert not wrong


def test_a_file_that_cannot_be_read_is_left_and_told(
    old: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    lake = Lake.of(old)
    day = lake.partitions("bronze/watch_events")[0]
    file = lake.batch_files("bronze/watch_events", day)[0]
    whole = file.read_bytes()
    file.write_bytes(whole[:-20])

    Command(old.root)("drain")

    assert file.name in caplog.text
    assert TOLD in caplog.text
    file.write_bytes(whole)
    caplog.clear()
    Command(old.root)("drain")
    assert TOLD in caplog.text
    caplog.clear()
    Command(old.root)("drain")
    assert not caplog.text
    counts(old)
