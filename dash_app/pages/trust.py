"""Can the numbers be trusted: what arrived, what became of it, and how fresh what is shown is."""

from collections.abc import Callable

from dash_app.live_window import CatchingUp
from dash_app.markup import Html, element, fragment
from dash_app.page_request import DashboardPage, Visit
from dash_app.panels import (
    alerts,
    arrivals,
    completeness,
    data_health,
    live_hour,
    objectives,
    quarantine,
)
from dash_app.panels.arrivals_filter import narrowing
from dash_app.panels.cards import at_a_glance
from dash_app.panels.panel import Panel, drawn
from netflix_pipeline.serving import NotFound
from netflix_pipeline.serving.questions.quality import (
    ChecksQuestion,
    LedgerQuestion,
)
from netflix_pipeline.serving.questions.quarantine import QuarantineQuestion


def _delay(visit: Visit) -> Panel:
    live = visit.happening
    if isinstance(live, CatchingUp):
        raise NotFound("nothing is known of the last hour of events: nobody sends any.")
    return live_hour.delay(visit, live)


PANELS: dict[str, Callable[[Visit], Panel]] = {
    "arrivals": lambda visit: arrivals.arrivals(visit, arrivals.ask(visit)),
    "reasons": lambda visit: quarantine.reasons(visit, quarantine.ask(visit, 1)),
    "complete": lambda visit: completeness.complete(completeness.ask(visit)),
    "lateness": lambda visit: completeness.lateness(completeness.ask(visit)),
    "alerts": alerts.alerts,
    "objectives": objectives.objectives,
    "fresh": data_health.freshness,
    "snapshots": data_health.snapshots,
    "delay": _delay,
    "checks": lambda visit: data_health.checks(visit, visit.source.ask(ChecksQuestion())),
    "stale": lambda visit: data_health.stale(visit.source.ask(ChecksQuestion())),
    "quarantine": lambda visit: quarantine.rows(visit, quarantine.ask(visit, quarantine.EXPORTED)),
    "ledger": lambda visit: arrivals.ledger(visit, arrivals.ask(visit)),
}


def trust(visit: Visit) -> Html:
    """The page's content."""
    answer = arrivals.ask(visit)
    rows = quarantine.ask(visit, quarantine.SHOWN)
    every = visit.source.ask(LedgerQuestion(visit.period)).data.days
    reasons = visit.source.ask(QuarantineQuestion(visit.period, limit=1)).data.reasons
    choices = {
        "source": {row.source for row in every},
        "table": {row.table for row in every},
        "reason": {each.reason for each in reasons},
    }
    completed = completeness.ask(visit)
    live, checked = visit.happening, visit.source.ask(ChecksQuestion())
    firing = [alerts.card(visit.alerts())] if visit.alerts else []
    panels = [
        arrivals.arrivals(visit, answer),
        quarantine.reasons(visit, rows),
        completeness.complete(completed),
        completeness.lateness(completed),
        *([alerts.alerts(visit)] if visit.alerts else []),
        *([objectives.objectives(visit)] if visit.objectives else []),
        data_health.freshness(visit),
        data_health.snapshots(visit),
        *([] if isinstance(live, CatchingUp) else [live_hour.delay(visit, live)]),
        quarantine.rows(visit, rows),
        arrivals.ledger(visit, answer),
        data_health.checks(visit, checked),
        *([data_health.stale(checked)] if checked.data.stale else []),
    ]
    return fragment(
        narrowing(visit, choices),
        at_a_glance([*data_health.cards(visit, checked), *firing, *arrivals.cards(answer)]),
        element("div", [drawn(panel, visit) for panel in panels], class_="panels trust"),
    )


PAGE = DashboardPage(
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
