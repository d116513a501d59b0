"""What goes by its age goes by the clock of the store, whatever that of a machine says."""

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

from netflix_pipeline.contracts import contract
from netflix_pipeline.lake import Lake
from netflix_pipeline.object_storage import ObjectStore
from netflix_pipeline.object_storage.lease import held
from netflix_pipeline.object_storage.proof import prove
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.clock.faketime import fake_clock
from netflix_pipeline_tests.support.s3_server import S3Server

TABLE, DAY = "gold/drop_off", date(2026, 1, 31)

AHEAD = f"""
from datetime import date

from netflix_pipeline.errors import Busy
from netflix_pipeline.lake import Lake
from netflix_pipeline.object_storage import ObjectStore
from netflix_pipeline.object_storage.lease import held
from netflix_pipeline.settings import Settings

settings = Settings()
lake = Lake.of(settings)
assert not lake.purge_unnamed()
lake.mark_stale("{TABLE}", date({DAY.year}, {DAY.month}, {DAY.day}), "and looks what can go")
try:
    with held(ObjectStore.of(settings.lake_address), "ingest", patience=0):
        print("taken")
except Busy:
    print("refused")
"""


def test_a_machine_whose_clock_is_days_ahead_takes_nothing_away_that_others_need(
    s3: S3Server, tmp_path: Path
) -> None:
    address = s3.address()
    store = ObjectStore.of(address)
    prove(store, writers=4, keys=2)
    lake = Lake.of(Settings(home=tmp_path / "right", lake_address=address))
    for code in ("replaced, and still being read", "new"):
        lake.replace(TABLE, DAY, contract(TABLE).empty(), inputs={}, code=code)
    store.put("silver/plays/sent.parquet", b"a commit is about to name it")
    there = {each.key for each in store.listed()}
    clock = fake_clock(tmp_path)
    clock.set(timedelta(days=2))
    ahead = Settings(home=tmp_path / "ahead", lake_address=address).environment()
    with held(store, "ingest") as lease:
        told = subprocess.run(
            [sys.executable, "-c", AHEAD],
            env={**ahead, **clock.environment},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        lease.check(anew=True)
    assert told.stdout == "refused\n"
    assert there <= {each.key for each in store.listed()}
    assert Lake.of(Settings(home=tmp_path / "other", lake_address=address)).is_stale(TABLE, DAY)
