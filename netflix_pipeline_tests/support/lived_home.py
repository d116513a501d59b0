"""A home with something of everything: files, events, tables, runs, what people put in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from netflix_pipeline.defs.landing import take
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.command import Command, event, write
from netflix_pipeline_tests.support.events import opened, watch
from netflix_pipeline_tests.support.homes import made_once

ANN = "ann-of-green-gables"
CID = "cid-whom-no-table-knows"
"""Only in a file that no adapter knew."""


@dataclass(frozen=True)
class LivedHome:
    """A home; in its log an event waits to be taken in."""

    root: Path

    def at(self, folder: Path) -> LivedHome:
        return LivedHome(folder)


@made_once
def lived_home(folder: Path) -> LivedHome:
    """Made once a run, and copied."""
    home = Settings(home=folder)
    rows = [
        event(f"e{n}", f"2026-01-{5 + n % 3:02}T20:{n:02}:00Z", user=ANN if n % 2 else "bob")
        for n in range(12)
    ]
    write(home.landing / "views.csv", [*rows, event("bad", user=ANN, seconds="-1")])
    (home.landing / "unknown.csv").write_text(f"who,what\n{CID},1\nbob,2\n")
    for name in ("views.csv", "unknown.csv"):
        assert take(home, name) is not None
    command = Command(home.root)
    command.ok("annotate", "add", "2026-01-06", "a launch", "--kind", "launch")
    command.ok("keys", "create", "reporting", "--scope", "analytics:read")
    when = datetime.now(UTC) - timedelta(minutes=9)
    with opened(home) as events:
        for user in (ANN, "bob"):
            events.send(watch(f"h-{user}", user_id=user, event_time=when.isoformat()), at=when)
    command.ok("materialize")
    (home.landing / "waits.csv").write_text("not,taken\n")
    with opened(home) as events:
        events.send(watch("late", user_id="bob", event_time=when.isoformat()), at=when)
    return LivedHome(home.root)
