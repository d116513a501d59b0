"""Files of the lake that are gone are found, each by what says that it should be there."""

import dataclasses
import shutil
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from netflix_pipeline.eventlog import open_log
from netflix_pipeline.ingest import drain_home, manifests
from netflix_pipeline.ingest.batches import commit
from netflix_pipeline.lake import exclusive
from netflix_pipeline.receiving import Lost, LostFiles
from netflix_pipeline.serving import Snapshots, publish_home
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api import event
from netflix_pipeline_tests.support.three_days import FRIDAY, Published, three_days_published

NOW = datetime.now(UTC)
TITLES = "gold/title_daily"


@pytest.fixture
def published(tmp_path: Path) -> Published:
    """A home with tables and a snapshot of three days, and with events in bronze."""
    published = three_days_published(tmp_path / "home")
    log = open_log(published.settings)
    sent = [event(1), event(2), event(2), event(3, watch_seconds=-1)]
    log.append(NOW, [msgspec.json.encode(each) for each in sent]).result()
    drain_home(published.settings)
    log.close()
    return published


def looking(settings: Settings) -> LostFiles:
    snapshots = Snapshots(settings.serving)
    snapshots.follow()
    return LostFiles(settings, snapshots)


def known(looks: LostFiles) -> Lost:
    """What is known once all was looked at again."""
    found = looks.look()
    assert found is not None
    return found


def test_rows_that_went_with_a_file_of_bronze_are_counted(published: Published) -> None:
    settings, lake = published.settings, published.world.lake
    looks = looking(settings)
    nothing = known(looks)
    assert (nothing.rows, sum(nothing.files.values())) == (0, 0)
    rows = {"watch_events": 2, "duplicates": 1, "quarantine": 1}
    files = {
        name: file
        for name in rows
        for day in lake.partitions(f"bronze/{name}")
        for file in lake.batch_files(f"bronze/{name}", day)
    }
    away = settings.root / "away"
    for name, file in files.items():
        file.rename(away)
        # Whoever takes in may be about to remove it: that is waited for.
        with exclusive(settings.root / "ingest.lock"):
            assert known(looks).rows == 0
        assert known(looks).rows == rows[name]
        away.rename(file)
        assert known(looks).rows == 0
    # The rows of a file that is gone because all were erased are not lost.
    (batch,) = (each for each in manifests(lake) if each.table == "watch_events")
    files["watch_events"].unlink()
    assert known(looks).rows == 2
    commit(lake, dataclasses.replace(batch, stored=0, erased=2))
    assert known(looks).rows == 0


def test_files_of_silver_and_gold_that_are_gone_are_counted_by_table(published: Published) -> None:
    settings, lake = published.settings, published.world.lake
    looks = looking(settings)
    file, away = lake.path(TITLES, FRIDAY), settings.root / "away"
    file.rename(away)
    assert known(looks).files[TITLES] == 1
    # A snapshot without them does not make them come back.
    shutil.rmtree(file.parent)
    publish_home(settings)
    looks._snapshots.follow()
    assert known(looks).files[TITLES] == 1
    assert sum(known(looks).files.values()) == 1
    file.parent.mkdir()
    away.rename(file)
    assert known(looks).files[TITLES] == 0
    # One that was never built, because its contract was broken, is not lost.
    lake.mark_stale(TITLES, NOW.date(), "broken")
    assert known(looks).files[TITLES] == 0


def test_where_no_folder_of_a_lake_is_nothing_is_said(home: Settings) -> None:
    assert looking(home).look() is None
    home.lake.mkdir(parents=True)
    assert looking(home).look() is not None
    stored = home.model_copy(update={"lake_address": "s3://bucket/lake"})
    assert looking(stored).look() is None
