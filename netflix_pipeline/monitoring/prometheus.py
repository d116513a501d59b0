"""What Prometheus is told: the alerts as its rules, and what it is to scrape.

Text is written as JSON, which is YAML too.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from netflix_pipeline.monitoring.alert_definition import APP, JOBS, Alert
from netflix_pipeline.monitoring.alert_texts import Links, annotations, template
from netflix_pipeline.monitoring.alerts import ALERTS
from netflix_pipeline.monitoring.expressions import Span, duration

HEAD = "# Written by `netflix-pipeline alerts {command}`, from the table of alerts.\n"
EVERY = Span(15)
"""Seconds between two scrapes, and two evaluations."""
ALERTMANAGER = "127.0.0.1:9093"


def rules_file(links: Links, speed: float = 1, alerts: Sequence[Alert] = ALERTS) -> str:
    """A file of rules, one an alert; with all windows `speed` times shorter, to try them out."""
    lines = [
        HEAD.format(command="rules") + "groups:",
        "  - name: netflix",
        f"    interval: {duration(EVERY / speed)}",
        "    rules:",
    ]
    for alert in alerts:
        lines += (f"      {line}" for line in _rule(alert, links, speed))
    return "\n".join(lines) + "\n"


def _rule(alert: Alert, links: Links, speed: float) -> Iterator[str]:
    yield f"- alert: {alert.name}"
    yield f"  expr: {json.dumps(str(alert.expression.divided(speed)), ensure_ascii=False)}"
    yield f"  for: {duration(alert.lasting / speed)}"
    yield from _mapping("labels", {"severity": alert.severity})
    yield from _mapping("annotations", annotations(alert, links, template(alert)))


def _mapping(name: str, values: Mapping[str, str]) -> Iterator[str]:
    yield f"  {name}:"
    for key, value in values.items():
        yield f"    {key}: {json.dumps(value, ensure_ascii=False)}"


def configuration(
    addresses: Mapping[str, str],
    rules: str,
    speed: float = 1,
    alertmanager: str = ALERTMANAGER,
) -> str:
    """A configuration that scrapes services at their addresses, by name, with the rules."""
    every = duration(EVERY / speed)
    lines = [
        HEAD.format(command="prometheus") + "global:",
        f"  scrape_interval: {every}",
        f"  evaluation_interval: {every}",
        "rule_files:",
        f"  - {json.dumps(rules)}",
        "alerting:",
        "  alertmanagers:",
        "    - static_configs:",
        f'        - targets: ["{alertmanager}"]',
        "scrape_configs:",
    ]
    for name, address in addresses.items():
        lines += (
            f"  - job_name: {JOBS[name]}",
            f"    scheme: {urlsplit(address).scheme}",
            "    static_configs:",
            f'      - targets: ["{urlsplit(address).netloc}"]',
            f"        labels: {{app: {APP}}}",
        )
    return "\n".join(lines) + "\n"
