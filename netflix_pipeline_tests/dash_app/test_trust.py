"""The page of what arrived and how fresh it is: the numbers of the API's /quality."""

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import FastAPI

from api.app import create_app
from dash_app import formats
from dash_app.charts.drawing import draw
from dash_app.exports import as_csv, as_figure
from dash_app.filters import ViewState
from dash_app.live_window import Now
from dash_app.page_request import Visit
from dash_app.pages import trust
from dash_app.panels import alerts as alerts_panel
from dash_app.panels import quarantine as quarantine_panel
from dash_app.site import Site
from netflix_pipeline.monitoring import AlertReport, ToldAlert
from netflix_pipeline.monitoring.alert_report import KnownAlert
from netflix_pipeline.serving import NotFound, Snapshots, publish
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api import request
from netflix_pipeline_tests.support.arrivals import arrive, came, quarantine
from netflix_pipeline_tests.support.followed import Followed, take, watch
from netflix_pipeline_tests.support.service import FIRST, LAST, Service
from netflix_pipeline_tests.support.world import World

QUERY = "from=2026-03-10&to=2026-03-16"
ADDRESSES = (QUERY, f"{QUERY}&source=http", f"{QUERY}&table=watch_events&reason=watch_too_long")


@pytest.fixture(scope="module")
def api(service: Service) -> FastAPI:
    return create_app(service.settings)


def numbers(html: str) -> dict[str, str]:
    """The exact value of each card."""
    found = re.findall(r'title="([^"]*)" data-number="([^"]*)"', html)
    return {name: value for value, name in found}


def without_reason(query: str) -> str:
    return "&".join(part for part in query.split("&") if not part.startswith("reason="))


@pytest.mark.parametrize("query", ADDRESSES)
def test_every_number_of_the_ledger_is_the_apis(site: Site, api: FastAPI, query: str) -> None:
    told = request(api, f"/quality/ledger?{without_reason(query)}").json()["data"]
    totals = told["totals"]
    assert totals["received"] > 0
    names = ("missing", "received", "stored", "erased", "duplicate", "quarantined")
    shown = numbers(site.render("/trust", query).html)
    assert shown.pop("stale") == "0"
    assert shown.pop("age") == formats.moment(datetime(2026, 3, 18, 12, tzinfo=UTC))
    assert shown == {name: formats.number(totals[name]) for name in names}
    days = site.panel("/trust", "arrivals", query).table
    assert len(days.rows) == 7
    for name in names[2:]:
        assert sum(days.column(name)) == totals[name]
    ledger = site.panel("/trust", "ledger", query).table
    for name in ("received", "stored", "in_plays", "missing"):
        assert ledger.column(name) == [row[name] for row in told["days"]]


@pytest.mark.parametrize("query", ADDRESSES)
def test_every_row_in_quarantine_and_every_reason_is_the_apis(
    site: Site, api: FastAPI, query: str
) -> None:
    told = request(api, f"/quality/quarantine?{query}&limit=500").json()["data"]
    assert told["waiting"] > 0
    reasons = site.panel("/trust", "reasons", query).table
    assert list(reasons.rows) == [(each["reason"], each["rows"]) for each in told["reasons"]]
    rows = site.panel("/trust", "quarantine", query).table
    assert rows.column("id") == [row["id"] for row in told["rows"]]
    assert rows.column("path") == [row["path"] for row in told["rows"]]
    assert f"{formats.number(told['waiting'])} rows, newest" in site.render("/trust", query).html


def test_the_period_is_of_days_of_arrival(site: Site, service: Service, tmp_path: Path) -> None:
    html = site.render("/trust", "period=7d").html
    assert "7\N{NO-BREAK SPACE}days of arrival, not of viewing" in html
    late = World(tmp_path / "lake")
    arrived = LAST + timedelta(days=40)
    arrive(late, arrived, [("native-watch-events", "watch_events", 1, 9, 0, 0, 9, 0, 0)])
    late.describe()
    publish(late.lake, tmp_path / "serving")
    # Nothing of it was played, and all of it is in quarantine: that is what the page is for.
    site = Site(Snapshots(tmp_path / "serving"))
    assert numbers(site.render("/trust", "period=7d").html)["quarantined"] == "9"
    assert "No plays in the data" in site.render("/", "").html


def test_where_nothing_ever_arrived_it_says_so(tmp_path: Path) -> None:
    world = World(tmp_path / "lake")
    world.describe()
    publish(world.lake, tmp_path / "serving")
    html = Site(Snapshots(tmp_path / "serving")).render("/trust", "").html
    assert "Nothing has arrived" in html


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    world = World(tmp_path / "lake")
    arrive(world, LAST, [("native-watch-events", "watch_events", 1, 9, 5, 1, 1, 0, 0)])
    world.describe()
    publish(world.lake, tmp_path / "serving")
    html = Site(Snapshots(tmp_path / "serving")).render("/trust", "").html
    assert "Does not add up" in html
    assert numbers(html)["missing"] == "2"
    assert "1 line does not add up" in html


def test_each_day_reason_source_and_table_leads_to_its_own(site: Site) -> None:
    arrivals = site.panel("/trust", "arrivals", QUERY).table
    path, _, query = arrivals.links[1].partition("?")
    assert (path, query) == ("/trust", "from=2026-03-11&to=2026-03-11")
    reasons = site.panel("/trust", "reasons", f"{QUERY}&source=http").table
    assert parse_qs(urlsplit(reasons.links[0]).query) == {
        "from": ["2026-03-10"],
        "to": ["2026-03-16"],
        "source": ["http"],
        "reason": ["unparsable_row"],
    }
    html = site.render("/trust", QUERY).html
    assert 'href="/trust?from=2026-03-10&amp;to=2026-03-16&amp;table=search_events"' in html


def test_rows_come_in_pages(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine_panel, "SHOWN", 3)
    seen: list[str] = []
    query = QUERY
    while query:
        html = site.render("/trust", query).html
        panel = re.search(r'id="panel-quarantine".*?</section>', html)
        assert panel
        seen += re.findall(r"<td[^>]*>([^<]*:\d+)</td>", panel[0])
        following = re.search(r'href="/trust\?([^"]*)" rel="next"', panel[0])
        query = following[1].replace("&amp;", "&") if following else ""
    assert seen == site.panel("/trust", "quarantine", QUERY).table.column("id")


def test_lists_offer_what_arrived_and_keep_the_rest(site: Site) -> None:
    html = site.render("/trust", f"{QUERY}&source=http&reason=gone").html
    form = re.search(r'<form[^>]*aria-label="Narrow down what arrived".*?</form>', html)
    assert form
    assert re.findall(r'<option value="([^"]+)"( selected)?', form[0]) == [
        ("http", " selected"),
        ("native-watch-events", ""),
        ("search_events", ""),
        ("watch_events", ""),
        ("gone", " selected"),
        ("missing_user_id", ""),
        ("unparsable_row", ""),
        ("watch_too_long", ""),
    ]
    assert 'type="hidden" name="from" value="2026-03-10"' in form[0]


def test_a_row_is_never_markup(site: Site) -> None:
    html = site.render("/trust", QUERY).html
    assert "{&lt;b&gt;" in html
    assert "{<b>" not in html


@pytest.fixture
def followed() -> Followed:
    return Followed()


def test_every_panel_can_be_taken_along(serving: Path, followed: Followed) -> None:
    noon = datetime(2026, 3, 18, 12, 0, 30, tzinfo=UTC)
    take(followed, watch(1), minutes_ago=2)
    site = Site(Snapshots(serving), now=Now(followed, clock=lambda: noon))
    for name in trust.PANELS.keys() - {"stale"}:
        panel = site.panel("/trust", name, QUERY)
        rows = list(csv.DictReader(io.StringIO(as_csv(panel).decode(), newline="")))
        assert len(rows) == len(panel.table.rows) > 0
        as_figure(panel)
    assert "Delay of visibility" in site.render("/trust", QUERY).html
    followed.finds_no_log()
    assert "Delay of visibility" not in site.render("/trust", f"{QUERY}&source=http").html
    with pytest.raises(NotFound):
        site.panel("/trust", "delay", QUERY)


def test_checks_and_snapshots_are_the_apis(
    tmp_path: Path, service: Service, api: FastAPI, site: Site
) -> None:
    told = request(api, "/quality/checks").json()["data"]
    table = site.panel("/trust", "checks", "").table
    assert [dict(zip(table.names, row, strict=True)) for row in table.rows] == told["tables"]
    kept = request(api, "/quality/snapshots").json()["data"]
    snapshots = site.panel("/trust", "snapshots", "").table
    assert snapshots.column("version") == [each["version"] for each in kept]
    assert snapshots.column("bytes") == [each["bytes"] for each in kept]
    assert "Stale days" not in site.render("/trust", "").html


def test_a_stale_day_is_told_with_its_reason(tmp_path: Path) -> None:
    service = Service(Settings(home=tmp_path / "home"))
    service.another_day()
    service.publish()
    service.world.lake.mark_stale("silver/plays", service.last, "its contract was broken")
    service.publish()
    site = Site(Snapshots(service.settings.serving))
    html = site.render("/trust", "").html
    assert "of 1 the last good version is shown" in html
    assert ">Failed<" in html
    assert site.panel("/trust", "stale", "").table.rows == (
        (service.last, "silver/plays", "its contract was broken"),
    )


def test_rows_at_which_code_failed_are_told_whenever_they_arrived(tmp_path: Path) -> None:
    service = Service(Settings(home=tmp_path / "home"))
    failed = [{"line": n, "reasons": ["processing_failed"]} for n in (3, 7)]
    quarantine(service.world, FIRST, failed)
    arrive(service.world, FIRST, [("native-watch-events", "watch_events", 1, 9, 7, 0, 2, 0, 7)])
    arrive(
        service.world,
        FIRST + timedelta(days=60),
        [("native-watch-events", "watch_events", 1, 9, 9, 0, 0, 0, 9)],
    )
    service.publish()
    told = request(create_app(service.settings), "/quality/checks").json()["data"]
    assert (told["passed"], told["failed_rows"]) == (False, 2)
    site = Site(Snapshots(service.settings.serving))
    html = site.render("/trust", "period=7d&table=search_events").html
    card = re.search(r'<p[^>]*>Failed</p><p[^>]*>0 days stale, <a href="([^"]*)">(.*?)</a>', html)
    assert card
    assert card[2] == "code failed at 2 rows"
    assert "quarantine replay --reason processing_failed" in html
    panel = site.panel("/trust", "checks", "period=7d&table=search_events")
    address = card[1].replace("&amp;", "&")
    assert panel.rows == address
    path, _, query = address.partition("?")
    rows = site.panel(path, "quarantine", query).table
    assert rows.column("line") == [7, 3]


def test_a_csv_says_what_it_is_narrowed_to(site: Site) -> None:
    text = as_csv(site.panel("/trust", "quarantine", f"{QUERY}&reason=watch_too_long")).decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert {row["filters"] for row in rows} == {"reason=watch_too_long"}
    assert {(row["period_from"], row["period_to"]) for row in rows} == {
        ("2026-03-10", "2026-03-16")
    }


@pytest.mark.parametrize(
    ("query", "heading", "count"),
    [
        ("from=2026-01-01&to=2026-05-02", "Arrivals by day", 122),
        ("from=2025-11-01&to=2026-05-02", "Arrivals by week", 27),
        ("from=2020-01-15&to=2026-05-02", "Arrivals by month", 77),
    ],
)
def test_long_periods_are_told_in_longer_steps(
    site: Site, query: str, heading: str, count: int
) -> None:
    panel = site.panel("/trust", "arrivals", query)
    assert panel.heading == heading
    assert len(panel.table.rows) == count
    assert panel.table.rows[0][0] == date.fromisoformat(query[5:15])
    every = site.panel("/trust", "ledger", f"from={FIRST}&to={LAST}").table
    assert sum(panel.table.column("stored")) == sum(every.column("stored"))


def test_reasons_that_are_not_drawn_are_counted(tmp_path: Path) -> None:
    service = Service(Settings(home=tmp_path / "home"))
    rows = [{"line": n, "reasons": [f"reason_{n}"]} for n in range(1, 16)]
    quarantine(service.world, FIRST, rows)
    arrive(service.world, FIRST, [("native-watch-events", "watch_events", 1, 15, 0, 0, 15, 0, 0)])
    service.publish()
    panel = Site(Snapshots(service.settings.serving)).panel("/trust", "reasons", "")
    assert len(panel.table.rows) == 15
    assert panel.figure
    assert len(panel.figure["data"][0]["x"]) == 15
    assert draw(panel.figure).count('class="fill"') == 12
    assert panel.note == "3 more are in the table."


def test_which_days_are_complete_is_the_apis(site: Site, api: FastAPI) -> None:
    told = request(api, f"/v1/quality/completeness?{QUERY}").json()["data"]
    assert {day["state"] for day in told["days"]} == {"settled"}
    table = site.panel("/trust", "complete", QUERY).table
    for name in ("state", "rows", "bulk_rows", "late_rows", "expected_share"):
        assert table.column(name) == [day[name] for day in told["days"]]
    parts = zip(*map(table.column, ("in_time", "bulk_rows", "late_rows")), strict=True)
    assert list(map(sum, parts)) == table.column("rows")
    lateness = site.panel("/trust", "lateness", QUERY)
    shares = dict(zip(*map(lateness.table.column, ("within_hours", "share_in")), strict=True))
    steps = {step["within_hours"]: step["share"] for step in told["lateness"]}
    assert steps.keys() == {0, 3, 12, 48}
    assert {hours: shares[hours] for hours in steps} == pytest.approx(steps, rel=1e-12)
    assert (shares[2], shares[168]) == (shares[0], 1)
    html = site.render("/trust", QUERY).html.replace("\N{NO-BREAK SPACE}", " ")
    assert "A day is settled 12 h after its end." in html
    assert "Every day that is over is settled." in html
    late = site.panel("/trust", "complete", f"from={FIRST}&to={LAST}").summary
    day = FIRST + timedelta(days=5)
    assert late == f"{formats.day(day)} is late: 1 row came after it was settled."


def test_a_day_of_which_more_rows_usually_come_is_provisional_everywhere(tmp_path: Path) -> None:
    service = Service(Settings(home=tmp_path / "home"))
    service.watched_for_two_weeks()
    for number in range(16):
        came(service.world, FIRST + timedelta(days=number), {0: 970, 24: 30})
    service.publish()
    site = Site(Snapshots(service.settings.serving))
    said = f"{formats.day(LAST)} is provisional: about 3.0% of its rows usually come later"
    for path in ("/", "/titles", "/audience"):
        html = site.render(path, "period=7d").html
        assert f" · {said}" in html
    assert ">provisional</span>" in html
    course = site.panel("/", "trend", "period=7d")
    noted = [note for note in course.table.column("notes") if note]
    assert noted == ["Provisional: about 3.0% of its rows usually come later."]
    assert course.table.column("from")[course.table.column("notes").index(noted[0])] == LAST
    assert site.panel("/trust", "complete", "period=7d").summary == f"{said}."
    # Before, all of it is in.
    until = f"from={FIRST}&to={LAST - timedelta(days=1)}"
    assert "provisional" not in site.render("/", until).html


def test_alerts_are_told_without_marks_and_with_what_is_well(snapshots: Snapshots) -> None:
    since = datetime(2026, 3, 18, 12, tzinfo=UTC)
    fires = ToldAlert(
        name="Stale",
        state="firing",
        severity="ticket",
        labels={"table": "plays"},
        summary="`plays` is stale",
        value=1,
        limit="0 days of `plays`",
        since=since,
        fired_at=since,
        resolved_at=None,
        runbook="docs/alerts.md#stale",
        view="/trust",
        rows="/quality/checks",
        silenced_until=None,
        inhibited_by=None,
    )
    known = [
        KnownAlert(name=name, severity="ticket", limit="one `day`", last_fired_at=None)
        for name in ("Stale", "Late")
    ]
    report = AlertReport(
        watched=True,
        evaluated_at=since,
        firing=(fires,),
        pending=(),
        resolved=(),
        alerts=tuple(known),
        silences=(),
    )

    def told(report: AlertReport) -> list[list[str]]:
        visit = Visit(trust.PAGE, "/trust", ViewState(), snapshots, alerts=lambda: report)
        table = alerts_panel.alerts(visit).table
        return [table.texts_of(name) for name in ("state", "what", "limit")]

    assert told(report) == [
        ["Fires", "Well"],
        ["Plays is stale", "Nothing"],
        ["0 days of plays", "one day"],
    ]
    nobody = report.model_copy(update={"watched": False, "firing": ()})
    assert told(nobody)[:2] == [["–", "–"], ["–", "–"]]
