import asyncio
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from netflix_pipeline.errors import DamagedFile
from netflix_pipeline.serving import (
    NoSnapshot,
    QueryMemoryFull,
    Snapshot,
    Snapshots,
    following,
    publish,
)
from netflix_pipeline.serving.home import snapshot_problem
from netflix_pipeline.serving.questions.headline import HeadlineQuestion
from netflix_pipeline.serving.questions.search_terms import SearchTermsQuestion
from netflix_pipeline.serving.questions.series import SeriesQuestion
from netflix_pipeline.serving.questions.titles import TitlesQuestion
from netflix_pipeline.serving.snapshot.snapshot_files import LINK
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.three_days import TUESDAY
from netflix_pipeline_tests.support.waiting import until
from netflix_pipeline_tests.support.world import Watched, World


def damage(folder: Path, version: int) -> None:
    """Make a torn file current, as no publish ever would."""
    torn = folder / f"snapshot-{version:06d}.duckdb"
    torn.write_bytes((folder / LINK).read_bytes()[:10_000])
    (folder / ".link").symlink_to(torn.name)
    (folder / ".link").replace(folder / LINK)


def test_before_the_first_publish_there_is_a_clear_error(folder: Path) -> None:
    with pytest.raises(NoSnapshot, match="nothing is published"):
        Snapshots(folder).ask(HeadlineQuestion())


def test_readers_move_to_a_new_version_by_themselves(world: World, folder: Path) -> None:
    snapshots = Snapshots(folder)
    source = snapshots
    publish(world.lake, folder)
    until(lambda: source.current().info.version == 1)
    held = snapshots.current()
    publish(world.lake, folder, full=True)
    until(lambda: source.current().info.version == 2)
    assert held.info.version == 1


def test_a_service_moves_to_a_new_version_while_nobody_asks(world: World, folder: Path) -> None:
    snapshots = Snapshots(folder)

    def held(version: int) -> bool:
        return snapshots.held is not None and snapshots.held.info.version == version

    async def serve() -> None:
        publish(world.lake, folder)
        async with following(snapshots):
            assert held(1)
            publish(world.lake, folder, full=True)
            await asyncio.to_thread(until, lambda: held(2))
        publish(world.lake, folder, full=True)

    asyncio.run(serve())
    assert held(2)


def test_no_question_waits_for_a_new_version_where_somebody_follows(
    world: World, folder: Path
) -> None:
    publish(world.lake, folder)
    asked, followed = Snapshots(folder), Snapshots(folder)
    assert asked.current().info.version == followed.current().info.version == 1
    followed.followed = True
    publish(world.lake, folder, full=True)
    until(lambda: asked.current().info.version == 2)
    assert followed.current().info.version == 1


def test_a_damaged_version_keeps_the_old_one_and_says_so(world: World, folder: Path) -> None:
    publish(world.lake, folder)
    snapshots = Snapshots(folder)
    source = snapshots
    utc = source.ask(HeadlineQuestion()).data
    assert (utc.plays, utc.sittings) == (7, 7)
    damage(folder, 2)
    snapshots.follow()
    assert source.ask(HeadlineQuestion()).snapshot.version == 1
    assert "snapshot-000002.duckdb cannot be read" in (snapshots.problem or "")
    publish(world.lake, folder)
    snapshots.follow()
    assert (source.current().info.version, snapshots.problem) == (3, None)


def test_only_a_damaged_version_is_told_as_such(world: World, folder: Path) -> None:
    publish(world.lake, folder)
    damage(folder, 2)
    with pytest.raises(NoSnapshot, match="cannot be read"):
        Snapshots(folder).current()


@pytest.mark.parametrize("left", [0, 14_000])
def test_a_file_that_is_damaged_while_it_is_open_is_told_until_the_next_is_published(
    world: World, folder: Path, left: int
) -> None:
    path = publish(world.lake, folder).path
    snapshots = Snapshots(folder)
    source = snapshots
    assert source.current().info.version == 1
    os.truncate(path, left)
    with pytest.raises(DamagedFile, match=f"{path} cannot be read .* publish --full"):
        source.ask(HeadlineQuestion())
    held = snapshots.held
    assert held is not None
    assert str(path) in (held.problem or "")
    publish(world.lake, folder, full=True)
    snapshots.follow()
    utc = source.ask(HeadlineQuestion()).data
    assert (utc.plays, utc.sittings) == (7, 7)
    assert snapshots.held is not None
    assert snapshots.held.problem is None


def test_a_file_is_short_where_a_block_in_use_is_missing_not_where_a_free_one_is(
    world: World, folder: Path, tmp_path: Path
) -> None:
    path = publish(world.lake, folder).path
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE passing AS SELECT uuid() AS id FROM range(100_000)")
        connection.execute("CHECKPOINT; DROP TABLE passing; CHECKPOINT")
    settings = Settings(home=tmp_path / "home")
    settings.serving.parent.mkdir(parents=True)
    settings.serving.symlink_to(folder)
    assert snapshot_problem(settings) is None
    os.truncate(path, path.stat().st_size - 2**18)
    assert "is shorter than it was written" in (snapshot_problem(settings) or "")


@pytest.mark.parametrize("ask", [Snapshot.rows, Snapshot.frame])
def test_ctrl_c_ends_a_query_as_it_ends_all_else(
    world: World, folder: Path, ask: Callable[[Snapshot, str], object]
) -> None:
    publish(world.lake, folder)
    snapshot = Snapshots(folder).current()
    with_a_handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        # Which thread of DuckDB's has the work, and whether one looks for signals, is chance.
        for _ in range(8):
            timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
            timer.start()
            with pytest.raises(KeyboardInterrupt):
                ask(snapshot, "SELECT count(*) FROM range(1000000000000) AS n(i) WHERE i % 7 = 3")
            timer.join()
    finally:
        signal.signal(signal.SIGINT, with_a_handler)


def test_what_could_not_be_opened_for_a_moment_is_tried_again(world: World, folder: Path) -> None:
    publish(world.lake, folder)
    snapshots = Snapshots(folder)
    assert snapshots.current().info.version == 1
    published = publish(world.lake, folder, full=True).path
    whole = published.read_bytes()
    published.write_bytes(whole[:10_000])
    snapshots.follow()
    assert snapshots.problem
    published.write_bytes(whole)

    until(lambda: snapshots.current().info.version == 2)
    assert snapshots.problem is None


def test_a_version_never_comes_back_though_all_snapshots_are_removed(
    world: World, folder: Path
) -> None:
    publish(world.lake, folder)
    publish(world.lake, folder, full=True)
    snapshots = Snapshots(folder)
    assert snapshots.current().info.version == 2
    for path in folder.iterdir():
        path.unlink()

    world.watch(TUESDAY, [Watched("user-1", "t-zoo", 7)])
    assert publish(world.lake, folder).version == 3

    until(lambda: snapshots.current().info.version == 3)
    assert snapshots.ask(HeadlineQuestion()).data.plays == 7


def test_a_home_that_was_exchanged_is_told(world: World, folder: Path) -> None:
    publish(world.lake, folder)
    snapshots = Snapshots(folder)
    assert snapshots.current().info.version == 1
    for path in (*folder.iterdir(), *folder.parent.glob("*.version")):
        path.unlink()
    publish(world.lake, folder)

    snapshots.follow()

    assert "Restart the service" in (snapshots.problem or "")


def test_a_link_to_a_file_that_is_gone_is_no_snapshot(world: World, folder: Path) -> None:
    publish(world.lake, folder).path.unlink()
    with pytest.raises(NoSnapshot):
        Snapshots(folder).current()


@pytest.mark.slow
def test_ten_swaps_under_concurrent_questions_give_no_error_and_no_mixture(
    world: World, folder: Path
) -> None:
    publish(world.lake, folder)
    snapshots = Snapshots(folder)
    source = snapshots
    plays_by_version = {1: 7}
    seen: list[tuple[int, int, int]] = []
    errors: list[Exception] = []
    done = threading.Event()

    def ask() -> None:
        while not done.wait(0.005):  # all the time, but not so that nothing is published
            try:
                told = source.ask(HeadlineQuestion())
                days = snapshots.current()
                assert told.data.plays is not None
                assert told.data.viewers is not None
                seen.append((told.snapshot.version, told.data.plays, told.data.viewers))
                by_day = days.ask(SeriesQuestion("plays")).data.lines[0].values
                assert days.ask(HeadlineQuestion()).data.plays == sum(v or 0 for v in by_day)
            except Exception as error:  # noqa: BLE001 (any error at all fails the test)
                errors.append(error)
                return

    readers = [threading.Thread(target=ask) for _ in range(4)]
    for reader in readers:
        reader.start()
    try:
        for swap in range(10):
            plays = [Watched(f"user-{n}", "t-zoo", 7) for n in range(swap + 1)]
            world.watch(TUESDAY, plays)
            version = publish(world.lake, folder).version
            plays_by_version[version] = 6 + len(plays)
        until(lambda: bool(seen) and seen[-1][0] == version)
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert not errors
    assert {version: plays for version, plays, _ in seen}.items() <= plays_by_version.items()
    assert all(viewers == plays - 4 for version, plays, viewers in seen if version > 1)


def test_a_query_that_needs_too_much_memory_says_so_and_others_are_answered(
    world: World, folder: Path
) -> None:
    publish(world.lake, folder)
    snapshot = Snapshot(folder / LINK, megabytes=64)
    with pytest.raises(QueryMemoryFull, match="NETFLIX_QUERY_MEGABYTES"):
        snapshot.rows("SELECT len(list(number)) FROM range(20_000_000) numbers(number)")
    assert snapshot.row("SELECT 1 AS one") == {"one": 1}


def test_what_the_snapshot_of_an_earlier_release_lacks_is_told(world: World, folder: Path) -> None:
    with duckdb.connect(str(publish(world.lake, folder).path)) as sql:
        for name in ("search_term_daily", "sitting_quarters"):
            sql.execute(f"DROP VIEW {name}; DROP TABLE coded.{name}")
        sql.execute("ALTER TABLE title_profile DROP COLUMN series_viewers")
        sql.execute("UPDATE held.state SET layout = 'earlier'")
    source = Snapshots(folder)
    utc = source.ask(HeadlineQuestion()).data
    assert (utc.plays, utc.sittings) == (7, 7)
    in_zone = HeadlineQuestion(zone="Europe/Berlin")
    for question in (SearchTermsQuestion(), TitlesQuestion(level="series"), in_zone):
        with pytest.raises(NoSnapshot, match="published by another release"):
            source.ask(question)
    publish(world.lake, folder)
    until(lambda: source.current().info.version == 2)
    assert source.ask(SearchTermsQuestion()).data.terms == ()
    assert source.ask(in_zone).data.sittings == 7
