"""Silver and gold follow what lies below them: exactly the days that are touched, and no others."""

import importlib
import random
import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from netflix_pipeline.contracts import contract, contracts, origin_tables
from netflix_pipeline.errors import DamagedFile
from netflix_pipeline.generate import generate
from netflix_pipeline.ingest import ingest_paths
from netflix_pipeline.lake import Lake, Sharding, Share
from netflix_pipeline.lake.folder_lake import FolderLake
from netflix_pipeline.materialize import (
    DIMENSIONS,
    GOLD_DAILY,
    GOLD_ROLLUPS,
    SILVER,
    Built,
    Versions,
    build,
    pending,
    same_day,
)
from netflix_pipeline.materialize.shard_work import OtherState, ShardWork
from netflix_pipeline.materialize.silver import plays_of, plays_of_share
from netflix_pipeline.materialize.writer import Storing
from netflix_pipeline.settings import Settings
from netflix_pipeline.transforms import sessionize
from netflix_pipeline.transforms.gold_daily import activity
from netflix_pipeline.transforms.several_days import EVENT_DATE
from netflix_pipeline_tests.support.beside import Beside

TABLES = (*SILVER, *GOLD_DAILY, *GOLD_ROLLUPS)
END = date(2026, 1, 31)
NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)
DIMENSION_KEYS = (("silver/users", "user_id"), ("silver/titles", "title_id"))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    generate(folder, events=3000, users=60, titles=40, days=14, end=END, seed=5, dirty=True)
    return folder


def take(home: Path, *paths: Path, at: datetime = NOW) -> Lake:
    settings = Settings(home=home)
    ingest_paths(settings, paths, now=lambda: at)
    return Lake.of(settings)


def bring_up_to_date(lake: Lake) -> list[Built]:
    return list(build(lake, TABLES, None, only_pending=True))


def content(lake: Lake) -> dict[tuple[str, date | None], pl.DataFrame]:
    return {
        (table, partition): lake.read(table, partition)
        for table in TABLES
        for partition in (
            [None] if contract(table).partition == "whole" else lake.partitions(table)
        )
    }


def assert_same(
    one: dict[tuple[str, date | None], pl.DataFrame],
    other: dict[tuple[str, date | None], pl.DataFrame],
) -> None:
    assert one.keys() == other.keys()
    for key, frame in one.items():
        assert_frame_equal(frame, other[key])


def days_of(built: Iterable[Built], table: str, *, changed: bool = True) -> list[date | None]:
    return [b.partition for b in built if b.table == table and (b.changed or not changed)]


@pytest.fixture(scope="module")
def built_home(tmp_path_factory: pytest.TempPathFactory, sample: Path) -> Path:
    home = tmp_path_factory.mktemp("built") / "home"
    bring_up_to_date(take(home, sample))
    return home


@pytest.fixture
def lake(tmp_path: Path, built_home: Path) -> Lake:
    """A lake of its own that is up to date."""
    shutil.copytree(built_home, tmp_path / "home")
    return Lake.of(Settings(home=tmp_path / "home"))


def write(path: Path, header: str, *rows: str) -> Path:
    path.write_text("\n".join((header, *rows)) + "\n")
    return path


def late_event(tmp_path: Path, when: str, user: str = "late-user") -> Path:
    return write(
        tmp_path / "late.csv",
        "event_id,user_id,title_id,event_time,action,watch_seconds",
        f"late-1,{user},late-title,{when},stopped,1800",
    )


def test_once_up_to_date_nothing_is_pending_and_nothing_is_built_again(lake: Lake) -> None:
    assert pending(Versions(lake)) == {}
    assert bring_up_to_date(lake) == []
    assert all(lake.partitions(t) for t in TABLES if contract(t).partition == "day")


def test_every_table_keeps_its_contract(lake: Lake) -> None:
    for (table, partition), frame in content(lake).items():
        (violations,) = contract(table).violations(frame)
        assert violations.is_empty(), (table, partition, violations)


def test_a_late_event_changes_its_day_and_what_looks_over_it(lake: Lake, tmp_path: Path) -> None:
    take(tmp_path / "home", late_event(tmp_path, "2026-01-22T12:00:00Z"), at=NOW + timedelta(1))
    built = bring_up_to_date(lake)
    day = date(2026, 1, 22)
    assert days_of(built, "silver/plays") == [day]
    assert days_of(built, "gold/title_daily", changed=False) == [day]
    assert days_of(built, "gold/engagement_daily", changed=False) == [day]
    assert days_of(built, "gold/audience_daily")[0] == day
    assert {*days_of(built, "silver/plays", changed=False)} <= {
        day + timedelta(offset) for offset in range(-2, 3)
    }
    assert pending(Versions(lake)) == {}


def test_an_event_before_the_first_day_opens_that_day(lake: Lake, tmp_path: Path) -> None:
    take(tmp_path / "home", late_event(tmp_path, "2025-12-01T12:00:00Z"))
    built = bring_up_to_date(lake)
    assert days_of(built, "gold/user_daily") == [date(2025, 12, 1)]
    assert lake.partitions("silver/plays")[0] == date(2025, 12, 1)
    # Between the new first day and the old one nobody watched, and that is said.
    # Windows that reach back before the data are not known.
    for day, viewers in {
        date(2025, 12, 6): (0, None, None),
        date(2025, 12, 7): (0, 1, None),
        date(2025, 12, 10): (0, 0, None),
        date(2025, 12, 29): (0, 0, None),
        date(2025, 12, 30): (0, 0, 1),
    }.items():
        quiet = lake.read("gold/audience_daily", day)
        assert quiet.select("dau", "wau", "mau").row(0) == viewers, day


def test_a_changed_title_changes_the_days_that_show_it(lake: Lake, tmp_path: Path) -> None:
    plays = {day: lake.read("silver/plays", day) for day in lake.partitions("silver/plays")}
    seen = pl.concat(frame.select("title_id", day=pl.lit(day)) for day, frame in plays.items())
    rarest = (
        seen.unique()
        .group_by("title_id")
        .agg("day")
        .sort(pl.col("day").list.len(), "title_id")
        .row(0)
    )
    title, days = rarest
    described = write(
        tmp_path / "titles.csv",
        "title_id,title,content_type,genre,runtime_minutes",
        f"{title},Another Name,documentary,Nature,50",
    )
    take(tmp_path / "home", described, at=NOW + timedelta(1))
    built = bring_up_to_date(lake)
    assert set(days_of(built, "silver/plays", changed=False)) == set(days)
    for day in days:
        shown = lake.read("silver/plays", day).filter(pl.col("title_id") == title)
        assert set(shown["genre"]) == {"Nature"}
    assert pending(Versions(lake)) == {}


def test_a_day_that_a_slower_run_stores_by_what_was_said_before_is_built_again(
    lake: Lake, tmp_path: Path
) -> None:
    day = lake.partitions("silver/plays")[-1]
    title = lake.read("silver/plays", day)["title_id"][0]
    before = Versions(lake)
    assert before.footer("silver/titles", None)
    with ThreadPoolExecutor(1) as pool:
        slower = Storing(before, pool)
        drafts = list(plays_of(before, [day], anew=True))
        described = write(
            tmp_path / "titles.csv",
            "title_id,title,content_type,genre,runtime_minutes",
            f"{title},Another Name,documentary,Nature,50",
        )
        take(tmp_path / "home", described, at=NOW + timedelta(1))
        bring_up_to_date(lake)
        assert pending(Versions(lake)) == {}
        (stored,) = slower.stored(drafts)
    assert stored.good
    assert day in pending(Versions(lake))["silver/plays"]
    bring_up_to_date(lake)
    shown = lake.read("silver/plays", day).filter(pl.col("title_id") == title)
    assert set(shown["genre"]) == {"Nature"}


def test_a_new_user_changes_no_older_day(lake: Lake, tmp_path: Path) -> None:
    take(tmp_path / "home", write(tmp_path / "u.csv", "user_id,country,plan", "new,US,Basic"))
    built = bring_up_to_date(lake)
    assert {b.table for b in built} <= {"silver/users", "gold/ledger_daily"}


@pytest.mark.parametrize("seed", range(3))
def test_days_in_any_order_and_split_give_the_same_tables(
    lake: Lake, tmp_path: Path, sample: Path, seed: int
) -> None:
    other = take(tmp_path / "other", sample)
    days = other.partitions("bronze/watch_events")
    chance = random.Random(seed)
    cuts = sorted(chance.sample(range(1, len(days)), 4))
    ranges = [days[a:b] for a, b in zip([0, *cuts], [*cuts, len(days)], strict=True)]
    chance.shuffle(ranges)
    for part in ranges:
        list(build(other, TABLES, part, only_pending=False))
    bring_up_to_date(other)
    assert_same(content(other), content(lake))


def test_a_walk_in_parts_and_day_by_day_gives_the_same_tables(
    lake: Lake, tmp_path: Path, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.import_module("netflix_pipeline.materialize.build"), "LEAST", 1)
    for module in (sessionize, same_day):
        monkeypatch.setattr(module, "DAYS_AT_ONCE", 1)
    parts = take(tmp_path / "parts", sample)
    bring_up_to_date(parts)
    assert_same(content(parts), content(lake))
    made_from = [
        {key: footer.inputs for key in content(lake) if (footer := each.footer(*key))}
        for each in (Versions(parts), Versions(lake))
    ]
    assert made_from[0] == made_from[1]


@pytest.mark.parametrize(("shards", "beside"), [(2, False), (8, False), (8, True)])
def test_a_share_of_the_users_at_a_time_gives_the_same_tables(
    lake: Lake, shards: int, beside: bool
) -> None:
    versions, sharding = Versions(lake), Sharding(shards, rows=1)
    days = lake.partitions("silver/plays")[6:9]
    assert len(Versions(lake, sharding).shares("bronze/watch_events", days[:1])) == shards
    before = content(lake)
    footers = {key: versions.footer(*key) for key in before}
    helper = Beside(partial(Lake.of, Settings(home=lake.root.parent)))
    helpers = helper if beside else None
    built = list(build(lake, TABLES, days, only_pending=False, sharding=sharding, helpers=helpers))
    assert {each.table for each in built} == {*TABLES} - {"silver/quarantine", "gold/ledger_daily"}
    assert [each for each in built if not each.good or each.changed] == []
    assert (helper.made_shares > 0) is beside
    assert_same(content(lake), before)
    # Also the versions of what each was made from, and how far its plays reach.
    assert {key: Versions(lake).footer(*key) for key in before} == footers
    assert not list(lake.drafts("silver/plays").iterdir())


def test_a_share_is_made_elsewhere_of_the_same_rows_by_the_same_code_or_not_at_all(
    lake: Lake, tmp_path: Path
) -> None:
    versions, share = Versions(lake), Share(1, 3)
    tables, days = ["silver/plays"], lake.partitions("silver/plays")[6:8]
    work = ShardWork.described(versions, plays_of_share, tables, days, share.of)
    # What comes in meanwhile counts for nobody who works on this.
    take(tmp_path / "home", late_event(tmp_path, f"{days[0]}T12:00:00Z"), at=NOW + timedelta(1))
    here = list(plays_of_share(versions, tables, days, share))
    work.made(Lake.of(Settings(home=lake.root.parent)), share.number, "piece")
    elsewhere = list(work.taken(lake, "piece"))
    for one, other in zip(here, elsewhere, strict=True):
        assert isinstance(one.frame, pl.DataFrame)
        assert isinstance(other.frame, pl.DataFrame)
        assert_frame_equal(one.frame, other.frame)
        assert replace(one, frame=other.frame, seconds=other.seconds) == other
    for wrong, why in (
        (replace(work, code={"silver/plays": "of before"}), "another version of the code"),
        (replace(work, batches=[]), "is another here"),
        (replace(work, batches=[*work.batches, "merged"]), "not all batches count here"),
        (replace(work, make="os:getcwd"), "makes no share"),
        (replace(work, of=1), "makes no share"),
    ):
        with pytest.raises(OtherState, match=why):
            wrong.made(lake, share.number, "piece")
    work.made(lake, share.number, "piece")
    with pytest.raises(OtherState, match="made for other work"):
        replace(work, of=share.of + 1).taken(lake, "piece")

    def cut(piece: Path) -> None:
        piece.write_bytes(piece.read_bytes()[:-9])

    def without_rows(piece: Path) -> None:
        pl.read_ipc(piece).head(1).write_ipc(piece)

    gone: list[tuple[Callable[[Path], None], type[Exception]]] = [
        (Path.unlink, FileNotFoundError),
        (cut, DamagedFile),
        (without_rows, DamagedFile),
    ]
    for spoil, error in gone:
        work.made(lake, share.number, "piece")
        spoil(lake.take_piece("piece-1"))
        with pytest.raises(error):
            work.taken(lake, "piece")


def test_a_day_that_has_not_begun_stays_pending(lake: Lake, tmp_path: Path) -> None:
    today = datetime.now(UTC).date()
    tomorrow = today + timedelta(days=1)
    late = late_event(tmp_path, f"{tomorrow}T00:20:00Z")
    at = datetime.combine(today, datetime.max.time(), UTC)
    take(tmp_path / "home", late, at=at)
    built = bring_up_to_date(lake)
    assert tomorrow not in {partition.partition for partition in built}
    assert pending(Versions(lake))["silver/plays"] == [tomorrow]


def made_by(monkeypatch: pytest.MonkeyPatch, table: str, make: Callable[..., pl.DataFrame]) -> None:
    specifications = importlib.import_module("netflix_pipeline.materialize.build_graph").TABLES
    monkeypatch.setitem(specifications, table, replace(specifications[table], make=make))


def test_users_and_titles_stay_as_they_are_when_nothing_new_is_told(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*frames: pl.DataFrame) -> pl.DataFrame:
        raise AssertionError("made anew")

    for table in DIMENSIONS:
        made_by(monkeypatch, table, never)
    user, title = (lake.read(table)[key][0] for table, key in DIMENSION_KEYS)
    known = write(
        tmp_path / "known.csv",
        "event_id,user_id,title_id,event_time,action,watch_seconds",
        f"known-1,{user},{title},2026-01-22T12:00:00Z,stopped,1800",
    )
    take(tmp_path / "home", known, at=NOW + timedelta(1))
    bring_up_to_date(lake)
    assert pending(Versions(lake)) == {}
    take(tmp_path / "home", late_event(tmp_path, "2026-01-22T12:00:00Z"), at=NOW + timedelta(2))
    told = {built.table: built.problem for built in bring_up_to_date(lake) if built.problem}
    assert told.keys() == {"silver/users", "silver/titles"}
    assert all("made anew" in problem for problem in told.values())


def test_building_everything_again_changes_nothing(lake: Lake) -> None:
    before = content(lake)
    built = list(build(lake, TABLES, None, only_pending=False))
    assert {b.table for b in built} == set(TABLES)
    assert not any(b.changed for b in built)
    assert_same(content(lake), before)


def test_one_table_can_be_built_alone_and_brings_users_and_titles_up_to_date(
    tmp_path: Path, sample: Path
) -> None:
    lake = take(tmp_path / "home", sample)
    day = lake.partitions("bronze/watch_events")[3]
    built = list(build(lake, ["silver/plays"], [day], only_pending=False))
    assert [(b.table, b.partition) for b in built] == [("silver/plays", day)]
    assert all(lake.footer(table) for table in DIMENSIONS)
    assert lake.read("silver/plays", day)["plan"].n_unique() > 1


def test_a_day_that_becomes_empty_is_empty_above_too(lake: Lake) -> None:
    day = date(2026, 1, 22)
    for path in lake.batch_files("bronze/watch_events", day):
        path.unlink()
    bring_up_to_date(lake)
    started_before = lake.read("silver/plays", day)
    assert started_before.is_empty()
    assert lake.read("gold/user_daily", day).is_empty()
    assert lake.read("gold/audience_daily", day)["dau"].to_list() == [0]
    assert pending(Versions(lake)) == {}


def test_a_day_that_breaks_its_contract_is_not_stored_and_the_last_good_one_stays(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = lake.partitions("gold/activity")[4:6]
    before = lake.read("gold/activity", bad)

    def broken(rows: pl.DataFrame) -> pl.DataFrame:
        made = activity(rows)
        wrong = pl.col(EVENT_DATE) == bad
        return made.with_columns(pl.when(~wrong).then("plays").otherwise(-1).alias("plays"))

    made_by(monkeypatch, "gold/activity", broken)
    built = {
        b.partition: b for b in build(lake, ["gold/activity"], [bad, good], only_pending=False)
    }
    assert built[good].violations.is_empty()
    assert built[bad].violations["check"].to_list() == ["≥ 0"]
    assert_frame_equal(lake.read("gold/activity", bad), before)
    assert lake.is_stale("gold/activity", bad)
    monkeypatch.undo()
    assert [b.partition for b in bring_up_to_date(lake) if b.table == "gold/activity"] == [bad]
    assert not lake.is_stale("gold/activity", bad)


def test_changed_code_builds_its_table_again(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    room = importlib.import_module("netflix_pipeline.materialize.pending")
    version = room.code_version
    monkeypatch.setattr(
        room, "code_version", lambda table: "new" if table == "gold/drop_off" else version(table)
    )
    assert set(pending(Versions(lake))) == {"gold/drop_off"}


def test_every_silver_and_gold_contract_is_built() -> None:
    built = {table for table in contracts() if not table.startswith("bronze/")}
    assert built - set(origin_tables()) == set(TABLES)


@pytest.mark.parametrize("above", ["home", "step=9", "event_date=2025-01-01"])
def test_days_that_are_read_together_are_those_of_each_alone(tmp_path: Path, above: str) -> None:
    """Also below a folder whose name looks like one of a partition."""
    lake, table = FolderLake(tmp_path / above / "lake"), "gold/drop_off"
    days = [END + timedelta(days=n) for n in range(3)]
    for day in (days[0], days[2]):
        steps = pl.DataFrame({"title_id": ["a", f"{day}"], "step": [1, 2], "starters": [3, 4]})
        lake.replace(table, day, contract(table).conform(steps), inputs={}, code="")
    alone = (lake.read(table, day).with_columns(pl.lit(day).alias(EVENT_DATE)) for day in days)
    together = Versions(lake).rows_of_days(table, days)
    assert_frame_equal(together, pl.concat(alone))
