"""What is alerted of now, for API, dashboard and command: as the built-in watch wrote it down."""

import logging
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from netflix_pipeline.atomic_write import write_bytes
from netflix_pipeline.errors import DamagedFile
from netflix_pipeline.monitoring.alert_definition import Alert, Severity
from netflix_pipeline.monitoring.alert_texts import filled, rows_of
from netflix_pipeline.monitoring.alerts import ALERTS
from netflix_pipeline.monitoring.evaluation import AlertState, Evaluation, State, inhibited
from netflix_pipeline.monitoring.silences import Silence, silences
from netflix_pipeline.settings import Settings

log = logging.getLogger(__name__)

WATCHED = timedelta(minutes=2)
"""How long ago somebody looked at most, where alerts are watched."""


class ToldAlert(BaseModel):
    """One alert, of one of the things that it is about."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    name: str
    state: State = Field(description="`pending` until it has lasted, `firing`, then `resolved`")
    severity: Severity = Field(description="`page`: at once; `ticket`: in working hours")
    labels: dict[str, str] = Field(description="which thing it is about, such as `job` or `table`")
    summary: str
    value: float | None = Field(description="what was measured last; null where it is no number")
    limit: str
    since: datetime = Field(description="since when it is so")
    fired_at: datetime | None = Field(description="since when it fires; null while it is pending")
    resolved_at: datetime | None = Field(description="when it ended")
    runbook: str = Field(description="section of docs/alerts.md that says what to do")
    view: str = Field(description="the dashboard's page that shows it")
    rows: str = Field(
        description="the resource with what is behind it: the API's, or the dashboard's where it "
        "alone counts that"
    )
    silenced_until: datetime | None = Field(
        description="until when nobody is told of it; null where people are"
    )
    inhibited_by: str | None = Field(
        description="the alert that fires of which it is a consequence, so that nobody is told of "
        "it; null where there is none"
    )


class KnownAlert(BaseModel):
    """An alert that there is."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    name: str
    severity: Severity
    limit: str
    last_fired_at: datetime | None = Field(description="when it was last seen to fire; null: never")


class ToldSilence(BaseModel):
    """Of an alert, or of some of what it is about, nobody is told for a while."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    alert: str
    labels: dict[str, str] = Field(description="of what has these; of everything where none is")
    until: datetime
    by: str = Field(description="who said so, on the machine; empty where it is not known")
    because: str = Field(description="why")


class AlertReport(BaseModel):
    """What is alerted of."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    watched: bool = Field(
        description="whether the built-in watch looked within the last 2 minutes: else nothing is "
        "known, and nothing is well"
    )
    evaluated_at: datetime | None = Field(description="when it looked last; null: never")
    firing: tuple[ToldAlert, ...] = Field(description="pages first, then by how long they fire")
    pending: tuple[ToldAlert, ...]
    resolved: tuple[ToldAlert, ...] = Field(description="those that ended last, newest first")
    alerts: tuple[KnownAlert, ...] = Field(description="all that there are")
    silences: tuple[ToldSilence, ...] = Field(
        description="of which alerts nobody is told, those that end first first; they fire all "
        "the same"
    )


def store(evaluation: Evaluation, settings: Settings) -> None:
    """Write down what is alerted of."""
    write_bytes(_path(settings), msgspec.msgpack.encode(evaluation))


def restored(settings: Settings) -> Evaluation:
    """What was written down; nothing where it is not there or torn."""
    path = _path(settings)
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=Evaluation)
    except FileNotFoundError:
        return Evaluation()
    except msgspec.MsgspecError as error:
        log.warning("%s is no record of alerts (%s): they begin anew", path, error)
        return Evaluation()


def alert_report(settings: Settings, now: datetime) -> AlertReport:
    """What is alerted of now. Alerts of another release are left out."""
    try:
        quiet = silences(settings, now)
    except DamagedFile:  # whoever tells people says so, and tells them of all
        quiet = []
    return _report(restored(settings), now, quiet)


def _report(evaluation: Evaluation, now: datetime, quiet: Sequence[Silence] = ()) -> AlertReport:
    at = _moment(evaluation.at) if evaluation.at else None
    alerts, follows = {alert.name: alert for alert in ALERTS}, inhibited(evaluation.firing)

    def told(states: Iterable[AlertState]) -> tuple[ToldAlert, ...]:
        return tuple(
            _told(
                alerts[each.name],
                each,
                max((one.until for one in quiet if one.covers(each, now)), default=None),
                None if each.state == "resolved" else follows.get(each.name),
            )
            for each in states
            if each.name in alerts
        )

    firing = sorted(evaluation.firing, key=lambda each: each.fired_at or 0.0)
    return AlertReport(
        watched=at is not None and abs(now - at) < WATCHED,
        evaluated_at=at,
        firing=tuple(sorted(told(firing), key=lambda each: each.severity != "page")),
        pending=told(each for each in evaluation.active if each.state == "pending"),
        resolved=told(evaluation.resolved),
        alerts=tuple(_known(alert, evaluation) for alert in ALERTS),
        silences=tuple(
            ToldSilence(**vars(one))
            for one in sorted(quiet, key=lambda one: one.until)
            if one.alert in alerts
        ),
    )


def _told(
    alert: Alert, state: AlertState, silenced_until: datetime | None, inhibited_by: str | None
) -> ToldAlert:
    finite = abs(state.value) < float("inf")  # not for NaN either
    fill = filled(alert, state.labels, state.value, state.since)
    return ToldAlert(
        name=alert.name,
        state=state.state,
        severity=alert.severity,
        labels=state.labels,
        summary=fill(alert.sentence),
        value=state.value if finite else None,
        limit=alert.limit,
        since=_moment(state.since),
        fired_at=_moment(state.fired_at) if state.fired_at else None,
        resolved_at=_moment(state.resolved_at) if state.resolved_at else None,
        runbook=f"#{alert.anchor}",
        view=fill(alert.view),
        rows=fill(rows_of(alert)),
        silenced_until=silenced_until,
        inhibited_by=inhibited_by,
    )


def _known(alert: Alert, evaluation: Evaluation) -> KnownAlert:
    fired = evaluation.proven.get(alert.name)
    return KnownAlert(
        name=alert.name,
        severity=alert.severity,
        limit=alert.limit,
        last_fired_at=_moment(fired) if fired else None,
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _path(settings: Settings) -> Path:
    return settings.monitoring / "alerts.msgpack"


NOT_WATCHED = _report(Evaluation(), datetime.now(UTC))
"""What is known where nobody looks."""
