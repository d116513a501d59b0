"""Names of titles for the live view, which neither fails nor waits for want of them."""

import asyncio
import logging
from collections.abc import Mapping, Sequence

from netflix_pipeline.errors import panics_raised
from netflix_pipeline.serving import Snapshots, title_names

log = logging.getLogger(__name__)

KEPT = 1_000
"""Names that are kept at most: of what is watched now, others come and go."""
PATIENCE = 0.1
"""Seconds that a look-up may keep somebody waiting; after it, names come with the next state."""


class TitleNames:
    """The names of titles that were asked for, from the newest snapshot.

    Looked up off the event loop, one look-up at a time. `stamp` grows with each that found names.
    """

    def __init__(self, snapshots: Snapshots) -> None:
        self.stamp = 0
        self._snapshots = snapshots
        self._names: dict[str, str | None] = {}
        # By title, the version of the snapshot in which it was looked up.
        self._versions: dict[str, int] = {}
        self._looking: asyncio.Task[None] | None = None
        self._failed = False

    async def of(self, title_ids: Sequence[str]) -> Mapping[str, str | None]:
        """The names that are known now; none before anything is published."""
        held = self._snapshots.held
        if held is not None:
            version = held.info.version
            unknown = [title for title in title_ids if self._versions.get(title) != version]
            if unknown and (self._looking is None or self._looking.done()):
                self._looking = asyncio.create_task(self._look_up(version, unknown))
                await asyncio.wait((self._looking,), timeout=PATIENCE)
        return self._names

    async def _look_up(self, version: int, title_ids: Sequence[str]) -> None:
        try:
            with panics_raised():
                names = await asyncio.to_thread(
                    lambda: title_names(self._snapshots.current(), title_ids)
                )
        except Exception:
            if not self._failed:
                log.exception("names of titles cannot be looked up")
            self._failed = True
            return
        self._failed = False
        if len(self._names) + len(names) > KEPT:
            self._names, self._versions = {}, {}
        self._names |= names
        self._versions |= dict.fromkeys(title_ids, version)
        self.stamp += 1
