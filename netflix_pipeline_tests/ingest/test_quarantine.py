"""Rows in quarantine can be looked at, and leave it once when they are replayed after a fix."""

import importlib
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from netflix_pipeline.errors import BadInput
from netflix_pipeline.ingest import differences, ingest_paths, ledger, manifests
from netflix_pipeline.ingest.quarantine import quarantined, replay
from netflix_pipeline.lake import Lake
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources import Options

room = importlib.import_module("netflix_pipeline.ingest.quarantine")

HEADER = "event_id,user_id,title_id,event_time,action,watch_seconds"
EARLY = datetime(2026, 1, 31, 12, tzinfo=UTC)
LATER = datetime(2026, 2, 2, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home with one good row, one from the future and one without a user."""
    settings = Settings(home=tmp_path / "home")
    path = tmp_path / "a.csv"
    rows = [
        HEADER,
        "e1,ann,film,2026-01-31T10:00:00Z,stopped,60",
        "e2,ann,film,2026-02-01T10:00:00Z,stopped,61",
        "e3,,film,2026-01-31T10:00:00Z,stopped,62",
    ]
    path.write_text("\n".join(rows) + "\n")
    ingest_paths(settings, [path], now=lambda: EARLY)
    return settings


def reasons(settings: Settings) -> dict[str, list[str]]:
    rows = quarantined(Lake.of(settings))
    return dict(rows.select("identity", "reasons").iter_rows())


def assert_ledger_is_exact(settings: Settings) -> None:
    lake = Lake.of(settings)
    assert differences(ledger(lake, manifests(lake))).is_empty()


def test_rows_are_found_by_reason_source_and_id(settings: Settings) -> None:
    lake = Lake.of(settings)
    assert reasons(settings) == {"e2": ["event_time_in_future"], "e3": ["missing_user_id"]}
    one = quarantined(lake, reason="missing_user_id")
    assert one["identity"].to_list() == ["e3"]
    assert quarantined(lake, ids=one["quarantine_id"].to_list())["identity"].to_list() == ["e3"]
    assert quarantined(lake, source="no such adapter").is_empty()
    with pytest.raises(BadInput, match="nobody:7"):
        quarantined(lake, ids=["nobody:7"])


def test_a_row_whose_time_has_come_is_stored_with_its_first_origin(settings: Settings) -> None:
    lake = Lake.of(settings)
    done = replay(settings, quarantined(lake), now=lambda: LATER)
    assert (done.rows, done.stored, done.duplicate, done.quarantined) == (2, 1, 0, 1)
    assert set(reasons(settings)) == {"e3"}
    row = lake.read("bronze/watch_events", date(2026, 2, 1)).row(0, named=True)
    assert (row["event_id"], row["line"], row["received_at"]) == ("e2", 3, EARLY)
    assert_ledger_is_exact(settings)


def test_replaying_twice_changes_nothing_more(settings: Settings) -> None:
    lake = Lake.of(settings)
    rows = quarantined(lake)
    replay(settings, rows, now=lambda: LATER)
    again = replay(settings, rows, now=lambda: LATER)
    assert again.stored == 0
    assert lake.read("bronze/watch_events", date(2026, 2, 1)).height == 1
    assert_ledger_is_exact(settings)


def test_a_replay_that_was_cut_off_is_finished_by_the_next_ingest(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake.of(settings)
    with monkeypatch.context() as patched:

        def die(*_: object) -> None:
            raise KeyboardInterrupt

        patched.setattr(room, "_release", die)
        with pytest.raises(KeyboardInterrupt):
            replay(settings, quarantined(lake), now=lambda: LATER)
    assert set(reasons(settings)) == {"e2", "e3"}
    other = tmp_path / "b.csv"
    other.write_text(f"{HEADER}\ne9,bob,film,2026-01-30T10:00:00Z,stopped,1\n")
    ingest_paths(settings, [other], now=lambda: LATER)
    assert set(reasons(settings)) == {"e3"}
    assert lake.read("bronze/watch_events", date(2026, 2, 1)).height == 1
    assert_ledger_is_exact(settings)


def test_rows_can_be_read_by_another_mapping(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    wrong, right = tmp_path / "wrong.toml", tmp_path / "right.toml"
    columns = '[columns]\nuser_id = "who"\ntitle_id = "what"\nwatch_seconds = "mins"\n'
    told = '[columns.event_time]\ncolumn = "at"\nformat = "{}"\n'
    wrong.write_text(columns + told.format("%Y-%m-%d"))
    right.write_text(columns + told.format("%d.%m.%Y"))
    path = tmp_path / "log.csv"
    path.write_text("who,what,mins,at\nann,film,5,31.01.2026\n")
    lake = Lake.of(settings)
    ingest_paths(settings, [path], Options(mapping=wrong), now=lambda: LATER)
    assert quarantined(lake)["reasons"].to_list() == [["bad_event_time"]]
    done = replay(settings, quarantined(lake), mapping=right, now=lambda: LATER)
    assert done.stored == 1
    assert lake.partitions("bronze/watch_events") == [date(2026, 1, 31)]
    assert quarantined(lake).is_empty()
    assert pl.concat([lake.read("bronze/watch_events", date(2026, 1, 31))])["user_id"][0] == "ann"
    assert_ledger_is_exact(settings)
