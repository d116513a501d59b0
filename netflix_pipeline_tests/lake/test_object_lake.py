"""The lake in a store that speaks S3: the same tables, and nothing of what was cut off."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from netflix_pipeline.contracts import contract, contracts
from netflix_pipeline.doctor.store import objects
from netflix_pipeline.errors import DamagedFile
from netflix_pipeline.generate import generate
from netflix_pipeline.ingest import differences, ingest_paths, ledger, manifests
from netflix_pipeline.ingest.erasing import erase_bronze
from netflix_pipeline.lake import Lake, Sharding, object_commits, object_inventory
from netflix_pipeline.lake.lake_files import LakeFile, digest
from netflix_pipeline.lake.object_cache import ObjectCache
from netflix_pipeline.lake.object_inventory import Inventory
from netflix_pipeline.lake.object_lake import ObjectLake
from netflix_pipeline.lake.object_views import Overtaken
from netflix_pipeline.lake.table_manifests import HEAD, Entry, Files, Head
from netflix_pipeline.materialize import (
    DIMENSIONS,
    GOLD_DAILY,
    GOLD_ROLLUPS,
    SILVER,
    Versions,
    build,
    pending,
)
from netflix_pipeline.materialize.erasing import erase_tables
from netflix_pipeline.object_storage import ObjectStore, StoreUnavailable
from netflix_pipeline.object_storage.proof import UnprovedStore, prove
from netflix_pipeline.serving import publish_home
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support import dying_writer
from netflix_pipeline_tests.support.beside import Beside
from netflix_pipeline_tests.support.command import Command
from netflix_pipeline_tests.support.crashing import contents, served
from netflix_pipeline_tests.support.cut_connection import AWAY, cut_connection
from netflix_pipeline_tests.support.events import NOW as EVENTS
from netflix_pipeline_tests.support.events import opened, watch
from netflix_pipeline_tests.support.s3_server import S3Server

TABLES = (*DIMENSIONS, *SILVER, *GOLD_DAILY, *GOLD_ROLLUPS)
TABLE = "gold/drop_off"
DAY = date(2026, 1, 31)
NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("files")
    made = generate(folder, events=400, users=30, titles=20, days=4, end=DAY, seed=5, dirty=True)
    return [made.paths[name] for name in ("watch_events", "users", "titles", "search_events")]


@pytest.fixture
def address(s3: S3Server) -> str:
    """A store that was proved, quickly."""
    address = s3.address()
    prove(ObjectStore.of(address), writers=4, keys=2)
    return address


def machine(folder: Path, address: str) -> Settings:
    """A machine whose lake is in a store; one has a lake of its own where there is none."""
    return Settings(home=folder, lake_address=address, lease_seconds=1)


def rows(*starters: int) -> pl.DataFrame:
    return contract(TABLE).conform(
        pl.DataFrame({"title_id": "a", "step": range(len(starters)), "starters": starters})
    )


def put(lake: Lake, day: date, *starters: int) -> None:
    lake.replace(TABLE, day, rows(*starters), inputs={}, code="c")


def cut_in_two(file: Path, folder: Path) -> tuple[Path, Path]:
    header, *lines = file.read_text().splitlines(keepends=True)
    halves = folder / "first.csv", folder / "second.csv"
    for path, part in zip(halves, (lines[::2], lines[1::2]), strict=True):
        path.write_text(header + "".join(part))
    return halves


def test_tables_and_snapshot_are_those_of_a_disk_on_every_machine(
    address: str, files: list[Path], tmp_path: Path
) -> None:
    first, late = cut_in_two(files[0], tmp_path)
    disk = Settings(home=tmp_path / "disk")
    one, other = machine(tmp_path / "one", address), machine(tmp_path / "other", address)
    for home, builder in ((disk, disk), (one, other)):
        ingest_paths(home, [first, *files[1:]], now=lambda: NOW)
        whole = list(build(Lake.of(builder), TABLES, None, only_pending=True))
        assert all(built.good for built in whole)
        ingest_paths(builder, [late, first], now=lambda: NOW + timedelta(hours=1))
        # What comes late is built by the other machine, some of it by the first one, and costs what
        # it changes.
        beside = Beside(partial(Lake.of, builder))
        changed = list(
            build(
                Lake.of(home),
                TABLES,
                None,
                only_pending=True,
                sharding=Sharding(3, rows=1) if home is one else None,
                helpers=beside,
            )
        )
        assert all(built.good for built in changed)
        assert (beside.made_shares > 0) is (home is one)
        assert not list(build(Lake.of(builder), TABLES, None, only_pending=True))
        publish_home(builder, as_of=NOW)
    expected = contents(disk)
    for home in (one, other):
        found = contents(home)
        assert found.keys() == expected.keys()
        for name, frame in expected.items():
            assert_frame_equal(found[name], frame)
        lake = Lake.of(home)
        assert differences(ledger(lake, manifests(lake))).is_empty()
    assert served(other) == served(disk)
    assert not list(ObjectStore.of(address).listed("shards"))
    for table in ("silver/plays", "bronze/watch_events"):
        told = Lake.of(one).files(table)
        assert len(told) == len(Lake.of(disk).files(table))
        assert all(name.startswith(f"{address}/{table}/event_date=") for name in told)


def test_of_two_who_tell_an_origin_at_once_the_first_is_kept(address: str, tmp_path: Path) -> None:
    table = "gold/forecast_daily"
    one, other = (Lake.of(machine(tmp_path / name, address)) for name in ("one", "other"))
    frame = contract(table).empty()
    with other.writing():
        other.write_origin(table, DAY, frame, inputs={}, code="second")
        with one.writing():
            _, new = one.write_origin(table, DAY, frame, inputs={}, code="first")
    assert new
    for name in ("one", "other", "third"):
        footer = Lake.of(machine(tmp_path / name, address)).footer(table, DAY)
        assert footer is not None
        assert footer.code == "first"


@pytest.mark.parametrize("torn", [b"torn", Files({}).encode()[:-1]])
def test_a_manifest_that_cannot_be_read_is_told_by_its_key(torn: bytes) -> None:
    with pytest.raises(DamagedFile, match="s3://bucket/manifests/x is no manifest of a table"):
        Files.decode(torn, "s3://bucket/manifests/x")


def test_a_person_is_gone_from_the_store_and_from_every_machine(
    address: str, files: list[Path], tmp_path: Path
) -> None:
    one, other = machine(tmp_path / "one", address), machine(tmp_path / "other", address)
    ingest_paths(one, files[:1], now=lambda: NOW)
    list(build(Lake.of(one), ["silver/plays"], None, only_pending=True))
    lake = Lake.of(other)
    most = pl.concat(lake.read("silver/plays", day) for day in lake.partitions("silver/plays"))
    user = most["user_id"].mode().sort()[0]
    before = {each.key for each in ObjectStore.of(address).listed("silver")}
    # One that builds meanwhile has their rows, and is refused.
    building = Lake.of(other)
    with pytest.raises(Overtaken, match="taken out"), building.writing():  # noqa: PT012 (the last)
        building.read("silver/plays", DAY)
        put(building, DAY, 1)
        building.put_piece("before", rows(1))
        erase_bronze(one, [user])
        list(build(Lake.of(one), ["silver/plays"], None, only_pending=True))
        erase_tables(Lake.of(one), [user])
        with pytest.raises(Overtaken, match="taken out"):
            building.put_piece("behind", rows(1))
    store, now = ObjectStore.of(address), Lake.of(other)
    assert not list(store.listed("shards"))
    for name in contracts():
        for day in now.every_partition(name):
            held = now.read(name, day)
            assert "user_id" not in held.columns or user not in held["user_id"].to_list()
    left = {
        f"{address}/{each.key}" for stage in ("bronze", "silver") for each in store.listed(stage)
    }
    parquet = {each for each in left if each.endswith(".parquet")}
    assert parquet == {each for name in contracts() for each in now.files(name)}
    assert not left & {f"{address}/{key}" for key in before - {each.key for each in store.listed()}}
    for home in (one, other):
        Lake.of(home).standing_batches()  # whoever looks at the lake hears of it
        kept = {path.name for path in (home.lake / ".cache" / "files").glob("??/*")}
        assert kept <= {Path(each).name.partition("-")[0] for each in left}


def test_what_is_gone_is_not_put_back_where_persons_were_taken_out_meanwhile(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mending, erasing = (Lake.of(machine(tmp_path / name, address)) for name in ("one", "other"))
    put(mending, DAY, 1)
    store, kept = ObjectStore.of(address), ObjectCache.kept
    (gone,) = store.listed(TABLE)
    store.delete([gone.key])

    def kept_and_then_erased(cache: ObjectCache, entry: Entry) -> Path | None:
        found = kept(cache, entry)
        erasing.drop("gold")
        erasing.commit(erasing=True)
        return found

    monkeypatch.setattr(ObjectCache, "kept", kept_and_then_erased)
    with pytest.raises(Overtaken, match="taken out"):
        mending.mend_lost()
    assert not list(store.listed(TABLE))
    assert mending.mend_lost() == ([], [], [])


def test_events_are_drained_and_their_batches_merged(address: str, tmp_path: Path) -> None:
    with opened(machine(tmp_path / "home", address)) as events:
        for number in range(9):
            events.send(watch(f"e{number}"), watch(f"bad{number}", watch_seconds=-1))
            events.drain()
        assert len(events.lake.files("bronze/watch_events")) == 2
        events.drain(EVENTS + timedelta(days=1))
        assert events.ledger()["watch_events"] == (18, 9, 0, 9)
        assert len(events.lake.files("bronze/watch_events")) == 1
    other = Lake.of(machine(tmp_path / "other", address))
    assert other.read("bronze/watch_events", EVENTS.date()).height == 9
    assert other.bronze_version("bronze/watch_events", EVENTS.date()) != "empty"


def write(home: Settings, number: str, *files: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, dying_writer.__file__, number, *files],
        env=home.environment(),
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_writer_that_is_killed_before_its_data_counts_has_changed_nothing(
    address: str, files: list[Path], tmp_path: Path
) -> None:
    home = machine(tmp_path / "home", address)
    with write(home, "SIGKILL", files[0]) as writer:
        assert writer.wait(60) == -signal.SIGKILL
    assert list(ObjectStore.of(address).listed("bronze"))
    assert not Lake.of(home).standing_batches()
    assert not Lake.of(home).files("bronze/watch_events")
    (taken,) = ingest_paths(home, files[:1], now=lambda: NOW)
    assert taken.batch.endswith("-1")
    (views,) = (home.lake / ".cache" / "views").glob("*.alive")  # that of the dead one is gone
    assert views.name.startswith(f"{os.getpid()}-")
    with write(home, "SIGKILL") as builder:
        assert builder.wait(60) == -signal.SIGKILL
    assert list(ObjectStore.of(address).listed("silver"))
    assert not Lake.of(home).partitions("silver/plays")
    assert all(built.good for built in build(Lake.of(home), TABLES, None, only_pending=True))
    assert pending(Versions(Lake.of(home))) == {}


def test_what_a_dead_writer_left_goes_after_a_day_and_nothing_that_is_named(
    address: str, files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, store = machine(tmp_path / "home", address), ObjectStore.of(address)
    with write(home, "SIGKILL", files[0]) as writer:
        assert writer.wait(60) == -signal.SIGKILL
    left = {each.key for each in store.listed("bronze")}
    lake = Lake.of(home)
    ingest_paths(home, files[:1], now=lambda: NOW)
    put(lake, DAY, 1)
    (replaced,) = store.listed(TABLE)
    put(lake, DAY, 1, 2)
    assert not lake.purge_unnamed()  # somebody may be about to name them
    monkeypatch.setattr(object_inventory, "GRACE", timedelta(0))
    assert [each.state for each in objects(store)] == ["well", "warn"]
    gone = {each.key for each in lake.purge_unnamed(dry_run=True)}
    assert left <= gone
    assert gone == {each.key for each in lake.purge_unnamed()}
    assert not lake.purge_unnamed()
    inventory = Inventory(store)
    assert not any(inventory.lost(table) for table in inventory.tables())
    # What was replaced goes its own way: who reads may be on the way to it.
    assert replaced.key in {each.key for each in store.listed(TABLE)}
    (newest,) = {each.key for each in store.listed(TABLE)} - {replaced.key}
    store.delete([newest])
    (told,) = objects(store)
    assert (told.state, newest in told.what) == ("bad", True)
    # A writer that is as slow could name what was taken for another's.
    monkeypatch.setattr(object_commits, "LONGEST_COMMIT", timedelta(0))
    with pytest.raises(Overtaken, match="held up"):
        put(lake, DAY, 1, 2, 3)
    assert not lake.purge_unnamed(dry_run=True)
    # Without a head nothing would be named, and all would go.
    store.delete([HEAD])
    with pytest.raises(DamagedFile, match="is gone"):
        lake.purge_unnamed()
    # So no writer makes another one, in which nothing that lies there is named.
    with pytest.raises(DamagedFile, match="is gone"), lake.ingesting():
        pass
    with pytest.raises(DamagedFile, match="is gone"), Lake.of(home).writing():
        pass
    with pytest.raises(DamagedFile, match="is gone"):
        put(lake, DAY, 1, 2, 3, 4)
    assert HEAD not in {each.key for each in store.listed()}


def test_a_commit_of_which_the_writer_did_not_hear_counts_once(
    address: str, files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    swapped = ObjectLake._swapped

    def unheard(lake: ObjectLake, head: Head, etag: str) -> str | None:
        done = swapped(lake, head, etag)
        if lake._depth:  # what is committed, not the fence before it
            raise StoreUnavailable("the answer was lost, and the store is away since")
        return done

    @contextmanager
    def not_heard_of() -> Iterator[None]:
        with monkeypatch.context() as patch:
            patch.setattr(ObjectLake, "_swapped", unheard)
            with pytest.raises(StoreUnavailable):
                yield

    home = machine(tmp_path / "home", address)
    with not_heard_of():
        ingest_paths(home, files[:1], now=lambda: NOW)
    (taken,) = ingest_paths(home, files[:1], now=lambda: NOW)
    assert Lake.of(home).standing_batches() == {taken.batch}
    with opened(home) as events:
        events.send(watch("e1"), watch("e2", watch_seconds=-1))
        with not_heard_of():
            events.drain()
        events.drain()
        assert len(events.lake.standing_batches()) == 2
        assert events.lake.read("bronze/watch_events", EVENTS.date()).height == 1
        assert events.ledger()
    inventory = Inventory(ObjectStore.of(address))
    assert not any(inventory.lost(table) for table in inventory.tables())


def test_who_slept_while_another_took_over_is_refused(
    address: str, files: list[Path], tmp_path: Path
) -> None:
    one, other = machine(tmp_path / "one", address), machine(tmp_path / "other", address)
    with write(one, "SIGSTOP", files[0]) as slept:
        assert slept.stdout is not None
        assert slept.stdout.readline() == "sent\n"
        (taken,) = ingest_paths(other, files[1:2])  # once the lease ended
        slept.send_signal(signal.SIGCONT)
        assert slept.wait(60) == 3
    assert Lake.of(one).standing_batches() == {taken.batch}
    # It goes on where it stood.
    assert len(ingest_paths(one, files[:1])) == 1
    assert len(Lake.of(other).standing_batches()) == 2


def test_days_that_several_write_at_the_same_time_all_count(address: str, tmp_path: Path) -> None:
    lakes = [Lake.of(machine(tmp_path / str(number), address)) for number in range(4)]
    start = threading.Barrier(len(lakes))

    def write(number: int) -> None:
        for turn in range(3):
            start.wait()
            with lakes[number].writing():
                put(lakes[number], DAY + timedelta(days=len(lakes) * turn + number), number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(len(lakes))]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    seen = Lake.of(machine(tmp_path / "reader", address))
    assert seen.partitions(TABLE) == [DAY + timedelta(days=number) for number in range(12)]
    assert [seen.read(TABLE, day)["starters"][0] for day in seen.partitions(TABLE)] == [
        0,
        1,
        2,
        3,
    ] * 3


def test_who_reads_sees_one_state_until_it_looks_again(address: str, tmp_path: Path) -> None:
    writer = Lake.of(machine(tmp_path / "writer", address))
    reader = Lake.of(machine(tmp_path / "reader", address))
    put(writer, DAY, 1)
    writer.mark_stale(TABLE, DAY, "a title changed")
    assert (reader.is_stale(TABLE, DAY), reader.stale_reason(TABLE, DAY)) == (
        True,
        "a title changed",
    )
    footer = reader.footer(TABLE, DAY)
    with writer.writing():
        put(writer, DAY, 1, 2)
        put(writer, DAY + timedelta(days=1), 3)
        assert Lake.of(machine(tmp_path / "reader", address)).partitions(TABLE) == [DAY]
    assert reader.footer(TABLE, DAY) == footer
    assert reader.read(TABLE, DAY).height == 1
    again = Lake.of(machine(tmp_path / "reader", address))
    assert again.read(TABLE, DAY).height == 2
    assert not again.is_stale(TABLE, DAY)
    writer.drop("gold")
    writer.commit()
    assert not Lake.of(machine(tmp_path / "reader", address)).partitions(TABLE)
    assert isinstance(again, ObjectLake)


def test_a_store_that_is_away_for_a_while_holds_a_build_up(
    address: str, s3: S3Server, files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cut_connection(s3.port) as connection:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{connection.port}")
        home = machine(tmp_path / "away", address)
        lake = Lake.of(home)
        with lake.ingesting():
            put(lake, DAY, 1)
            connection.cut_off()
            threading.Timer(1.5, connection.cut_off, kwargs={"cut": False}).start()
        assert lake.read(TABLE, DAY).height == 1


def test_a_drain_goes_on_where_the_store_was_cut_off_for_longer_than_its_lease(
    address: str, s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cut_connection(s3.port) as connection:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{connection.port}")
        with opened(machine(tmp_path / "home", address)) as events:
            events.send(watch("e"))
            events.drain()
            before = connection.asked
            events.send(watch("e0"), watch("e"))
            events.drain()
            # From the lease that it takes to the one that it gives back.
            messages = connection.asked - before
            for number, share in enumerate((0.1, 0.5, 0.9), 1):
                events.send(watch(f"e{number}"), watch("e"))
                connection.cut_off_at(max(1, round(share * messages)))
                begun = time.monotonic()
                (taken,) = (each for each in events.drain() if each.table == "watch_events")
                assert time.monotonic() - begun > AWAY
                assert (taken.stored, taken.duplicate) == (1, 1)
                assert not events.drain()
            assert events.ledger() == {"watch_events": (9, 5, 4, 0)}
            stored = events.stored()["event_id"]
            assert sorted(stored) == ["e", "e0", "e1", "e2", "e3"]


def test_a_store_that_nobody_proved_is_not_written_to_and_the_doctor_proves_it(
    s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = s3.address()
    lake = Lake.of(machine(tmp_path / "home", address))
    with pytest.raises(UnprovedStore, match="netflix-pipeline doctor"), lake.writing():
        pass
    monkeypatch.setenv("NETFLIX_LAKE", address)
    told = Command(tmp_path / "home")("doctor")
    assert f"store      {address}: 32 writers raced for 50 objects: one won each" in told.out
    with lake.writing():
        put(lake, DAY, 1)
    gone = Command(tmp_path / "home").ok("purge", "--json").json
    assert gone == {"landed": [], "unnamed": [], "dry_run": False}
    (listed,) = Command(tmp_path / "home").ok("lake", "files", TABLE).out.splitlines()
    assert listed.startswith(f"{address}/{TABLE}/event_date={DAY}/")
    store = ObjectStore.of(address)
    store.download(listed.removeprefix(f"{address}/"), tmp_path / "copy.parquet")
    assert_frame_equal(pl.read_parquet(tmp_path / "copy.parquet"), rows(1))
    refused = Command(tmp_path / "home")("lake", "files", "gold/nothing")
    assert (refused.code, "take one of" in refused.err) == (1, True)


def test_a_file_that_is_copied_is_whole_or_was_replaced_or_is_told_to_be_gone(
    address: str, tmp_path: Path
) -> None:
    lake, store = Lake.of(machine(tmp_path / "home", address)), ObjectStore.of(address)

    def put_alone(*starters: int) -> LakeFile:
        put(lake, DAY, *starters)
        (file,) = lake.every_file("gold")
        return file

    first = put_alone(1)
    first.fetch(tmp_path / "copy")
    assert digest(tmp_path / "copy") == first.digest()
    now = put_alone(1, 2)
    assert (now.name, now.stamp == first.stamp) == (first.name, False)
    store.delete([each.key for each in store.listed("gold")])
    with pytest.raises(FileNotFoundError):
        first.fetch(tmp_path / "copy")
    with pytest.raises(DamagedFile, match="is gone, and the lake names it"):
        now.fetch(tmp_path / "copy")
