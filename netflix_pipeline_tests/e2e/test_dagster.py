"""Dagster's UI in a browser, through the door: it works, and no other site's page works it."""

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from html import escape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import dagster as dg
import httpx
import pytest
from playwright.sync_api import Locator, Page, Response, WebSocket, expect

from netflix_pipeline.defs.instance import open_instance
from netflix_pipeline.ingest import ingest_paths
from netflix_pipeline.lake import Lake
from netflix_pipeline.services.catalogue import DAGSTER_DAEMON
from netflix_pipeline.serving import Snapshots
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Passwords
from netflix_pipeline_tests.e2e.looking import found
from netflix_pipeline_tests.support.dagster_config import looked_at_every_second
from netflix_pipeline_tests.support.days import events_of, from_day
from netflix_pipeline_tests.support.processes import dashboard, served
from netflix_pipeline_tests.support.waiting import until

PASSWORD = "correct horse battery"
REPORTED = dg.AssetKey(["silver", "users"])
REPORT = """mutation { reportRunlessAssetEvents(eventParams: {
    eventType: ASSET_MATERIALIZATION, assetKey: {path: ["silver", "users"]} }) { __typename } }"""
SOCKET = """([address, query]) => new Promise((told) => {
    const socket = new WebSocket(address, "graphql-ws");
    socket.onopen = () => socket.send(JSON.stringify({ type: "connection_init" }));
    socket.onerror = () => told("refused");
    socket.onmessage = ({ data }) => {
        const message = JSON.parse(data);
        if (message.type !== "connection_ack") return told(message.payload.message);
        socket.send(JSON.stringify({ type: "start", id: "1", payload: { query } }));
    };
})"""
"""Opens a socket and asks a query there; resolves with the error that comes back."""

FETCHES = """([address, query]) => Promise.all([
    { mode: "no-cors" },
    { headers: { "Content-Type": "application/json" }, credentials: "include" },
].map((how) => fetch(address, { method: "POST", body: JSON.stringify({ query }), ...how }).then(
    (answer) => answer.status, () => "nothing",
)))"""
"""Posts a query in two ways; resolves with the answers that the page may see."""
EVIL_PAGE = """<!doctype html><title>Evil</title>
<form id="post" method="post" enctype="text/plain" action="ADDRESS/graphql">
<input name='{"query": "QUERY", "a": "' value='"}'></form>
<img src="ADDRESS/graphql?query=QUOTED"><iframe name="inner" src="ADDRESS/runs"></iframe>
"""
"""On another port of the same machine: of the same site, so cookies come along."""


DAYS = from_day(datetime.now(UTC).date() - timedelta(days=7), 5)
BROKEN, LATER = DAYS[2], DAYS[-1] + timedelta(days=1)
TABLES = 'key:"silver/plays" or key:"gold/title_daily"'
ENDS = 120_000
"""Milliseconds within which a run ends, once it was asked for."""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with some days in bronze, of which nothing is built."""
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    file = tmp_path_factory.mktemp("files") / "events.csv"
    file.write_text(events_of(DAYS))
    ingest_paths(settings, [file])
    looked_at_every_second(settings)
    return settings


@pytest.fixture(scope="module")
def dagster(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where its Dagster is; a daemon launches what is queued."""
    logs = tmp_path_factory.mktemp("logs")
    with (
        served("dagster", settings, logs / "dagster.log") as (address, _),
        (logs / "daemon.log").open("wb") as lines,
    ):
        daemon = subprocess.Popen(
            [sys.executable, *DAGSTER_DAEMON],
            stdout=lines,
            stderr=lines,
            env=settings.environment(),
        )
        welcome = "mutation { setNuxSeen }"  # what a browser is greeted with at first
        httpx.post(f"{address}/graphql", json={"query": welcome}, trust_env=False, timeout=60)
        try:
            yield address
        finally:
            daemon.terminate()
            daemon.wait(30)


@pytest.fixture
def page(first_page: Page) -> Page:
    """Dagster keeps much in a browser."""
    return first_page


def materialize(page: Page, days: str) -> None:
    """Ask for days of what is shown, though some of what it is made from was never built."""
    page.get_by_role("button", name="Materialize").first.click()
    selection = page.get_by_role("dialog").get_by_role("textbox").first
    confirm = page.get_by_role("button", name="Confirm")
    expect(confirm.or_(selection)).to_be_visible()
    if confirm.is_visible():
        confirm.click()
    expect(page.get_by_text(re.compile("^Showing .* partitions"))).to_be_visible()
    selection.fill(days)
    selection.press("Enter")
    page.get_by_role("button", name=re.compile("^Launch (backfill|1 run)$")).click()


def runs(page: Page | Locator) -> Locator:
    """Links to runs, and none to a backfill."""
    return page.locator('a[href^="/runs/"]:not([href^="/runs/b/"])', has_text=re.compile("."))


def ended(page: Page, status: str) -> str:
    """Wait until the run that is shown has ended like this; returns its id."""
    expect(page.get_by_text(status, exact=True).first).to_be_visible(timeout=ENDS)
    return page.url.partition("/runs/")[2][:36]


def test_a_backfill_that_broke_is_gone_on_with_where_it_did_and_a_day_is_built_alone(
    page: Page, dagster: str, settings: Settings
) -> None:
    heard: list[str] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: heard.append(str(frame)))

    page.on("websocket", listen)
    (file,) = Lake.of(settings).batch_files("bronze/watch_events", BROKEN)
    whole = file.read_bytes()
    file.write_bytes(whole[:-100])
    page.goto(f"{dagster}/asset-groups~{quote(TABLES, safe='')}")
    materialize(page, f"[{DAYS[0]}...{DAYS[-1]}]")
    page.get_by_role("link", name="View", exact=True).click()
    page.get_by_role("tab", name="Runs").click()
    runs(page).filter(has_text="View").click(timeout=ENDS)
    failed = ended(page, "Failure")
    # A stage's own log tells the days and the file.
    page.get_by_text("tables.silver", exact=True).first.click()
    told = page.get_by_text("NotPublished: not published: ").first
    expect(told).to_contain_text(f"silver/plays {BROKEN}")
    expect(told).to_contain_text(f"{file} cannot be read")
    expect(page.get_by_text("tables.gold: ")).to_have_count(0)
    page.goto(f"{dagster}/assets/silver/plays?view=partitions")
    expect(page.get_by_text(re.compile(r"^Failed \([1-4]\)$"))).to_be_visible()

    file.write_bytes(whole)
    page.goto(f"{dagster}/runs/{failed}")
    again = page.get_by_role("button", name=re.compile("^Re-execute"))
    again.locator("xpath=following::button[1]").click()
    page.get_by_text("From failure", exact=True).click()
    confirm = page.get_by_role("button", name="Confirm")  # asked once the backfill has ended
    until(lambda: confirm.is_visible() or failed not in page.url, pause=0.2)
    if failed in page.url:
        confirm.click()
    page.wait_for_url(lambda url: failed not in url)
    retried = ended(page, "Success")
    assert any("RunSuccessEvent" in frame for frame in heard), "it is followed as it goes"
    page.goto(f"{dagster}/assets/silver/plays?view=partitions")
    expect(page.get_by_text("Failed (0)")).to_be_visible()

    page.goto(f"{dagster}/assets/gold/title_daily?view=partitions&partition={BROKEN}")
    materialize(page, BROKEN.isoformat())
    with open_instance(settings) as instance:
        of_day = dg.RunsFilter(tags={"dagster/partition": BROKEN.isoformat()})
        (alone,) = until(lambda: instance.get_run_ids(of_day), pause=0.2)
        page.goto(f"{dagster}/runs/{alone}")
        ended(page, "Success")
        steps = {stats.step_key for stats in instance.get_run_step_stats(retried)}
        built = instance.all_logs(alone, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
    assert steps == {"tables.silver", "tables.gold"}
    assert [
        (event.asset_key, event.partition) for log in built for event in [log.get_dagster_event()]
    ] == [(dg.AssetKey(["gold", "title_daily"]), BROKEN.isoformat())]


def test_no_other_sites_page_works_it(
    page: Page, dagster: str, settings: Settings, tmp_path: Path
) -> None:
    posted = escape(json.dumps(REPORT)[1:-1])
    text = EVIL_PAGE.replace("ADDRESS", dagster).replace("QUERY", posted)
    (tmp_path / "index.html").write_text(text.replace("QUOTED", quote(REPORT)))
    answers: list[tuple[str, int]] = []

    def note(answer: Response) -> None:
        if answer.url.startswith(dagster):
            answers.append((answer.request.method, answer.status))

    page.on("response", note)
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        asked = [f"{dagster}/graphql", REPORT]
        assert page.evaluate(SOCKET, [asked[0].replace("http", "ws"), REPORT]) == "refused"
        fetched = page.evaluate(FETCHES, asked)
        page.evaluate("document.getElementById('post').submit()")
        page.wait_for_url(f"{dagster}/graphql")
        server.shutdown()
    assert set(fetched) == {"nothing"}
    assert ("POST", 403) in answers  # the form
    assert {status for _, status in answers} == {403}
    # What it had brought about would be there before what its own page does.
    page.goto(f"{dagster}/server_info")
    assert 200 in page.evaluate(FETCHES, asked)
    with open_instance(settings) as instance:
        for _ in range(300):
            records = instance.fetch_materializations(REPORTED, limit=100).records
            if records:
                break
            time.sleep(0.1)
    assert len(records) == 1


def test_its_own_page_changes_nothing_over_its_socket(page: Page, dagster: str) -> None:
    page.goto(f"{dagster}/server_info")
    told = page.evaluate(SOCKET, [dagster.replace("http", "ws") + "/graphql", REPORT])
    assert "'reportRunlessAssetEvents' is not defined" in told


def test_whoever_signs_in_at_the_dashboard_is_let_in(
    page: Page, dagster: str, settings: Settings, tmp_path: Path
) -> None:
    passwords = Passwords(settings)
    passwords.set("ann", PASSWORD)
    try:
        page.goto(f"{dagster}/assets/bronze/titles")
        first = page.get_by_role("heading", name="Sign in first")
        expect(first).to_be_visible()
        assert "127.0.0.1:8502" in str(page.get_by_role("link").get_attribute("href"))
        assert found(page) == []
        with dashboard(settings, tmp_path / "dashboard.log") as (address, _):
            page.goto(f"{address}/login")
            page.get_by_label("Name").fill("ann")
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url(f"{address}/")
        page.goto(f"{dagster}/assets/bronze/titles")
        expect(page.get_by_role("button", name="Materialize").first).to_be_visible()
        told = page.evaluate(SOCKET, [f"{dagster.replace('http', 'ws')}/graphql", REPORT])
        assert "is not defined" in told  # it was opened, and asked
        passwords.set("ann", "a new and longer one")
        page.reload()
        expect(first).to_be_visible()
    finally:
        passwords.off()


def test_a_file_that_lands_is_seen_by_the_sensor_and_its_run_publishes_it(
    page: Page, dagster: str, settings: Settings
) -> None:
    settings.landing.mkdir(exist_ok=True)
    (settings.landing / "late.csv").write_text(events_of([LATER]))
    page.goto(f"{dagster}/locations/netflix_pipeline/sensors/landing")
    tick = page.get_by_role("row").filter(has_text="1 run requested")
    address = runs(tick).first.get_attribute("href", timeout=ENDS)
    page.goto(f"{dagster}{address}")
    ended(page, "Success")
    page.get_by_placeholder("Filter…").first.fill("late.csv")
    expect(page.get_by_text("late.csv: 3 rows received, 3 stored")).to_be_visible()
    assert not [*settings.landing.iterdir()]
    assert Snapshots(settings.serving).current().info.data_to == LATER
