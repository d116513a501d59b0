"""How long a process takes to start: what the definitions add to Dagster, and a command."""

import statistics
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.measured import Measured, program
from benchmarks.tables import head, row

DAGSTER = "`import dagster`"
DEFINITIONS = "the definitions"
STARTS: Mapping[str, str] = {
    DAGSTER: "import dagster",
    DEFINITIONS: "import netflix_pipeline.definitions",
    "the definitions, with what Dagster makes of them": (
        "from netflix_pipeline.definitions import defs; defs.get_repository_def()"
    ),
}
"""What a process does, by what it is called."""
GOAL = "< 1"
STATUS = "`netflix-pipeline status`"


def of_new_processes(home: Path, times: int) -> None:
    """Print medians of so many processes each, in turns, in a home without data."""
    words = {
        **{name: [sys.executable, "-c", f"{code}\nprint(0)"] for name, code in STARTS.items()},
        STATUS: [str(Path(sys.executable).with_name("netflix-pipeline")), "status", "--json"],
    }
    took: dict[str, list[Measured]] = {name: [] for name in words}
    for _ in range(times):
        for name, each in words.items():
            took[name].append(program(each, home))
    cpu = {name: statistics.median(one.cpu_seconds for one in took[name]) for name in words}
    beyond = "CPU s beyond Dagster"
    head("a process starts", "seconds", "CPU s", beyond, f"goal of {beyond}")
    for name in words:
        more = (f"{cpu[name] - cpu[DAGSTER]:.2f}", GOAL if name == DEFINITIONS else "")
        seconds = statistics.median(one.seconds for one in took[name])
        told = more if name in STARTS and name != DAGSTER else ("", "")
        row(name, f"{seconds:.2f}", f"{cpu[name]:.2f}", *told)
