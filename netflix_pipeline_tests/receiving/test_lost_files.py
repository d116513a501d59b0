"""Files of the lake that are gone are found, each by what says that it should be there."""

import asyncio
import dataclasses
import shutil
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from api.app import create_app
from netflix_pipeline.contracts import contract
from netflix_pipeline.eventlog import open_log
from netflix_pipeline.ingest import drain_home, manifests
from netflix_pipeline.ingest.batches import commit
from netflix_pipeline.lake import Lake, exclusive
from netflix_pipeline.object_storage import ObjectStore
from netflix_pipeline.object_storage.proof import prove
from netflix_pipeline.receiving import Lost, LostFiles
from netflix_pipeline.serving import Snapshots, publish_home
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api import event, running
from netflix_pipeline_tests.support.events import NOW as EVENTS
from netflix_pipeline_tests.support.events import opened, watch
from netflix_pipeline_tests.support.firing import firing
from netflix_pipeline_tests.support.s3_server import S3Server
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


def looking(settings: Settings, snapshots: Snapshots | None = None) -> LostFiles:
    snapshots = snapshots or Snapshots(settings.serving)
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
    snapshots = Snapshots(settings.serving)
    looks = looking(settings, snapshots)
    file, away = lake.path(TITLES, FRIDAY), settings.root / "away"
    file.rename(away)
    assert known(looks).files[TITLES] == 1
    # A snapshot without them does not make them come back.
    shutil.rmtree(file.parent)
    publish_home(settings)
    snapshots.follow()
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


def whole(looks: LostFiles) -> Lost:
    """What is known once all of a store was looked at again, which it is a table at a time."""
    looks.forget()
    looks._whole = False
    while (found := looks.look()) is None:
        pass
    return found


def fire(text: str) -> set[str]:
    """Those of what is lost that fire by what the API tells."""
    return firing(text) & {"LedgerDifference", "FilesMissing"}


def test_objects_that_are_gone_from_a_store_are_told_and_put_back(
    s3: S3Server, tmp_path: Path
) -> None:
    address = s3.address()
    store = ObjectStore.of(address)
    prove(store, writers=4, keys=2)
    one, other = (Settings(home=tmp_path / name, lake_address=address) for name in ("one", "other"))
    with opened(one) as events:
        events.send(watch("e1"), watch("e2"), watch("e3", watch_seconds=-1))
        events.drain()
    Lake.of(one).replace(TITLES, FRIDAY, contract(TITLES).empty(), inputs={}, code="c")
    app = create_app(other)

    async def lost_and_found() -> None:
        async with running(app) as client:

            async def told() -> tuple[Lost, set[str]]:
                looks = app.state.lost_files
                looks.found = found = whole(looks)
                return found, fire((await client.get("/metrics")).text)

            nothing, fires = await told()
            assert (nothing.rows, sum(nothing.files.values()), fires) == (0, 0, set())
            assert {TITLES, "bronze/_batches"} <= nothing.files.keys()
            (rows,) = (each.key for each in store.listed("bronze/watch_events"))
            (titles,) = (each.key for each in store.listed(TITLES))
            store.delete([rows, titles])
            lost, fires = await told()
            assert (lost.rows, lost.files[TITLES], sum(lost.files.values())) == (2, 1, 1)
            assert fires == {"LedgerDifference", "FilesMissing"}
            # Who never had them has what can be built anew built anew; who wrote them has them.
            mended = Lake.of(other).mend_lost()
            assert mended == ([], [f"{address}/{titles}"], [f"{address}/{rows}"])
            assert Lake.of(one).mend_lost() == ([f"{address}/{rows}"], [], [])
            found, fires = await told()
            assert (found.rows, sum(found.files.values()), fires) == (0, 0, set())

    asyncio.run(lost_and_found())
    assert Lake.of(other).read("bronze/watch_events", EVENTS.date()).height == 2
    assert Lake.of(other).footer(TITLES, FRIDAY) is None
