"""What is said of an alert: as a template of Prometheus', and filled in by ourselves, the same.

Its annotations are those that receivers of Alertmanager's look for.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from netflix_pipeline.monitoring.alert_definition import Alert, Shown

PLACE = re.compile(r"\{(\w+)\}")
SMALLER = ((1e3, "ms"), (1e6, "us"), (1e9, "ns"))
"""Units of times below a second, and how many of each a second has."""
DOCUMENT = "docs/alerts.md"
METRICS = "/metrics"
OF_DASHBOARD = ("netflix_dashboard_", "netflix_page_")
DAYS = {"from": 3600, "to": 0}
"""Days of UTC that stand in addresses: when it began, and so many seconds before."""
DAY = 'humanizeTimestamp | reReplaceAll " .*" ""'
"""A day of a time, in a template of Prometheus'."""


@dataclass(frozen=True)
class Links:
    """Where dashboard, API and runbook are found."""

    dashboard: str
    api: str
    runbook: str = DOCUMENT


def annotations(alert: Alert, links: Links, fill: Callable[[str], str]) -> dict[str, str]:
    """All that is said of an alert; `fill` replaces what stands for values in its sentence."""
    return {
        "summary": fill(alert.sentence),
        "description": " ".join(alert.remedy),
        "limit": alert.limit,
        "runbook_url": f"{links.runbook}#{alert.anchor}",
        "dashboard_url": links.dashboard + fill(alert.view),
        "rows_url": (links.dashboard if on_dashboard(alert) else links.api) + fill(rows_of(alert)),
    }


def rows_of(alert: Alert) -> str:
    """The resource with what is behind it: of all numbers, those that it looks at."""
    if alert.rows != METRICS:
        return alert.rows
    names = dict.fromkeys(selector.name for selector, _ in alert.expression.selectors())
    return f"{METRICS}?{urlencode([('name', name) for name in names if name != 'up'])}"


def on_dashboard(alert: Alert) -> bool:
    """Whether that is a resource of the dashboard, which alone tells these numbers."""
    first = next(selector.name for selector, _ in alert.expression.selectors())
    return alert.rows == METRICS and first.startswith(OF_DASHBOARD)


VALUE: dict[Shown, str] = {
    "share": "{{ $value | humanizePercentage }}",
    "time": "{{ $value | humanizeDuration }}",
    "count": '{{ $value | printf "%.0f" }}',
}


def template(alert: Alert) -> Callable[[str], str]:
    """Replaces what stands for values by what Prometheus fills in."""

    def of(place: re.Match[str]) -> str:
        if place[1] in DAYS:
            at = f"vector(time() - {DAYS[place[1]]})"
            return f'{{{{ with query "{at}" }}}}{{{{ . | first | value | {DAY} }}}}{{{{ end }}}}'
        return VALUE[alert.shows] if place[1] == "value" else f"{{{{ $labels.{place[1]} }}}}"

    return lambda sentence: PLACE.sub(of, sentence)


def filled(
    alert: Alert, labels: Mapping[str, str], value: float, since: float
) -> Callable[[str], str]:
    """Fills in what Prometheus would when it began, `since`."""
    said = SAID[alert.shows](value)

    def of(place: re.Match[str]) -> str:
        if place[1] in DAYS:
            at = datetime.fromtimestamp(since - DAYS[place[1]], UTC)
            return at.date().isoformat()
        return said if place[1] == "value" else labels.get(place[1], "")

    return lambda sentence: PLACE.sub(of, sentence)


def share(value: float) -> str:
    """A share as `humanizePercentage` has it: 1.5%."""
    return f"{value * 100:.4g}%"


def time(seconds: float) -> str:
    """A time as `humanizeDuration` has it: 1h 4m 10s, or 120ms."""
    if not math.isfinite(seconds):
        return f"{seconds:.4g}"
    sign, size = "-" if seconds < 0 else "", abs(seconds)
    if size >= 60:
        minutes, rest = divmod(int(size), 60)
        hours, minutes = divmod(minutes, 60)
        days, hours = divmod(hours, 24)
        parts = ((days, "d"), (hours, "h"), (minutes, "m"), (rest, "s"))
        first = next(place for place, (count, _) in enumerate(parts) if count)
        return sign + " ".join(f"{count}{unit}" for count, unit in parts[first:])
    if size >= 1 or not size:
        return f"{sign}{size:.4g}s"
    factor, unit = next(each for each in SMALLER if size * each[0] >= 1 or each is SMALLER[-1])
    return f"{sign}{size * factor:.4g}{unit}"


SAID: dict[Shown, Callable[[float], str]] = {
    "share": share,
    "time": time,
    "count": lambda value: f"{value:.0f}",
}
