from __future__ import annotations

import csv
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from netflix_pipeline.contracts.contract import ACTIONS
from netflix_pipeline_tests.support.generated import DAYS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from netflix_pipeline.generate import GeneratedFiles

Row = dict[str, str]

NOW = datetime.fromisoformat("2026-02-02T00:00:00Z")


def read(path: Path) -> tuple[list[Row], int]:
    """The rows with the right number of fields, and how many have not."""
    with path.open(newline="") as file:
        header, *lines = csv.reader(file)
    whole = [dict(zip(header, line, strict=True)) for line in lines if len(line) == len(header)]
    return whole, len(lines) - len(whole)


def when(row: Row) -> datetime | None:
    try:
        return datetime.fromisoformat(row["event_time"])
    except ValueError:
        return None


def _outside(column: str, low: float, high: float) -> Callable[[Row], bool]:
    return lambda row: row[column] != "" and not low <= float(row[column]) <= high


def _missing(column: str) -> Callable[[Row], bool]:
    return lambda row: row[column] == ""


EVENT: dict[str, Callable[[Row], bool]] = {
    "missing_user_id": _missing("user_id"),
    "bad_event_time": lambda row: when(row) is None,
    "event_time_in_future": lambda row: (when(row) or NOW) > NOW,
}
TITLE = {"missing_title_id": _missing("title_id")}
REASONS: dict[str, dict[str, Callable[[Row], bool]]] = {
    "watch_events": {
        **EVENT,
        **TITLE,
        "negative_watch_seconds": lambda row: row["watch_seconds"].startswith("-"),
        "watch_too_long": lambda row: float(row["watch_seconds"] or 0) > 86_400,
        "progress_out_of_range": _outside("progress", 0, 1),
        "unknown_action": lambda row: row["action"] not in ACTIONS,
    },
    "search_events": {
        **EVENT,
        "negative_results_count": _outside("results_count", 0, 1000),
        "bad_clicked_position": _outside("clicked_position", 1, 1000),
    },
    "recommendation_events": {**EVENT, **TITLE, "missing_clicked": _missing("clicked")},
    "reviews": {
        **EVENT,
        **TITLE,
        "missing_rating": _missing("rating"),
        "rating_out_of_range": _outside("rating", 1, 5),
    },
}


def found(table: str, path: Path) -> tuple[Counter[str], int]:
    """What an independent reader finds of each kind of dirt, and how many rows look late."""
    rows, unparsable = read(path)
    kinds = Counter({"unparsable_row": unparsable})
    key = next(iter(rows[0]))
    first: dict[Any, Row] = {}
    latest = datetime.min.replace(tzinfo=NOW.tzinfo)
    late = 0
    for row in rows:
        reasons = [name for name, holds in REASONS[table].items() if holds(row)]
        assert len(reasons) <= 1, (reasons, row)
        kinds.update(reasons)
        time = when(row)
        if reasons or time is None:
            continue
        identity = row[key], time.date()
        if identity in first:
            kinds["duplicate" if first[identity] == row else "conflicting_duplicate"] += 1
        else:
            first[identity] = row
            late += latest - time > timedelta(days=1, hours=6)
            latest = max(latest, time)
    return kinds, late


@pytest.mark.parametrize("table", REASONS)
def test_the_file_holds_each_kind_of_dirt_as_often_as_reported(
    table: str, dirty_csv: GeneratedFiles
) -> None:
    kinds, late = found(table, dirty_csv.paths[table])
    reported = dict(dirty_csv.dirt[table])
    # A late row of the last days may arrive when nothing newer is left to compare it with.
    assert 0.5 * reported["late"] < late <= reported.pop("late")
    assert dict(kinds) == reported
    assert min(reported.values()) >= 1
    assert 0.015 < sum(dirty_csv.dirt[table].values()) / dirty_csv.rows[table] < 0.06


def test_copies_arrive_after_the_original_also_far_apart(dirty_csv: GeneratedFiles) -> None:
    rows, _ = read(dirty_csv.paths["watch_events"])
    places: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        places.setdefault(row["event_id"], []).append(place)
    gaps = [found[-1] - found[0] for found in places.values() if len(found) > 1]
    a_day = len(rows) // DAYS
    assert min(gaps) < a_day / 10
    assert max(gaps) > 5 * a_day


def test_broken_lines_have_too_few_fields_or_too_many(dirty_csv: GeneratedFiles) -> None:
    with dirty_csv.paths["watch_events"].open(newline="") as file:
        header, *lines = csv.reader(file)
    assert {len(line) for line in lines} == {2, len(header), len(header) + 2}


@pytest.mark.parametrize(
    ("table", "key", "updated"),
    [("users", "user_id", "plan"), ("titles", "title_id", "maturity_rating")],
)
def test_users_and_titles_are_described_twice_now_and_then(
    table: str, key: str, updated: str, dirty_csv: GeneratedFiles
) -> None:
    rows, unparsable = read(dirty_csv.paths[table])
    kinds: Counter[str] = Counter({"unparsable_row": unparsable})
    first: dict[str, Row] = {}
    for row in rows:
        if not row[key]:
            kinds[f"missing_{key}"] += 1
        elif row[key] not in first:
            first[row[key]] = row
        elif row == first[row[key]]:
            kinds["duplicate"] += 1
        else:
            kinds["update"] += 1
            assert {**row, updated: ""} == {**first[row[key]], updated: ""}
    assert dict(kinds) == dirty_csv.dirt[table]
    assert min(kinds.values()) >= 1
