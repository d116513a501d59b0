"""Files that were taken in: they are kept for a time, their rows are in bronze."""

import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from netflix_pipeline.settings import Settings


@dataclass(frozen=True)
class LandedDay:
    """What was taken in on a UTC day: files of so many bytes."""

    day: date
    path: Path
    files: int
    size: int


def purge_landed(
    settings: Settings, keep_days: int, today: date, *, dry_run: bool = False
) -> list[LandedDay]:
    """Take away what was taken in more than so many days ago; returns what went, or would go.

    What lies in `landed` and is no day's folder is somebody's own, and stays.
    """
    last = today - timedelta(days=keep_days)
    days = [
        _told(folder, day)
        for folder in sorted(settings.landed.iterdir() if settings.landed.is_dir() else ())
        if (day := _day(folder)) is not None and day < last
    ]
    for each in days if not dry_run else ():
        shutil.rmtree(each.path)
    return days


def _day(folder: Path) -> date | None:
    """The day whose folder it is, as a file is moved there that was taken in."""
    try:
        day = date.fromisoformat(folder.name)
    except ValueError:
        return None
    is_folder = folder.is_dir() and not folder.is_symlink()
    return day if is_folder and folder.name == day.isoformat() else None


def _told(folder: Path, day: date) -> LandedDay:
    sizes = [path.lstat().st_size for path in folder.rglob("*") if not path.is_dir()]
    return LandedDay(day, folder, len(sizes), sum(sizes))
