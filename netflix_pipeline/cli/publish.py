"""A snapshot of the tables is published."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from netflix_pipeline.cli.common import Json, counted, end_with, print_json, progress, say, settings

if TYPE_CHECKING:
    from netflix_pipeline.serving import Published


def publish(
    full: Annotated[
        bool, typer.Option("--full", help="Build the whole file again, not only what changed.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Publish what silver and gold hold as the next snapshot.

    Reads: $NETFLIX_HOME/lake/silver and lake/gold, or the store that NETFLIX_LAKE names; the newest
    snapshot of the store that NETFLIX_SNAPSHOTS names.

    Writes: $NETFLIX_HOME/serving/snapshot-NNNNNN.duckdb and the link current.duckdb; the same file
    to the store of NETFLIX_SNAPSHOTS, from which replicas fetch it. Nothing when nothing changed.
    Readers go on undisturbed. Ends with 1 when a file cannot be read: of that day stays what is
    served; all others are published.
    """
    from netflix_pipeline.ingest import latest_receipt
    from netflix_pipeline.lake import Lake
    from netflix_pipeline.serving import publish_home

    home = settings()
    with progress("publishing") as update:

        def on_table(table: str, done: int, total: int) -> None:
            update(description=table, completed=done, total=total)

        published = publish_home(
            home, full=full, as_of=latest_receipt(Lake.of(home)), progress=on_table
        )
    if as_json:
        print_json(asdict(published) | {"damaged": list(published.damaged.values())})
    else:
        _say_published(published)
    end_with([f"not published: {why}" for why in published.damaged.values()])


def _say_published(published: Published) -> None:
    if published.fresh:
        changed = (
            "built anew" if published.full else f"{counted(published.days_changed, 'day')} changed"
        )
        say(f"snapshot {published.version} is served ({changed}): {published.path}")
    else:
        say(f"nothing changed: snapshot {published.version} stays: {published.path}")
    if published.note:
        say(f"built anew because {published.note}")
