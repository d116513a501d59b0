"""A home is judged a month of plays at a time: the same as over all starts at once."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from netflix_pipeline.errors import BadInput
from netflix_pipeline.intelligence.what_next.evaluation import EASE, Split, evaluated
from netflix_pipeline.intelligence.what_next.judging import judge, newest_origin
from netflix_pipeline.intelligence.what_next.works import genres_of
from netflix_pipeline.lake import Lake
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.chosen_home import BEGUN, chosen_home
from netflix_pipeline_tests.support.command import Command
from netflix_pipeline_tests.support.work_choices import DAY

BEFORE, ORIGIN = DAY + timedelta(days=56), DAY + timedelta(days=84)


def test_a_home_is_judged_as_all_of_its_starts_are(tmp_path: Path) -> None:
    home = chosen_home(tmp_path / "home")
    command, lake, begun = Command(home.home), Lake.of(home), BEGUN
    told = judge(lake, ORIGIN)

    known = {day: begun.filter(pl.col("day") < day) for day in (BEFORE, ORIGIN)}
    genres = genres_of(lake.read("silver/titles"))
    expected = evaluated(
        Split(known[BEFORE], known[ORIGIN], BEFORE, genres),
        Split(known[ORIGIN], begun, ORIGIN, genres),
    )
    assert told.new == expected
    assert told.new.models[EASE].recall.value > 0
    assert told.begun.offered > 0
    assert told.reconstructed == 1
    shown = command.ok("recommend", "evaluate", "--origin", ORIGIN, "--json").json
    assert shown["new"]["people"] == told.new.people
    assert "EASE^R" in command.ok("recommend", "evaluate").out
    assert newest_origin(lake) <= ORIGIN


def test_without_days_before_the_origin_nothing_is_judged(home: Settings) -> None:
    lake = Lake.of(home)
    with pytest.raises(BadInput, match="there are no plays yet"):
        newest_origin(lake)
    with pytest.raises(BadInput, match="nothing can be judged at 2026-05-24"):
        judge(lake, ORIGIN)
