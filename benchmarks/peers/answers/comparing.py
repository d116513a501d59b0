"""Ask every engine the same, hold the answers against ours, and tell what they took."""

import json
import math
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.api import World
from benchmarks.peers.answers.program import Question
from benchmarks.peers.answers.shapes import SHAPES
from benchmarks.peers.engines import PYTHON
from benchmarks.peers.equality import TOLERANCE
from benchmarks.peers.measuring import taken
from benchmarks.record import ROOT
from benchmarks.tables import head, row

TRIES = 25
"""Answers of each shape, all of other parameters; the first of them only warms up."""
DAYS = 28
A_DAY = timedelta(days=1)
OURS = "this platform's snapshot, in DuckDB"
ENGINES = {
    "DuckDB on Parquet": "by_duckdb",
    "chdb on Parquet": "by_chdb",
    "Polars on Parquet": "by_polars",
}
Answer = tuple[float, float, list[list[Any]]]
"""Seconds, CPU seconds, rows."""


@dataclass(frozen=True)
class Answered:
    """What an engine answered, question by question."""

    name: str
    answers: Sequence[Answer]

    def milliseconds(self, questions: Sequence[Question], shape: str) -> tuple[float, float]:
        """The medians of wall and CPU time of a shape, without the first."""
        pairs = zip(questions, self.answers, strict=True)
        took = [answer for question, answer in pairs if question["shape"] == shape][1:]
        seconds, cpu_seconds, _ = zip(*took, strict=True)
        return 1000 * statistics.median(seconds), 1000 * statistics.median(cpu_seconds)


def compare(folder: Path, home: Path) -> None:
    """Print what the answers of each shape take, of a home with published data.

    Raises AssertionError where an answer is another than ours.
    """
    world = World(home)
    questions = list(asked(world))
    own = Answered(OURS, _answers(sys.executable, "ours", home, folder, questions))
    answered, failed = [own], {}
    for name, module in ENGINES.items():
        try:
            answers = _answers(str(PYTHON), module, home / "lake", folder, questions)
        except (RuntimeError, FileNotFoundError) as error:
            failed[name] = str(error).splitlines()[-1].replace("|", "/")
            continue
        for question, ours, theirs in zip(questions, own.answers, answers, strict=True):
            assert_same(name, question, ours[-1], theirs[-1])
        answered.append(Answered(name, answers))
    print(f"\nanswers about {world.plays:,} plays from {world.first} to {world.last}")
    head("answers, one after the other", "p50 ms", "CPU ms", "times ours", "times our CPU", "")
    for shape, about in SHAPES.items():
        row(f"**{about.words}**", *("",) * 5)
        least = own.milliseconds(questions, shape)
        for engine in answered:
            took = engine.milliseconds(questions, shape)
            times = (f"{one / ours:.2f}" for one, ours in zip(took, least, strict=True))
            row(engine.name, *(f"{one:.1f}" for one in took), *times, "")
        for name, why in failed.items():
            row(name, *("",) * 4, f"not measured: {why}")


def asked(world: World, tries: int = TRIES, days: int = DAYS) -> Iterator[dict[str, str]]:
    """The questions, shape by shape, each of other parameters."""
    countries = world.values["country"]
    for user in world.users[:tries]:
        yield {"shape": "person", "user": user}
    for number, (first, last) in enumerate(islice(world.periods(days), tries)):
        country = countries[number % len(countries)]
        before = first - days * A_DAY
        yield {"shape": "compared", "country": country, **_dates(before=before), **_of(first, last)}
        yield {"shape": "ranked", **_of(first, last)}
    for number in range(tries):
        # Nearly all days: but for some at either end.
        first, last = world.first + number % 5 * A_DAY, world.last - number // 5 * A_DAY
        for shape in ("hours", "viewers"):
            yield {"shape": shape, **_of(first, last)}
        around = _dates(day_before=first - A_DAY, day_behind=last + A_DAY)
        for shape in ("local hours", "local viewers"):
            yield {"shape": shape, **_of(first, last), **around}


def _of(first: date, last: date) -> dict[str, str]:
    return _dates(first=first, last=last)


def _dates(**days: date) -> dict[str, str]:
    return {name: day.isoformat() for name, day in days.items()}


def _answers(
    python: str, module: str, of: Path, folder: Path, questions: Sequence[Question]
) -> list[Answer]:
    """What an engine's program answers. Raises RuntimeError with what it says where it fails."""
    files = folder / "asked.json", folder / "told.json"
    files[0].write_text(json.dumps(questions), encoding="utf-8")
    words = [python, "-m", f"benchmarks.peers.answers.{module}", *map(str, (of, *files))]
    taken(words, {}, ROOT)
    answers: list[Answer] = json.loads(files[1].read_text(encoding="utf-8"))
    return answers


def assert_same(
    name: str, question: Question, ours: list[list[Any]], theirs: list[list[Any]]
) -> None:
    """Raises AssertionError where rows differ; rows of nothing may be left out."""
    expected, found = (_by_key(question["shape"], rows) for rows in (ours, theirs))
    assert expected.keys() == found.keys(), f"{name} has other rows at {question}"
    for key, values in expected.items():
        for own, other in zip(values, found[key], strict=True):
            assert _same(own, other), f"{name}: {other}, not {own}, for {key} at {question}"


def _by_key(shape: str, rows: list[list[Any]]) -> dict[tuple[Any, ...], list[Any]]:
    keys = SHAPES[shape].keys
    return {tuple(row[:keys]): row[keys:] for row in rows if any(row[keys:])}


def _same(own: Any, other: Any) -> bool:
    if isinstance(own, float) and isinstance(other, float | int):
        return math.isclose(own, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(own == other)
