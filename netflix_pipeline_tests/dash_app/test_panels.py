import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest

from dash_app import formats, labels
from dash_app.day_notes import Note
from dash_app.filters import BadAddress, ViewState
from dash_app.page_request import Visit
from dash_app.pages import PAGES, overview, title, titles, top10
from dash_app.panels import trend
from dash_app.panels.panel import drawn
from dash_app.site import Site
from netflix_pipeline.serving import Filters as Narrowing
from netflix_pipeline.serving import Period, Source
from netflix_pipeline.serving.questions.contributions import ContributionsQuestion
from netflix_pipeline.serving.questions.headline import HeadlineQuestion
from netflix_pipeline.serving.questions.heatmap import HeatMapQuestion
from netflix_pipeline.serving.questions.series import SeriesQuestion
from netflix_pipeline.serving.questions.title import TitleQuestion
from netflix_pipeline.serving.questions.titles import TitlesQuestion
from netflix_pipeline.serving.questions.top10 import Top10Question
from netflix_pipeline_tests.support.figures import checked
from netflix_pipeline_tests.support.service import FIRST, LAST

WEEK = Period(from_=LAST - timedelta(days=6), to=LAST)
MEASURES = ("hours_viewed", "views", "viewers", "plays")


def visit(source: Source, query: str = "", page: Any = overview.PAGE, **arguments: str) -> Visit:
    path = page.at(**arguments)
    return Visit(page, path, ViewState.parse(query, page.own), source, arguments)


def links(html: str) -> list[str]:
    return [unescape(found) for found in re.findall(r'href="([^"]*)"', html)]


@pytest.mark.parametrize("by", MEASURES)
def test_a_trend_is_the_query_layers_series_beside_the_days_before(source: Source, by: str) -> None:
    panel = overview.PANELS["trend"](visit(source, f"period=7d&by={by}&country=DE"))
    asked = source.ask(SeriesQuestion(by, WEEK, Narrowing(country="DE"), compare="previous")).data
    (line,) = asked.lines
    assert panel.table.column(by) == list(line.values)
    assert panel.table.column("compared") == list(line.compared or ())
    assert panel.table.column("from") == [bucket.from_ for bucket in asked.buckets]
    assert panel.table.column("compared_from")[0] == WEEK.from_ - timedelta(days=7)


def rows_behind(site: Site, address: str | None) -> int:
    """How many plays the address of a panel's rows shows."""
    path, _, query = (address or "").partition("?")
    assert path == "/rows"
    return site.render(path, query).html.count('<th scope="row">')


def test_a_day_of_a_trend_narrows_its_page_and_undoes_that(source: Source, site: Site) -> None:
    panel = overview.PANELS["trend"](visit(source, "period=7d&country=DE&by=plays"))
    day = WEEK.from_ + timedelta(days=2)
    assert panel.table.links[2] == f"/?from={day}&to={day}&country=DE&by=plays"
    alone = overview.PANELS["trend"](visit(source, panel.table.links[2][2:]))
    assert alone.table.column("plays") == [panel.table.column("plays")[2]]
    assert alone.table.links == ("/?country=DE&by=plays",)
    assert rows_behind(site, alone.rows) == panel.table.column("plays")[2]


@pytest.mark.parametrize(
    ("days", "expected"),
    [(1, "day"), (122, "day"), (123, "week"), (732, "week"), (733, "month"), (3660, "month")],
)
def test_a_long_period_is_told_in_longer_steps(days: int, expected: str) -> None:
    period = Period(from_=LAST - timedelta(days=days - 1), to=LAST)
    assert trend.granularity(period) == expected


def test_what_is_to_know_of_a_day_is_marked_and_told(source: Source) -> None:
    at = visit(source, "period=7d")
    answer = source.ask(SeriesQuestion("plays", WEEK))
    notes = [
        Note(WEEK.from_, "Launch of <Dark>"),
        Note(WEEK.to, "not over yet", "incomplete"),
        Note(FIRST, "long ago"),
    ]
    panel = trend.over_time(at, answer, notes)
    assert panel.table.column("notes") == ["Launch of <Dark>", *[None] * 5, "not over yet"]
    html = drawn(panel, at)
    assert html.count('class="flag"') == 1
    assert html.count('class="incomplete"') == 1
    assert "Launch of &lt;Dark&gt;" in html


def test_a_week_that_the_period_cuts_is_dashed_and_says_so(source: Source) -> None:
    period = Period(from_=date(2026, 3, 4), to=date(2026, 3, 15))
    at = visit(source, "from=2026-03-04&to=2026-03-15")
    panel = trend.over_time(at, source.ask(SeriesQuestion("plays", period, granularity="week")), ())
    assert panel.table.column("notes") == ["not whole: cut by the period", None]
    assert panel.table.column("to") == [date(2026, 3, 8), date(2026, 3, 15)]
    told = [text.replace(formats.SPACE, " ") for text in panel.table.texts_of("from")]
    assert told == [formats.period(Period(from_=period.from_, to=date(2026, 3, 8))), told[1]]
    assert told[1] == "Week of 9 Mar 2026"
    html = drawn(panel, at)
    assert ">To<" not in html  # a file has it
    assert "line dotted" in html
    assert ">not whole</span>" in html


@pytest.mark.parametrize("by", MEASURES)
@pytest.mark.parametrize("dimension", ["device", "country", "genre"])
def test_a_mix_is_the_query_layers_split(source: Source, by: str, dimension: Any) -> None:
    panel = overview.PANELS[dimension](visit(source, f"period=7d&by={by}"))
    asked = source.ask(SeriesQuestion(by, WEEK, split_by=dimension, compare="previous")).data
    known = [line for line in asked.lines if line.total]
    assert panel.table.column(by) == pytest.approx([line.total for line in known])
    before = [line.compared_total for line in known]
    assert panel.table.column("compared") == pytest.approx(before)
    if by == "viewers":  # somebody may watch in two countries: there is no whole
        assert "share" not in panel.table.names
    else:
        assert sum(panel.table.column("share")) == pytest.approx(1)


def test_a_bar_narrows_its_page_and_is_marked_beside_the_others_until_it_is_undone(
    source: Source,
) -> None:
    panel = overview.PANELS["country"](visit(source, "period=7d&by=plays"))
    counts = panel.table.column("plays")
    assert len(counts) > 1
    for at, link in enumerate(panel.table.links):
        path, _, query = link.partition("?")
        assert path == "/"
        narrowed = visit(source, query)
        same = overview.PANELS["country"](narrowed)
        assert same.table.rows == panel.table.rows
        assert same.table.links[at] == "/?period=7d&by=plays"
        others = [each for number, each in enumerate(panel.table.links) if number != at]
        assert [each for each in same.table.links if each in others] == others
        names = panel.table.texts_of("country")
        assert same.table.texts_of("country") == [
            f"✓ {name}" if number == at else name for number, name in enumerate(names)
        ]
        assert f"narrowed to {names[at]}: others" in str(same.note)
        assert same.figure
        svg = checked(same.figure)
        assert svg.count('class="fill other"') == len(counts) - 1
        assert svg.count('class="fill"') == 1
        device = overview.PANELS["device"](narrowed)  # under the filter of the other dimension
        assert device.table.column("plays") == [counts[at]]


def test_what_is_chosen_has_a_bar_however_little_it_has(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dash_app.panels.breakdown.MOST", 1)
    first, last = overview.PANELS["country"](visit(source, "period=all&by=plays")).table.rows
    assert last[0] is None  # all others
    least = "DE" if first[0] == "FR" else "FR"
    chosen = overview.PANELS["country"](visit(source, f"period=all&by=plays&country={least}"))
    assert [row[:2] for row in chosen.table.rows] == [
        (least, last[1]),
        (None, first[1]),
    ]


@pytest.mark.parametrize(
    ("now", "others"),
    [
        ("", "not_country={}"),
        ("country=DE&country=FR", "not_country={}"),
        ("not_device=smart_tv&not_country=FR", None),
    ],
)
def test_the_bar_of_all_others_leaves_out_what_is_told_apart(
    source: Source, monkeypatch: pytest.MonkeyPatch, now: str, others: str | None
) -> None:
    monkeypatch.setattr("dash_app.panels.breakdown.MOST", 1)
    panel = overview.PANELS["country"](visit(source, f"period=all&by=plays&{now}"))
    if others is None:
        assert len(panel.table.rows) == 1
    else:
        apart = panel.table.rows[0][0]
        assert panel.table.links[1] == f"/?period=all&{others.format(apart)}&by=plays"
        (left,) = overview.PANELS["country"](visit(source, panel.table.links[1][2:])).table.rows
        assert left[1] == panel.table.rows[1][1]


def test_a_bar_of_a_titles_page_narrows_that_and_its_rows_are_the_titles(source: Source) -> None:
    at = visit(source, "period=all&by=plays", title.PAGE, title_id="t-dark")
    panel = title.PAGE.panels["country"](at)
    assert all(link.startswith("/titles/t-dark?period=all&country=") for link in panel.table.links)
    assert panel.rows == "/rows?period=all&title=t-dark&by=plays"


@pytest.mark.parametrize("by", MEASURES)
def test_what_moved_a_measure_adds_up_and_is_told_up_and_down(source: Source, by: str) -> None:
    measure = "" if by == "hours_viewed" else f"&by={by}"
    at = visit(source, f"period=7d{measure}&moved=title")
    panel = overview.PANELS["moved"](at)
    asked = source.ask(ContributionsQuestion(by, "title", WEEK, top=8)).data
    told = [row for row in asked.rows if row.contribution]
    assert panel.table.column("contribution") == [row.contribution for row in told]
    assert sum(panel.table.column("contribution")) == pytest.approx(asked.change)
    if asked.change:
        assert sum(panel.table.column("share_of_change")) == pytest.approx(1)
    assert panel.table.column("compared") == [row.before for row in told]
    assert panel.figure
    svg = checked(panel.figure)
    assert svg.count('fill="var(--down)"') == sum((row.contribution or 0) < 0 for row in told)
    assert svg.count('class="fill"') == len(told)
    html = drawn(panel, at)
    assert html.count('aria-current="true">Title<') == 1
    assert f"/?period=7d{measure}&moved=genre" in links(html)


def test_what_moved_it_goes_on_to_the_next_dimension_once_one_is_narrowed(source: Source) -> None:
    panel = overview.PANELS["moved"](visit(source, "period=7d&by=plays&moved=country"))
    assert panel.table.names[0] == "country"
    at = panel.table.column("country").index("DE")
    assert panel.table.links[at] == "/?period=7d&country=DE&by=plays"
    of_germany = overview.PANELS["moved"](visit(source, panel.table.links[at][2:]))
    assert of_germany.table.names[0] == "device"
    (change,) = of_germany.table.column("contribution")
    assert change == panel.table.column("contribution")[at]


def test_what_moved_it_is_compared_with_the_period_before_where_nothing_is_chosen(
    source: Source,
) -> None:
    chosen, none, year = (
        overview.PANELS["moved"](visit(source, f"period=7d&compare={compare}"))
        for compare in ("previous", "none", "year")
    )
    assert chosen.table.rows == none.table.rows
    assert len(chosen.table.rows) > 1
    assert year.table.rows == ()
    assert "do not reach back" in year.nothing
    assert "Hours viewed: " in chosen.summary
    with pytest.raises(BadAddress, match="there is no dimension"):
        overview.PANELS["moved"](visit(source, "moved=weather"))


def test_a_share_is_moved_by_rates_and_by_the_mix(source: Source) -> None:
    at = visit(source, "period=7d&why=completion_rate&moved=title")
    panel = overview.PANELS["moved"](at)
    asked = source.ask(ContributionsQuestion("completion_rate", "title", WEEK)).data
    done = panel.table.column("contribution")
    parts = zip(panel.table.column("rate_effect"), panel.table.column("mix_effect"), strict=True)
    assert [rate + mix for rate, mix in parts] == pytest.approx(done)
    assert len(done) > 1
    assert sum(done) == pytest.approx(asked.change)
    assert "by the mix." in panel.summary
    html = drawn(panel, at)
    assert html.count('aria-current="true">Completion rate<') == 1
    # A dimension that the other metric does not have is not kept.
    assert {"/?period=7d&why=avg_sitting_minutes", "/?period=7d&moved=title"} <= {*links(html)}
    narrowed = visit(source, "period=7d&why=binge_rate&genre=drama")
    refused = overview.PANELS["moved"](narrowed)
    assert "binge_rate cannot be filtered by genre" in drawn(refused, narrowed)
    for query, says in (("why=plays", "to be told why"), ("why=binge_rate&moved=genre", "genre")):
        with pytest.raises(BadAddress, match=says):
            overview.PANELS["moved"](visit(source, query))


def test_what_moved_a_title_is_told_of_its_plays_alone(source: Source) -> None:
    at = visit(source, "period=7d&by=plays", title.PAGE, title_id="t-dark")
    panel = title.PAGE.panels["moved"](at)
    asked = source.ask(
        ContributionsQuestion("plays", "country", WEEK, Narrowing(title="t-dark"), top=8)
    ).data
    done = [row.contribution for row in asked.rows if row.contribution]
    assert panel.table.column("contribution") == done
    assert sum(done) == asked.change
    assert all(each.startswith("/titles/t-dark?period=7d&") for each in panel.table.links)
    html = drawn(panel, at)
    assert ">Plan</a>" in html
    assert ">Completion rate</a>" in html
    # Its genre is one, and sittings have many titles.
    assert ">Genre</a>" not in html
    assert ">Binge rate</a>" not in html


def test_an_hour_of_a_week_narrows_its_page_to_exactly_its_plays_and_undoes_that(
    source: Source, site: Site
) -> None:
    panel = overview.PANELS["hours"](visit(source, "period=all&by=plays&country=DE"))
    counts = panel.table.column("plays")
    assert sum(counts) > 10
    for at, (count, link) in enumerate(zip(counts, panel.table.links, strict=True)):
        assert link.startswith("/?period=all&country=DE&weekday=")
        alone = overview.PANELS["hours"](visit(source, link[2:]))
        if count:
            assert [row[3] for row in alone.table.rows if row[3]] == [count]
            assert alone.table.links[at] == "/?period=all&country=DE&by=plays"
            assert rows_behind(site, alone.rows) == count
    for query in ("weekday=8", "hour=24", "hour=x", "hour=-1", "weekday=0"):
        assert site.render("/rows", query).status == 422


def test_the_hours_of_a_week_are_means_of_its_days(source: Source) -> None:
    panel = overview.PANELS["hours"](visit(source, "period=all&by=plays"))
    data = source.ask(HeatMapQuestion(Period(from_=FIRST, to=LAST))).data
    assert panel.table.column("plays") == [cell.plays for cell in data.cells]
    expected = [cell.plays / data.days[cell.weekday - 1] for cell in data.cells]
    assert panel.table.column("mean_of_a_day") == expected
    assert panel.table.texts[0][:2] == ["Mon", "00:00"]
    assert max(data.days) == 3  # sixteen days have three Mondays


def test_weekdays_stand_in_the_order_of_weeks(source: Source) -> None:
    by_monday = overview.PANELS["hours"](visit(source, "period=all&by=plays")).table
    panel = overview.PANELS["hours"](visit(source, "period=all&by=plays&week_start=sunday"))
    assert panel.figure
    sunday = date(2024, 1, 7)
    assert panel.figure["data"][0]["y"] == [
        formats.day_of_week(sunday + timedelta(days=later)) for later in range(7)
    ]
    assert sorted(panel.table.rows) == sorted(by_monday.rows)
    assert panel.table.links[0].endswith("weekday=7&hour=0&by=plays&week_start=sunday")


def test_a_measure_that_is_not_known_by_the_hour_gives_way_and_it_is_said(
    source: Source,
) -> None:
    panel = overview.PANELS["hours"](visit(source, "period=7d&by=viewers"))
    assert "hours_viewed" in panel.table.names
    assert panel.note == "Viewers: not known by the hour; shown: hours viewed."


@pytest.mark.parametrize("by", MEASURES)
def test_top_titles_are_ranked_under_every_filter(source: Source, by: str) -> None:
    panel = overview.PANELS["titles"](visit(source, f"period=7d&by={by}&country=DE"))
    asked = source.ask(
        SeriesQuestion(by, WEEK, Narrowing(country="DE"), split_by="title", granularity="whole")
    ).data
    assert panel.table.column(by) == [line.total for line in asked.lines if line.total]
    assert panel.table.column(by) == sorted(panel.table.column(by), reverse=True)


def test_a_metric_that_cannot_take_a_filter_is_not_shown_and_says_what_it_can(
    site: Site,
) -> None:
    html = site.render("/", "genre=drama").html
    found = dict(re.findall(r'data-metric="([^"]*)" class="value">([^<]*)<', html))
    assert found["peak_concurrent"] == found["binge_rate"] == formats.UNKNOWN
    assert found["plays"] != formats.UNKNOWN
    assert "not by any filter" in html
    assert "only by country, device, plan" in html


def test_every_panel_offers_its_ways_on_and_its_definition(site: Site, source: Source) -> None:
    html = site.render("/", "period=7d").html
    sections = re.findall(r'<section id="panel-([a-z-]+)"', html)
    assert sections == list(overview.PANELS)
    for name in sections:
        section = re.search(rf'<section id="panel-{name}".*?</section>', html)
        assert section
        assert f"/export/{name}.csv?period=7d" in links(section[0])
        assert "data-picture" in section[0]
        assert 'class="about"' in section[0]
        assert "as of 18 Mar 2026" in section[0].replace("\N{NO-BREAK SPACE}", " ")
        if name != "titles":
            assert f'data-explore="/export/{name}.json?period=7d"' in section[0]
            assert 'role="img" aria-label="' in section[0]


def test_no_name_of_a_panel_is_given_twice_on_a_page() -> None:
    assert {page.path: len(page.panels) for page in PAGES if page.panels}
    for page in PAGES:
        assert all(re.fullmatch("[a-z0-9-]+", name) for name in page.panels)


def test_where_nothing_fits_a_panel_says_so_and_offers_nothing_to_take_along(
    source: Source,
) -> None:
    at = visit(source, "plan=XX")
    for panel in overview.PANELS.values():
        html = drawn(panel(at), at)
        assert "It is narrowed to plan XX" in html
        assert "/export/" not in html
        assert "<table" not in html


def names(html: str) -> list[str]:
    found = re.findall(r'<th scope="row"><a href="/(?:titles|series)/[^"]*">(.*?)</a>', html)
    return list(map(unescape, found))


def test_titles_have_the_numbers_of_the_period(source: Source, site: Site) -> None:
    at = visit(source, "period=7d&sort=plays", titles.PAGE)
    panel = titles.PAGE.panels["catalogue"](at)
    told = source.ask(TitlesQuestion(sort="plays", period=WEEK, level="series")).data
    assert panel.table.column("plays") == [title.plays for title in told]
    assert panel.table.column("viewers") == [title.viewers for title in told]
    assert panel.answer.period == WEEK
    assert panel.heading == "All series & films"
    html = site.render("/titles", "period=7d&sort=plays").html
    assert names(html) == [title.title or title.title_id for title in told]
    assert 'href="/titles/t-dark?period=7d"' in html
    whole = site.render("/titles", "").html
    assert "by all days so far" in whole
    assert 'href="/titles/t-dark?period=all"' in whole


@pytest.mark.parametrize("sort", ["viewers", "completion_rate", "title"])
def test_titles_stand_beside_what_they_were_before(source: Source, site: Site, sort: str) -> None:
    metric = "hours_viewed" if sort == "title" else sort
    panel = titles.PAGE.panels["catalogue"](visit(source, f"period=7d&sort={sort}", titles.PAGE))
    ids, table = panel.table.column("title_id"), panel.table
    earlier = Period(from_=WEEK.from_ - timedelta(days=7), to=WEEK.to - timedelta(days=7))
    plain = source.ask(TitlesQuestion(period=earlier, level="series", limit=500)).data
    before = {title.title_id: getattr(title, metric) for title in plain}
    was = [before[one] for one in ids]
    assert table.column("compared") == [one if one is None else pytest.approx(one) for one in was]
    at = table.names.index(metric)
    assert table.names[at + 1 : at + 3] == ["compared", "change"]
    unit = labels.metric(metric).unit
    assert table.column("change") == [
        formats.difference(unit, now, then)
        for now, then in zip(table.column(metric), table.column("compared"), strict=True)
    ]
    html = site.render("/titles", f"period=7d&sort={sort}").html
    assert html.count('class="difference lead"') == len(ids) + 1
    assert "compared with" in html


def test_titles_are_compared_with_other_days_alone_and_of_all_days_with_nothing(
    source: Source, site: Site
) -> None:
    for query in ("period=all", "period=7d&compare=none", "period=7d&compare=genre:Drama"):
        panel = titles.PAGE.panels["catalogue"](visit(source, query, titles.PAGE))
        assert not {"compared", "change"} & {*panel.table.names}
    html = site.render("/titles", "period=7d&compare=genre:Drama").html
    assert "– not used on this page" in html
    assert 'value="genre:Drama"' not in site.render("/titles", "period=7d").html
    # Who had no play before is new; there is nothing to tell of who has none now either.
    first = site.render("/titles", f"from={WEEK.to}&to={WEEK.to}&sort=plays").html
    now, then = (
        {title.title_id: title.plays for title in source.ask(asked).data}
        for day in (WEEK.to, WEEK.to - timedelta(days=1))
        for asked in (TitlesQuestion(period=Period(from_=day, to=day), level="series"),)
    )
    assert first.count(">new</span>") == sum(1 for one in now if now[one] and not then[one])


def test_titles_are_searched_sorted_and_paged_on_the_server(
    site: Site, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = [
        t.title or t.title_id
        for t in source.ask(TitlesQuestion(sort="hours_viewed", level="series")).data
    ]
    assert names(site.render("/titles", "").html) == everything
    by_name = names(site.render("/titles", "sort=title").html)
    assert by_name == sorted(everything, key=str.casefold)
    assert names(site.render("/titles", "sort=title&order=desc").html) == by_name[::-1]
    word = everything[0].split()[0]
    assert set(names(site.render("/titles", f"search={word.upper()}").html)) == {
        name for name in everything if word in name
    }

    monkeypatch.setattr(titles, "SHOWN", 1)
    found: list[str] = []
    query = "sort=title"
    while query:
        html = site.render("/titles", query).html
        site._contents = type(site._contents)(1)
        found += names(html)
        following = re.search(r'<a href="/titles\?([^"]*)" rel="next"', html)
        query = unescape(following[1]) if following else ""
    assert found == by_name


def test_the_head_of_a_column_sorts_and_turns_round(site: Site) -> None:
    html = site.render("/titles", "sort=views&search=a").html
    assert '<th scope="col" aria-sort="descending" class="views lead">' in html
    assert "/titles?order=asc&search=a&sort=views" in links(html)
    assert "/titles?search=a&sort=title" in links(html)
    assert site.render("/titles", "sort=likes").status == 422


@pytest.mark.parametrize("by", MEASURES)
def test_a_titles_page_tells_what_the_query_layer_knows_of_it(
    site: Site, source: Source, by: str
) -> None:
    told = source.ask(TitleQuestion("t-dark", WEEK, Narrowing(country="DE"))).data
    html = site.render("/titles/t-dark", f"period=7d&country=DE&by={by}").html
    values = dict(re.findall(r'title="([^"]*)" data-metric="([^"]*)"', html))
    assert values[formats.number(told.in_period.plays)]
    at = visit(source, f"period=7d&country=DE&by={by}", title.PAGE, title_id="t-dark")
    days = title.PAGE.panels["trend"](at).table
    assert days.column(by) == [getattr(day, by) for day in told.days]
    assert days.links[0].startswith(f"/titles/t-dark?from={WEEK.from_}&to={WEEK.from_}&country=DE")
    assert "title=t-dark" in str(title.PAGE.panels["trend"](at).rows)
    curve = title.PAGE.panels["drop-off"](at).table
    assert curve.column("drop_off") == [1, *(step.share for step in told.drop_off.steps)]
    assert curve.column("starters")[0] == told.drop_off.starters
    devices = title.PAGE.panels["device"](at).table
    known = sorted((getattr(group, by) for group in told.devices), reverse=True)
    assert devices.column(by) == [value for value in known if value]


def test_a_title_that_is_not_there_is_not_found(site: Site) -> None:
    view = site.render("/titles/nobody", "")
    assert view.status == 404
    assert "nobody" in view.html


def test_the_lists_of_a_week_are_those_of_the_query_layer(site: Site, source: Source) -> None:
    for country in (None, "DE"):
        asked = source.ask(Top10Question(date(2026, 3, 2), country=country or "all")).data
        query = "week=2026-03-04" + (f"&country={country}" if country else "")
        at = visit(source, query, top10.PAGE)
        for which in ("films", "tv"):
            entries = [entry for entry in asked.entries if entry.list == which]
            table = top10.PAGE.panels[which](at).table
            assert table.column("entry_id") == [entry.entry_id for entry in entries]
            assert table.column("views") == [entry.views for entry in entries]
    html = site.render("/top10", "week=2026-03-09").html
    assert "/top10?week=2026-03-02" in links(html)
    assert "/top10?week=2026-03-16" in links(html)
    assert site.render("/top10", "week=soon").status == 422


def test_movement_is_told_in_words_too(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    from dash_app.panels import top10 as lists

    asked = source.ask(Top10Question(date(2026, 3, 9)))
    (entry, *_) = (entry for entry in asked.data.entries if entry.list == "tv")
    moved = [
        replace_entry(entry, rank=1, previous_rank=3),
        replace_entry(entry, rank=2, previous_rank=1),
        replace_entry(entry, rank=3, previous_rank=3),
        replace_entry(entry, rank=4, previous_rank=None, weeks_in_list=1),
        replace_entry(entry, rank=5, previous_rank=None, weeks_in_list=2),
    ]
    answer = asked.model_copy(
        update={"data": asked.data.model_copy(update={"entries": tuple(moved)})}
    )
    at = visit(source, "", top10.PAGE)
    monkeypatch.setattr(lists, "ask", lambda _: answer)
    cells = re.findall(r'<td class="movement">(.*?)</td>', drawn(lists.ranked(at, "tv"), at))
    assert [re.sub("<[^>]*>", "", cell) for cell in cells] == [
        "▲up 2",
        "▼down 1",
        "=unchanged",
        "new",
        "back",
    ]


def replace_entry(entry: Any, **values: Any) -> Any:
    return entry.model_copy(update=values)


def test_the_plays_behind_a_number_go_on_page_by_page(
    site: Site, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dash_app.pages import rows

    monkeypatch.setattr(rows, "SHOWN", 4)
    count, query = 0, "period=7d&of=starters"
    while query:
        html = site.render("/rows", query).html
        count += html.count('<th scope="row">')
        following = re.search(r'<a href="/rows\?([^"]*)" rel="next"', html)
        query = unescape(following[1]) if following else ""
    assert count == source.ask(HeadlineQuestion(WEEK)).data.starters
    assert site.render("/rows", "of=dreams").status == 422
