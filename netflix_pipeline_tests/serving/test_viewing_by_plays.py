"""The viewing of somebody of whom only titles and dates are known."""

from datetime import date
from pathlib import Path

import pytest

from netflix_pipeline.ingest import ingest_paths
from netflix_pipeline.serving import Period, Snapshots, Source
from netflix_pipeline.serving.questions.viewing import HouseholdViewingQuestion, ViewingQuestion
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources import Options
from netflix_pipeline_tests.support.exported import published

ROWS = """\
Title,Date
"A Film","2024-03-05"
"Dark Sea: Season 2: Four (Episode 4)","2024-03-05"
"Dark Sea: Season 2: Three (Episode 3)","2024-03-05"
"Dark Sea: Season 1: Ten (Episode 10)","2024-03-04"
"A Film","2024-02-29"
"A Film","2024-02-29"
"Other: Season 1: One (Episode 1)","2023-12-31"
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    folder: Path = tmp_path_factory.mktemp("history")
    settings = Settings(home=folder / "home")
    download = folder / "NetflixViewingHistory.csv"
    download.write_text(ROWS, encoding="utf-8")
    ingest_paths(settings, [download], Options(household="Miller"))
    published(settings)
    return Snapshots(settings.serving)


def test_plays_decide_where_no_duration_is_known(source: Source) -> None:
    data = source.ask(HouseholdViewingQuestion("Miller", None)).data
    assert data.measure == "plays"
    assert [one.user_id for one in data.people] == ["Miller/Miller"]
    total = data.in_period
    assert (total.plays, total.plays_without_duration, total.hours_viewed) == (7, 7, 0)
    assert (total.titles, total.episodes_played, total.active_days) == (3, 4, 4)
    assert (total.sittings, data.plays_without_time) == (0, 7)
    assert [(one.title, one.plays) for one in data.series] == [("Dark Sea", 3), ("Other", 1)]
    assert [(one.title, one.plays) for one in data.films] == [("A Film", 3)]


def test_days_and_months_count_what_was_played(source: Source) -> None:
    data = source.ask(ViewingQuestion("Miller/Miller", None)).data
    assert [(one.day, one.plays, one.titles, one.episodes_played) for one in data.days] == [
        (date(2023, 12, 31), 1, 1, 1),
        (date(2024, 2, 29), 2, 1, 0),
        (date(2024, 3, 4), 1, 1, 1),
        (date(2024, 3, 5), 3, 2, 2),
    ]
    assert [(one.month, one.plays, one.titles, one.active_days) for one in data.months] == [
        (date(2023, 12, 1), 1, 1, 1),
        (date(2024, 2, 1), 2, 1, 1),
        (date(2024, 3, 1), 4, 2, 2),
    ]


def test_a_series_tells_how_far_it_was_played(source: Source) -> None:
    dark, other = source.ask(ViewingQuestion("Miller/Miller", None)).data.series
    assert (dark.season, dark.episode, dark.episodes_played, dark.episodes) == (2, 4, 3, 0)
    assert (other.season, other.episode, other.episodes_played) == (1, 1, 1)
    days = Period(from_=date(2024, 3, 4), to=date(2024, 3, 4))
    (dark,) = source.ask(ViewingQuestion("Miller/Miller", days)).data.series
    assert (dark.season, dark.episode, dark.episodes_played) == (1, 10, 1)
