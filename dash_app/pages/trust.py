"""Can the numbers be trusted: what arrived, what became of it, and how fresh what is shown is."""

from __future__ import annotations

from collections.abc import Callable

from dash_app.markup import Html, element, fragment
from dash_app.now import Waiting
from dash_app.panels import arrivals, happening, standing, waiting
from dash_app.panels.narrowing import narrowing
from dash_app.panels.panel import Panel, drawn
from dash_app.visit import Page, Visit
from netflix_pipeline.serving import Answer, NotFound
from netflix_pipeline.serving.questions.checks import Checks, ChecksQuestion
from netflix_pipeline.serving.questions.ledger import Ledger, LedgerQuestion
from netflix_pipeline.serving.questions.quarantine import QuarantineQuestion


def _delay(visit: Visit) -> Panel:
    live = visit.happening
    if isinstance(live, Waiting):
        raise NotFound("nothing is known of the last hour of events: nobody sends any.")
    return happening.delay(visit, live)


PANELS: dict[str, Callable[[Visit], Panel]] = {
    "arrivals": lambda visit: arrivals.arrivals(visit, arrivals.ask(visit)),
    "reasons": lambda visit: waiting.reasons(visit, waiting.ask(visit, 1)),
    "fresh": standing.freshness,
    "snapshots": standing.snapshots,
    "delay": _delay,
    "checks": lambda visit: standing.checks(visit, visit.source.ask(ChecksQuestion())),
    "stale": lambda visit: standing.stale(visit.source.ask(ChecksQuestion())),
    "quarantine": lambda visit: waiting.rows(visit, waiting.ask(visit, waiting.EXPORTED)),
    "ledger": lambda visit: arrivals.ledger(visit, arrivals.ask(visit)),
}


def _cards(visit: Visit, answer: Answer[Ledger], checked: Answer[Checks]) -> Html:
    made = [*standing.cards(visit, checked), *arrivals.cards(answer)]
    return element(
        "section",
        element("h2", "At a glance", class_="unseen"),
        element("div", made, class_="cards fitting"),
        aria_label="At a glance",
    )


def trust(visit: Visit) -> Html:
    """The page's content."""
    answer = arrivals.ask(visit)
    rows = waiting.ask(visit, waiting.SHOWN)
    every = visit.source.ask(LedgerQuestion(visit.period)).data.days
    reasons = visit.source.ask(QuarantineQuestion(visit.period, limit=1)).data.reasons
    choices = {
        "source": {row.source for row in every},
        "table": {row.table for row in every},
        "reason": {each.reason for each in reasons},
    }
    live, checked = visit.happening, visit.source.ask(ChecksQuestion())
    panels = [
        arrivals.arrivals(visit, answer),
        waiting.reasons(visit, rows),
        standing.freshness(visit),
        standing.snapshots(visit),
        *([] if isinstance(live, Waiting) else [happening.delay(visit, live)]),
        waiting.rows(visit, rows),
        arrivals.ledger(visit, answer),
        standing.checks(visit, checked),
        *([standing.stale(checked)] if checked.data.stale else []),
    ]
    return fragment(
        narrowing(visit, choices),
        _cards(visit, answer, checked),
        element("div", [drawn(panel, visit) for panel in panels], class_="panels trust"),
    )


PAGE = Page(
    "/trust",
    "Trust",
    trust,
    takes=frozenset({"period"}),
    own=("reason", "source", "table", "cursor"),
    live="minutes",
    of_plays=False,
    days="arrivals",
    panels=PANELS,
)
