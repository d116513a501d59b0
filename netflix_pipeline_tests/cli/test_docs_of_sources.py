"""Every example of a mapping in docs/sources.md does what is said of it."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from netflix_pipeline.contracts import contract
from netflix_pipeline.lake import Lake
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources.formats.mapping import DETAILS
from netflix_pipeline.sources.formats.native import NEEDS
from netflix_pipeline_tests.support.command import Command

DOCS = Path(__file__).parents[2] / "docs" / "sources.md"
EXAMPLES = re.findall(r"```csv\n(.*?)```\n\n```toml\n(.*?)```", DOCS.read_text(), re.DOTALL)

SAID: dict[str, list[dict[str, Any]]] = {
    "watch_events": [
        {
            "event_time": datetime(2024, 1, 17, 19, 15, tzinfo=UTC),
            "watch_seconds": 3090.0,
            "progress": 0.982,
            "action": "completed",
            "device": "streaming_stick",
            "country": "DE",
            "source": "acme",
        },
        {"watch_seconds": 735.0, "progress": 0.24, "action": "started", "device": "desktop"},
    ],
    "search_events": [
        {"event_time": datetime(2024, 1, 17, 20, 15, 3, 250_000, tzinfo=UTC), "results_count": 12}
    ],
    "recommendation_events": [
        {"event_time": datetime(2024, 1, 5, 20, 15, tzinfo=UTC), "clicked": False, "position": 1},
        {"event_time": datetime(2024, 1, 17, 20, 15, tzinfo=UTC), "clicked": True, "position": 3},
    ],
    "reviews": [{"rating": 5.0, "time_precision": "day"}, {"rating": 3.0}],
    "users": [{"signup_date": date(2019, 12, 31), "plan": "premium", "age": 43}],
    "titles": [{"title": "A Film", "content_type": "film", "runtime_minutes": 90.0}],
}
"""What becomes of the rows of each table's example, as the docs say it."""


def test_every_table_that_can_be_mapped_has_an_example() -> None:
    tables = [re.search(r'^table = "(\w+)"', toml, re.MULTILINE) for _, toml in EXAMPLES]
    assert [found[1] if found else "watch_events" for found in tables] == list(NEEDS) == list(SAID)


@pytest.mark.parametrize(
    ("csv", "toml", "table"), [(*EXAMPLES[at], table) for at, table in enumerate(SAID)]
)
def test_an_example_is_read_as_it_is_said(
    command: Command, tmp_path: Path, csv: str, toml: str, table: str
) -> None:
    (tmp_path / "theirs.csv").write_text(csv)
    (tmp_path / "acme.toml").write_text(toml)
    dry = command.ok(
        "ingest",
        tmp_path / "theirs.csv",
        "--mapping",
        tmp_path / "acme.toml",
        "--dry-run",
        "--json",
    )
    assert not command.home.exists()
    ran = command.ok(
        "ingest", tmp_path / "theirs.csv", "--mapping", tmp_path / "acme.toml", "--json"
    )
    rows = len(csv.splitlines()) - 1
    assert (ran.json["total"]["received"], ran.json["total"]["stored"]) == (rows, rows)
    (tried,) = dry.json["files"]
    assert (tried["table"], tried["stored"], tried["reasons"]) == (table, rows, {})
    lake = Lake.of(Settings(home=command.home))
    name = f"bronze/{table}"
    days = [None] if contract(name).partition == "whole" else lake.partitions(name)
    stored = [lake.read(name, day) for day in days]
    found = [row for frame in stored for row in frame.iter_rows(named=True)]
    assert len(found) == len(SAID[table])
    for row, said in zip(found, SAID[table], strict=True):
        assert {column: row[column] for column in said} == said
    assert set().union(*SAID[table]) <= set(contract(name).names)


def test_a_dry_run_shows_rows_and_counts_to_people(command: Command, tmp_path: Path) -> None:
    csv, toml = EXAMPLES[0]
    (tmp_path / "theirs.csv").write_text(csv + "7;Dark;;20:15;1;1;PLAY;x\n")
    (tmp_path / "acme.toml").write_text(toml)
    ran = command.ok(
        "ingest", tmp_path / "theirs.csv", "--mapping", tmp_path / "acme.toml", "--dry-run"
    )
    assert "the first rows as watch_events would hold them" in ran.out
    for told in ("2024-01-17 19:15:00", "3,090", "streaming_stick", "Of 3 rows", "bad_event_time"):
        assert told in ran.out
    assert "dates are read as day, month, year" in ran.err
    assert not command.home.exists()


def test_a_dry_run_shows_a_year_as_it_is(command: Command, tmp_path: Path) -> None:
    (tmp_path / "films.csv").write_text("id,name,year\nm1,A Film,2021\n")
    (tmp_path / "films.toml").write_text(
        'table = "titles"\n[columns]\ntitle_id = "id"\ntitle = "name"\nrelease_year = "year"\n'
    )
    ran = command.ok(
        "ingest", tmp_path / "films.csv", "--mapping", tmp_path / "films.toml", "--dry-run"
    )
    assert "2021" in ran.out
    assert "2,021" not in ran.out


def test_help_names_every_table_and_detail(command: Command) -> None:
    told = command.ok("ingest", "--help").out
    for word in (*NEEDS, *DETAILS):
        assert word in told
