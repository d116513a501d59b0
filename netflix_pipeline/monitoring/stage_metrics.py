"""What the stages of runs did, counted in a file that all runs of a home share."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Literal

from prometheus_client.metrics_core import CounterMetricFamily

from netflix_pipeline.lake import exclusive
from netflix_pipeline.monitoring.numbers import Numbers, Sample
from netflix_pipeline.monitoring.told_files import tell, told
from netflix_pipeline.settings import Settings

CheckResult = Literal["passed", "warned", "failed"]
RESULTS: tuple[CheckResult, ...] = ("passed", "warned", "failed")

ROWS, PARTS, BUILDING, CPU, CHECKS = (
    "netflix_stage_rows",
    "netflix_stage_parts",
    "netflix_stage_build_seconds",
    "netflix_stage_cpu_seconds",
    "netflix_check_results",
)
COUNTERS = (
    (ROWS, "Rows that a stage of a run stored", ("stage", "table")),
    (PARTS, "Days, weeks, wholes or batches of tables that it stored", ("stage", "table")),
    (BUILDING, "Time that these took, added up over what goes side by side", ("stage", "table")),
    (CPU, "CPU time of the processes that ran a stage, while they did", ("stage",)),
    (CHECKS, "Results of a table's checks", ("table", "check", "result")),
)

Counted = tuple[str, tuple[str, ...]]
"""A metric, and the values of its labels."""
Stored = dict[str, list[tuple[tuple[str, ...], float]]]
"""In the file: the values of the labels and the count, by metric."""


class StageCounts:
    """What one run's stage comes to."""

    def __init__(self, stage: str) -> None:
        self.counts: defaultdict[Counted, float] = defaultdict(float)
        self._stage = stage
        self._begun = time.process_time()

    @property
    def cpu_seconds(self) -> float:
        """CPU time of this process since it began."""
        return time.process_time() - self._begun

    def stored(self, table: str, rows: int, *, seconds: float = 0.0) -> None:
        """So many rows of a table were stored, as one part of it, which took that long."""
        of = self._stage, table
        for name, amount in ((ROWS, rows), (PARTS, 1), (BUILDING, seconds)):
            self.counts[name, of] += amount

    def checked(self, table: str, check: str, result: CheckResult) -> None:
        """A check of a partition came to this."""
        for each in RESULTS:  # all begin at 0, so that the first failure is seen as one
            self.counts[CHECKS, (table, check, each)] += int(each == result)


@contextmanager
def counting(settings: Settings, stage: str) -> Iterator[StageCounts]:
    """Count what a stage does meanwhile; at the end it is told, however that comes."""
    counts = StageCounts(stage)
    try:
        yield counts
    finally:
        counts.counts[CPU, (stage,)] += counts.cpu_seconds
        with suppress(OSError):  # a disk that is full must not end the run
            _add(settings, counts)


def count_taken_in(settings: Settings, table: str, rows: int) -> None:
    """Tell that so many rows more of a batch are in a bronze table."""
    counts = StageCounts("bronze")
    counts.stored(table, rows)
    with suppress(OSError):
        _add(settings, counts)


def expose_stages(numbers: Numbers, settings: Settings) -> None:
    """Let Prometheus read it."""

    def counted(name: str) -> list[Sample]:
        return [(labels, count) for labels, count in _stored(settings).get(name, [])]

    for name, text, labels in COUNTERS:
        value: Callable[[], list[Sample]] = partial(counted, name)
        numbers.tell(name, text, value, labels, CounterMetricFamily)


def _add(settings: Settings, counts: StageCounts) -> None:
    path = _path(settings)
    with exclusive(path.with_suffix(".lock")):
        total = counts.counts.copy()
        for name, samples in _stored(settings).items():
            for labels, count in samples:
                total[name, labels] += count
        stored: Stored = {name: [] for name, _, _ in COUNTERS}
        for (name, labels), count in sorted(total.items()):
            if name in stored:
                stored[name].append((labels, count))
        tell(path, stored)


def _stored(settings: Settings) -> Stored:
    return told(_path(settings), Stored) or {}


def _path(settings: Settings) -> Path:
    return settings.monitoring / "stages.json"
