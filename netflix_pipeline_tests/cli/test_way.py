"""From files to the published numbers, by commands alone."""

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from netflix_pipeline.contracts import contracts
from netflix_pipeline_tests.support.command import HEADER, Command, Ran, event, write

COUNTS = ("received", "stored", "duplicate", "quarantined", "erased")
KNOWN = [
    event("play-1", "2026-01-31T20:00:00Z"),
    event("play-2", "2026-01-31T20:12:00Z"),
    event("play-1", "2026-01-31T20:00:00Z"),
    event("play-1", "2026-01-31T20:00:00Z", seconds="601"),
    event("flown", action="flown"),
]
PROMO = "promo-1,ann,film,2026-01-31T21:00:00Z,stopped,30,0.5,promo"
LAST = date(2026, 1, 31)


@dataclass(frozen=True)
class Way:
    """A home to which all was done once, and what the commands told."""

    command: Command
    data: Path
    known: Path
    generated: Ran
    ingested: Ran
    materialized: Ran
    status: Ran

    def copy(self, folder: Path) -> Command:
        """The same home for a test that changes it."""
        shutil.copytree(self.command.home, folder / "copy", symlinks=True)
        return Command(folder / "copy")


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory) -> Way:
    folder = tmp_path_factory.mktemp("way")
    command = Command(folder / "home")
    data = folder / "data"
    size = ("--events", 2_000, "--users", 60, "--titles", 30, "--days", 4, "--end", LAST)
    generated = command.ok("generate", data, *size, "--json")
    known = write(folder / "known" / "a.csv", KNOWN)
    write(folder / "known" / "b.csv", [PROMO], f"{HEADER},kind")
    return Way(
        command,
        data,
        known.parent,
        generated,
        command.ok("ingest", data, known.parent, "--json"),
        command.ok("materialize", "--json"),
        command.ok("status", "--json"),
    )


def test_generate_tells_its_files(way: Way) -> None:
    files = way.generated.json["files"]
    assert {file["table"] for file in files} >= {"watch_events", "users", "titles"}
    for file in files:
        assert Path(file["path"]).stat().st_size == file["bytes"]
    assert not way.generated.err


def test_ingest_accounts_for_every_row_of_every_file(way: Way) -> None:
    told = way.ingested.json
    assert told.keys() == {"files", "skipped", "total"}
    assert told["skipped"] == []
    for file in told["files"]:
        assert file.keys() == {"path", "source", *COUNTS}
        assert file["received"] == sum(file[name] for name in COUNTS[1:])
    assert told["total"] == {name: sum(file[name] for file in told["files"]) for name in COUNTS}
    generated = {file["path"]: file["rows"] for file in way.generated.json["files"]}
    received = {file["path"]: file["received"] for file in told["files"]}
    assert received == generated | {
        str(way.known / "a.csv"): len(KNOWN),
        str(way.known / "b.csv"): 1,
    }
    assert "went to quarantine" in way.ingested.err


def test_materialize_tells_days_rows_and_snapshot(way: Way) -> None:
    told = way.materialized.json
    assert told["snapshot"] == 1
    assert "2026-01-31" in told["days"]
    assert told["days"] == sorted(told["days"])
    assert told["rows"].keys() <= contracts().keys()
    assert all(isinstance(rows, int) for rows in told["rows"].values())
    assert told["violations"] == []


def test_status_tells_snapshot_tables_ledger_and_what_waits(way: Way) -> None:
    told = way.status.json
    assert told["snapshot"]["version"] == 1
    assert told["snapshot"]["data_to"] == "2026-01-31"
    assert told["tables"].keys() <= contracts().keys()
    plays = told["tables"]["silver/plays"]
    assert plays.keys() == {"days", "rows", "from", "to"}
    assert plays["rows"] == way.materialized.json["rows"]["silver/plays"]
    assert plays["to"] == "2026-01-31"
    total = way.ingested.json["total"]
    assert {name: told["ledger"][name] for name in COUNTS} == total
    assert told["ledger"]["batches"] == len(way.ingested.json["files"])
    assert told["pending_days"] == []
    assert told["pending_tables"] == []
    assert told["events"] is None


def test_people_get_tables(way: Way) -> None:
    told = way.command.ok("status").out
    assert "snapshot 1 of" in told
    assert "silver/plays" in told
    assert "everything is built" in told


def trace(way: Way, identity: str) -> Any:
    return way.command.ok("trace", identity, "--json").json


def test_a_stored_event_is_followed_to_the_numbers_that_it_is_in(way: Way) -> None:
    told = trace(way, "play-2")
    (arrival,) = told["arrivals"]
    assert (arrival["became"], arrival["line"]) == ("stored", 3)
    assert arrival["file"] == str(way.known / "a.csv")
    assert told["play"]["play_id"] == "play-1"
    assert told["play"]["events"] == 2
    assert told["sitting"]["user_id"] == "ann"
    assert {"plays", "engagement_daily", "user_daily", "title_daily"} <= told["published"].keys()
    assert told["published"]["user_daily"]["watch_seconds"] == 1200


def test_every_arrival_of_an_identity_is_told(way: Way) -> None:
    arrivals = trace(way, "play-1")["arrivals"]
    assert [(told["became"], told["line"]) for told in arrivals] == [
        ("stored", 2),
        ("duplicate", 4),
        ("quarantined", 5),
    ]
    assert arrivals[-1]["reasons"] == ["conflicting_duplicate"]
    assert arrivals[-1]["raw"] == KNOWN[3]


def test_a_quarantined_event_is_in_no_number(way: Way) -> None:
    told = trace(way, "flown")
    assert [arrival["became"] for arrival in told["arrivals"]] == ["quarantined"]
    assert (told["play"], told["sitting"], told["published"]) == (None, None, {})
    said = way.command.ok("trace", "flown").out
    assert "unknown_action" in said
    assert "It is in no table" in said


def test_a_promo_is_kept_and_never_counted(way: Way) -> None:
    told = trace(way, "promo-1")
    assert [arrival["became"] for arrival in told["arrivals"]] == ["stored"]
    assert (told["play"], told["sitting"], told["published"]) == (None, None, {})
    assert "kept, never counted" in way.command.ok("trace", "promo-1").out


def test_a_traced_event_is_shown_with_file_line_play_and_numbers(way: Way) -> None:
    told = way.command.ok("trace", "play-1").out
    for words in ("stored", "a.csv", "Play", "Sitting", "Published", "engagement_daily"):
        assert words in told
    assert "It is in the published numbers." in told


def test_an_unknown_event_is_a_failure(way: Way) -> None:
    ran = way.command("trace", "nobody", "--json")
    assert (ran.code, ran.out) == (1, "")
    assert "no event 'nobody'" in ran.err


def test_quarantine_is_listed_shown_and_exported(way: Way, tmp_path: Path) -> None:
    told = way.command.ok("quarantine", "list", "--json").json
    assert told["rows"] == way.ingested.json["total"]["quarantined"]
    (flown,) = way.command.ok(
        "quarantine", "list", "--reason", "unknown_action", "--limit", 1, "--json"
    ).json["newest"]
    row_id = flown["quarantine_id"]
    (shown,) = way.command.ok("quarantine", "show", row_id, "--json").json["rows"]
    assert shown["raw"]
    assert shown["raw"] in way.command.ok("quarantine", "show", row_id).out.replace("\n", "")
    for name, read in (
        ("rows.csv", pl.read_csv),
        ("rows.ndjson", pl.read_ndjson),
        ("rows.parquet", pl.read_parquet),
    ):
        file = tmp_path / name
        assert way.command.ok("quarantine", "export", file, "--json").json["rows"] == told["rows"]
        assert read(file).height == told["rows"]
    ran = way.command("quarantine", "show", "nothing:1")
    assert ran.code == 1
    assert "not in quarantine: nothing:1" in ran.err


def test_the_same_files_again_change_nothing_but_the_duplicates(way: Way, tmp_path: Path) -> None:
    command = way.copy(tmp_path)
    first = way.ingested.json["total"]
    again = command.ok("ingest", way.data, way.known, "--json").json
    # One user and one title have two states: the older comes back, then the newer again.
    stored = {Path(told["path"]).name: told["stored"] for told in again["files"] if told["stored"]}
    assert stored == {"users.csv": 2, "titles.csv": 2}
    assert not any("put_back" in told for told in again["files"])
    assert again["total"]["received"] == first["received"]
    command.ok("materialize", "--json")
    grown = {"bronze/duplicates", "bronze/users", "bronze/titles"}
    plays = {
        name: table
        for name, table in way.status.json["tables"].items()
        if name not in grown and not any(x in name for x in ("mentions", "quarantine"))
    }
    tables = command.ok("status", "--json").json["tables"]
    assert {name: tables[name] for name in plays} == plays


def test_rows_are_replayed_after_a_fix(way: Way, tmp_path: Path) -> None:
    command = way.copy(tmp_path)
    header = "id,person,programme,at,seconds"
    path = write(tmp_path / "own.csv", ["own-1,ann,film,31.01.2026 18:00,60"], header)
    mapping = tmp_path / "mapping.toml"
    text = (
        'table = "watch_events"\n[columns]\nevent_id = "id"\nuser_id = "person"\n'
        'title_id = "programme"\nwatch_seconds = "seconds"\n'
        'event_time = { column = "at", format = "FORMAT" }\n'
    )
    mapping.write_text(text.replace("FORMAT", "%Y-%m-%d %H:%M"))
    ran = command("ingest", path, "--mapping", mapping, "--json")
    assert ran.code == 1
    assert "'31.01.2026 18:00'" in ran.err
    assert ran.json["total"]["quarantined"] == 1
    mapping.write_text(text.replace("FORMAT", "%d.%m.%Y %H:%M"))
    args = ("quarantine", "replay", "--reason", "bad_event_time", "--source")
    source = command.ok("quarantine", "list", "--json").json["newest"][0]["source"]
    told = command.ok(*args, source, "--mapping", mapping, "--json").json
    assert told == {"rows": 1, "stored": 1, "duplicate": 0, "quarantined": 0, "erased": 0}
    assert "2026-01-31" in command.ok("status", "--json").json["pending_days"]
    assert "to be built" in command.ok("status").out


def test_asked_days_are_built_again_and_published(way: Way, tmp_path: Path) -> None:
    command = way.copy(tmp_path)
    told = command.ok("materialize", "--from", LAST, "--to", LAST, "--json").json
    assert told["days"] == ["2026-01-31"]
    ran = command("materialize", "--to", "2020-01-01", "--json")
    assert (ran.code, ran.out) == (1, "")
    assert "data begins on" in ran.err


def test_publish_tells_whether_there_was_something_new(way: Way, tmp_path: Path) -> None:
    command = way.copy(tmp_path)
    assert "nothing changed: snapshot 1 stays" in command.ok("publish").out
    told = command.ok("publish", "--full", "--json").json
    assert (told["version"], told["full"]) == (2, True)
    assert Path(told["path"]).exists()
    assert command.ok("status", "--json").json["snapshot"]["version"] == 2


def test_the_demo_runs_twice_and_goes_on_where_it_stood(command: Command) -> None:
    asked = ("demo", "--events", 300, "--days", 2, "--no-serve")
    first = command.ok(*asked).out
    assert "snapshot 1 is served" in first
    sums = command.ok("status", "--json").json["ledger"]
    again = command.ok(*asked).out
    assert "already holds its sample data" in again
    assert command.ok("status", "--json").json["ledger"] == sums
    # Cut off after the first file was taken in: the others follow.
    manifests = sorted((command.home / "lake" / "bronze" / "_batches").glob("*.json"))
    for manifest in manifests[1:]:
        manifest.unlink()
    command.ok("demo", "--no-serve")
    assert command.ok("status", "--json").json["ledger"] == sums


def test_the_demo_takes_own_files_and_adds_no_sample_data(command: Command, tmp_path: Path) -> None:
    one = write(tmp_path / "one.csv", [event("e1")])
    two = write(tmp_path / "two.csv", [event("e2", user="bob")])
    for _ in range(2):
        command.ok("demo", "--data", one, two, "--no-serve")
        told = command.ok("status", "--json").json
        assert told["tables"]["bronze/watch_events"]["rows"] == 2
        assert told["pending_days"] == []
    assert "no sample data is added" in command.ok("demo", "--no-serve").out


def test_the_folder_of_the_home_may_look_like_a_pattern(tmp_path: Path) -> None:
    command = Command(tmp_path / "part [1] of *: {a,b} #2" / "home")
    command.ok("ingest", write(tmp_path / "a.csv", KNOWN))
    assert command.ok("materialize", "--json").json["snapshot"] == 1
    late = write(tmp_path / "b.csv", [event("late", "2026-01-31T22:00:00Z")])
    command.ok("ingest", late)
    assert command.ok("materialize", "--json").json["days"] == ["2026-01-31"]
    assert command.ok("quarantine", "replay", "--json").json["stored"] == 0
    told = command.ok("status", "--json").json
    assert (told["snapshot"]["version"], told["pending_days"]) == (2, [])
