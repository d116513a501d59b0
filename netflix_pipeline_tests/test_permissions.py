import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from netflix_pipeline.permissions import keep_private
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.command import event, write
from netflix_pipeline_tests.support.processes import Start


@pytest.fixture(autouse=True)
def _umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def wide(folder: Path, umask: int = 0o077) -> list[Path]:
    """What somebody has rights to who should have none."""
    every = [folder, *folder.rglob("*")]
    return [path for path in every if not path.is_symlink() and path.lstat().st_mode & umask]


def run(home: Settings, *arguments: object) -> None:
    command = "from netflix_pipeline.cli import main; main()"
    subprocess.run(
        [sys.executable, "-c", command, *map(str, arguments)],
        env=home.environment(),
        check=True,
        capture_output=True,
    )


def test_all_that_commands_write_is_for_its_owner_alone(home: Settings, tmp_path: Path) -> None:
    home.root.mkdir()
    assert wide(home.root)
    run(home, "ingest", write(tmp_path / "events.csv", [event("a")]))
    run(home, "materialize")

    assert any(home.dagster.rglob("*.db"))
    assert any(home.serving.glob("*.duckdb"))
    assert not wide(home.root)


@pytest.mark.parametrize("service", ["api", "dash_app"])
def test_so_is_what_services_write_however_they_were_started(
    home: Settings, start: Start, service: str
) -> None:
    home.root.mkdir()
    server = ("-m", "granian", "--interface", "asgi", "--factory", "--port", "{port}")
    address = start([*server, f"{service}.app:create_app"])
    httpx.post(f"{address}/events", json={"type": "watch"}, trust_env=False)

    assert not wide(home.root)


def test_a_group_may_read_where_the_settings_let_it(home: Settings, tmp_path: Path) -> None:
    home = home.model_copy(update={"umask": "027"})
    run(home, "ingest", write(tmp_path / "events.csv", [event("a")]))

    assert not wide(home.root, 0o027)
    assert stat.S_IMODE(home.lake.stat().st_mode) == 0o750


def test_what_was_written_with_more_rights_loses_them(home: Settings) -> None:
    other = home.root.parent / "other"
    other.write_text("not below the home")
    inner = home.lake / "bronze" / "part.parquet"
    inner.parent.mkdir(parents=True)
    inner.write_text("")
    (home.lake / "link").symlink_to(other)

    home.keep_private()

    assert not wide(home.root)
    assert stat.S_IMODE(other.stat().st_mode) == 0o644


def test_a_folder_that_holds_other_things_keeps_its_own_rights(tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    (tmp_path / "somebody's").mkdir()

    keep_private(tmp_path, 0o077)

    assert stat.S_IMODE((tmp_path / "lake").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "somebody's").stat().st_mode) == 0o755


@pytest.mark.parametrize("wrong", ["", "7", "0o77", "888", "rwx"])
def test_a_umask_is_three_octal_digits(wrong: str) -> None:
    with pytest.raises(ValueError, match="umask"):
        Settings(umask=wrong)
