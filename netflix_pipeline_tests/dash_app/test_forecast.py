"""What is expected: on its page, and as a band behind what came on charts over time."""

from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from dash_app.app import create_app
from dash_app.page_request import DashboardPage
from dash_app.pages import forecast, overview, title
from dash_app.panels.expected import (
    ABOVE,
    BAND,
    BELOW,
    OUTSIDE,
    RUNNING,
    WITHIN,
    Band,
)
from dash_app.panels.forecast import NO_LEARNING, NO_SUCH, shown_origins
from dash_app.report_pictures import png
from dash_app.site import Site
from netflix_pipeline.serving import Snapshots
from netflix_pipeline.serving.questions.forecast import Expected, ExpectedDay
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.dash_app.panel_comparison import check_panel
from netflix_pipeline_tests.support.dashboard import Client, rows
from netflix_pipeline_tests.support.figures import checked
from netflix_pipeline_tests.support.forecasts import NEWEST, forecasts_published
from netflix_pipeline_tests.support.three_days import (
    FRIDAY,
    MONDAY,
    TUESDAY,
    three_days_published,
)

WEEK = {"from": f"{MONDAY}", "to": f"{FRIDAY}"}
PANELS = [
    (forecast.PAGE, "course"),
    (forecast.PAGE, "accuracy"),
    (overview.PAGE, "trend"),
    (title.PAGE, "trend"),
]
QUERIES: tuple[dict[str, str], ...] = (
    {},
    {"country": "DE"},
    {"by": "viewers"},
    {"country": "DE", "device": "mobile"},
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return forecasts_published(tmp_path_factory.mktemp("forecast") / "home").settings


@pytest.fixture(scope="module")
def site(settings: Settings) -> Site:
    return Site(Snapshots(settings.serving))


@pytest.mark.parametrize("query", QUERIES, ids=urlencode)
@pytest.mark.parametrize(("page", "name"), PANELS, ids=lambda told: getattr(told, "path", told))
def test_a_panel_says_what_the_api_answers(
    settings: Settings, page: DashboardPage, name: str, query: dict[str, str]
) -> None:
    check_panel(settings, page, name, WEEK | query)


def test_the_band_lies_where_something_was_said_and_is_drawn(site: Site) -> None:
    query = urlencode(WEEK | {"to": f"{NEWEST + timedelta(days=1)}"})
    panel = site.panel("/", "trend", query)
    low = [None, *[10.1] * 4, *[20.1] * 2]
    assert panel.table.column("expected_low") == low
    assert panel.figure is not None
    lower, upper = panel.figure["data"][:2]
    assert (lower["y"], lower["fill"]) == (low, "none")
    assert (upper["fill"], upper["name"], upper["showlegend"]) == ("tonexty", BAND, True)
    svg = checked(panel.figure)
    (surface,) = [part for part in svg.split("<path ") if "var(--band)" in part]
    # Six steps forward along the upper end, and back along the lower one.
    assert surface.count("L") == 11
    assert png(panel.figure)
    assert "6 of 6 days lie outside, about one in five is usual" in (panel.note or "")
    (marks,) = [trace for trace in panel.figure["data"] if trace["name"] == OUTSIDE]
    assert marks["y"] == [None, *panel.table.column("hours_viewed")[1:]]


def test_a_day_that_may_still_change_is_not_compared_with_its_band() -> None:
    days = [MONDAY + timedelta(days=n) for n in range(5)]
    values = [4.0, 3.9, 6.0, 6.1, 1.0]
    said = [ExpectedDay(day=d, origin=d, model="ridge", q10=4, q50=5, q90=6) for d in days]
    open_days = {days[4]: RUNNING}
    band = Band.of(Expected(days=tuple(said)), days, values, open_days, "h")
    assert band is not None
    assert band.told == [WITHIN, BELOW, WITHIN, ABOVE, RUNNING]
    assert "2 of 4 days lie outside" in band.note
    assert "Today is still running" in band.note
    later = [day + timedelta(days=5) for day in days]
    assert Band.of(Expected(days=tuple(said)), later, values, open_days, "h") is None


def test_earlier_origins_are_offered_by_week() -> None:
    newest = date(2026, 11, 30)
    every = [newest - timedelta(days=n) for n in range(35)]
    assert shown_origins(every, newest) == [newest - timedelta(weeks=n) for n in range(5)]
    third = every[3]
    assert third in shown_origins(every, third)
    assert shown_origins(every[:3], newest) == every[:3]


def test_a_title_is_chosen_from_those_with_a_forecast(site: Site) -> None:
    html = site.render("/forecast", "country=DE&by=plays").html
    assert 'href="/forecast?title=t-dark&amp;by=plays"' in html
    chosen = site.render("/forecast", "by=plays&title=t-dark").html
    assert 'href="/forecast?by=plays" aria-current="true"' in chosen


@pytest.mark.parametrize("told", ["weekday=6", "country=DE&device=mobile", "tz=Asia%2FTokyo"])
def test_no_band_is_drawn_of_what_nothing_was_said(site: Site, told: str) -> None:
    panel = site.panel("/", "trend", f"{urlencode(WEEK)}&{told}")
    assert "expected" not in panel.table.names
    assert panel.note is None


def test_an_earlier_origin_is_chosen_and_days_in_its_band_are_counted(site: Site) -> None:
    panel = site.panel("/forecast", "course", f"by=plays&origin={TUESDAY}")
    assert panel.table.column("from")[0] == MONDAY
    came = [value for value in panel.table.column("came")[1:] if value is not None]
    assert len(came) == 4
    within = sum(10.1 <= value <= 10.9 for value in came)
    assert panel.summary.endswith(f"of 4 days that came, {within} lay within the band of 80 %.")
    assert ("Model", "ridge") in panel.facts
    assert "before it began, by ridge, of what 40 people watched" in (panel.note or "")
    html = site.render("/forecast", f"by=plays&origin={TUESDAY}").html
    assert f'href="/forecast?by=plays&amp;origin={TUESDAY}"' in html
    assert 'href="/forecast?by=plays"' in html


def test_where_there_is_no_forecast_it_is_said_why(site: Site, tmp_path: Path) -> None:
    without = Site(Snapshots(three_days_published(tmp_path / "home").settings.serving))
    assert NO_LEARNING in without.render("/forecast", "").html
    crossed = site.render("/forecast", "country=DE&device=mobile").html
    assert NO_SUCH in crossed
    assert NO_SUCH in site.render("/forecast", "country=SE").html
    assert site.render("/forecast", "origin=soon").status == 422


@pytest.mark.parametrize("name", ["course", "accuracy"])
def test_every_panel_can_be_taken_along_and_explored(settings: Settings, name: str) -> None:
    client = Client(create_app(settings))
    assert rows(client.get(f"/export/forecast/{name}.csv"))
    figure = client.get(f"/export/forecast/{name}.json")
    if figure.status_code == 200:
        checked(figure.json())
    else:
        assert "cannot be had" in figure.text
