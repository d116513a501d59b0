"""Grafana's dashboards, as JSON: one of the platform, one with a panel for each alert.

They come from the tables of panels and of alerts, and name no data source: which Prometheus they
ask is chosen on them.
"""

import json
from collections.abc import Iterator, Sequence
from string import ascii_uppercase
from typing import Any, Literal

from netflix_pipeline.monitoring.alert_definition import Alert
from netflix_pipeline.monitoring.alert_texts import PLACE
from netflix_pipeline.monitoring.alerts import ALERTS
from netflix_pipeline.monitoring.expressions import Binary, Expression, Number, duration
from netflix_pipeline.monitoring.panels import PACE, ROWS, Line, Panel, Row, Unit

DashboardName = Literal["platform", "alerts"]

Json = dict[str, Any]

SCHEMA = 39
"""The version of the form of dashboards: that of Grafana 11, which later ones read too."""
SOURCE: Json = {"type": "prometheus", "uid": "${datasource}"}
COLUMNS, ACROSS, HEIGHT = 24, 3, 8
"""Columns of Grafana's grid, panels side by side, and the height of one."""
UNITS: dict[str, Unit] = {"share": "percentunit", "time": "s", "count": "short"}
"""In which unit is drawn what an alert shows."""


def dashboard(name: DashboardName, runbook: str = "") -> str:
    """A dashboard as a file; panels of alerts lead to the address of the runbook, if it has one."""
    rows = ROWS if name == "platform" else (Row("Alerts", tuple(map(panel_of, ALERTS))),)
    anchors = {alert.name: alert.anchor for alert in ALERTS} if runbook else {}
    panels = list(_placed(rows))
    for panel in panels:
        if (anchor := anchors.get(panel["title"])) is not None:
            panel["links"] = [{"title": "What to do", "url": f"{runbook}#{anchor}"}]
    return json.dumps(_dashboard(name, panels), indent=1, ensure_ascii=False) + "\n"


def panel_of(alert: Alert) -> Panel:
    """What an alert measures, and its limit: a line where that is a number."""
    measured, sign, against = _condition(alert.expression)
    labels = [place for place in PLACE.findall(alert.sentence) if place != "value"]
    lines = [Line(" ".join(f"{{{{{label}}}}}" for label in labels) or "measured", measured)]
    is_number = isinstance(against, Number)
    if against is not None and not is_number:
        lines.append(Line("limit", against))
    said = PLACE.sub(lambda place: "…" if place[1] == "value" else place[1], alert.sentence)
    return Panel(
        alert.name,
        f"{said[0].upper()}{said[1:]}. Limit: {alert.limit}, for {duration(alert.lasting)}; a "
        f"{alert.severity}. {' '.join(alert.remedy)}",
        UNITS[alert.shows],
        tuple(lines),
        limit=float(against.value) if isinstance(against, Number) and sign != "==" else None,
        below=sign == "<",
    )


def _condition(expression: Expression) -> tuple[Expression, str, Expression | None]:
    """What is compared, how, and with what: of several conditions the first."""
    while isinstance(expression, Binary) and expression.sign in ("and", "or"):
        expression = expression.left
    if isinstance(expression, Binary) and expression.sign in ("<", ">", "=="):
        return expression.left, expression.sign, expression.right
    return expression, "", None


def _dashboard(name: DashboardName, panels: list[Json]) -> Json:
    return {
        "uid": f"netflix-{name}",
        "title": f"Netflix pipeline: {name}",
        "tags": ["netflix-pipeline"],
        "schemaVersion": SCHEMA,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "utc",
        "links": [
            {
                "title": "Netflix pipeline",
                "type": "dashboards",
                "tags": ["netflix-pipeline"],
                "asDropdown": True,
                "includeVars": True,
                "keepTime": True,
            }
        ],
        "templating": {
            "list": [
                {
                    "name": "datasource",
                    "label": "Prometheus",
                    "type": "datasource",
                    "query": "prometheus",
                    "refresh": 1,
                    "current": {},
                    "hide": 0,
                }
            ]
        },
        "annotations": {
            "list": [
                {
                    "name": "Alerts that fire",
                    "datasource": SOURCE,
                    "enable": True,
                    "expr": 'ALERTS{alertstate="firing"}',
                    "titleFormat": "{{alertname}}",
                    "textFormat": "{{severity}}",
                    "iconColor": "red",
                }
            ]
        },
        "panels": panels,
    }


def _placed(rows: Sequence[Row]) -> Iterator[Json]:
    """The panels in their places, each row below the one before."""
    number, top = 1, 0
    width = COLUMNS // ACROSS
    for row in rows:
        yield {
            "id": number,
            "type": "row",
            "title": row.title,
            "collapsed": False,
            "panels": [],
            "gridPos": {"x": 0, "y": top, "w": COLUMNS, "h": 1},
        }
        number, top = number + 1, top + 1
        for place, panel in enumerate(row.panels):
            down, along = divmod(place, ACROSS)
            position = {"x": along * width, "y": top + down * HEIGHT, "w": width, "h": HEIGHT}
            yield _panel(panel, number) | {"gridPos": position}
            number += 1
        top += HEIGHT * -(-len(row.panels) // ACROSS)


def _panel(panel: Panel, number: int) -> Json:
    first, second = ("red", "green") if panel.below else ("green", "red")
    steps: list[Json] = [{"color": first, "value": None}]
    steps += [] if panel.limit is None else [{"color": second, "value": panel.limit}]
    return {
        "id": number,
        "type": "timeseries",
        "title": panel.title,
        "description": panel.about,
        "datasource": SOURCE,
        "fieldConfig": {
            "defaults": {
                "unit": panel.unit,
                "custom": {
                    "drawStyle": "line",
                    "lineWidth": 1,
                    "fillOpacity": 8,
                    "showPoints": "auto",
                    "spanNulls": False,
                    "axisSoftMin": 0,
                    "thresholdsStyle": {"mode": "off" if panel.limit is None else "line"},
                },
                "thresholds": {"mode": "absolute", "steps": steps},
            },
            "overrides": [],
        },
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        "targets": [
            {
                "refId": letter,
                "datasource": SOURCE,
                "editorMode": "code",
                "expr": paced(line.expression),
                "legendFormat": line.name,
                "range": True,
            }
            for letter, line in zip(ascii_uppercase, panel.lines, strict=False)
        ],
    }


def paced(expression: Expression) -> str:
    """PromQL in which a window of the pace is the one that suits the picture."""
    return str(expression).replace(f"[{duration(PACE)}]", "[$__rate_interval]")
