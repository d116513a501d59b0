import resource
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netflix_pipeline.errors import StorageFull
from netflix_pipeline.lake.kept_rows import KeptRows
from netflix_pipeline.lake.lake_files import stamp_of
from netflix_pipeline.serving import Snapshot, Snapshots, publish
from netflix_pipeline.serving.questions.headline import HeadlineQuestion
from netflix_pipeline.serving.questions.plays import HistoryQuestion
from netflix_pipeline.serving.questions.titles import TitlesQuestion
from netflix_pipeline.serving.snapshot.layout import SnapshotTable, stored_tables
from netflix_pipeline.serving.snapshot.snapshot_files import LINK, snapshot_path
from netflix_pipeline_tests.support.damages import Damage, emptied, flipped, halved
from netflix_pipeline_tests.support.three_days import FRIDAY, MONDAY, TUESDAY, three_days
from netflix_pipeline_tests.support.world import TITLES, Watched, World

Rows = list[tuple[object, ...]]


def content(path: Path) -> dict[str, Rows]:
    """Every table by name, with names in place of codes, in no order that matters."""
    with duckdb.connect(str(path), read_only=True) as sql:
        names = [stored.name for stored in stored_tables()]
        found = {name: sql.execute(f"FROM {name}").fetchall() for name in names}
        found["viewers"] = sql.execute(
            "SELECT event_date, sum(bit_count(users)) FROM coded.viewers GROUP BY ALL"
        ).fetchall()
        found["info"] = sql.execute(
            "SELECT data_from, data_to, as_of FROM snapshot_info"
        ).fetchall()
        found["held"] = sql.execute(
            'SELECT "table", "partition", version, rows FROM held.partitions'
        ).fetchall()
    return {name: sorted(rows, key=repr) for name, rows in found.items()}


def of_lake(world: World, stored: SnapshotTable) -> Rows:
    """The rows of a table as the lake has them, with the columns that a snapshot keeps."""
    partitions = world.lake.partitions(stored.table) if stored.key else [None]
    rows: Rows = []
    for partition in partitions:
        frame = world.lake.read(stored.table, partition, [c.name for c in stored.columns])
        frame = frame.with_columns(pl.col(pl.Datetime).dt.replace_time_zone(None))
        rows += [((partition, *row) if stored.key else row) for row in frame.iter_rows()]
    return sorted(rows, key=repr)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("kept", [True, False], ids=["from memory", "from files"])
def test_a_snapshot_holds_every_row_of_the_lake_under_its_names(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch, *, kept: bool
) -> None:
    rows = KeptRows()
    monkeypatch.setattr("netflix_pipeline.lake.lake.KEPT", rows)
    for stored in (stored for stored in stored_tables() if kept and stored.key):
        for day in world.lake.partitions(stored.table):
            path, frame = world.lake.path(stored.table, day), world.lake.read(stored.table, day)
            rows.put(frame, {path: (stamp_of(path.stat()), frame.height)})
    assert (world.lake.kept_days("silver/plays", [FRIDAY], []) is not None) is kept
    published = publish(world.lake, folder)
    found = content(published.path)
    assert {s.name: found[s.name] for s in stored_tables()} == {
        s.name: of_lake(world, s) for s in stored_tables()
    }
    assert len(found["plays"]) == 7
    assert (published.version, published.full, published.days_changed) == (1, True, 3)
    assert files(folder) == [LINK, "snapshot-000001.duckdb"]
    assert (folder / LINK).resolve() == published.path.resolve()


@pytest.mark.parametrize(
    "name",
    [
        *("country=FR", "event_date=2020-01-01", "it's mine", "ünï"),
        *("part [1]", "a[b", "*", "{x,y}", "**", "[!a]", "100%20#1;:$HOME~"),
    ],
)
def test_the_folder_of_the_home_may_have_any_name(tmp_path: Path, name: str) -> None:
    world = three_days(tmp_path / name / "lake")
    three_days(tmp_path / "part 1" / "lake").watch(MONDAY, [])  # what a pattern would find instead
    found = content(publish(world.lake, tmp_path / name / "serving").path)
    assert {s.name: found[s.name] for s in stored_tables()} == {
        s.name: of_lake(world, s) for s in stored_tables()
    }


def test_a_changed_day_is_replaced_in_a_copy(world: World, folder: Path) -> None:
    publish(world.lake, folder)
    world.watch(TUESDAY, [Watched("eve", "t-zoo", 7, plan="Premium+")])
    world.describe()
    published = publish(world.lake, folder)
    assert (published.version, published.full, published.days_changed) == (2, False, 1)
    assert content(published.path)["plays"] == of_lake(world, stored_tables()[2])


def test_users_keep_their_codes_when_others_come(world: World, folder: Path) -> None:
    def codes(version: int) -> dict[str, int]:
        with duckdb.connect(str(snapshot_path(folder, version)), read_only=True) as sql:
            return dict(sql.execute("SELECT name, code FROM codes.user_id").fetchall())

    publish(world.lake, folder)
    world.watch(TUESDAY, [Watched("aaa", "t-zoo", 7)])
    publish(world.lake, folder)
    assert codes(2) == codes(1) | {"aaa": len(codes(1))}


def test_a_day_that_vanished_from_the_lake_vanishes_from_the_snapshot(
    world: World, folder: Path
) -> None:
    publish(world.lake, folder)
    world.forget(FRIDAY)
    published = publish(world.lake, folder)
    assert (published.full, published.days_changed) == (False, 1)
    source = Snapshots(folder)
    assert source.current().info.data_to == TUESDAY
    assert [play.event_date for play in source.ask(HistoryQuestion("ann")).data] == [MONDAY, MONDAY]


def test_nothing_new_gives_no_new_version_unless_it_is_asked_for(
    world: World, folder: Path
) -> None:
    first = publish(world.lake, folder)
    again = publish(world.lake, folder)
    assert (again.version, again.fresh, again.path) == (1, False, first.path)
    assert publish(world.lake, folder, full=True).version == 2
    assert content(snapshot_path(folder, 2)) == content(snapshot_path(folder, 1))


def test_a_file_written_again_with_the_same_rows_is_nothing_new(world: World, folder: Path) -> None:
    publish(world.lake, folder)
    world.put("silver/plays", MONDAY, world.days[MONDAY])
    assert not publish(world.lake, folder).fresh


def test_a_later_receipt_alone_is_told_by_a_new_version(world: World, folder: Path) -> None:
    noon = datetime(2026, 3, 7, 12, tzinfo=UTC)
    publish(world.lake, folder, as_of=noon)
    assert not publish(world.lake, folder).fresh
    assert publish(world.lake, folder, as_of=noon + timedelta(hours=1)).version == 2
    assert Snapshots(folder).current().info.as_of == noon + timedelta(hours=1)


def test_no_snapshot_is_of_a_time_to_come(world: World, folder: Path) -> None:
    now = datetime.now(UTC)
    publish(world.lake, folder, as_of=now + timedelta(days=40))
    info = Snapshots(folder).current().info
    assert info.as_of is not None
    assert now <= info.as_of <= datetime.now(UTC)
    # The next publication says it right.
    assert publish(world.lake, folder, as_of=now).fresh
    assert Snapshots(folder).current().info.as_of == now


def test_only_the_newest_versions_stay(world: World, folder: Path) -> None:
    for _ in range(4):
        publish(world.lake, folder, keep=2, full=True)
    assert files(folder) == [LINK, "snapshot-000003.duckdb", "snapshot-000004.duckdb"]


def test_an_empty_lake_gives_an_empty_snapshot(tmp_path: Path, folder: Path) -> None:
    publish(World(tmp_path / "lake").lake, folder)
    source = Snapshots(folder)
    assert (source.current().info.data_to, source.ask(HeadlineQuestion()).data.plays) == (None, 0)
    assert source.ask(TitlesQuestion()).data == ()


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Larger files cannot be written: to a program it looks as a used up quota does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_told_and_leaves_nothing_half_written(world: World, folder: Path) -> None:
    with files_of_at_most(100_000), pytest.raises(StorageFull, match="Free space"):
        publish(world.lake, folder)
    assert files(folder) == []
    publish(world.lake, folder)
    with files_of_at_most(100_000), pytest.raises(StorageFull, match="previous one stays"):
        publish(world.lake, folder, full=True)
    assert files(folder) == [LINK, "snapshot-000001.duckdb"]
    assert Snapshots(folder).ask(HeadlineQuestion()).data.plays == 7


def test_a_damaged_snapshot_is_built_anew(world: World, folder: Path) -> None:
    first = publish(world.lake, folder)
    first.path.write_bytes(first.path.read_bytes()[:20_000])
    published = publish(world.lake, folder)
    assert published.full
    assert "damaged" in (published.note or "")
    assert len(content(published.path)["plays"]) == 7


def test_another_layout_is_built_anew(world: World, folder: Path) -> None:
    first = publish(world.lake, folder)
    with duckdb.connect(str(first.path)) as sql:
        sql.execute("UPDATE held.state SET layout = 'of last year'")
    published = publish(world.lake, folder)
    assert (published.full, published.version) == (True, 2)
    assert "laid out" in (published.note or "")


def on(day: date, rows: Rows) -> Rows:
    return [row for row in rows if row[0] == day]


def test_a_file_that_is_found_damaged_on_the_way_is_left_out(world: World, folder: Path) -> None:
    publish(world.lake, folder)
    flipped(world.lake.path("silver/plays", MONDAY))
    published = publish(world.lake, folder, full=True)
    assert published.damaged.keys() == {("silver/plays", MONDAY)}
    assert files(folder) == [LINK, "snapshot-000001.duckdb", "snapshot-000002.duckdb"]
    told = content(published.path)
    assert on(MONDAY, told["plays"]) == []
    assert on(TUESDAY, told["plays"]) != []


@pytest.mark.parametrize("damage", [emptied, halved])
def test_of_a_damaged_file_stays_what_is_served_and_the_rest_is_published(
    world: World, folder: Path, damage: Damage
) -> None:
    first = content(publish(world.lake, folder).path)
    damage(world.lake.path("silver/plays", MONDAY))
    world.watch(TUESDAY, [Watched("eve", "t-dark", 9, minutes=60)])
    published = publish(world.lake, folder)
    ((part, why),) = published.damaged.items()
    assert part == ("silver/plays", MONDAY)
    assert str(world.lake.path(*part)) in why
    assert world.lake.is_stale(*part)
    told = content(published.path)

    assert on(MONDAY, told["plays"]) == on(MONDAY, first["plays"]) != []
    assert {row[1] for row in on(TUESDAY, told["plays"])} == {"eve"}
    anew = publish(world.lake, folder, full=True)
    assert anew.damaged == published.damaged
    told = content(anew.path)
    assert on(MONDAY, told["plays"]) == []
    assert on(TUESDAY, told["plays"]) != []


def test_what_an_interrupted_publish_left_is_removed(world: World, folder: Path) -> None:
    publish(world.lake, folder)
    for name in ("draft.duckdb", "draft.duckdb.wal", ".current.duckdb", "snapshot-000002.duckdb"):
        (folder / name).write_text("half")
    (folder / "spill-draft.duckdb").mkdir()
    (folder / "spill-draft.duckdb" / "block").write_text("half")
    assert not publish(world.lake, folder).fresh
    assert files(folder) == [LINK, "snapshot-000001.duckdb"]


KILLED = """
import os, signal, sys
from pathlib import Path
from netflix_pipeline.lake.folder_lake import FolderLake
from netflix_pipeline.serving import publish

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

root, folder, moment = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
if moment == "named, not yet linked":
    Path.symlink_to = die
elif moment == "linked beside, not yet in place":
    Path.replace = die
at = lambda table, done, total: die() if table == moment else None
publish(FolderLake(root), folder, progress=at)
"""


def kill(world: World, folder: Path, moment: str) -> None:
    """Publish, and be killed at a table or at another moment."""
    arguments = [str(world.lake.root), str(folder), moment]
    killed = subprocess.run([sys.executable, "-c", KILLED, *arguments], check=False)
    assert killed.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    "moment",
    [
        "silver/plays",
        "gold/title_daily",
        "named, not yet linked",
        "linked beside, not yet in place",
    ],
)
def test_a_kill_leaves_the_old_snapshot_and_the_next_publish_succeeds(
    world: World, folder: Path, moment: str
) -> None:
    publish(world.lake, folder)
    world.watch(TUESDAY, [Watched("eve", "t-zoo", 7)])
    world.describe()
    kill(world, folder, moment)
    assert Snapshots(folder).ask(HeadlineQuestion()).data.plays == 7
    published = publish(world.lake, folder)
    assert (published.version > 1, published.days_changed) == (True, 1)
    assert Snapshots(folder).ask(HeadlineQuestion()).data.plays == 7
    assert files(folder) == [LINK, "snapshot-000001.duckdb", published.path.name]


@pytest.mark.parametrize(
    "moment",
    ["gold/title_daily", "named, not yet linked", "linked beside, not yet in place"],
)
def test_a_first_publish_that_is_killed_leaves_nothing_for_the_next(
    world: World, folder: Path, moment: str
) -> None:
    kill(world, folder, moment)
    assert not (folder / LINK).exists()
    published = publish(world.lake, folder)
    assert files(folder) == [LINK, published.path.name]


watched = st.builds(
    Watched,
    user_id=st.sampled_from(["ann", "bob", "cid", "dee", "eve"]),
    title_id=st.sampled_from(sorted(TITLES)),
    hour=st.integers(0, 23),
    minutes=st.sampled_from([None, 1.0, 30.0, 90.5]),
    country=st.sampled_from(["DE", "FR", "unknown"]),
    plan=st.sampled_from(["Basic", "Premium"]),
)
days = st.integers(0, 40).map(lambda offset: date(2026, 1, 20) + timedelta(days=offset))
change = st.dictionaries(days, st.none() | st.lists(watched, max_size=4), max_size=3)


@settings(max_examples=10)
@given(st.lists(change, min_size=2, max_size=4))
def test_a_patched_snapshot_equals_one_built_anew(
    changes: Sequence[dict[date, list[Watched] | None]],
) -> None:
    with TemporaryDirectory() as place:
        world = World(Path(place) / "lake")
        for changed in changes:
            for day, plays in changed.items():
                if plays is not None:
                    world.watch(day, plays)
                elif day in world.days:
                    world.forget(day)
            world.describe()
            patched = publish(world.lake, Path(place) / "patched")
        anew = publish(world.lake, Path(place) / "anew")
        assert content(patched.path) == content(anew.path)


def test_a_snapshot_that_is_held_can_be_read_after_it_was_pruned(
    world: World, folder: Path
) -> None:
    held = Snapshot(publish(world.lake, folder).path)
    publish(world.lake, folder, keep=1, full=True)
    assert not held.path.exists()
    assert held.ask(HeadlineQuestion()).data.plays == 7
