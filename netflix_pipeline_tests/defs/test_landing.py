import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import dagster as dg
import polars as pl
import pytest

from netflix_pipeline.defs import intake, jobs, landing
from netflix_pipeline.defs.asset_specs import key
from netflix_pipeline.defs.definitions import definitions
from netflix_pipeline.defs.landing import STILL_FOR, look, recall, remember, take
from netflix_pipeline.errors import BadInput, Transient
from netflix_pipeline.ingest import FileResult, ingest_paths
from netflix_pipeline.lake import Lake
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources import Options
from netflix_pipeline.state import open_erasures
from netflix_pipeline_tests.support.days import FIRST, events_of, from_day
from netflix_pipeline_tests.support.scan import traces

NOW = 1_000.0
LATER = NOW + STILL_FOR


def put(home: Settings, place: str, content: str) -> Path:
    path = home.landing / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def whole(home: Settings, cursor: str, now: float) -> tuple[list[str], str]:
    """The files that are whole at a look, and the cursor for the next."""
    found, seen = look(home.landing, recall(cursor), now)
    return [file.path for file in found], remember(seen)


def test_a_file_is_taken_once_it_stays_the_same(home: Settings) -> None:
    put(home, "ann/views.csv", "a")
    found, cursor = whole(home, "", NOW)
    assert found == []
    found, cursor = whole(home, cursor, LATER - 0.1)
    assert found == []
    found, _ = whole(home, cursor, LATER)
    assert found == ["ann/views.csv"]


def test_a_file_that_was_seen_while_the_clock_ran_ahead_does_not_wait_for_that_day(
    home: Settings,
) -> None:
    put(home, "views.csv", "a")
    _, cursor = whole(home, "", NOW + 40 * 86_400)
    found, cursor = whole(home, cursor, NOW)
    assert found == []
    found, _ = whole(home, cursor, LATER)
    assert found == ["views.csv"]


def test_a_half_written_file_is_left_alone(home: Settings) -> None:
    path = put(home, "views.csv", "a")
    _, cursor = whole(home, "", NOW)
    path.write_text("ab")
    found, cursor = whole(home, cursor, LATER)
    assert found == []
    os.utime(path, ns=(1, 1))  # as long as before, but touched
    found, cursor = whole(home, cursor, LATER * 2)
    assert found == []
    found, _ = whole(home, cursor, LATER * 3)
    assert found == ["views.csv"]


@pytest.mark.parametrize(
    "place", [".views.csv", "views.csv.tmp", "views.csv.part", "v.crdownload", ".hidden/views.csv"]
)
def test_names_of_unfinished_files_are_left_alone(home: Settings, place: str) -> None:
    put(home, place, "a")
    _, cursor = whole(home, "", NOW)
    assert whole(home, cursor, LATER)[0] == []


@pytest.mark.parametrize("cursor", ["", "not json", "[[1]]", '{"a": 1}', "7", "null"])
def test_a_lost_cursor_only_costs_time(home: Settings, cursor: str) -> None:
    put(home, "views.csv", "a")
    found, cursor = whole(home, cursor, NOW)
    assert found == []
    assert whole(home, cursor, LATER)[0] == ["views.csv"]


def test_no_landing_folder_is_no_trouble(home: Settings) -> None:
    assert whole(home, "", NOW) == ([], "[]")


def test_the_sensor_asks_for_one_run_of_what_is_whole_and_for_the_same_one_again(
    home: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    sensor = definitions(home).resolve_sensor_def("landing")
    skipped: list[str | None] = []

    def tick(cursor: str | None, now: float) -> tuple[list[dg.RunRequest], str | None]:
        monkeypatch.setattr("time.time", lambda: now)
        with dg.build_sensor_context(instance, cursor, resources={"settings": home}) as context:
            told = sensor.evaluate_tick(context)
        skipped.append(told.skip_message)
        return list(told.run_requests or []), told.cursor

    assert tick(None, NOW)[0] == []
    put(home, "views.csv", "a")
    requests, cursor = tick(None, NOW)
    assert requests == []
    assert skipped == ["no file is there", "files that are not whole yet: 1"]
    (request,), cursor = tick(cursor, LATER)
    (again,), _ = tick(cursor, LATER + 1)
    assert request.run_key == again.run_key
    assert request.run_config == jobs.config(files=["views.csv"])


def take_in(home: Settings, instance: dg.DagsterInstance, *places: str) -> bool:
    """Whether a run that takes in files at these places succeeds."""
    job = definitions(home).resolve_job_def("take_in")
    return job.execute_in_process(
        instance=instance,
        raise_on_error=False,
        run_config={
            **jobs.config(files=places),
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
        },
    ).success


def all_whole(home: Settings) -> list[str]:
    """What is whole once nothing changes any more, however often one has to look."""
    cursor, found = "", [""]
    for look_again in range(4):
        found, cursor = whole(home, cursor, NOW + look_again * STILL_FOR)
    return found


NAMES = [
    *(
        b"views\xff.csv",
        b"vi\newlines\t.csv",
        b"\x1b[31mred.csv",
        b"-rf.csv",
        b"\xe2\x80\xa8.csv",
    ),
    *(b"a" * 250, b"a" * 255, b"a" * 251 + b".csv", "ü".encode() * 120 + b".tar.csv"),
    *(b"Views.csv", b"views.csv", b"VIEWS.csv", b"views%FF.csv", b"sp ace.csv", b"\xff\xfe/in.csv"),
    *(b"dots." * 40 + b"csv", "\u202egnp.csv".encode(), "\N{GRINNING FACE}.csv".encode()),
]


@pytest.mark.parametrize("content", [events_of([FIRST]), "colour,shape\nred,round\n"])
def test_no_name_blocks_the_others(
    home: Settings, instance: dg.DagsterInstance, content: str
) -> None:
    for name in NAMES:
        path = Path(os.fsdecode(os.fsencode(home.landing) + b"/" + name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    places = all_whole(home)
    assert len(places) == len(NAMES)
    assert "views%FF-2.csv" in places
    assert "%FF%FE/in.csv" in places
    assert all(place.isprintable() for place in places)
    assert take_in(home, instance, *places)
    assert below(home.landing) == set()
    taken = content == events_of([FIRST])
    folder = home.landed / today() if taken else home.refused
    files = {name for name in below(folder) if not name.endswith(".reason.txt")}
    assert len(files) == len(NAMES)
    assert len(below(folder)) == len(NAMES) * (1 if taken else 2)


def test_a_run_leaves_what_takes_long_to_the_next(
    home: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "TAKES_FOR", 0.0)
    names = [f"{number}.csv" for number in range(3)]
    for number, name in enumerate(names):
        put(home, name, events_of([from_day(FIRST, 3)[number]]))
    for number in range(3):
        assert take_in(home, instance, *all_whole(home))
        assert below(home.landed / today()) == set(names[: number + 1])
        assert len(Lake.of(home).partitions("silver/plays")) == number + 1


def test_what_is_no_file_and_what_vanishes_block_nobody(
    home: Settings, instance: dg.DagsterInstance
) -> None:
    put(home, "views.csv", events_of([FIRST]))
    put(home, "gone.csv", "a")
    put(home, "torn.parquet", "PAR1 no more")
    put(home, "empty.csv", "")
    (home.landing / "folder.csv").mkdir()
    os.mkfifo(home.landing / "pipe.csv")
    (home.landing / "loop.csv").symlink_to("loop.csv")
    places = all_whole(home)
    assert places == ["empty.csv", "gone.csv", "loop.csv", "torn.parquet", "views.csv"]
    (home.landing / "gone.csv").unlink()
    assert take_in(home, instance, *places)
    assert below(home.landed) == {f"{today()}/views.csv"}
    assert {name for name in below(home.refused) if not name.endswith(".txt")} == {
        *("empty.csv", "torn.parquet")
    }
    assert (home.refused / "loop.csv").is_symlink()


def test_a_failure_that_nobody_thought_of_sets_its_file_aside(
    home: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest = ingest_paths

    def panics(
        settings: Settings, paths: list[Path], options: Options | None = None
    ) -> list[FileResult]:
        if paths[0].name == "bad.csv":
            raise pl.exceptions.PanicException("index out of bounds")
        return ingest(settings, paths, options)

    for name in ("a.csv", "bad.csv", "c.csv"):
        put(home, name, events_of([FIRST]))
    monkeypatch.setattr(landing, "ingest_paths", panics)
    assert take_in(home, instance, "a.csv", "bad.csv", "c.csv")
    assert below(home.landed / today()) == {"a.csv", "c.csv"}
    assert "index out of bounds" in (home.refused / "bad.csv.reason.txt").read_text()


def test_very_many_files_are_taken_by_turns_and_a_look_costs_no_more(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landing, "WATCHED", 10)
    for number in range(95):
        put(home, f"{number:02}.csv", "a")
    put(home, "95.csv", "always written to")
    cursor, taken = "", set()
    for look_again in range(1, 60):
        (home.landing / "95.csv").write_text("a" * look_again)
        found, cursor = whole(home, cursor, NOW + look_again * STILL_FOR)
        assert len(recall(cursor)) <= 10
        assert len(found) <= 10
        taken.update(found)
        for place in found:
            (home.landing / place).unlink()
    assert taken == {f"{number:02}.csv" for number in range(95)}


def test_a_new_file_does_not_wait_behind_a_flood(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landing, "WATCHED", 10)
    for number in range(200):
        os.utime(put(home, f"flood-{number:03}.csv", "a"), (1_000_000, 1_000_000))
    _, cursor = whole(home, "", NOW)
    put(home, "wanted.csv", "a")
    for look_again in range(1, 4):
        found, cursor = whole(home, cursor, NOW + look_again * STILL_FOR)
        if "wanted.csv" in found:
            break
        for place in found:
            (home.landing / place).unlink()
    assert "wanted.csv" in found


def today() -> str:
    return datetime.now(UTC).date().isoformat()


def test_a_taken_file_moves_to_the_folder_of_the_day_and_overwrites_nothing(home: Settings) -> None:
    put(home, "ann/views.csv", events_of(from_day(FIRST, 1)))
    assert take(home, "ann/views.csv")
    put(home, "ann/views.csv", events_of(from_day(FIRST, 2)))
    taken = take(home, "ann/views.csv")
    assert taken is not None
    assert taken.result is not None
    assert sorted(path.name for path in (home.landed / today() / "ann").iterdir()) == [
        "views-2.csv",
        "views.csv",
    ]
    assert taken.result.stored == 3
    assert taken.result.duplicate == 3
    assert list(home.landing.rglob("*.csv")) == []
    assert take(home, "ann/views.csv") is None


def test_an_unrecognised_file_is_refused_beside_the_reason(home: Settings) -> None:
    for number in range(2):
        put(home, "notes.csv", f"colour,shape\nred,{number}\n")
        taken = take(home, "notes.csv")
        assert taken is not None
        assert taken.result is None
    assert sorted(path.name for path in home.refused.iterdir()) == [
        "notes-2.csv",
        "notes-2.csv.reason.txt",
        "notes.csv",
        "notes.csv.reason.txt",
    ]
    assert "colour" in (home.refused / "notes.csv.reason.txt").read_text()
    assert Lake.of(home).committed_batches() == set()


def test_of_a_folder_that_lands_what_is_not_known_is_refused(home: Settings) -> None:
    put(home, "download/views.csv", events_of([FIRST]))
    put(home, "download/notes.csv", "colour,shape\nred,round\n")
    taken = {place: take(home, f"download/{place}") for place in ("notes.csv", "views.csv")}
    results = {place: told.result is not None for place, told in taken.items() if told}
    assert results == {"notes.csv": False, "views.csv": True}
    assert (home.refused / "download" / "notes.csv.reason.txt").exists()


@pytest.mark.parametrize("activity_first", [True, False])
def test_a_households_other_kind_of_export_is_refused_and_blocks_no_other(
    home: Settings, activity_first: bool
) -> None:
    history = f"Title,Date\nA Film,{FIRST}\n"
    activity = f"Profile Name,Start Time,Duration,Title\nAna,{FIRST} 20:00:00,1:00:00,A Film\n"
    files = {"ViewingActivity.csv": activity, "NetflixViewingHistory.csv": history}
    names = list(files) if activity_first else list(files)[::-1]
    for place, name in zip(("silva", "silva", "baker"), (*names, names[1]), strict=True):
        put(home, f"{place}/{name}", files[name])
    taken = {
        place: take(home, place)
        for place in (f"silva/{names[0]}", f"silva/{names[1]}", f"baker/{names[1]}")
    }
    assert [told and told.result and told.result.stored for told in taken.values()] == [1, None, 1]
    reason = (home.refused / "silva" / f"{names[1]}.reason.txt").read_text()
    assert "the household 'silva' already has" in reason
    # Told to be somebody else's, it is taken.
    put(home, f"silva/{names[1]}", files[names[1]])
    put(home, f"silva/{names[1]}.toml", 'household = "silva-2"\n')
    again = take(home, f"silva/{names[1]}")
    assert again is not None
    assert again.result is not None
    assert again.result.stored == 1


def test_a_landed_file_ends_in_the_snapshot_and_the_run_is_the_one_of_its_days_in_bronze(
    home: Settings, instance: dg.DagsterInstance
) -> None:
    job = definitions(home).resolve_job_def("take_in")
    runs = {}
    for day in from_day(FIRST, 2):
        put(home, f"{day}.csv", events_of([day]))
        result = job.execute_in_process(
            instance=instance,
            run_config={
                **jobs.config(files=[f"{day}.csv"]),
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
        )
        assert result.success
        assert (home.landed / today() / f"{day}.csv").exists()
        runs[day.isoformat()] = result.run_id
    assert (home.serving / "snapshot-000002.duckdb").exists()
    assert instance.get_materialized_partitions(key("silver/plays")) == set(runs)
    ingests = instance.fetch_materializations(key("bronze/watch_events"), limit=10).records
    assert sorted((str(each.partition_key), each.run_id) for each in ingests) == [*runs.items()]


@pytest.fixture
def outside(home: Settings) -> Path:
    """A file of the home that no run may move, though it could be taken in."""
    return put(home, "../state/passwords.json", events_of([FIRST]))


def below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "place",
    [
        "../state/passwords.json",
        "ann/../../state/passwords.json",
        "/state/passwords.json",
        "{root}/state/passwords.json",
        "linked/passwords.json",
        "ann/linked/passwords.json",
        "linked/../../state/passwords.json",
        "./../state/passwords.json",
        "ann//views.csv",
        "ann/views.csv/",
        "ann",
        "ann/pipe",
        "views.csv\0",
        "\ud800.csv",
        "a" * 300,
        "views.csv/views.csv",
        "..",
        ".",
        "/",
        "",
    ],
)
def test_no_name_leads_out_of_the_folder(home: Settings, outside: Path, place: str) -> None:
    put(home, "ann/views.csv", events_of([FIRST]))
    put(home, "views.csv", events_of([FIRST]))
    os.mkfifo(home.landing / "ann" / "pipe")
    for link in (home.landing / "linked", home.landing / "ann" / "linked"):
        link.symlink_to(home.state)
    before = below(home.root)
    with pytest.raises(BadInput):
        take(home, place.format(root=home.root))
    assert below(home.root) == before
    assert Lake.of(home).committed_batches() == set()


def test_the_run_says_why_it_took_nothing(
    home: Settings, outside: Path, instance: dg.DagsterInstance
) -> None:
    result = (
        definitions(home)
        .resolve_job_def("take_in")
        .execute_in_process(
            instance=instance,
            raise_on_error=False,
            run_config={
                **jobs.config(files=["../state/passwords.json"]),
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
        )
    )
    assert not result.success
    told = str(result.failure_data_for_node("tables.bronze"))
    assert "neither an absolute path nor one with .. in it" in told
    assert outside.exists()


def test_a_link_is_refused_itself_and_what_it_leads_to_stays(home: Settings, outside: Path) -> None:
    (home.landing / "views.csv").symlink_to(outside)
    (home.landing / "folder").symlink_to(home.state)
    _, cursor = whole(home, "", NOW)
    places, _ = whole(home, cursor, LATER)
    assert places == ["folder", "views.csv"]
    for place in places:
        taken = take(home, place)
        assert taken is not None
        assert taken.result is None
        assert taken.path == home.refused / place
        assert taken.path.is_symlink()
        assert "put the file itself there" in (home.refused / f"{place}.reason.txt").read_text()
    assert outside.read_text() == events_of([FIRST])
    assert list(home.landing.iterdir()) == []


@pytest.mark.parametrize("before", [True, False])
def test_a_folder_that_becomes_a_link_while_its_file_is_read_leads_nowhere(
    home: Settings, outside: Path, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    put(home, "ann/passwords.json", events_of([FIRST]))

    def swap(*asked: Any) -> list[FileResult]:
        results = [] if before else ingest_paths(*asked)
        (home.landing / "ann").rename(home.landing / "bob")
        (home.landing / "ann").symlink_to(home.state)
        return results or ingest_paths(*asked)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(landing, "ingest_paths", swap)
        with pytest.raises(Transient):
            take(home, "ann/passwords.json")
    with pytest.raises(BadInput):
        take(home, "ann/passwords.json")
    assert outside.exists()
    assert not home.landed.exists()
    taken = take(home, "bob/passwords.json")
    assert taken is not None
    assert taken.path == home.landed / today() / "bob/passwords.json"


def test_a_file_that_changes_while_it_is_read_stays_for_another_try(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest = ingest_paths

    def write_on(*asked: Any) -> list[FileResult]:
        results = ingest(*asked)
        put(home, "views.csv", events_of(from_day(FIRST, 2)))
        return results

    put(home, "views.csv", events_of([FIRST]))
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(landing, "ingest_paths", write_on)
        with pytest.raises(Transient, match="is taken in again"):
            take(home, "views.csv")
    taken = take(home, "views.csv")
    assert taken is not None
    assert taken.result is not None
    assert (taken.result.stored, taken.result.duplicate) == (3, 3)


def test_the_folder_itself_may_lie_on_another_disk(home: Settings, tmp_path: Path) -> None:
    elsewhere = Path(mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else tmp_path))
    try:
        home.root.mkdir()
        home.landing.symlink_to(elsewhere)
        put(home, "views.csv", events_of([FIRST]))
        (elsewhere / "link.csv").symlink_to("views.csv")
        refused, taken = take(home, "link.csv"), take(home, "views.csv")
        assert refused is not None
        assert refused.path.is_symlink()
        assert taken is not None
        assert taken.path.read_text() == events_of([FIRST])
        assert list(elsewhere.iterdir()) == []
    finally:
        shutil.rmtree(elsewhere)


def test_what_is_kept_of_a_file_is_without_persons_who_were_erased(home: Settings) -> None:
    with open_erasures(home) as erasures:
        erasures.mark(["erased-ann"])
        erasures.done(["erased-ann"])
    home.landing.mkdir(parents=True)
    header = "event_id,user_id,title_id,event_time,action\n"
    rows = [
        f"{user[:3]}-{number},{user},film,2026-01-0{number}T20:00:00Z,stopped\n"
        for number in range(1, 4)
        for user in ("erased-ann", "bob")
    ]
    (home.landing / "a.csv").write_text(header + "".join(rows))
    (home.landing / "unknown.csv").write_text("who,what\nerased-ann,1\nbob,2\n")
    taken, refused = take(home, "a.csv"), take(home, "unknown.csv")
    assert taken is not None
    assert taken.result is not None
    assert (taken.result.stored, taken.result.erased) == (3, 3)
    kept = [row for row in rows if "erased-ann" not in row]
    assert taken.path.read_text() == header + "".join(kept)
    assert refused is not None
    assert refused.path.read_text() == "who,what\nbob,2\n"
    assert traces(home.root, ["erased-ann"]) == []


OPEN = "user_id,title_id,event_time\nu,t,05/02/2023\nu,t,03/02/2023\nu,t,04/02/2023\n"


def test_what_tells_of_a_file_beside_it_is_no_file_itself(home: Settings) -> None:
    put(home, "views.csv", "a")
    put(home, "views.csv.toml", "")
    _, cursor = whole(home, "", NOW)
    assert whole(home, cursor, LATER)[0] == ["views.csv"]


def test_a_file_is_read_as_it_is_told_beside_it(home: Settings) -> None:
    put(home, "a/views.csv", OPEN)
    put(home, "a/views.csv.toml", 'date_order = "dmy"\n')
    taken = take(home, "a/views.csv")
    assert taken is not None
    assert taken.result is not None
    assert taken.result.stored == 3
    assert {day.month for day in Lake.of(home).partitions("bronze/watch_events")} == {2}
    names = {path.name for path in taken.path.parent.iterdir()}
    assert names == {"views.csv", "views.csv.toml"}
    assert not any(path.is_file() for path in home.landing.rglob("*"))


def test_a_mapping_may_lie_beside_a_file(home: Settings) -> None:
    mapping = '[columns]\nuser_id = "u"\ntitle_id = "t"\nevent_time = "at"\n'
    for number in (1, 2):
        put(home, "views.csv", f"u,t,at\n{number},t,2023-02-05\n")
        put(home, "views.csv.toml", mapping)
        taken = take(home, "views.csv")
        assert taken is not None
        assert taken.result is not None
        assert taken.result.stored == 1
        folder = taken.path.parent
    names = {path.name for path in folder.iterdir()}
    assert names == {"views.csv", "views.csv.toml", "views-2.csv", "views-2.csv.toml"}


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (None, "views.csv: nothing in it decides the order of day and month: line 2: 05/02/2023"),
        ('date_order = "ydm"', "date_order is 'ydm'; allowed are dmy, mdy, ymd"),
        ("date_order = 1", "date_order is 1; it must be a text"),
        ('order = "dmy"', "unknown key 'order'; allowed are household, date_order, source"),
        ("[columns", "views.csv.toml: this is not TOML"),
        ('[columns]\nuser_id = "u"', "[columns] must also map title_id"),
        ('source = "acme"', "there is no source named 'acme'"),
    ],
)
def test_what_is_open_or_told_wrongly_is_refused_with_what_was_told(
    home: Settings, told: str | None, reason: str
) -> None:
    put(home, "views.csv", OPEN)
    if told is not None:
        put(home, "views.csv.toml", told)
    taken = take(home, "views.csv")
    assert taken is not None
    assert taken.result is None
    assert reason in (home.refused / "views.csv.reason.txt").read_text()
    assert (home.refused / "views.csv.toml").exists() == (told is not None)
    assert not any(path.is_file() for path in home.landing.rglob("*"))
    # Mended, both are put back.
    shutil.move(home.refused / "views.csv", home.landing / "views.csv")
    put(home, "views.csv.toml", 'date_order = "dmy"\n')
    again = take(home, "views.csv")
    assert again is not None
    assert again.result is not None
    assert again.result.stored == 3


def test_a_link_beside_a_file_is_not_followed(home: Settings, tmp_path: Path) -> None:
    (tmp_path / "secret.toml").write_text('date_order = "dmy"\n')
    put(home, "views.csv", OPEN)
    (home.landing / "views.csv.toml").symlink_to(tmp_path / "secret.toml")
    taken = take(home, "views.csv")
    assert taken is not None
    assert "views.csv.toml is a link" in taken.reason


def test_a_name_too_long_for_anything_beside_it_is_taken(home: Settings) -> None:
    name = "v" * 251 + ".csv"
    put(home, name, "user_id,title_id,event_time\nu,t,2023-02-05\n")
    taken = take(home, name)
    assert taken is not None
    assert taken.result is not None


def test_who_was_erased_is_taken_out_of_a_file_whose_household_is_told_beside_it(
    home: Settings,
) -> None:
    export = "Profile Name,Start Time,Duration,Title\n"
    rows = "Ana,2023-01-17 10:00:00,0:10:00,A\nBen,2023-01-17 10:00:00,0:10:00,A\n"
    with open_erasures(home) as erasures:
        erasures.mark(["silva/Ana"])
    put(home, "ViewingActivity.csv", export + rows)
    put(home, "ViewingActivity.csv.toml", 'household = "silva"\n')
    taken = take(home, "ViewingActivity.csv")
    assert taken is not None
    assert taken.result is not None
    assert (taken.result.stored, taken.result.erased) == (1, 1)
    assert "Ana" not in taken.path.read_text()
    assert "Ben" in taken.path.read_text()
