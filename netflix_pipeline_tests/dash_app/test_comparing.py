"""Side by side: another value of a filter, other days, another title, on every page that can."""

import re
from datetime import date, timedelta
from html import unescape
from typing import Any
from urllib.parse import unquote

import pytest

from dash_app import formats
from dash_app.filters import ViewState
from dash_app.page_request import Visit
from dash_app.pages import audience, discovery, overview, series, title
from dash_app.panels import people, trend
from dash_app.site import Site
from netflix_pipeline.serving import Filters as Narrowing
from netflix_pipeline.serving import Period, Source
from netflix_pipeline.serving.questions.audience import LifecycleQuestion
from netflix_pipeline.serving.questions.contributions import ContributionsQuestion
from netflix_pipeline.serving.questions.headline import HeadlineQuestion
from netflix_pipeline_tests.support.service import LAST

WEEK = Period(from_=LAST - timedelta(days=6), to=LAST)
AMELIE = "Le Fabuleux Destin d'Amélie"
BESIDE = "period=7d&country=DE&compare=country:FR"


def visit(source: Source, query: str, page: Any = overview.PAGE, **arguments: str) -> Visit:
    return Visit(page, page.at(**arguments), ViewState.parse(query, page.own), source, arguments)


def told(site: Site, path: str, query: str) -> str:
    """The text of a page."""
    view = site.render(path, query)
    assert view.status == 200
    return unescape(view.html)


@pytest.mark.parametrize("by", ["hours_viewed", "viewers", "plays"])
def test_every_panel_has_the_other_value_beside_its_own(source: Source, by: str) -> None:
    at = visit(source, f"{BESIDE}&by={by}")
    alone = {
        country: visit(source, f"period=7d&country={country}&compare=none&by={by}")
        for country in ("DE", "FR")
    }
    panels = {name: overview.PANELS[name](at) for name in ("trend", "device", "genre", "titles")}
    here, there = (
        {name: overview.PANELS[name](one).table for name in panels} for one in alone.values()
    )
    table = panels["trend"].table
    assert table.column(by) == here["trend"].column(by)
    assert table.column("compared") == there["trend"].column(by)
    assert table.label("compared") == "France"
    assert "compared_from" not in table.names
    for name, key in (("device", "device"), ("genre", "genre"), ("titles", "title_id")):
        table, beside = panels[name].table, there[name]
        amounts = dict(zip(beside.column(key), beside.column(by), strict=True))
        assert table.column(by) == here[name].column(by)
        assert table.column("compared") == [amounts.get(one, 0) for one in table.column(key)]
        assert table.label("compared") == "France"


def test_the_panel_of_what_is_compared_has_both_beside_the_others(source: Source) -> None:
    panel = overview.PANELS["country"](visit(source, BESIDE))
    plain = overview.PANELS["country"](visit(source, "period=7d&compare=none"))
    assert panel.table.rows == plain.table.rows
    assert panel.table.column("country") == plain.table.column("country")
    assert {text for text in panel.table.texts_of("country") if "✓" in text} == {
        "✓ Germany",
        "✓ France",
    }
    assert panel.note == "Germany against France: others are shown beside them."


def test_a_name_in_the_legend_narrows_the_page_to_it(site: Site) -> None:
    html = told(site, "/", "period=7d&country=DE&country=FR")
    for code, name in (("DE", "Germany"), ("FR", "France")):
        assert re.search(f'<a href="/.period=7d&country={code}" class="key[^>]*>{name}</a>', html)


def test_the_difference_is_split_and_the_sentence_says_from_what(source: Source) -> None:
    panel = overview.PANELS["moved"](visit(source, f"{BESIDE}&by=plays"))
    asked = ContributionsQuestion(
        "plays", "device", WEEK, Narrowing(country="DE"), compare="country:FR", top=8
    )
    rows = [row for row in source.ask(asked).data.rows if row.contribution]
    assert panel.table.column("contribution") == [row.contribution for row in rows]
    assert panel.table.column("compared") == [row.before for row in rows]
    assert panel.summary.startswith("Plays: ")
    assert "against France" in panel.summary


def test_cards_and_the_line_below_the_filters_say_both(source: Source, site: Site) -> None:
    html = told(site, "/", BESIDE)
    before = source.ask(HeadlineQuestion(WEEK, Narrowing(country="FR"))).data
    assert "· <span>Germany against France</span>" in html
    assert f" against France: {before.plays}<" in html
    assert f"France: {before.viewers}" in html
    assert ">Germany</span>" in html  # in the legend of the trend
    assert 'data-told="Germany against France · ' in html  # on pictures
    # Without a filter all stand against it, and what cannot be narrowed stands alone.
    html = told(site, "/", "period=7d&compare=country:FR")
    assert "<span>All against France</span>" in html
    assert html.count("no comparison") == 2  # stickiness and the peak of viewers


def test_a_value_of_a_panel_is_put_beside_the_chosen_one_by_one_press(
    source: Source, site: Site
) -> None:
    panel = overview.PANELS["country"](visit(source, "period=7d&country=DE"))
    assert 'aria-label="Germany against"' in (panel.choices or "")
    assert 'href="/?period=7d&amp;country=DE&amp;compare=country%3AFR"' in (panel.choices or "")
    chosen = overview.PANELS["country"](visit(source, BESIDE))
    assert 'href="/?period=7d&amp;country=DE" aria-current="true"' in (chosen.choices or "")
    for query in ("period=7d", "period=7d&not_country=DE", "period=7d&country=DE&country=FR"):
        assert overview.PANELS["country"](visit(source, query)).choices is None
    html = told(site, "/", BESIDE)
    assert "Beside: " in html
    assert 'value="country:FR" checked' in html


def test_the_weekend_stands_beside_the_other_days_by_one_link(source: Source, site: Site) -> None:
    html = told(site, "/", "period=7d&by=plays")
    (link,) = re.findall('href="/([^"]+)">Weekend beside weekdays', html)
    panel = overview.PANELS["trend"](visit(source, unquote(link)))
    weekend, rest = (
        sum(
            source.ask(HeadlineQuestion(WEEK, Narrowing(weekday=day))).data.plays or 0
            for day in days
        )
        for days in ("67", "12345")
    )
    assert 0 < weekend != rest
    assert f"Weekend {weekend} plays, against Monday to Friday {rest} plays" in panel.summary
    # They have other numbers of days: what is of a day stands beside the sums.
    here, there = (formats.amount("plays", amount) for amount in (weekend / 2, rest / 5))
    change, _ = formats.change("plays", weekend / 2, rest / 5) or ("", 0)
    days = f"{formats.days(2)} against 5"
    a_day = f"{days}; a day: {here} against {there}, {change}"
    assert f"{rest} plays; {a_day}. {here} a day on average" in panel.summary
    of_weekend = [day.isoweekday() > 5 for day in panel.table.column("from")]
    assert [value is None for value in panel.table.column("compared")] == of_weekend
    assert [value is not None for value in panel.table.column("plays")] == of_weekend
    at = visit(source, unquote(link))
    moved, device, titles = (overview.PANELS[name](at) for name in ("moved", "device", "titles"))
    assert f" against Monday to Friday; {a_day}; " in moved.summary
    assert device.note == titles.note == f"{days}: changes are of a day."
    table = device.table
    pairs = zip(table.column("plays"), table.column("compared"), strict=True)
    for (now, before), bar in zip(pairs, (device.figure or {})["data"][0]["text"], strict=True):
        each = formats.marked("plays", now / 2, before / 5)
        assert bar.endswith(f" {each} a day" if before else each)
    viewers = overview.PANELS["trend"](visit(source, unquote(link).replace("plays", "viewers")))
    assert f" users; {days}. " in viewers.summary  # a day's are no part of the period's
    beside = told(site, "/", link)
    assert "<span>Weekend against Monday to Friday</span>" in beside
    assert f" against Monday to Friday: {rest}<" in beside
    assert ' · a day <span class="change ' in beside
    # Pressed again it is undone.
    assert 'href="/?period=7d&by=plays" aria-current="true">Weekend beside weekdays' in beside
    # Of titles a list is no sum: it is compared by days alone.
    assert "Weekend beside" not in told(site, "/titles", "period=7d")


def test_days_of_another_number_stand_beside_by_the_day(source: Source) -> None:
    query = "from=2026-03-09&to=2026-03-15&compare=2026-03-03..2026-03-05&by=plays"
    panel = overview.PANELS["trend"](visit(source, query))
    now, before = (
        source.ask(HeadlineQuestion(days)).data.plays or 0
        for days in (
            Period(from_=date(2026, 3, 9), to=date(2026, 3, 15)),
            Period(from_=date(2026, 3, 3), to=date(2026, 3, 5)),
        )
    )
    change, _ = formats.change("plays", now / 7, before / 3) or ("", 0)
    assert f"{formats.days(7)} against 3; a day: " in panel.summary
    assert f", {change}. " in panel.summary
    alike = overview.PANELS["trend"](visit(source, "period=7d&by=plays"))
    assert "a day: " not in alike.summary


@pytest.mark.parametrize(
    ("page", "arguments"),
    [(overview.PAGE, {}), (title.PAGE, {"title_id": "t-dark"})],
    ids=["overview", "title"],
)
@pytest.mark.parametrize(
    "only", ["weekday=6&weekday=7", "&".join(f"not_weekday={day}" for day in "12345")]
)
def test_days_that_a_filter_leaves_out_are_no_zeros(
    source: Source, page: Any, arguments: dict[str, str], only: str
) -> None:
    at = visit(source, f"period=all&by=plays&compare=none&{only}", page, **arguments)
    whole = visit(source, "period=all&by=plays&compare=none", page, **arguments)
    panel, all_days = (
        title.panel(one, "trend") if arguments else overview.PANELS["trend"](one)
        for one in (at, whole)
    )
    weekend = {
        day: plays
        for day, plays in zip(
            all_days.table.column("from"), all_days.table.column("plays"), strict=True
        )
        if day.isoweekday() > 5
    }
    assert len(weekend) == 4
    assert dict(zip(*map(panel.table.column, ("from", "plays")), strict=True)) == weekend
    mean = formats.amount("plays", sum(weekend.values()) / 4)
    assert panel.summary.startswith(f"{mean} a day on average; ")
    least = formats.weekday(min(weekend, key=lambda day: weekend[day]))
    assert arguments or f"least on {least} " in panel.summary
    assert (panel.figure or {})["data"][-1]["x"] == [str(day) for day in weekend]


def test_several_values_have_a_line_each_or_one_together(source: Source) -> None:
    query = "period=7d&country=DE&country=FR&by=plays"
    panel = overview.PANELS["trend"](visit(source, query))
    for country, name in (("DE", "Germany"), ("FR", "France")):
        alone = trend.trend(visit(source, f"period=7d&country={country}&by=plays")).table
        assert panel.table.column(f"plays_{country}") == alone.column("plays")
        assert panel.table.label(f"plays_{country}") == name
        total = sum(alone.column("plays"))
        assert f"{name} {total:.0f} plays" in panel.summary
    together = trend.trend(visit(source, f"{query}&{trend.LINES}={trend.TOGETHER}")).table
    both = zip(panel.table.column("plays_DE"), panel.table.column("plays_FR"), strict=True)
    assert together.column("plays") == [sum(pair) for pair in both]


@pytest.mark.parametrize(
    ("page", "arguments"),
    [(title.PAGE, {"title_id": "t-dark"}), (series.PAGE, {"series_id": "saga"})],
    ids=["title", "series"],
)
def test_a_title_stands_beside_another(
    source: Source, site: Site, page: Any, arguments: dict[str, str]
) -> None:
    query = "period=all&by=plays&compare=title:t-amelie"
    at = visit(source, query, page, **arguments)
    alone = visit(source, "period=all&by=plays&compare=none", title.PAGE, title_id="t-amelie")
    now, there = title.panel(at, "trend").table, title.panel(alone, "trend").table
    assert now.column("compared") == there.column("plays")
    assert now.label("compared") == AMELIE
    device, beside = title.panel(at, "device").table, title.panel(alone, "device").table
    amounts = dict(zip(beside.column("device"), beside.column("plays"), strict=True))
    assert device.column("compared") == [amounts.get(one, 0) for one in device.column("device")]
    html = told(site, page.at(**arguments), query)
    assert f"{title.called(at)} against {AMELIE}" in html
    assert f" against {AMELIE}: {sum(there.column('plays')):.0f}<" in html
    assert f"against {AMELIE}" in title.panel(at, "moved").summary
    # Elsewhere it says nothing.
    assert 'href="/?period=all&by=plays"' in html


def test_titles_to_stand_beside_are_offered_and_found(site: Site) -> None:
    offered = told(site, "/titles/t-dark", "period=7d")
    assert 'href="/titles/t-dark?period=7d&compare=title%3At-amelie"' in offered
    assert 'href="/titles/t-dark?period=7d&compare=title%3At-dark"' not in offered
    found = told(site, "/titles/t-dark", "period=7d&find=AMEL")
    assert found.count("compare=title%3A") == 1
    nothing = told(site, "/titles/t-dark", "period=7d&find=no+such")
    assert "No other title has “no such” in its name." in nothing


def test_other_days_stand_beside_on_every_page(source: Source, site: Site) -> None:
    days = "from=2026-03-12&to=2026-03-15&compare_from=2026-03-03&compare_to=2026-03-05"
    at = visit(source, f"{days}&by=plays")
    assert at.filters.query().count("compare=2026-03-03..2026-03-05") == 1
    then = visit(source, "from=2026-03-03&to=2026-03-05&compare=none&by=plays")
    now, before = (overview.PANELS["trend"](one).table for one in (at, then))
    assert now.column("compared") == [*before.column("plays"), None]
    assert now.column("compared_from")[0] == date(2026, 3, 3)
    for path in ("/", "/audience", "/discovery", "/titles/t-dark"):
        assert f"compared with {formats.period(then.period)}" in told(site, path, days)
    unknown = told(site, "/", "compare=2020-03-03..2020-03-05")
    assert "nothing is known of" in unknown


def test_cards_of_weeks_are_compared_with_the_last_week_of_other_days(source: Source) -> None:
    at = visit(source, "period=7d&compare=2026-03-02..2026-03-11", audience.PAGE)
    week = Period(from_=date(2026, 3, 2), to=date(2026, 3, 8))
    (then,) = source.ask(LifecycleQuestion(week)).data
    assert f"was {then.new_users} in" in people.people(at)
    short = visit(source, "period=7d&compare=2026-03-03..2026-03-11", audience.PAGE)
    assert f"was {then.new_users} in" not in people.people(short)


def test_a_page_that_cannot_says_so_and_compares_with_nothing(site: Site) -> None:
    for path, query in (
        ("/audience", "compare=country:FR"),
        ("/titles", "compare=country:FR"),
        ("/discovery", "compare=plan:Standard"),
        ("/titles/t-dark", "compare=genre:Drama"),
    ):
        html = told(site, path, query)
        assert "– not used on this page" in html
        assert "against" not in html.partition('class="told"')[2].partition("</p>")[0]


def test_searches_stand_beside_those_of_another_country_and_recommendations_alone(
    source: Source,
) -> None:
    at = visit(source, "period=7d&country=DE&compare=country:FR", discovery.PAGE)
    france = visit(source, "period=7d&country=FR&compare=none", discovery.PAGE)
    for name, column in (("search-clicks", "search_success"), ("search-volume", "searches")):
        now, there = (discovery.PANELS[name](one).table for one in (at, france))
        assert now.column("compared") == there.column(column)
    assert discovery.PANELS["search-terms"](at).table.label("compared") == "France"
    everything = visit(source, "period=7d&compare=country:FR", discovery.PAGE)
    assert "compared" not in discovery.PANELS["recommendation-volume"](everything).table.names
    assert "compared" in discovery.PANELS["search-volume"](everything).table.names


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("compare=country:FX", "There are: DE, FR"),
        ("compare=title:t-dorian", "Look for ids"),
        ("compare=weekday:9", "a weekday is 1 to 7"),
        ("compare=weekday:6,9", "a weekday is 1 to 7"),
        ("compare_from=2026-03-05&compare_to=2026-03-01", "swap the two"),
        ("compare_from=2026-03-05", "no comparison '2026-03-05..'"),
    ],
)
def test_what_cannot_stand_beside_is_refused(site: Site, query: str, says: str) -> None:
    path = "/titles/t-dark" if "title:" in query else "/"
    view = site.render(path, f"{query}&by=plays")
    assert view.status == 422
    assert says in unescape(view.html)
