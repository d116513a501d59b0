"""The page on discovery: every number is the query layer's."""

import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from dash_app import formats
from dash_app.exports import as_csv, as_figure
from dash_app.filters import ViewState
from dash_app.page_request import Visit
from dash_app.pages import discovery
from dash_app.panels import interactions
from dash_app.panels.panel import drawn
from dash_app.site import Site
from netflix_pipeline.contracts import contract
from netflix_pipeline.serving import Filters as Narrowing
from netflix_pipeline.serving import Period, Question, Snapshots, Source
from netflix_pipeline.serving.questions.interactions import (
    RecommendationFilters,
    RecommendationsQuestion,
    SearchesQuestion,
    known_values,
)
from netflix_pipeline.serving.questions.search_terms import SearchTermsQuestion
from netflix_pipeline.serving.questions.series import SeriesQuestion
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.figures import checked
from netflix_pipeline_tests.support.service import FIRST, LAST, Service

WEEK = Period(from_=LAST - timedelta(days=6), to=LAST)
BEFORE = Period(from_=LAST - timedelta(days=13), to=LAST - timedelta(days=7))
NAMES = list(discovery.PANELS)
TOLD = [name for name in NAMES if not name.endswith("moved")]
OF_SEARCH = [name for name in TOLD if name.startswith("search")]
OF_RECOMMENDATIONS = [name for name in TOLD if name.startswith("recommendation")]


def visit(source: Source, query: str = "") -> Visit:
    filters = ViewState.parse(query, discovery.PAGE.own)
    return Visit(discovery.PAGE, "/discovery", filters, source)


def cards(html: str) -> dict[str, str]:
    return {
        name: value for value, name in re.findall(r'title="([^"]*)" data-metric="([^"]*)"', html)
    }


@pytest.mark.parametrize(
    "filters",
    [{}, {"country": "DE"}, {"device": "mobile"}, {"country": "FR", "device": "smart_tv"}],
)
def test_cards_of_searches_are_the_query_layers(
    site: Site, source: Source, filters: dict[str, str]
) -> None:
    query = "&".join(["period=7d", *(f"{name}={value}" for name, value in filters.items())])
    html = site.render("/discovery", query).html
    now = source.ask(SearchesQuestion(WEEK, Narrowing(**filters))).data.totals
    before = source.ask(SearchesQuestion(BEFORE, Narrowing(**filters))).data.totals
    found = cards(html)
    for name in ("searches", "clicked", "without_results"):
        assert found[f"search_{name}"] == formats.number(getattr(now, name))
    assert found["search_success"] == formats.percent(now.search_success)
    assert f"was {formats.percent(before.search_success)} in {formats.period(BEFORE)}" in html


@pytest.mark.parametrize("filters", [{}, {"device": "mobile"}])
def test_cards_of_recommendations_are_the_query_layers(
    site: Site, source: Source, filters: dict[str, str]
) -> None:
    query = "&".join(["period=7d", *(f"{name}={value}" for name, value in filters.items())])
    found = cards(site.render("/discovery", query).html)
    now = source.ask(RecommendationsQuestion(WEEK, RecommendationFilters(**filters))).data.totals
    assert found["recommendation_shown"] == formats.number(now.shown)
    assert found["recommendation_clicked"] == formats.number(now.clicked)
    assert found["recommendation_ctr"] == formats.percent(now.recommendation_ctr)


@pytest.mark.parametrize(
    ("name", "metric"),
    [("search-clicks", "search_success"), ("recommendation-clicks", "recommendation_ctr")],
)
def test_the_share_in_the_course_of_time_is_a_series_beside_the_days_before(
    source: Source, site: Site, name: str, metric: str
) -> None:
    panel = discovery.PANELS[name](visit(source, "period=7d&device=mobile"))
    told = source.ask(
        SeriesQuestion(metric, WEEK, Narrowing(device="mobile"), compare="previous")
    ).data
    assert panel.table.column(metric) == list(told.lines[0].values)
    assert panel.table.column("compared") == list(told.lines[0].compared or ())
    assert panel.summary.startswith(f"{formats.percent(told.lines[0].total)} in the period; most")
    day = WEEK.from_ + timedelta(days=1)
    assert panel.table.links[1] == f"/discovery?from={day}&to={day}&device=mobile"
    path, _, query = panel.table.links[1].partition("?")
    assert site.render(path, query).status == 200


def test_a_day_without_searches_is_a_gap_and_not_a_zero(source: Source) -> None:
    at = visit(source, "period=all")
    shares = discovery.PANELS["search-clicks"](at).table.column("search_success")
    assert shares[2] is None
    assert shares.count(None) == 1
    assert discovery.PANELS["search-volume"](at).table.column("searches")[2] == 0


def test_a_share_of_nothing_but_failures_is_shown(source: Source) -> None:
    at = visit(source, "period=7d&country=FR&device=mobile")
    panel = discovery.PANELS["search-clicks"](at)
    assert panel.table.column("search_success") == [0.0] * 7
    assert 'class="nothing"' not in drawn(panel, at)


@pytest.mark.parametrize(
    ("name", "ask", "whole", "counts"),
    [
        ("search-volume", SearchesQuestion, "searches", ("searches", "clicked", "without_results")),
        ("recommendation-volume", RecommendationsQuestion, "shown", ("shown", "clicked")),
    ],
)
def test_the_volume_of_each_day_is_the_query_layers(
    source: Source,
    name: str,
    ask: Callable[..., Question[Any]],
    whole: str,
    counts: tuple[str, ...],
) -> None:
    panel = discovery.PANELS[name](visit(source, "period=all"))
    told = source.ask(ask(Period(from_=FIRST, to=LAST))).data
    for count in counts:
        assert panel.table.column(count) == [getattr(day, count) for day in told.days]
    assert panel.table.column("not_clicked") == [
        getattr(day, whole) - day.clicked for day in told.days
    ]
    assert panel.summary == (
        f"{formats.number(getattr(told.totals, whole))} in all, {told.totals.clicked} with a click "
        f"and {formats.number(getattr(told.totals, whole) - told.totals.clicked)} without."
    )


def test_the_volume_stands_beside_that_of_the_days_before(source: Source) -> None:
    panel = discovery.PANELS["search-volume"](visit(source, "period=7d&device=mobile"))
    before = source.ask(SearchesQuestion(BEFORE, Narrowing(device="mobile"))).data.days
    assert panel.table.column("compared") == [day.searches for day in before]
    assert panel.table.column("searches") != panel.table.column("compared")
    alone = discovery.PANELS["search-volume"](visit(source, "period=7d&compare=none"))
    assert "compared" not in alone.table.names


def test_a_panel_says_what_its_shares_rest_on(source: Source) -> None:
    told = source.ask(SearchesQuestion(WEEK)).data.totals
    panel = discovery.PANELS["search-clicks"](visit(source, "period=7d"))
    assert panel.facts == [("Rests on", f"Searches: {formats.number(told.searches)}")]


def test_long_periods_are_summed_by_week(source: Source) -> None:
    panel = discovery.PANELS["search-volume"](visit(source, f"from=2025-10-01&to={LAST}"))
    assert panel.heading == "Searches by week"
    told = source.ask(SearchesQuestion(Period(from_=FIRST, to=LAST))).data
    assert sum(panel.table.column("searches")) == told.totals.searches
    assert panel.table.column("searches")[-2] == sum(day.searches for day in told.days[7:14])
    assert panel.table.column("notes")[-1] == "not whole: cut by the period"


@pytest.mark.parametrize(
    ("name", "ask", "by", "metric", "whole"),
    [
        ("search-country", SearchesQuestion, "country", "search_success", "searches"),
        ("search-device", SearchesQuestion, "device", "search_success", "searches"),
        (
            "recommendation-algorithm",
            RecommendationsQuestion,
            "algorithm",
            "recommendation_ctr",
            "shown",
        ),
        ("recommendation-device", RecommendationsQuestion, "device", "recommendation_ctr", "shown"),
    ],
)
def test_groups_are_the_query_layers_the_largest_first(
    source: Source, name: str, ask: Callable[..., Question[Any]], by: str, metric: str, whole: str
) -> None:
    panel = discovery.PANELS[name](visit(source, "period=7d"))
    told = source.ask(ask(WEEK, split_by=by)).data.groups
    before: dict[str, Any] = {
        each.group: getattr(each, metric)
        for each in source.ask(ask(BEFORE, split_by=by)).data.groups
    }
    assert panel.table.column(by) == [each.group for each in told]
    assert panel.table.texts_of(by) == [formats.dimension(by, each.group) for each in told]
    assert panel.table.column(metric) == [getattr(each, metric) for each in told]
    assert panel.table.column("compared") == [before[each.group] for each in told]
    assert panel.table.column(whole) == sorted(panel.table.column(whole), reverse=True)


@pytest.mark.parametrize("filters", [{}, {"device": "mobile"}, {"country": "FR"}])
def test_terms_are_the_query_layers_those_not_found_first_and_rare_ones_together(
    source: Source, site: Site, filters: dict[str, str]
) -> None:
    query = "&".join(["period=7d", *(f"{name}={value}" for name, value in filters.items())])
    asked = SearchTermsQuestion(WEEK, Narrowing(**filters), sort="not_found", compare="previous")
    told = source.ask(asked).data
    at = visit(source, query)
    panel = discovery.PANELS["search-terms"](at)
    rows: list[Any] = [*told.terms, *([told.rest] if told.rest.terms else [])]
    names = ("not_found", "compared", "without_click", "searches", "people", "search_success")
    for name in names:
        assert panel.table.column(name) == [getattr(row, name) for row in rows]
    others = ["All other terms"] if told.rest.terms else []
    assert panel.table.column("term") == [*(term.term for term in told.terms), *others]
    assert len(told.terms) == (1 if filters else 2)
    html = site.render("/discovery", query).html
    assert ("&lt;b&gt;nihgt" in html) == ("<b>nihgt</b>" in panel.table.column("term"))
    assert "rare 1" not in html + as_csv(panel).decode()
    assert ("All other terms" in html) == bool(others)


def test_the_term_that_was_not_found_most_often_is_named(source: Source) -> None:
    panel = discovery.PANELS["search-terms"](visit(source, "period=7d"))
    (first, *_) = source.ask(SearchTermsQuestion(WEEK, sort="not_found")).data.terms
    assert panel.summary == (
        f"“dark” most often: {first.not_found} of {first.searches} searches by {first.people} "
        "people showed no result."
    )
    found = discovery.PANELS["search-terms"](visit(source, "period=7d&country=FR"))
    assert found.summary == "Each term that 10 people or more searched for showed results."
    rare = discovery.PANELS["search-terms"](
        visit(source, f"from={LAST}&to={LAST}&country=FR&device=mobile")
    )
    assert rare.table.rows == ()


@pytest.mark.parametrize(
    ("name", "chosen"),
    [
        ("search-country", "country=DE"),
        ("search-device", "device=mobile"),
        ("recommendation-algorithm", "algorithm=similar_taste"),
    ],
)
def test_what_is_chosen_is_marked_beside_the_others(source: Source, name: str, chosen: str) -> None:
    by, _, value = chosen.partition("=")
    every = discovery.PANELS[name](visit(source, "period=7d"))
    panel = discovery.PANELS[name](visit(source, f"period=7d&{chosen}"))
    assert panel.table.rows == every.table.rows
    at = every.table.column(by).index(value)
    assert [text.startswith("✓ ") for text in panel.table.texts_of(by)] == [
        each == at for each in range(len(panel.table.rows))
    ]
    assert panel.table.links[at] == "/discovery?period=7d"
    assert "others are shown beside it" in str(panel.note)


def test_a_group_leads_to_the_page_narrowed_to_it(source: Source) -> None:
    panel = discovery.PANELS["search-country"](visit(source, "period=7d"))
    assert "/discovery?period=7d&country=DE" in panel.table.links
    of_algorithm = discovery.PANELS["recommendation-algorithm"](
        visit(source, "period=7d&device=mobile")
    )
    assert of_algorithm.table.links == (
        "/discovery?period=7d&device=mobile&algorithm=similar_taste",
    )
    narrowed = visit(source, "period=7d&algorithm=similar_taste")
    of_device = discovery.PANELS["recommendation-device"](narrowed)
    assert of_device.table.links == ("/discovery?period=7d&device=mobile&algorithm=similar_taste",)


@pytest.mark.parametrize("filters", [{}, {"device": "mobile"}])
def test_an_algorithm_alone_is_told_by_day_beside_the_days_before(
    source: Source, filters: dict[str, str]
) -> None:
    asked = filters | {"algorithm": "similar_taste"}
    query = "&".join(["period=7d", *(f"{name}={value}" for name, value in asked.items())])
    told = source.ask(RecommendationsQuestion(WEEK, RecommendationFilters(**asked))).data
    before = source.ask(RecommendationsQuestion(BEFORE, RecommendationFilters(**asked))).data
    panel = discovery.PANELS["recommendation-clicks"](visit(source, query))
    assert panel.table.column("recommendation_ctr") == [d.recommendation_ctr for d in told.days]
    assert panel.table.column("compared") == [day.recommendation_ctr for day in before.days]
    assert panel.answer.filters == asked
    assert panel.summary.startswith(formats.percent(told.totals.recommendation_ctr))
    volume = discovery.PANELS["recommendation-volume"](visit(source, query)).table
    assert volume.column("shown") == [day.shown for day in told.days]
    assert volume.column("compared") == [day.shown for day in before.days]


def test_an_algorithm_narrows_recommendations_only_and_its_chip_takes_it_away(site: Site) -> None:
    html = site.render("/discovery", "period=7d&algorithm=%3Cb%3Enew%3C%2Fb%3E").html
    everything = site.render("/discovery", "period=7d").html
    assert cards(html)["search_searches"] == cards(everything)["search_searches"]
    assert cards(html)["recommendation_shown"] != cards(everything)["recommendation_shown"]
    chip = re.search(r'<ul aria-label="Filters of recommendations".*?</ul>', html)
    assert chip
    assert "&lt;b&gt;new&lt;/b&gt;" in chip[0]
    assert 'href="/discovery?period=7d"' in chip[0]
    assert "Filters of recommendations" not in everything
    assert site.render("/discovery", f"algorithm={'x' * 201}").status == 422


def test_what_cannot_be_known_by_country_says_so(site: Site, source: Source) -> None:
    html = site.render("/discovery", "period=7d&country=DE").html
    found = cards(html)
    assert found["search_searches"] != formats.UNKNOWN
    for name in ("recommendation_shown", "recommendation_ctr", "recommendation_clicked"):
        assert found[name] == formats.UNKNOWN
    assert html.count("only by device, algorithm") == 3
    assert (
        html.count("Recommendations are not known by country. It is narrowed to country Germany")
        == 4
    )
    at = visit(source, "country=DE")
    for name in OF_RECOMMENDATIONS:
        panel = discovery.PANELS[name](at)
        assert as_csv(panel).decode().splitlines() == [
            "period_from,period_to,filters,as_of,snapshot_version"
        ]


def test_filters_of_plays_alone_have_no_effect_and_it_is_said(site: Site) -> None:
    html = site.render("/discovery", "period=7d&genre=drama&plan=Basic").html
    assert html.count("– not used on this page") == 2
    assert cards(html) == cards(site.render("/discovery", "period=7d").html)


@pytest.mark.parametrize("query", ["country=XX", "device=abacus", "from=2020-01-01&to=2020-01-31"])
def test_where_nobody_searched_it_says_so(site: Site, source: Source, query: str) -> None:
    view = site.render("/discovery", query)
    assert view.status == 200
    assert cards(view.html)["search_searches"] == "0"
    assert cards(view.html)["search_success"] == formats.UNKNOWN
    at = visit(source, query)
    for name in OF_SEARCH:
        if name.removeprefix("search-") == query.partition("=")[0]:
            continue  # its other values stand there
        html = drawn(discovery.PANELS[name](at), at)
        assert "Nobody searched in this period" in html
        known = formats.period(Period(from_=FIRST, to=LAST))
        assert (f"those that are known are of {known}." in html) == ("from" in query)
        assert ("take that away to see more" in html) == ("from" not in query)
        assert "<table" not in html


def test_names_that_others_gave_are_escaped(site: Site) -> None:
    html = site.render("/discovery", "period=7d").html
    assert "&lt;b&gt;new&lt;/b&gt;" in html
    assert "<b>new" not in html
    assert "<i>" not in site.render("/discovery", "device=%3Ci%3E").html


def test_groups_are_told_of_a_year_at_most(source: Source) -> None:
    at = visit(source, f"from=2020-01-01&to={LAST}")
    panel = discovery.PANELS["search-country"](at)
    assert panel.note == "Of the last 366 days of the period."
    assert panel.answer.period == Period(
        from_=LAST - timedelta(days=interactions.MOST_DAYS_BY_GROUP - 1), to=LAST
    )
    year = visit(source, f"from={LAST - timedelta(days=365)}&to={LAST}")
    assert discovery.PANELS["search-country"](year).note is None


def test_many_groups_end_with_all_others_which_lead_to_everything(tmp_path: Path) -> None:
    made = Service(Settings(home=tmp_path))
    made.another_day()
    rows = [(f"C{number:02}", "mobile", 50 - number, 5, 0) for number in range(22)]
    schema = contract("gold/search_daily").schema
    made.world.put("gold/search_daily", made.last, pl.DataFrame(rows, schema=schema, orient="row"))
    made.publish()
    at = visit(Snapshots(made.settings.serving), "period=7d")
    panel = discovery.PANELS["search-country"](at)
    assert panel.table.texts_of("country")[-2:] == ["C19", "All others"]
    assert panel.table.column("searches")[-1] == 30 + 29
    assert panel.table.links[-2:] == ("/discovery?period=7d&country=C19", "/discovery?period=7d")


@pytest.mark.parametrize("name", NAMES)
def test_every_panel_can_be_taken_along(site: Site, name: str) -> None:
    panel = site.panel("/discovery", name, "period=7d")
    lines = as_csv(panel).decode().splitlines()
    assert len(lines) == 1 + len(panel.table.rows) > 1
    figure = as_figure(panel)
    assert figure
    checked(json.loads(figure))
    html = site.render("/discovery", "period=7d").html
    assert f"/export/discovery/{name}.csv?period=7d" in unescape(html)


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1900, 1, 1), date(2999, 12, 31)])
def test_the_ends_of_time_are_refused_or_empty(site: Site, day: date) -> None:
    assert site.render("/discovery", f"from={day}&to={day}").status in (200, 422)


def test_a_snapshot_of_an_earlier_release_is_told_as_what_it_is(tmp_path: Path) -> None:
    made = Service(Settings(home=tmp_path))
    made.another_day()
    made.publish()
    with duckdb.connect(str(next(made.settings.serving.glob("snapshot-*")))) as sql:
        sql.execute("DROP VIEW search_term_daily; DROP TABLE coded.search_term_daily")
        sql.execute("UPDATE held.state SET layout = 'earlier'")
    view = Site(Snapshots(made.settings.serving)).render("/discovery", "")
    assert view.status == 503
    assert "was published by another release" in view.html


def test_what_moved_a_kind_adds_up_to_its_change(site: Site, source: Source) -> None:
    algorithm = known_values(source.current(), "recommendation_daily", "algorithm")[0]
    chosen = f"period=7d&algorithm={algorithm}&recommendation_why=recommendations"
    filters = RecommendationFilters(algorithm=algorithm)
    then, earlier = (
        source.ask(RecommendationsQuestion(days, filters)).data.totals.shown
        for days in (WEEK, BEFORE)
    )
    for by in ("device", "algorithm"):
        query = f"{chosen}&recommendation_moved={by}"
        table = site.panel("/discovery", "recommendation-moved", query).table
        assert sum(table.column("contribution")) == then - earlier
    now, before = (source.ask(SearchesQuestion(days)).data.totals for days in (WEEK, BEFORE))
    for why, change in (
        ("searches", now.searches - before.searches),
        ("not_found", now.without_results - before.without_results),
    ):
        panel = site.panel("/discovery", "search-moved", f"period=7d&search_why={why}")
        assert sum(panel.table.column("contribution")) == change
    success = site.panel("/discovery", "search-moved", "period=7d").table.column("contribution")
    of_share = (now.search_success or 0) - (before.search_success or 0)
    assert sum(success) == pytest.approx(of_share, rel=1e-9)
    refused = site.panel("/discovery", "recommendation-moved", "country=DE")
    assert "country" in refused.nothing
    assert site.render("/discovery", "search_why=plays").status == 422
