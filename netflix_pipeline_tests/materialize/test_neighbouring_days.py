"""Late events reach as many days as they touch: the plays of the days beside them may change."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from netflix_pipeline.ingest import ingest_paths
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize import Versions, build, pending
from netflix_pipeline.settings import Settings
from netflix_pipeline.transforms import plays

HEADER = "event_id,user_id,title_id,event_time,action,watch_seconds"
DAY = date(2026, 1, 20)
NEXT = DAY + timedelta(days=1)
NOW = datetime(2026, 2, 1, tzinfo=UTC)
TABLE = "bronze/watch_events"


def take(home: Path, number: int, *rows: str) -> Lake:
    """A lake with the rows of one more file, its plays brought up to date."""
    settings = Settings(home=home)
    path = home.parent / f"{number}.csv"
    path.write_text("\n".join((HEADER, *rows)) + "\n")
    ingest_paths(settings, [path], now=lambda: NOW + timedelta(hours=number))
    lake = Lake.of(settings)
    list(build(lake, ["silver/plays"], None, only_pending=True))
    assert pending(Versions(lake)).get("silver/plays") is None
    return lake


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a play of Ada's that begins ten minutes after midnight, and one of Bo's."""
    home = tmp_path / "home"
    take(
        home,
        1,
        f"a,ada,film,{NEXT}T00:10:00Z,stopped,1800",
        f"b,bo,film,{NEXT}T15:00:00Z,stopped,1800",
        f"c,bo,film,{DAY}T15:00:00Z,stopped,1800",
    )
    return home


@pytest.mark.parametrize(
    ("late", "users_of_day", "users_of_next"),
    [
        ("ada,film,{day}T23:45:00Z", ["ada", "bo"], ["bo"]),
        ("ada,film,{day}T22:00:00Z", ["ada", "bo"], ["ada", "bo"]),
        ("ada,other,{day}T23:45:00Z", ["ada", "bo"], ["ada", "bo"]),
        ("eve,film,{day}T23:45:00Z", ["bo", "eve"], ["ada", "bo"]),
        ("ada,film,{next}T00:20:00Z", ["bo"], ["ada", "bo"]),
    ],
    ids=["reaches over midnight", "ends before", "another title", "another user", "same play"],
)
def test_a_late_event_takes_in_the_play_that_it_reaches(
    home: Path, late: str, users_of_day: list[str], users_of_next: list[str]
) -> None:
    lake = take(home, 2, f"z,{late.format(day=DAY, next=NEXT)},stopped,1200")
    for day, users in ((DAY, users_of_day), (NEXT, users_of_next)):
        assert lake.read("silver/plays", day)["user_id"].to_list() == users


def test_a_day_beside_late_events_of_others_is_not_walked_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walked: list[date] = []
    walk = plays.walk_plays

    def note(days: list[date], *rest: object) -> object:
        walked.extend(days)
        return walk(days, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(plays, "walk_plays", note)
    take(home, 2, f"z,eve,film,{DAY}T23:45:00Z,stopped,1200")
    assert walked == [DAY]


def test_it_is_known_which_files_a_day_grew_by(home: Path) -> None:
    lake = Lake.of(Settings(home=home))
    before = lake.bronze_version(TABLE, DAY)
    (first,) = lake.batch_files(TABLE, DAY)
    assert lake.files_added(TABLE, DAY, before) == []
    take(home, 2, f"z,eve,film,{DAY}T23:45:00Z,stopped,1200")
    (second,) = {*lake.batch_files(TABLE, DAY)} - {first}
    assert lake.files_added(TABLE, DAY, before) == [second]
    assert set(lake.files_added(TABLE, DAY, "empty") or ()) == {first, second}
    pl.read_parquet(first, hive_partitioning=False).clear().write_parquet(first)
    assert lake.files_added(TABLE, DAY, before) is None
