"""Secrets that stand in files: read once, handed on by the file's name, told to nobody."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.command import Command

ADDRESS = "postgresql://viewing:hidden@db.example/state"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "state-database"
    path.write_text(f"{ADDRESS}\n", encoding="utf-8")
    return path


def test_a_secret_of_a_file_is_handed_on_by_its_name_and_read_anew(
    secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETFLIX_STATE_DATABASE", f"file:{secret}")
    monkeypatch.setenv("NETFLIX_START_PAGE", "/file:x")  # no secret: it means what it says
    loaded = Settings()
    assert (loaded.state_database, loaded.start_page) == (ADDRESS, "/file:x")
    assert "hidden" not in repr(loaded)
    handed = loaded.model_copy(update={"api_workers": 2}).environment()
    assert handed["NETFLIX_STATE_DATABASE"] == f"file:{secret}"
    assert not any("hidden" in value for value in handed.values())
    secret.write_text("postgresql://viewing:new@db.example/state", encoding="utf-8")
    assert Settings().state_database.endswith("viewing:new@db.example/state")
    other = loaded.model_copy(update={"state_database": "sqlite:///other"})
    assert other.environment()["NETFLIX_STATE_DATABASE"] == "sqlite:///other"


def test_every_setting_that_may_hold_a_secret_can_stand_in_a_file(secret: Path) -> None:
    hidden = [name for name, field in Settings.model_fields.items() if not field.repr]
    assert "key" in hidden
    loaded = Settings(**dict.fromkeys(hidden, f"file:{secret}"))  # type: ignore[arg-type]
    assert {getattr(loaded, name) for name in hidden} == {ADDRESS}


@pytest.mark.parametrize("content", [None, b"\n", b"\xff"])
def test_a_file_that_tells_nothing_is_wrong_use_and_named(
    secret: Path, content: bytes | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if content is None:
        secret.unlink()
    else:
        secret.write_bytes(content)
    monkeypatch.setenv("NETFLIX_STATE_DATABASE", f"file:{secret}")
    ran = Command(tmp_path / "home")("status")
    assert ran.code == 2
    assert f"NETFLIX_STATE_DATABASE=file:{secret}: " in ran.err.replace("\n", "")
    with pytest.raises(ValidationError):
        Settings()
