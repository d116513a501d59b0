"""SQL of an engine in files, one a table: which of them are needed, in which order."""

import re
from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter
from pathlib import Path

HERE = Path(__file__).parent


def steps(engine: str) -> dict[str, str]:
    """The statements that make each table, by its name."""
    files = (HERE / engine).glob("*.sql")
    return {path.stem: path.read_text(encoding="utf-8") for path in files}


def needed(told: Mapping[str, str], tables: Iterable[str]) -> list[str]:
    """The steps that make these tables, each behind those whose tables it names."""
    reads: dict[str, set[str]] = {}
    waiting = list(tables)
    while waiting:
        step = waiting.pop()
        if step not in reads:
            reads[step] = (set(re.findall(r"\w+", told[step])) & told.keys()) - {step}
            waiting += reads[step]
    return [*TopologicalSorter(reads).static_order()]
