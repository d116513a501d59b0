"""My viewing, of a download that has only titles and dates."""

import re
from datetime import date
from pathlib import Path

import pytest

from dash_app import formats
from dash_app.app import create_app
from dash_app.pages import viewing
from dash_app.panels.top10 import _told
from dash_app.site import Site
from netflix_pipeline.ingest import ingest_paths
from netflix_pipeline.serving import Snapshots
from netflix_pipeline.serving.questions.top10 import Top10Question
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources import Options
from netflix_pipeline_tests.support.dashboard import Client, cards, rows
from netflix_pipeline_tests.support.exported import published
from netflix_pipeline_tests.support.service import Service

ROWS = """\
Title,Date
"A Film","2024-03-05"
"Dark Sea: Season 2: Three (Episode 3)","2024-03-05"
"Dark Sea: Season 1: Ten (Episode 10)","2024-03-04"
"A Film","2024-02-29"
"A Film","2024-02-29"
"Other: Season 1: One (Episode 1)","2023-12-31"
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder: Path = tmp_path_factory.mktemp("history")
    settings = Settings(home=folder / "home")
    download = folder / "NetflixViewingHistory.csv"
    download.write_text(ROWS, encoding="utf-8")
    ingest_paths(settings, [download], Options(household="Miller"))
    published(settings)
    return settings


@pytest.fixture(scope="module")
def client(own: Settings) -> Client:
    return Client(create_app(own))


def exported(client: Client, name: str, query: str = "household=Miller") -> list[dict[str, str]]:
    return rows(client.get(f"/export/viewing/{name}.csv?{query}"))


def test_the_page_counts_plays_and_shows_no_hours(own: Settings) -> None:
    html = Site(Snapshots(own.serving)).render("/viewing", "person=Miller%2FMiller").html
    assert "<h2>Miller</h2>" in html
    told = cards(html)
    assert (told["Plays"], told["Films and series"], told["Episodes"]) == ("6", "3", "3")
    assert told["Days watched"] == "4"
    for name in ("trend", "calendar", "years", "months", "series", "films", "plays"):
        assert f'id="panel-{name}"' in html
    # Of what is not known there is no panel.
    for name in ("hours", "binges", "device"):
        assert f'id="panel-{name}"' not in html
    for words in ("Hours viewed", "00:00", "Reached", "Unknown", "binge"):
        assert words not in html


def test_its_panels_go_by_plays(client: Client) -> None:
    trend = exported(client, "trend")
    assert sum(int(row["plays"]) for row in trend) == 6
    assert [row["plays"] for row in trend if row["plays"] != "0"] == ["1", "2", "1", "2"]
    (leap,) = (row for row in exported(client, "calendar") if row["day"] == "2024-02-29")
    assert (leap["plays"], leap["titles"], leap["episodes_played"]) == ("2", "1", "0")
    assert [(row["year"], row["plays"]) for row in exported(client, "years")] == [
        ("2023", "1"),
        ("2024", "5"),
    ]
    assert [
        (row["month"], row["plays"], row["titles"], row["episodes_played"], row["active_days"])
        for row in exported(client, "months")
    ] == [
        ("2024-03-01", "3", "2", "2", "2"),
        ("2024-02-01", "2", "1", "0", "1"),
        ("2023-12-01", "1", "1", "1", "1"),
    ]
    dark, other = exported(client, "series")
    assert [dark[name] for name in ("title", "plays", "episodes_played", "season", "episode")] == [
        "Dark Sea",
        "2",
        "2",
        "2",
        "3",
    ]
    assert other["title"] == "Other"
    (film,) = exported(client, "films")
    assert (film["title"], film["plays"]) == ("A Film", "3")
    assert {row["started_at"] for row in exported(client, "plays")} == {
        f"{day}"
        for day in (date(2023, 12, 31), date(2024, 2, 29), date(2024, 3, 4), date(2024, 3, 5))
    }


def test_of_several_that_have_most_none_is_said_to_have_it_alone(own: Settings) -> None:
    site = Site(Snapshots(own.serving))

    def said(name: str, query: str = "") -> str:
        summary = site.panel("/viewing", name, f"household=Miller{query}").summary
        return summary.replace(formats.SPACE, " ")

    assert said("calendar").endswith("most on Thu, 29 Feb 2024 and 1 other day (2 plays).")
    assert said("months") == "Most in Mar 2024: 3 plays."
    assert said("years") == "Most in 2024: 5 plays."


def test_the_top_10_goes_by_plays(own: Settings, client: Client) -> None:
    html = Site(Snapshots(own.serving)).render("/top10", "week=2024-02-26").html
    assert "A Film" in html
    assert ">Plays<" in html
    assert ">Views<" not in html
    assert ">Hours viewed<" not in html
    answer = client.get("/export/top10/films.csv?week=2024-02-26")
    (film,) = rows(answer)
    assert (film["entry_name"], film["plays"], film["views"]) == ("A Film", "2", "")


def test_beside_entries_with_hours_one_without_has_no_zero() -> None:
    _, top10 = Top10Question.example
    entry = top10.entries[0].model_copy(update={"hours_viewed": 0.0, "views": None})
    assert _told(entry, by_plays=False)[:2] == (formats.UNKNOWN, formats.UNKNOWN)


def test_a_month_leads_to_its_days(own: Settings) -> None:
    site = Site(Snapshots(own.serving))
    html = site.render("/viewing", "household=Miller&from=2024-03-05&to=2024-03-05").html
    assert cards(html)["Plays"] == "2"
    assert 'id="panel-months"' not in html
    whole = site.render("/viewing", "household=Miller").html
    assert "from=2024-02-01&amp;to=2024-02-29" in whole
    # The last month ends with the period.
    assert "from=2024-03-01&amp;to=2024-03-05" in whole


UNKNOWN_WITHOUT_DURATIONS = {
    "/": {
        "Hours viewed": 6,
        "Viewers": 6,
        "Views": 6,
        "Completion rate": 6,
        "Peak at once": 6,
    },
    "/audience": {"Daily viewers": 1, "Weekly viewers": 3, "Monthly viewers": 3, "Stickiness": 3},
    "/titles/a-film-bc1f3c1e01a03f42": {"Hours viewed": 3, "Viewers": 3, "Views": 3},
}
"""Cards, and of how many plays their numbers are not known."""


@pytest.mark.parametrize("path", UNKNOWN_WITHOUT_DURATIONS)
def test_a_number_that_is_not_known_is_no_zero_but_says_why(own: Settings, path: str) -> None:
    html = Site(Snapshots(own.serving)).render(path, "period=all").html
    told = cards(html)
    for label, count in UNKNOWN_WITHOUT_DURATIONS[path].items():
        assert told[label] == formats.UNKNOWN, label
        article = next(each for each in html.split("<article") if f"<h3>{label}</h3>" in each)
        assert re.search(rf">Plays without [a-z ]+: {count}</p>", article), label


def test_the_catalogue_has_no_zero_of_what_is_not_known(own: Settings, client: Client) -> None:
    html = Site(Snapshots(own.serving)).render("/titles", "").html
    cells = re.findall(r'<td class="(?:hours-viewed|views|viewers)">([^<]*)</td>', html)
    assert set(cells) == {formats.UNKNOWN}
    assert "for want of durations or runtimes it is not known" in html
    answer = client.get("/export/titles/catalogue.csv")
    assert {row["viewers"] for row in rows(answer)} == {"0"}


@pytest.mark.parametrize("name", [*viewing.PANELS, "plays"])
def test_every_panel_can_be_taken_along(client: Client, name: str) -> None:
    answer = client.get(f"/export/viewing/{name}.csv?household=Miller")
    assert answer.status_code == 200


def test_the_plain_address_opens_where_the_home_begins(own: Settings, service: Service) -> None:
    def opened(settings: Settings, **headers: str) -> tuple[int, str | None]:
        answer = Client(create_app(settings)).get("/", headers=headers)
        return answer.status_code, answer.headers.get("Location")

    assert opened(own) == (303, "/viewing")
    assert opened(own, **{"Sec-Fetch-Site": "none"}) == (303, "/viewing")
    assert opened(own, Referer="http://localhost/viewing") == (200, None)  # the menu's Overview
    assert opened(own, **{"Sec-Fetch-Site": "same-origin"}) == (200, None)
    assert opened(service.settings) == (200, None)
    at = "/titles?period=7d"
    assert opened(service.settings.model_copy(update={"start_page": at})) == (303, at)
