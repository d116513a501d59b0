"""`make bench-peers`: the platform and other engines do the same with the same dirty files.

In turns, each in a process of its own: tables, answers to questions, the dashboard's first page.
What an engine makes or answers is compared with ours row by row, and a difference ends the run.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.foundation import generated
from benchmarks.measured import command, size
from benchmarks.peers import equality
from benchmarks.peers.answers import comparing as answers
from benchmarks.peers.dashboard import comparing as dashboard
from benchmarks.peers.engines import FOUR, PEERS, Peer
from benchmarks.peers.measuring import Taken, taken
from benchmarks.record import ROOT, recorded
from benchmarks.tables import head, row
from netflix_pipeline.ingest import manifests
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize import GOLD_DAILY, GOLD_ROLLUPS
from netflix_pipeline.settings import Settings

WHOLE = tuple(table.removeprefix("gold/") for table in (*GOLD_DAILY, *GOLD_ROLLUPS))
"""Every gold table."""
FILES_OF_FOUR = ("watch_events", "users", "titles")
"""The files of which those are made."""
OURS, FLOOR = "this platform", "floor: the narrow job, in Polars"
INGEST, BUILD = "… its `ingest`", "… its tables"
DAYS = 90
CASES = ("tables", "answers", "dashboard")


@dataclass(frozen=True)
class Job:
    """Tables that are made of files, in rows of the files."""

    title: str
    tables: tuple[str, ...]
    files: tuple[str, ...]
    rows: int


@dataclass
class Results:
    """What each took who did a job, round by round, with the bytes written; or why it did not."""

    job: Job
    taken: dict[str, list[tuple[Taken, int]]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, took: Taken, written: int) -> None:
        """Note a round."""
        self.taken.setdefault(name, []).append((took, written))

    def middle(self, name: str, figure: str) -> float:
        """The median over the rounds of a figure of `Taken`."""
        told: list[float] = [getattr(took, figure) for took, _ in self.taken[name]]
        return statistics.median(told)

    def rate(self, name: str) -> float:
        """Raw rows a second."""
        return self.job.rows / self.middle(name, "seconds")

    def rate_of_cpu(self, name: str) -> float:
        """Raw rows a CPU second."""
        return self.job.rows / self.middle(name, "cpu_seconds")

    def megabytes(self, name: str) -> float:
        """What was written."""
        return statistics.median(written for _, written in self.taken[name]) / 1e6


def main() -> None:
    """Measure all, or some of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--events", type=int, default=2_000_000, help="dirty watch events")
    parser.add_argument("--rounds", type=int, default=3, help="turns of tables; medians are told")
    parser.add_argument("--views", type=int, default=7, help="turns of the dashboard's first view")
    names = [peer.name for peer in PEERS]
    parser.add_argument("--peers", nargs="+", default=names, choices=names, help="those to run")
    parser.add_argument("--cases", nargs="+", default=CASES, choices=CASES)
    parser.add_argument("--folder", type=Path, help="where to work; a temporary folder by default")
    with (
        recorded(parser) as asked,
        tempfile.TemporaryDirectory(prefix="netflix-bench-") as temporary,
    ):
        folder = asked.folder or Path(temporary)
        raw, home = folder / "raw", folder / "published"
        written = generated(raw, asked.events, DAYS).told["files"]
        rows = {file["table"]: file["rows"] for file in written}
        if "tables" in asked.cases:
            peers = [peer for peer in PEERS if peer.name in asked.peers]
            _tables(folder, rows, peers, asked.rounds)
        if {"answers", "dashboard"} & set(asked.cases):
            command(home, "ingest", str(raw), "--json")
            command(home, "materialize", "--json")
        if "answers" in asked.cases:
            answers.compare(folder, home)
        if "dashboard" in asked.cases:
            dashboard.compare(folder, home, asked.views)


def _tables(folder: Path, rows: dict[str, int], peers: Sequence[Peer], rounds: int) -> None:
    """Let all make the tables, in turns, and print what that took."""
    jobs = (
        Job("every gold table", WHOLE, tuple(rows), sum(rows.values())),
        Job(
            "plays, sessions, title_daily, engagement_daily",
            FOUR,
            FILES_OF_FOUR,
            sum(rows[name] for name in FILES_OF_FOUR),
        ),
    )
    results = [Results(job) for job in jobs]
    for number in range(rounds):
        for result in results:
            _round(folder, result, peers, compare=number == 0)
    for result in results:
        _tell(result, peers)


def _round(folder: Path, results: Results, peers: Sequence[Peer], *, compare: bool) -> None:
    """Let each do the job once, ours first."""
    job, raw, home = results.job, folder / "raw", folder / "home"
    ingested, built = _ours(job, raw, home)
    snapshot = (home / "serving" / "current.duckdb").resolve()
    written = size(home / "lake") + (snapshot.stat().st_size if snapshot.exists() else 0)
    bronze = size(home / "lake" / "bronze")
    results.add(OURS, ingested.then(built), written)
    results.add(INGEST, ingested, bronze)
    results.add(BUILD, built, written - bronze)
    settings = Settings(home=home)
    lake = Lake.of(settings)
    (received,) = (m.received_at for m in manifests(lake) if m.table == "watch_events")
    floor, written = _in(folder, [sys.executable, "-m", "benchmarks.floor.batch", str(raw)])
    results.add(FLOOR, floor, written)
    shutil.rmtree(folder / "made")
    for peer in peers:
        if why := peer.why_not(job.tables):
            results.failed[peer.name] = f"not measured: {why}"
        if peer.name in results.failed:
            continue
        moment = f"{received:%Y-%m-%d %H:%M:%S.%f}"
        try:
            took, written = _in(folder, [*peer.words, str(raw)], moment, *job.tables)
        except RuntimeError as error:
            results.failed[peer.name] = str(error).splitlines()[-1].replace("|", "/")
            shutil.rmtree(folder / "made", ignore_errors=True)
            continue
        results.add(peer.name, took, written)
        if compare:
            for table in job.tables:
                equality.assert_equal(lake, folder / "made", table)
        shutil.rmtree(folder / "made")
    shutil.rmtree(home)


def _ours(job: Job, raw: Path, home: Path) -> tuple[Taken, Taken]:
    """The platform's own commands; of some tables alone, what builds these."""
    environment = {"NETFLIX_HOME": str(home)}
    ours = str(Path(sys.executable).with_name("netflix-pipeline"))
    files = [str(raw / f"{name}.csv") for name in job.files]
    build = [ours, "materialize", "--json"]
    if job.tables == FOUR:
        build = [sys.executable, "-m", "benchmarks.peers.ours", *map(equality.table_of, job.tables)]
    ingested = taken([ours, "ingest", *files, "--json"], environment, ROOT)
    return ingested, taken(build, environment, ROOT)


def _in(folder: Path, words: Sequence[str], *told: str) -> tuple[Taken, int]:
    """Run a program that writes to `made` below a folder; what it took, and the bytes it wrote."""
    made = folder / "made"
    return taken([*words, str(made), *told], {}, ROOT), size(made)


def _tell(results: Results, peers: Sequence[Peer]) -> None:
    """Print the table of a job, and how ours compares."""
    head(
        results.job.title,
        *("rows/s", "CPU s", "rows a CPU second", "wall of the floor", "CPU of the floor"),
        *("peak MB", "MB written", "form"),
    )
    forms = {
        OURS: f"its commands; {results.job.rows:,} raw rows",
        INGEST: "every row with where it came from, refused ones with their reasons",
        BUILD: "day by day, each checked against its contract",
        FLOOR: "a loop over days",
        **{peer.name: peer.form for peer in peers},
    }
    for name in results.taken:
        row(
            name,
            f"{results.rate(name):,.0f}",
            f"{results.middle(name, 'cpu_seconds'):.1f}",
            f"{results.rate_of_cpu(name):,.0f}",
            f"{results.rate(FLOOR) / results.rate(name):.2f}",
            f"{results.rate_of_cpu(FLOOR) / results.rate_of_cpu(name):.2f}",
            f"{results.middle(name, 'peak_mb'):,.0f}",
            f"{results.megabytes(name):,.1f}",
            forms[name],
        )
    for name, why in results.failed.items():
        row(name, *("",) * 7, why)
    head(f"ours, times as fast: {results.job.title}", "times", "", "goal")
    for section, rate in (("rows/s", results.rate), ("rows a CPU second", results.rate_of_cpu)):
        row(f"**{section}**", "", "", "")
        for peer in peers:
            if peer.name not in results.failed:
                times = rate(OURS) / rate(peer.name)
                faster = "" if times >= 1 else "faster than ours"
                goal = f"≥ {peer.goal:g}" if peer.goal else ""
                row(peer.name, f"{times:.2f}", faster, goal)


if __name__ == "__main__":
    main()
