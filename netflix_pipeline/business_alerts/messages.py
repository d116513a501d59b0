"""What receivers are told of an alert: as Alertmanager does, and by mail with its last values."""

from datetime import UTC, datetime, time
from email.message import EmailMessage
from html import escape
from typing import Any

import msgspec

from netflix_pipeline.addresses import address
from netflix_pipeline.business_alerts.evaluation import Finding
from netflix_pipeline.business_alerts.rules import Rule
from netflix_pipeline.business_alerts.texts import amount, day_of, days_of, limit
from netflix_pipeline.monitoring.alert_texts import Links
from netflix_pipeline.monitoring.mail import subject
from netflix_pipeline.monitoring.receivers import title
from netflix_pipeline.monitoring.webhook import ENDLESS, Message, fingerprint
from netflix_pipeline.pictures import WIDTH, columns
from netflix_pipeline.serving import Period
from netflix_pipeline.state import AlertFinding, BusinessAlert

SEVERITY = "business"
DOCUMENT = "docs/api.md#business-alerts"
PAGES = {
    "audience_daily": ("audience",),
    "search_daily": ("discovery",),
    "recommendation_daily": ("discovery",),
}
"""The page of the dashboard that shows metrics of a gold table; others are on its first."""
MEASURES = ("hours_viewed", "views", "viewers", "plays")
"""The metrics that its charts can show, by which an address names one."""
REMEDY = {
    "fires": "Look at the view, and there at what moved the metric; ask whoever knows of a launch "
    "or an outage on these days, and note it there.",
    "data_missing": "Do not take it for a fall: look at the page Trust which rows are missing. It "
    "is judged again with each publish.",
    "well": "Nothing: the condition is no longer met.",
}


class Told(msgspec.Struct, frozen=True):
    """A message as it waits to be sent: Alertmanager's JSON, the body of a mail, its picture."""

    message: Message
    html: str
    picture: bytes = b""

    def mail(self) -> EmailMessage:
        """It as a mail, whose text says the same as its HTML."""
        mail = EmailMessage()
        mail["Subject"] = subject(title(self.message))
        (alert,) = self.message["alerts"]
        said = alert["annotations"]
        mail.set_content(
            f"{said['summary']}\n\nAlert: {alert['labels']['alertname']}: {said['limit']}\n"
            f"What to do: {said['description']}\n\nThe view: {said['dashboard_url']}\n"
            f"The numbers: {said['rows_url']}\n"
        )
        mail.add_alternative(self.html, subtype="html")
        html = mail.get_body(("html",))
        assert isinstance(html, EmailMessage)
        if self.picture:
            html.add_related(self.picture, "image", "png", cid=f"<{PICTURE}>")
        return mail


def told_of(
    alert: BusinessAlert, rule: Rule, finding: Finding, after: AlertFinding, links: Links
) -> Told:
    """What is said of a finding, with links to the days that it is about, whatever comes later."""
    assert finding.period is not None
    over = finding.verdict == "well"
    labels = {
        "alertname": alert.definition.name,
        "alert": str(alert.id),
        "metric": rule.metric,
        "severity": SEVERITY,
    }
    said = {
        "summary": finding.sentence,
        "description": REMEDY[finding.verdict],
        "limit": limit(rule),
        "runbook_url": DOCUMENT,
        "dashboard_url": links.dashboard + _view(rule, finding),
        "rows_url": links.api + _numbers(rule, finding),
    }
    begun = after.fires_since or alert.finding.fires_since or finding.period.from_
    one = {
        "status": "resolved" if over else "firing",
        "labels": labels,
        "annotations": said,
        "startsAt": f"{datetime.combine(begun, time(), UTC):%Y-%m-%dT%H:%M:%SZ}",
        "endsAt": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}" if over else ENDLESS,
        "generatorURL": f"{links.api}/v1/business-alerts/{alert.id}",
        "fingerprint": fingerprint({"alertname": "business", "alert": str(alert.id)}),
    }
    message: dict[str, Any] = {
        "version": "4",
        "groupKey": f'{{}}:{{alert="{alert.id}"}}',
        "truncatedAlerts": 0,
        "status": one["status"],
        "receiver": SEVERITY,
        "groupLabels": {"alert": str(alert.id)},
        "commonLabels": labels,
        "commonAnnotations": said,
        "externalURL": links.dashboard,
        "alerts": [one],
    }
    return Told(message, _html(alert, rule, finding, said), _picture(rule, finding))


def _view(rule: Rule, finding: Finding) -> str:
    """The address of the dashboard's view of these days and those before."""
    days = _days(finding)
    measure = [("by", rule.metric)] if rule.metric in MEASURES else []
    query = [("from", str(days.from_)), ("to", str(days.to)), *rule.filters.pairs, *measure]
    return address(*PAGES.get(rule.definition.table, ()), query=query)


def _numbers(rule: Rule, finding: Finding) -> str:
    """The address of the API at which the same values are."""
    days = _days(finding)
    query = [
        ("metric", rule.metric),
        ("granularity", rule.grain),
        ("from", str(days.from_)),
        ("to", str(days.to)),
        *rule.filters.pairs,
    ]
    return address("v1", "analytics", "timeseries", query=query)


def _days(finding: Finding) -> Period:
    assert finding.period is not None
    first = finding.course[0][0] if finding.course else finding.period
    return Period(from_=first.from_, to=finding.period.to)


CELL = "padding:2px 8px;font:14px sans-serif;white-space:nowrap"
PICTURE = "values@alert"
"""The name of the attached picture."""
HEIGHT = 160
"""Pixels of it."""
STANDS_OUT, OTHERS = "#b3261e", "#8a94a6"


def _picture(rule: Rule, finding: Finding) -> bytes:
    """The values of the periods as columns; the one that it is about stands out."""
    return columns(
        HEIGHT,
        [_called(rule, period) for period, _ in finding.course],
        [value or 0 for _, value in finding.course],
        [amount(rule, value) for _, value in finding.course],
        [STANDS_OUT if period == finding.period else OTHERS for period, _ in finding.course],
    )


def _html(alert: BusinessAlert, rule: Rule, finding: Finding, said: dict[str, str]) -> str:
    """The body of a mail, with the values as a picture and as a table."""
    rows = "".join(
        f'<tr><td style="{CELL}">{escape(_called(rule, period))}</td>'
        f'<td style="{CELL};text-align:right">{escape(amount(rule, value))}</td></tr>'
        for period, value in finding.course
    )
    return (
        f'<html lang="en"><body style="font:15px sans-serif">'
        f'<h1 style="font:bold 18px sans-serif">{escape(alert.definition.name)}</h1>'
        f"<p>{escape(said['summary'])}</p>"
        f'<img src="cid:{PICTURE}" width="{WIDTH}" alt=""/>'
        f'<table role="presentation" style="border-collapse:collapse">{rows}</table>'
        f"<p>The alert: {escape(said['limit'])}.<br>What to do: {escape(said['description'])}</p>"
        f'<p><a href="{escape(said["dashboard_url"])}">The view of these days</a> · '
        f'<a href="{escape(said["rows_url"])}">The same numbers by the API</a></p>'
        "</body></html>"
    )


def _called(rule: Rule, period: Period) -> str:
    return day_of(period.from_) if rule.grain == "day" else days_of(period)
