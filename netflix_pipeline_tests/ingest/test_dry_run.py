"""What a dry run tells is what an ingest then does; and it writes nothing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import polars as pl
import pytest

from netflix_pipeline.errors import BadInput
from netflix_pipeline.ingest import ingest_paths, staging, try_paths
from netflix_pipeline.ingest.quarantine import quarantined
from netflix_pipeline.lake import Lake
from netflix_pipeline.sources import Options
from netflix_pipeline.state import open_erasures

if TYPE_CHECKING:
    from pathlib import Path

    from netflix_pipeline.settings import Settings

HEADER = "event_id,user_id,title_id,event_time,action,watch_seconds"
ROWS = (
    "e1,u,t,2024-01-17T20:00:00Z,stopped,60",
    "e2,u,t,2024-01-18T20:00:00Z,stopped,60",
    "e2,u,t,2024-01-18T20:00:00Z,stopped,60",
    "e1,u,t,2024-01-17T20:00:00Z,stopped,61",
    "e3,,t,2024-01-17T20:00:00Z,dance,-1",
    "e4,u,t,2024-01-16T20:00:00Z,stopped,60",
    "broken",
)


def tree(folder: Path) -> dict[str, tuple[int, int]]:
    """Everything below a folder, with size and time of change."""
    found = sorted(folder.rglob("*"))
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in found}


def write(path: Path, rows: tuple[str, ...] = ROWS, header: str = HEADER) -> Path:
    path.write_text("\n".join((header, *rows)) + "\n")
    return path


@pytest.mark.parametrize("budget", [1 << 20, 1], ids=["in memory", "spilled"])
def test_a_dry_run_tells_what_an_ingest_then_does(
    home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, budget: int
) -> None:
    monkeypatch.setattr(staging, "BUDGET", budget)
    monkeypatch.setattr(staging, "GROUP_ROWS", 2)
    first = write(tmp_path / "first.csv", ROWS[5:6])
    ingest_paths(home, [first])
    before = tree(home.root)
    path = write(tmp_path / "views.csv")
    (trial,) = try_paths(home, [path])
    assert tree(home.root) == before
    assert trial.first["line"].to_list() == [2, 3]
    (done,) = ingest_paths(home, [path])
    counts = ("received", "stored", "duplicate", "quarantined", "erased", "note", "dates")
    assert {name: getattr(trial, name) for name in counts} == {
        name: getattr(done, name) for name in counts
    }
    assert (trial.stored, trial.duplicate, trial.quarantined) == (2, 2, 3)
    lake = Lake.of(home)
    assert trial.reasons == Counter(quarantined(lake)["reasons"].explode().to_list())
    days = lake.partitions("bronze/watch_events")
    stored = pl.concat(lake.read("bronze/watch_events", day) for day in days)
    of_file = stored.filter(batch=done.batch).sort("line").select(trial.first.columns)
    assert of_file.equals(trial.first.select(of_file.columns))


def test_a_home_that_is_not_there_is_not_made(home: Settings, tmp_path: Path) -> None:
    path = write(tmp_path / "views.csv")
    (trial,) = try_paths(home, [path])
    assert trial.received == len(ROWS)
    assert not home.root.exists()


def test_what_cannot_be_taken_is_told_and_the_others_are_tried(
    home: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    write(folder / "a.csv", ("e1,u,t,05/02/2023,stopped,1",))
    write(folder / "b.csv", ("e1,u,t,17/02/2023,stopped,1",))
    write(folder / "c.csv", ("1,2",), "x,y")
    left: list[Path] = []
    opened, decided = try_paths(home, [folder], skipped=lambda file: left.append(file.path))
    assert "05/02/2023 is 5 February 2023" in opened.note
    assert (opened.received, decided.note, decided.stored) == (0, "", 1)
    assert "day, month, year" in decided.dates
    assert left == [folder / "c.csv"]
    with pytest.raises(BadInput):
        try_paths(home, [folder / "c.csv"])


def test_rows_of_who_was_erased_are_not_shown(home: Settings, tmp_path: Path) -> None:
    with open_erasures(home) as erasures:
        erasures.mark(["u"])
    (trial,) = try_paths(home, [write(tmp_path / "views.csv", ROWS[:2])])
    assert (trial.received, trial.stored, trial.erased) == (2, 0, 2)
    assert trial.first.is_empty()


def test_a_mapping_that_reads_numbers_wrongly_is_told(home: Settings, tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(
        '[columns]\nuser_id = "u"\ntitle_id = "t"\nevent_time = "at"\nprogress = "p"\n'
    )
    path = write(tmp_path / "v.csv", ("u,t,2024-01-17,85",), "u,t,at,p")
    (trial,) = try_paths(home, [path], Options(mapping=tmp_path / "m.toml"))
    assert "so the mapping reads it wrongly" in trial.note
