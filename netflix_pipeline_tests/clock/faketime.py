"""A clock that a test sets while real processes run: libfaketime, as Debian has it."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

PLACES = ("/usr/lib/*/faketime", "/usr/lib/faketime", "/usr/lib64/faketime")
LIBRARY = "libfaketimeMT.so.1"


@dataclass
class FakeClock:
    """What `date` says to processes of this environment; durations go on as ever."""

    library: Path
    file: Path
    fast: timedelta = timedelta()

    @property
    def environment(self) -> dict[str, str]:
        """In this environment a process has the clock."""
        return {
            "LD_PRELOAD": str(self.library),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def set(self, fast: timedelta) -> None:
        """Let it run so far ahead of the true time, or behind it."""
        self.fast = fast
        draft = self.file.with_suffix(".new")
        draft.write_text(f"{fast.total_seconds():+.0f}")
        draft.replace(self.file)

    def now(self) -> datetime:
        """What it says."""
        return datetime.now(UTC) + self.fast


def fake_clock(folder: Path) -> FakeClock:
    """One that is right at first; where it is not installed, CI fails and others skip."""
    found = [path for place in PLACES for path in Path("/").glob(f"{place[1:]}/{LIBRARY}")]
    if not found:
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say("libfaketime is not installed; `make test` does it")
    clock = FakeClock(found[0], folder / "faketime")
    clock.set(timedelta())
    return clock
