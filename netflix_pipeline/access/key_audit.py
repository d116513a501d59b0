"""Audit of keys while the service runs: their first use of a day, and refusals, counted."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time

from netflix_pipeline.background import repeating
from netflix_pipeline.errors import PipelineError
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Audit, Keys, opened

log = logging.getLogger(__name__)

EVERY = 5.0
"""Seconds between two times of writing down."""


class KeyAudit:
    """Collects in memory; a request costs a look into a set."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._day = datetime.now(UTC).date()
        self._known: set[tuple[str, str]] = set()
        self._uses: list[tuple[str, str]] = []
        self._refusals: Counter[tuple[str, str]] = Counter()

    def used(self, key_id: str, scope: str) -> None:
        """A key was used for what needs that scope."""
        use = key_id, scope
        if use not in self._known:
            self._known.add(use)
            self._uses.append(use)

    def refused(self, key_id: str, kind: str) -> None:
        """A request was refused; `key_id` is empty where no key is known."""
        self._refusals[key_id, kind] += 1

    @asynccontextmanager
    async def written(self) -> AsyncIterator[None]:
        """Write down what was collected every few seconds meanwhile, and at the end."""
        try:
            async with repeating("audit", self._write, EVERY):
                yield
        finally:
            try:
                await self._write()
            except PipelineError as error:
                log.warning("what was noted of keys last is not in the audit: %s", error)

    async def _write(self) -> None:
        uses, refusals = self._uses, self._refusals
        self._uses, self._refusals = [], Counter()
        today = datetime.now(UTC).date()
        if today != self._day:
            self._day = today
            self._known = set()
        if not uses and not refusals:
            return
        try:
            await asyncio.to_thread(self._write_down, uses, refusals)
        except BaseException:
            self._uses += uses
            self._refusals += refusals
            raise

    def _write_down(self, uses: list[tuple[str, str]], refusals: Counter[tuple[str, str]]) -> None:
        with opened(self._settings) as engine:
            audit, keys = Audit(engine), Keys(engine)
            today = datetime.combine(self._day, time(), UTC)
            for key_id in {key_id for key_id, _ in uses}:
                keys.used(key_id, self._day)
            for key_id, scope in uses:
                audit.record_once(key_id, "key-used", scope, since=today)
            for (key_id, kind), count in list(refusals.items()):
                audit.record(key_id, "refused", detail=kind, count=count)
                del refusals[key_id, kind]  # not once more, where the next one fails
