"""Tells monitoring which partitions wait to be built, and since when; it takes little of the time.

To find out costs with the history: so the next look waits in proportion to the last one.
"""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from netflix_pipeline.lake import Lake, Partition
from netflix_pipeline.materialize.build_graph import dependencies
from netflix_pipeline.materialize.pending import pending
from netflix_pipeline.materialize.versions import Versions
from netflix_pipeline.monitoring import (
    PendingReport,
    PendingTable,
    tell_pending,
    told_pending,
)
from netflix_pipeline.settings import Settings

LOOK_EVERY = 60.0
"""Seconds between two looks at least."""
SHARE = 0.02
"""Of the time that may be spent on looking."""
KEPT = 50
"""Partitions of a table of which it is told since when they wait: those that have longest."""


def report_pending(settings: Settings, now: Callable[[], float] = time.time) -> PendingReport:
    """Look and tell, where it is time to; gives what is told.

    Raises PipelineError where the lake cannot be read, OSError where it cannot be told.
    """
    before, begun = told_pending(settings), now()
    if 0 <= begun - before.looked_at < max(LOOK_EVERY, before.seconds / SHARE):
        return before
    tables = before.tables
    try:
        tables = _waiting(Lake.of(settings), before, begun)
    finally:  # where it failed, too: to try it at once again would take as long
        report = PendingReport(begun, max(0.0, now() - begun), tables)
        tell_pending(settings, report)
    return report


def report_all_built(settings: Settings, now: Callable[[], float] = time.time) -> PendingReport:
    """Tell without a look that nothing waits, as a run knows that looked at all and built it."""
    tables = {table: PendingTable(0, {}) for table in dependencies()}
    report = PendingReport(now(), told_pending(settings).seconds, tables)
    tell_pending(settings, report)
    return report


def _waiting(lake: Lake, before: PendingReport, now: float) -> dict[str, PendingTable]:
    versions, today = Versions(lake), datetime.fromtimestamp(now, UTC).date()
    # Where nothing came yet nothing waits, though no table is there.
    waits = pending(versions) if versions.committed else {}
    return {
        table: _of_table(
            lake,
            table,
            [each for each in waits.get(table, ()) if each is None or each <= today],
            before,
            now,
        )
        for table in dependencies()
    }


def _of_table(
    lake: Lake, table: str, partitions: Sequence[Partition], before: PendingReport, now: float
) -> PendingTable:
    known = before.tables[table].since if table in before.tables else {}

    def since(partition: Partition) -> float:
        """When it was first found waiting; now where it was built meanwhile, and waits again."""
        seen = known.get(str(partition or ""))
        try:
            built = lake.path(table, partition).stat().st_mtime
        except FileNotFoundError:
            built = 0.0
        return now if seen is None or built > seen else seen

    times = sorted((since(partition), str(partition or "")) for partition in partitions)
    return PendingTable(len(times), {name: at for at, name in times[:KEPT]})
