from codecs import BOM_UTF8
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dash_app.app import create_app
from dash_app.asset_files import Bundle
from dash_app.exports import ABOUT
from dash_app.pages import PAGES
from netflix_pipeline.serving import Filters, Period, Snapshots, Source, publish
from netflix_pipeline.serving.questions.series import SeriesQuestion
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.dashboard import ARGUMENTS, Client, rows
from netflix_pipeline_tests.support.figures import checked
from netflix_pipeline_tests.support.service import FIRST, LAST, Service, six_weeks
from netflix_pipeline_tests.support.world import TITLES, Watched, World

QUERY = "from=2026-03-11&to=2026-03-17&country=DE"
WEEK = Period(from_=LAST.replace(day=11), to=LAST)
MOVED = ("moved", "search-moved", "recommendation-moved")
LEARNED = ("course", "anomalies", "accuracy", "losses", "lift", "similar")
"""Panels of what models said, of which none has here."""
LATER = ("stickiness", *MOVED, "earlier-launches", "watched-next", *LEARNED)
"""Panels that need more days than there are here."""


@pytest.fixture(scope="module")
def client(service: Service) -> Client:
    return Client(create_app(service.settings))


def exports() -> list[tuple[str, str]]:
    """The path of every page that stands still and is of no person, and the name of each.

    Without what needs more than this service has: days before for stickiness and what moved a
    measure, launches before its first ones, and people who go on to something else.
    """
    return [
        (urlsplit(page.at(**ARGUMENTS)).path.rstrip("/"), name)
        for page in PAGES
        if page.live is None and "person" not in page.own
        for name in page.panels
        if name not in LATER
    ]


def test_a_csv_has_the_exact_numbers_and_what_they_are_about(
    client: Client, source: Source
) -> None:
    answer = client.get(f"/export/trend.csv?{QUERY}")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="trend_2026-03-11_2026-03-17_snapshot-1.csv"'
    )
    assert answer.content.startswith(BOM_UTF8)  # by which Excel knows what it is
    found = rows(answer)
    series = source.ask(SeriesQuestion("hours_viewed", WEEK, Filters(country="DE"))).data
    assert [float(row["hours_viewed"]) for row in found] == list(series.lines[0].values)
    assert [row["from"] for row in found] == [str(bucket.from_) for bucket in series.buckets]
    about = {name: found[0][name] for name in ABOUT}
    assert about == {
        "period_from": "2026-03-11",
        "period_to": "2026-03-17",
        "filters": "country=DE",
        "as_of": "2026-03-18T12:00:00Z",
        "snapshot_version": "1",
    }
    assert all({name: row[name] for name in ABOUT} == about for row in found)


@pytest.mark.parametrize(("path", "name"), exports())
def test_every_panel_can_be_taken_along_and_explored(client: Client, path: str, name: str) -> None:
    answer = client.get(f"/export{path}/{name}.csv")
    assert answer.status_code == 200, answer.text
    found = rows(answer)
    assert found
    assert all(row["snapshot_version"] == "1" for row in found)
    figure = client.get(f"/export{path}/{name}.json")
    if figure.status_code == 200:
        checked(figure.json())
    else:
        assert figure.status_code == 404
        assert "cannot be had" in figure.text


def test_stickiness_can_be_taken_along_once_the_data_reach_back_thirty_days(
    client: Client, source: Source, tmp_path: Path
) -> None:
    early = source.ask(SeriesQuestion("stickiness", WEEK)).data.lines[0].values
    assert set(early) == {None}
    answer = client.get(f"/export/audience/stickiness.csv?from={WEEK.from_}&to={WEEK.to}")
    assert answer.status_code == 200
    assert rows(answer) == []

    longer = six_weeks(tmp_path)
    client = Client(create_app(longer.settings))
    first = FIRST + timedelta(days=29)
    days = f"from={first - timedelta(days=1)}&to={longer.last}"
    found = rows(client.get(f"/export/audience/stickiness.csv?{days}"))
    period = Period(from_=first - timedelta(days=1), to=longer.last)
    series = Snapshots(longer.settings.serving).ask(SeriesQuestion("stickiness", period)).data
    values = series.lines[0].values
    assert [row["from"] for row in found] == [str(bucket.from_) for bucket in series.buckets]
    told = [float(row["stickiness"]) if row["stickiness"] else None for row in found]
    assert told == list(values)
    assert told[0] is None
    assert told[1] is not None
    figure = client.get(f"/export/audience/stickiness.json?{days}")
    checked(figure.json())


@pytest.mark.parametrize(
    ("address", "status", "says"),
    [
        ("/export/nothing.csv", 404, "nothing called nothing"),
        ("/export/trend.pdf", 404, "cannot be had as 'pdf'"),
        ("/export/page.csv", 404, "nothing called page"),
        ("/export/nowhere/page.xlsx", 404, "nothing to take along from /nowhere"),
        ("/export/viewing/page.xlsx", 404, "choose whose viewing it is"),
        ("/export/titles/nobody/page.xlsx", 404, "nobody"),
        ("/export/page.xlsx?country=DE,FR", 422, "country=DE&country=FR"),
        ("/export/trend", 404, "cannot be had"),
        ("/export/nowhere/trend.csv", 404, "/nowhere"),
        ("/export/trend.csv?period=9d", 422, "there is no period"),
        ("/export/trend.csv?likes=1", 422, "likes cannot be chosen here"),
        ("/export/trend.csv?country=DE,FR", 422, "country=DE&country=FR"),
        ("/export/rows/plays.csv?not_genre=drama;action", 422, "not_genre=drama&not_genre=action"),
        ("/export/hours.csv?country=DE&country=XX", 422, "no 'XX'"),
        ("/export/top10/films.csv?country=DE|FR", 422, "takes one value here"),
        ("/export/trust/ledger.csv?source=a,b", 422, "takes one value here"),
        ("/export/titles/nobody/trend.csv", 404, "nobody"),
        ("/export/rows/plays.csv?cursor=x", 422, "cursor"),
    ],
)
def test_what_cannot_be_had_says_why(client: Client, address: str, status: int, says: str) -> None:
    answer = client.get(address)
    assert answer.status_code == status
    assert says in answer.text
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_before_the_first_snapshot_there_is_nothing_to_take_along(tmp_path: Path) -> None:
    client = Client(create_app(Settings(home=tmp_path)))
    assert client.get("/export/trend.csv").status_code == 503


def test_no_title_becomes_a_formula(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TITLES, "t-dark", ("=HYPERLINK(1)", "series", "drama", 60.0))
    settings = Settings(home=tmp_path)
    world = World(settings.lake)
    world.watch(LAST, [Watched("ann", "t-dark", 10)])
    world.describe()
    publish(world.lake, settings.serving)
    found = rows(Client(create_app(settings)).get("/export/titles.csv"))
    assert [row["title"] for row in found] == ["'=HYPERLINK(1)"]


def test_what_people_read_in_words_has_its_code_beside_it(client: Client) -> None:
    of_countries = rows(client.get("/export/country.csv?period=all"))
    assert ("Germany", "DE") in {(row["country"], row["country_code"]) for row in of_countries}
    plays = rows(client.get("/export/rows/plays.csv?country=DE"))
    assert {(row["country"], row["country_code"]) for row in plays} == {("Germany", "DE")}
    assert {(row["device"], row["device_code"]) for row in plays} == {("Mobile", "mobile")}
    hours = rows(client.get("/export/hours.csv"))
    assert {(row["weekday"], row["weekday_code"]) for row in hours} >= {("Mon", "1"), ("Sun", "7")}


def test_plotly_comes_compressed_and_may_be_kept_for_good(client: Client) -> None:
    document = client.get("/").text
    address = Bundle().address
    assert f'data-bundle="{address}"' in document
    assert f'src="{address}"' not in document
    packed = client.get(address)
    assert packed.headers["Content-Encoding"] == "br"
    assert "immutable" in packed.headers["Cache-Control"]
    plain = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert plain.text == packed.text
    assert plain.text.startswith("/**\n* plotly.js ")
