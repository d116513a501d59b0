"""What a mapping reads wrongly is told; a file of numbers out of bounds is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netflix_pipeline.ingest import FileResult, ingest_paths
from netflix_pipeline.ingest.quarantine import quarantined, replay
from netflix_pipeline.lake import Lake
from netflix_pipeline.sources import Options
from netflix_pipeline.state import open_erasures

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
    return any((Lake.of(home).root / "bronze").rglob("*.parquet"))


@pytest.mark.parametrize(
    ("kind", "cells", "told"),
    [
        ("reviews", ["6", "7", "8", "3"], "3 of the 4 values of rating are not ≥ 1 and ≤ 5 (the "),
        ("reviews", ["7.5"] * 999 + ["4"] * 1_001, "tell their worst and best, such as scale = [1"),
        ("watch_events", ["8", "9", "", "10"], "3 of the 3 values of rating"),
        (
            "progress",
            ["85", "20", "0.5"],
            "first in line 2), so the mapping reads it wrongly; tell",
        ),
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
    assert refused.note.count(str(tmp_path)) == refused.note.count("nothing of the file") == 1
    assert "stored" not in refused.note
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


TIME = '{ column = "at", format = "%d.%m.%Y" }'
COLUMNS = {"user_id": '"u"', "title_id": '"t"', "event_time": '"at"'}
ROW = {"u": "u1", "t": "t1", "at": "2024-01-17T20:00:00Z", "x": "60"}


def mapped(
    home: Settings, folder: Path, rows: Sequence[dict[str, str]], **columns: str
) -> FileResult:
    """What becomes of rows, each like ROW but for what is told, by COLUMNS and those told."""
    cells = [",".join((ROW | row).values()) for row in rows]
    (folder / "v.csv").write_text("\n".join((",".join(ROW), *cells)) + "\n")
    lines = [f"{ours} = {theirs}" for ours, theirs in (COLUMNS | columns).items() if theirs]
    (folder / "m.toml").write_text("\n".join(('name = "acme"', "[columns]", *lines)))
    (result,) = ingest_paths(home, [folder / "v.csv"], Options(mapping=folder / "m.toml"))
    return result


@pytest.mark.parametrize(
    ("columns", "rows", "told", "hint"),
    [
        ({"event_time": TIME}, [{}, {}], "'at' can be taken as event_time", 'format = "%d.%m.%Y'),
        (
            {"event_time": '{ column = "x", format = "unix_s" }'},
            [{"x": "1733995268391098"}, {"x": "1733995269391098"}],
            "'x' can be taken as event_time",
            "the first of 2, in line 2, is '1733995268391098'",
        ),
        (
            {"event_time": '{ column = "x", format = "unix_ms" }'},
            [{"x": "1705522503"}, {"x": ""}],
            "'x' can be taken as event_time",
            "the first of 1, in line 2, is '1705522503'",
        ),
        ({"event_time": '{ columns = ["x", "u"] }'}, [{}], "'x' and 'u'", "is '60 u1'"),
        (
            {"watch_seconds": '"x"'},
            [{"x": '"1,5"'}, {"x": "soon"}, {"x": "n/a"}],
            "'x' can be taken as watch_seconds",
            'decimal = ","',
        ),
        ({"progress": '"x"'}, [{"x": "half"}], "'x' can be taken as progress", 'unit = "percent'),
        ({"action": '"x"'}, [{"x": "LOOK"}], "'x' can be taken as action", "words = { PLAY"),
        (
            {},
            [{"u": "u" * 65}] * 2,
            "'u' can be taken as user_id",
            f"is '{'u' * 60}…'. Their rows go to quarantine. In the mapping tell another",
        ),
        ({}, [{"u": "NULL"}, {"u": " "}], "'u' is empty in each of 2 rows", "need user_id"),
        (
            {"title": '"t"', "title_id": ""},
            [{"t": ""}],
            "'t' is empty in each of 1",
            "need title_id",
        ),
    ],
)
def test_a_column_of_which_nothing_can_be_taken_is_told_with_what_to_do(
    home: Settings,
    tmp_path: Path,
    columns: dict[str, str],
    rows: list[dict[str, str]],
    told: str,
    hint: str,
) -> None:
    taken = mapped(home, tmp_path, rows, **columns)
    assert taken.batch
    assert taken.received == len(rows)
    assert taken.quarantined == sum("n/a" not in row.values() for row in rows)
    assert told in taken.note
    assert hint in taken.note
    assert taken.note.startswith(str(tmp_path / "v.csv"))
    assert "quarantine replay --source acme --mapping" in taken.note


@pytest.mark.parametrize(
    ("columns", "rows"),
    [
        ({"event_time": TIME}, [{}, {"at": "17.01.2024"}]),
        ({"watch_seconds": '"x"'}, [{"x": ""}, {"x": "NULL"}]),
        ({"watch_seconds": '"x"'}, [{"x": "soon"}, {"x": "60"}]),
        ({"country": '"x"'}, [{"x": "Atlantis"}]),
        ({"event_id": '"x"'}, [{"x": ""}]),
        ({}, [{"u": ""}, {}]),
    ],
)
def test_where_some_can_be_taken_or_none_is_needed_nothing_is_told(
    home: Settings, tmp_path: Path, columns: dict[str, str], rows: list[dict[str, str]]
) -> None:
    assert mapped(home, tmp_path, rows, **columns).note == ""


EXPORT = "Profile Name,Start Time,Duration,Title\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            EXPORT + "Ana,45356.8,0:40:00,A\nAna,45357.8,0:40:00,B\n",
            "'Start Time' can be taken as ev",
        ),
        (
            EXPORT + "Ana,2024-03-05,0.0277,A\nAna,2024-03-06,0.03,B\n",
            "'Duration' can be taken as wa",
        ),
        (
            EXPORT + f"Ana,2024-03-05,{'9' * 400}:00:00,A\nAna,2024-03-06,soon,B\n",
            f"in line 2, is '{'9' * 60}…'",
        ),
        (
            "user_id,title_id,event_time\nu,t,1709668800\nu,t,1709668900\n",
            "'event_time' can be taken as event_time",
        ),
    ],
)
def test_so_is_one_of_a_known_source_where_it_is_so_in_all_rows(
    home: Settings, tmp_path: Path, text: str, told: str
) -> None:
    path = tmp_path / "v.csv"
    path.write_text(text)
    (taken,) = ingest_paths(home, [path])
    assert taken.quarantined == taken.received == 2
    assert told in taken.note
    assert "Write the file anew and ingest it again" in taken.note
    first, second = text.splitlines()[:2]
    path.write_text(f"{first}\n{second}\n")
    (alone,) = ingest_paths(home, [path])
    assert (alone.quarantined, alone.note) == (1, "")


def test_the_rows_come_back_by_the_mended_mapping(home: Settings, tmp_path: Path) -> None:
    mapped(home, tmp_path, [{"u": "a"}, {"u": "b"}], event_time=TIME)
    mended = tmp_path / "mended.toml"
    mended.write_text((tmp_path / "m.toml").read_text().replace(TIME, '"at"'))
    waiting = quarantined(Lake.of(home), source="acme")
    replayed = replay(home, waiting, mapping=mended)
    assert (replayed.stored, replayed.quarantined) == (2, 0)


def test_nobody_who_was_erased_is_told(home: Settings, tmp_path: Path) -> None:
    mapped(home, tmp_path, [{"u": "secret"}])
    with open_erasures(home) as erasures:
        erasures.mark(["secret"])
        erasures.done(["secret"])
    told = mapped(home, tmp_path, [{"u": "secret", "at": "at secret"}, {"at": "soon"}])
    assert "in line 3, is 'soon'" in told.note
    assert "secret" not in told.note
