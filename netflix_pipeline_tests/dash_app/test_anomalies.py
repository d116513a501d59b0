"""What was not as expected is listed with its verdict, and leads to the days that it is about."""

from html import unescape
from pathlib import Path

import pytest

from dash_app.pages import forecast
from dash_app.site import Site
from netflix_pipeline.serving import Snapshots
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.dash_app.panel_comparison import check_panel
from netflix_pipeline_tests.support.anomalies import WEDNESDAY, anomalies_published
from netflix_pipeline_tests.support.three_days import three_days_published


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return anomalies_published(tmp_path_factory.mktemp("anomalies") / "home").settings


@pytest.mark.parametrize("by", ["hours_viewed", "plays"])
def test_a_panel_says_what_the_api_answers(settings: Settings, by: str) -> None:
    check_panel(settings, forecast.PAGE, "anomalies", {"by": by})


def test_each_has_its_verdict_and_leads_to_its_days(settings: Settings) -> None:
    site = Site(Snapshots(settings.serving))
    panel = site.panel("/forecast", "anomalies", "")
    assert panel.summary == "3 times in the newest 28 days: 1 of missing data, 2 unexplained."
    series = dict(zip(panel.table.column("series"), panel.table.texts_of("verdict"), strict=True))
    assert series == {
        "Tv": "Unexplained",
        "Everything": "Data are missing",
        "Germany": "Unexplained",
    }
    html = unescape(site.render("/forecast", "").html)
    assert f'href="/?from={WEDNESDAY}&to={WEDNESDAY}"' in html
    assert f'href="/?from={WEDNESDAY}&to={WEDNESDAY}&device=tv"' in html


def test_nothing_is_said_to_be_well_that_nobody_looked_at(tmp_path: Path) -> None:
    home = three_days_published(tmp_path / "home").settings
    panel = Site(Snapshots(home.serving)).panel("/forecast", "anomalies", "")
    assert panel.nothing.startswith("No day has been judged yet.")
