"""`forget`: after it nothing in the home tells of the person, and all else is as it was."""

import json
import shutil
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from netflix_pipeline.contracts import contract, contracts
from netflix_pipeline.defs.definitions import definitions
from netflix_pipeline.defs.instance import open_instance
from netflix_pipeline.defs.jobs import config
from netflix_pipeline.defs.landing import take
from netflix_pipeline.generate import generate
from netflix_pipeline.ingest import differences, ingest_paths, ledger, manifests
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize.erasing import erase_tables
from netflix_pipeline.serving import Snapshots
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import erased_persons, open_erasures
from netflix_pipeline_tests.support.command import Command
from netflix_pipeline_tests.support.crashing import ROUNDS, SEED, in_peace, moment, run
from netflix_pipeline_tests.support.events import opened, recommendation, review, search, watch
from netflix_pipeline_tests.support.homes import copied
from netflix_pipeline_tests.support.scan import traces

TURNS = -(-ROUNDS // 2)
ANN = "ann-of-green-gables"
SOUGHT = "what nobody else looks for"
"""A query of hers alone."""
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that files and events of every kind went through, with ANN among the users."""
    folder = tmp_path_factory.mktemp("lived")
    home = Settings(home=folder / "home")
    files = generate(
        home.landing,
        events=1500,
        users=40,
        titles=30,
        days=9,
        end=datetime.now(UTC).date() - timedelta(days=1),
        seed=8,
        dirty=True,
    )
    events = pl.read_csv(
        files.paths["watch_events"], infer_schema=False, truncate_ragged_lines=True
    )
    most = events["user_id"].drop_nulls().mode().sort()[0]
    for path in files.paths.values():
        path.write_text(path.read_text().replace(most, ANN))
        taken = take(home, path.name)
        assert taken is not None
        assert taken.result is not None
    unknown = home.landing / "unknown.csv"
    unknown.write_text(f"who,what\n{ANN},1\nbob,2\n")
    refused = take(home, unknown.name)
    assert refused is not None
    assert refused.result is None
    command = Command(home.root)
    command.ok("materialize")
    with opened(home) as events_log:
        when = (datetime.now(UTC) - timedelta(minutes=9)).isoformat()
        for number in range(3):
            events_log.send(
                watch(f"ann-http-{number}", user_id=ANN, event_time=when),
                watch(f"bob-http-{number}", user_id="bob", event_time=when),
                search(f"ann-s-{number}", user_id=ANN, event_time=when, query=SOUGHT),
                recommendation(f"ann-r-{number}", user_id=ANN, event_time=when),
                review(f"ann-v-{number}", user_id=ANN, event_time=when),
                watch(f"ann-bad-{number}", user_id=ANN, event_time=when, watch_seconds=-1),
                f'{{"type": "watch", "user_id": "{ANN}", "event_id": "cut'.encode(),
                at=datetime.now(UTC),
            )
            if number == 1:
                events_log.drain(datetime.now(UTC))
    command.ok("materialize", "--from", date.today().isoformat())
    assert len(list(home.serving.glob("snapshot-*"))) == 2
    return home.root


@pytest.fixture
def home(lived: Path, tmp_path: Path) -> Settings:
    copied(lived, tmp_path / "home")
    return Settings(home=tmp_path / "home")


def event_ids(home: Settings) -> list[str]:
    """The identities that only events of ANN have."""
    lake = Lake.of(home)
    ids: set[str] = set()
    others: set[str] = set()
    for table in ("watch_events", "search_events", "recommendation_events", "reviews"):
        key = contract(f"bronze/{table}").key[0]
        for day in lake.partitions(f"bronze/{table}"):
            for user, name in lake.read(f"bronze/{table}", day, ["user_id", key]).iter_rows():
                (ids if user == ANN else others).add(name)
    for day in lake.partitions("bronze/quarantine"):
        rows = lake.read("bronze/quarantine", day)
        others.update(rows.filter(~pl.col("raw").str.contains(ANN))["identity"].drop_nulls())
    return sorted(ids - others)


def others(home: Settings) -> dict[str, pl.DataFrame]:
    """Bronze rows of all but ANN, in the tables that say whose a row is."""
    lake = Lake.of(home)
    return {
        name: pl.concat([lake.read(name, day) for day in lake.partitions(name)] or [told.empty()])
        .filter(pl.col("user_id") != ANN)
        .drop("batch")
        .sort(pl.all())
        for name, told in contracts().items()
        if told.stage == "bronze" and told.partition == "day" and "user_id" in told.names
    }


def assert_forgotten(home: Settings, ids: list[str]) -> None:
    assert traces(home.root, [ANN, SOUGHT, *ids]) == []
    lake = Lake.of(home)
    assert differences(ledger(lake, manifests(lake))).is_empty()
    with open_erasures(home) as erasures:
        assert erasures.pending() == []
        assert ANN in erasures.persons()
    status = Command(home.root).ok("status", "--json").json
    assert status["erasures"] == {"pending": 0, "done": 1}
    assert not status["pending_days"]
    assert not status["pending_tables"]


def test_a_person_is_handed_all_that_is_there(home: Settings) -> None:
    command = Command(home.root)
    rows = [json.loads(line) for line in command.ok("export", ANN).out.splitlines()]
    padded = command.ok("export", f" {ANN}\u00a0").out
    assert [json.loads(line) for line in padded.splitlines()] == rows
    counts = Counter(row["held_in"] for row in rows)
    lake = Lake.of(home)
    for table in ("watch_events", "search_events", "recommendation_events", "reviews"):
        name = f"bronze/{table}"
        days = [lake.read(name, day, ["user_id"]) for day in lake.partitions(name)]
        assert counts[name] == sum((day["user_id"] == ANN).sum() for day in days) > 0
    assert counts["bronze/users"] >= 1
    assert counts["silver/plays"] >= counts["silver/sessions"] > 0
    waiting = [row for row in rows if row["held_in"] == "bronze/quarantine"]
    assert {"ann-bad-0", "ann-bad-1"} <= {row["identity"] for row in waiting}
    assert all(ANN in (row.get("user_id") or row["raw"]) for row in rows)
    (entry,) = command.ok("keys", "audit", "--json").json["entries"][:1]
    assert (entry["actor"], entry["action"]) == ("command", "export")
    assert ANN not in str(entry)
    command.ok("forget", ANN)
    nothing = command("export", ANN)
    assert (nothing.code, nothing.out) == (1, "")
    assert "nothing in" in nothing.err


def test_nothing_in_the_home_tells_of_who_was_forgotten(home: Settings) -> None:
    ids, before = event_ids(home), others(home)
    assert len(ids) > 20
    # The scan finds what there is: else that it finds nothing would say nothing.
    found = "\n".join(traces(home.root, [ANN, ids[0]]))
    for place in ("landed", "refused", "events", "bronze", "silver", "gold", "serving", "codes."):
        assert place in found
    reader = Snapshots(home.serving)
    version = reader.current().info.version
    old = reader.held
    assert old is not None
    told = Command(home.root).ok("forget", f"{ANN}\t", f" {ANN}", "--json").json
    assert told["users"] == [ANN]
    assert told["not_found"] == []
    assert told["rows"] > len(ids)
    assert told["events"] == 18
    assert told["files"] >= 5
    assert_forgotten(home, ids)
    assert len(list(home.serving.glob("snapshot-*"))) == 1
    after = others(home)
    for table, rows in before.items():
        assert (
            after[table]
            .filter(pl.col("user_id") != "bob")
            .equals(rows.filter(pl.col("user_id") != "bob"))
        )
    assert after["bronze/watch_events"]["event_id"].str.starts_with("bob-http-").sum() == 3
    # Who has the old snapshot open reads on, and then moves to the new one.
    assert old.rows("SELECT count(*) AS n FROM plays")[0]["n"] > 0
    reader.follow()
    now = reader.current()
    assert now.info.version == told["snapshot"] > version
    assert now.current().info.as_of is not None


def test_the_same_files_bring_nobody_back(home: Settings) -> None:
    command = Command(home.root)
    kept = home.root.parent / "kept"
    shutil.copytree(home.landed, kept)
    ids = event_ids(home)
    command.ok("forget", ANN)
    total = command.ok("ingest", kept, "--json").json["total"]
    assert total["erased"] > len([name for name in ids if "http" not in name]) / 2
    command.ok("materialize")
    assert_forgotten(home, ids)
    # Until the mark is taken away, and the file comes once more.
    lifted = command.ok("forget", "--lift", f" {ANN}", "--json").json
    assert lifted == {"lifted": [ANN], "not_marked": []}
    assert ANN not in erased_persons(home)
    assert command.ok("ingest", kept, "--json").json["total"]["stored"] > len(ids) / 2


def test_who_is_not_there_is_told_and_marked(home: Settings) -> None:
    command = Command(home.root)
    ran = command.ok("forget", "nobody-at-all")
    assert "found no row of nobody-at-all" in ran.out
    assert "nobody-at-all" in erased_persons(home)
    assert traces(home.root, ["nobody-at-all"]) == []
    refused = command("forget", " ")
    assert (refused.code, "nobody's" in refused.err) == (1, True)


def test_materialize_finishes_what_was_asked_for(home: Settings) -> None:
    ids = event_ids(home)
    with open_erasures(home) as erasures:
        erasures.mark([ANN])
    command = Command(home.root)
    assert "1 person to be erased" in command.ok("status").out
    assert "1 person erased" in command.ok("materialize").out
    assert_forgotten(home, ids)


def test_the_sensor_lets_a_run_erase_them(home: Settings) -> None:
    ids = event_ids(home)
    told = definitions(home)
    sensor, job = told.resolve_sensor_def("erasures"), told.resolve_job_def("erase_persons")
    with open_instance(home) as instance:

        def asked() -> list[str]:
            with dg.build_sensor_context(instance, resources={"settings": home}) as context:
                requests = sensor.evaluate_tick(context).run_requests or []
            return [request.run_key or "" for request in requests]

        assert asked() == []
        with open_erasures(home) as erasures:
            erasures.mark([ANN])
        (key,) = asked()
        assert ANN not in key
        erasing = QUIET | config(erase=True)
        assert job.execute_in_process(instance=instance, run_config=erasing).success
        assert asked() == []
    assert_forgotten(home, ids)


@pytest.fixture(scope="module")
def moments(lived: Path, tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many moments there are to be killed at."""
    folder = tmp_path_factory.mktemp("moments")
    copied(lived, folder / "home")
    return in_peace(Settings(home=folder / "home"), "forget", ANN)


@pytest.mark.parametrize("turn", range(TURNS))
def test_killed_at_any_moment_the_same_command_finishes(
    home: Settings, moments: int, tmp_path: Path, turn: int
) -> None:
    ids = event_ids(home)
    # Spread over the whole way: most of its moments are in the middle, the building.
    at, delay = moment(f"{SEED} forget {turn}", max(1, moments // TURNS))
    code = run(home, tmp_path / "count", at + turn * (moments // TURNS), delay, "forget", ANN)
    command = Command(home.root)
    with open_erasures(home) as erasures:
        if code == -9 and not erasures.counts()["done"]:
            # Before the mark stands nothing was promised.
            command.ok(*(("materialize",) if erasures.pending() and turn % 2 else ("forget", ANN)))
    assert_forgotten(home, ids)


def test_a_day_that_broke_its_contract_keeps_its_last_version_without_them(
    home: Settings,
) -> None:
    lake = Lake.of(home)
    day = next(
        day
        for day in lake.partitions("silver/plays")
        if ANN in lake.read("silver/plays", day)["user_id"]
    )
    before = lake.footer("silver/plays", day)
    assert before is not None
    rows = lake.read("silver/plays", day)
    lake.mark_stale("silver/plays", day, "its contract was broken")
    assert erase_tables(lake, [ANN]) > rows.filter(pl.col("user_id") == ANN).height
    after = lake.footer("silver/plays", day)
    assert after is not None
    assert (after.inputs, after.code) == (before.inputs, before.code)
    assert lake.is_stale("silver/plays", day)
    kept = rows.filter(pl.col("user_id") != ANN)
    assert lake.read("silver/plays", day).equals(kept)
    assert erase_tables(lake, [ANN]) == 0


def test_households_of_netflix_exports(home: Settings, tmp_path: Path) -> None:
    header = "Profile Name,Start Time,Duration,Attributes,Title,Supplemental Video Type,"
    header += "Device Type,Bookmark,Latest Bookmark,Country"
    rows = [
        f"{profile},2026-01-01 2{hour}:00:00,00:30:00,,Dark: Season 1: S (Episode {hour}),,TV,"
        "00:30:00,00:30:00,DE (Germany)"
        for profile in ("Zoë K", "Max")
        for hour in range(3)
    ]
    path = tmp_path / "miller" / "ViewingActivity.csv"
    path.parent.mkdir()
    path.write_text("\n".join([header, *rows, ""]))
    ingest_paths(home, [path])
    told = Command(home.root).ok("forget", "miller/Zoë K", "--json").json
    assert (told["rows"], told["not_found"]) == (3, [])
    assert traces(home.root, ["Zoë K"]) == []
    users = Lake.of(home).read("silver/users")["user_id"]
    assert [user for user in users if "miller" in user] == ["miller/Max"]
