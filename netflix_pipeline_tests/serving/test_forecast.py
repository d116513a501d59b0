"""Forecasts are told beside what came, at any origin; of few people nothing is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import duckdb
import pytest

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.origins import (
    FORECAST_METRICS,
    QUANTILES,
    quantile_name,
)
from netflix_pipeline.serving import Period
from netflix_pipeline.serving.questions.forecast import (
    ACCURACY,
    ExpectedQuestion,
    ForecastAccuracyQuestion,
    ForecastDay,
    ForecastQuestion,
    ForecastScore,
)
from netflix_pipeline.serving.questions.series import SeriesQuestion
from netflix_pipeline.serving.snapshot.open import Snapshot
from netflix_pipeline_tests.support.forecasts import NEWEST, forecasts_published
from netflix_pipeline_tests.support.three_days import (
    FRIDAY,
    TUESDAY,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = forecasts_published(tmp_path_factory.mktemp("forecast") / "home")
    return (home.settings.serving / "current.duckdb").resolve()


def test_the_newest_origin_is_told_with_its_model_error_and_sample(path: Path) -> None:
    told = Snapshot(path).ask(ForecastQuestion()).data
    assert (told.origin, told.origins) == (NEWEST, (NEWEST, TUESDAY))
    assert (told.model, told.people) == ("ridge", 40)
    assert [each.horizon for each in told.days] == [*range(1, 29)]
    assert (told.days[0].q50, told.days[0].q975) == (20.5, 20.975)
    assert [(each.model, each.mase, each.origins, each.series) for each in told.accuracy] == [
        ("as told", 21.0, 12, 3),
        ("ridge", 20.0, 12, 3),
    ]
    assert {each.came for each in told.days} == {None}


@pytest.mark.parametrize("metric", FORECAST_METRICS)
@pytest.mark.parametrize(
    ("level", "member"), [("total", None), ("country", "DE"), ("title", "t-dark")]
)
def test_what_came_is_what_a_series_tells(
    path: Path, metric: str, level: str, member: str | None
) -> None:
    snapshot = Snapshot(path)
    answer = snapshot.ask(ForecastQuestion(metric, level, member, TUESDAY))
    days = Period(from_=TUESDAY, to=FRIDAY)
    (name,) = answer.metrics
    of_level = {level: member} if member else {}
    asked = SeriesQuestion(name, days, SeriesQuestion(name).filters.model_validate(of_level))
    (line,) = snapshot.ask(asked).data.lines
    assert tuple(each.came for each in answer.data.days[:4]) == line.values
    assert {each.came for each in answer.data.days[4:]} == {None}
    assert answer.period == days
    assert answer.data.days[0].q50 == 10.5


def test_no_series_of_few_people_is_told(path: Path) -> None:
    few = Snapshot(path).ask(ForecastQuestion(level="country", member="SE", origin=TUESDAY)).data
    assert (few.days, few.model, few.people) == ((), None, None)
    assert few.members == ("FR", "DE")


def test_what_was_not_said_is_empty(path: Path) -> None:
    snapshot = Snapshot(path)
    other = snapshot.ask(ForecastQuestion(origin=FRIDAY)).data
    assert (other.origin, other.days, other.accuracy) == (None, (), ())
    assert other.origins == (NEWEST, TUESDAY)
    assert snapshot.ask(ForecastAccuracyQuestion(origin=FRIDAY)).data.models == ()


def test_accuracy_is_told_by_metric_level_and_origin(path: Path) -> None:
    snapshot = Snapshot(path)
    every = snapshot.ask(ForecastAccuracyQuestion()).data
    assert (every.origin, len(every.models)) == (NEWEST, 24)
    told = snapshot.ask(ForecastAccuracyQuestion("views", "country", TUESDAY)).data
    assert {(each.metric, each.level) for each in told.models} == {("views", "country")}
    assert [(each.model, each.mase) for each in told.models] == [
        ("ridge", 10.0),
        ("as told", 11.0),
        ("seasonal naive", 12.0),
    ]


def test_answers_have_what_their_tables_have() -> None:
    assert {*ForecastScore.model_fields} == {*contract(ACCURACY).schema}
    quantiles = {quantile_name(q) for q in QUANTILES}
    assert quantiles == {*ForecastDay.model_fields} - {"day", "horizon", "came"}


def test_a_snapshot_of_before_there_were_forecasts_says_that_nothing_was_said(path: Path) -> None:
    before = path.with_name("snapshot-000000.duckdb")
    before.write_bytes(path.read_bytes())
    with duckdb.connect(str(before)) as sql:
        sql.execute("DROP TABLE forecast_daily")
        sql.execute("DROP TABLE forecast_accuracy")
    snapshot = Snapshot(before)
    assert snapshot.ask(ForecastQuestion()).data.origin is None
    assert snapshot.ask(ForecastAccuracyQuestion()).data.models == ()


def test_of_each_day_the_newest_origin_before_it_is_told(path: Path) -> None:
    days = Period(from_=TUESDAY - timedelta(days=1), to=NEWEST + timedelta(days=1))
    found = Snapshot(path).ask(ExpectedQuestion(days, "plays", "country", "DE")).data.days
    assert [(each.day, each.origin, each.q50) for each in found] == [
        *((TUESDAY + timedelta(days=n), TUESDAY, 10.5) for n in range(4)),
        *((NEWEST + timedelta(days=n), NEWEST, 20.5) for n in range(2)),
    ]
    assert Snapshot(path).ask(ExpectedQuestion(days, "plays", "country", "SE")).data.days == ()
