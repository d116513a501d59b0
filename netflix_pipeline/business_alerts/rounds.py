"""After each publish, all alerts are judged once, and whoever is to be told is, once.

Any number of processes do so, each by its own copy of the snapshot: what one of them finds counts
where nobody was quicker, and the message is written down with it. A message is sent by whoever
takes it first; where that process dies before it says that it was sent, it is sent again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Literal

import msgspec

from netflix_pipeline.business_alerts.evaluation import Calendar, Finding, judge
from netflix_pipeline.business_alerts.messages import Told, told_of
from netflix_pipeline.business_alerts.receivers import configured
from netflix_pipeline.business_alerts.rules import Rule
from netflix_pipeline.errors import PipelineError, Transient, ends_one, may_pass
from netflix_pipeline.monitoring.alert_texts import Links
from netflix_pipeline.monitoring.receivers import Email, NotDelivered, Receiver, receivers
from netflix_pipeline.serving import QueryMemoryFull, Snapshot, Snapshots
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import (
    AlertFinding,
    BusinessAlert,
    BusinessAlerts,
    OpenStore,
)
from netflix_pipeline.state.business_alerts import LONGEST_SENTENCE, BusinessMessage

log = logging.getLogger(__name__)

EVERY, PATIENCE = 5.0, 300.0
"""Seconds between two looks, and those that one may take."""
LEASE = timedelta(minutes=1)
"""For how long a message is one process' own, after which it is sent again."""
GIVEN_UP = timedelta(days=1)
"""After how long a message is no longer sent."""
AT_ONCE = 10
"""Messages that are sent in one look."""
Judging = Callable[[Callable[[], Finding]], Awaitable[Finding]]
"""Has an alert judged in a thread."""


class Rounds:
    """Looks again and again what is to be judged and told. For one event loop."""

    def __init__(self, settings: Settings, snapshots: Snapshots, run: Judging) -> None:
        self._settings = settings
        self._snapshots = snapshots
        self._run = run
        self._calendar = Calendar.of(settings)
        self._links = Links(settings.url(settings.dashboard_port), settings.url(settings.api_port))
        self._store = OpenStore(settings, BusinessAlerts)
        self._known: Mapping[str, Receiver] | None = None

    async def look(self) -> None:
        """Judge what the current snapshot did not judge yet, and send what is due.

        Raises what may pass, once the others were judged and sent.
        """
        snapshot = self._snapshots.held
        failed = await self._judge_due(snapshot) if snapshot is not None else None
        await asyncio.to_thread(self._send)
        if failed is not None:
            raise failed

    def close(self) -> None:
        """Let go of the database."""
        self._store.close()

    async def _judge_due(self, snapshot: Snapshot) -> Transient | None:
        """Judge what was not yet; why some were not, who are judged with the next look."""
        built = snapshot.info.built_at
        failed: Transient | None = None
        due = await asyncio.to_thread(self._store.looked_up, lambda store: store.due(built), ())
        for alert in due:
            try:
                await self._judge(snapshot, alert)
            except QueryMemoryFull as error:  # of this one: others may need less
                failed = error
            except Transient as error:  # of this moment: it would be so for all
                return error
        return failed

    async def _judge(self, snapshot: Snapshot, alert: BusinessAlert) -> None:
        messages: dict[str, str] = {}
        checked = snapshot.info.built_at
        try:
            rule = Rule.of(alert.definition)
            finding = await self._run(partial(judge, snapshot, rule, self._calendar))
        except BaseException as error:
            if not ends_one(error) or may_pass(error):
                raise
            if not isinstance(error, PipelineError):
                log.exception("the alert %d cannot be judged", alert.id)
            known = isinstance(error, PipelineError)
            said = str(error) if known else "It could not be judged: the service's log tells more."
            after = replace(alert.finding, checked=checked, verdict="unknown", sentence=said)
        else:
            after, tells = outcome(alert.finding, finding, checked)
            if tells:
                told = told_of(alert, rule, finding, after, self._links)
                content = msgspec.json.encode(told).decode()
                to = alert.definition.receivers or configured(self._settings)
                messages = dict.fromkeys(to, content)
        after = replace(after, sentence=(after.sentence or "")[:LONGEST_SENTENCE])
        await asyncio.to_thread(self._store.get().found, alert, after, messages)

    def _send(self) -> None:
        away: set[str] = set()  # what waits for them waits on: others are told meanwhile
        for _ in range(AT_ONCE):
            now = datetime.now(UTC)
            message = self._store.looked_up(
                partial(BusinessAlerts.take, now=now, lease=LEASE, but=frozenset(away)), None
            )
            if message is None:
                return
            try:
                self._deliver(message)
            except NotDelivered as error:
                away.add(_kind(message))
                if now - message.created < GIVEN_UP:
                    log.warning("%s", error)
                    continue
                log.error("%s: it is given up", error)  # noqa: TRY400 - no mistake of ours
            except msgspec.DecodeError:  # as another release wrote it, or nobody
                log.exception("a message of the alert %d cannot be read", message.alert)
            self._store.get().delivered(message)

    def _deliver(self, message: BusinessMessage) -> None:
        """Raises NotDelivered."""
        if self._known is None:
            self._known = {each.name: each for each in receivers(self._settings)}
        told = DECODER.decode(message.content)
        by_mail = "@" in message.receiver
        receiver = self._known.get(_kind(message))
        if receiver is None:
            raise NotDelivered(f"{message.receiver} is told of no alert: it is not configured now")
        if isinstance(receiver, Email):
            receiver.deliver_mail(told.mail(), [message.receiver] if by_mail else ())
        else:
            receiver.deliver(told.message)


def _kind(message: BusinessMessage) -> str:
    """The name of the receiver by which a message is sent."""
    return Email.name if "@" in message.receiver else message.receiver


DECODER = msgspec.json.Decoder(Told)

Tells = Literal["begins", "data_missing", "ends"]


def outcome(
    before: AlertFinding, finding: Finding, checked: datetime
) -> tuple[AlertFinding, Tells | None]:
    """What is known of an alert after it was judged, and what of it is told. Pure.

    That it fires is told once for each period, that data are missing where that was not told of
    the period yet, nor that it fires; and once that it is over.
    """
    day = finding.period.from_ if finding.period else None
    after = AlertFinding(
        checked,
        finding.verdict,
        day,
        finding.value,
        finding.base,
        finding.sentence,
        before.fires_since,
        before.told_verdict,
        before.told_day,
    )
    told = before.told_verdict if before.told_day == day else None
    match finding.verdict:
        case "fires":
            after = replace(after, fires_since=before.fires_since or day)
            if told == "fires":
                return after, None
            return replace(after, told_verdict="fires", told_day=day), "begins"
        case "data_missing":
            if told in ("fires", "data_missing"):
                return after, None
            return replace(after, told_verdict="data_missing", told_day=day), "data_missing"
        case "well":
            after = replace(after, fires_since=None)
            if before.told_verdict in ("fires", "data_missing"):
                return replace(after, told_verdict="well", told_day=day), "ends"
    return after, None
