"""What was measured of so many workers, and what follows from several of them."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

STAGES = ("silver", "gold")
"""The stages of a run over days, in their order; bronze is there before."""


@dataclass(frozen=True)
class Step:
    """When a stage of a run began and ended, by the clock of its worker."""

    began: float
    ended: float

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.began


@dataclass(frozen=True)
class Done:
    """A run that ended well: on which worker, when it was launched, and its stages by name."""

    worker: str
    process: int
    launched: float
    steps: Mapping[str, Step]

    @property
    def began(self) -> float:
        """When its first stage began."""
        return min(step.began for step in self.steps.values())

    @property
    def ended(self) -> float:
        """When its last stage ended."""
        return max(step.ended for step in self.steps.values())

    @property
    def start(self) -> float:
        """Seconds from its launch to its first stage."""
        return self.began - self.launched

    def seconds(self, *names: str) -> float:
        """Seconds of some of its stages."""
        return sum(self.steps[name].seconds for name in names if name in self.steps)


@dataclass(frozen=True)
class Used:
    """What was used meanwhile.

    `seconds` of the clock; CPU seconds of the workers, of what runs beside them by name, and of
    the workers by stage; the most connections to PostgreSQL; the most memory of a worker, in MB.
    """

    seconds: float
    workers_cpu: float
    beside_cpu: Mapping[str, float]
    stages_cpu: Mapping[str, float]
    connections: int
    megabytes: float


@dataclass(frozen=True)
class Scale:
    """So many workers, a run each over the same number of equal days, with so many rows in all."""

    runs: Sequence[Done]
    rows: int
    used: Used

    @property
    def workers(self) -> int:
        """How many they were."""
        return len(self.runs)

    @property
    def seconds(self) -> float:
        """From the beginning of the first day, on whichever worker, to the end of the last."""
        return max(run.ended for run in self.runs) - min(run.began for run in self.runs)

    @property
    def rate(self) -> float:
        """Rows a second, of all of them together."""
        return self.rows / self.seconds

    @property
    def apart(self) -> float:
        """Seconds between the first worker that began and the last."""
        began = [run.began for run in self.runs]
        return max(began) - min(began)

    @property
    def micros_a_row(self) -> float:
        """CPU microseconds of the workers a row, with the start of their runs."""
        return 1e6 * self.used.workers_cpu / self.rows

    def stage_micros_a_row(self, stage: str) -> float:
        """CPU microseconds of a stage a row."""
        return 1e6 * self.used.stages_cpu.get(stage, 0.0) / self.rows

    def efficiency(self, base: "Scale") -> float:
        """Percent of the rate that it would have if each worker did as much as those of `base`."""
        return 100 * self.rate / (base.rate / base.workers * self.workers)


def connections(peaks: Mapping[int, int]) -> tuple[float, float]:
    """What each run at work adds to the connections, and how many there are without any.

    From the most connections by the number of runs at work, by least squares.
    """
    slope, intercept = statistics.linear_regression([*peaks], [*peaks.values()])
    return slope, intercept
