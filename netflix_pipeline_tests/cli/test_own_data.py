"""What people bring: their Netflix export, minimal logs, any CSV with a mapping."""

from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from netflix_pipeline.lake import Lake
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.command import Command

EXPORT = (
    "Profile Name,Start Time,Duration,Attributes,Title,Supplemental Video Type,Device Type,"
    "Bookmark,Latest Bookmark,Country"
)
EPISODE = (
    'Ana,{time},00:41:08,,"Some Show: Season 2: The Name of It (Episode 4)",,Apple TV 4K,'
    "00:41:08,Not latest view,BR (Brazil)"
)
TRAILER = (
    'Ana,2023-01-17 15:15:58,00:00:08,Autoplayed: user action: None; ,"Season 2 Trailer: Some '
    'Show",TRAILER,LG 2021 Smart TV,00:00:08,00:00:08,BR (Brazil)'
)
FILM = "Ben,2023-01-17 20:00:00,1:30:00,,A Film,,Chrome PC (Cadmium),1:30:00,1:30:00,DE (Germany)"
FIRST_DAY = date(2023, 1, 17)


def export(folder: Path, *rows: str, header: str = EXPORT) -> Path:
    path = folder / "CONTENT_INTERACTION" / "ViewingActivity.csv"
    path.parent.mkdir(parents=True)
    path.write_text("\ufeff" + "\r\n".join((header, *rows)) + "\r\n", encoding="utf-8")
    return path


def events(command: Command) -> pl.DataFrame:
    lake = Lake.of(Settings(home=command.home))
    days = lake.partitions("bronze/watch_events")
    return pl.concat(lake.read("bronze/watch_events", day) for day in days).sort("event_time")


@pytest.mark.parametrize(
    ("time", "parsed"),
    [
        ("2023-01-17 15:16:18", datetime(2023, 1, 17, 15, 16, 18)),
        ("2023-08-24 9:07", datetime(2023, 8, 24, 9, 7)),
        ("7/28/2022 4:22", datetime(2022, 7, 28, 4, 22)),
        ("28.7.22 4:22", datetime(2022, 7, 28, 4, 22)),
    ],
)
def test_an_export_is_taken_in_whatever_form_its_times_have(
    command: Command, tmp_path: Path, time: str, parsed: datetime
) -> None:
    told = command.ok("ingest", export(tmp_path / "ana", EPISODE.format(time=time)), "--json").json
    assert told["total"] == {
        "received": 1,
        "stored": 1,
        "duplicate": 0,
        "quarantined": 0,
        "erased": 0,
    }
    row = events(command).row(0, named=True)
    assert row["event_time"].replace(tzinfo=None) == parsed
    assert row["watch_seconds"] == 41 * 60 + 8
    assert (row["country"], row["kind"]) == ("BR", "main")


def test_an_export_goes_all_the_way_and_its_trailers_are_not_counted(
    command: Command, tmp_path: Path
) -> None:
    episode = EPISODE.format(time="2023-01-17 15:16:18")
    command.ok("ingest", export(tmp_path / "ana", episode, TRAILER, FILM))
    rows = command.ok("materialize", "--json").json["rows"]
    assert rows["silver/plays"] == 2
    assert events(command)["kind"].to_list() == ["promo", "main", "main"]
    titles = Lake.of(Settings(home=command.home)).read("silver/titles")
    told = titles.filter(pl.col("season") == 2).row(0, named=True)
    assert (told["episode"], told["content_type"]) == (4, "series")
    promo, play, _ = events(command)["event_id"]
    assert "kept, never counted" in command.ok("trace", promo).out
    assert "It is in the published numbers." in command.ok("trace", f" {play}\u00a0").out


SERIES = {
    "Heist Nine: Part 2: Episode {}": ("Heist Nine", 2),
    "Odd Town: Odd Town 4: Chapter {0}: The Lake (Episode {0})": ("Odd Town", 4),
    "SAIL ON: North Sea: Episode 5{}": ("SAIL ON", None),
    "Eski Dosya: 1. Cilt: Ev (Bölüm {})": ("Eski Dosya", 1),
    "Big Houses: Season 2 Part B: Rome (Episode {})": ("Big Houses", 2),
    "Місто: Сезон 1: Дім (Серія {})": ("Місто", 1),
}
VIEWED = 'Ana,2024-03-{:02} {:02}:00:00,00:40:00,,"{}",,,00:40:00,00:40:00,DE (Germany)'


def test_episodes_in_a_row_are_a_binge_however_the_titles_name_them(
    command: Command, tmp_path: Path
) -> None:
    rows = [
        VIEWED.format(day, hour, title.format(number))
        for day, title in enumerate(SERIES, 1)
        for number, hour in ((1, 20), (2, 21), (3, 22))
    ]
    films = ("Long Night", "HIDDEN TITLE(user hid title at this time): Long Night", "Rocky 2")
    rows += [VIEWED.format(20 + day, 20, film) for day, film in enumerate(films)]
    command.ok("ingest", export(tmp_path / "ana", *rows))
    command.ok("materialize")
    lake = Lake.of(Settings(home=command.home))
    titles = lake.read("silver/titles")
    names = titles.select(series_id="title_id", series="title")
    episodes = titles.filter(pl.col("episode").is_not_null()).join(names, on="series_id")
    assert set(episodes.select("series", "season").iter_rows()) == set(SERIES.values())
    assert episodes.height == 3 * len(SERIES)
    films_told = titles.filter(content_type="film")["title"].sort().to_list()
    assert films_told == ["Long Night", "Rocky 2"]
    sittings = pl.concat(
        lake.read("silver/sessions", day) for day in lake.partitions("silver/sessions")
    )
    assert sittings["binge"].sum() == len(SERIES)
    assert sittings.height == len(SERIES) + len(films)


MY_LIST = "Profile Name,Title Name,Country,Utc Title Add Date\nAna,A Film,BR,2023-01-01\n"
DEVICES = "Profile Name,Acct First Playback Date,Device Type\nAna,2023-01-01,TV\n"


def download(folder: Path, *rows: str) -> tuple[Path, Path, Path]:
    """A whole download of an account: what was viewed, and two other tables."""
    viewed = export(folder, *rows)
    others = viewed.with_name("MyList.csv"), folder / "DEVICES" / "Devices.csv"
    for path, text in zip(others, (MY_LIST, DEVICES), strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return viewed, *others


def test_of_a_whole_download_what_is_known_is_taken_and_the_rest_is_named(
    command: Command, tmp_path: Path
) -> None:
    viewed, listed, devices = download(tmp_path / "ana", FILM)
    ran = command.ok("ingest", tmp_path / "ana", "--json")
    told = ran.json
    assert [file["path"] for file in told["files"]] == [str(viewed)]
    assert told["total"] == {
        "received": 1,
        "stored": 1,
        "duplicate": 0,
        "quarantined": 0,
        "erased": 0,
    }
    assert {file["path"] for file in told["skipped"]} == {str(listed), str(devices)}
    assert all("no source has these columns" in file["reason"] for file in told["skipped"])
    lines = ran.err.splitlines()
    assert sorted(line.split(": ")[0] for line in lines) == [
        f"skipped {path}" for path in sorted((listed, devices))
    ]


def test_an_unknown_file_that_is_named_refuses_everything(command: Command, tmp_path: Path) -> None:
    _, listed, devices = download(tmp_path / "ana", FILM)
    for paths in ([tmp_path / "ana", listed], [devices.parent]):
        ran = command("ingest", *paths, "--json")
        assert (ran.code, ran.out) == (1, "")
        assert "What was looked for" in ran.err
        assert not command.home.exists()


def test_the_same_profile_name_in_two_households_is_two_people(
    command: Command, tmp_path: Path
) -> None:
    episode = EPISODE.format(time="2023-01-17 15:16:18")
    for household in ("smith", "jones"):
        export(tmp_path / "exports" / household, episode, FILM)
    told = command.ok("ingest", tmp_path / "exports", "--json").json["total"]
    assert (told["stored"], told["duplicate"]) == (4, 0)
    assert events(command)["user_id"].n_unique() == 4


def test_a_household_that_is_told_makes_a_renamed_export_the_same(
    command: Command, tmp_path: Path
) -> None:
    episode = EPISODE.format(time="2023-01-17 15:16:18")
    one = export(tmp_path / "download", episode, FILM)
    two = export(tmp_path / "download (2)", episode, FILM)
    command.ok("ingest", one, "--household", "smith")
    told = command.ok("ingest", two, "--household", "smith", "--json").json["total"]
    assert (told["stored"], told["duplicate"]) == (0, 2)
    told = command.ok("ingest", two, "--household", "jones", "--json").json["total"]
    assert (told["stored"], told["duplicate"]) == (2, 0)


@pytest.mark.parametrize(
    "header",
    [
        "user_id,show_name,watch_duration_minutes,watch_date",
        "User ID,Show Name,Watch Duration (min),Watch Date",
    ],
)
def test_minimal_logs_are_taken_in(command: Command, tmp_path: Path, header: str) -> None:
    path = tmp_path / "log.csv"
    path.write_text(f"{header}\nu1,Some Show,45,2023-01-17\nu2,A Film,90,2023-01-17\n")
    assert command.ok("ingest", path, "--json").json["total"]["stored"] == 2
    rows = events(command)
    assert sorted(rows["watch_seconds"]) == [45 * 60, 90 * 60]
    assert rows["time_precision"].unique().to_list() == ["day"]
    assert command.ok("materialize", "--json").json["rows"]["silver/plays"] == 2


def test_any_csv_is_taken_in_by_a_mapping(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("person;programme;at;minutes\nann;A Film;17.01.2023 20:00;90\n")
    assert command("ingest", path).code == 1
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        'table = "watch_events"\n[columns]\nuser_id = "person"\ntitle_id = "programme"\n'
        'event_time = { column = "at", format = "%d.%m.%Y %H:%M" }\n'
        'watch_seconds = { column = "minutes", unit = "min" }\n'
    )
    command.ok("ingest", path, "--mapping", mapping)
    row = events(command).row(0, named=True)
    assert (row["user_id"], row["watch_seconds"]) == ("ann", 5400)
    assert row["event_time"].date() == FIRST_DAY
    ran = command("ingest", path, "--mapping", tmp_path / "nowhere.toml")
    assert ran.code == 1
    assert "nowhere.toml" in ran.err
    ran = command("ingest", path, "--source", "telepathy")
    assert ran.code == 1
    assert "there is no source named 'telepathy'" in ran.err


def test_dates_of_a_spreadsheet_are_decided_by_the_whole_file_and_told(
    command: Command, tmp_path: Path
) -> None:
    times = ("17/01/2023 15:16", "05/02/2023 10:00", "28/02/2023 10:00", "03/03/2023 10:00")
    path = export(tmp_path / "ana", *(EPISODE.format(time=time) for time in times))
    ran = command.ok("ingest", path, "--json")
    told = "dates are read as day, month, year: line 2: 17/01/2023 is no date otherwise"
    assert ran.json["files"][0]["dates"] == told
    assert f"{path}: {told}" in ran.err
    days = events(command)["event_time"].dt.date().to_list()
    assert days == [date(2023, 1, 17), date(2023, 2, 5), date(2023, 2, 28), date(2023, 3, 3)]


def test_a_file_whose_dates_are_open_stores_nothing_until_their_order_is_told(
    command: Command, tmp_path: Path
) -> None:
    rows = [EPISODE.format(time=f"2023-01-{day:02d} 10:00:00") for day in range(1, 29)]
    rows.append(EPISODE.format(time="05/02/2023 10:00"))
    path = export(tmp_path / "ana", *rows)
    refused = command("ingest", path, "--json")
    assert refused.code == 1
    assert refused.json["total"]["received"] == 0
    for part in ("line 30: 05/02/2023", "5 February 2023", "2 May 2023", "--date-order"):
        assert part in refused.err
    assert not Lake.of(Settings(home=command.home)).partitions("bronze/watch_events")
    told = command.ok("ingest", path, "--date-order", "dmy", "--json").json
    assert (told["total"]["stored"], "dates" in told["files"][0]) == (29, False)
    assert events(command)["event_time"].dt.date()[-1] == date(2023, 2, 5)
    wrong = command("ingest", path, "--date-order", "ydm")
    assert wrong.code == 2
