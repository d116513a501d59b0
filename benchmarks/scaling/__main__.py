"""What more workers bring: `python -m benchmarks.scaling`, as root, for it makes cgroups.

For 1, 2, 4 and 8 workers: each does a run that builds the same number of equal days anew, held to a
tenth of a core, after it did runs without that. Rows a second count from the beginning of the first
day to the end of the last, by the workers' own clocks. A backfill of fixed length, of days that
were never built, is done by one worker and shared by the most. PostgreSQL, Redis, the S3 server and
Dagster are outside of the shares; what they take is told.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.measured import Measured, command
from benchmarks.record import recorded
from benchmarks.scaling.cluster import Cluster, cluster, engines, serving
from benchmarks.scaling.days import Days, written
from benchmarks.scaling.scale import STAGES, Done, Scale, Used, connections
from benchmarks.scaling.shares import NoShares, Shares, shares
from benchmarks.tables import head, row

NUMBERS = (1, 2, 4, 8)
GOALS = {8: "≥ 94"}
"""Percent, by the number of workers."""
IDLE = 15.0
"""Seconds for which connections are counted while nothing is at work."""


@dataclass(frozen=True)
class Backfill:
    """A backfill of fixed length: its runs side by side, and the one behind them."""

    pieces: Sequence[Done]
    behind: Done
    rows: int
    used: Used

    @property
    def seconds(self) -> Mapping[str, float]:
        """What came one after the other; without the queue, at which the daemon looks."""
        began = min(run.began for run in self.pieces)
        return {
            "run start": began - min(run.launched for run in self.pieces),
            "days": max(run.ended for run in self.pieces) - began,
            "start of the run behind them": self.behind.start,
            "days at the edges of shares, again": self.behind.seconds("bronze", *STAGES),
            "weekly tables, and those of users and titles": self.behind.seconds("rollups"),
            "publish": self.behind.seconds("snapshot"),
        }


@dataclass
class Results:
    """What was measured; `rows` are those of all days."""

    ingested: Measured
    rows: int
    idle: Used
    scales: list[Scale] = field(default_factory=list)
    backfills: dict[int, Backfill] = field(default_factory=dict)


def run(folder: Path, asked: argparse.Namespace) -> Results:
    """Measure all numbers of workers in a home that is made for it."""
    numbers = sorted(set(asked.workers))
    with ExitStack() as stack:
        held = stack.enter_context(shares(asked.share, asked.cgroup)) if asked.share else None
        most = numbers[-1]
        made = written(folder, most * asked.days + 2 * asked.backfill_days, asked.events)
        built = Days(made.days.first, most * asked.days)
        alone = built.behind(asked.backfill_days)
        of_backfills = {numbers[0]: alone, most: alone.behind(asked.backfill_days)}
        running = stack.enter_context(engines(folder, asked.lake, most))
        home = running.settings.root
        ingested = command(home, "ingest", str(made.folder), "--json")
        _say(f"{made.days.count} days, {made.rows_a_day:,} rows each, are in bronze")
        command(home, "materialize", "--from", f"{built.first}", "--to", f"{built.last}", "--json")
        _say(f"{built.count} of them are built")
        here = stack.enter_context(cluster(running))
        with here.used([]) as idle:
            time.sleep(IDLE)
        results = Results(ingested, made.days.count * made.rows_a_day, idle[0])
        for number in numbers:
            days = Days(built.first, number * asked.days)
            with at_work(here, number, days, held) as processes:
                scale = scaled(here, processes, days, made.rows_a_day)
                results.scales.append(scale)
                _say(f"{number}: {scale.rate:,.0f} rows/s in {scale.seconds:.1f} s")
                if number in of_backfills:
                    backfill = filled(here, processes, of_backfills[number], made.rows_a_day)
                    results.backfills[number] = backfill
                    _say(f"{number}: a backfill in {sum(backfill.seconds.values()):.1f} s")
    return results


@contextmanager
def at_work(here: Cluster, number: int, days: Days, held: Shares | None) -> Iterator[list[int]]:
    """So many workers that did runs already, from then on held to their shares; their processes."""
    with ExitStack() as stack:
        if held:
            stack.callback(held.forget)
        stack.enter_context(serving("worker", "--workers", f"{number}"))
        processes = [*here.one_each(number, days).values()]
        if held:
            stack.callback(held.let_go)
            for process in processes:
                held.hold(process)
        yield processes


def scaled(here: Cluster, workers: Sequence[int], days: Days, rows_a_day: int) -> Scale:
    """Have each worker build its part of days anew."""
    runs = [here.piece(part) for part in days.parts(len(workers))]
    with here.used(workers) as used:
        done = here.done(runs)
    if len({each.worker for each in done}) < len(workers):
        raise RuntimeError("one worker had two of the runs and another none: measure again")
    return Scale(done, days.count * rows_a_day, used[0])


def filled(here: Cluster, workers: Sequence[int], days: Days, rows_a_day: int) -> Backfill:
    """Have the workers share a backfill, and one of them do what follows it."""
    runs = [here.piece(part) for part in days.parts(len(workers))]
    with here.used(workers) as used:
        pieces = here.done(runs)
        (behind,) = here.done([here.rest(days)])
    return Backfill(pieces, behind, days.count * rows_a_day, used[0])


def tell(results: Results) -> None:
    """Print what was measured."""
    scales, base = results.scales, results.scales[0]
    head(
        "workers, the same number of equal days each",
        *("rows/s", "efficiency %", "goal of efficiency %", "seconds", "began within s"),
        *("CPU µs a row", "MB of a worker"),
    )
    for scale in scales:
        row(
            f"{scale.workers}",
            f"{scale.rate:,.0f}",
            f"{scale.efficiency(base):.1f}",
            GOALS.get(scale.workers, ""),
            f"{scale.seconds:.1f}",
            f"{scale.apart:.1f}",
            f"{scale.micros_a_row:.1f}",
            f"{scale.used.megabytes:,.0f}",
        )
    _tell_cpu(scales, results.ingested, results.rows)
    _tell_backfills(results.backfills)
    peaks = {0: results.idle.connections} | {each.workers: each.used.connections for each in scales}
    head("runs at work, a worker each", "PostgreSQL connections at most")
    for runs, peak in peaks.items():
        row(f"{runs}", f"{peak}")
    each, without = connections(peaks)
    row("each adds, by least squares", f"{each:.1f}")
    row("without any, by least squares", f"{without:.1f}")


def _tell_cpu(scales: Sequence[Scale], ingested: Measured, rows: int) -> None:
    beside = [*scales[0].used.beside_cpu]
    head(
        "workers, and what they and the engines take",
        *(f"{name} % of a core" for name in ("each worker", *beside)),
    )
    for scale in scales:
        used = scale.used
        takes = (used.workers_cpu / scale.workers, *(used.beside_cpu[name] for name in beside))
        row(f"{scale.workers}", *(f"{100 * cpu / used.seconds:.1f}" for cpu in takes))
    head("CPU of a row", *(f"{_counted(scale.workers)} µs" for scale in scales))
    for stage in STAGES:
        row(stage, *(f"{scale.stage_micros_a_row(stage):.1f}" for scale in scales))
    row("with the start of runs", *(f"{scale.micros_a_row:.1f}" for scale in scales))
    row("ingest of Parquet, before", f"{1e6 * ingested.cpu_seconds / rows:.1f}")


def _tell_backfills(backfills: Mapping[int, Backfill]) -> None:
    head("a backfill of fixed length", *(f"{_counted(number)} s" for number in backfills))
    of_each = [backfill.seconds for backfill in backfills.values()]
    for name in of_each[0]:
        row(name, *(f"{seconds[name]:.1f}" for seconds in of_each))
    row("all of it", *(f"{sum(seconds.values()):.1f}" for seconds in of_each))
    row("CPU of workers", *(f"{each.used.workers_cpu:.1f}" for each in backfills.values()))
    micros = (1e6 * each.used.workers_cpu / each.rows for each in backfills.values())
    row("CPU of workers, a row", *(f"{each:.1f} µs" for each in micros))


def _counted(workers: int) -> str:
    return "1 worker" if workers == 1 else f"{workers} workers"


def _say(news: str) -> None:
    print(news, file=sys.stderr, flush=True)


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scaling", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--workers", type=int, nargs="+", default=list(NUMBERS))
    parser.add_argument("--days", type=int, default=21, help="days of each worker")
    parser.add_argument("--events", type=int, default=40_000, help="watch events of a day")
    parser.add_argument("--backfill-days", type=int, default=16, help="days of the backfill")
    parser.add_argument(
        "--share", type=float, default=10, help="percent of a core of each worker; 0: any"
    )
    parser.add_argument("--cgroup", type=Path, help="group of version 2 below which to make groups")
    parser.add_argument("--lake", choices=("s3", "disk"), default="s3", help="where the tables lie")
    with (
        recorded(parser) as asked,
        tempfile.TemporaryDirectory(prefix="netflix-bench-") as folder,
    ):
        try:
            results = run(Path(folder), asked)
        except NoShares as error:
            sys.exit(str(error))
        tell(results)


if __name__ == "__main__":
    main()
