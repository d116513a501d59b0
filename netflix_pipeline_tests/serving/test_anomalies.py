"""Anomalies are told newest first, as the newest origin that looked at their days judged them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import duckdb
import pytest

from netflix_pipeline.serving import Period
from netflix_pipeline.serving.questions.anomalies import AnomaliesQuestion
from netflix_pipeline.serving.snapshot.open import Snapshot
from netflix_pipeline_tests.support.anomalies import NEWEST, WEDNESDAY, anomalies_published
from netflix_pipeline_tests.support.three_days import FRIDAY, TUESDAY

if TYPE_CHECKING:
    from pathlib import Path

DAYS = Period(from_=TUESDAY - timedelta(days=5), to=FRIDAY)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = anomalies_published(tmp_path_factory.mktemp("anomalies") / "home")
    return (home.settings.serving / "current.duckdb").resolve()


def test_the_newest_come_first_and_what_a_later_origin_took_back_is_gone(path: Path) -> None:
    told = Snapshot(path).ask(AnomaliesQuestion(DAYS)).data
    assert [(each.level, each.member, each.origin) for each in told.anomalies] == [
        ("device", "tv", NEWEST),
        ("total", "all", NEWEST),
        # No later origin looked at that day.
        ("country", "DE", WEDNESDAY),
    ]
    assert told.found == 3
    assert [(each.level, each.series_days) for each in told.watched] == [("total", 3)]


def test_each_has_its_own_evidence_and_parts_that_add_up(path: Path) -> None:
    told = Snapshot(path).ask(AnomaliesQuestion(DAYS, verdict="data are missing")).data
    (one,) = told.anomalies
    assert one.reasons == ("no play began",)
    assert [(each.batch, each.look) for each in one.evidence] == [("b-1", "/v1/quality/ledger")]
    assert one.expected is not None
    assert sum(part.contribution for part in one.parts) == one.actual - one.expected
    assert [part.value for part in one.parts] == ["mobile", "tv"]


def test_it_is_narrowed_by_period_metric_level_verdict_and_limit(path: Path) -> None:
    snapshot = Snapshot(path)
    early = Period(from_=TUESDAY - timedelta(days=1), to=TUESDAY)
    assert [each.member for each in snapshot.ask(AnomaliesQuestion(early)).data.anomalies] == ["DE"]
    for question, members in (
        (AnomaliesQuestion(DAYS, metric="plays"), []),
        (AnomaliesQuestion(DAYS, level="total"), ["all"]),
        (AnomaliesQuestion(DAYS, verdict="unexplained"), ["tv", "DE"]),
        (AnomaliesQuestion(DAYS, limit=1), ["tv"]),
    ):
        told = snapshot.ask(question).data
        assert [each.member for each in told.anomalies] == members
    assert told.found == 3


def test_a_snapshot_of_before_there_were_any_tells_none(path: Path) -> None:
    before = path.with_name("snapshot-000000.duckdb")
    before.write_bytes(path.read_bytes())
    with duckdb.connect(str(before)) as sql:
        for table in ("anomalies", "anomaly_evidence", "anomaly_parts", "anomaly_watch"):
            sql.execute(f"DROP TABLE {table}")
    told = Snapshot(before).ask(AnomaliesQuestion(DAYS)).data
    assert (told.origin, told.found, told.watched) == (None, 0, ())
