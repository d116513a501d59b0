"""Anomalies made by hand, at two origins of the three days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.serving import publish_home
from netflix_pipeline.serving.questions.anomalies import ANOMALIES, EVIDENCE, PARTS, WATCH
from netflix_pipeline_tests.support.homes import made_once
from netflix_pipeline_tests.support.three_days import (
    AS_OF,
    FRIDAY,
    TUESDAY,
    Published,
    three_days_published,
)

if TYPE_CHECKING:
    from pathlib import Path

NEWEST = FRIDAY + timedelta(days=1)
WEDNESDAY = TUESDAY + timedelta(days=1)
Row = dict[str, Any]


def anomaly(level: str, key: str, day: date, verdict: str, **more: Any) -> Row:
    return {
        "metric": "hours_viewed",
        "level": level,
        "key": key,
        "first_day": day,
        "last_day": day,
        "verdict": verdict,
        "outside": True,
        "actual": 40.0,
        "expected": 60.0,
        "low": 50.0,
        "high": 70.0,
        "score": -4.5,
        "model": "ridge",
        "horizon": 1,
        "people": 40,
    } | more


def _place(row: Row) -> Row:
    return {name: row[name] for name in ("metric", "level", "key", "first_day")}


def put(home: Published, origin: date, since: date, rows: list[Row]) -> None:
    """Let an origin say these anomalies, each with evidence and two parts of its gap."""
    evidence = [
        _place(row)
        | {"position": 1, "kind": "silent", "day": row["first_day"], "share": 0.3}
        | {"text": "no play began", "batch": "b-1", "look": "/v1/quality/ledger"}
        for row in rows
        if row["verdict"] != "unexplained"
    ]
    parts = [
        _place(row)
        | {"dimension": "device", "value": value, "expected": 30.0, "actual": actual}
        | {"contribution": actual - 30.0, "explains": False}
        for row in rows
        for value, actual in (("tv", 25.0), ("mobile", 15.0))
    ]
    watch = {
        "metric": "hours_viewed",
        "level": "total",
        "first_day": since,
        "last_day": origin - timedelta(days=1),
        "series": 1,
        "series_days": 3,
        "raised": len(rows),
        "unexplained": 0,
    }
    for table, made in ((ANOMALIES, rows), (EVIDENCE, evidence), (PARTS, parts), (WATCH, [watch])):
        frame = contract(table).arrange(pl.DataFrame(made)) if made else contract(table).empty()
        home.world.put(table, origin, frame)


@made_once
def anomalies_published(home: Path) -> Published:
    """The three days with what two origins judged: the later one takes one thing back."""
    made = three_days_published(home)
    withdrawn = anomaly("total", "all", TUESDAY, "unexplained")
    before = anomaly("country", "DE", TUESDAY - timedelta(days=1), "unexplained", score=5.0)
    put(made, WEDNESDAY, TUESDAY - timedelta(days=2), [withdrawn, before])
    missing = anomaly("total", "all", WEDNESDAY, "data are missing")
    more = anomaly("device", "tv", WEDNESDAY, "unexplained", score=6.0, actual=90.0)
    put(made, NEWEST, TUESDAY, [missing, more])
    publish_home(made.settings, as_of=AS_OF)
    return made
