"""Dagster's UI in a browser, through the door: it works, and no other site's page works it."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from html import escape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import dagster as dg
import httpx
import pytest
from playwright.sync_api import Page, Response, WebSocket, expect

from netflix_pipeline.defs.instance import open_instance
from netflix_pipeline.ingest import ingest_paths
from netflix_pipeline.services.catalogue import DAGSTER_DAEMON
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Passwords
from netflix_pipeline_tests.e2e.looking import found
from netflix_pipeline_tests.support.days import FIRST, events_of
from netflix_pipeline_tests.support.processes import dashboard, served

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


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with one day in bronze, of which nothing is built."""
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    file = tmp_path_factory.mktemp("files") / "events.csv"
    file.write_text(events_of([FIRST]))
    ingest_paths(settings, [file])
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


def test_a_run_is_launched_and_followed_in_the_browser(
    page: Page, dagster: str, settings: Settings
) -> None:
    heard: list[str] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: heard.append(str(frame)))

    page.on("websocket", listen)
    page.goto(f"{dagster}/assets/bronze/titles")
    page.get_by_role("button", name="Materialize").first.click()
    page.get_by_text("View", exact=True).click()
    log = page.get_by_text('Finished execution of run for "__ASSET_JOB".')
    expect(log).to_be_visible(timeout=120_000)
    expect(page.get_by_text("Success", exact=True).first).to_be_visible()
    assert any("RunSuccessEvent" in frame for frame in heard)
    with open_instance(settings) as instance:
        assert instance.get_latest_materialization_event(dg.AssetKey(["bronze", "titles"]))


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
