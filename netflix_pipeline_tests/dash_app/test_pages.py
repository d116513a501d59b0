import re
from dataclasses import replace
from datetime import date
from html import unescape
from pathlib import Path

import pytest

from dash_app import formats
from dash_app.markup import Html, element
from dash_app.page_request import DashboardPage, Pace, Visit
from dash_app.pages import PAGES
from dash_app.site import Site
from netflix_pipeline.serving import NotFound, Period, Snapshots
from netflix_pipeline.serving.query.periods import FIRST_DAYS
from netflix_pipeline.serving.questions.title import TitleQuestion
from netflix_pipeline_tests.support.service import LAST


def told(visit: Visit) -> Html:
    """Content that says what its page was asked for."""
    if visit.arguments.get("title_id") == "nobody's":
        raise NotFound("there is no title nobody's.")
    return element(
        "p",
        f"{dict(visit.arguments)} {visit.narrowing.told} {visit.own('sort')}",
        class_="told-here",
    )


WIDE = DashboardPage("/wide", "Wide", told, own=("sort",))
NARROW = DashboardPage("/narrow", "Narrow", told, takes=frozenset({"country"}))
LISTED = DashboardPage(
    "/one", "One", told, takes=NARROW.takes, takes_one=NARROW.takes, in_menu=False
)
ONE = DashboardPage("/titles/{title_id}", "Title", told, in_menu=False)
NOW = DashboardPage("/now", "Live", told, takes=frozenset(), live="events")


@pytest.fixture
def site(snapshots: Snapshots) -> Site:
    return Site(snapshots, pages=(WIDE, NARROW, LISTED, ONE, NOW))


def said(html: str) -> str:
    found = re.search(r'class="told-here">(.*?)<', html)
    assert found
    return found[1].replace("&#x27;", "'")


def chips(html: str) -> str:
    """The list of what a page is narrowed to."""
    found = re.search(r'<ul aria-label="Active filters".*?</ul>', html)
    assert found
    return found[0]


def test_the_navigation_has_every_page_but_those_of_one_thing(site: Site) -> None:
    html = site.render("/wide", "").html
    nav = re.search(r"<nav.*?</nav>", html)
    assert nav
    assert re.findall(r'href="([^"]*)"', nav[0]) == ["/wide", "/narrow", "/now"]
    assert '<a href="/wide" aria-current="page">Wide</a>' in nav[0]
    assert nav[0].count("aria-current") == 1


def test_filters_are_taken_along_and_what_only_one_page_knows_is_not(site: Site) -> None:
    html = site.render("/wide", "period=7d&genre=Drama&sort=name").html
    assert 'href="/narrow?period=7d&amp;genre=Drama"' in html
    assert 'aria-current="page">Wide' in html


def test_a_page_gets_what_it_takes_and_says_what_is_without_effect(site: Site) -> None:
    query = "country=DE&genre=drama"
    assert said(site.render("/wide", query).html) == ("{} {'country': 'DE', 'genre': 'drama'} None")
    html = site.render("/narrow", query).html
    assert said(html) == "{} {'country': 'DE'} None"
    assert re.search(r"Genre: </span>Drama<span> – not used on this page", html)
    assert not re.search(r"Germany<span> – not used", html)
    assert 'type="checkbox" name="country"' in html
    assert 'name="genre"' in html  # kept in the form, without a list
    assert 'type="hidden" name="genre" value="drama"' in html


def test_a_name_that_belongs_to_another_page_is_refused(site: Site) -> None:
    assert site.render("/wide", "sort=name").status == 200
    assert site.render("/narrow", "sort=name").status == 422


@pytest.mark.parametrize(
    ("path", "title"), [("/titles/t-1", "t-1"), ("/titles/a%2Fb%20%C3%A9%3F", "a/b é?")]
)
def test_a_part_of_the_path_can_be_what_a_page_is_about(site: Site, path: str, title: str) -> None:
    assert said(site.render(path, "").html).startswith(f"{{'title_id': '{title}'}}")
    assert ONE.at(title_id=title) == path


def test_what_a_page_cannot_find_is_told_as_missing(site: Site) -> None:
    view = site.render("/titles/nobody%27s", "")
    assert view.status == 404
    assert "There is no title nobody&#x27;s." in view.html


@pytest.mark.parametrize("path", ["/titles", "/titles/", "/titles/a/b", "/wide/", "//wide"])
def test_other_paths_are_no_pages(site: Site, path: str) -> None:
    assert site.render(path, "").status == 404


def test_a_list_offers_what_the_data_has_by_its_name(site: Site) -> None:
    html = site.render("/wide", "country=XX").html
    assert re.findall(r'box" name="country" value="(.*?)"( checked)?/><span>(.*?)<', html) == [
        ("FR", "", "France"),
        ("DE", "", "Germany"),
        ("XX", " checked", "XX"),  # chosen, though nothing has it
    ]


def test_several_values_are_chosen_or_left_out_and_each_is_undone(site: Site) -> None:
    html = site.render("/wide", "period=7d&country=DE&country=FR&not_device=smart_tv&sort=n").html
    assert said(html) == "{} {'country': ('DE', 'FR'), 'not_device': 'smart_tv'} n"
    assert re.findall(r'box" name="country" value="([^"]*)" checked', html) == ["FR", "DE"]
    assert re.findall(r'box" name="not_device" value="([^"]*)" checked', html) == ["smart_tv"]
    assert "<strong>France or Germany</strong>" in html
    assert "<strong>all but Smart TV</strong>" in html
    assert [unescape(href) for href in re.findall(r'href="(.*?)"', chips(html))] == [
        "/wide?period=7d&country=FR&not_device=smart_tv",
        "/wide?period=7d&country=DE&not_device=smart_tv",
        "/wide?period=7d&country=DE&country=FR",
        "/wide?period=7d&sort=n",
    ]
    # The other way round, of what is chosen.
    assert 'href="/wide?period=7d&amp;not_country=DE&amp;not_country=FR&amp;not_device' in html
    assert 'href="/wide?period=7d&amp;country=DE&amp;country=FR&amp;device=smart_tv"' in html


def test_what_a_page_takes_one_of_is_without_effect_where_several_are_chosen(site: Site) -> None:
    for query in ("country=DE&country=FR", "not_country=DE"):
        html = site.render("/one", query).html
        assert said(html) == "{} {} None"
        assert "Germany<span> – not used on this page" in html
        assert '<select name="country"' in html
    assert said(site.render("/one", "country=DE").html) == "{} {'country': 'DE'} None"


def test_values_that_the_data_do_not_have_are_told_and_no_zeros(site: Site) -> None:
    for query, says in (
        ("country=DE,FR", "country=DE&country=FR"),
        ("country=DE&country=XX", "no 'XX'"),
        ("not_country=XX", "There are: DE, FR"),
    ):
        view = site.render("/wide", query)
        assert view.status == 422
        assert says in unescape(view.html)


def test_what_cannot_be_chosen_is_left_out_by_a_link(site: Site) -> None:
    for query, rest in (
        ("period=7d&foo=1&country=DE&country=FR&bar=2", "?period=7d&country=DE&country=FR"),
        ("colour=red", ""),
        ("country=DE,FR&genre=drama", "?genre=drama"),
        ("not_country=XX&device=mobile", "?device=mobile"),
        ("country=DE&not_country=FR&by=plays", "?country=DE&by=plays"),
    ):
        html = unescape(site.render("/wide", query).html)
        assert f'href="/wide{rest}" class="button">Show it without that</a>' in html
        assert site.render("/wide", rest).status == 200
    assert "without that" not in site.render("/wide", "period=9d").html


def test_days_of_ones_own_are_a_chip_that_leads_back_to_the_usual_ones(site: Site) -> None:
    html = site.render("/wide", "from=2026-03-09&to=2026-03-10&country=DE").html
    assert [unescape(href) for href in re.findall(r'href="(.*?)"', chips(html))] == [
        "/wide?from=2026-03-09&to=2026-03-10",
        "/wide?country=DE",
        "/wide",
    ]
    days = formats.period(Period(from_=date(2026, 3, 9), to=date(2026, 3, 10)))
    assert f'<span class="of">Days: </span>{days}<span' in chips(html)
    assert "Active filters" not in site.render("/wide", "period=7d").html
    assert "Days: " not in site.render("/narrow", "from=2026-03-09&to=2026-03-10").html


MENU = r'<a href="([^"]*)"( aria-current="true")?><span>(.*?)</span><span class="of"> (.*?)</span>'


def menu(html: str) -> dict[str, tuple[str, str, bool]]:
    """The menu of further periods: the days of each, its address, and whether it is shown."""
    return {
        label: (days, unescape(href), bool(current))
        for href, current, label, days in re.findall(MENU, html)
    }


def test_further_periods_stand_in_a_menu_with_their_days(site: Site) -> None:
    html = site.render("/wide", "period=last_week&country=DE").html
    week, before, month = (
        formats.period(Period(from_=date(2026, *first), to=date(2026, *last)))
        for first, last in (((3, 9), (3, 15)), ((3, 2), (3, 8)), ((2, 1), (2, 28)))
    )
    found = menu(html)
    assert list(found) == [
        *("Yesterday", "Last week", "Last month", "Month to date", "Quarter to date"),
        "Year to date",
    ]
    assert found["Last week"] == (week, "/wide?period=last_week&country=DE", True)
    assert found["Last month"] == (month, "/wide?period=last_month&country=DE", False)
    seven = formats.days(7)
    assert f"<strong>{week}</strong> · last week · {seven} · <span>compared with {before}<" in html
    assert "</span>Last week</summary>" in html
    assert "</span>More</summary>" in site.render("/wide", "").html
    lacking = site.render("/wide", "period=month_to_date").html
    assert "partly outside of the data" in lacking
    assert "no complete period before it to compare with" in lacking


def test_weeks_begin_with_the_day_of_the_home_or_of_the_address(serving: Path) -> None:
    snapshots = Snapshots(serving)
    days = {
        "monday": Period(from_=date(2026, 3, 9), to=date(2026, 3, 15)),
        "sunday": Period(from_=date(2026, 3, 8), to=date(2026, 3, 14)),
        "saturday": Period(from_=date(2026, 3, 7), to=date(2026, 3, 13)),
    }
    for usual in FIRST_DAYS:
        site = Site(snapshots, pages=(WIDE,), week_start=usual)
        for asked in FIRST_DAYS:
            html = site.render("/wide", f"period=last_week&week_start={asked}").html
            assert f"<strong>{formats.period(days[asked])}</strong>" in html
        html = site.render("/wide", "period=last_week").html
        assert f"<strong>{formats.period(days[usual])}</strong>" in html
        said = f"weeks begin on {usual.capitalize()}, those of people, cohorts and Top 10 on Monday"
        assert (said in html) == (usual != "monday")
    assert site.render("/wide", "week_start=friday").status == 422


def test_days_are_of_the_zone_of_the_home_or_of_the_address(serving: Path) -> None:
    snapshots = Snapshots(serving)
    shown = replace(WIDE, shows=("plays", "sittings", "stickiness"))
    stay = "but of UTC for Stickiness"
    for usual in ("UTC", "Asia/Kathmandu"):
        site = Site(snapshots, pages=(shown, NARROW), zone=usual)
        html = site.render("/wide", "tz=Europe/Berlin&country=DE").html
        assert f"Days and hours are of Europe/Berlin, {stay}" in html
        assert 'href="/wide?country=DE"' in chips(html)  # takes the zone away
        assert "/narrow?country=DE&amp;tz=Europe%2FBerlin" in html
        unused = site.render("/narrow", "tz=Europe/Berlin").html
        assert "Days are of UTC on this page" in unused
        assert "not used on this page" in chips(unused)
        html = site.render("/wide", "").html
        assert (f"Days and hours are of {usual}, {stay}" in html) == (usual != "UTC")
    assert "Days and hours are of Europe/Berlin" in site.render("/wide", "tz= berlin").html


def test_what_is_no_zone_is_told_at_its_field_and_the_page_stays(serving: Path) -> None:
    site = Site(Snapshots(serving), pages=(WIDE, NARROW), zone="Asia/Kathmandu")
    view = site.render("/wide", "tz=berln&country=DE")
    assert view.status == 422
    assert "There is no time zone “berln”. Near to that: " in view.html
    near = re.findall(r'<a href="([^"]*tz=[^"]*)">([^<]*)</a>', view.html)
    assert near[0] == ("/wide?country=DE&amp;tz=Europe%2FBerlin", "Europe/Berlin")
    assert len(near) <= 3
    assert 'value="berln"' in view.html
    assert "Days and hours are of Asia/Kathmandu" in view.html
    assert 'value="Asia/Kathmandu"></option><option value="UTC">' in view.html
    # A page without the field is refused, with the way out.
    view = site.render("/narrow", "tz=berln&country=DE")
    assert view.status == 422
    assert "Near to that: Europe/Berlin" in view.html
    assert 'href="/narrow?country=DE"' in view.html


def test_a_link_has_fixed_dates_or_moves_on(site: Site, serving: Path) -> None:
    def links(site: Site, path: str, query: str) -> dict[str, str]:
        found = re.findall(r'data-copy="(.*?)">(.*?)<', site.render(path, query).html)
        return {label: unescape(address) for address, label in found}

    days = "from=2026-03-11&to=2026-03-17"
    assert links(site, "/wide", "period=7d&country=DE") == {
        "Copy link (these dates)": f"/wide?{days}&country=DE",
        "Copy link (always the last 7 days)": "/wide?period=7d&country=DE",
    }
    assert links(site, "/wide", days) == {"Copy link (these dates)": f"/wide?{days}"}
    month = "from=2026-02-01&to=2026-02-28&compare=previous_month"
    assert links(site, "/wide", "period=last_month")["Copy link (these dates)"] == f"/wide?{month}"
    assert links(site, "/narrow", "country=DE") == {"Copy link": "/narrow?country=DE"}
    week, pages = "/top10?week=2026-03-09", Site(Snapshots(serving))
    newest = {"Copy link (these dates)": week, "Copy link (always the newest)": "/top10"}
    assert links(pages, "/top10", "") == newest
    assert links(pages, "/top10", "week=2026-03-09") == {"Copy link (these dates)": week}


def test_only_titles_have_a_period_since_their_launch(site: Site, serving: Path) -> None:
    refused = site.render("/wide", "period=since_launch")
    assert (refused.status, "Only titles have a launch" in refused.html) == (422, True)
    titles = Site(Snapshots(serving))
    html = titles.render("/titles/t-dark", "period=since_launch").html
    first = Snapshots(serving).ask(TitleQuestion("t-dark")).data.first_day
    assert first
    days = formats.period(Period(from_=first, to=LAST))
    assert menu(html)["Since launch"] == (days, "/titles/t-dark?period=since_launch", True)
    assert f"<strong>{days}</strong> · since the launch" in html
    # Elsewhere it is not known of what: rows are those of these days, other pages show theirs.
    assert f"/rows?from={first}&to={LAST}&title=t-dark" in unescape(html)
    assert 'href="/audience"' in html
    assert titles.render("/titles/nobody", "period=since_launch").status == 404


def test_a_period_outside_of_the_data_says_so(site: Site) -> None:
    told = "outside of the data, which are of"
    assert f"partly {told}" in site.render("/wide", "from=2026-01-01&to=2026-03-10").html
    assert told not in site.render("/wide", "from=2026-03-09&to=2026-03-10").html
    assert told not in site.render("/wide", "period=90d").html


def test_a_chip_removes_its_own_filter_only(site: Site) -> None:
    html = site.render("/wide", "period=7d&country=DE&genre=Drama&sort=name").html
    assert re.findall(r'href="(.*?)"', chips(html)) == [
        "/wide?period=7d&amp;genre=Drama",
        "/wide?period=7d&amp;country=DE",
        "/wide?period=7d&amp;sort=name",
    ]


def test_both_ranges_of_a_comparison_are_named(site: Site) -> None:
    now, was = (
        formats.period(Period(from_=date(2026, 3, first), to=date(2026, 3, last)))
        for first, last in ((11, 17), (4, 10))
    )
    html = site.render("/wide", "from=2026-03-11&to=2026-03-17").html
    assert f"<strong>{now}</strong>" in html
    assert f"compared with {was}" in html
    assert f">Period before: {was}</option>" in html
    assert ">Year before: not in the data</option>" in html
    assert "compared with" not in site.render("/wide", "compare=none").html


@pytest.mark.parametrize("pace", ["events", "minutes"])
def test_a_live_page_says_so_and_is_made_anew_when_something_happened(
    serving: Path, pace: Pace, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def counted(_: Visit) -> Html:
        made.append(1)
        return element("p", len(made))

    pages = (
        DashboardPage("/now", "Live", counted, takes=frozenset(), live=pace),
        DashboardPage("/", "Still", counted, takes=frozenset()),
    )
    site = Site(Snapshots(serving), pages=pages)
    stamp = ["7"]
    monkeypatch.setattr(site, "stamp", lambda _: stamp[0])
    assert f'data-live="{pace}" data-stamp="7"' in site.render("/now", "").html
    site.render("/now", "")
    assert len(made) == 1
    stamp[0] = "8"
    assert 'data-stamp="8"' in site.render("/now", "").html
    assert len(made) == 2
    assert "data-live" not in site.render("/", "").html
    site.render("/", "")
    assert len(made) == 3


def test_every_page_has_an_address_of_its_own() -> None:
    assert PAGES[0].path == "/"
    assert len({page.path for page in PAGES}) == len(PAGES)
    assert not {page.path for page in PAGES} & {"/live", "/robots.txt"}


def test_filters_that_leave_nothing_lead_out_one_by_one(site: Site) -> None:
    html = site.render("/wide", "period=7d&country=XX&genre=Drama&sort=name").html
    assert "Nothing fits these filters" in html
    assert "for country XX, genre Drama." in html
    assert (
        '<a href="/wide?period=7d&amp;genre=Drama" class="button">Without Country: XX</a>' in html
    )
    assert "told-here" not in html
    assert 'type="checkbox"' in html  # the filters stay


def test_a_page_that_is_not_about_plays_shows_what_it_has(serving: Path) -> None:
    page = DashboardPage("/trust", "Trust", told, of_plays=False)
    html = Site(Snapshots(serving), pages=(page,)).render("/trust", "country=XX").html
    assert "told-here" in html


def test_a_page_of_one_thing_has_its_name_as_heading_and_as_title(serving: Path) -> None:
    site = Site(Snapshots(serving))
    html = site.render("/titles/t-amelie", "").html
    assert "<h1>Le Fabuleux Destin d&#x27;Amélie</h1>" in html
    assert 'data-title="Le Fabuleux Destin d&#x27;Amélie · Viewing"' in html
    assert "<h1>Title</h1>" in site.render("/titles/nobody", "").html
