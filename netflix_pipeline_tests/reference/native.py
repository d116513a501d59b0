"""Files in the platform's own columns, read as plainly as possible: text in, raw rows out."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from netflix_pipeline_tests.reference.arrival import EVENTS
from netflix_pipeline_tests.reference.catalogue import TITLE_COLUMNS, USER_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from netflix_pipeline_tests.reference.rows import Row

NUMBERS = ("watch_seconds", "progress", "rating", "score", "runtime_minutes", "monthly_spend")
WHOLE = (
    "results_count",
    "clicked_position",
    "position",
    "seasons",
    "episodes",
    "season",
    "episode",
    "release_year",
    "age",
)
FLAGS = ("clicked", "is_download", "is_original", "is_active")
DATES = ("signup_date", "added_on")
COLUMNS = {
    "watch_events": (
        "event_id",
        "user_id",
        "title_id",
        "event_time",
        "time_precision",
        "action",
        "watch_seconds",
        "progress",
        "playback_id",
        "kind",
        "device",
        "quality",
        "country",
        "is_download",
        "rating",
    ),
    "search_events": (
        "search_id",
        "user_id",
        "event_time",
        "time_precision",
        "query",
        "results_count",
        "clicked_position",
        "device",
        "country",
    ),
    "recommendation_events": (
        "recommendation_id",
        "user_id",
        "title_id",
        "event_time",
        "time_precision",
        "clicked",
        "position",
        "score",
        "algorithm",
        "device",
    ),
    "reviews": (
        "review_id",
        "user_id",
        "title_id",
        "event_time",
        "time_precision",
        "rating",
        "text",
        "sentiment",
    ),
    "users": USER_COLUMNS,
    "titles": TITLE_COLUMNS,
}
DEFAULTS = {"time_precision": "second", "kind": "main", "is_download": "false"}


def read_csv(path: Path, table: str, lineage: Mapping[str, Any]) -> Iterator[Row]:
    """The raw rows of a CSV file of a table, in order.

    `lineage` is source, received_at and batch; `line` is the line on which a record begins, `raw`
    what stands there. A record that is no row has no columns.
    """
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    records = csv.reader(text.splitlines(keepends=True))
    columns = next(records)
    read = records.line_num
    for record in records:
        known = {
            **lineage,
            "line": read + 1,
            "raw": "\n".join(lines[read : records.line_num]),
            "path": str(path),
        }
        read = records.line_num
        if len(record) == len(columns):
            yield {**typed(table, dict(zip(columns, record, strict=True))), **known}
        else:
            yield {**known, "problems": ["unparsable_row"]}


def typed(table: str, texts: Mapping[str, str]) -> Row:
    """The values of a row's texts, and `problems`: why a text tells none."""
    row: Row = {"problems": []}
    for name in COLUMNS[table]:
        told = texts.get(name) or DEFAULTS.get(name, "")
        try:
            row[name] = _value(name, told) if told else None
        except ValueError:
            row[name] = None
            if name != "event_time":
                row["problems"] = ["unparsable_row"]
    if table in EVENTS:
        moment = row["event_time"]
        if len(texts["event_time"]) == len("2026-01-31"):
            row["time_precision"] = "day"
        if moment is not None and row["time_precision"] == "day":
            row["event_time"] = datetime.combine(moment.date(), time(), UTC)
    return row


def _value(name: str, text: str) -> Any:
    if name == "event_time":
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if name in NUMBERS:
        return float(text)
    if name in WHOLE:
        return int(text)
    if name in FLAGS:
        return {"true": True, "false": False}[text]
    if name in DATES:
        return date.fromisoformat(text)
    return text
