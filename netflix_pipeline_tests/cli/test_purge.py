"""Files that were taken in go by the day; a dry run only tells."""

from datetime import date
from pathlib import Path

import pytest

from netflix_pipeline_tests.support.command import Command

TODAY = date.today()


def test_what_was_taken_in_goes_after_the_days_that_are_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = Command(tmp_path / "home")
    landed = command.home / "landed"
    names = ("2026-01-05/a.csv", "2026-01-06/b/c.csv", f"{TODAY}/d.csv", "mine/e.csv", "20260107/f")
    for name in names:
        (landed / name).parent.mkdir(parents=True)
        (landed / name).write_text("1234")
    ran = command("purge")
    assert (ran.code, "NETFLIX_LANDED_DAYS" in ran.err) == (2, True)
    monkeypatch.setenv("NETFLIX_LANDED_DAYS", "2")
    would = command.ok("purge", "--dry-run", "--json").json
    assert [(each["day"], each["files"], each["size"]) for each in would["landed"]] == [
        ("2026-01-05", 1, 4),
        ("2026-01-06", 1, 4),
    ]
    assert all((landed / name).exists() for name in names)
    assert command.ok("purge", "--json").json["landed"] == would["landed"]
    assert [(landed / name).exists() for name in names] == [False, False, True, True, True]
