"""Days are judged at an origin by what was said before them, and by how their rows came."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest

from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.origins import FORECAST_METRICS, QUANTILES, quantile_name
from netflix_pipeline.generate import generate
from netflix_pipeline.ingest import ingest_paths
from netflix_pipeline.intelligence.anomalies.facts import facts
from netflix_pipeline.intelligence.anomalies.origin import (
    ANOMALIES,
    EVIDENCE,
    PARTS,
    WATCH,
    at_origin,
)
from netflix_pipeline.intelligence.forecasts.known import known
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize import build, dependencies
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Annotation
from netflix_pipeline_tests.support.homes import made_once

if TYPE_CHECKING:
    from pathlib import Path

END = date(2026, 2, 1)
ORIGIN = END + timedelta(days=1)
BAD = END - timedelta(days=3)
"""The day on which one country has half of what it usually has."""
SPOKEN = 10
DEVIATION = 0.05
NORMAL = (-1.96, -1.28, -0.84, -0.67, -0.52, -0.25, 0, 0.25, 0.52, 0.67, 0.84, 1.28, 1.96)


class Odd(Settings):
    """A home of seven weeks, some 170 plays a day."""

    def at(self, folder: Path) -> Odd:
        return Odd(home=folder)


@made_once
def odd(folder: Path) -> Odd:
    home = Odd(home=folder)
    files = generate(
        folder / "files", events=18_000, users=60, titles=12, days=49, end=END, seed=4, dirty=False
    )
    ingest_paths(home, [files.paths[name] for name in ("watch_events", "users", "titles")])
    assert all(
        built.good for built in build(Lake.of(home), dependencies(), None, only_pending=True)
    )
    _forecast(Lake.of(home))
    return home


def _forecast(lake: Lake) -> None:
    """Origins that said just what came, but for one day: of it they had expected more."""
    home = known(lake, ORIGIN)
    assert home is not None
    for back in range(1, SPOKEN + 1):
        origin = ORIGIN - timedelta(days=back)
        rows = []
        for metric in FORECAST_METRICS:
            for level in ("total", "country", "device"):
                series = home.levels[level]
                for key, amounts in zip(series.keys, series.amounts[metric], strict=True):
                    middle = amounts[home.index(origin)] or 1.0
                    if origin == BAD:
                        middle *= 1.6
                    quantiles = {
                        quantile_name(q): middle * (1 + DEVIATION * z)
                        for q, z in zip(QUANTILES, NORMAL, strict=True)
                    }
                    rows.append(
                        {"metric": metric, "level": level, "key": key, "day": origin}
                        | {"horizon": 1, "model": "ridge", "people": 60}
                        | quantiles
                    )
        frame = contract("gold/forecast_daily").conform(pl.DataFrame(rows))
        with lake.writing():
            lake.write_origin("gold/forecast_daily", origin, frame, inputs={}, code="c")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return Lake.of(odd(tmp_path_factory.mktemp("odd") / "home"))


def test_a_day_far_below_what_was_said_is_told_once_and_its_parts_add_up(lake: Lake) -> None:
    told = at_origin(lake, ORIGIN)
    for table, frame in told.items():
        assert contract(table).violations(contract(table).conform(frame))[0].is_empty()
    found = told[ANOMALIES].filter("outside")
    assert found["level"].cast(pl.String).unique().to_list() == ["total"]
    assert {*found["metric"].cast(pl.String)} == {*FORECAST_METRICS}
    assert {*found["first_day"], *found["last_day"]} == {BAD}
    assert (found["score"] < -3.2).all()
    assert (found["high"] > found["expected"]).all()
    assert found["model"].to_list() == ["ridge"] * 4
    assert found["horizon"].to_list() == [1] * 4
    gaps = dict(
        found.select(pl.col("metric").cast(pl.String), pl.col("actual") - pl.col("expected")).rows()
    )
    sums = told[PARTS].group_by("metric", "dimension").agg(pl.col("contribution").sum())
    assert sums.height == 9
    for metric, _, gap in sums.rows():
        assert gap == pytest.approx(gaps[metric])


def test_more_than_half_of_the_gap_in_one_value_explains_it_and_is_said_where_to_look(
    lake: Lake,
) -> None:
    told = at_origin(lake, ORIGIN)
    hours = pl.col("metric").cast(pl.String) == "hours_viewed"
    (found,) = told[ANOMALIES].filter(hours).iter_rows(named=True)
    assert found["verdict"] == "explained"
    (reason,) = told[EVIDENCE].filter(hours).iter_rows(named=True)
    explains = told[PARTS].filter(hours, "explains")
    gap = found["actual"] - found["expected"]
    assert reason["share"] == pytest.approx(explains["contribution"].sum() / gap)
    assert reason["share"] >= 0.5
    (by,) = explains["dimension"].cast(pl.String).unique()
    assert reason["look"] == (
        f"/v1/analytics/contributions?metric=hours_viewed&by={by}&from={BAD}&to={BAD}"
    )


def test_what_was_noted_down_explains_but_not_what_is_private(lake: Lake) -> None:
    now = datetime(2026, 2, 2, tzinfo=UTC)
    outage = Annotation(3, BAD, "outage", "apps of ann-17 were down", "ann", now)
    told = at_origin(lake, ORIGIN, [outage])
    viewers = pl.col("metric").cast(pl.String) == "viewers"
    assert told[ANOMALIES].filter(viewers)["verdict"].to_list() == ["explained"]
    (reason,) = told[EVIDENCE].filter(viewers).iter_rows(named=True)
    # Its words stay where they are: they can be changed and removed there.
    assert (reason["kind"], reason["text"]) == ("annotation", "outage noted (annotation 3)")
    private = Annotation(4, BAD, "outage", "only mine", "ann", now, private=True)
    told = at_origin(lake, ORIGIN, [private])
    assert told[ANOMALIES].filter(viewers)["verdict"].to_list() == ["unexplained"]
    assert told[EVIDENCE].filter(viewers).is_empty()


def test_hours_without_a_play_are_told_first_and_as_data_that_are_missing(tmp_path: Path) -> None:
    lake = Lake.of(odd(tmp_path / "home"))
    whole = lake.read("gold/activity", BAD)
    for day, until in ((BAD, 40), (BAD - timedelta(days=3), 30)):
        footer = lake.footer("gold/activity", day)
        assert footer is not None
        kept = lake.read("gold/activity", day).filter(pl.col("quarter") < until)
        assert 0 < kept.height < whole.height
        with lake.publishing():
            lake.replace("gold/activity", day, kept, inputs=footer.inputs, code=footer.code)
    told = at_origin(lake, ORIGIN)
    rows = {
        (metric, day): (verdict, outside)
        for metric, day, verdict, outside in told[ANOMALIES]
        .select(pl.col("metric").cast(pl.String), "first_day", "verdict", "outside")
        .rows()
    }
    assert {rows[metric, BAD] for metric in FORECAST_METRICS} == {("data are missing", True)}
    # Nothing of that day lay outside its band: its fault is told all the same, once.
    assert rows["hours_viewed", BAD - timedelta(days=3)] == ("data are missing", False)
    assert len(rows) == 5
    silent = told[EVIDENCE].filter(pl.col("kind").cast(pl.String) == "silent")
    assert "no play began from 10:00 to 24:00 UTC" in silent["text"].str.slice(0, 37).to_list()


def test_batches_whose_rows_are_gone_are_named(tmp_path: Path) -> None:
    lake = Lake.of(odd(tmp_path / "home"))
    batch = lake.read("bronze/watch_events", BAD, ["batch"])["batch"][0]
    (file,) = lake.batch_files("bronze/watch_events", BAD, {batch})
    found = facts(lake, ORIGIN - timedelta(days=28), date(2027, 6, 1))
    assert not found.arrivals.lost.any()
    rows = lake.read("bronze/watch_events", BAD, ["batch"]).height
    file.unlink()
    found = facts(lake, ORIGIN - timedelta(days=28), date(2027, 6, 1))
    assert found.lost == {BAD: [batch]}
    assert found.arrivals.lost[(BAD - found.first).days] == rows


def test_how_much_was_looked_at_is_told(lake: Lake) -> None:
    told = at_origin(lake, ORIGIN)[WATCH]
    total = told.filter(pl.col("level").cast(pl.String) == "total")
    assert total["series"].to_list() == [1] * 4
    assert total["series_days"].to_list() == [SPOKEN] * 4
    assert total["raised"].to_list() == [1] * 4
    assert {*told["last_day"]} == {END}
    # Countries and devices of fewer than 150 plays a day are not judged.
    assert told.filter(pl.col("level").cast(pl.String) == "country")["series"].sum() == 0


def test_without_forecasts_only_faults_of_data_are_told(tmp_path: Path) -> None:
    lake = Lake.of(odd(tmp_path / "home"))
    lake.drop("gold/forecast_daily")
    told = at_origin(lake, ORIGIN)
    assert told[ANOMALIES].is_empty()
    assert told[WATCH]["series_days"].sum() == 0
    assert at_origin(lake, date(2020, 1, 1))[WATCH].is_empty()
