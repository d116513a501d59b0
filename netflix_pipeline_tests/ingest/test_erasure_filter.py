"""Rows of erased persons that arrive again are counted and kept nowhere."""

import base64
import json
from pathlib import Path

import polars as pl
import pytest
import zstandard

from netflix_pipeline.ingest import FileResult, differences, ingest_paths, ledger, manifests
from netflix_pipeline.ingest import quarantine as room
from netflix_pipeline.ingest.erasure_filter import erased, named_in_damaged
from netflix_pipeline.ingest.fault_isolation import Failures
from netflix_pipeline.ingest.quarantine import finish_replays, quarantined, replay
from netflix_pipeline.lake import Lake
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources import Options
from netflix_pipeline.state import Marked, open_erasures
from netflix_pipeline_tests.support.events import opened, recommendation, review, search, watch
from netflix_pipeline_tests.support.watch_csv import NOW, event, write

EXPORT = (
    "Profile Name,Start Time,Duration,Attributes,Title,Supplemental Video Type,Device Type,"
    "Bookmark,Latest Bookmark,Country"
)


@pytest.fixture
def lake(home: Settings) -> Lake:
    return Lake.of(home)


def mark(home: Settings, *users: str, done: bool = True) -> Marked:
    with open_erasures(home) as erasures:
        erasures.mark(users)
        if done:
            erasures.done(users)
        return erasures.persons()


def take(home: Settings, path: Path, options: Options | None = None) -> FileResult:
    (result,) = ingest_paths(home, [path], options, now=lambda: NOW)
    return result


def counts(result: FileResult) -> tuple[int, ...]:
    return (
        result.received,
        result.stored,
        result.duplicate,
        result.quarantined,
        result.erased,
    )


def assert_nothing_of(home: Settings, *texts: str) -> None:
    """Neither in the bytes of a file nor in what Parquet holds."""
    for file in home.root.rglob("*"):
        if file.is_file():
            content = file.read_bytes().decode(errors="replace")
            if file.suffix == ".parquet":
                content += pl.read_parquet(file, hive_partitioning=False).write_json()
            for text in texts:
                assert text not in content, file


@pytest.mark.parametrize("done", [True, False])
def test_rows_of_an_erased_person_are_counted_and_kept_nowhere(
    home: Settings, lake: Lake, tmp_path: Path, done: bool
) -> None:
    rows = [
        event("event-1", user="anna-b"),
        event("event-2", user="bob"),
        event("event-3", user="anna-b", seconds="-1"),  # would be quarantined
        event("event-4", user="bob", seconds="-1"),
        "event-5,anna-b,film",  # too short to be read
        "event-6,bob,film",
        event("event-1", user="anna-b", seconds="7"),  # would be a conflict
        event("event-2", user="bob"),
    ]
    mark(home, "anna-b", done=done)
    result = take(home, write(tmp_path / "a.csv", rows))
    assert counts(result) == (8, 1, 1, 2, 4)
    counted = ledger(lake, manifests(lake))
    assert differences(counted).is_empty()
    assert counted["erased"].to_list() == [4]
    assert lake.read("bronze/user_mentions")["user_id"].to_list() == ["bob"]
    if done:
        assert_nothing_of(home, "anna-b", "event-1", "event-3", "event-5")


def test_the_same_file_does_not_bring_a_person_back(
    home: Settings, lake: Lake, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.csv", [event("e1"), event("e2", user="bob")])
    take(home, path)
    mark(home, "ann")
    again = take(home, path)
    assert counts(again) == (2, 0, 1, 0, 1)
    assert differences(ledger(lake, manifests(lake))).is_empty()


def test_users_of_files_are_refused_and_titles_are_not(
    home: Settings, lake: Lake, tmp_path: Path
) -> None:
    mark(home, "ann", "t1")
    users = write(tmp_path / "users.csv", ["ann,Basic", "bob,Basic"], "user_id,plan")
    titles = write(tmp_path / "titles.csv", ["t1,Ann,film"], "title_id,title,content_type")
    assert counts(take(home, users)) == (2, 1, 0, 0, 1)
    assert counts(take(home, titles)) == (1, 1, 0, 0, 0)
    assert lake.read("bronze/users")["user_id"].to_list() == ["bob"]


def test_a_profile_of_a_household_is_known_by_both(home: Settings, tmp_path: Path) -> None:
    mark(home, "smith/Zoë K")
    rows = [
        f"{profile},2026-01-01 20:00:00,00:30:00,,Dark: Season 1: Secrets (Episode 1),,TV,"
        "00:30:00,00:30:00,DE (Germany)"
        for profile in ("Zoë K", "Max")
    ]
    path = write(tmp_path / "ViewingActivity.csv", rows, EXPORT)
    assert counts(take(home, path, Options(household="smith"))) == (2, 1, 0, 0, 1)
    assert counts(take(home, path, Options(household="jones")))[-1] == 0


def test_events_of_the_log_are_refused_by_the_drain(home: Settings) -> None:
    with opened(home) as events:
        events.send(
            watch("e1"),
            watch("e2", user_id="bob"),
            search("s1"),
            recommendation("r1", user_id="bob"),
            review("v1"),
            watch("e3", watch_seconds=-1),
            b'{"type": "watch", "user_id": "ann", "event_id": "broken',
            b'{"type": "dance", "user_id": "ann"}',
            b'{"type": "dance", "user_id": "bob"}',
        )
        mark(home, "ann")
        results = events.drain()
        told = {result.table: counts(result) for result in results if result.received}
        assert told == {
            "watch_events": (6, 1, 0, 1, 4),
            "search_events": (1, 0, 0, 0, 1),
            "recommendation_events": (1, 1, 0, 0, 0),
            "reviews": (1, 0, 0, 0, 1),
        }
        assert events.ledger()["watch_events"] == (6, 1, 0, 1)
        assert events.lake.read("bronze/user_mentions")["user_id"].unique().to_list() == ["bob"]


@pytest.mark.parametrize("name", ["u-1", "Zoë K", 'says "hi"', "a,b", "tab\there", "home/Kinder"])
def test_an_id_is_found_as_a_value_of_its_own_however_it_is_written(
    home: Settings, name: str
) -> None:
    marked = mark(home, name)
    quoted = name.replace('"', '""')
    for text in (
        name,
        json.dumps({"user_id": name}) + "}",
        json.dumps({"user_id": name}, ensure_ascii=False)[:-1] + ', "event_id": "e',
        f'e1,"{quoted}",film,"not closed',
        f'e1;"{quoted}";film',
    ):
        assert marked.named_in(text), text
    for text in (f"x{name}", f"{name}7", ""):
        assert not marked.named_in(text), text


def test_what_is_left_of_a_damaged_record_is_looked_through(home: Settings) -> None:
    marked = mark(home, "ann")
    lines = b'{"user_id": "ann"}\n' + b'{"user_id": "bob"}\n' * 100
    for stored in (lines, zstandard.ZstdCompressor().compress(lines)):
        assert named_in_damaged(marked, base64.b64encode(stored).decode())
    assert not named_in_damaged(marked, base64.b64encode(lines[19:]).decode())
    assert not named_in_damaged(marked, base64.b64encode(b"\x28\xb5\x2f\xfd anna").decode())


def test_where_nobody_is_marked_nothing_is_made_nor_asked(home: Settings, tmp_path: Path) -> None:
    assert erased(home) is None
    take(home, write(tmp_path / "a.csv", [event()]))
    assert not home.state.exists()
    with open_erasures(home):
        pass
    assert erased(home) is None


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("cut_off", [False, True])
def test_a_row_that_a_replay_finds_to_be_theirs_is_erased(
    home: Settings,
    lake: Lake,
    tmp_path: Path,
    cut_off: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [f",{user},film,2026-01-31T20:00:00Z,stopped" for user in ("anna-b", "anna-b", "bob")]
    header = "user_id,customer,title_id,event_time,action"
    take(home, write(tmp_path / "a.csv", rows, header))
    mapping = tmp_path / "m.toml"
    mapping.write_text(
        '[columns]\nuser_id = "customer"\ntitle_id = "title_id"\nevent_time = "event_time"\n'
    )
    mark(home, "anna-b")
    if cut_off:
        with monkeypatch.context() as patched:
            patched.setattr(room, "_release", interrupted)
            with pytest.raises(KeyboardInterrupt):
                replay(home, quarantined(lake), mapping=mapping, now=lambda: NOW)
        finish_replays(lake, Failures())
    else:
        told = replay(home, quarantined(lake), mapping=mapping, now=lambda: NOW)
        assert (told.stored, told.erased, told.quarantined) == (1, 2, 0)
    assert quarantined(lake).is_empty()
    counted = ledger(lake, manifests(lake))
    assert differences(counted).is_empty()
    assert counted["erased"].to_list() == [2]
    assert_nothing_of(home, "anna-b")
