"""What of each table waits to be built, as whoever builds or watches tables told it last."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from netflix_pipeline.monitoring.numbers import Numbers, Sample
from netflix_pipeline.monitoring.told_files import tell, told
from netflix_pipeline.settings import Settings


class PendingTable(msgspec.Struct):
    """How many partitions of a table wait, and since when those that have waited longest."""

    partitions: int
    since: dict[str, float]


class PendingReport(msgspec.Struct):
    """What waited at a time, by table; to find out took so many `seconds`."""

    looked_at: float = 0.0
    seconds: float = 0.0
    tables: dict[str, PendingTable] = msgspec.field(default_factory=dict)


def tell_pending(settings: Settings, report: PendingReport) -> None:
    """Write it down. Raises OSError."""
    tell(_path(settings), report)


def told_pending(settings: Settings) -> PendingReport:
    """What was told last; nothing of any table where nobody did."""
    return told(_path(settings), PendingReport) or PendingReport()


def expose_pending(numbers: Numbers, settings: Settings) -> None:
    """Let Prometheus read it."""

    def waiting() -> Iterator[Sample]:
        for name, table in told_pending(settings).tables.items():
            yield (name,), table.partitions

    def since() -> Iterator[Sample]:
        for name, table in told_pending(settings).tables.items():
            if table.since:
                yield (name,), min(table.since.values())

    numbers.tell(
        "netflix_table_pending_partitions",
        "Days, weeks, or the one part of a table that wait to be built",
        lambda: list(waiting()),
        ("table",),
    )
    numbers.tell(
        "netflix_table_pending_since_timestamp_seconds",
        "Since when the part of a table waits that has waited longest; left out while none does",
        lambda: list(since()),
        ("table",),
    )


def _path(settings: Settings) -> Path:
    return settings.monitoring / "pending.json"
