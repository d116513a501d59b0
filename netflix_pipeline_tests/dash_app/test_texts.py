"""What pages say is true, under every filter and however little there is."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dash_app import formats
from dash_app.page_request import SERIES, DashboardPage
from dash_app.pages import PAGES
from dash_app.panels.cards import unknown
from dash_app.panels.people import _summary
from dash_app.site import Site
from netflix_pipeline.contracts import contract
from netflix_pipeline.serving import Period, Snapshots, Source, publish
from netflix_pipeline.serving.questions.audience import AudienceQuestion
from netflix_pipeline.serving.questions.headline import HeadlineQuestion
from netflix_pipeline.serving.questions.interactions import (
    RecommendationsQuestion,
    SearchesQuestion,
)
from netflix_pipeline.serving.questions.titles import TitlesQuestion
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.arrivals import arrive, quarantine
from netflix_pipeline_tests.support.dashboard import address_of
from netflix_pipeline_tests.support.service import FIRST, LAST, Service, two_weeks
from netflix_pipeline_tests.support.world import TITLES, Watched, World

DAY = date(2026, 3, 2)
ONE_OF_MANY = re.compile(r"(?<![\d.,:–-])\b1 (?!was\b|is\b|does\b|this\b)(people|[a-z]+s)\b(?!:)")
"""`1 rows`: one of something that is called as several are."""
ALLOWED = {"1 series"}


def text(html: str) -> str:
    """What people read of a page, a line a paragraph."""
    html = re.sub(r"<(script|code|select|style).*?</\1>", "", html, flags=re.DOTALL)
    html = re.sub(r'aria-label="([^"]*)"[^>]*>', r">\1\n", html)
    html = re.sub(r"</(p|h\d|tr|li|dd|dt|td|th|summary|div|title|span|a)>", "\n", html)
    told = unescape(re.sub(r"<[^>]*>", "", html)).replace(formats.SPACE, " ")
    return "\n".join(line.strip() for line in told.splitlines() if line.strip())


@pytest.fixture(scope="module")
def one_of_each(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Site]:
    """A site with one of everything, and a title that is the one that was watched."""
    return cache(lambda title: _one_of_each(tmp_path_factory.mktemp("one"), title))


def _one_of_each(home: Path, title: str) -> Site:
    """One play of one person, one search, one recommendation, one row in quarantine."""
    service = Service(Settings(home=home))
    world = service.world
    world.watch(DAY, [Watched("u1", title, 10, minutes=60, reached=1.0)])
    for table, row in (
        ("search_daily", ("DE", "mobile", 1, 1, 1)),
        ("recommendation_daily", ("mobile", "similar_taste", 1, 1)),
    ):
        frame = pl.DataFrame([row], schema=contract(f"gold/{table}").schema, orient="row")
        world.put(f"gold/{table}", DAY, frame)
    arrive(world, DAY, [("http", "watch_events", 1, 2, 1, 0, 1, 0, 1)])
    quarantine(world, DAY, [{"line": 1, "reasons": ["missing_user_id"]}])
    service.last = DAY
    service.publish()
    return Site(Snapshots(service.settings.serving))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
@pytest.mark.parametrize("query", ["", "by=plays", "by=viewers", f"from={DAY}&to={DAY}"])
def test_one_of_something_is_called_by_its_singular(
    one_of_each: Callable[[str], Site], page: DashboardPage, query: str
) -> None:
    path, _, told = address_of(page, query).partition("?")
    view = one_of_each("saga-1" if page.path == SERIES else "t-dark").render(path, told)
    assert view.status == 200
    said = text(view.html)
    assert {found[0] for found in ONE_OF_MANY.finditer(said)} <= ALLOWED
    assert not re.search(r"\bin \d{1,2} \w+ \d{4}\b(?! [–-])", said)  # a day is `on` it


@pytest.mark.parametrize("count", [0, 1, 2, 21, 1_000])
def test_a_count_is_called_by_its_number(count: int) -> None:
    many = formats.counted(count, "person", "people")
    assert many == f"{formats.number(count)} {'person' if count == 1 else 'people'}"
    assert formats.amount("plays", count).endswith("play" if count == 1 else "plays")
    assert formats.amount("h", count) == f"{formats.number(count)}{formats.SPACE}h"


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("", "All series & films, by all days so far"),
        ("period=7d&level=episode", "All episodes"),
        ("search=da&level=season", "Seasons with “da”, by all days so far"),
        ("genre=drama&period=7d", "Series & films of genre Drama"),
        ("content_type=film&search=x", "Series & films with “x” of type Film, by all days so far"),
    ],
)
def test_a_list_says_what_it_is_narrowed_to(site: Site, query: str, says: str) -> None:
    assert f"\n{says}\n" in text(site.render("/titles", query).html)


def test_where_nothing_is_to_know_nothing_is_said(site: Site) -> None:
    for page in PAGES:
        path, _, query = address_of(page).partition("?")
        html = site.render(path, query).html
        for table in re.findall(r"<table.*?</table>", html, flags=re.DOTALL):
            heads = re.findall(r"<th[^>]* scope=\"col\"[^>]*>(.*?)</th>", table)
            if "To know" in heads:
                cells = re.findall(r"<td[^>]*>([^<]*)</td></tr>", table)
                assert formats.UNKNOWN not in cells


def test_weeks_are_said_to_be_as_many_as_there_are(site: Site) -> None:
    told = re.search(
        r"Shown: (\d+) weeks?, also those before", text(site.render("/audience", "period=7d").html)
    )
    assert told
    assert int(told[1]) == 3  # sixteen days touch three weeks


def test_a_leader_that_is_not_known_is_none(tmp_path: Path) -> None:
    world = World(tmp_path / "lake")
    plays = [Watched("u1", "t-dark", 10, country="unknown"), Watched("u2", "t-dark", 12)]
    plays += [
        Watched("u3", "t-zoo", 12, country="FR"),
        Watched("u4", "t-zoo", 14, country="unknown"),
    ]
    world.watch(DAY, plays)
    world.describe()
    publish(world.lake, tmp_path / "serving")
    panel = Site(Snapshots(tmp_path / "serving")).panel("/", "country", "by=plays")
    assert sum(panel.table.column("share")) == pytest.approx(1)
    assert re.fullmatch(
        r"(Germany and France|France and Germany) lead with 1 play, 25\.0% of all; "
        r"of 2 plays, 50\.0% of all it is not known; 3 groups in all\.",
        panel.summary,
    )


def test_what_was_watched_without_a_duration_is_not_said_to_be_nothing(tmp_path: Path) -> None:
    world = World(tmp_path / "lake")
    world.watch(DAY, [Watched("u1", "t-night", 10, minutes=None, reached=None)])
    world.describe()
    publish(world.lake, tmp_path / "serving")
    site = Site(Snapshots(tmp_path / "serving"))
    for path in ("/", "/titles/t-night"):
        for by in ("hours_viewed", "views", "viewers"):
            said = text(site.render(path, f"by={by}").html)
            assert "Nothing was watched in this period." not in said, (path, by)
    said = text(site.render("/audience", "").html)
    assert "Nothing was watched in this period." not in said
    assert "that they watched something for two minutes or more" in said


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Service:
    service = two_weeks(tmp_path_factory.mktemp("begun"))
    today = LAST + timedelta(days=1)
    service.world.watch(today, [Watched("u1", "t-dark", 0.1, minutes=3)])
    service.publish()
    as_of = datetime(today.year, today.month, today.day, 0, 10, tzinfo=UTC)
    publish(service.world.lake, service.settings.serving, as_of=as_of)
    return service


@pytest.fixture
def on_begun(of_begun: Snapshots) -> Site:
    return Site(of_begun)


@pytest.fixture(scope="module")
def of_begun(begun: Service) -> Snapshots:
    return Snapshots(begun.settings.serving)


@pytest.mark.parametrize("query", ["period=7d", "", "period=all"])
@pytest.mark.parametrize("path", ["/", "/audience"])
def test_numbers_of_the_last_day_are_those_of_the_last_whole_one(
    on_begun: Site, of_begun: Source, path: str, query: str
) -> None:
    assert of_begun.current().info.data_to == LAST + timedelta(days=1)
    html = on_begun.render(path, query).html
    found = re.findall(r'title="([^"]*)" data-metric="(\w+)"', html)
    told = {name: value for value, name in found}
    whole = of_begun.ask(AudienceQuestion(Period(from_=LAST, to=LAST))).data.last_day
    assert told["stickiness"] == formats.percent(whole.stickiness)
    said = text(html)
    assert "the last one is not whole yet" in said
    assert formats.day(LAST).replace(formats.SPACE, " ") in said


@pytest.mark.parametrize("path", ["/", "/audience", "/titles/t-dark"])
def test_shapes_and_sentences_are_of_whole_days(on_begun: Site, path: str) -> None:
    html = on_begun.render(path, "period=7d").html
    assert not re.search(rf"least on {formats.weekday(LAST + timedelta(days=1))}", html)
    for shape in re.findall(r'class="spark"><path d="([^"]*)"', html):
        assert len(re.findall("[ML]", shape)) <= 6


def test_the_whole_of_the_period_counts_it(on_begun: Site, of_begun: Source) -> None:
    today = LAST + timedelta(days=1)
    period = Period(from_=today - timedelta(days=6), to=today)
    html = on_begun.render("/", "period=7d").html
    plays = of_begun.ask(HeadlineQuestion(period)).data.plays
    assert f'title="{formats.number(plays)}" data-metric="plays"' in html


def test_it_is_told_where_there_is_nothing_else(on_begun: Site) -> None:
    today = LAST + timedelta(days=1)
    said = text(on_begun.render("/", f"from={today}&to={today}").html)
    assert "Not whole: the newest record is of" in said


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Site:
    service = two_weeks(tmp_path_factory.mktemp("searched"))
    for day in (FIRST - timedelta(days=200), LAST + timedelta(days=100)):
        frame = pl.DataFrame(
            [("DE", "mobile", 7, 3, 1)], contract("gold/search_daily").schema, orient="row"
        )
        service.world.put("gold/search_daily", day, frame)
    service.publish()
    return Site(Snapshots(service.settings.serving))


def test_the_usual_period_ends_with_their_last_day(searched: Site) -> None:
    last = LAST + timedelta(days=100)
    panel = searched.panel("/discovery", "search-volume", "")
    assert panel.answer.period == Period(from_=last - timedelta(days=27), to=last)
    assert sum(panel.table.column("searches")) == 7
    html = searched.render("/discovery", "").html
    assert f'data-max="{last}"' in html
    assert f'data-min="{FIRST - timedelta(days=200)}"' in html
    known = formats.period(Period(from_=FIRST, to=LAST))
    assert (
        f"No recommendation was shown in this period: those that are known are of {known}" in html
    )


def test_all_days_are_all_of_theirs_and_comparisons_reach_as_far(searched: Site) -> None:
    panel = searched.panel("/discovery", "search-volume", "period=all")
    assert panel.table.column("from")[0] == FIRST - timedelta(days=200)
    before = f"from={FIRST - timedelta(days=28)}&to={FIRST - timedelta(days=1)}"
    assert "compared" in searched.panel("/discovery", "search-volume", before).table.names


def test_the_api_ends_with_them_too(searched: Site) -> None:
    source = searched._snapshots
    assert source.ask(SearchesQuestion()).data.days[-1].day == LAST + timedelta(days=100)
    assert source.ask(RecommendationsQuestion()).data.days[-1].day == LAST


@given(st.lists(st.tuples(st.text("ab", max_size=2), st.integers(0, 10**11)), min_size=2))
def test_texts_are_sorted_by_the_size_of_their_numbers(parts: list[tuple[str, int]]) -> None:
    named = {f"{text} {number} x": (text, number) for text, number in parts}
    expected = [name for name, _ in sorted(named.items(), key=lambda each: each[1])]
    assert sorted(named, key=formats.natural) == expected


def test_episodes_are_listed_by_their_numbers_page_by_page(tmp_path: Path) -> None:
    numbers = [*range(1, 13), 100, 99_999_999_999]
    named = {f"t-{n}": (f"Émil {n}: Part {n % 3}", "series", "drama", 60.0) for n in numbers}
    world = World(tmp_path / "lake")
    # Afterwards the titles are in the order that they had: Service takes the first three of them.
    with patch.dict(TITLES, named, clear=True):
        world.watch(DAY, [Watched("u1", title_id, 10) for title_id in named])
        world.describe()
    publish(world.lake, tmp_path / "serving")
    expected = [f"t-{n}" for n in numbers]
    site = Site(Snapshots(tmp_path / "serving"))
    assert site.panel("/titles", "catalogue", "sort=title").table.column("title_id") == expected
    down = site.panel("/titles", "catalogue", "sort=title&order=desc").table
    assert down.column("title_id") == expected[::-1]
    source = Snapshots(tmp_path / "serving")
    found: list[str] = []
    cursor = None
    for _ in numbers:
        page = source.ask(TitlesQuestion(sort="title", limit=4, cursor=cursor))
        found += [title.title_id for title in page.data]
        cursor = page.next
        if cursor is None:
            break
    assert found == expected


@pytest.mark.parametrize(
    ("wau", "mau", "says"),
    [
        (None, None, "Mon, 2 Mar 2026: 1 viewer."),
        (2, None, "Mon, 2 Mar 2026: 1 viewer, 2 in the 7 days that end with it."),
        (2, 3, "1 viewer, 2 in the 7 days that end with it, 3 in the 30 days that end with it."),
    ],
)
def test_viewers_that_are_not_known_yet_are_left_out(
    wau: int | None, mau: int | None, says: str
) -> None:
    day = Period(from_=DAY, to=DAY)
    told = _summary({"dau": 1, "wau": wau, "mau": mau}, day).replace(formats.SPACE, " ")
    assert told.endswith(says)


@pytest.mark.parametrize(
    ("name", "value", "counts", "says"),
    [
        ("views", 0, {"hours_without_runtime": 22.0}, "Hours without runtime: 22"),
        ("views", 1.5, {"hours_without_runtime": 22.0}, None),
        ("hours_viewed", 0, {"plays_without_duration": 3}, "Plays without duration: 3"),
        ("hours_viewed", 0, {"plays_without_duration": 0}, None),
        ("completion_rate", 0.0, {"plays_without_duration": 3}, None),
        ("completion_rate", None, {"starters_without_reach": 3}, "Starters of unknown reach: 3"),
        ("completion_rate", None, {"plays_without_duration": 3}, "Plays without duration: 3"),
        ("viewers", 0, {"plays_without_duration": 3}, "Plays without duration: 3"),
        ("viewers", 1, {"plays_without_duration": 3}, None),
        ("plays", 0, {"plays_without_duration": 3}, None),
        ("peak_concurrent", 0, {"plays": 3, "sittings": 0}, "Plays without time of day: 3"),
        ("peak_concurrent", 0, {"plays": 3, "sittings": 1}, None),
        ("peak_concurrent", None, {"plays": 3}, None),
    ],
)
def test_of_how_many_it_is_not_known_is_said_where_nothing_is(
    name: str, value: float | None, counts: dict[str, float], says: str | None
) -> None:
    assert unknown(name, value, SimpleNamespace(**counts)) == says


@given(st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_something_is_never_nothing_and_part_is_never_all(value: float) -> None:
    assert float(formats.number(value).removeprefix("<")) > 0
    assert formats.percent(value) not in ("0.0%", "100.0%")
    assert formats.percent(0) == "0.0%"
    assert formats.percent(1) == "100.0%"
    assert not formats.minutes(value).startswith("0" + formats.SPACE)
