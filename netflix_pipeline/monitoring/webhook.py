"""A message about alerts, as Alertmanager sends it to a webhook (version 4 of its JSON)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from netflix_pipeline.monitoring.alert_texts import Links, annotations, filled
from netflix_pipeline.monitoring.alerts import ALERTS
from netflix_pipeline.monitoring.evaluation import AlertState

Message = dict[str, Any]

ENDLESS = "0001-01-01T00:00:00Z"
"""When what goes on ends, as Alertmanager writes it."""
OFFSET, PRIME = 0xCBF29CE484222325, 0x100000001B3
SEPARATOR = b"\xff"
KNOWN = {alert.name: alert for alert in ALERTS}


def message(
    receiver: str, firing: Sequence[AlertState], ended: Sequence[AlertState], links: Links
) -> Message:
    """One message about alerts of one name, of which some fire and some have ended."""
    alerts = [_alert(state, links) for state in (*firing, *ended)]
    name = alerts[0]["labels"]["alertname"]
    return {
        "version": "4",
        "groupKey": f'{{}}:{{alertname="{name}"}}',
        "truncatedAlerts": 0,
        "status": "firing" if firing else "resolved",
        "receiver": receiver,
        "groupLabels": {"alertname": name},
        "commonLabels": _common(alert["labels"] for alert in alerts),
        "commonAnnotations": _common(alert["annotations"] for alert in alerts),
        "externalURL": f"{links.dashboard}/trust",
        "alerts": alerts,
    }


def _alert(state: AlertState, links: Links) -> dict[str, Any]:
    alert = KNOWN[state.name]
    labels = state.labels | {"alertname": alert.name, "severity": alert.severity}
    assert state.fired_at is not None
    fill = filled(alert, state.labels, state.value, state.since)
    return {
        "status": "resolved" if state.resolved_at else "firing",
        "labels": dict(sorted(labels.items())),
        "annotations": annotations(alert, links, fill),
        "startsAt": _moment(state.fired_at),
        "endsAt": _moment(state.resolved_at) if state.resolved_at else ENDLESS,
        "generatorURL": f"{links.api}/alerts",
        "fingerprint": fingerprint(labels),
    }


def fingerprint(labels: Mapping[str, str]) -> str:
    """By which receivers know an alert again: FNV-1a of its labels, as Prometheus computes it."""
    digest = OFFSET
    for pair in sorted(labels.items()):
        for text in pair:
            for byte in text.encode() + SEPARATOR:
                digest = (digest ^ byte) * PRIME & 0xFFFFFFFFFFFFFFFF
    return f"{digest:016x}"


def _common(mappings: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """What all of them say."""
    first, *others = mappings
    return {
        name: value
        for name, value in first.items()
        if all(other.get(name) == value for other in others)
    }


def _moment(seconds: float) -> str:
    return (
        datetime.fromtimestamp(seconds, UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z")
    )
