"""A file whose numbers a mapping reads wrongly is refused, and nothing of it is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netflix_pipeline.ingest import FileResult, ingest_paths
from netflix_pipeline.lake import Lake
from netflix_pipeline.sources import Options

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from netflix_pipeline.settings import Settings

MAPPINGS = {
    "reviews": 'table = "reviews"\n[columns]\nrating = {x}\n',
    "watch_events": "[columns]\nrating = {x}\n",
    "progress": "[columns]\nprogress = {x}\n",
    "seconds": "[columns]\nwatch_seconds = {x}\n",
}
IDS = 'user_id = "u"\ntitle_id = "t"\nevent_time = "at"\n'


def ingest(home: Settings, folder: Path, kind: str, cells: Sequence[str], how: str) -> FileResult:
    """What becomes of a file with these cells in the column of that kind."""
    rows = [f"u{at},t,2024-01-17T20:00:00Z,{cell}" for at, cell in enumerate(cells)]
    (folder / "v.csv").write_text("\n".join(("u,t,at,x", *rows)) + "\n")
    (folder / "m.toml").write_text(MAPPINGS[kind].replace("{x}", how) + IDS)
    (result,) = ingest_paths(home, [folder / "v.csv"], Options(mapping=folder / "m.toml"))
    return result


def stored(home: Settings) -> bool:
    """Whether anything is."""
    return any((Lake(home.lake).root / "bronze").rglob("*.parquet"))


@pytest.mark.parametrize(
    ("kind", "cells", "told"),
    [
        ("reviews", ["6", "7", "8", "3"], "3 of the 4 values of rating are not ≥ 1 and ≤ 5 (the "),
        ("reviews", ["7.5"] * 999 + ["4"] * 1_001, "tell their worst and best, such as scale = [1"),
        ("watch_events", ["8", "9", "", "10"], "3 of the 3 values of rating"),
        ("progress", ["85", "20", "0.5"], "first in line 2), so the mapping reads it wrongly and"),
        ("seconds", ["1", "2700000", "180000"], 'tell its unit, such as unit = "ms"'),
        (
            "seconds",
            ["-1", "-2", "3"],
            "2 of the 3 values of watch_seconds are not ≥ 0 and ≤ 86400",
        ),
    ],
)
def test_a_file_with_more_than_its_share_out_of_bounds_is_refused(
    home: Settings, tmp_path: Path, kind: str, cells: list[str], told: str
) -> None:
    refused = ingest(home, tmp_path, kind, cells, '"x"')
    assert told in refused.note
    assert refused.note.count(str(tmp_path)) == 1
    assert (refused.batch, refused.received) == ("", 0)
    assert not stored(home)


@pytest.mark.parametrize(
    ("kind", "cells", "how", "good"),
    [
        ("reviews", ["7.5"] * 999 + ["4"] * 1_001, '{ column = "x", scale = [1, 10] }', 2_000),
        ("reviews", ["6"] + ["4"] * 9, '"x"', 9),
        ("progress", ["85", "20", "0.5"], '{ column = "x", unit = "percent" }', 3),
        ("progress", ["85", "0.5"], '"x"', 1),
        ("progress", ["", ""], '"x"', 2),
        ("seconds", ["90000", "60", ""], '"x"', 2),
    ],
)
def test_fewer_go_to_quarantine_row_by_row(
    home: Settings, tmp_path: Path, kind: str, cells: list[str], how: str, good: int
) -> None:
    taken = ingest(home, tmp_path, kind, cells, how)
    assert (taken.stored, taken.quarantined, taken.note) == (good, len(cells) - good, "")


def test_without_a_mapping_nothing_is_refused_for_it(home: Settings, tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_text("user_id,title_id,event_time,progress\nu,t,2024-01-17,85\n")
    (taken,) = ingest_paths(home, [path])
    assert (taken.received, taken.quarantined) == (1, 1)
