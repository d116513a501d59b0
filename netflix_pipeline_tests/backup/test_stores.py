"""A home whose lake is in a store is backed up like any, and so moves to a store and back."""

from pathlib import Path

import pytest

from netflix_pipeline.backup import Target, make_backup
from netflix_pipeline.errors import BadInput
from netflix_pipeline.ingest import differences, ledger, manifests
from netflix_pipeline.lake import Lake
from netflix_pipeline.object_storage import ObjectStore
from netflix_pipeline.object_storage.proof import prove
from netflix_pipeline.restoring import restore
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.command import Command
from netflix_pipeline_tests.support.crashing import contents, served, strays
from netflix_pipeline_tests.support.dying_step import lived
from netflix_pipeline_tests.support.lived_home import ANN, lived_home
from netflix_pipeline_tests.support.s3_server import S3Server
from netflix_pipeline_tests.support.scan import traces


def test_a_home_moves_to_a_store_and_back_and_nobody_comes_back_who_was_erased(
    tmp_path: Path, s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, address, backups = Command(lived_home(tmp_path / "home").root), s3.address(), s3.address()
    prove(ObjectStore.of(address), writers=4, keys=2)
    home.ok("backup", tmp_path / "target")
    home.ok("materialize")  # what waited in the log
    expected = rows_of(Settings(home=home.home))

    there = Command(tmp_path / "there")
    stored = Settings(home=there.home, lake_address=address)
    assert not lived(lambda: restore(stored, str(tmp_path / "target")), there.home, 200)
    assert not (there.home / "lake").exists()
    monkeypatch.setenv("NETFLIX_LAKE", address)
    there.ok("restore", tmp_path / "target")
    assert rows_of(stored) == expected
    assert differences(ledger(Lake.of(stored), manifests(Lake.of(stored)))).is_empty()
    assert served(stored) == served(Settings(home=home.home))
    assert_nothing_waits(there)
    ran = Command(tmp_path / "over")("restore", tmp_path / "target")
    assert (ran.code, f"{address} holds tables" in ran.err) == (1, True)
    with pytest.raises(BadInput, match="lies where the lake does"):
        make_backup(stored, f"{address}/backups")

    assert not lived(lambda: make_backup(stored, backups), there.home, 200)
    assert Target(backups).names() == []
    first = there.ok("backup", backups, "--json").json
    assert 0 < first["sent"] < first["files"]
    assert there.ok("backup", backups, "--json").json["sent"] == 0
    there.ok("backup", "verify", backups, "--all")
    there.ok("forget", ANN)
    way = there.ok("trace", "e4", "--json").json

    monkeypatch.delenv("NETFLIX_LAKE")
    back = Command(tmp_path / "back")
    told = back.ok("restore", backups, "--backup", first["backup"], "--json").json
    assert told["erased"] == 1
    assert f"NETFLIX_LAKE={address}" in " ".join(told["remarks"])
    assert traces(back.home, [ANN]) == []
    assert rows_of(Settings(home=back.home)) == rows_of(stored)
    assert not strays(Settings(home=back.home))
    assert_nothing_waits(back)
    assert back.ok("trace", "e4", "--json").json == way


def rows_of(home: Settings) -> dict[str, list[tuple[object, ...]]]:
    """The rows of each table that has some; a store has no folders of partitions without any."""
    return {name: rows.rows() for name, rows in contents(home).items() if rows.height}


def assert_nothing_waits(command: Command) -> None:
    status = command.ok("status", "--json").json
    assert status["problems"] == []
    assert status["pending_days"] == status["pending_tables"] == []
