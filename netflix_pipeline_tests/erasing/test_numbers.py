"""Without a person, every number is what it would be of the others' rows."""

import csv
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from netflix_pipeline.generate import generate
from netflix_pipeline.ingest import differences, ledger, manifests
from netflix_pipeline.ingest.erasing import erase_bronze
from netflix_pipeline.materialize import Versions, pending
from netflix_pipeline_tests.reference.agreement import disagreements
from netflix_pipeline_tests.reference.arrival import EVENTS, IDENTITY, Arrivals, day_of
from netflix_pipeline_tests.reference.home import Home
from netflix_pipeline_tests.reference.rows import Row
from netflix_pipeline_tests.reference.strategies import Csv
from netflix_pipeline_tests.reference.tables import calendar_of, expected


def forget(told: Arrivals, users: set[str]) -> None:
    """Take persons out of what the reference knows: what became of others' rows stays."""
    known = set()
    for table, rows in told.stored.items():
        for row in rows:
            if row.get("user_id") in users:
                day = day_of(row) if table in EVENTS else None
                known.add((table, row[IDENTITY[table]], day))
        told.stored[table] = [row for row in rows if row.get("user_id") not in users]
    told.duplicates = [
        row
        for row in told.duplicates
        if (row["table"], row["identity"], row["identity_date"]) not in known
    ]

    def theirs(row: Row) -> bool:
        return bool(users.intersection(next(csv.reader([row["raw"]]), [])))

    told.quarantined = [row for row in told.quarantined if not theirs(row)]


def assert_agrees(home: Home) -> None:
    home.materialize()
    assert not pending(Versions(home.lake))
    made = home.tables()
    calendar = calendar_of(home.arrivals.bronze())
    empty = {day for day in made["gold/audience_daily"] if day not in calendar}
    assert all(made["gold/audience_daily"][day]["dau"].sum() == 0 for day in empty)
    told = expected(home.arrivals.bronze(), [*calendar, *empty])
    counted = made.pop("gold/ledger_daily")
    found = disagreements(told, made)
    assert not found, "\n".join(found[:20])
    # The reference knows nothing of what was erased: of the rest it tells the same.
    for day, rows in told["gold/ledger_daily"].items():
        for row in rows:
            got = counted[day].row(
                by_predicate=(pl.col("source") == row["source"])
                & (pl.col("table") == row["table"]),
                named=True,
            )
            same = ("stored", "duplicate", "quarantined", "in_plays", "promo")
            assert {name: got[name] for name in same} == {name: row[name] for name in same}
            assert got["received"] - got["erased"] == row["received"]
    assert differences(ledger(home.lake, manifests(home.lake))).is_empty()


@pytest.mark.parametrize(("seed", "built"), [(3, True), (4, False)])
def test_every_table_is_what_the_definitions_make_of_the_others(
    tmp_path: Path, seed: int, built: bool
) -> None:
    home = Home(tmp_path)
    files = generate(
        tmp_path / "generated",
        events=1200,
        users=30,
        titles=60,
        days=16,
        end=date(2026, 1, 12),
        seed=seed,
        dirty=True,
    )
    for table, path in files.paths.items():
        home.arrive(Csv(table, path.read_text()))
    lines = files.paths["watch_events"].read_text().splitlines(keepends=True)
    home.arrive(Csv("watch_events", "".join([*lines[:1], *lines[200:400]])))
    if built:
        home.materialize()
    watched = [row["user_id"] for row in home.arrivals.stored["watch_events"]]
    by_use = sorted(set(watched), key=watched.count)
    # Most is changed by who watched most, days become empty and titles unknown with many.
    for users in ({by_use[-1]}, {by_use[0], by_use[1], "nobody"}, set(by_use[4:])):
        erase_bronze(home.settings, users)
        forget(home.arrivals, users)
        assert_agrees(home)
