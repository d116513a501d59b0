"""Files of watch events, row by row."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

HEADER = "event_id,user_id,title_id,event_time,action,watch_seconds,progress"
NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)


def event(
    event_id: str = "e1",
    user: str = "ann",
    title: str = "film",
    time: str = "2026-01-31T20:00:00Z",
    action: str = "stopped",
    seconds: str = "600",
    progress: str = "0.5",
) -> str:
    return ",".join((event_id, user, title, time, action, seconds, progress))


def write(path: Path, rows: Iterable[str], header: str = HEADER) -> Path:
    path.write_text("\n".join((header, *rows)) + "\n")
    return path
