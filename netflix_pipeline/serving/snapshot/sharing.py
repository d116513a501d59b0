"""Publishing for replicas: in a folder as ever, then once on a store that they fetch it from."""

from datetime import datetime
from functools import partial
from pathlib import Path

from netflix_pipeline.errors import BadInput, PipelineError, Transient, noted
from netflix_pipeline.lake import Lake
from netflix_pipeline.serving.snapshot.publish import Published, publish
from netflix_pipeline.serving.snapshot.replica import Replica
from netflix_pipeline.serving.snapshot.store import SnapshotStore
from netflix_pipeline.serving.snapshot.writer import Progress

PATIENCE = 30.0
"""Seconds for which a store that does not answer is asked again."""
TRIES = 5
"""How often it is published again where others publish at the same time."""


class NotShared(Transient):
    """A snapshot is published here, and the store does not have it."""


def publish_shared(
    lake: Lake,
    folder: Path,
    store: str,
    *,
    as_of: datetime | None = None,
    keep: int = 3,
    full: bool = False,
    erasing: bool = False,
    progress: Progress | None = None,
) -> Published:
    """Publish in `folder`, see `publish`, and put that on the `store`, if one is named.

    It is built upon the newest of the store, whoever published that, so that versions only grow;
    where somebody else publishes meanwhile, it is published again. With `erasing` it is built anew,
    and none before it is kept, here or there. Raises NotShared where the store could not take it:
    it is served here, and the next publish puts it there; BadInput where the lake is empty and
    others are served from the store.
    """
    keep, full = (1, True) if erasing else (keep, full)
    publishing = partial(publish, lake, folder, as_of=as_of, keep=keep, progress=progress)
    if not store:
        return publishing(full=full)
    replica = Replica(SnapshotStore(store, PATIENCE), folder)
    with replica.alone():
        for _ in range(TRIES):
            # What hinders that is told below, where it still does.
            with noted([], PipelineError):
                replica.catch_up()
            if not erasing and replica.holds_one and _is_empty(lake):
                raise BadInput(
                    f"{lake.root} holds no tables, and replicas are served from {store}: nothing "
                    "is published in place of that. Publish where the tables are; to begin anew, "
                    "name another store."
                )
            published = publishing(full=full)
            try:
                if replica.share(published.path, published.version, erasing=erasing):
                    return published
            except PipelineError as error:
                raise NotShared(
                    f"snapshot {published.version} is served from {folder}, and replicas do not "
                    f"get it: {error} The next publish puts it there: netflix-pipeline publish."
                ) from error
            full = True
    raise NotShared(
        f"others publish to {store} all the time: snapshot {published.version} is served from "
        f"{folder} alone. One lake publishes to a store; then netflix-pipeline publish."
    )


def _is_empty(lake: Lake) -> bool:
    """Whether nothing was ever built in it."""
    return not lake.partitions("silver/plays") and lake.footer("silver/users") is None
