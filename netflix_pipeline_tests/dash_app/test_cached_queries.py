from pathlib import Path
from typing import Any

import pytest

from dash_app.cached_queries import Answers, CachedQueries
from dash_app.single_flight_cache import SingleFlightCache
from netflix_pipeline.serving import Filters, Snapshot, Snapshots
from netflix_pipeline.serving.questions.headline import HeadlineQuestion
from netflix_pipeline.serving.questions.series import SeriesQuestion
from netflix_pipeline.serving.snapshot.open import Row
from netflix_pipeline_tests.support.service import Service

GERMANY = HeadlineQuestion(filters=Filters(country="DE"))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions that reach the snapshot's file."""
    seen: list[str] = []
    rows = Snapshot.rows

    def heard(self: Snapshot, query: str, *parameters: Any) -> list[Row]:
        seen.append(query)
        return rows(self, query, *parameters)

    monkeypatch.setattr(Snapshot, "rows", heard)
    return seen


def test_a_question_is_answered_once_and_another_one_by_itself(
    serving: Path, asked: list[str]
) -> None:
    snapshot = Snapshots(serving).current()
    answers: Answers = SingleFlightCache(100)
    first = CachedQueries(snapshot, answers).ask(GERMANY)
    asked.clear()
    again = CachedQueries(snapshot, answers)
    assert again.ask(HeadlineQuestion(filters=Filters(country="DE"))) is first
    assert not asked
    assert again.ask(HeadlineQuestion(filters=Filters(country="FR"))) != first
    assert again.ask(SeriesQuestion("plays", granularity="week")) != again.ask(
        SeriesQuestion("plays")
    )
    assert asked


def test_a_new_snapshot_is_asked_anew(service: Service) -> None:
    snapshots, answers = Snapshots(service.settings.serving), Answers(100)
    before = CachedQueries(snapshots.current(), answers).ask(HeadlineQuestion())
    service.another_day()
    service.publish()
    snapshots.follow()
    after = CachedQueries(snapshots.current(), answers).ask(HeadlineQuestion())
    assert after.snapshot.version == before.snapshot.version + 1
    assert after.data != before.data
