"""My viewing, of a real export."""

import io
import re
from datetime import date
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
from openpyxl import load_workbook
from pydantic import ValidationError

from dash_app import formats
from dash_app.annotations import Notebook
from dash_app.app import create_app
from dash_app.filters import ViewState
from dash_app.page_request import Visit
from dash_app.pages import viewing
from dash_app.panels.panel import drawn
from dash_app.panels.person_picker import chosen_person
from dash_app.site import Site
from netflix_pipeline.serving import NotFound, Period, Snapshots, Source
from netflix_pipeline.serving.questions.plays import HistoryQuestion
from netflix_pipeline.serving.questions.viewing import HouseholdViewingQuestion, ViewingQuestion
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import open_erasures
from netflix_pipeline_tests.support.dashboard import Client, cards, rows
from netflix_pipeline_tests.support.exported import taken_in
from netflix_pipeline_tests.support.figures import checked
from netflix_pipeline_tests.support.homes import copied

ANA, BEN, OTHER = "Miller/Ana", "Miller/Ben", "u-Ánna"
FIRST, LAST = date(2022, 12, 30), date(2023, 1, 2)
TABLES = ("months", "series", "films", "binges", "plays")
"""Panels that are no charts."""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("own")
    return taken_in(Settings(home=folder / "home"), folder / "export")


@pytest.fixture(scope="module")
def snapshots(own: Settings) -> Snapshots:
    return Snapshots(own.serving)


def visit(source: Source, query: str) -> Visit:
    filters = ViewState.parse(query, viewing.PAGE.own, viewing.PAGE.usual)
    return Visit(viewing.PAGE, "/viewing", filters, source)


def links(html: str, name: str) -> dict[str, str]:
    """Where the links of a list or navigation lead, by what they say."""
    part = re.search(rf'aria-label="{name}".*?</(?:ul|nav)>', html)
    assert part
    return {
        text: unescape(href)
        for href, text in re.findall(r'<a href="([^"]*)"[^>]*>(.*?)</a>', part[0])
    }


def test_the_only_household_is_shown_at_once_and_all_of_its_days(site: Site) -> None:
    html = site.render("/viewing", "").html
    assert "<h2>Household Miller</h2>" in html
    assert links(html, "Profiles of Miller") == {
        "All of Miller": "/viewing?household=Miller",
        "Ana": "/viewing?person=Miller%2FAna",
        "Ben": "/viewing?person=Miller%2FBen",
    }
    told = cards(html)
    # 2.5 + 1.5 and 0.5 + 0.75; the trailer is not counted
    assert told["Hours viewed"] == formats.hours(5.25)
    assert told["Plays"] == "6"
    assert told["Films and series"] == "3"
    assert told["Days watched"] == "4"
    assert told["Longest binge"] == formats.minutes(150)
    assert "Profiles" in html


def test_a_person_is_chosen_in_the_address(site: Site) -> None:
    html = site.render("/viewing", f"person={quote(ANA)}").html
    assert "<h2>Ana, of Miller</h2>" in html
    assert cards(html)["Hours viewed"] == formats.hours(4)
    assert cards(html)["Plays"] == "4"
    assert "panel-people" not in html
    assert "&lt;b&gt;" not in html
    assert links(html, "Years") == {
        "2022": f"/viewing?from=2022-01-01&to=2022-12-31&person={quote(ANA, safe='')}",
        "2023": f"/viewing?from=2023-01-01&to=2023-12-31&person={quote(ANA, safe='')}",
    }
    assert "&lt;b&gt;Bold&lt;/b&gt;" in site.render("/viewing", f"person={quote(BEN)}").html


def test_each_panel_is_the_query_layers_answer(source: Source) -> None:
    at = visit(source, f"person={ANA}")
    told = source.ask(ViewingQuestion(ANA)).data
    panels = {name: viewing.panel(at, name).table for name in (*viewing.PANELS, "plays")}
    assert panels["trend"].column("hours_viewed") == pytest.approx([50 / 30, 5 / 6, 1.5])
    assert panels["trend"].column("from") == [date(2022, 12, 31), date(2023, 1, 1), LAST]
    assert panels["calendar"].column("hours_viewed") == panels["trend"].column("hours_viewed")
    assert panels["years"].column("year") == ["2022", "2023"]
    assert panels["years"].column("hours_viewed") == [year.hours_viewed for year in told.years]
    assert panels["years"].column("compared") == [None, told.years[0].hours_viewed]
    assert sum(panels["hours"].column("hours_viewed")) == pytest.approx(4)
    assert panels["series"].rows[0][:4] == ("Dark Sea", 2.5, 3, 3)
    assert panels["films"].column("title") == ["=A Film"]
    (binge,) = told.binges
    assert panels["binges"].column("started_at") == [binge.started_at]
    assert (binge.episodes, binge.plays, binge.started_at.date()) == (3, 3, date(2022, 12, 31))
    assert panels["device"].column("hours_viewed") == [one.hours_viewed for one in told.devices]
    assert panels["plays"].column("started_at") == [
        p.started_at for p in source.ask(HistoryQuestion(ANA)).data
    ]


def test_a_period_is_compared_with_the_one_before(source: Source, site: Site) -> None:
    query = "household=Miller&from=2023-01-01&to=2023-01-02"
    at = visit(source, query)
    assert at.earlier is None  # the data do not reach a week back
    assert "no comparison" in site.render("/viewing", query).html
    period = Period(from_=date(2023, 1, 1), to=LAST)
    told = source.ask(HouseholdViewingQuestion("Miller", period)).data
    assert cards(site.render("/viewing", query).html)["Plays"] == str(told.in_period.plays) == "3"


def test_days_lead_to_themselves(source: Source, site: Site) -> None:
    panel = viewing.panel(visit(source, f"person={ANA}"), "calendar")
    path, _, query = panel.table.links[-1].partition("?")
    assert (path, query) == ("/viewing", f"from={LAST}&to={LAST}&person={quote(ANA, safe='')}")
    assert cards(site.render(path, query).html)["Plays"] == "1"


def test_a_search_lists_people_and_profiles_first(site: Site) -> None:
    html = site.render("/viewing", "search=an").html
    assert links(html, "Profiles of Miller") == {
        "All of Miller": "/viewing?household=Miller",
        "Ana": "/viewing?person=Miller%2FAna",
    }
    assert links(html, "People") == {OTHER: f"/viewing?person={quote(OTHER)}"}
    assert "No id contains “&lt;x&gt;”" in site.render("/viewing", "search=%3Cx%3E").html
    assert "<h2>u-Ánna</h2>" in site.render("/viewing", f"person={OTHER}").html


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("person=nobody", 404, "No user &#x27;nobody&#x27; is known"),
        ("household=nobody", 404, "No household &#x27;nobody&#x27; is known"),
        ("household=Mill", 404, "No household &#x27;Mill&#x27; is known"),
        ("person=a&household=b", 422, "Choose a person or a household"),
        (f"person={ANA}&cursor=x", 422, "cursor"),
    ],
)
def test_what_cannot_be_shown_says_why(site: Site, query: str, status: int, says: str) -> None:
    view = site.render("/viewing", query)
    assert view.status == status
    assert says in view.html


def test_days_without_viewing_lead_to_all_days(site: Site) -> None:
    query = f"person={ANA}&from=2020-01-01&to=2020-12-31"
    html = site.render("/viewing", query).html
    assert "Nothing was watched in these days" in html
    assert f'href="/viewing?person={quote(ANA, safe="")}"' in html


def test_the_usual_period_is_not_taken_along_and_a_chosen_one_is(site: Site) -> None:
    menu = links(site.render("/viewing", f"person={ANA}").html, "Pages")
    assert menu["Overview"] == "/"
    menu = links(site.render("/viewing", f"person={ANA}&period=7d").html, "Pages")
    assert menu["Overview"] == "/?period=7d"
    assert links(site.render("/", "").html, "Pages")["My viewing"] == "/viewing"
    assert "<strong>All days</strong>" in site.render("/viewing", "").html
    assert "period=28d" in site.render("/viewing", "").html  # now that all is the usual one


@pytest.fixture(scope="module")
def client(own: Settings) -> Client:
    return Client(create_app(own))


def test_a_csv_says_whose_it_is_and_holds_no_formula(client: Client) -> None:
    answer = client.get(f"/export/viewing/films.csv?person={quote(ANA)}")
    (row,) = rows(answer)
    assert (row["title"], row["filters"]) == ("'=A Film", f"person={ANA}")
    assert (row["period_from"], row["period_to"]) == ("2022-12-31", str(LAST))
    plays = client.get("/export/viewing/plays.csv?household=Miller").text
    assert plays.count("Miller/") == 6
    assert plays.count("household=Miller") == 6
    assert client.get("/export/viewing/films.csv?search=x").status_code == 404
    whole = client.get("/export/viewing/page.xlsx?household=Miller")
    book = load_workbook(io.BytesIO(whole.content))
    (cell,) = (each for each in book["Favourite films"]["A"] if each.value == "=A Film")
    assert cell.data_type == "s"


@pytest.mark.parametrize("name", [*viewing.PANELS, "plays"])
def test_every_panel_can_be_taken_along_and_explored(client: Client, name: str) -> None:
    answer = client.get(f"/export/viewing/{name}.csv?household=Miller")
    found = rows(answer)
    assert found
    assert all(row["snapshot_version"] == "1" for row in found)
    figure = client.get(f"/export/viewing/{name}.json?household=Miller")
    if figure.status_code == 200:
        checked(figure.json())
    else:
        assert (figure.status_code, name in TABLES) == (404, True)


def test_nobody_is_shown_where_no_export_was_taken_in(serving: Path) -> None:
    site = Site(Snapshots(serving))
    html = site.render("/viewing", "").html
    assert "netflix-pipeline ingest ViewingActivity.csv --household NAME" in html
    assert "panel-trend" not in html
    html = site.render("/viewing", "search=U1").html
    assert links(html, "People") == {"u1": "/viewing?person=u1"}
    assert "--household NAME" not in html  # who searches knows whom
    html = site.render("/viewing", "person=u1").html
    assert "<h2>u1</h2>" in html
    assert int(cards(html)["Plays"]) > 0


def test_of_who_is_erased_nothing_is_told_from_the_request_on(
    own: Settings, home: Settings
) -> None:
    copied(own.root, home.root)
    notebook = Notebook(home)
    site = Site(Snapshots(home.serving), notebook)
    before = site.state()
    assert site.render("/viewing", f"person={quote(ANA)}").status == 200
    assert site.render("/rows", "period=all").html.count(ANA) == 4
    with open_erasures(home) as erasures:
        erasures.mark([ANA])
    notebook.look()
    assert site.state() != before  # open pages are drawn anew
    other = Notebook(home)
    other.look()
    assert other.revision == notebook.revision
    view = site.render("/viewing", f"person={quote(ANA)}")
    assert view.status == 404
    assert "This person was erased" in view.html
    html = site.render("/viewing", "").html
    assert list(links(html, "Profiles of Miller")) == ["All of Miller", "Ben"]
    assert cards(html)["Plays"] == "2"
    rows = site.render("/rows", "period=all").html
    assert ANA not in rows
    assert rows.count(BEN) == 2
    assert "Ana" not in site.render("/viewing", "search=ana").html
    with pytest.raises(NotFound, match="erased"):
        site.panel("/viewing", "plays", f"person={quote(ANA)}")


def test_somebody_out_of_several_households_is_chosen(
    own: Settings, home: Settings, tmp_path: Path
) -> None:
    copied(own.root, home.root)
    taken_in(home, tmp_path / "two", "Öz")
    source = Snapshots(home.serving)
    assert chosen_person(visit(source, "")) is None
    html = Site(Snapshots(home.serving)).render("/viewing", "").html
    assert len(links(html, "Profiles of Miller")) == len(links(html, "Profiles of Öz")) == 3


def test_months_of_a_long_calendar_have_room(source: Source) -> None:
    at = visit(source, f"person={ANA}&from=2022-02-01&to=2023-01-31")
    html = drawn(viewing.panel(at, "calendar"), at)
    (axis,) = re.findall(r'class="axis">(.*?)</svg>', html)
    assert re.findall(r">(\w+)</text>", axis) == ["Feb", "Apr", "Jun", "Aug", "Oct", "Dec"]
    at = visit(source, f"person={ANA}&from=2022-12-15&to=2023-02-14")
    html = drawn(viewing.panel(at, "calendar"), at)
    assert ">Jan</text>" in html
    assert ">Feb</text>" in html


@pytest.mark.parametrize("address", ["titles", "//evil.example", "/\\evil.example", "https://x"])
def test_a_start_page_is_a_view_of_the_dashboard(home: Settings, address: str) -> None:
    with pytest.raises(ValidationError):
        Settings(home=home.root, start_page=address)
