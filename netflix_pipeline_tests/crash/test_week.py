"""A week of a home: what comes late, twice, out of order, wrong at first, or while it is killed."""

import shutil
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import polars as pl
from polars.testing import assert_frame_equal

from netflix_pipeline.contracts import contract
from netflix_pipeline.eventlog import open_log
from netflix_pipeline.ingest import differences, drain, ingest_paths, ledger, manifests
from netflix_pipeline.lake import Lake, Partition
from netflix_pipeline.materialize import Built, Versions, build, dependencies, pending
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.command import Command
from netflix_pipeline_tests.support.crashing import run, strays
from netflix_pipeline_tests.support.days import HEADER, events_of, from_day
from netflix_pipeline_tests.support.events import watch

MON, TUE, WED, THU, FRI, SAT, SUN = WEEK = from_day(date(2026, 1, 5), 7)
OF_A_DAY = "gold/user_daily"
BY_ARRIVAL = ("silver/quarantine", "gold/ledger_daily", "gold/arrival_daily")
Tables = dict[tuple[str, Partition], pl.DataFrame]


class Home:
    """A home that lives through days, and how often each day of a table was stored."""

    def __init__(self, root: Path) -> None:
        self.settings = Settings(home=root)
        self.lake = Lake.of(self.settings)
        self.evening(MON)
        self.seen: dict[date, list[tuple[int, int]]] = {}

    def evening(self, day: date) -> None:
        """It is now that evening."""
        self.clock = datetime.combine(day, time(23, 30), UTC)

    def arrive(self, *files: Path) -> None:
        taken = ingest_paths(self.settings, files, now=lambda: self.clock)
        assert not [told.note for told in taken if told.note]
        self.clock += timedelta(minutes=1)

    def send(self, *events: bytes) -> None:
        """Events over HTTP, that are drained."""
        with closing(open_log(self.settings)) as log:
            log.append(self.clock, list(events)).result()
            drained = drain(self.settings, log, now=lambda: self.clock)
        assert not [told.note for told in drained if told.note]
        self.clock += timedelta(minutes=1)

    def build(self) -> list[Built]:
        built = list(build(self.lake, tuple(dependencies()), None, only_pending=True))
        self.look()
        return [each for each in built if not each.good]

    def look(self) -> None:
        """Take note of each day that was stored anew."""
        for day in self.lake.partitions(OF_A_DAY):
            file = self.lake.path(OF_A_DAY, day).stat()
            seen = self.seen.setdefault(day, [])
            if (file.st_ino, file.st_mtime_ns) not in seen[-1:]:
                seen.append((file.st_ino, file.st_mtime_ns))

    def tables(self, but: Sequence[str] = ()) -> Tables:
        return {
            (table, partition): self.lake.read(table, partition)
            for table in dependencies()
            if table not in but
            for partition in self.lake.every_partition(table)
        }


def assert_same(one: Tables, other: Tables) -> None:
    assert one.keys() == other.keys()
    for key, rows in one.items():
        assert_frame_equal(rows, other[key])


def written(path: Path, *rows: str) -> Path:
    path.write_text("\n".join((HEADER, *rows, "")))
    return path


def test_a_week_ends_with_the_tables_of_all_that_came(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    file = {day: tmp_path / f"{day:%A}.csv" for day in WEEK}
    for day, path in file.items():
        path.write_text(events_of([day]))
    count = tmp_path / "moments"

    home.arrive(file[MON])
    assert home.build() == []

    # Ingest is killed, and run again.
    home.evening(TUE)
    assert run(home.settings, count, 20, 0.0, "ingest", file[TUE]) == -9
    home.arrive(file[TUE])
    assert home.build() == []

    # Of Wednesday only an event over HTTP comes; its file is late, and comes after another day's.
    home.evening(WED)
    early = {"user_id": "u0", "title_id": "t0", "event_time": f"{WED}T09:00:00Z"}
    home.send(watch("posted", **early), watch("posted", **early))
    assert home.build() == []
    home.evening(THU)
    home.arrive(file[THU])
    home.arrive(file[WED])
    home.arrive(file[WED])
    assert home.build() == []

    # What came of Friday cannot be read, and keeps no late event of Tuesday waiting.
    home.evening(FRI)
    home.arrive(file[FRI])
    late = written(tmp_path / "late.csv", f"late,u1,t1,{TUE}T09:00:00Z,stopped,600")
    home.arrive(late)
    (stored,) = home.lake.batch_files("bronze/watch_events", FRI)
    good = stored.read_bytes()
    stored.write_bytes(good[:-20])
    assert ("silver/plays", FRI) in {(each.table, each.partition) for each in home.build()}
    assert (len(home.seen[TUE]), FRI in home.seen) == (2, False)

    # The command is killed while it builds, and run again when Friday is as it came.
    home.evening(SAT)
    home.arrive(file[SAT])
    assert run(home.settings, count, 150, 0.0, "materialize") == -9
    home.look()
    stored.write_bytes(good)
    Command(home.settings.root).ok("materialize")
    home.look()

    home.evening(SUN)
    home.arrive(file[SUN], file[MON])
    assert home.build() == []

    assert pending(Versions(home.lake)) == {}
    assert not strays(home.settings)
    assert differences(ledger(home.lake, manifests(home.lake))).is_empty()
    # What came for a day made it anew, and nothing else did.
    anew = {TUE: 2, WED: 2}
    assert {day: len(seen) for day, seen in home.seen.items()} == {
        day: anew.get(day, 1) for day in WEEK
    }

    again = Home(tmp_path / "again")
    shutil.copytree(home.lake.root / "bronze", again.lake.root / "bronze")
    assert again.build() == []
    assert_same(home.tables(), again.tables())

    at_once = Home(tmp_path / "at once")
    at_once.evening(SUN)
    posted = f"posted,u0,t0,{WED}T09:00:00Z,stopped,600"
    at_once.arrive(*file.values(), late, written(tmp_path / "posted.csv", posted))
    assert at_once.build() == []
    assert_same(home.tables(but=BY_ARRIVAL), at_once.tables(but=BY_ARRIVAL))
    plays = [rows for (table, _), rows in home.tables().items() if table == "silver/plays"]
    assert pl.concat([contract("silver/plays").empty(), *plays]).height == 3 * 7 + 2
