"""First views of the same page: when it is painted, what travels, what the server has to do."""

import base64
import json
import math
import shutil
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, CDPSession, ViewportSize, sync_playwright

from benchmarks.dashboard.changes import overview_text
from benchmarks.dashboard.stack import borrowed, dashboard, floor, running
from benchmarks.dashboard.views import Wire
from benchmarks.peers.dashboard.numbers import A_DAY, DAYS, overview
from benchmarks.peers.engines import TOOLS
from benchmarks.peers.equality import TOLERANCE
from benchmarks.record import ROOT
from benchmarks.tables import head, row
from dash_app.panels.cards import SHOWN
from netflix_pipeline.engines import free_port
from netflix_pipeline.serving import Period, Snapshot
from netflix_pipeline.serving.questions.headline import HeadlineQuestion
from netflix_pipeline_tests.support.browser import ARGUMENTS, NAMES

WATCH = """(([card, cards, chart]) => {
  const seen = (window.seen = {});
  const frame = (name) => {
    if (name in seen) return;
    seen[name] = null;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => (seen[name] = performance.now()); // after the frame is painted
    port2.postMessage(null);
  };
  const drawn = (one) => one.getBoundingClientRect().width;
  const look = () => {
    if (document.querySelectorAll(card).length >= cards) frame("cards");
    if ([...document.querySelectorAll(chart)].some(drawn)) frame("chart");
    if (Object.keys(seen).length < 2) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""
"""Says in which frames the page first had all its cards, and a chart."""
SEEN = "window.seen?.cards && window.seen?.chart && window.seen"
REST = 1500
"""Milliseconds in which a page comes to rest: what travels and is computed by then counts."""
PROGRAMS = TOOLS / "peer-dashboards" / "bin"
"""Of the environment that `scripts/python-tool peer-dashboards` makes."""
PLOTLY = ".js-plotly-plot .trace"
OURS, TEXT = "this platform", "floor: a page with as much text"


@dataclass(frozen=True)
class Form:
    """A page in one form: where it is served, by which processes, what is a card and a chart."""

    name: str
    address: str
    process: psutil.Process | None
    card: str
    chart: str
    cards: int = len(SHOWN)


@dataclass(frozen=True)
class View:
    """What a first view took: milliseconds to its cards and first chart, kB, CPU milliseconds."""

    cards: float
    chart: float
    kilobytes: float
    cpu: float


class Messages(Wire):
    """What came over the wire, the messages of a WebSocket included."""

    messages = 0

    def listen(self, session: CDPSession) -> None:
        """Count what comes from now on."""
        session.on("Network.webSocketFrameReceived", self._said)
        super().listen(session)

    def _said(self, event: dict[str, Any]) -> None:
        told = event["response"]
        text = told["payloadData"]
        self.messages += len(base64.b64decode(text) if told["opcode"] == 2 else text.encode())

    @property
    def kilobytes(self) -> float:
        """All of it."""
        return self.of() + self.messages / 1000


def compare(folder: Path, home: Path, rounds: int) -> None:
    """Print what first views take, of a home with published data; in turns, medians of rounds.

    Raises AssertionError where the numbers that the others show are not ours.
    """
    snapshot = (home / "serving" / "current.duckdb").resolve()
    assert_same_numbers(snapshot)
    chromium = next(filter(None, map(shutil.which, NAMES)), None)
    if chromium is None:
        sys.exit("no Chromium on the PATH: scripts/test-tools installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        with forms(browser, borrowed(home, folder), snapshot) as compared:
            for form in compared:
                _viewed(browser, form)  # the first view of all is not told
            turns = [[_viewed(browser, form) for form in compared] for _ in range(rounds)]
        browser.close()
    _tell(compared, list(zip(*turns, strict=True)))


@contextmanager
def forms(browser: Browser, home: Path, snapshot: Path) -> Iterator[list[Form]]:
    """The page in every form, served."""
    told = {"PEERS_SNAPSHOT": str(snapshot), "PYTHONPATH": str(ROOT)}
    dash, streamlit = free_port(), free_port()
    module = "benchmarks.peers.dashboard.plain:server"
    page = str(Path(__file__).with_name("in_streamlit.py"))
    with ExitStack() as stack:
        address, process = stack.enter_context(dashboard(home))
        text = stack.enter_context(floor(overview_text(browser, address)))
        words = [str(PROGRAMS / "gunicorn"), "--threads", "8", "--log-level", "error"]
        by_dash = stack.enter_context(
            running([*words, "--bind", f"127.0.0.1:{dash}", module], dash, "/", told)
        )
        words = [str(PROGRAMS / "streamlit"), "run", page, "--server.headless", "true"]
        words += ["--server.address", "127.0.0.1", "--browser.gatherUsageStats", "false"]
        by_streamlit = stack.enter_context(
            running([*words, "--server.port", str(streamlit)], streamlit, "/", told)
        )
        yield [
            Form(TEXT, text, None, "main p", "main p", cards=1),
            Form(OURS, address, process, "[data-metric]", "[data-chart] .plot"),
            Form("plain Dash", *by_dash, ".card", PLOTLY),
            Form("Streamlit", *by_streamlit, "[data-testid=stMetric]", PLOTLY),
        ]


def assert_same_numbers(snapshot: Path) -> None:
    """Raises AssertionError where the numbers of the page are not those of our questions."""
    told = overview(snapshot)  # closes it again, which can be open in one way only
    source = Snapshot(snapshot)
    last = source.info.data_to
    assert last is not None
    for number, period in enumerate(told):
        to = last - number * DAYS * A_DAY
        days = Period(from_=to - (DAYS - 1) * A_DAY, to=to)
        for name, own in HeadlineQuestion(days, names=SHOWN).asked(source).data.values.items():
            other = period.cards[name] or 0  # of no rows our sums say 0, SQL says nothing
            assert math.isclose(own or 0, other, rel_tol=TOLERANCE), f"{name}: {other}, not {own}"


def _viewed(browser: Browser, form: Form) -> View:
    """A view by somebody whose browser was never here."""
    size = ViewportSize(width=1440, height=900)
    before = _used(form.process)
    with browser.new_context(viewport=size, locale="en-GB") as context:
        looked_for = json.dumps([form.card, form.cards, form.chart])
        context.add_init_script(f"{WATCH}({looked_for})")
        page = context.new_page()
        came = Messages()
        came.listen(context.new_cdp_session(page))
        page.goto(form.address)
        seen = page.wait_for_function(SEEN, timeout=60_000).json_value()
        page.wait_for_timeout(REST)
    return View(seen["cards"], seen["chart"], came.kilobytes, 1000 * (_used(form.process) - before))


def _used(process: psutil.Process | None) -> float:
    """CPU seconds of a process and those below it."""
    if process is None:
        return 0
    times = (one.cpu_times() for one in (process, *process.children(recursive=True)))
    return sum(used.user + used.system for used in times)


def _tell(compared: Sequence[Form], views: Sequence[Sequence[View]]) -> None:
    head(
        "the Overview, nothing kept by the browser",
        *("cards ms", "of the floor", "first chart ms", "kB", "server CPU ms"),
    )
    least = statistics.median(view.cards for view in views[0])
    for form, seen in zip(compared, views, strict=True):
        middle = partial(_middle, seen)
        row(
            form.name,
            f"{middle('cards'):,.0f}",
            f"{middle('cards') / least:.2f}",
            f"{middle('chart'):,.0f}" if form.name != TEXT else "",
            f"{middle('kilobytes'):,.0f}",
            f"{middle('cpu'):,.0f}" if form.process else "",
        )


def _middle(seen: Sequence[View], figure: str) -> float:
    values: list[float] = [getattr(view, figure) for view in seen]
    return statistics.median(values)
