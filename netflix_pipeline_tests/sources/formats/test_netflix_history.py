"""Netflix's instant download: whose it is, what its rows tell, and what is no such file."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from netflix_pipeline.errors import UnrecognisedSource
from netflix_pipeline.sources import Options, parse_raw
from netflix_pipeline.sources.sidecar import household_of

ROWS = (
    '"The Pale Blue Eye","2023-01-09"\n'
    '"The Bridge: Season 1: Episode 1","2022-12-14"\n'
    '"Some Show: 2. Staffel: Ein ""Name""","2022-12-13"\n'
)
NAME = "silva/NetflixViewingHistory.csv"


def test_a_download_is_read_by_day(read: Any) -> None:
    result = read("\ufeffTitle,Date\n" + ROWS, NAME)
    assert result.file.source == "netflix-viewing-history"
    assert set(result.column("user_id")) == {"silva/silva"}
    assert result.column("event_time") == [
        datetime(2023, 1, 9, tzinfo=UTC),
        datetime(2022, 12, 14, tzinfo=UTC),
        datetime(2022, 12, 13, tzinfo=UTC),
    ]
    frame = result.frame
    assert set(frame["time_precision"]) == {"day"}
    assert set(frame["kind"]) == {"main"}
    assert set(frame["action"]) == {"stopped"}
    for column in ("watch_seconds", "progress", "device", "country", "problems"):
        assert set(frame[column]) == {None}


def test_a_row_is_known_by_profile_day_and_title(read: Any) -> None:
    film = read('Title,Date\n"The Pale  Blue Eye","1/9/2023"\nB,"1/13/2023"\n', NAME)
    assert film.column("event_id")[0] == read("Title,Date\n" + ROWS, NAME).column("event_id")[0]
    rows = 'Title,Date\nA,2023-01-09\nA,2023-01-10\nB,2023-01-09\n"",2023-01-09\nA,soon\n'
    ids = read(rows, NAME).column("event_id")
    assert len(set(ids[:3])) == 3
    assert ids[3:] == [None, None]
    other = read(rows, NAME, Options(household="other")).column("event_id")
    assert not set(ids[:3]) & set(other)


def test_titles_are_told_as_the_other_export_tells_them(read: Any) -> None:
    title = '"Some Show: Season 2: The Name of It (Episode 4)"'
    history = read(f'Title,Date\n{title},"2022-12-13"\n', NAME)
    activity = read(
        f"Profile Name,Start Time,Duration,Title\nAna,2022-12-13 20:00:00,00:40:00,{title}\n",
        "silva/ViewingActivity.csv",
    )
    assert history.titles.equals(activity.titles)
    assert history.column("title_id") == activity.column("title_id")


@pytest.mark.parametrize(
    "text",
    [
        "Title,Date\r\nA Film,2023-01-09\r\n",
        "Title;Date\nA Film;2023-01-09\n",
        "Date\tTitle\n2023-01-09\tA Film\n",
        "Title,Date,\nA Film,2023-01-09,\n",
        ' Title , Date\n"A Film", 2023-01-09\n',
    ],
)
def test_it_is_known_however_a_spreadsheet_saved_it(read: Any, text: str) -> None:
    result = read(text, NAME)
    assert result.file.source == "netflix-viewing-history"
    assert result.titles["title"].to_list() == ["A Film"]
    assert result.column("event_time") == [datetime(2023, 1, 9, tzinfo=UTC)]


def test_a_table_that_has_more_than_titles_and_dates_is_another(read: Any) -> None:
    text = "Title,Date,Author\nOn bees,2023-01-09,Ana\n"
    with pytest.raises(UnrecognisedSource, match="netflix-viewing-history: Title, Date, and no"):
        read(text, "articles.csv")
    told = read(text, "articles.csv", Options(source="netflix-viewing-history"))
    assert told.column("problems") == [None]


def test_a_row_without_a_title_or_a_date_tells_so(read: Any) -> None:
    result = read('Title,Date\n"  ","2023-01-09"\nA Film,\n', NAME)
    assert result.column("title_id")[0] is None
    assert result.column("event_time")[1] is None


@pytest.mark.parametrize(
    ("household", "user"),
    [(None, "silva/silva"), ("ours", "ours/ours"), ("ours/Ana", "ours/Ana")],
)
def test_the_profile_is_what_is_told_of_it(read: Any, household: str | None, user: str) -> None:
    result = read("Title,Date\n" + ROWS, NAME, Options(household=household))
    assert set(result.column("user_id")) == {user}
    again = parse_raw(result.file.header, result.file.raw([2]))
    assert again.frame["user_id"].to_list() == [user]


@pytest.mark.parametrize(
    "name",
    [
        "NetflixViewingHistory.csv",
        "NetflixViewingHistory (1).csv",
        "NetflixViewingHistory(2).csv",
        "NetflixViewingHistory-3.csv.gz",
        "netflixviewinghistory 4.csv",
    ],
)
def test_the_name_of_a_download_is_nobodys(name: str) -> None:
    assert household_of(Path("/data/silva") / name) == "silva"


def test_a_download_that_was_named_after_its_profile_is_theirs() -> None:
    assert household_of(Path("/data/silva/Ana.csv")) == "Ana"
