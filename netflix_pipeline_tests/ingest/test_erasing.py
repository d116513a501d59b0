"""Persons leave bronze: whatever is theirs goes, all else stays, and the ledger is exact."""

import base64
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from netflix_pipeline.contracts import contracts
from netflix_pipeline.ingest import differences, ingest_paths, ledger, manifests
from netflix_pipeline.ingest import erasing as room
from netflix_pipeline.ingest.batches import BATCH_OF_ROW
from netflix_pipeline.ingest.erasing import ErasedRows, erase_bronze
from netflix_pipeline.ingest.quarantine import quarantined, replay
from netflix_pipeline.lake import Lake
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.events import opened, recommendation, review, search, watch
from netflix_pipeline_tests.support.homes import copied
from netflix_pipeline_tests.support.watch_csv import NOW, event, write

ANN = "ann-1"
LATER = NOW + timedelta(hours=1)
BRONZE = [name for name, told in contracts().items() if told.stage == "bronze"]


@pytest.fixture
def lake(home: Settings) -> Lake:
    return Lake.of(home)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with rows of two people of every kind, from files and over HTTP."""
    folder = tmp_path_factory.mktemp("filled")
    home = Settings(home=folder / "home")
    rows = [
        event("ann-e1", ANN, "only-anns"),
        event("ann-e2", ANN, time="2026-01-30T20:00:00Z"),
        event("bob-e1", "bob", "film"),
        event("ann-e1", ANN, "only-anns"),  # a duplicate
        event("ann-e2", ANN, time="2026-01-30T20:00:00Z", seconds="1"),  # a conflict
        event("ann-e3", ANN, seconds="-1"),
        event("bob-e3", "bob", seconds="-1"),
        f"ann-e4,{ANN},film",  # no row
        "bob-e4,bob,film",
        event("bob-e1", "bob", "film"),
    ]
    paths = [
        write(folder / "watched.csv", rows),
        write(folder / f"{ANN}.csv", [event("bob-e5", "bob"), event("bob-e6", "", "x")]),
        write(folder / "users.csv", [f"{ANN},Basic", "bob,Basic"], "user_id,plan"),
        write(folder / "titles.csv", ["film,Film,film"], "title_id,title,content_type"),
    ]
    ingest_paths(home, paths, now=lambda: NOW)
    ingest_paths(home, [paths[0]], now=lambda: LATER)
    with opened(home) as events:
        for number in range(3):
            events.send(
                watch(f"ann-via-{number}", user_id=ANN),
                watch(f"bob-{number}", user_id="bob"),
                search(f"s{number}", user_id=ANN),
                recommendation(f"r{number}", user_id=ANN, title_id="for-ann"),
                recommendation(f"rb{number}", user_id="bob"),
                review(f"v{number}", user_id=ANN),
                watch(f"ann-via-q{number}", user_id=ANN, watch_seconds=-5),
                json.dumps({"type": "dance", "user_id": ANN}).encode(),
                b'{"type": "dance", "user_id": "bob"}',
            )
            events.drain()
        events.drain(NOW + timedelta(days=1))  # merges the batches
    return home.root


@pytest.fixture
def full(home: Settings, filled: Path) -> Settings:
    """A copy of it."""
    copied(filled, home.root)
    return home


def contents(lake: Lake) -> dict[str, pl.DataFrame]:
    """Every bronze row with its partition."""
    found = {}
    for name in BRONZE:
        whole = contracts()[name].partition == "whole"
        days = [None] if whole else lake.partitions(name)
        frames = [lake.read(name, day).with_columns(day=pl.lit(day, pl.Date)) for day in days]
        if frames:
            rows = pl.concat(frames)
            found[name] = rows.sort(pl.exclude(pl.List), maintain_order=True)
    return found


def versions(lake: Lake) -> dict[str, str]:
    return {
        f"{name} {day}": version
        for name in BRONZE
        for day in ([None] if contracts()[name].partition == "whole" else lake.partitions(name))
        if (version := lake.bronze_version(name, day)) != "empty"
    }


def sums(lake: Lake) -> dict[str, int]:
    counted = ledger(lake, manifests(lake))
    assert differences(counted).is_empty()
    for told in manifests(lake):
        row = counted.row(by_predicate=pl.col("batch") == told.batch, named=True)
        for fate in ("received", "erased"):
            assert row[fate] == getattr(told, fate), (told, fate)
    return {name: int(counted[name].sum()) for name in ("received", "stored", "erased")}


def assert_no_trace(home: Settings, *texts: str) -> None:
    for file in home.lake.rglob("*"):
        if file.is_file():
            content = str(file.relative_to(home.lake)) + file.read_bytes().decode(errors="replace")
            if file.suffix == ".parquet":
                content += pl.read_parquet(file, hive_partitioning=False, glob=False).write_json()
            for text in texts:
                assert text not in content, (file, text)


TRACES = (ANN, "ann-e", "ann-via-", "only-anns", "for-ann")


def test_everything_of_a_person_goes_and_all_else_stays(full: Settings, lake: Lake) -> None:
    before, received = contents(lake), sums(lake)["received"]
    told = erase_bronze(full, [ANN])
    assert told.users == {ANN}
    assert_no_trace(full, *TRACES)
    after = contents(lake)
    for name, rows in after.items():
        was = before[name]
        if "user_id" in was.columns:
            was = was.filter(pl.col("user_id") != ANN)
        elif name == "bronze/title_mentions":
            named = [
                after[f"bronze/{table}"].select("title_id", BATCH_OF_ROW)
                for table in ("watch_events", "recommendation_events", "reviews")
            ]
            was = was.join(pl.concat(named), on=["title_id", "batch"], how="semi")
        elif name == "bronze/duplicates":
            was = was.filter(~pl.col("identity").str.starts_with("ann-"))
        elif name == "bronze/quarantine":
            was = was.filter(~pl.col("raw").str.contains(ANN, literal=True)).with_columns(
                pl.col("path").str.replace(ANN, "erased", literal=True)
            )
        assert_frame_equal(rows, was, check_row_order=name != "bronze/title_mentions")
    now = sums(lake)
    assert now["received"] == received
    assert now["erased"] == told.rows > 0
    assert ledger(lake, manifests(lake)).filter(pl.col("erased") > 0).height >= 6


def test_only_days_that_lost_rows_have_another_version(full: Settings, lake: Lake) -> None:
    before = versions(lake)
    with_ann = {
        f"bronze/watch_events {day}"
        for day in lake.partitions("bronze/watch_events")
        if ANN in lake.read("bronze/watch_events", day)["user_id"]
    }
    erase_bronze(full, [ANN])
    after = versions(lake)
    changed = {name for name in before if before[name] != after.get(name)}
    days = {name for name in changed if name.startswith("bronze/watch_events")}
    assert days == with_ann
    assert "bronze/users None" in changed
    assert "bronze/titles None" not in changed
    # Nobody of whom there is nothing changes nothing.
    assert erase_bronze(full, ["nobody-at-all"]) == ErasedRows(0, frozenset())
    assert versions(lake) == after


@pytest.mark.parametrize("step", [0, 1, 4, 12, 20, 26])
def test_cut_off_anywhere_the_same_call_finishes(
    full: Settings, lake: Lake, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    copies: list[int] = []

    def counting(real: Callable[..., None]) -> Callable[..., None]:
        def call(*arguments: object, **named: object) -> None:
            copies.append(1)
            if len(copies) == step + 1:
                raise KeyboardInterrupt
            real(*arguments, **named)

        return call

    with monkeypatch.context() as patched:
        for target, name in ((Lake, "rewrite"), (room, "commit"), (room, "write_bytes")):
            patched.setattr(target, name, counting(getattr(target, name)))
        try:
            erase_bronze(full, [ANN])
        except KeyboardInterrupt:
            pass
        else:
            pytest.fail("there are fewer steps")
    erase_bronze(full, [ANN])
    assert_no_trace(full, *TRACES)
    assert sums(lake)["erased"] == 31
    assert not (full.root / "erasing.json").exists()


def test_a_row_that_was_lost_before_is_no_erased_one(full: Settings, lake: Lake) -> None:
    day = NOW.date()
    (file,) = (
        file
        for file in lake.batch_files("bronze/quarantine", day)
        if pl.read_parquet(file, hive_partitioning=False)["raw"].str.contains("bob-e4").any()
        and pl.read_parquet(file, hive_partitioning=False)["received_at"][0] == NOW
    )
    rows = pl.read_parquet(file, hive_partitioning=False)
    lake.rewrite("bronze/quarantine", file, rows.filter(~pl.col("raw").str.contains("bob-e4")))
    erase_bronze(full, [ANN])
    assert differences(ledger(lake, manifests(lake)))["missing"].to_list() == [1]


def test_several_persons_with_unusual_ids_go_at_once(
    home: Settings, lake: Lake, tmp_path: Path
) -> None:
    odd = ["a b", 'say "hi"', "Zoë/Kinder", "x,y", "'; DROP TABLE users; --", "ünï\tcode", "%2e%2e"]
    rows = [
        json.dumps(
            {
                "event_id": f"e{number}",
                "user_id": user,
                "title_id": "film",
                "event_time": "2026-01-31T20:00:00Z",
                "watch_seconds": seconds,
            }
        )
        for number, user in enumerate([*odd, "bob"])
        for seconds in (60, -60)
    ]
    path = tmp_path / "a.ndjson"
    path.write_text("\n".join(rows) + "\n")
    ingest_paths(home, [path], now=lambda: NOW)
    assert erase_bronze(home, odd) == ErasedRows(2 * len(odd), frozenset(odd))
    assert lake.read("bronze/watch_events", NOW.date() - timedelta(days=1))[
        "user_id"
    ].to_list() == ["bob"]
    assert quarantined(lake)["identity"].to_list() == ["e7"]
    assert sums(lake)["received"] == 2 * len(odd) + 2


def test_what_was_replayed_goes_too_and_what_waits_can_still_be_replayed(
    home: Settings, lake: Lake, tmp_path: Path
) -> None:
    ahead = "2026-02-01T18:00:00Z"
    rows = [event("ann-e1", ANN, time=ahead), event("bob-e1", "bob", time=ahead)]
    ingest_paths(home, [write(tmp_path / "a.csv", rows)], now=lambda: NOW)
    tomorrow = NOW + timedelta(days=1)
    replay(home, quarantined(lake).filter(pl.col("identity") == "ann-e1"), now=lambda: tomorrow)
    erase_bronze(home, [ANN])
    assert_no_trace(home, *TRACES)
    assert sums(lake) == {"received": 2, "stored": 0, "erased": 1}
    replayed = replay(home, quarantined(lake), now=lambda: tomorrow)
    assert (replayed.stored, replayed.quarantined) == (1, 0)
    assert sums(lake) == {"received": 2, "stored": 1, "erased": 1}


def test_a_damaged_record_that_may_be_theirs_goes(home: Settings, lake: Lake) -> None:
    with opened(home) as events:
        events.send(watch("e1", user_id=ANN), *(watch(f"b{n}", user_id="bob") for n in range(40)))
        events.send(watch("e2", user_id="bob"))
        with closing(sqlite3.connect(home.events / "log.db")) as connection, connection:
            connection.execute("UPDATE log SET received = received * 2")
        events.drain()
    raws = quarantined(lake)["raw"].to_list()
    assert len(raws) == 2
    erase_bronze(home, [ANN])
    (left,) = quarantined(lake)["raw"]
    assert b"bob" in base64.b64decode(left)
