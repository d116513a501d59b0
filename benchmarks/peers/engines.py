"""The engines that the platform is compared with, and how each is run."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.steps import steps
from benchmarks.record import ROOT

TOOLS = ROOT / ".tools"
PYTHON = TOOLS / "peers" / "bin" / "python"
"""Of the environment that `scripts/python-tool peers` makes."""
FOUR = ("plays", "sessions", "title_daily", "engagement_daily")
"""What every engine makes."""


@dataclass(frozen=True)
class Peer:
    """An engine: the form in which it does the job, as which of its manuals advises.

    `makes` are the tables that are written for it, `program` the module that makes them. We want
    to be `goal` times as fast. `needs` is a command that it cannot do without, `python` that of its
    environment, and `lacks` says why it cannot be measured.
    """

    name: str
    form: str
    goal: float = 0
    makes: frozenset[str] = frozenset(FOUR)
    program: str = ""
    needs: str = ""
    python: Path = PYTHON
    lacks: str = ""

    @property
    def words(self) -> list[str]:
        """The command, without its arguments."""
        return [str(self.python), "-m", f"benchmarks.peers.{self.program}"]

    def why_not(self, tables: Iterable[str]) -> str:
        """Why it is not measured at some tables; empty where it is."""
        if self.lacks:
            return self.lacks
        if not self.makes.issuperset(tables):
            return "not built for this engine yet"
        if self.needs and shutil.which(self.needs) is None:
            return f"{self.needs} cannot be had here"
        if not self.python.exists():
            return f"its environment was not made: scripts/python-tool {self.python.parts[-3]}"
        return ""


PEERS = (
    Peer(
        "DuckDB",
        "SQL, a statement a table over the whole range; guide to performance: typed tables, COPY",
        1.5,
        frozenset(steps("duckdb")),
        "by_duckdb",
    ),
    Peer(
        "chdb",
        "ClickHouse SQL in the process, tables in memory; documentation of file() and windows",
        1.5,
        program="by_chdb",
    ),
    Peer(
        "pandas",
        "typed columns, categories, methods of groups, no apply; guide to scaling",
        3,
        program="by_pandas",
    ),
    Peer(
        "Polars, whole range",
        "one lazy query with windows and sinks, by the streaming engine; user guide",
        program="by_polars",
    ),
    Peer(
        "Spark, local[2]",
        "Spark SQL, adaptive, cached plays; SQL guide and tuning guide",
        10,
        program="by_spark",
        needs="java",
    ),
    Peer(
        "Flink SQL",
        "batch mode, two slots, one statement set; results in CSV: its wheel brings no Parquet",
        5,
        program="by_flink",
        needs="java",
        python=TOOLS / "peer-flink" / "bin" / "python",
    ),
    Peer(
        "Kafka Streams",
        "",
        lacks="neither its broker nor its library for the JVM comes from PyPI, Debian or npm",
    ),
)
"""Those of which some tables are not built are listed with that."""
