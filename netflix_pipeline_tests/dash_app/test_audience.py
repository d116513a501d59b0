"""The page on people: every number is the query layer's."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest

from dash_app import formats
from dash_app.exports import as_csv, as_figure
from dash_app.filters import BadAddress, ViewState
from dash_app.page_request import Visit
from dash_app.pages import audience
from dash_app.panels import cohorts, people_groups, weeks
from dash_app.panels.panel import drawn
from dash_app.site import Site
from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving import Period, Snapshots, Source
from netflix_pipeline.serving.questions.audience import (
    AudienceQuestion,
    LifecycleQuestion,
    Retention,
    RetentionQuestion,
    RetentionRate,
    RetentionWeek,
    SegmentsQuestion,
)
from netflix_pipeline.serving.questions.cohorts import CohortsQuestion
from netflix_pipeline.serving.questions.headline import HeadlineQuestion
from netflix_pipeline.serving.questions.people import PeopleByGroupQuestion, PeopleGroup
from netflix_pipeline.serving.questions.series import SeriesQuestion
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Annotation
from netflix_pipeline_tests.support.figures import checked
from netflix_pipeline_tests.support.service import FIRST, Service, six_weeks

WEEK = timedelta(days=7)
LAST = FIRST + timedelta(days=39)
NOON = datetime(2026, 4, 10, 12, tzinfo=UTC)
NAMES = list(audience.PANELS)
LEARNED = ("losses", "lift")
"""Panels of what models said, of which none has here: test_learned.py has them."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    return six_weeks(tmp_path_factory.mktemp("people"))


def visit(source: Source, query: str = "", annotations: tuple[Annotation, ...] = ()) -> Visit:
    filters = ViewState.parse(query, audience.PAGE.own)
    return Visit(audience.PAGE, "/audience", filters, source, annotations=annotations)


def cards(html: str) -> dict[str, str]:
    return {
        name: value for value, name in re.findall(r'title="([^"]*)" data-metric="([^"]*)"', html)
    }


def plain(text: str) -> str:
    return unescape(text).replace("\N{NO-BREAK SPACE}", " ").replace("\N{THIN SPACE}", " ")


def test_cards_of_the_last_day_are_the_query_layers(site: Site, source: Source) -> None:
    period = Period(from_=LAST - timedelta(days=6), to=LAST)
    html = site.render("/audience", "period=7d").html
    told = source.ask(AudienceQuestion(period)).data.last_day
    for name in ("dau", "wau", "mau", "stickiness"):
        assert cards(html)[name] == formats.value_in(METRICS[name].unit, getattr(told, name))
    before = source.ask(AudienceQuestion(Period(from_=LAST - WEEK, to=LAST - WEEK))).data.last_day
    assert f"was {before.wau} on {formats.day(LAST - WEEK)}" in html
    assert before.wau != told.wau


def test_cards_of_weeks_are_of_the_last_one_that_is_over(site: Site, source: Source) -> None:
    html = site.render("/audience", "").html
    *_, earlier, week, cut = source.ask(LifecycleQuestion()).data
    assert cut.provisional
    assert not week.provisional
    assert cards(html)["new_users"] == str(week.new_users)
    assert cards(html)["resurrected_users"] == str(week.resurrected_users)
    assert f"was {earlier.new_users} in {formats.period(weeks.whole(earlier.week))}" in html
    known = [
        each
        for each in source.ask(RetentionQuestion()).data.cohorts
        if each.week_offset == 1 and not each.provisional
    ]
    assert cards(html)["retention_1"] == formats.percent(known[-1].retention)
    people = formats.counted(known[-1].cohort_users, "person", "people")
    assert f"Rests on</dt><dd>{people}" in html
    was = f"was {formats.percent(known[-2].retention)} in"
    assert f"{was} {formats.period(weeks.whole(known[-2].cohort_week))}" in html


def test_without_a_comparison_no_card_has_a_change(site: Site) -> None:
    html = site.render("/audience", "compare=none").html
    assert html.count("no comparison") == 8
    assert not re.search(r"was [\d&]", html)


@pytest.mark.parametrize("query", ["period=7d", "", "from=2026-03-04&to=2026-03-20"])
def test_viewers_and_stickiness_are_those_of_each_day(source: Source, query: str) -> None:
    at = visit(source, query)
    days = source.ask(AudienceQuestion(at.period)).data.days
    panel = audience.PANELS["viewers"](at)
    assert panel.table.column("from") == [each.day for each in days]
    for name in ("dau", "wau", "mau"):
        assert panel.table.column(name) == [getattr(each, name) for each in days]
    html = drawn(panel, at)
    lines = re.findall(r'stroke="var\(--([^"]*)\)" class="(line[^"]*)"', html)
    dashed = [("compare", "line dashed")] * 3 if at.earlier else []
    assert lines == [*dashed, *((color, "line") for color in ("c3", "c2", "accent"))]
    sticky = audience.PANELS["stickiness"](at).table
    shares = [each.stickiness for each in days]
    # Before the data reach back 30 days nothing is known of it.
    known = any(share is not None for share in shares)
    assert sticky.column("stickiness") == (shares if known else [])
    if at.earlier:
        before = source.ask(AudienceQuestion(at.earlier)).data.days
        for name in ("dau", "wau", "mau"):
            told = panel.table.column(f"{name}_compared")
            assert told == [getattr(each, name) for each in before]
        assert formats.period(at.earlier) in html
        assert sticky.column("compared") == ([each.stickiness for each in before] if known else [])


@pytest.mark.parametrize("name", ["viewers", "stickiness"])
def test_a_day_of_viewers_narrows_its_page_whose_rows_are_starters(
    source: Source, site: Site, name: str
) -> None:
    panel = audience.PANELS[name](visit(source, "period=7d&by=plays&country=DE"))
    day = LAST - timedelta(days=6)
    assert panel.table.links[0] == f"/audience?from={day}&to={day}&country=DE&by=plays"
    alone = audience.PANELS[name](visit(source, panel.table.links[0].partition("?")[2]))
    assert alone.table.column("from") == [day]
    # The page's numbers take no filter: what is behind them is not narrowed either.
    assert alone.rows == f"/rows?from={day}&to={day}&by=plays&of=starters"
    assert site.render(*alone.rows.split("?")).status == 200


def test_long_periods_are_told_by_week_of_which_the_last_day_counts(source: Source) -> None:
    at = visit(source, "from=2025-10-01&to=2026-04-10")
    panel = audience.PANELS["viewers"](at)
    assert panel.heading.endswith("by week")
    assert panel.note == "Of each week its last day's number is shown."
    (day,) = source.ask(AudienceQuestion(Period(from_=LAST, to=LAST))).data.days
    assert panel.table.column("mau")[-1] == day.mau
    assert panel.table.column("notes")[-1] == "not whole: cut by the period"


@pytest.mark.slow
def test_weeks_stand_beside_the_weeks_before(tmp_path_factory: pytest.TempPathFactory) -> None:
    made = Service(Settings(home=tmp_path_factory.mktemp("long")))
    made.last = FIRST - timedelta(days=300)
    made.came_and_went()
    made.last = FIRST + timedelta(days=1)
    made.came_and_went()
    made.publish()
    source = Snapshots(made.settings.serving)
    at = visit(source, f"from={LAST - timedelta(days=140)}&to={LAST}")
    table = audience.PANELS["viewers"](at).table
    assert at.earlier
    for name in ("dau", "wau", "mau"):
        told = source.ask(
            SeriesQuestion(name, at.period, granularity="week", compare="previous")
        ).data
        assert table.column(name) == list(told.lines[0].values)
        assert table.column(f"{name}_compared") == list(told.lines[0].compared or ())
    assert any(table.column("mau_compared"))


def test_the_lifecycle_is_the_query_layers_and_leads_to_each_weeks_plays(
    source: Source, site: Site
) -> None:
    panel = audience.PANELS["lifecycle"](visit(source))
    told = source.ask(LifecycleQuestion()).data
    assert {"new_users", "resurrected_users", "dormant_users"} <= set(panel.table.names)
    for name in panel.table.names[:-1]:
        assert panel.table.column(name) == [getattr(each, name) for each in told]
    assert panel.table.column("notes")[-1] == "not over yet: provisional"
    assert sum(panel.table.column("resurrected_users")) > 0
    path, _, query = panel.table.links[1].partition("?")
    week = weeks.whole(told[1].week)
    assert query == f"from={week.from_}&to={week.to}"
    rows = site.render(path, query).html.count('<th scope="row">')
    assert rows == source.ask(HeadlineQuestion(week)).data.plays
    html = drawn(panel, visit(source))
    assert 'fill="var(--part-4)" opacity="0.5"' in html


def test_what_people_noted_is_marked_on_weeks_before_the_period_too(source: Source) -> None:
    day = FIRST + timedelta(days=9)
    note = Annotation(1, day, "launch", "Launch of <Dark>", "", NOON)
    at = visit(source, "period=7d", (note,))
    panel = audience.PANELS["lifecycle"](at)
    assert panel.table.column("notes")[1] == "Launch: Launch of <Dark>"
    html = drawn(panel, at)
    assert html.count('class="flag"') == 1
    assert "Launch of &lt;Dark&gt;" in html
    told = f"Shown: 6 weeks, also those before the period. {weeks.PLAYED} {weeks.OPENS}"
    assert panel.note == told


def test_retention_says_every_share_of_the_query_layer(source: Source) -> None:
    at = visit(source)
    panel = audience.PANELS["retention"](at)
    data = source.ask(RetentionQuestion()).data
    assert panel.table.column("retention") == [each.retention for each in data.cohorts]
    assert panel.table.column("active_users") == [each.active_users for each in data.cohorts]
    html = drawn(panel, at)
    body = re.search(r'<table class="matrix">.*?</table>', html)
    assert body
    cells = [
        plain(cell) for cell in re.findall(r'<td class="step-\d">(?:<[^>]*>)([^<]*)<', body[0])
    ]
    expected = [rate.retention for rate in data.rates if rate.week_offset and rate.cohorts]
    expected += [
        each.retention for each in data.cohorts if each.week_offset and each.retention is not None
    ]
    assert cells == [plain(formats.percent(each)) for each in expected]
    assert len(set(cells)) > 2
    known = [each for each in data.cohorts if each.week_offset and each.retention is not None]
    titles = re.findall(r'<a href="([^"]*)" title="([^"]*)"', body[0])
    assert [title for _, title in titles] == [
        f"{each.active_users} of {formats.counted(each.cohort_users, 'person', 'people')}"
        for each in known
    ]
    week = known[0].cohort_week + known[0].week_offset * WEEK
    days = f"from={week}&to={week + timedelta(days=6)}"
    assert unescape(titles[0][0]) == f"/rows?{days}&cohort={known[0].cohort_week}"
    assert body[0].count('tabindex="-1"') == len(known) - 1
    assert "leads to the plays of its people" in html
    people = sum(each.cohort_users for each in data.rates if not each.week_offset)
    assert f'scope="row">All</th><td class="plain">{people}</td>' in body[0]
    assert panel.facts == [("Rests on", formats.counted(people, "person", "people"))]


def test_all_are_the_people_whose_first_week_is_over(source: Source) -> None:
    def week(monday: date, users: int, *, provisional: bool) -> RetentionWeek:
        return RetentionWeek(
            cohort_week=monday,
            week_offset=0,
            cohort_users=users,
            active_users=users,
            retention=None if provisional else 1.0,
            provisional=provisional,
        )

    last = LAST - timedelta(days=LAST.weekday())
    data = Retention(
        rates=(
            RetentionRate(week_offset=0, cohorts=1, cohort_users=4, active_users=4, retention=1.0),
        ),
        cohorts=(week(last - WEEK, 4, provisional=False), week(last, 3, provisional=True)),
    )
    body = weeks._cohorts(visit(source), data, "Cohorts")
    assert re.findall(r'class="plain">(\d)<', body) == ["4", "4", "3"]


@pytest.mark.parametrize("kind", [kind for kind in cohorts.CALLED if kind != "week"])
def test_cohorts_are_the_query_layers_however_they_are_told(
    source: Source, kind: cohorts.Kind
) -> None:
    assert kind != "week"
    at = visit(source, f"cohorts={kind}")
    panel = audience.PANELS["retention"](at)
    period = Period(from_=LAST - timedelta(days=34), to=LAST)
    asked = CohortsQuestion("day", period=period)
    if kind != "day":
        asked = CohortsQuestion("week", kind, weeks.shown(at), most=weeks.MOST)
    data = source.ask(asked).data
    for name in ("offset", "cohort_users", "active_users", "retention", "hours_viewed"):
        assert panel.table.column(name) == [getattr(each, name) for each in data.cohorts]
    people = sum(each.cohort_users for each in data.rates if not each.offset)
    assert people > 1
    assert panel.facts == [("Rests on", formats.counted(people, "person", "people"))]
    html = drawn(panel, at)
    shown = {k for rate in data.rates if (k := rate.offset) in (1, 2, 3, 4, 5, 6, 7, 14, 21, 28)}
    body = re.search(r'<table class="matrix">.*?</table>', html)
    assert body
    cells = re.findall(r'<td class="step-\d"><span title="([^"]*)">([^<]*)<', body[0])
    wanted = [*data.rates, *data.cohorts]
    assert [(of, plain(share)) for of, share in cells] == [
        (
            f"{each.active_users} of {formats.counted(each.cohort_users, 'person', 'people')}",
            plain(formats.percent(each.retention)),
        )
        for each in wanted
        if each.offset in shown
    ]
    assert f'aria-current="true">{cohorts.CALLED[kind]}' in html


def test_cohorts_that_there_are_not_are_refused(source: Source) -> None:
    with pytest.raises(BadAddress, match="cohorts is one of week, day"):
        audience.PANELS["retention"](visit(source, "cohorts=month"))


def test_segments_are_the_query_layers(source: Source) -> None:
    panel = audience.PANELS["segments"](visit(source, "period=7d"))
    told = source.ask(SegmentsQuestion())
    assert panel.table.column("users") == [each.users for each in told.data.segments]
    assert sum(panel.table.column("users")) == told.data.users == 7
    assert sum(panel.table.column("share")) == pytest.approx(1)
    assert panel.answer.period == told.period
    assert len({each for each in panel.table.column("users") if each}) > 1
    assert panel.table.links[0] == "/?period=7d&segment=core"
    assert panel.rows == f"/rows?from={LAST - timedelta(days=27)}&to={LAST}"


@pytest.mark.parametrize("by", people_groups.CALLED)
def test_groups_stand_beside_themselves_and_lead_to_what_their_people_watched(
    source: Source, site: Site, by: PeopleGroup
) -> None:
    at = visit(source, f"period=7d&groups={by}")
    panel = audience.PANELS["people-groups"](at)
    told = source.ask(PeopleByGroupQuestion(by, at.period, compare="previous")).data
    for name in ("hours_viewed", "compared", "viewers", "plays", "people"):
        assert panel.table.column(name) == [getattr(each, name) for each in told.groups]
    assert any(panel.table.column("compared"))
    if by == "lifecycle":
        assert not panel.table.links
        return
    for link, each in zip(panel.table.links, told.groups, strict=True):
        path, _, query = link.partition("?")
        assert path == "/"
        assert f"{by}=" in query
        assert 'data-metric="plays"' in site.render(path, query).html
        narrowed = source.ask(HeadlineQuestion(at.period, ViewState.parse(query).narrowing)).data
        assert narrowed.plays == each.plays


@pytest.mark.parametrize(
    ("query", "first", "said"),
    [
        ("period=7d", date(2026, 1, 19), "Shown: 6 weeks, also those before the period."),
        ("from=2026-01-01&to=2026-04-10", date(2026, 1, 1), None),
        ("from=2024-01-01&to=2026-04-10", date(2025, 4, 14), None),
        ("from=2026-03-01&to=2027-12-31", date(2027, 1, 4), "Shown: the last 52 weeks of the"),
        ("from=1900-01-01&to=1900-01-01", date(1899, 10, 16), None),
        ("from=0001-01-01&to=0001-01-01", date(1, 1, 1), None),
    ],
)
def test_so_many_weeks_are_shown_that_they_tell_something(
    source: Source, query: str, first: date, said: str | None
) -> None:
    at = visit(source, query)
    assert weeks.shown(at) == Period(from_=first, to=at.period.to)
    mondays = []
    if first.year > 1900:
        mondays = [week.week for week in source.ask(LifecycleQuestion(weeks.shown(at))).data]
    told = weeks.weeks_shown(at, mondays)
    assert (told or "").startswith(said or "")
    assert bool(told) == bool(said)


@pytest.mark.parametrize(
    "query", ["from=0001-01-01&to=0001-01-01", "from=1900-01-01&to=1900-01-01"]
)
def test_the_ends_of_time_are_refused_or_empty(site: Site, query: str) -> None:
    assert site.render("/audience", query).status in (200, 422)
    for name in NAMES:
        assert site.render(f"/audience?{name}", query).status in (200, 404, 422)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in LEARNED])
def test_every_panel_can_be_taken_along(site: Site, name: str) -> None:
    panel = site.panel("/audience", name, "period=7d")
    lines = as_csv(panel).decode().splitlines()
    assert len(lines) == 1 + len(panel.table.rows) > 1
    assert lines[0].startswith(panel.table.names[0])
    figure = as_figure(panel)
    assert figure
    checked(json.loads(figure))


def test_where_nobody_watched_it_says_so(source: Source, site: Site) -> None:
    assert (
        "Nothing fits these filters"
        in site.render("/audience", "from=2020-01-01&to=2020-01-07").html
    )
    at = visit(source, "from=2020-01-01&to=2020-01-07")
    for name in ("viewers", "stickiness", "lifecycle", "retention"):
        html = drawn(audience.PANELS[name](at), at)
        assert 'class="nothing"' in html
        assert "<table" not in html
    at = visit(source, "from=2020-01-01&to=2020-01-07&cohorts=day")
    assert 'class="nothing"' in drawn(audience.PANELS["retention"](at), at)


def test_filters_that_it_does_not_take_are_said_to_be_without_effect(site: Site) -> None:
    html = site.render("/audience", "country=DE&genre=%3Cb%3E").html
    assert html.count("– not used on this page") == 2
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert cards(html) == cards(site.render("/audience", "").html)


def test_before_a_week_is_over_cards_say_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    made = Service(Settings(home=tmp_path_factory.mktemp("new")))
    made.another_day()
    made.publish()
    html = Site(Snapshots(made.settings.serving)).render("/audience", "").html
    found = cards(html)
    assert found["new_users"] == found["retention_4"] == formats.UNKNOWN
    assert "no week is over yet" in html
    assert found["dau"] == "9"


def test_what_moved_the_people_of_a_week_adds_up_to_its_change(site: Site, source: Source) -> None:
    days = Period(from_=FIRST, to=LAST)
    *_, before, now = (
        week for week in source.ask(LifecycleQuestion(days)).data if not week.provisional
    )
    panel = site.panel("/audience", "moved", "")
    assert sum(panel.table.column("contribution")) == now.active_users - before.active_users != 0
    assert "take no filter" in (panel.note or "")
    assert "take no filter" in site.render("/audience", "").html
