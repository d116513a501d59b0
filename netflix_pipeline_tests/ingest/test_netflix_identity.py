"""A Netflix export comes again and again: newer, in another language, resaved; nothing doubles."""

import polars as pl
import pytest

from netflix_pipeline.ingest import FileResult, ingest_paths
from netflix_pipeline.lake import Lake
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources import Options

HEADER = (
    "Profile Name,Start Time,Duration,Attributes,Title,Supplemental Video Type,Device Type,"
    "Bookmark,Latest Bookmark,Country"
)
ROW = {
    "profile": "Ana",
    "start": "2026-10-30 19:05:11",
    "duration": "00:48:10",
    "title": "Dark: Season 1: Secrets (Episode 1)",
    "video": "",
    "device": "Samsung Smart TV",
    "bookmark": "00:48:10",
    "latest": "00:48:10",
    "country": "DE (Germany)",
}
LINE = (
    '{profile},{start},{duration},,"{title}",{video},{device},{bookmark},{latest},{country}'.format
)


def row(**changed: str) -> str:
    return LINE(**{**ROW, **changed})


def take(home: Settings, *rows: str, header: str = HEADER) -> FileResult:
    folder = home.root.parent / "downloads"
    folder.mkdir(exist_ok=True)
    file = folder / f"ViewingActivity ({len(list(folder.iterdir()))}).csv"
    file.write_text("\n".join([header, *rows]) + "\n")
    (told,) = ingest_paths(home, [file], Options(household="home"))
    assert told.received == len(rows)
    return told


def fates(told: FileResult) -> tuple[int, int, int]:
    return told.stored, told.duplicate, told.quarantined


def stored(home: Settings) -> pl.DataFrame:
    lake = Lake.of(home)
    table = "bronze/watch_events"
    return pl.concat(lake.read(table, day) for day in lake.partitions(table))


def test_the_latest_bookmark_changes_from_download_to_download(home: Settings) -> None:
    assert fates(take(home, row())) == (1, 0, 0)
    assert fates(take(home, row(latest="Not latest view"))) == (0, 1, 0)


@pytest.mark.parametrize(
    "changed",
    [
        {"profile": "Ben"},
        {"start": "2026-10-30 19:05:12"},
        {"duration": "00:48:11"},
        {"device": "iPhone 13"},
        {"country": "FR (France)"},
        {"bookmark": "00:12:00"},
    ],
)
def test_whatever_else_differs_is_another_view(home: Settings, changed: dict[str, str]) -> None:
    assert fates(take(home, row(), row(**changed))) == (2, 0, 0)
    assert fates(take(home, row(**changed), row())) == (0, 2, 0)


def test_the_first_language_stays(home: Settings) -> None:
    english = [
        row(),
        row(start="2026-10-30 20:00:00", title="The Chair", video="TRAILER"),
        row(start="2026-10-30 21:00:00", title="The Chair"),
    ]
    german = [
        row(title="Dark: Staffel 1: Geheimnisse (Folge 1)", country="DE (Deutschland)"),
        row(start="2026-10-30 20:00:00", title="Die Professorin"),
        row(start="2026-10-30 21:00:00", title="Die Professorin"),
    ]
    assert fates(take(home, *english)) == (3, 0, 0)
    before = stored(home)

    assert fates(take(home, *german)) == (0, 3, 0)

    assert stored(home).equals(before)


def test_views_that_begin_in_the_same_minute_are_told_apart(home: Settings) -> None:
    rows = [
        row(start="2026-10-30 19:05", bookmark="00:10:00"),
        row(start="2026-10-30 19:05", bookmark="00:20:00"),
        row(start="2026-10-30 19:05", bookmark="00:20:00", title="The Chair"),
    ]
    assert fates(take(home, *rows)) == (3, 0, 0)
    assert fates(take(home, *reversed(rows))) == (0, 3, 0)


def test_without_seconds_the_title_counts(home: Settings) -> None:
    for start, count in (("2026-10-30 19:05", 2), ("10/30/2026 19:05", 0), ("2026-10-30", 2)):
        told = take(home, row(start=start), row(start=start, title="The Chair"))
        assert fates(told) == (count, 2 - count, 0)


@pytest.mark.parametrize("start", ["2026-10-30 19:05:00", "10/30/2026 19:05:00"])
def test_a_whole_minute_that_is_told_with_its_seconds_has_seconds(
    home: Settings, start: str
) -> None:
    assert fates(take(home, row(start=start))) == (1, 0, 0)
    assert fates(take(home, row(start=start, title="Die Professorin"))) == (0, 1, 0)


def test_a_spreadsheet_writes_hours_without_their_nought(home: Settings) -> None:
    assert fates(take(home, row())) == (1, 0, 0)
    assert fates(take(home, row(bookmark="0:48:10", duration="0:48:10"))) == (0, 1, 0)


def test_an_export_of_fewer_columns_repeats_only_itself(home: Settings) -> None:
    header = "Profile Name,Start Time,Duration,Title"
    rows = ["Ana,2026-10-30 19:05:11,00:48:10,A Film", "Ana,2026-10-30 19:05:11,00:48:11,A Film"]
    assert fates(take(home, *rows, header=header)) == (2, 0, 0)
    assert fates(take(home, *rows, header=header)) == (0, 2, 0)


def test_a_row_without_profile_or_time_waits_in_quarantine(home: Settings) -> None:
    told = take(home, row(), row(start="yesterday"), row(start=""))
    assert fates(told) == (1, 0, 2)
