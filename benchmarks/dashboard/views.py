"""First views: when numbers and charts are painted, and what travels until then."""

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, ViewportSize

from benchmarks.dashboard.goals import against
from benchmarks.tables import head, row
from dash_app.panels.cards import SHOWN

WATCH = """(() => {
  const seen = (window.seen = {});
  const frame = (name) => {
    if (name in seen) return;
    seen[name] = null;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => (seen[name] = performance.now()); // after the frame is painted
    port2.postMessage(null);
  };
  const drawn = () => {
    const plots = [...document.querySelectorAll("[data-chart] .plot")];
    const whole = document.querySelector("footer") && plots.length;
    return whole && plots.every((plot) => plot.getBoundingClientRect().width);
  };
  const look = () => {
    if (document.querySelectorAll("[data-metric]").length >= CARDS) frame("numbers");
    if (drawn()) frame("charts");
    if (document.documentElement?.dataset.ready !== undefined) frame("taken over");
    if (Object.keys(seen).length < 3) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  new PerformanceObserver((list) => (window.largest = list.getEntries().at(-1).startTime)).observe({
    type: "largest-contentful-paint",
    buffered: true,
  });
})()"""
"""Says in which frames the page first had all its cards, all its charts, and Dash."""

TOLD = """() => new Promise((done) => {
  const look = () => {
    const marks = Object.values(window.seen);
    if (marks.length < 3 || !marks.every(Boolean)) return setTimeout(look, 20);
    const [painted] = performance.getEntriesByName("first-contentful-paint");
    const [asked] = performance.getEntriesByType("navigation");
    done({
      "first paint": painted.startTime,
      "largest paint": window.largest,
      asked: asked.requestStart,
      ...window.seen,
    });
  };
  look();
})"""
"""Gives the milliseconds of all marks once there are all."""

PAINTED = """() => new Promise((done) => {
  const look = () => {
    const [painted] = performance.getEntriesByName("first-contentful-paint");
    if (!painted || !window.largest) return setTimeout(look, 20);
    done({ "first paint": painted.startTime, "largest paint": window.largest });
  };
  look();
})"""
"""The same of a page that only has text."""
LABELS = {
    "first paint": "first paint",
    "largest paint": "largest paint",
    "numbers": "all cards painted",
    "charts": "all charts painted",
    "taken over": "filters answer in place",
}
SLOW_BITS = 1_600_000
"""Bits a second of a slow network, with 150 ms there and back: a phone's, as Lighthouse has it."""


def first_views(
    browser: Browser, address: str, plain: str, queries: Iterator[str], rounds: int
) -> None:
    """Print the milliseconds of first views: of new browsers, of ones that were here before.

    The third are of new browsers at views that nobody asked for before. The floor is the largest
    paint of a `plain` page that only has text, in turns with them.
    """
    cold, warm, new, text = [], [], [], []
    for _ in range(rounds):
        with visitor(browser) as context:
            cold.append(opened(context, address))
            warm.append(opened(context, address))
        with visitor(browser) as context:
            new.append(opened(context, f"{address}/{next(queries)}"))
        with visitor(browser) as context:
            text.append(opened(context, plain, PAINTED))
    least = statistics.median(view["largest paint"] for view in text)
    head("first view of the Overview", "median", "longest", "of the floor", "goal", "")
    charts = [view["charts"] - view["numbers"] for view in cold]
    longest = f"{max(charts):,.0f}"
    against("charts, after the cards", statistics.median(charts), "ms", None, longest, "")
    for name, views, goals in (
        ("floor: a page with as much text", text, {}),
        ("nothing kept by the browser", cold, {"numbers": 500, "charts": 1500}),
        ("scripts and styles kept", warm, {"numbers": 500, "charts": 800}),
        ("nothing kept, and another period than anybody's", new, {"numbers": 500, "charts": 1500}),
    ):
        row(f"**{name}**", "", "", "", "", "")
        for mark, label in LABELS.items():
            times = [view[mark] for view in views if mark in view]
            if times:
                middle = statistics.median(times)
                beside = f"{max(times):,.0f}", f"{middle / least:.2f}"
                against(label, middle, "ms", goals.get(mark), *beside)


@contextmanager
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """Somebody's browser that has not been here before."""
    size = ViewportSize(width=1440, height=900)
    with browser.new_context(viewport=size, locale="en-GB") as context:
        context.add_init_script(WATCH.replace("CARDS", str(len(SHOWN))))
        yield context


def opened(context: BrowserContext, url: str, marks: str = TOLD) -> dict[str, float]:
    """The milliseconds of a view that is opened in it, of all marks once there are `marks`."""
    page = context.new_page()
    page.goto(url)
    told: dict[str, float] = page.evaluate(marks)
    page.close()
    return told


@dataclass
class Wire:
    """What came over the wire, as the browser counts it: heads and compressed bodies."""

    kinds: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    ends: dict[str, float] = field(default_factory=dict)
    begun: float | None = None

    def listen(self, session: CDPSession) -> None:
        """Count what comes from now on."""
        session.on("Network.requestWillBeSent", self._asked)
        session.on("Network.loadingFinished", self._ended)
        session.send("Network.enable")

    def _asked(self, event: dict[str, Any]) -> None:
        self.kinds[event["requestId"]] = event["type"]
        if self.begun is None:
            self.begun = event["timestamp"]

    def _ended(self, event: dict[str, Any]) -> None:
        self.sizes[event["requestId"]] = int(event["encodedDataLength"])
        self.ends[event["requestId"]] = event["timestamp"]

    def of(self, *kinds: str) -> float:
        """Kilobytes of some kinds of resources; of all, where none is named."""
        told = (size for name, size in self.sizes.items() if not kinds or self.kinds[name] in kinds)
        return sum(told) / 1000

    def until(self, seconds: float) -> float:
        """Kilobytes of what was there so many seconds after the first request."""
        assert self.begun is not None
        there = [name for name, at in self.ends.items() if at - self.begun <= seconds]
        return sum(self.sizes[name] for name in there) / 1000


def wire(browser: Browser, address: str) -> None:
    """Print the kilobytes of a first view."""
    speed = SLOW_BITS / 8
    slow = {"latency": 150, "downloadThroughput": speed, "uploadThroughput": speed}
    with visitor(browser) as context:
        page = context.new_page()
        session = context.new_cdp_session(page)
        counted = Wire()
        counted.listen(session)
        session.send("Network.emulateNetworkConditions", {"offline": False, **slow})
        page.goto(address)
        told = page.evaluate(TOLD)
        page.wait_for_timeout(1000)  # what is fetched after that belongs to the first view, too
    head("over the wire, first view of the Overview", "", "goal", "")
    waited = counted.of("Document", "Stylesheet")
    against("document and styles, which the first paint with numbers waits for", waited, "kB", 60)
    came = counted.until((told["numbers"] - told["asked"]) / 1000)
    against(
        "all files that were there by then, at 1.6 Mbit/s and 150 ms there and back",
        came,
        "kB",
        60,
    )
    against("the whole first view", counted.of(), "kB", 750)
