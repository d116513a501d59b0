"""Every number on the dashboard is the API's answer for the same filters.

Both run over one home of generated dirty data. Each panel of the registry has an entry in `ANSWERS`
that makes its columns out of the API's answers, and each page with cards one in `CARDS`: a panel, a
column or a card that is not named there fails. The CSV is compared with that, then the page's table
with the CSV's rows as people read them.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from html import escape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from dash_app import formats
from dash_app.app import create_app
from dash_app.exports import ABOUT, as_csv
from dash_app.filters import TITLE_LEVELS
from dash_app.page_request import DashboardPage
from dash_app.pages import PAGES
from dash_app.panels.breakdown import MOST
from dash_app.site import Site
from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving import Snapshots
from netflix_pipeline.serving.questions.titles import Level
from netflix_pipeline_tests.dash_app.api_answers import (
    ANSWERS,
    CARDS,
    OF_THE_MOMENT,
    Columns,
    Question,
)
from netflix_pipeline_tests.reference.published import Published
from netflix_pipeline_tests.support.api import Asking, asking
from netflix_pipeline_tests.support.dashboard import Client

DAYS = {"from": "2025-10-20", "to": "2025-11-10"}
QUERIES: tuple[dict[str, Any], ...] = (
    DAYS,
    DAYS | {"country": "US", "by": "plays", "compare": "none"},
    {"from": "2025-10-01", "to": "2025-10-31", "by": "viewers", "compare": "previous_month"}
    | {"device": "mobile"},
    DAYS | {"genre": "Comedy", "plan": "Standard", "by": "views", "compare": "year"},
    DAYS | {"from": "2025-10-06", "content_type": "series", "not_series": "saga"},
    DAYS | {"country": ["DE", "US"], "not_device": "mobile", "not_genre": ["Comedy", "Romance"]},
    DAYS | {"language": ["English", "Spanish"], "not_weekday": "6", "not_hour": ["20", "9"]},
    DAYS | {"tz": "America/St_Johns", "by": "viewers", "not_weekday": "3", "hour": ["20", "21"]},
)
"""Periods, filters, measures and comparisons; a page reads those that it takes."""
UNTOLD = {"notes"}
"""Columns that say what people noted, and what days lack."""
UNITS = {"retention_1": "share", "retention_4": "share"}
"""Of cards that are of a metric, and not called by its name."""
DRAWN_OTHERWISE = {"titles", "films", "tv", "retention"}
"""Panels that show their rows in another form than a plain table."""
MARKS = tuple(f"{mark}{formats.DIRECTIONS[at]} " for at, mark in formats.ARROWS.items())
"""What stands before a change that is shown with its direction."""


class Document(HTMLParser):
    """The rows of each panel's table, and the exact number of each card."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: dict[str, list[list[str]]] = {}
        self.cards: dict[str, str] = {}
        self._panel = ""
        self._cell = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if told.get("id", "").startswith("panel-"):
            self._panel = told["id"].removeprefix("panel-")
            self.rows[self._panel] = []
        if card := told.get("data-metric") or told.get("data-number"):
            self.cards[card] = told["title"]
        if self._panel and tag == "tr":
            self.rows[self._panel].append([])
        if tag in ("td", "th") and self._panel and self.rows[self._panel]:
            self._cell = True
            self.rows[self._panel][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._cell = False
        if tag == "section":
            self._panel = ""

    def handle_data(self, data: str) -> None:
        if self._cell:
            self.rows[self._panel][-1][-1] += data


@pytest.fixture(scope="module")
def site(known: Published) -> Site:
    return Site(Snapshots(known.settings.serving))


@pytest.fixture(scope="module")
def ask(known: Published) -> Iterator[Asking]:
    with asking(known.settings) as ask:
        yield ask


@pytest.fixture(scope="module")
def client(known: Published) -> Client:
    return Client(create_app(known.settings))


@pytest.fixture(scope="module")
def document(site: Site) -> Callable[[str, str], Document]:
    """What a page shows at a path under a query; it is drawn once."""

    @cache
    def document(path: str, query: str) -> Document:
        view = site.render(path, query)
        assert view.status == 200
        return Document(view.html)

    return document


@dataclass(frozen=True)
class Subject:
    """What the questions are about, as the API tells it."""

    ask: Asking
    title: str
    series: str
    person: str
    arrived: dict[str, str]

    def question(self, page: DashboardPage, query: dict[str, Any]) -> tuple[Question, str, str]:
        """What the API is asked, and the page's address: path and query."""
        whose = {"person": self.person} if "person" in page.own else {}
        if page.days == "arrivals":
            query = query | self.arrived
        return (
            Question(self.ask, page, query, self.title, self.series, self.person),
            page.at(title_id=self.title, series_id=self.series),
            urlencode(query | whose, doseq=True),
        )


@pytest.fixture(scope="module")
def subject(ask: Asking) -> Subject:
    """An episode that many saw, its series, one of them, and the days of arrival."""
    found = ask("/titles", sort="hours_viewed", content_type="series", limit=50)["data"]
    episode = next(one for one in found if one["episode"] is not None)
    title, series = (str(episode[name]) for name in ("title_id", "series_id"))
    person = str(ask("/plays", title=title, limit=1)["data"][0]["user_id"])
    arrived = ask("/quality/ledger")["period"]
    return Subject(ask, title, series, person, {name: arrived[name] for name in ("from", "to")})


def close(value: Any) -> Any:
    """A value as a CSV has it."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return str(value).lower()
    return pytest.approx(value, rel=1e-9)


def told(found: list[str], expected: list[Any]) -> list[Any]:
    """The texts of a CSV in the types of what is expected."""
    assert len(found) == len(expected)
    return [
        float(text)
        if isinstance(value, float | int) and not isinstance(value, bool) and text
        else text
        for text, value in zip(found, expected, strict=True)
    ]


def unmarked(cell: str) -> str:
    """A cell without the mark of a change."""
    for mark in MARKS:
        cell = cell.removeprefix(mark)
    return cell


PANELS = [
    (page, name)
    for page in PAGES
    for name in page.panels
    if name not in OF_THE_MOMENT.get(page.path, ())
]


def queries(page: DashboardPage) -> list[dict[str, Any]]:
    """What a page is asked: of the queries that it reads alike the first and the last."""
    alike: dict[str, list[dict[str, Any]]] = {}
    for query in QUERIES:
        read = {name: told for name, told in query.items() if _reads(page, name)}
        alike.setdefault(urlencode(read, doseq=True), []).append(query)
    return [
        query
        for query in QUERIES
        if any(query in (several[0], several[-1]) for several in alike.values())
    ]


def _reads(page: DashboardPage, name: str) -> bool:
    if name in DAYS:
        # Days of arrival are others: see `Subject`.
        return "period" in page.takes and page.days != "arrivals"
    return name.removeprefix("not_") in page.takes


def test_a_page_is_asked_all_that_it_reads() -> None:
    read = {page.path: len(queries(page)) for page in PAGES}
    assert read["/"] == len(QUERIES)
    assert read["/trust"] == 2
    assert all(count > 2 for path, count in read.items() if path not in ("/trust", "/now"))


CASES = [(page, name, query) for page, name in PANELS for query in queries(page)]


@pytest.mark.parametrize(
    ("page", "name", "query"),
    CASES,
    ids=[f"{page.path}-{name}-{urlencode(query)}" for page, name, query in CASES],
)
def test_a_panel_says_what_the_api_answers(
    subject: Subject,
    client: Client,
    site: Site,
    document: Callable[[str, str], Document],
    page: DashboardPage,
    name: str,
    query: dict[str, Any],
) -> None:
    asked, path, told_query = subject.question(page, query)
    answers = ANSWERS.get(page.path, {})
    assert name in answers, "tell in ANSWERS of api_answers.py which answer of the API it shows"
    expected: Columns = answers[name](asked)
    answer = client.get(f"/export{path.rstrip('/')}/{name}.csv?{told_query}")
    assert answer.status_code == 200, answer.text
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    columns = {head: [row[at] for row in rows[1:]] for at, head in enumerate(rows[0])}
    if any(expected.values()):
        assert set(columns) - set(ABOUT) - UNTOLD == set(expected)
    for head, values in expected.items():
        assert told(columns[head], values) == [close(value) for value in values], head
    table = site.panel(path, name, told_query).table
    panels = document(path, told_query).rows
    if name in panels and name not in DRAWN_OTHERWISE:
        shown = panels[name][1:]
        for row, cells in zip(table.rows, shown, strict=False):
            # What is 0 because it is not known is a dash for people, what was 0 is new.
            said = [*table.said(row), formats.UNKNOWN, "new"]
            assert [cell for cell in cells if unmarked(cell) not in said] == []
        assert bool(shown) == bool(table.rows)


@pytest.mark.parametrize("query", QUERIES, ids=urlencode)
def test_shares_are_of_the_whole_on_every_panel(
    subject: Subject,
    site: Site,
    document: Callable[[str, str], Document],
    query: dict[str, Any],
) -> None:
    """Of a panel with shares nothing is left out: in its table, in its CSV and on its page."""
    seen = set()
    for page, name in PANELS:
        _, path, told_query = subject.question(page, query)
        panel = site.panel(path, name, told_query)
        table = panel.table
        if "share" not in table.names or not table.rows:
            continue
        seen.add((page.path, name))
        assert sum(table.column("share")) == pytest.approx(1), (path, name)
        rows = list(csv.DictReader(io.StringIO(as_csv(panel).decode(), newline="")))
        assert sum(float(row["share"]) for row in rows) == pytest.approx(1), (path, name)
        at = table.names.index("share")
        shown = document(path, told_query).rows[name][1:]
        assert [cells[at] for cells in shown] == list(
            map(formats.percent, table.column("share"))
        ), (path, name)
    by_viewers = {("/audience", "segments"), ("/viewing", "device")}
    divided = {("/", by) for by in ("device", "country", "genre")}
    of_titles = ("/titles/{title_id}", "/series/{series_id}")
    divided |= {(path, by) for path in of_titles for by in ("device", "country")}
    assert seen == by_viewers | (set() if query.get("by") == "viewers" else divided)


def test_the_plays_behind_a_series_are_those_of_its_episodes(site: Site) -> None:
    days = "from=2025-10-01&to=2025-11-10"
    trend = site.panel("/titles/saga", "trend", f"{days}&by=plays")
    assert trend.rows == f"/rows?{days}&title=saga&by=plays"
    behind = site.panel("/rows", "plays", trend.rows.partition("?")[2]).table
    assert {*behind.column("title_id")} == {"saga", "saga-1", "saga-2", "saga-10", "saga-x"}
    assert len(behind.rows) == sum(trend.table.column("plays"))
    chips = site.render("/", "season=saga:S1&not_series=decimal").html
    assert "The Saga: Season 1" in chips
    assert "Decimal" in chips


LEVELS = [("series", "series"), ("season", "season"), ("episode", "title")]


@pytest.mark.parametrize(("level", "split"), LEVELS)
def test_lists_have_rows_of_the_level_that_is_chosen(
    ask: Asking, site: Site, level: Level, split: str
) -> None:
    query = urlencode(DAYS | {"by": "plays", "level": level})
    days = {"from_": DAYS["from"], "to": DAYS["to"]}
    told = ask(
        "/analytics/timeseries", **days, metric="plays", split_by=split, granularity="whole"
    )["data"]
    leading = [line["group"] for line in told["lines"] if not line["rest"]]
    assert site.panel("/", "titles", query).table.column("title_id") == leading
    titles = ask("/titles", **days, level=level, sort="hours_viewed", limit=500)["data"]
    listed = site.panel("/titles", "catalogue", query).table.column("title_id")
    assert listed == [title["title_id"] for title in titles]
    for path in ("/", "/titles"):
        chosen = re.findall(
            r'<a [^>]*aria-current="true"[^>]*>([^<]*)<', site.render(path, query).html
        )
        assert escape(TITLE_LEVELS[level]) in chosen
    assert site.render("/titles", "level=disc").status == 422
    season = site.render("/titles/saga:S1", "period=all").html
    assert "The Saga: Season 1" in season
    assert "The whole series" in season


def test_launches_stand_beside_one_another(ask: Asking, site: Site) -> None:
    query = "against=saga-1&against=decimal&curve=watchers"
    told = ask("/launch-curves/saga-10", against=["saga-1", "decimal"])["data"]
    panel = site.panel("/titles/saga-10", "launch-curves", query)
    columns = ["watchers", "watchers_decimal", "watchers_saga-1"]
    assert panel.table.names == ["day", *columns, "typical_watchers", "launches"]
    for name, curve in zip(columns, told["curves"], strict=True):
        known = [value for value in panel.table.column(name) if value is not None]
        assert known == [day["watchers"] for day in curve["days"]]
    assert panel.figure
    dashes = {trace["name"]: trace["line"]["dash"] for trace in panel.figure["data"]}
    assert dashes["Median of its type"] == "dash"
    assert list(dashes)[-1] == panel.table.label("watchers")  # on top
    html = site.render("/titles/saga-10", query).html
    for title_id in ("saga-1", "decimal"):
        assert re.search(rf'<input [^>]*name="against" value="{title_id}" checked', html)
    assert "against=saga-1" in site.render("/titles/saga-10", query).html
    for wrong in ("against=nothing", "curve=views", "&".join(f"against=x{n}" for n in range(6))):
        assert site.render("/titles/saga-10", wrong).status == 422, wrong


def test_a_title_of_many_countries_has_them_all(ask: Asking, subject: Subject, site: Site) -> None:
    """More than are told apart: the others are a row, where amounts add up; else it is said."""
    asked, path, _ = subject.question(PAGES[2], {})
    days = "from=2025-01-01&to=2025-12-31"
    told = ask(f"/titles/{quote(asked.title, safe='')}", from_="2025-01-01", to="2025-12-31")[
        "data"
    ]
    assert len([group for group in told["countries"] if group["hours_viewed"]]) > MOST
    table = site.panel(path, "country", days).table
    assert table.texts_of("country")[MOST:] == ["All others"]
    whole = told["in_period"]["hours_viewed"]
    assert sum(table.column("hours_viewed")) == pytest.approx(whole)
    of_viewers = site.panel(path, "country", f"{days}&by=viewers")
    missing = len([group for group in told["countries"] if group["viewers"]]) - MOST
    assert (of_viewers.note or "").startswith(f"{missing} more")
    assert "share" not in of_viewers.table.names


@pytest.mark.parametrize("query", QUERIES, ids=urlencode)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_a_card_says_what_the_api_answers(
    subject: Subject,
    document: Callable[[str, str], Document],
    page: DashboardPage,
    query: dict[str, Any],
) -> None:
    asked, path, told_query = subject.question(page, query)
    cards = document(path, told_query).cards
    if page.path in OF_THE_MOMENT and page.path not in CARDS:
        return
    expected = CARDS[page.path](asked) if page.path in CARDS else {}
    assert set(cards) == set(expected)
    for name, value in expected.items():
        unit = UNITS.get(name, METRICS[name].unit if name in METRICS else "")
        exactly = value if isinstance(value, str) else formats.value_in(unit, value)
        assert cards[name] == exactly, name


@pytest.mark.parametrize("days", [29, 30])
def test_until_there_is_a_month_of_data_nothing_is_told_of_monthly_viewers(
    ask: Asking, client: Client, document: Callable[[str, str], Document], days: int
) -> None:
    first = date.fromisoformat(ask("/analytics")["snapshot"]["data_from"])
    last = first + timedelta(days=days - 1)
    period = {"from_": first, "to": last}
    query = f"from={first}&to={last}"
    glance = ask("/analytics", **period)["data"]
    audience = ask("/analytics/audience", **period)["data"]
    for name, panel in (("mau", "viewers"), ("stickiness", "stickiness")):
        (line,) = ask("/analytics/timeseries", **period, metric=name)["data"]["lines"]
        values = line["values"]
        assert [value is None for value in values] == [True] * 29 + [False] * (days - 29)
        assert [day[name] for day in audience["days"]] == values
        whole = {glance[name], line["total"], audience["last_day"][name]}
        assert whole == {values[-1]}
        table = client.get(f"/export/audience/{panel}.csv?{query}").text
        # Without any value of it there is no row.
        told = [row[name] for row in csv.DictReader(io.StringIO(table, newline=""))]
        assert [text == "" for text in told] == [value is None for value in values][: len(told)]
        card = document("/audience", query).cards[name]
        assert card == formats.value_in(METRICS[name].unit, values[-1])
        assert (card == formats.UNKNOWN) == (days == 29)
