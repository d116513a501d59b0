"""Netflix's two kinds of exports: repeats of a day, newer downloads, and one kind a household."""

import random
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from netflix_pipeline.ingest import (
    FileResult,
    differences,
    ingest_paths,
    ledger,
    manifests,
    try_paths,
)
from netflix_pipeline.ingest.quarantine import quarantined, replay
from netflix_pipeline.lake import Lake
from netflix_pipeline.replaying.recording import record
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources import Options

NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)
TABLE = "bronze/watch_events"
ACTIVITY = "Profile Name,Start Time,Duration,Title\nAna,2026-01-05 20:00:00,00:40:00,A Film\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def download(path: Path, *rows: tuple[str, str]) -> Path:
    """A download with its rows, newest first, as Netflix sorts them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    told = "".join(f'"{title}","{day}"\n' for title, day in rows)
    path.write_text(f"Title,Date\n{told}")
    return path


def export(path: Path, text: str = ACTIVITY) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def take(settings: Settings, *paths: Path, household: str | None = None) -> list[FileResult]:
    return ingest_paths(settings, paths, Options(household=household), now=lambda: NOW)


def counts(result: FileResult) -> tuple[int, int, int, int]:
    return result.received, result.stored, result.duplicate, result.quarantined


def stored(settings: Settings) -> pl.DataFrame:
    lake = Lake.of(settings)
    assert differences(ledger(lake, manifests(lake))).is_empty()
    return pl.concat([lake.read(TABLE, day) for day in lake.partitions(TABLE)])


def test_a_title_that_was_played_twice_on_a_day_is_two_plays(
    settings: Settings, tmp_path: Path
) -> None:
    rows = ("A Film", "2026-01-05"), ("A Film", "2026-01-05"), ("A Film", "2026-01-04")
    (result,) = take(settings, download(tmp_path / "ana.csv", *rows))
    assert counts(result) == (3, 3, 0, 0)
    assert stored(settings)["event_id"].n_unique() == 3
    (again,) = take(settings, download(tmp_path / "ana.csv", *rows))
    assert counts(again) == (3, 0, 3, 0)
    other = Settings(home=tmp_path / "other")
    (trial,) = try_paths(other, [tmp_path / "ana.csv"], now=lambda: NOW)
    assert (trial.received, trial.stored, trial.duplicate) == (3, 3, 0)
    assert len({event["event_id"] for event in record([tmp_path / "ana.csv"]).events(0, 3)}) == 3


@pytest.mark.parametrize("seed", range(5))
def test_of_a_newer_download_only_what_is_new_is_stored(
    settings: Settings, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    titles = ("A Film", "Show: Season 1: One", "Show: Season 1: Two")
    days = [date(2026, 1, 1 + chance.randrange(12)) for _ in range(60)]
    plays = sorted(((chance.choice(titles), f"{day}") for day in days), key=lambda row: row[1])
    # The first download ends within a day, of which the newer one has more.
    old, new = plays[:40], plays
    (first,) = take(settings, download(tmp_path / "ana/a.csv", *reversed(old)), household="ana")
    assert counts(first) == (40, 40, 0, 0)
    # Of those of one day nobody promises an order.
    shuffled = sorted(new, key=lambda row: (row[1], chance.random()), reverse=True)
    (second,) = take(settings, download(tmp_path / "b.csv", *shuffled), household="ana")
    assert counts(second) == (60, 20, 40, 0)
    fresh = Settings(home=tmp_path / "fresh")
    take(fresh, download(tmp_path / "b.csv", *new), household="ana")
    assert sorted(stored(settings)["event_id"]) == sorted(stored(fresh)["event_id"])


def test_two_profiles_of_a_household_are_two_people(settings: Settings, tmp_path: Path) -> None:
    for name in ("silva/Ana", "silva/Ben"):
        (result,) = take(
            settings, download(tmp_path / "x.csv", ("A Film", "2026-01-05")), household=name
        )
        assert counts(result) == (1, 1, 0, 0)
    assert sorted(stored(settings)["user_id"]) == ["silva/Ana", "silva/Ben"]


def test_what_waited_in_quarantine_is_as_many_plays(settings: Settings, tmp_path: Path) -> None:
    rows = [("A Film", "2026-02-02")] * 2 + [("A Film", "2026-01-05")]
    (result,) = take(settings, download(tmp_path / "ana.csv", *rows))
    assert counts(result) == (3, 1, 0, 2)
    later = datetime(2026, 2, 3, tzinfo=UTC)
    waiting = quarantined(Lake.of(settings))
    assert waiting["reasons"].to_list() == [["event_time_in_future"]] * 2
    told = replay(settings, waiting, now=lambda: later)
    assert (told.stored, told.duplicate) == (2, 0)
    again = ingest_paths(settings, [tmp_path / "ana.csv"], now=lambda: later)
    assert counts(again[0]) == (3, 0, 3, 0)


@pytest.mark.parametrize("activity_first", [True, False])
def test_a_household_that_has_the_other_kind_is_refused(
    settings: Settings, tmp_path: Path, activity_first: bool
) -> None:
    files = [
        export(tmp_path / "silva/netflix-report/ViewingActivity.csv"),
        download(tmp_path / "silva/NetflixViewingHistory.csv", ("A Film", "2026-01-05")),
    ]
    first, second = files if activity_first else files[::-1]
    neighbour = download(tmp_path / "baker/NetflixViewingHistory.csv", ("A Film", "2026-01-05"))
    (taken,) = take(settings, first)
    (trial,) = try_paths(settings, [second], now=lambda: NOW)
    assert "the household 'silva' already has" in trial.note
    refused, other = take(settings, second, neighbour)
    assert counts(taken) == counts(other) == (1, 1, 0, 0)
    assert not refused.batch
    assert counts(refused) == (0, 0, 0, 0)
    assert "the household 'silva' already has" in refused.note
    assert "--household" in refused.note
    # Its profile has the other kind, whatever the profile is called.
    (profile,) = take(settings, second, household="silva/Cleo")
    assert not profile.batch
    (named,) = take(settings, second, household="silva-2")
    assert counts(named) == (1, 1, 0, 0)
    assert stored(settings).height == 3
    # More of the kind that it has is taken as ever.
    assert counts(take(settings, first)[0]) == (1, 0, 1, 0)


def test_of_two_kinds_in_a_folder_the_one_that_tells_more_is_taken(
    settings: Settings, tmp_path: Path
) -> None:
    download(tmp_path / "silva/NetflixViewingHistory.csv", ("A Film", "2026-01-05"))
    export(tmp_path / "silva/ViewingActivity.csv")
    taken, refused = take(settings, tmp_path / "silva")
    assert (taken.source, taken.stored) == ("netflix-viewing-activity", 1)
    assert not refused.batch


def test_rows_of_the_other_kind_that_only_wait_do_not_count(
    settings: Settings, tmp_path: Path
) -> None:
    rows = ("A Film", "soon"), ("A Film", "2026-02-02")
    (waiting,) = take(settings, download(tmp_path / "silva.csv", *rows))
    assert counts(waiting) == (2, 0, 0, 2)
    (taken,) = take(settings, export(tmp_path / "silva/ViewingActivity.csv"))
    assert counts(taken) == (1, 1, 0, 0)
    # Nor do they come in behind it.
    later = datetime(2026, 2, 3, tzinfo=UTC)
    told = replay(settings, quarantined(Lake.of(settings)), now=lambda: later)
    assert (told.stored, told.quarantined) == (0, 2)
    assert "the household 'silva' already has" in told.failures[0]


def test_a_blank_profile_or_title_is_missing(settings: Settings, tmp_path: Path) -> None:
    rows = "".join(
        f"{profile},2026-01-05 20:00:00,00:40:00,{title}\n"
        for profile, title in (
            ("   ", "A Film"),
            ("", "A Film"),
            ("Ana", "  "),
            (" Ana ", "A Film"),
        )
    )
    header = ACTIVITY.splitlines(keepends=True)[0]
    (result,) = take(settings, export(tmp_path / "silva.csv", header + rows))
    assert counts(result) == (4, 1, 0, 3)
    assert stored(settings)["user_id"].to_list() == ["silva/Ana"]
    assert quarantined(Lake.of(settings)).sort("line")["reasons"].to_list() == [
        ["missing_user_id"],
        ["missing_user_id"],
        ["missing_title_id"],
    ]
