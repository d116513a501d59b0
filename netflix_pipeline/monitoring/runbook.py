"""The runbook, `docs/alerts.md`, written from the table of alerts.

`python -m netflix_pipeline.monitoring.runbook docs/alerts.md` writes it anew.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from netflix_pipeline.monitoring.alert_definition import Alert
from netflix_pipeline.monitoring.alert_texts import PLACE, on_dashboard, rows_of
from netflix_pipeline.monitoring.alerts import ALERTS
from netflix_pipeline.monitoring.expressions import duration

HEAD = """# Alerts

What the platform tells of by itself, and what to do then. The text is written from
`netflix_pipeline/monitoring/alerts.py` by `python -m netflix_pipeline.monitoring.runbook
docs/alerts.md`; [operations](operations.md#alerts) says how alerts reach people. A **page** is for
at once, a **ticket** for working hours. An alert fires once what it says has held for as long as is
told, and ends when it no longer does.
"""

COLUMNS = """
| alert | | when | for |
|---|---|---|---|
"""


def document() -> str:
    """The whole runbook as Markdown."""
    rows = "\n".join(
        f"| [{alert.name}](#{alert.anchor}) | {alert.severity} | {_said(alert)}; limit: "
        f"{alert.limit} | {duration(alert.lasting)} |"
        for alert in ALERTS
    )
    return "\n".join([f"{HEAD}{COLUMNS}{rows}\n", *("\n".join(_section(one)) for one in ALERTS)])


def _section(alert: Alert) -> Iterator[str]:
    yield f"## {alert.name}\n"
    said = _said(alert)
    yield f"{said[0].upper()}{said[1:]}. Limit: {alert.limit}. {alert.severity.capitalize()}."
    yield f"\n```promql\n{alert.expression}\n```\n"
    for step in alert.remedy:
        yield f"- {step}"
    if alert.inhibited_by:
        causes = " or ".join(f"`{cause}`" for cause in alert.inhibited_by)
        yield f"- While {causes} fires, nobody is told of this: it follows from that."
    view, rows = _named(alert.view), _named(rows_of(alert))
    whose = "its" if on_dashboard(alert) else "the API's"
    yield f"- Look at the dashboard's `{view}` and {whose} `GET {rows}`.\n"


def _said(alert: Alert) -> str:
    """Its sentence, with the names of what stands in it."""
    return _named(alert.sentence)


def _named(text: str) -> str:
    told = {"value": "…"}
    return PLACE.sub(lambda place: told.get(place[1], place[1].upper()), text)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(document(), encoding="utf-8")
