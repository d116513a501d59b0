"""Who is leaving and what next: on the pages of people, a person and a title."""

import csv
import io
from pathlib import Path
from urllib.parse import urlencode

import pytest

from dash_app.app import create_app
from dash_app.exports import ABOUT
from dash_app.page_request import DashboardPage
from dash_app.pages import audience, title, viewing
from dash_app.panels.leaving import NOTHING
from dash_app.panels.what_next import NOT_LEARNED
from dash_app.site import Site
from netflix_pipeline.serving import NotFound, Snapshots
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.dash_app.api_answers import ANSWERS, Question
from netflix_pipeline_tests.support.api import asking
from netflix_pipeline_tests.support.dashboard import Client
from netflix_pipeline_tests.support.figures import checked
from netflix_pipeline_tests.support.learned import learned_published
from netflix_pipeline_tests.support.three_days import FRIDAY, MONDAY, three_days_published

WEEK = {"from": f"{MONDAY}", "to": f"{FRIDAY}"}
PANELS = [
    (audience.PAGE, "losses", {}),
    (audience.PAGE, "lift", {}),
    (title.PAGE, "similar", {}),
    (viewing.PAGE, "leaving", {"person": "ann"}),
    (viewing.PAGE, "begun", {"person": "bob"}),
    (viewing.PAGE, "next", {"person": "ann"}),
]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return learned_published(tmp_path_factory.mktemp("learned") / "home").settings


@pytest.fixture(scope="module")
def site(settings: Settings) -> Site:
    return Site(Snapshots(settings.serving))


@pytest.mark.parametrize(("page", "name", "own"), PANELS, ids=lambda told: str(told)[:12])
def test_a_panel_says_what_the_api_answers(
    settings: Settings, page: DashboardPage, name: str, own: dict[str, str]
) -> None:
    with asking(settings) as ask:
        asked = Question(ask, page, WEEK, "t-dark", "s-saga", own.get("person", ""))
        expected = ANSWERS[page.path][name](asked)
    path = page.at(title_id="t-dark")
    answer = Client(create_app(settings)).get(f"/export{path}/{name}.csv?{urlencode(WEEK | own)}")
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    columns = {column: [row[at] for row in rows] for at, column in enumerate(head)}
    figure = Client(create_app(settings)).get(f"/export{path}/{name}.json?{urlencode(WEEK | own)}")
    if page is audience.PAGE:
        checked(figure.json())
    assert rows
    assert set(columns) - set(ABOUT) == set(expected)
    for column, values in expected.items():
        found = [
            float(text) if text and isinstance(value, float | int) else text
            for text, value in zip(columns[column], values, strict=True)
        ]
        assert found == [pytest.approx(value) if value else value or "" for value in values], column


def test_a_person_is_told_with_reasons_the_plays_behind_them_and_what_next(site: Site) -> None:
    html = site.render("/viewing", "person=ann").html
    assert "With a probability of 2.0%" in html
    assert "Time since the last play" in html
    assert "?from=2026-02-" in html  # the days behind a reason
    assert "log loss 0.250 (0.260 by the days since the last play alone, 0.270 by BG/NBD)" in html
    told = site.panel("/viewing", "next", "person=ann").table
    assert told.column("title_id") == ["t-night", "t-zoo"]
    assert told.column("because") == ["Le Fabuleux Destin d'Amélie, Dark", "Dark"]
    assert "By EASE^R, learned of 30 people and 4 films and series" in html


def test_of_who_is_not_active_it_says_so(site: Site) -> None:
    assert "They had no play in the 28 days before" in site.render("/viewing", "person=cid").html


def test_a_household_together_is_told_nothing_of_who_leaves(site: Site) -> None:
    for name in viewing.OF_ONE:
        with pytest.raises(NotFound, match="of one person"):
            site.panel("/viewing", name, "household=ann")


def test_a_title_leads_to_those_that_the_same_people_watch(site: Site) -> None:
    html = site.render("/titles/t-dark", "").html
    similar = html.split('id="panel-similar"')[1]
    assert similar.index("/titles/t-zoo") < similar.index("/titles/t-night")
    assert "fewer than 10 started it" in site.render("/titles/t-zoo", "").html


def test_before_anything_is_learned_it_says_what_to_do(tmp_path: Path) -> None:
    site = Site(Snapshots(three_days_published(tmp_path / "home").settings.serving))
    assert NOT_LEARNED in site.render("/titles/t-dark", "").html
    person = site.render("/viewing", "person=ann").html
    assert NOT_LEARNED in person
    assert NOTHING in person
    assert NOTHING in site.render("/audience", "").html
