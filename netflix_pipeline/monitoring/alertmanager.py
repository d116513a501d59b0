"""What Alertmanager is told: whom it tells of alerts, when, how, and of which it tells nobody.

All of it is as the built-in watch does it. Text is written as JSON, which is YAML too.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from netflix_pipeline.monitoring.alert_definition import Alert
from netflix_pipeline.monitoring.alerts import ALERTS
from netflix_pipeline.monitoring.expressions import DAY, HOUR, duration
from netflix_pipeline.monitoring.notifications import FIRST_AFTER, NEXT_AFTER
from netflix_pipeline.monitoring.prometheus import HEAD
from netflix_pipeline.monitoring.receivers import BadReceiver, Email, Receiver, Slack, Webhook

NOBODY = """\
# Pages are told at once, tickets once a day. As it stands nobody is told, and Alertmanager's page
# shows what fires: put your receivers in the place of nobody, or write this file where settings
# name them (NETFLIX_ALERT_WEBHOOK, _SLACK, _EMAIL).
"""
TICKETS_AGAIN = DAY
"""After so long a ticket that goes on is told again."""

MOMENT = 'UTC.Format "2006-01-02T15:04:05.000Z07:00"'
TITLE = (
    '{{ if eq .Status "firing" }}{{ toUpper .CommonLabels.severity }}{{ else }}OVER{{ end }}: '
    "{{ (index .Alerts 0).Annotations.summary }}"
    "{{ if gt (len .Alerts) 1 }} and {{ len (slice .Alerts 1) }} more{{ end }}"
)
"""`receivers.title` as a template of Alertmanager's."""
TEXT = f"""\
{TITLE}

{{{{ range .Alerts }}}}{{{{ .Labels.alertname }}}}: {{{{ .Annotations.summary }}}}
limit: {{{{ .Annotations.limit }}}}; since {{{{ .StartsAt.{MOMENT} }}}}\
{{{{ if eq .Status "resolved" }}}} until {{{{ .EndsAt.{MOMENT} }}}}{{{{ end }}}}
what to do: {{{{ .Annotations.description }}}}
runbook: {{{{ .Annotations.runbook_url }}}}
look at: {{{{ .Annotations.dashboard_url }}}}
rows: {{{{ .Annotations.rows_url }}}}

{{{{ end }}}}"""
"""`receivers.text` as one."""


def configuration(
    receivers: Sequence[Receiver] = (), speed: float = 1, repeat_hours: float = 4
) -> str:
    """A configuration: what follows from an alert is inhibited by it, the receivers are told.

    With all times `speed` times shorter. Raises BadReceiver for one that Alertmanager cannot tell.
    """
    name = "platform" if receivers else "nobody"
    again = {"pages": HOUR * repeat_hours, "tickets": max(TICKETS_AGAIN, HOUR * repeat_hours)}
    lines = [
        HEAD.format(command="alertmanager") + ("" if receivers else NOBODY) + "route:",
        f"  receiver: {name}",
        "  group_by: [alertname]",
        f"  group_wait: {_divided(FIRST_AFTER, speed)}",
        f"  group_interval: {_divided(NEXT_AFTER, speed)}",
        f"  repeat_interval: {_divided(again['pages'], speed)}",
        "  routes:",
        f"    - matchers: {json.dumps([_is('severity', '=', 'ticket')])}",
        f"      repeat_interval: {_divided(again['tickets'], speed)}",
        "inhibit_rules:",
    ]
    for cause, follow in _followers(ALERTS).items():
        lines += (
            f"  - source_matchers: {json.dumps([_is('alertname', '=', cause)])}",
            f"    target_matchers: {json.dumps([_is('alertname', '=~', '|'.join(follow))])}",
        )
    lines += ("receivers:", f"  - name: {name}")
    for receiver in receivers:
        kind, told = _told(receiver)
        lines += (f"    {kind}:", f"      - {json.dumps(told, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"


def _divided(seconds: float, speed: float) -> str:
    return duration(seconds / speed)


def _is(label: str, sign: str, value: str) -> str:
    return f'{label}{sign}"{value}"'


def _followers(alerts: Sequence[Alert]) -> Mapping[str, list[str]]:
    """The alerts that follow from each that others follow from."""
    found = defaultdict(list)
    for alert in alerts:
        for cause in alert.inhibited_by:
            found[cause].append(alert.name)
    return found


def _told(receiver: Receiver) -> tuple[str, dict[str, Any]]:
    """The kind of a receiver, and what Alertmanager is to know of it."""
    match receiver:
        case Webhook():
            return "webhook_configs", {"url": receiver.address}
        case Slack():
            said = {"title": "", "text": TEXT, "send_resolved": True}
            return "slack_configs", {"api_url": receiver.address, **said}
        case Email():
            return "email_configs", _mailed(receiver)
        case _:
            raise BadReceiver(
                f"Alertmanager starts no program: leave NETFLIX_ALERT_{receiver.name.upper()} out, "
                "or have a webhook start it"
            )


def _mailed(receiver: Email) -> dict[str, Any]:
    parts = urlsplit(receiver.address)
    query = parse_qs(parts.query)
    secured = parts.scheme == "smtps"
    port = parts.port or (465 if secured else 25)
    if secured != (port == 465):  # it speaks TLS from the first byte there, and nowhere else
        raise BadReceiver("NETFLIX_ALERT_EMAIL: for Alertmanager, smtps:// is what port 465 takes")
    told: dict[str, Any] = {
        "smarthost": f"{parts.hostname or 'localhost'}:{port}",
        "from": query["from"][0],
        "to": ", ".join(query["to"]),
        "require_tls": bool(parts.username) and not secured,
        "headers": {"Subject": TITLE},
        "html": "",
        "text": TEXT,
        "send_resolved": True,
    }
    if parts.username:
        told["auth_username"] = unquote(parts.username)
        told["auth_password"] = unquote(parts.password or "")
    return told
