"""Changes of a filter in an open Overview: from the click to the frame that shows it."""

import random
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from playwright.sync_api import Browser, Page

from benchmarks.dashboard.goals import against
from benchmarks.tables import head
from netflix_pipeline.contracts.dimensions import OF_PLAYS

REPAINTED = """([how, told]) => new Promise((done) => {
  const acts = {
    link: () => {
      const links = [...document.querySelectorAll(".segments a")];
      links.find((link) => link.textContent === told).click();
    },
    list: () => {
      const boxes = [...document.querySelectorAll(`.several input[name="${told[0]}"]`)];
      boxes.forEach((box) => (box.checked = box.value === told[1]));
      boxes[0].dispatchEvent(new Event("change", { bubbles: true }));
    },
    dates: () => {
      const form = document.querySelector("form.dates");
      [form.elements.from.value, form.elements.to.value] = told;
      form.requestSubmit();
    },
  };
  const view = document.getElementById("view");
  const begun = performance.now();
  const watch = new MutationObserver(() => {
    if (view.hasAttribute("aria-busy")) return;
    watch.disconnect();
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        const cards = document.querySelectorAll("[data-metric]").length;
        done([performance.now() - begun, location.search, cards]);
      };
      port2.postMessage(null);
    });
  });
  watch.observe(view, { attributes: true, attributeFilter: ["aria-busy"] });
  acts[how]();
})"""
"""Does something and gives the milliseconds until the view that it asked for is painted."""
MEASURES = ("Hours", "Views", "Viewers", "Plays")
PRESETS = ("7 days", "28 days", "90 days")


@dataclass
class Chooser:
    """Changes of filters, as chance has them, within the data there is."""

    first: date
    last: date
    values: dict[str, list[str]]
    chance: random.Random = field(default_factory=lambda: random.Random(7))

    def dates(self) -> tuple[str, str]:
        """A period of one to nine weeks."""
        days = self.chance.randint(7, min(63, (self.last - self.first).days))
        slack = (self.last - self.first).days - days
        first = self.first + timedelta(days=self.chance.randint(0, slack))
        return str(first), str(first + timedelta(days=days))

    def narrowing(self) -> tuple[str, str]:
        """A filter and a value of it; empty for all."""
        name = self.chance.choice([name for name in OF_PLAYS if self.values[name]])
        return name, self.chance.choice(["", *self.values[name]])

    def query(self) -> str:
        """A query of a custom period."""
        first, last = self.dates()
        return f"?from={first}&to={last}"

    def measure(self) -> str:
        """One of the measures."""
        return self.chance.choice(MEASURES)


ACTS: tuple[tuple[str, Callable[[Chooser], Any]], ...] = (
    ("dates", Chooser.dates),
    ("list", Chooser.narrowing),
    ("link", Chooser.measure),
)
"""What is done in turn."""


def chooser(browser: Browser, address: str) -> Chooser:
    """What can be chosen, as the Overview offers it."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(address)
        first, last = page.evaluate(
            "[...document.querySelectorAll('form.dates [data-day]')].slice(0, 1)"
            ".flatMap(({ dataset }) => [dataset.min, dataset.max])"
        )
        values: dict[str, list[str]] = page.evaluate(
            "Object.fromEntries([...document.querySelectorAll('.several fieldset')].map((list) => ["
            " list.querySelector('input').name,"
            " [...list.querySelectorAll('input')].map((box) => box.value)]))"
        )
    return Chooser(date.fromisoformat(first), date.fromisoformat(last), values)


def overview_text(browser: Browser, address: str) -> int:
    """How many characters the Overview shows."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(address)
        return len(page.locator("body").inner_text())


def changes(browser: Browser, address: str, choose: Chooser, rounds: int) -> None:
    """Print the milliseconds of changes to views that were shown before, and that never were."""
    with browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB") as context:
        page = context.new_page()
        page.goto(address)
        page.locator("html[data-ready]").wait_for(state="attached")
        for told in (*PRESETS, *MEASURES[::-1]):
            _done(page, "link", told)
        kept = [_done(page, "link", PRESETS[number % len(PRESETS)])[0] for number in range(rounds)]
        new: dict[str, list[float]] = {}
        asked: set[str] = set()
        for number in range(rounds * 3):
            how, what = ACTS[number % len(ACTS)]
            took, query = _done(page, how, what(choose))
            if query not in asked:
                asked.add(query)
                measure = "viewers" if "by=viewers" in query else "hours, views, plays"
                new.setdefault(measure, []).append(took)
    head("filter to repaint of the whole Overview", "median", "p95", "changes", "goal", "")
    _told("answers kept", kept, 200)
    _told("answers that nobody had before", [each for times in new.values() for each in times], 400)
    for measure, times in sorted(new.items()):
        _told(f"… of {measure}", times, None)


def _done(page: Page, how: str, told: Any) -> tuple[float, str]:
    took, query, cards = page.evaluate(REPAINTED, [how, told])
    if cards < 9 and not page.get_by_role("heading", name="Nothing").count():
        raise RuntimeError(f"{query} shows no numbers: {page.locator('main').inner_text()[:500]}")
    return float(took), str(query)


def _told(name: str, times: list[float], goal: float | None) -> None:
    late = sorted(times)[min(len(times) - 1, int(0.95 * len(times)))]
    against(name, statistics.median(times), "ms", goal, f"{late:,.0f}", len(times))
