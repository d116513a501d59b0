from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from netflix_pipeline.sources import Options, parse_raw
from netflix_pipeline.sources.sidecar import household_of

HEADER = (
    "Profile Name,Start Time,Duration,Attributes,Title,Supplemental Video Type,Device Type,"
    "Bookmark,Latest Bookmark,Country\n"
)
EPISODE = (
    'Ana,2023-01-17 15:16:18,00:41:08,,"Some Show: Season 2: The Name of It (Episode 4)",,'
    "Apple TV 4K,00:41:08,Not latest view,BR (Brazil)\n"
)
TRAILER = (
    'Ana,2023-01-17 15:15:58,00:00:08,Autoplayed: user action: None; ,"Season 2 Trailer: '
    'Some Show",TRAILER,LG 2021 Smart TV,00:00:08,00:00:08,BR (Brazil)\n'
)
FILM = "Ben,2023-01-18 20:00:00,1:30:00,,A Film,,Chrome PC (Cadmium),1:30:00,1:30:00,DE (Germany)\n"
NAME = "the-silvas/CONTENT_INTERACTION/ViewingActivity.csv"


def test_an_export_is_read_by_profile_title_and_kind(read: Any) -> None:
    result = read("\ufeff" + HEADER + EPISODE + TRAILER + FILM, NAME)
    assert result.file.source == "netflix-viewing-activity"
    rows = result.frame.rows(named=True)
    assert [row["user_id"] for row in rows] == [
        "the-silvas/Ana",
        "the-silvas/Ana",
        "the-silvas/Ben",
    ]
    assert [row["kind"] for row in rows] == ["main", "promo", "main"]
    assert [row["watch_seconds"] for row in rows] == [2468.0, 8.0, 5400.0]
    assert [row["device"] for row in rows] == ["streaming_stick", "smart_tv", "desktop"]
    assert [row["country"] for row in rows] == ["BR", "BR", "DE"]
    assert rows[0]["event_time"] == datetime(2023, 1, 17, 15, 16, 18, tzinfo=UTC)
    assert {row["time_precision"] for row in rows} == {"second"}
    assert {row["action"] for row in rows} == {"stopped"}
    assert {row["progress"] for row in rows} == {None}
    assert len({row["event_id"] for row in rows} - {None}) == 3
    assert {row["problems"] for row in rows} == {None}


@pytest.mark.parametrize("digits", [400, 5_000])
def test_a_length_beyond_all_numbers_ends_no_other_row(read: Any, digits: int) -> None:
    endless = "9" * digits + ":00:00"
    watched, marked = (
        EPISODE.replace("00:41:08,,", f"{endless},,"),
        FILM.replace("1:30:00,1:30", f"{endless},1:30"),
    )
    rows = read(HEADER + watched + marked, NAME).frame.rows(named=True)
    assert [row["watch_seconds"] for row in rows] == [None, 5400.0]
    assert [row["problems"] for row in rows] == [["unparsable_row"], None]


def test_titles_tell_their_text_and_whether_they_are_videos(read: Any) -> None:
    result = read(HEADER + TRAILER + EPISODE + FILM, NAME)
    told = {row["title_id"]: row for row in result.titles.rows(named=True)}
    assert [
        (told[key]["title"], told[key]["content_type"]) for key in result.column("title_id")
    ] == [
        ("Season 2 Trailer: Some Show", None),
        ("Some Show: Season 2: The Name of It (Episode 4)", "video"),
        ("A Film", "video"),
    ]
    assert {row["series_id"] for row in told.values()} == {None}


def test_a_title_that_was_also_a_promo_is_a_video(read: Any) -> None:
    promo = FILM.replace(",,Chrome", ",TEASER,Chrome")
    told = read(HEADER + promo + FILM + promo, NAME).titles
    assert told["content_type"].to_list() == ["video"]


def test_a_hidden_title_is_the_same_title(read: Any) -> None:
    hidden = FILM.replace("A Film", "HIDDEN TITLE(user hid title at this time): A Film")
    result = read(HEADER + hidden + FILM, NAME)
    assert len(set(result.column("title_id"))) == 1
    assert result.titles["title"].to_list() == ["A Film"]


@pytest.mark.parametrize(
    ("start", "duration", "time", "seconds"),
    [
        ("2023-08-24 9:07", "0:41:08", datetime(2023, 8, 24, 9, 7), 2468.0),
        ("7/28/2022 4:22", "00:41:08", datetime(2022, 7, 28, 4, 22), 2468.0),
        ("12/17/2022 14:22", "26:00:00", datetime(2022, 12, 17, 14, 22), 93_600.0),
    ],
)
def test_times_and_durations_survive_a_spreadsheet(
    read: Any, start: str, duration: str, time: datetime, seconds: float
) -> None:
    line = EPISODE.replace("2023-01-17 15:16:18", start).replace("00:41:08,,", f"{duration},,")
    result = read(HEADER + line, NAME)
    assert result.column("event_time") == [time.replace(tzinfo=UTC)]
    assert result.column("watch_seconds") == [seconds]


def test_a_time_or_duration_that_cannot_be_read_is_null(read: Any) -> None:
    line = EPISODE.replace("2023-01-17 15:16:18", "17. Jan").replace("00:41:08,,", "long,,")
    result = read(HEADER + line, NAME)
    assert result.column("event_time") == result.column("watch_seconds") == [None]
    assert result.column("problems") == [["unparsable_row"]]


def test_the_other_header_and_fewer_columns_do(read: Any) -> None:
    text = "Title,Duration,StartTime,Profile Name\nA Film,00:10:00,2023-01-17 15:16:18,Ana\n"
    result = read(text, NAME)
    assert result.column("kind") == ["main"]
    assert result.column("watch_seconds") == [600.0]


def test_a_quoted_line_break_in_a_title_is_a_blank(read: Any) -> None:
    broken = EPISODE.replace("The Name", "The\nName")
    result = read(HEADER + broken + FILM, NAME)
    assert result.column("line") == [2, 4]
    assert result.column("title_id")[0] == read(HEADER + EPISODE, NAME).column("title_id")[0]


def test_the_same_profile_name_in_two_households_is_two_people(read: Any) -> None:
    one = read(HEADER + EPISODE, NAME)
    other = read(HEADER + EPISODE, NAME.replace("the-silvas", "the-bakers"))
    told = read(HEADER + EPISODE, NAME, Options(household="ours"))
    users = [result.column("user_id")[0] for result in (one, other, told)]
    assert users == ["the-silvas/Ana", "the-bakers/Ana", "ours/Ana"]
    again = parse_raw(told.file.header, told.file.raw([2]))
    assert again.frame["user_id"].to_list() == ["ours/Ana"]


def test_a_long_household_or_profile_still_fits_and_stays_apart(read: Any) -> None:
    users = [
        read(HEADER + EPISODE.replace("Ana", profile), NAME, Options(household="h" * 60)).column(
            "user_id"
        )[0]
        for profile in ("Anastasia", "Anastasio")
    ]
    assert len(set(users)) == 2
    assert all(len(user) <= 64 for user in users)


@pytest.mark.parametrize(
    ("path", "household"),
    [
        ("/data/silva/CONTENT_INTERACTION/ViewingActivity.csv", "silva"),
        ("/data/silva/netflix-report/CONTENT_INTERACTION/ViewingActivity.csv.gz", "silva"),
        ("/data/silva/netflix-report (1)/ViewingActivity (2).csv", "silva"),
        ("/data/silva.csv", "silva"),
        ("/ViewingActivity.csv", "home"),
    ],
)
def test_a_household_is_the_nearest_name_that_is_not_netflix_own(path: str, household: str) -> None:
    assert household_of(Path(path)) == household
    assert household_of(Path(path), "told") == "told"
