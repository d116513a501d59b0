"""A home of each release that is kept goes on by itself: nothing is lost, no number moves.

But for those whose definition changed since: `completion_rate` was of all starters once, and is of
those whose reach is known; a series in the catalogue was told without its episodes.
"""

import asyncio
import csv
import io
import json
import math
import tarfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import httpx
import pytest
from typing_extensions import override

from netflix_pipeline.defs.instance import open_instance
from netflix_pipeline.object_storage import ObjectStore
from netflix_pipeline.object_storage.proof import prove
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import open_erasures
from netflix_pipeline_tests.support.api import SERVER
from netflix_pipeline_tests.support.command import Command, Ran
from netflix_pipeline_tests.support.crashing import contents
from netflix_pipeline_tests.support.processes import Start
from netflix_pipeline_tests.support.s3_server import S3Server
from netflix_pipeline_tests.upgrading.keep_answers import answers, kept
from netflix_pipeline_tests.upgrading.keep_home import HOMES, event

COUNTS = ("received", "stored", "duplicate", "quarantined", "erased")
MEASURES = ("plays", "hours_viewed", "views", "viewers", "sittings", "dau")
WAITING = 3
"""Events that wait in the log of each kept home."""

Known = dict[str, Any]


RELEASES = sorted(path.name.partition(".")[0] for path in HOMES.glob("*.tar.xz"))


def lay_down(release: str, folder: Path) -> Known:
    """Lay a kept home into a folder; what its release told of it."""
    with tarfile.open(HOMES / f"{release}.tar.xz") as packed:
        packed.extractall(folder, filter="tar")
    told: Known = json.loads((HOMES / f"{release}.json").read_text())
    return told


@pytest.fixture(params=RELEASES)
def known(request: pytest.FixtureRequest, home: Settings) -> Known:
    """Lays a kept home where the test's own is."""
    return lay_down(request.param, home.root.parent)


@dataclass(frozen=True)
class Built:
    """A kept home, once all that waited was built, and what its release told of it."""

    home: Settings
    known: Known
    runs: set[str]
    """The runs in Dagster's history before."""
    ran: Ran
    release: str


@pytest.fixture(scope="module", params=RELEASES)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp(request.param)
    known, home = lay_down(request.param, folder), Settings(home=folder / "home")
    runs = runs_of(home)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("NETFLIX_EVENT_DAYS_BACK", "0")  # its events are ever longer ago
        ran = Command(home.root)("materialize", "--json")
        return Built(home, known, runs, ran, request.param)


def runs_of(home: Settings) -> set[str]:
    with open_instance(home) as instance:
        return {run.run_id for run in instance.get_runs()}


def test_all_of_it_is_there_before_anything_is_built(known: Known, home: Settings) -> None:
    status = Command(home.root).ok("status", "--json").json

    assert status["snapshot"] == known["status"]["snapshot"]
    assert status["ledger"] == known["status"]["ledger"]
    assert status["events"] == known["status"]["events"]
    assert status["erasures"] == known["status"]["erasures"]
    assert bronze(status) == bronze(known["status"])


def test_what_people_put_in_is_kept(known: Known, home: Settings) -> None:
    command = Command(home.root)

    assert "reporting" in command.ok("keys", "list").out
    assert "ann" in command.ok("passwords", "list").out
    assert "Dark, season 2" in command.ok("annotate", "list").out
    with open_erasures(home) as erasures:
        assert erasures.counts() == {"pending": 0, "done": 1}


def test_the_next_build_takes_in_what_waited_and_moves_no_other_number(
    built: Built, start: Start
) -> None:
    assert built.ran.code == 0, built.ran.err
    known = built.known
    status, before = Command(built.home.root).ok("status", "--json").json, known["status"]
    assert status["pending_days"] == []
    assert status["pending_tables"] == []
    assert status["snapshot"]["version"] > before["snapshot"]["version"]
    assert status["snapshot"]["data_to"] == "2026-11-03"
    rise = {"received": WAITING, "stored": WAITING}
    assert {name: status["ledger"][name] for name in COUNTS} == {
        name: before["ledger"][name] + rise.get(name, 0) for name in COUNTS
    }
    address = start(SERVER, "/health", {"NETFLIX_HOME": str(built.home.root)})
    kept = before["tables"]["silver/searches"]
    days = {"from": kept["from"], "to": kept["to"]}
    terms = httpx.get(
        f"{address}/v1/analytics/search/terms", params=days, timeout=60, trust_env=False
    ).json()["data"]
    counted = [*terms["terms"], terms["rest"]]
    assert sum(row["searches"] for row in counted) + terms["without_words"] == kept["rows"]
    for question, told in known["answers"].items():
        answer = httpx.get(address + question, timeout=60, trust_env=False).json()
        for title, measures in numbers(told).items():
            if title in series(answer):
                continue
            assert numbers(answer)[title] == pytest.approx(measures), (question, title)
        for title, now in numbers(answer, "completion_rate", "starters_without_reach").items():
            was = numbers(told, "completion_rate").get(title, {"completion_rate": None})
            if not now["starters_without_reach"] and title not in series(answer):
                assert now["completion_rate"] == was["completion_rate"]


def test_a_store_is_upgraded_as_a_disk_is(
    built: Built, s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_down(built.release, tmp_path)
    command, address = Command(tmp_path / "home"), s3.address()
    prove(ObjectStore.of(address), writers=4, keys=2)
    command.ok("lake", "copy", address)
    monkeypatch.setenv("NETFLIX_LAKE", address)
    command.ok("materialize")
    found = contents(Settings(home=command.home, lake_address=address))
    for name, rows in contents(built.home).items():
        assert found[name].equals(rows), name


def test_the_addresses_of_the_first_release_answer_as_before(built: Built) -> None:
    """Byte for byte, but for what is added."""
    recorded = kept(built.release)
    assert len(recorded) > 100
    others = {}
    for address, answer in asyncio.run(answers(built.home, recorded)).items():
        before = recorded[address]
        if answer != before and (
            answer[:2] != before[:2]
            or without_what_is_new(said(answer), said(before)) != said(before)
        ):
            others[address] = (answer, before)
    assert others == {}


def test_who_was_known_and_who_was_erased_still_are(known: Known, home: Settings) -> None:
    lines = "\n".join(
        json.dumps(event(number, 2, user)) for number, user in ((2, "h0"), (3, "h1"), (90, "h0"))
    )
    again = home.root.parent / "again.ndjson"
    again.write_text(lines + "\n")

    (told,) = Command(home.root).ok("ingest", again, "--json").json["files"]

    assert {name: told[name] for name in COUNTS} == {
        "received": 3,
        "stored": 1,
        "duplicate": 1,
        "quarantined": 0,
        "erased": 1,
    }


def test_a_row_leads_back_to_where_it_came_from(known: Known, home: Settings) -> None:
    (arrival, *_) = Command(home.root).ok("trace", "http-2", "--json").json["arrivals"]

    assert arrival["file"].startswith("events:")


def test_dagster_goes_on_with_its_history(built: Built) -> None:
    assert built.runs
    assert built.runs < runs_of(built.home)
    with open_instance(built.home) as instance:
        plays = dg.AssetKey(["silver", "plays"])
        days = instance.get_materialized_partitions(plays)
    assert days >= {str(date(2026, 10, 29)), "2026-11-03"}


def test_it_is_small() -> None:
    assert sum(path.stat().st_size for path in Path(HOMES).iterdir()) < 1_000_000


class Written(str):
    """A number as it is written, but for the last digits of a sum: threads decide its order."""

    __slots__ = ()
    __hash__ = str.__hash__

    @override
    def __eq__(self, other: object) -> bool:
        if str.__eq__(self, other) is True:
            return True
        try:
            one, another = float(self), float(str(other))
        except ValueError:
            return False
        return one % 1 != 0 and math.isclose(one, another, rel_tol=1e-12)


def said(answer: tuple[int, str, str]) -> Any:
    """What an answer says, its numbers as they are written; but for texts that people read."""
    status, media_type, text = answer
    if media_type.startswith("text/csv"):
        rows = csv.DictReader(io.StringIO(text, newline=""))
        return [{name: Written(cell) for name, cell in row.items()} for row in rows]
    told = json.loads(text, parse_float=Written, parse_int=str)
    if status >= 400:
        return told | {"detail": "", "errors": [one["field"] for one in told["errors"]]}
    return told | {"warnings": []}


def without_what_is_new(now: Any, before: Any) -> Any:
    """An answer without the fields, and without the rows of tables, that one of before lacks."""
    if isinstance(now, dict) and isinstance(before, dict):
        both = [name for name in now if name in before]
        return {name: without_what_is_new(now[name], before[name]) for name in both}
    if isinstance(now, list) and isinstance(before, list):
        tables = {table_of(one) for one in before} | {None}
        now = [one for one in now if table_of(one) in tables]
        if len(now) == len(before):
            return [without_what_is_new(*pair) for pair in zip(now, before, strict=True)]
    return now


def table_of(row: Any) -> str | None:
    """The table that a row of an answer is about."""
    return row.get("table") if isinstance(row, dict) else None


def series(answer: Known) -> set[str]:
    """The series of which an answer lists episodes."""
    return (
        {row["series_id"] for row in answer["data"]} if isinstance(answer["data"], list) else set()
    )


def bronze(status: Known) -> Known:
    """The tables of bronze in a status."""
    return {name: told for name, told in status["tables"].items() if name.startswith("bronze/")}


def numbers(answer: Known, *names: str) -> dict[str, Known]:
    """What an answer says of the period, by title where it is of titles: `names`, or `MEASURES`."""
    rows = answer["data"] if isinstance(answer["data"], list) else [answer["data"]]
    return {
        row.get("title_id", ""): {name: row.get(name) for name in names or MEASURES} for row in rows
    }
