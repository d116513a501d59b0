"""kill -9 at random moments, then the same command again: as if nothing had happened.

CRASH_ROUNDS tells how often each command is killed (materialize, which is slow, half as often),
CRASH_SEED which moments are taken.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from netflix_pipeline.generate import generate
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize import DIMENSIONS, GOLD_DAILY, GOLD_ROLLUPS, SILVER, build
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.command import Command
from netflix_pipeline_tests.support.crashing import (
    ROUNDS,
    SEED,
    assert_same,
    contents,
    in_peace,
    moment,
    reading,
    run,
    served,
)
from netflix_pipeline_tests.support.homes import copied

TURNS = [
    (name, turn)
    for name, rounds in (("ingest", ROUNDS), ("materialize", -(-ROUNDS // 2)), ("publish", ROUNDS))
    for turn in range(rounds)
]
FIRST = date(2026, 1, 26)


@dataclass(frozen=True)
class Case:
    """A command, the home it starts from, what it leaves, and its number of moments."""

    before: Path
    arguments: tuple[object, ...]
    after: dict[str, pl.DataFrame]
    served: dict[str, tuple[int, int]]
    moments: int

    def home(self, folder: Path) -> Settings:
        """A copy of the home in which the command was not run yet."""
        copied(self.before, folder / "home")
        return Settings(home=folder / "home")


def data(folder: Path, days: int, seed: int, events: int) -> Path:
    last = FIRST + timedelta(days=days)
    generate(
        folder, events=events, users=400, titles=60, days=days, seed=seed, end=last, dirty=True
    )
    return folder


def case(before: Path, folder: Path, *arguments: object) -> Case:
    """The command run in peace."""
    copied(before, folder / "home")
    home = Settings(home=folder / "home")
    moments = in_peace(home, *arguments)
    return Case(before, arguments, contents(home), served(home), moments)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with an older state of the data, published."""
    folder = tmp_path_factory.mktemp("published")
    command = Command(folder / "home")
    command.ok("ingest", data(folder / "data", 3, 1, 3_000))
    command.ok("materialize")
    return command.home


@pytest.fixture(scope="module")
def more(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """More data: the days that are published get late rows, and two days follow."""
    return data(tmp_path_factory.mktemp("more") / "data", 5, 2, 8_000)


@pytest.fixture(scope="module")
def ingest(published: Path, more: Path, tmp_path_factory: pytest.TempPathFactory) -> Case:
    return case(published, tmp_path_factory.mktemp("ingest"), "ingest", more)


@pytest.fixture(scope="module")
def ingested(published: Path, more: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published home with more data that waits to be built."""
    home = tmp_path_factory.mktemp("ingested") / "home"
    copied(published, home)
    Command(home).ok("ingest", more)
    return home


@pytest.fixture(scope="module")
def materialize(ingested: Path, tmp_path_factory: pytest.TempPathFactory) -> Case:
    return case(ingested, tmp_path_factory.mktemp("materialize"), "materialize")


@pytest.fixture(scope="module")
def publish(ingested: Path, tmp_path_factory: pytest.TempPathFactory) -> Case:
    before = tmp_path_factory.mktemp("built") / "home"
    copied(ingested, before)
    tables = {*SILVER, *DIMENSIONS, *GOLD_DAILY, *GOLD_ROLLUPS}
    for _ in build(Lake.of(Settings(home=before)), tables, None, only_pending=True):
        pass
    return case(before, tmp_path_factory.mktemp("publish"), "publish")


@pytest.mark.parametrize(("name", "turn"), TURNS)
def test_a_command_that_was_killed_and_run_again_leaves_the_same(
    name: str, turn: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    told: Case = request.getfixturevalue(name)
    home = told.home(tmp_path)
    command = Command(home.root)
    at, delay = moment(f"{SEED} {name} {turn}", told.moments)
    with reading(home) as reader:
        code = run(home, tmp_path / "moments", at, delay, *told.arguments)
        seen = len(reader.versions)
        status = command.ok("status", "--json").json
        assert status["snapshot"]["version"] in ({1} if code == -9 and name == "ingest" else {1, 2})
        # Files that come again after an ingest that was done are another arrival of them.
        batches = len(Lake.of(home).committed_batches())
        done = batches == told.after["batches"].height and not (home.root / "ingest.json").exists()
        if name != "ingest" or not done:
            command.ok(*told.arguments)
    assert seen
    assert_same(home, told.after)
    assert served(home) == told.served
