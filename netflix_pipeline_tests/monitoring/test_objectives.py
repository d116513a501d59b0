"""What is measured of objectives, and what is told of their budgets."""

import asyncio
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.app import create_app
from dash_app.site import Site
from netflix_pipeline.monitoring import objective_report
from netflix_pipeline.monitoring.alert_report import store
from netflix_pipeline.monitoring.evaluation import Evaluation
from netflix_pipeline.monitoring.objective_history import ObjectiveHistory, summaries
from netflix_pipeline.monitoring.objectives import OBJECTIVES, Objective
from netflix_pipeline.monitoring.samples import Scraped
from netflix_pipeline.serving import Snapshots
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api import numbers, running
from netflix_pipeline_tests.support.command import Command
from netflix_pipeline_tests.support.service import two_weeks

EVERY = 15.0
DAY = 86_400.0
BEGIN = datetime(2026, 3, 1, tzinfo=UTC).timestamp()
API = frozenset({("app", "netflix"), ("job", "netflix-api")})


def series(name: str, value: float, **labels: str) -> Scraped:
    return name, API | frozenset(labels.items()), value


def up(value: float) -> Scraped:
    return series("up", value)


@dataclass
class Process:
    """An API that has answered so many requests since it began, of which some failed."""

    every: int = 0
    failed: int = 0

    def told(self) -> list[Scraped]:
        name = "netflix_http_requests_total"
        counters = [series(name, self.every - self.failed, route="/titles", status="2xx")]
        if self.failed:  # a series is told from its first on
            counters.append(series(name, self.failed, route="/titles", status="5xx"))
        return [up(1), *counters]


def run_of(
    history: ObjectiveHistory, begin: float, processes: Sequence[Process | None]
) -> tuple[float, float]:
    """Look every 15 seconds at what runs then; each answers 30 requests between two looks.

    Where none runs, it does not answer. Requests and failures between two looks at one process, and
    those of one that began within the run until it was looked at, are what can be measured.
    """
    every = failed = 0.0
    before: Process | None = None
    for at, process in enumerate(processes):
        told = [up(0)]
        if process is not None:
            seen = (process.every, process.failed) if process is before else (0, 0)
            process.every += 30
            process.failed += int(at % 10 == 0)
            if before is not None:
                every += process.every - seen[0]
                failed += process.failed - seen[1]
            told = process.told()
            before = process
        history.look(begin + EVERY * at, {"api": told})
    history.store(begin + EVERY * (len(processes) - 1))
    return every, failed


def test_what_is_measured_is_what_happened_between_looks(home: Settings) -> None:
    first, second = Process(), Process()
    # It dies after five minutes, is away for one, and another comes; then nobody looks for a while.
    runs = [first] * 20 + [None] * 4 + [second] * 16
    end = BEGIN + EVERY * (len(runs) - 1)
    every, failed = run_of(ObjectiveHistory(home), BEGIN, runs)
    again = end + 1800
    more = run_of(ObjectiveHistory(home), again, [second] * 40)
    now = again + EVERY * 39
    known = summaries(home, now)
    requests, uptime = known["api_availability"], known["api_uptime"]
    assert (requests.every, requests.bad) == (every + more[0], failed + more[1])
    assert failed > 0
    # Of the half hour in which nobody looked nothing is known.
    assert uptime.seconds == uptime.every == EVERY * (39 + 39)
    assert uptime.bad == EVERY * 4
    assert "dashboard_uptime" not in known
    assert uptime.bad_since is not None
    assert BEGIN + 300 <= uptime.bad_since <= BEGIN + EVERY * 20
    assert (uptime.recent_every, uptime.recent_bad) == (uptime.every, uptime.bad)
    later = summaries(home, now + 2 * 3600)["api_uptime"]
    assert (later.recent_every, later.bad) == (0, uptime.bad)


def test_what_is_kept_is_bounded_and_lies_within_thirty_days(home: Settings) -> None:
    history, process = ObjectiveHistory(home), Process()
    for at in range(160):  # four looks a day, for forty days
        process.every += 100
        history.look(BEGIN + at * DAY / 4, {"api": process.told()})
    now = BEGIN + 159 * DAY / 4
    with closing(sqlite3.connect(home.monitoring / "objectives.sqlite")) as database:
        ((rows, oldest),) = database.execute(
            "SELECT count(*), min(begin) FROM measured WHERE objective = 'api_availability'"
        ).fetchall()
    assert 100 < rows <= 121
    assert oldest >= now - 30 * DAY
    known = summaries(home, now)["api_availability"]
    assert known.every == 100 * rows
    assert known.seconds == 0  # looks lie too far apart to tell what was between them
    # A clock that was set back: what lies ahead is forgotten.
    history.look(BEGIN + 20 * DAY, {"api": process.told()})
    history.store(BEGIN + 20 * DAY)
    assert summaries(home, now)["api_availability"].measured_from <= BEGIN + 20 * DAY
    assert summaries(home, now)["api_availability"].every < 100 * rows


def test_a_torn_file_is_begun_anew(home: Settings, caplog: pytest.LogCaptureFixture) -> None:
    assert summaries(home, BEGIN) == {}
    run_of(ObjectiveHistory(home), BEGIN, [Process()] * 8)
    (home.monitoring / "objectives.sqlite").write_bytes(b"torn" * 1000)
    assert summaries(home, BEGIN + 300) == {}
    history = ObjectiveHistory(home)
    begin = BEGIN + 600
    for at in range(12):
        history.look(begin + EVERY * at, {"api": [up(1)]})
        history.store(begin + EVERY * at)
    assert summaries(home, begin + 300)["api_uptime"].every == EVERY * 11
    assert {each.levelname for each in caplog.records} == {"WARNING"}


def measured(home: Settings, now: datetime) -> None:
    """Half an hour of looks until now: the API is away for a while, and the ledger misses rows."""
    history = ObjectiveHistory(home)
    rows = {"received": 4_100_000, "quarantined": 9, "missing": 3}
    ledger = [series("netflix_ledger_rows", count, outcome=name) for name, count in rows.items()]
    received = series("netflix_events_total", 7, result="stored")
    for at in range(121):
        told = [up(0)] if 60 <= at < 64 else [up(1), received, *ledger]
        history.look(now.timestamp() - EVERY * (120 - at), {"api": told})
    history.store(now.timestamp())


def test_budgets_are_told_by_api_dashboard_and_command(tmp_path: Path) -> None:
    settings, now = two_weeks(tmp_path).settings, datetime.now(UTC)
    measured(settings, now)

    async def asked() -> tuple[dict[str, object], dict[str, float]]:
        async with running(create_app(settings)) as client:
            told = (await client.get("/slos")).json()
            return told, numbers((await client.get("/metrics")).text)

    told, metrics = asyncio.run(asked())
    assert (told["watched"], told["evaluated_at"], told["days"]) == (False, None, 30)
    store(Evaluation(at=now.timestamp()), settings)
    report = objective_report(settings, now)
    assert report.watched
    assert [each.name for each in report.objectives] == [each.name for each in OBJECTIVES]
    by_name = {each.name: each for each in report.objectives}
    ledger, uptime = by_name["ledger"], by_name["api_uptime"]
    assert ledger.summary.startswith("12 of 41,000 rows that may go wrong in 30 days did: 99.97%")
    assert (ledger.bad, ledger.allowed, ledger.burn) == (12, 41_000, None)
    assert (uptime.bad, uptime.every) == (60, 1800)
    assert uptime.allowed == pytest.approx(1.8)
    assert uptime.budget_left == pytest.approx(1 - 60 / 1.8)
    assert uptime.burn == pytest.approx(60 / 1.8)
    assert uptime.bad_since is not None
    assert 840 <= (now - uptime.bad_since).total_seconds() <= 900 + 300
    assert uptime.summary.startswith("1m 0s of 2s that may go wrong in 30 days did: used 33 times")
    away = by_name["dashboard_uptime"]
    assert (away.budget_left, away.burn, away.measured_seconds) == (None, None, 0)
    assert away.summary == "nothing was measured"

    site = Site(Snapshots(settings.serving), objectives=lambda: report)
    html = site.render("/trust", "").html.replace("\N{NO-BREAK SPACE}", " ")
    assert "API availability: the budget is used 33 times as fast as it may, since" in html
    table = site.panel("/trust", "objectives", "").table
    texts = table.texts[table.column("title").index("API availability")]
    shown = dict(zip(table.names, texts, strict=True))
    assert shown["used"].replace("\N{NO-BREAK SPACE}", " ") == "1 min"
    assert shown["budget_left"] == "used 33 times"
    assert shown["measured"].replace("\N{NO-BREAK SPACE}", " ") == "30 min of 30 days"
    unwatched = Site(
        Snapshots(settings.serving), objectives=lambda: report.model_copy(update={"watched": False})
    )
    assert "Nobody watches now" in unwatched.render("/trust", "").html

    command = Command(tmp_path / "elsewhere")
    shutil.copytree(settings.monitoring, command.home / "monitoring")
    said = command.ok("status").out
    assert "Objectives of 30 days" in said
    assert "12 of 41,000 rows" in " ".join(said.split())

    # The service itself tells what they are measured by.
    assert metrics["netflix_snapshot_fresh"] == 1
    assert "netflix_canary_in_time" not in metrics  # none was sent yet


@pytest.mark.parametrize(
    ("every", "failed", "said"),
    [
        (0, 0, "no requests came in 30 days"),
        (50, 0, "0 of 50 requests went wrong in 30 days: 100% of the budget is left"),
        (50, 2, "2 of 50 requests went wrong in 30 days: used 40 times the budget"),
        (4_000, 15, "15 of 4 requests that may go wrong in 30 days did: used 3.8 times the budget"),
        (1_000, 1, "1 of 1 requests that may go wrong in 30 days did: no budget is left"),
    ],
)
def test_where_little_was_asked_that_is_said(
    home: Settings, every: int, failed: int, said: str
) -> None:
    history, now = ObjectiveHistory(home), datetime.now(UTC)
    for at, process in ((30, Process()), (15, Process(every, failed))):
        history.look(now.timestamp() - at, {"api": process.told()})
    history.store(now.timestamp())
    (told,) = [
        each for each in objective_report(home, now).objectives if each.name == "api_availability"
    ]
    assert told.summary == said


@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda one: one.name)
def test_each_objective_has_two_alerts_of_its_burn_rate(objective: Objective) -> None:
    page, ticket = objective.alerts
    assert (page.severity, ticket.severity) == ("page", "ticket")
    budget = f"{objective.budget * 100:.4g} %"
    assert page.limit.startswith(f"14.4 times {budget}")
    assert ticket.limit.startswith(f"3 times {budget}")
    for alert, factors in ((page, (14.4, 6)), (ticket, (3, 1))):
        for factor in factors:
            assert f"> {round(factor * objective.budget, 6):.10g}" in str(alert.expression)
