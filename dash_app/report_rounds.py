"""Sends reports when they are due, each once to each receiver; what was missed once, the last."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from dash_app.report_mail import ReportMail, report_mail, unsubscribe_at
from dash_app.report_schedule import last_due
from dash_app.site import Site
from netflix_pipeline import time_zones
from netflix_pipeline.errors import PipelineError
from netflix_pipeline.monitoring.receivers import Email, receivers
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import OpenStore
from netflix_pipeline.state.reports import Report, Reports

log = logging.getLogger(__name__)

EVERY, PATIENCE = 30.0, 300.0
"""Seconds between two looks, and those that one may take."""
LEASE = timedelta(minutes=10)
"""For how long a mail is one process' own; after as long what was not delivered is sent again."""


class ReportRounds:
    """Looks again and again what is due. For one thread at a time."""

    def __init__(self, settings: Settings, site: Site) -> None:
        self._settings = settings
        self._site = site
        self._zone = time_zones.zone(settings.time_zone)
        self._store = OpenStore(settings, Reports)
        self._email: Email | None = None

    def look(self) -> None:
        """Send what is due now."""
        if not self._settings.alert_email:
            return
        nothing: Sequence[Report] = ()
        for report in self._store.looked_up(lambda store: store.all(), nothing):
            try:
                self._send(report, datetime.now(UTC))
            except PipelineError as error:
                log.warning("the report %d cannot be sent: %s", report.id, error)

    def close(self) -> None:
        """Let go of the database."""
        self._store.close()

    def _send(self, report: Report, now: datetime) -> None:
        week = self._settings.week_start
        due = last_due(report.every, report.hour, self._zone, now, week)
        mail: ReportMail | None = None
        store = self._store.get()
        for each in report.receivers:
            if each.sent_for >= due or not store.take(each.token, due, now, LEASE):
                continue
            dashboard = self._settings.url(self._settings.dashboard_port)
            mail = mail or report_mail(self._site, report.name, report.address, dashboard)
            to = [each.receiver] if "@" in each.receiver else []
            self._mailer().deliver_mail(mail.to(unsubscribe_at(dashboard, each.token)), to)
            store.sent(each.token, due)

    def _mailer(self) -> Email:
        if self._email is None:
            self._email = next(one for one in receivers(self._settings) if isinstance(one, Email))
        return self._email
