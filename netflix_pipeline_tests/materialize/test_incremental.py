"""Tables over the whole history are patched with what changed, and are what a full build gives."""

import random
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from netflix_pipeline.contracts import contract
from netflix_pipeline.generate import generate
from netflix_pipeline.ingest import ingest_paths
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize import (
    GOLD_DAILY,
    GOLD_ROLLUPS,
    SILVER,
    Versions,
    build,
    full_rebuild,
    pending,
    rollups,
)
from netflix_pipeline.settings import Settings
from netflix_pipeline.transforms import audience, profiles

TABLES = (*SILVER, *GOLD_DAILY, *GOLD_ROLLUPS)
END = date(2026, 1, 31)
DAYS = 34
NOW = datetime(2026, 2, 2, 12, tzinfo=UTC)
EVENTS = "event_id,user_id,title_id,event_time,action,watch_seconds"
REVIEWS = "review_id,user_id,title_id,event_time,rating"
TITLES = "title_id,title,content_type,genre,runtime_minutes,series_id,season,episode"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    generate(folder, events=2500, users=300, titles=300, days=DAYS, end=END, seed=8, dirty=False)
    return folder


@pytest.fixture(scope="module")
def built_home(tmp_path_factory: pytest.TempPathFactory, sample: Path) -> Path:
    home = tmp_path_factory.mktemp("built") / "home"
    settings = Settings(home=home)
    ingest_paths(settings, [sample], now=lambda: NOW)
    up_to_date(Lake.of(settings))
    return home


@pytest.fixture
def home(tmp_path: Path, built_home: Path) -> Path:
    """A home of its own that is up to date."""
    return shutil.copytree(built_home, tmp_path / "home")


def lake_of(home: Path) -> Lake:
    return Lake.of(Settings(home=home))


def up_to_date(lake: Lake) -> None:
    for built in build(lake, TABLES, None, only_pending=True):
        assert built.violations.is_empty(), (built.table, built.partition, built.violations)


class History:
    """A home to which things happen, and the things that can happen to it."""

    def __init__(self, home: Path, sample: Path, seed: int) -> None:
        self.home, self.lake = home, lake_of(home)
        self.chance = random.Random(seed)
        self.count = 0
        self.users = pl.read_csv(sample / "users.csv")["user_id"].to_list()
        self.titles = pl.read_csv(sample / "titles.csv", infer_schema_length=None)

    def take(self, header: str, *rows: str) -> None:
        self.count += 1
        path = self.home.parent / f"{self.home.name}-{self.count}.csv"
        path.write_text("\n".join((header, *rows)) + "\n")
        at = NOW + timedelta(hours=self.count)
        ingest_paths(Settings(home=self.home), [path], now=lambda: at)

    def instant(self) -> str:
        # The last day stays the last: a later one is never patched.
        minutes = self.chance.randrange((DAYS - 1) * 24 * 60)
        at = datetime.combine(END, datetime.min.time(), UTC) - timedelta(minutes=minutes)
        return at.strftime("%Y-%m-%dT%H:%M:%SZ")

    def late_events(self) -> None:
        self.take(
            EVENTS,
            *(
                f"late-{self.count}-{n},{self.chance.choice(self.users)},"
                f"{self.chance.choice(self.titles['title_id'].to_list())},{self.instant()},"
                f"{self.chance.choice(['stopped', 'completed'])},{self.chance.randrange(7200)}"
                for n in range(self.chance.randint(1, 2))
            ),
        )

    def events_of_the_unknown(self) -> None:
        self.take(
            EVENTS, f"new-{self.count},u{self.count},t{self.count},{self.instant()},stopped,900"
        )

    def reviews(self) -> None:
        title = self.chance.choice(self.titles["title_id"].to_list())
        self.take(REVIEWS, f"r{self.count},{self.users[0]},{title},{self.instant()},4")

    def another_title(self) -> None:
        row = self.titles.row(self.chance.randrange(self.titles.height), named=True)
        said = [row[name] for name in TITLES.split(",")]
        said[4] = self.chance.randrange(20, 180)
        self.take(TITLES, ",".join("" if value is None else str(value) for value in said))

    def place(self) -> str:
        """A series, a season and an episode of it."""
        series = self.titles["series_id"].drop_nulls().unique().sort().to_list()
        season, episode = self.chance.randint(1, 3), self.chance.randint(1, 12)
        return f"{self.chance.choice(series)},{season},{episode}"

    def another_episode(self) -> None:
        self.take(TITLES, f"e{self.count},Extra,series,Drama,40,{self.place()}")

    def another_series(self) -> None:
        """A title, played or not, turns out to be an episode of another series."""
        title = self.chance.choice(self.titles["title_id"].to_list())
        self.take(TITLES, f"{title},Moved,series,Drama,40,{self.place()}")

    def erasure(self) -> None:
        """A user's events of a few days are gone."""
        day = self.chance.choice(self.lake.partitions("bronze/watch_events")[:-1])
        for path in self.lake.batch_files("bronze/watch_events", day):
            rows = pl.read_parquet(path, hive_partitioning=False)
            metadata = pl.read_parquet_metadata(path)
            gone = rows["user_id"][0]
            metadata = {key: said for key, said in metadata.items() if key != "ARROW:schema"}
            rows.filter(pl.col("user_id") != gone).write_parquet(path, metadata=metadata)

    def happenings(self) -> list[Callable[[], None]]:
        return [
            self.late_events,
            self.late_events,
            self.events_of_the_unknown,
            self.reviews,
            self.another_title,
            self.another_episode,
            self.another_series,
            self.erasure,
        ]

    def partly_built(self) -> None:
        """Some tables are brought up to date, as somebody may choose in the UI."""
        some = self.chance.sample(TABLES, self.chance.randint(1, len(TABLES)))
        days = self.lake.partitions("bronze/watch_events")
        cut = self.chance.randrange(len(days))
        part = self.chance.choice([None, days[:cut], days[cut:]])
        list(build(self.lake, some, part, only_pending=self.chance.random() < 0.7))


def assert_as_built_anew(lake: Lake, other: Path) -> None:
    """All tables are those that a full build of the same bronze gives."""
    shutil.copytree(lake.root / "bronze", other / "lake" / "bronze")
    anew = lake_of(other)
    list(build(anew, TABLES, None, only_pending=False))
    for table in TABLES:
        whole = contract(table).partition == "whole"
        days = [None] if whole else sorted({*lake.partitions(table), *anew.partitions(table)})
        for day in days:
            assert_frame_equal(lake.read(table, day), anew.read(table, day))


def forbid(*_: object, **__: object) -> None:
    raise AssertionError("made anew")


@pytest.fixture
def nothing_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollups, "title_profile", forbid)
    monkeypatch.setattr(rollups, "tables_of_users", forbid)
    monkeypatch.setattr(audience, "audience_daily", forbid)


@pytest.mark.usefixtures("nothing_anew")
@pytest.mark.parametrize("what", ["late_events", "events_of_the_unknown", "reviews", "erasure"])
def test_what_changes_little_is_patched(
    home: Path, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    history = History(home, sample, seed=3)
    for _ in range(3):
        getattr(history, what)()
        up_to_date(history.lake)
    monkeypatch.undo()
    assert_as_built_anew(history.lake, tmp_path / "anew")


@pytest.mark.parametrize("seed", range(2))
def test_any_history_of_changes_ends_with_the_tables_of_a_full_build(
    home: Path, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    if seed % 2:  # in many parts
        monkeypatch.setattr(full_rebuild, "PLAYS_AT_ONCE", 200)
        monkeypatch.setattr(full_rebuild, "ROWS_AT_ONCE", 50)
        monkeypatch.setattr(profiles, "ROWS_OF_USERS", 50)
    history = History(home, sample, seed)
    for _ in range(6):
        for _ in range(history.chance.randint(1, 2)):
            history.chance.choice(history.happenings())()
        if history.chance.random() < 0.5:
            history.partly_built()
        else:
            up_to_date(history.lake)
    up_to_date(history.lake)
    assert pending(Versions(history.lake)) == {}
    monkeypatch.undo()
    assert_as_built_anew(history.lake, tmp_path / "anew")
