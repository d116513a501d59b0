"""The lake copied to a store and back: the same tables, ledger and ways, and nothing to build."""

from pathlib import Path

import pytest

from netflix_pipeline.doctor.store import store
from netflix_pipeline.ingest import differences, ingest_paths, ledger, manifests
from netflix_pipeline.lake import Lake, exclusive
from netflix_pipeline.lake_copy import copy_lake
from netflix_pipeline.object_storage import ObjectStore
from netflix_pipeline.object_storage.proof import prove
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.command import Command, event, write
from netflix_pipeline_tests.support.crashing import assert_same, contents
from netflix_pipeline_tests.support.lived_home import ANN, lived_home
from netflix_pipeline_tests.support.s3_server import S3Server
from netflix_pipeline_tests.support.scan import traces

SOME = 25
"""Files that are copied at a time here, so that a copy can be cut off between."""


def test_a_lake_is_copied_to_a_store_and_back(
    tmp_path: Path, s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    command, address = Command(lived_home(tmp_path / "home").root), s3.address()
    home = Settings(home=command.home)
    stored = Settings(home=command.home, lake_address=address)
    prove(ObjectStore.of(address), writers=4, keys=2)
    monkeypatch.setattr("netflix_pipeline.lake.lake_files.MOST_FILES", SOME)
    before, way = contents(home), command.ok("trace", "e3", "--json").json
    waits = command.ok("status", "--json").json["pending_days"]

    def cut_off(name: str, _: int) -> None:
        raise KeyboardInterrupt(name)

    with pytest.raises(KeyboardInterrupt):
        copy_lake(home, address, progress=cut_off)
    assert not Lake.of(stored).standing_batches()
    copied = command.ok("lake", "copy", address, "--json").json
    assert copied["files"] == copied["sent"] + SOME
    assert command.ok("lake", "copy", address, "--json").json["sent"] == 0
    monkeypatch.setenv("NETFLIX_LAKE", address)
    found = contents(stored)
    assert found.keys() == before.keys()
    assert all(found[name].equals(rows) for name, rows in before.items())
    assert differences(ledger(Lake.of(stored), manifests(Lake.of(stored)))).is_empty()
    assert command.ok("trace", "e3", "--json").json == way
    status = command.ok("status", "--json").json
    assert (status["problems"], status["pending_days"], status["pending_tables"]) == ([], waits, [])
    assert "bronze, silver, gold lie there since the lake was moved" in next(store(stored)).what

    # It goes on there: somebody comes in, somebody goes.
    ingest_paths(stored, [write(tmp_path / "more.csv", [event("more", user="bob")])])
    command.ok("forget", ANN)
    monkeypatch.delenv("NETFLIX_LAKE")
    ran = command("lake", "copy", address)
    assert (ran.code, "batches lie there that the lake does not have" in ran.err) == (1, True)
    monkeypatch.setenv("NETFLIX_LAKE", address)
    with exclusive(home.root / "ingest.lock"):
        ran = command("lake", "copy", "disk")
    assert (ran.code, "ingest.lock: held by process" in ran.err) == (1, True)
    copied = command.ok("lake", "copy", "disk", "--json").json
    assert 0 < copied["sent"] < copied["files"]
    ran = command("lake", "copy", address)
    assert (ran.code, "is where the lake lies already" in ran.err) == (1, True)
    expected = contents(stored)
    monkeypatch.delenv("NETFLIX_LAKE")
    status = command.ok("status", "--json").json
    assert (status["problems"], status["pending_days"], status["pending_tables"]) == ([], [], [])
    assert ".cache lie there" in next(store(home)).what
    (command.home / "lake/.cache").rename(tmp_path / "cache")
    assert traces(home.lake, [ANN]) == []
    assert_same(home, expected)


def test_a_folder_is_no_target(tmp_path: Path) -> None:
    ran = Command(tmp_path / "home")("lake", "copy", tmp_path / "elsewhere")
    assert (ran.code, "write s3://BUCKET/PREFIX or disk" in ran.err) == (1, True)
