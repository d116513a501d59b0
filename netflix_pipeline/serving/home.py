"""Publishing, and looking at what is published, by a home's settings."""

from datetime import datetime
from typing import Any

from netflix_pipeline.lake import Lake
from netflix_pipeline.serving.errors import NoSnapshot
from netflix_pipeline.serving.query.trace import published
from netflix_pipeline.serving.snapshot.open import Row, Snapshots
from netflix_pipeline.serving.snapshot.publish import Published, publish
from netflix_pipeline.serving.snapshot.snapshot_files import LINK, current_version, snapshot_path
from netflix_pipeline.serving.snapshot.writer import Progress
from netflix_pipeline.settings import Settings


def publish_home(
    settings: Settings,
    *,
    full: bool = False,
    as_of: datetime | None = None,
    progress: Progress | None = None,
) -> Published:
    """Publish what the home's lake holds as the next snapshot; see `publish`."""
    return publish(
        Lake(settings.lake),
        settings.serving,
        as_of=as_of,
        keep=settings.snapshots_kept,
        full=full,
        progress=progress,
    )


def snapshot_info(settings: Settings) -> dict[str, Any] | None:
    """Version, built_at, data_from, data_to and as_of of the current snapshot; None before it."""
    try:
        return Snapshots(settings.serving).current().info.model_dump()
    except NoSnapshot:
        return None


def snapshot_problem(settings: Settings) -> str | None:
    """Why the current snapshot cannot be read; None when it can, or when there is none."""
    snapshots = Snapshots(settings.serving)
    snapshots.follow()
    version = current_version(settings.serving)
    if snapshots.problem is None and version is not None:
        path = snapshot_path(settings.serving, version)
        if not path.exists():
            return (
                f"{path} is gone, though {LINK} names it: netflix-pipeline publish makes another."
            )
    return snapshots.problem


def published_numbers(settings: Settings, play: Row) -> dict[str, Row]:
    """The published rows that a row of silver plays is counted in, by table.

    Empty when it is not published (yet).
    """
    try:
        snapshot = Snapshots(settings.serving).current()
        return published(snapshot, play["user_id"], play["title_id"], play["started_at"])
    except NoSnapshot:
        return {}
