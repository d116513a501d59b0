"""What Prometheus is told: alerts and objectives as its rules, and what it is to scrape.

Text is written as JSON, which is YAML too.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from netflix_pipeline.monitoring.alert_definition import APP, JOBS, Alert
from netflix_pipeline.monitoring.alert_texts import Links, annotations, template
from netflix_pipeline.monitoring.alerts import ALERTS
from netflix_pipeline.monitoring.expressions import HOUR, Expression, Span, duration
from netflix_pipeline.monitoring.objectives import DAYS, OBJECTIVES, WINDOWS, Objective

HEAD = "# Written by `netflix-pipeline alerts {command}`, from the table of alerts.\n"
EVERY, SOONEST = Span(15), Span(1)
"""Between two scrapes, and two evaluations; the least, however much shorter windows are."""
RECORDED_EVERY = Span(60)
ALERTMANAGER = "127.0.0.1:9093"


def every(speed: float) -> Span:
    """How long it is from one scrape, and one evaluation, to the next.

    A scrape may take as long: where it took longer, nothing would be known of a service that is
    busy.
    """
    return Span(max(EVERY / speed, SOONEST))


def rules_file(
    links: Links,
    speed: float = 1,
    alerts: Sequence[Alert] = ALERTS,
    objectives: Sequence[Objective] = OBJECTIVES,
) -> str:
    """A file of rules: one an alert, and what is recorded of each objective.

    With all windows `speed` times shorter, to try them out.
    """
    lines = [
        HEAD.format(command="rules") + "groups:",
        "  - name: netflix",
        f"    interval: {duration(every(speed))}",
        "    rules:",
    ]
    for alert in alerts:
        lines += (f"      {line}" for line in _rule(alert, links, speed))
    if objectives:
        lines += (
            "  - name: netflix-objectives",
            f"    interval: {duration(RECORDED_EVERY / speed)}",
            "    rules:",
        )
    for objective in objectives:
        lines += (f"      {line}" for line in _recorded(objective, speed))
    return "\n".join(lines) + "\n"


def _rule(alert: Alert, links: Links, speed: float) -> Iterator[str]:
    yield f"- alert: {alert.name}"
    yield f"  expr: {json.dumps(str(alert.expression.divided(speed)), ensure_ascii=False)}"
    yield f"  for: {duration(alert.lasting / speed)}"
    yield from _mapping("labels", {"severity": alert.severity})
    yield from _mapping("annotations", annotations(alert, links, template(alert)))


def _recorded(objective: Objective, speed: float) -> Iterator[str]:
    """Under the names that are usual, so that ready dashboards find them."""
    of = {"slo": objective.name}
    told: dict[str, Expression | str] = {
        **{
            f"slo:sli_error:ratio_rate{duration(window)}": objective.indicator.bad(window)
            for window in WINDOWS
        },
        "slo:current_burn_rate:ratio": objective.indicator.bad(HOUR) / objective.budget,
        "slo:objective:ratio": f"vector({objective.share})",
        "slo:error_budget:ratio": f"vector({objective.budget})",
        "slo:time_period:days": f"vector({DAYS})",
    }
    for name, expression in told.items():
        text = expression if isinstance(expression, str) else str(expression.divided(speed))
        yield f"- record: {name}"
        yield f"  expr: {json.dumps(text, ensure_ascii=False)}"
        yield from _mapping("labels", of)


def _mapping(name: str, values: Mapping[str, str]) -> Iterator[str]:
    yield f"  {name}:"
    for key, value in values.items():
        yield f"    {key}: {json.dumps(value, ensure_ascii=False)}"


def configuration(
    addresses: Mapping[str, str],
    rules: str,
    speed: float = 1,
    alertmanager: str = ALERTMANAGER,
    key_file: str = "",
) -> str:
    """A configuration that scrapes services at their addresses, by name, with the rules.

    In `key_file` Prometheus finds the key that it presents to them.
    """
    pause = duration(every(speed))
    in_file = f"      credentials_file: {json.dumps(key_file)}"
    keyed = ("    authorization:", in_file) if key_file else ()
    lines = [
        HEAD.format(command="prometheus") + "global:",
        f"  scrape_interval: {pause}",
        f"  evaluation_interval: {pause}",
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
            *keyed,
            "    static_configs:",
            f'      - targets: ["{urlsplit(address).netloc}"]',
            f"        labels: {{app: {APP}}}",
        )
    return "\n".join(lines) + "\n"
