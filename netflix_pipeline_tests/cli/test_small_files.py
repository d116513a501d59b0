"""Small files that a reader may take for something else, from the command to the answer."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netflix_pipeline.ingest.quarantine import quarantined
from netflix_pipeline.lake import Lake
from netflix_pipeline.serving import Period, Snapshots, Source
from netflix_pipeline.serving.questions.headline import HeadlineQuestion
from netflix_pipeline.serving.questions.user import UserQuestion
from netflix_pipeline.serving.questions.viewing import ViewingQuestion
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.command import Command

EXPORT = (
    "Profile Name,Start Time,Duration,Attributes,Title,Supplemental Video Type,Device Type,"
    "Bookmark,Latest Bookmark,Country\n"
)
WATCH = "event_id,user_id,title_id,event_time,watch_seconds\n"


def rows(command: Command, table: str = "watch_events") -> list[dict[str, Any]]:
    """All stored rows of a bronze table, in the order of their time."""
    lake, name = Lake.of(Settings(home=command.home)), f"bronze/{table}"
    days = [lake.read(name, day) for day in lake.partitions(name)]
    return pl.concat(days).sort("event_time", "line").to_dicts() if days else []


def reasons(command: Command) -> dict[int, list[str]]:
    waiting = quarantined(Lake.of(Settings(home=command.home)))
    return dict(waiting.select("line", "reasons").iter_rows())


FILES: dict[str, tuple[str, list[tuple[object, ...]], dict[int, list[str]]]] = {
    "blanks after commas": (
        "user_id, title_id, event_time, watch_seconds\n"
        "m04, x1, 2024-03-05T20:00:00Z, 600\n"
        "m04,x1,2024-03-05T20:05:00Z,600\n"
        "m04 ,x1,2024-03-05T20:10:00Z,600\n",
        [("m04", 600.0, None)] * 3,
        {},
    ),
    "blank ids": (
        "user_id,title_id,event_time,watch_seconds\n"
        "   ,x1,2024-03-05T20:00:00Z,600\n"
        "m05,  ,2024-03-05T20:05:00Z,600\n",
        [],
        {2: ["missing_user_id"], 3: ["missing_title_id"]},
    ),
    "words for nothing": (
        "user_id,title_id,event_time,watch_seconds,country\n"
        "NULL,x1,2024-03-05T20:00:00Z,600,DE\n"
        "nan,x1,2024-03-05T21:00:00Z,600,DE\n"
        "None,x1,2024-03-05T22:00:00Z,600,DE\n"
        "\\N,x1,2024-03-05T23:00:00Z,600,DE\n"
        "m05b,x1,2024-03-06T23:00:00Z,\\N,NULL\n"
        "m05b,x1,2024-03-07T23:00:00Z,NULL,N/A\n"
        "m05b,x1,2024-03-08T23:00:00Z,600,NA\n",
        [("m05b", None, None), ("m05b", None, None), ("m05b", 600.0, None)],
        {line: ["missing_user_id"] for line in (2, 3, 4, 5)},
    ),
    "a country that nobody knows": (
        EXPORT + "Ana,2024-03-05 20:00:00,00:40:00,,A Film,,Apple TV 4K,0,0,XK (Kosovo)\n"
        "Ana,2024-03-05 22:00:00,00:40:00,,B Film,,Apple TV 4K,0,0,DE (Germany)\n",
        [("x/Ana", 2400.0, None), ("x/Ana", 2400.0, "DE")],
        {},
    ),
    "written by R": (
        EXPORT + 'Ana,2024-03-05 20:00:00,01:30:00,NA,"A Film",NA,"Apple TV",0,0,"DE (Germany)"\n'
        'Ana,2024-03-06 20:00:00,01:30:00,NA,"B Film",NA,NA,0,0,NA\n',
        [("x/Ana", 5400.0, "DE"), ("x/Ana", 5400.0, None)],
        {},
    ),
    "profiles without a name": (
        EXPORT + "   ,2024-03-05 20:00:00,00:40:00,,A Film,,Apple TV,0,0,DE (Germany)\n"
        ",2024-03-05 22:00:00,00:40:00,,B Film,,Apple TV,0,0,DE (Germany)\n",
        [],
        {2: ["missing_user_id"], 3: ["missing_user_id"]},
    ),
    "a spreadsheet's dates, years in two and four digits": (
        EXPORT.replace(",", ";")
        + "Ana;17.01.2023 15:16;00:40:00;;A Film;;Apple TV 4K;0;0;DE (Germany)\n"
        "Ana;18.12.22 15:17;00:40:00;;B Film;;Apple TV 4K;0;0;DE (Germany)\n",
        [("x/Ana", 2400.0, "DE")] * 2,
        {},
    ),
    "lines that end with carriage returns": (
        (EXPORT + "Ana,2024-03-05 20:00:00,00:40:00,,A Film,,TV,0,0,DE (Germany)\n").replace(
            "\n", "\r"
        ),
        [("x/Ana", 2400.0, "DE")],
        {},
    ),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_small_file_is_read_as_it_is_meant(command: Command, tmp_path: Path, kind: str) -> None:
    text, stored, waiting = FILES[kind]
    path = tmp_path / "ViewingActivity.csv"
    path.write_text(text, newline="")
    command.ok("ingest", path, "--household", "x")
    found = rows(command)
    assert [(row["user_id"], row["watch_seconds"], row["country"]) for row in found] == stored
    assert {row["kind"] for row in found} <= {"main"}
    assert reasons(command) == waiting


def test_rows_that_come_again_among_many_files_of_a_day_are_duplicates(
    command: Command, tmp_path: Path
) -> None:
    files = ["a", "b", "c", "acD", "e"]
    totals = []
    for number, names in enumerate(files):
        days = {name: "02" if name == "D" else "01" for name in names}
        path = tmp_path / f"{number}.csv"
        told = [f"{name},u1,t1,2026-11-{day}T10:00:00Z,60\n" for name, day in days.items()]
        path.write_text(WATCH + "".join(told))
        totals.append(command.ok("ingest", path, "--json").json["total"])
    counts = [(told["received"], told["stored"], told["duplicate"]) for told in totals]
    assert counts == [(1, 1, 0), (1, 1, 0), (1, 1, 0), (3, 1, 2), (1, 1, 0)]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    """The answers of a home that a few small files were taken into, the last day with data 20."""
    folder = tmp_path_factory.mktemp("numbers")
    files = {
        "titles.csv": "title_id,title,content_type,series_id,season,episode,runtime_minutes\n"
        "decimal,,film,,,,3.12\n"
        "s-1-1,,series,s,1,1,20\n"
        "p-x,,series,p,,,20\np-y,,series,p,,,20\np-z,,series,p,,,20\n",
        "watch.csv": WATCH + "b3a,b3,decimal,2026-06-19T10:00:00Z,168.48\n"
        "b4a,b4,decimal,2026-06-19T10:00:00Z,131.04\n"
        "b5a,b5,decimal,2026-06-19T10:00:00Z,168.47\n"
        "b6a,b6,decimal,2026-06-19T10:00:00Z,131.03\n"
        "n74,late,t,2026-06-20T23:30:00Z,3600\n"
        "n75,known,s-1-1,2026-06-20T10:00:00Z,60\n"
        "p1,nameless,p-x,2026-06-20T10:00:00Z,600\n"
        "p2,nameless,p-x,2026-06-20T11:00:00Z,600\n"
        "p3,nameless,p-y,2026-06-20T12:00:00Z,600\n",
        "before.csv": "user_id,country,plan\nx2,DE,P\nx2,US,P\n",
        "now.csv": "user_id,country,plan\nx2,DE,P\nother,FR,P\n",
        "x2.csv": WATCH + "x2,x2,t,2026-06-19T10:00:00Z,130\n",
    }
    command = Command(folder / "home")
    for name, text in files.items():
        (folder / name).write_text(text)
        command.ok("ingest", folder / name)
    for kind in (pa.float32(), pa.float64()):
        shares = {
            "user_id": [str(kind)] * 2,
            "title_id": ["x1", "x2"],
            "event_time": ["2026-06-19T20:00:00Z", "2026-06-19T22:00:00Z"],
            "watch_seconds": [600.0, 600.0],
            "progress": pa.array([0.7, 0.9], kind),
        }
        pq.write_table(pa.table(shares), folder / f"{kind}.parquet")
        command.ok("ingest", folder / f"{kind}.parquet")
    command.ok("materialize")
    return Snapshots(Settings(home=command.home).serving)


@pytest.mark.parametrize(
    ("user", "watched", "completed"),
    [
        # of 3.12 minutes just nine tenths, just seven, and a hundredth of a second less of each
        *(("b3", 1, 1), ("b4", 1, 0), ("b5", 1, 0), ("b6", 0, 0)),
        # of one play just seven tenths, of another just nine
        *(("float", 2, 1), ("double", 2, 1)),
    ],
)
def test_a_threshold_that_is_just_reached_is_reached(
    source: Source, user: str, watched: int, completed: int
) -> None:
    told = source.ask(UserQuestion(user)).data.viewing
    assert told is not None
    assert (told.watchers, told.completers) == (watched, completed)


def test_the_newest_row_of_a_person_counts_however_rows_are_cut_into_files(
    source: Source,
) -> None:
    assert source.ask(UserQuestion("x2")).data.country == "DE"


def test_a_play_that_runs_into_the_day_after_the_last_is_in_its_peak(source: Source) -> None:
    peaks = {
        day: source.ask(
            HeadlineQuestion(
                Period(from_=date(2026, 6, day), to=date(2026, 6, day)), names=("peak_concurrent",)
            )
        ).data.values["peak_concurrent"]
        for day in (20, 21, 22)
    }
    assert peaks == {20: 2, 21: 1, 22: 0}


def test_episodes_of_a_series_are_those_that_were_started(source: Source) -> None:
    (known,) = source.ask(ViewingQuestion("known", None)).data.series
    assert (known.episodes, known.episodes_played) == (0, 1)
    (nameless,) = source.ask(ViewingQuestion("nameless", None)).data.series
    assert (nameless.episodes, nameless.episodes_played) == (2, 2)
