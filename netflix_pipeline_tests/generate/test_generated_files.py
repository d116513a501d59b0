from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, get_args

import polars as pl
import pytest

from netflix_pipeline.contracts import contract
from netflix_pipeline.errors import BadInput
from netflix_pipeline.generate import Format, GeneratedFiles, generate
from netflix_pipeline_tests.support.generated import DAYS, END, Clean, service

if TYPE_CHECKING:
    from pathlib import Path

    from netflix_pipeline.contracts import Contract

TABLES = (
    "watch_events",
    "search_events",
    "recommendation_events",
    "reviews",
    "users",
    "titles",
)
FORMATS: tuple[Format, ...] = get_args(Format)


def payload(table: Contract) -> list[str]:
    return [name for name in table.names if name not in {"source", "received_at", "batch", "line"}]


def digests(files: GeneratedFiles) -> dict[str, str]:
    return {
        table: hashlib.sha256(path.read_bytes()).hexdigest() for table, path in files.paths.items()
    }


@pytest.mark.parametrize("file_format", FORMATS)
def test_the_same_arguments_give_the_same_bytes(tmp_path: Path, file_format: Format) -> None:
    first, second, other = (
        digests(
            service(tmp_path / name, dirty=True, file_format=file_format, seed=seed, events=3000)
        )
        for name, seed in (("first", 5), ("second", 5), ("other", 6))
    )
    assert first == second
    assert not set(first.values()) & set(other.values())


def test_the_number_of_threads_changes_no_byte(tmp_path: Path) -> None:
    program = (
        "import sys; from datetime import date; from pathlib import Path;"
        "from netflix_pipeline.generate import generate;"
        "generate(Path(sys.argv[1]), events=120_000, users=600, titles=400, days=42,"
        " end=date(2026, 2, 1), seed=1, dirty=True)"
    )
    for threads in ("1", "4"):
        subprocess.run(
            [sys.executable, "-c", program, tmp_path / threads],
            check=True,
            env={**os.environ, "POLARS_MAX_THREADS": threads},
        )
    assert sorted(path.name for path in (tmp_path / "1").iterdir()) == sorted(
        f"{table}.csv" for table in TABLES
    )
    for path in (tmp_path / "1").iterdir():
        assert path.read_bytes() == (tmp_path / "4" / path.name).read_bytes()


@pytest.mark.parametrize("table", TABLES)
def test_columns_are_the_payload_of_the_contract(
    table: str, dirty_csv: GeneratedFiles, clean: Clean
) -> None:
    columns = payload(contract(f"bronze/{table}"))
    with dirty_csv.paths[table].open() as file:
        assert file.readline().rstrip("\n").split(",") == columns
    assert clean.tables[table].columns == columns


@pytest.mark.parametrize("table", TABLES)
def test_clean_rows_keep_the_contract(table: str, clean: Clean) -> None:
    bronze = contract(f"bronze/{table}")
    rows = clean.tables[table].with_columns(
        source=pl.lit("native"),
        received_at=pl.lit("2026-02-02").str.to_datetime(time_unit="us", time_zone="UTC"),
        batch=pl.lit("batch"),
        line=pl.int_range(pl.len()),
    )
    (violations,) = bronze.violations(bronze.conform(rows))
    assert violations.is_empty()
    assert rows[payload(bronze)[0]].is_unique().all()


def test_row_counts_are_as_asked_and_as_reported(clean: Clean, dirty_csv: GeneratedFiles) -> None:
    assert clean.files.rows == {
        "watch_events": 60_000,
        "search_events": 3000,
        "recommendation_events": 6000,
        "reviews": 1200,
        "users": 600,
        "titles": 400,
    }
    assert clean.files.rows == {table: frame.height for table, frame in clean.tables.items()}
    assert clean.files.dirt == {}
    for table, path in dirty_csv.paths.items():
        assert path.read_bytes().count(b"\n") == dirty_csv.rows[table] + 1
        added = sum(n for kind, n in dirty_csv.dirt[table].items() if kind != "late")
        asked = {"watch_events": 20_000, "search_events": 1000, "recommendation_events": 2000}
        asked |= {"reviews": 400, "users": 600, "titles": 400}
        assert dirty_csv.rows[table] == asked[table] + added


def test_every_format_holds_the_same_rows(clean: Clean, tmp_path: Path) -> None:
    csv = service(tmp_path / "csv", dirty=False, file_format="csv", events=60_000)
    ndjson = service(tmp_path / "ndjson", dirty=False, file_format="ndjson", events=60_000)
    for table, stored in clean.tables.items():
        expected = stored.with_columns(
            pl.col(pl.Datetime("us", "UTC")).dt.to_string("%Y-%m-%dT%H:%M:%S%.3fZ")
        )
        schema = expected.schema
        assert pl.read_csv(csv.paths[table], schema=schema).equals(expected)
        assert pl.read_ndjson(ndjson.paths[table], schema=schema).equals(expected)


def test_dirty_ndjson_and_parquet_hold_the_rows_of_the_csv(
    dirty_csv: GeneratedFiles, tmp_path: Path
) -> None:
    ndjson = service(tmp_path / "ndjson", dirty=True, file_format="ndjson")
    parquet = service(tmp_path / "parquet", dirty=True, file_format="parquet")
    assert ndjson.rows == dirty_csv.rows
    assert ndjson.dirt == dirty_csv.dirt
    for table, kinds in dirty_csv.dirt.items():
        fields = len(payload(contract(f"bronze/{table}")))
        objects = []
        for line in ndjson.paths[table].read_text().splitlines():
            try:
                objects.append(json.loads(line))
            except json.JSONDecodeError:
                continue
        assert len(objects) == dirty_csv.rows[table] - kinds["unparsable_row"]
        assert {len(row) for row in objects} == {fields}
        stored = pl.read_parquet(parquet.paths[table])
        key = stored.columns[0]
        assert stored[key].to_list() == [row[key] for row in objects]
        assert stored.height == parquet.rows[table]
        assert parquet.dirt[table] == {
            kind: n for kind, n in kinds.items() if kind != "unparsable_row"
        }


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("dirty", [False, True], ids=["clean", "dirty"])
def test_the_smallest_service_has_every_table(
    tmp_path: Path, file_format: Format, dirty: bool
) -> None:
    files = generate(
        tmp_path,
        events=1,
        users=1,
        titles=1,
        days=1,
        end=END,
        seed=1,
        format=file_format,
        dirty=dirty,
    )
    assert sorted(files.paths) == sorted(TABLES)
    assert min(files.rows.values()) >= 1
    assert files.rows["watch_events"] == 1 + sum(
        n for kind, n in files.dirt.get("watch_events", {}).items() if kind != "late"
    )


@pytest.mark.parametrize("name", ["events", "users", "titles", "days"])
def test_a_number_that_is_not_positive_is_refused(tmp_path: Path, name: str) -> None:
    numbers = {"events": 10, "users": 10, "titles": 10, "days": 10, name: 0}
    with pytest.raises(BadInput, match=f"{name} is 0"):
        generate(
            tmp_path / "out",
            events=numbers["events"],
            users=numbers["users"],
            titles=numbers["titles"],
            days=numbers["days"],
            end=END,
            seed=1,
            dirty=False,
        )
    assert not (tmp_path / "out").exists()


def test_progress_is_told_every_event(tmp_path: Path) -> None:
    told: list[int] = []
    generate(
        tmp_path,
        events=1000,
        users=50,
        titles=50,
        days=DAYS,
        end=END,
        seed=1,
        dirty=True,
        progress=told.append,
    )
    assert sum(told) == 1000


def test_an_interrupted_run_leaves_no_file(tmp_path: Path) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(
            tmp_path,
            events=1000,
            users=50,
            titles=50,
            days=DAYS,
            end=END,
            seed=1,
            format="parquet",
            dirty=True,
            progress=interrupt,
        )
    assert list(tmp_path.iterdir()) == []
