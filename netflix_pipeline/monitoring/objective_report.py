"""How the objectives stand, for API, dashboard and command: as the built-in watch measured them."""

from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field

from netflix_pipeline.monitoring import alert_texts
from netflix_pipeline.monitoring.alert_report import NOT_WATCHED, AlertReport, alert_report
from netflix_pipeline.monitoring.objective_history import Summary, summaries
from netflix_pipeline.monitoring.objectives import DAYS, OBJECTIVES, Objective, Unit
from netflix_pipeline.settings import Settings


class ToldObjective(BaseModel):
    """One objective: what is promised, what of its budget is used, and how fast it burns."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    name: str
    title: str
    promise: str
    objective: float = Field(description="share that is to be good")
    unit: Unit = Field(description="what is counted")
    every: float = Field(description="how much was measured in 30 days, in `unit`")
    bad: float = Field(description="how much of it was bad")
    allowed: float = Field(
        description="how much of it may be bad: the budget, of what was measured and no more"
    )
    budget_left: float | None = Field(
        description="share of the budget that is left; below 0 where more was bad than may be, "
        "null where nothing was measured"
    )
    burn: float | None = Field(
        description="how many times as fast as it may the budget was used in the last hour; null "
        "where nothing was measured"
    )
    bad_since: datetime | None = Field(
        description="when trouble began that went on within the last hour, to 5 minutes; else null"
    )
    measured_from: datetime | None = Field(description="when it was measured first; null: never")
    measured_seconds: float = Field(
        description="for how long it was measured in 30 days; the rest is not known [s]"
    )
    alerts: tuple[str, ...] = Field(description="those of its burn rate that fire")
    summary: str


class ObjectiveReport(BaseModel):
    """How the objectives stand."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    watched: bool = Field(
        description="whether the built-in watch looked within the last 2 minutes: else what is "
        "told is of before, and nothing is known of now"
    )
    evaluated_at: datetime | None = Field(description="when it looked last; null: never")
    days: int = Field(description="over how many days a budget is told")
    objectives: tuple[ToldObjective, ...]


def objective_report(settings: Settings, now: datetime) -> ObjectiveReport:
    """How the objectives stand now."""
    return _report(summaries(settings, now.timestamp()), alert_report(settings, now))


def _report(known: Mapping[str, Summary], alerts: AlertReport) -> ObjectiveReport:
    return ObjectiveReport(
        watched=alerts.watched,
        evaluated_at=alerts.evaluated_at,
        days=DAYS,
        objectives=tuple(_told(each, known.get(each.name), alerts) for each in OBJECTIVES),
    )


def _told(objective: Objective, known: Summary | None, alerts: AlertReport) -> ToldObjective:
    names = {alert.name for alert in objective.alerts}
    every, bad = (known.every, known.bad) if known else (0.0, 0.0)
    allowed = every * objective.budget
    recent = known.recent_every * objective.budget if known else 0.0
    burn = known.recent_bad / recent if known and recent else None
    since = known.bad_since if known and known.recent_bad else None
    left = 1 - bad / allowed if allowed else None
    return ToldObjective(
        name=objective.name,
        title=objective.title,
        promise=objective.promise,
        objective=objective.share,
        unit=objective.unit,
        every=every,
        bad=bad,
        allowed=allowed,
        budget_left=left,
        burn=burn if alerts.watched else None,
        bad_since=_moment(since) if since and alerts.watched else None,
        measured_from=_moment(known.measured_from) if known else None,
        measured_seconds=known.seconds if known else 0.0,
        alerts=tuple(each.name for each in alerts.firing if each.name in names),
        summary=_summary(objective.unit, every, bad, allowed) if known else "nothing was measured",
    )


def _summary(unit: Unit, every: float, bad: float, allowed: float) -> str:
    """12 of 41,000 rows that may go wrong in 30 days did: 99.97% of the budget is left.

    Of what was too little for one to go wrong, it says how much that was.
    """
    if not every:
        return "nothing was measured" if unit == "seconds" else f"no {unit} came in {DAYS} days"
    if unit == "seconds":
        used, may, whole = (alert_texts.time(round(each)) for each in (bad, allowed, every))
    else:
        used, may, whole = f"{bad:,.0f}", f"{allowed:,.0f} {unit}", f"{every:,.0f} {unit}"
    said = f"{used} of {may} that may go wrong in {DAYS} days did"
    if not round(allowed):
        said = f"{used} of {whole} went wrong in {DAYS} days"
    return f"{said}: {_budget(bad / allowed)}"


def _budget(used: float) -> str:
    """What is left of a budget of which such a share is used, or how many times it was used."""
    if round(used, 6) < 1:
        return f"{alert_texts.share(1 - used)} of the budget is left"
    times = f"{used:,.0f}" if used >= 9.95 else f"{used:.1f}".removesuffix(".0")
    return "no budget is left" if times == "1" else f"used {times} times the budget"


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


NOTHING_MEASURED = _report({}, NOT_WATCHED)
"""What is known where nobody looks."""
