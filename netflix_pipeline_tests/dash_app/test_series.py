"""The page of a series: its episodes in order, and what is said of who goes on."""

import re

import pytest

from dash_app.filters import ViewState
from dash_app.page_request import Visit
from dash_app.pages import series, title
from dash_app.panels.episodes import _funnel_summary
from dash_app.site import Site
from netflix_pipeline.serving import Source
from netflix_pipeline.serving.questions.episodes import SeriesDetailQuestion

WAYS = {
    "/series/saga": ("/titles/saga-1", "/titles/saga-3"),
    "/titles/saga-2": ("/series/saga",),
    "/titles/saga": ("/series/saga",),
    "/titles": ("/series/saga", "/titles/t-dark"),
}


def visit(source: Source, query: str = "") -> Visit:
    return Visit(series.PAGE, "/series/saga", ViewState.parse(query), source, {"series_id": "saga"})


@pytest.mark.parametrize("path", WAYS)
def test_a_series_and_its_episodes_lead_to_one_another(site: Site, path: str) -> None:
    html = site.render(path, "period=all").html
    for way in WAYS[path]:
        assert f'href="{way}?period=all"' in html


def test_a_series_has_days_since_its_launch(site: Site) -> None:
    html = site.render("/series/saga", "period=since_launch").html
    assert "since the launch" in html
    assert 'id="panel-funnel"' in html


def test_what_is_no_series_is_not_found(site: Site) -> None:
    for path in ("/series/t-dark", "/series/nobody"):
        assert site.render(path, "").status == 404


def test_the_funnel_is_of_those_who_began_in_the_period(source: Source) -> None:
    panels = {name: panel(visit(source, "period=all")) for name, panel in series.PANELS.items()}
    assert panels["funnel"].table.column("number") == ["S1 E1", "S1 E2", "S2 E1"]
    assert panels["funnel"].table.column("funnel_starters") == [6, 4, 2]
    assert panels["furthest"].table.column("furthest") == [2, 2, 2]
    assert panels["furthest"].summary == (
        "33.3% of 6 people came to S2 E1, the last one; of the others most ended with S1 E1 "
        "(33.3%)."
    )
    assert panels["next-episode"].answer.period is None
    assert set(title.PANELS) < set(panels)
    later = series.PANELS["funnel"](visit(source, "from=2026-03-03&to=2026-03-10"))
    assert later.table.rows == ()
    assert "Nobody started its first episode" in later.nothing


def test_breaks_are_named_where_enough_people_stand_behind_them(source: Source) -> None:
    days = visit(source, "period=all").period
    few, enough, one = (
        source.ask(SeriesDetailQuestion("saga", days, at_least=least)).data for least in (50, 1, 6)
    )
    began = "6 people began with S1 E1; 33.3% of them started S2 E1."
    assert _funnel_summary(few) == (
        f"{began} No step has 50 people behind it: too few to name the best or the worst break."
    )
    assert _funnel_summary(enough) == (
        f"{began} Most are lost between S1 E2 and S2 E1 (50.0%), "
        "fewest between S1 E1 and S1 E2 (33.3%)."
    )
    assert re.fullmatch(rf"{began} Most are lost .*\(33.3%\)\.", _funnel_summary(one))


def test_seasons_and_episodes_stand_beside_themselves_and_no_other_title(source: Source) -> None:
    at = visit(source, "period=all&country=DE&by=plays&compare=country:FR")
    there = visit(source, "period=all&country=FR&by=plays&compare=none")
    other = visit(source, "period=all&by=views&compare=title:t-amelie")
    for name in ("seasons", "episodes"):
        table, beside = (series.PANELS[name](one).table for one in (at, there))
        assert table.column("compared") == beside.column("plays")
        assert table.label("compared") == "France"
        assert any(table.column("compared"))
        assert "compared" not in beside.names
        alone = series.PANELS[name](other).table
        assert "views" in alone.names
        assert "compared" not in alone.names
