"""A backfill of years of small days, without Dagster and by it, in turns."""

import json
import shutil
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.measured import command, program
from benchmarks.orchestration.homes import DAEMON, WORKERS, environment, running, told
from benchmarks.tables import head, row
from netflix_pipeline_tests.support.homes import copied
from netflix_pipeline_tests.support.postgres_server import postgres_server
from netflix_pipeline_tests.support.redis_server import redis_server

TIMES = "≤ 1.1"
"""How many times what the days cost without Dagster a backfill may take."""
COMMAND = "`netflix-pipeline materialize`"
BY_WORKERS = "a backfill by Celery's workers, in PostgreSQL"

Took = Mapping[str, float]
"""What a backfill took, in all (`seconds`) and in parts."""
Way = Callable[[Path], Took]


def in_turns(home: Path, rounds: int, processes: int, days_a_run: int) -> Path:
    """Build all days each way, each time in a fresh copy of the home; medians of the rounds count.

    Each way is compared with the first of as many processes. Gives a home that is published.
    """

    def workers(mine: Path) -> Took:
        return _by_workers(mine, processes, days_a_run)

    def directly(mine: Path) -> Took:
        return _directly(mine, processes)

    ways: Mapping[str, Mapping[str, Way]] = {
        "one process": {
            "without Dagster, the whole program": _by_program,
            COMMAND: _by_command,
            "a run of Dagster's daemon": _by_daemon,
        },
        f"{processes} workers": {
            "without Dagster and Celery": directly,
            BY_WORKERS: workers,
        },
    }
    took: dict[str, list[Took]] = {}
    published = home
    for _ in range(rounds):
        for way, build in (each for those in ways.values() for each in those.items()):
            mine = home.with_name(f"home-{len(took)}-{len(took.get(way, ()))}")
            copied(home, mine)
            took.setdefault(way, []).append(build(mine))
            if build is _by_command:
                published, mine = mine, published
            if mine != home:
                shutil.rmtree(mine)
    _tell(ways, took)
    return published


def _tell(ways: Mapping[str, Mapping[str, Way]], took: Mapping[str, Sequence[Took]]) -> None:
    head("backfill", "seconds", "times", "goal of times")
    for name, those in ways.items():
        row(f"**{name}**", "", "", "")
        seconds = {way: statistics.median(each["seconds"] for each in took[way]) for way in those}
        first = next(iter(those))
        for way in those:
            times = ("", "") if way == first else (f"{seconds[way] / seconds[first]:.2f}", TIMES)
            row(way, f"{seconds[way]:.1f}", *times)
    last = took[BY_WORKERS][-1]
    first_run, last_run = last["first run begun"], last["last run begun"]
    head("backfill by workers", "seconds", "runs")
    row("until the first run begins", f"{first_run:.1f}", "")
    row("until the run behind all begins", f"{last_run - first_run:.1f}", f"{last['runs'] - 1:.0f}")
    row("that run: edges, weekly tables, publish", f"{last['seconds'] - last_run:.1f}", 1)


def _by_program(home: Path) -> Took:
    return {"seconds": program([sys.executable, "-m", "benchmarks.direct"], home).seconds}


def _by_command(home: Path) -> Took:
    return {"seconds": command(home, "materialize", "--json").seconds}


def _by_daemon(home: Path) -> Took:
    return _asked(environment(home), [DAEMON], home.with_suffix(".log"))


def _directly(home: Path, processes: int) -> Took:
    words = (sys.executable, "-m", "benchmarks.orchestration.direct", "--processes")
    taken: Took = program([*words, str(processes)], home).told
    return taken


def _by_workers(home: Path, processes: int, days_a_run: int) -> Took:
    with ExitStack() as stack:
        database = stack.enter_context(postgres_server())
        broker = stack.enter_context(redis_server(home.with_suffix(".broker")))
        settings = environment(
            home,
            dagster_database=database.url,
            broker=broker.url,
            concurrent_runs=processes,
            worker_processes=processes,
            backfill_days=days_a_run,
        )
        return _asked(settings, [DAEMON, WORKERS], home.with_suffix(".log"))


def _asked(settings: Mapping[str, str], programs: Sequence[Sequence[str]], log: Path) -> Took:
    with running(programs, settings, log):
        printed = told((sys.executable, "-m", "benchmarks.orchestration.ask"), settings)
    taken: Took = json.loads(printed)
    return taken
