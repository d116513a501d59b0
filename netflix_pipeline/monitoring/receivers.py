"""To whom alerts are told: a webhook, Slack or what understands its messages, e-mail, a command."""

import asyncio
import json
import os
import shlex
import signal
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from html import escape
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import httpx
from typing_extensions import override

from netflix_pipeline.errors import BadInput, Transient
from netflix_pipeline.monitoring.alert_texts import Links
from netflix_pipeline.monitoring.evaluation import AlertState
from netflix_pipeline.monitoring.mail import send, subject
from netflix_pipeline.monitoring.webhook import Message, message
from netflix_pipeline.settings import Settings

PATIENCE = 10.0
"""Seconds that a message to a receiver may take, all of it together."""


class NotDelivered(Transient):
    """A message about alerts did not reach a receiver; it is sent again."""


class BadReceiver(BadInput):
    """What a setting says of a receiver cannot be used."""


class Receiver(ABC):
    """Somebody who is told; `address` is what the setting says."""

    name: ClassVar[str]

    def __init__(self, address: str) -> None:
        self.address = address

    def deliver(self, told: Message) -> None:
        """Hand a message over. Raises NotDelivered, whatever goes wrong: others wait behind it."""
        with self._delivering():
            self._hand_over(told)

    @contextmanager
    def _delivering(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            raise NotDelivered(
                f"alerts do not reach {self.name}: {_reason(error, self.address)}"
            ) from error

    @abstractmethod
    def _hand_over(self, told: Message) -> None:
        """Hand a message over."""


class Webhook(Receiver):
    """Takes Alertmanager's JSON."""

    name = "webhook"

    @override
    def _hand_over(self, told: Message) -> None:
        asyncio.run(_posted(self.address, told))


class Slack(Receiver):
    """Takes a text, as incoming webhooks of Slack, Mattermost and others do.

    Of what is between < and > Slack makes links, and calls all of a channel: a name that somebody
    chose does neither (docs.slack.dev, Formatting message text, Escaping text).
    """

    name = "slack"

    @override
    def _hand_over(self, told: Message) -> None:
        asyncio.run(_posted(self.address, {"text": escape(text(told), quote=False)}))


class Email(Receiver):
    """Takes a mail: `smtp://USER:PASSWORD@HOST:PORT?from=…&to=…`, or `smtps://…`."""

    name = "email"

    def deliver_mail(self, mail: EmailMessage, to: Sequence[str] = ()) -> None:
        """Send a mail to others, or to its own. Raises NotDelivered."""
        with self._delivering():
            self._send(mail, to)

    @override
    def _hand_over(self, told: Message) -> None:
        mail = EmailMessage()
        mail["Subject"] = subject(title(told))
        mail.set_content(text(told))
        self._send(mail)

    def _send(self, mail: EmailMessage, to: Sequence[str] = ()) -> None:
        parts = urlsplit(self.address)
        query = parse_qs(parts.query)
        mail["From"], mail["To"] = query["from"][0], ", ".join(to or query["to"])
        send(mail, parts, PATIENCE)


class Command(Receiver):
    """A program that is run with Alertmanager's JSON as its input."""

    name = "command"

    @override
    def _hand_over(self, told: Message) -> None:
        words = shlex.split(self.address)
        with subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as program:
            try:
                program.communicate(json.dumps(told).encode(), PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(program.pid, signal.SIGKILL)  # and what it started: it comes again
                raise
        if program.returncode:
            raise subprocess.CalledProcessError(program.returncode, words)


def receivers(settings: Settings) -> list[Receiver]:
    """Those that the settings name. Raises BadReceiver."""
    told: tuple[tuple[type[Receiver], str, tuple[str, ...]], ...] = (
        (Webhook, settings.alert_webhook, ("http", "https")),
        (Slack, settings.alert_slack, ("http", "https")),
        (Email, settings.alert_email, ("smtp", "smtps")),
        (Command, settings.alert_command, ()),
    )
    return [
        kind(_checked(kind.name, address, schemes)) for kind, address, schemes in told if address
    ]


def _checked(name: str, address: str, schemes: tuple[str, ...]) -> str:
    """The address. It is not told: it may hold a secret."""
    setting = f"NETFLIX_ALERT_{name.upper()}"
    if not schemes:
        return _checked_command(setting, address)
    try:
        parts = urlsplit(address)
        found = parts.scheme in schemes and parts.hostname and parts.port != 0
    except ValueError:  # its text has a part of the address
        found = False
    if not found:
        raise BadReceiver(
            f"{setting} is no address that begins with {' or '.join(schemes)}:// and a host"
        )
    if "smtp" in schemes and not {"from", "to"} <= parse_qs(parts.query).keys():
        raise BadReceiver(f"{setting} names no sender or nobody to write to: ?from=…&to=…")
    return address


def _checked_command(setting: str, command: str) -> str:
    try:
        words = shlex.split(command)
    except ValueError as error:  # of the quotes; it tells nothing of what stands there
        raise BadReceiver(f"{setting} is no command that can be read: {error}") from error
    if not words:
        raise BadReceiver(f"{setting} names no program")
    return command


def title(told: Message) -> str:
    """What a message is about, in a line."""
    fires = told["status"] == "firing"
    severity = told["commonLabels"]["severity"].upper() if fires else "OVER"
    more = f" and {len(told['alerts']) - 1} more" if len(told["alerts"]) > 1 else ""
    return f"{severity}: {told['alerts'][0]['annotations']['summary']}{more}"


def text(told: Message) -> str:
    """A message in plain words: what, the limit, since when, what to do, and where to look."""
    lines = [title(told), ""]
    for alert in told["alerts"]:
        said = alert["annotations"]
        until = f" until {alert['endsAt']}" if alert["status"] == "resolved" else ""
        lines += (
            f"{alert['labels']['alertname']}: {said['summary']}",
            f"limit: {said['limit']}; since {alert['startsAt']}{until}",
            f"what to do: {said['description']}",
            f"runbook: {said['runbook_url']}",
            f"look at: {said['dashboard_url']}",
            f"rows: {said['rows_url']}",
            "",
        )
    return "\n".join(lines)


async def _posted(address: str, content: object) -> None:
    """Post JSON; of the answer the status is read, and no more of it, however long it is."""
    async with (
        asyncio.timeout(PATIENCE),
        httpx.AsyncClient(timeout=PATIENCE) as client,
        client.stream("POST", address, json=content) as response,
    ):
        response.raise_for_status()


def _reason(error: Exception, address: str) -> str:
    """Why a message did not arrive. An address may hold a secret, and libraries tell of it."""
    match error:
        case httpx.HTTPStatusError():
            return f"HTTP {error.response.status_code}"
        case TimeoutError() | subprocess.TimeoutExpired():
            return f"it takes longer than {PATIENCE:.0f} s"
        case subprocess.CalledProcessError():
            return f"it ends with exit code {error.returncode}"
        case OSError() | httpx.HTTPError():
            return str(error).replace(address, "its address") or type(error).__name__
        case _:
            return type(error).__name__


def trial(receiver: str, links: Links, now: datetime) -> tuple[Message, Message]:
    """A message that an alert fires, and one that it ended, of something that did not happen."""
    at = now.timestamp()
    fires = AlertState("ServiceDown", {"job": "a-trial"}, "firing", at, 0.0, at)
    over = replace(fires, state="resolved", resolved_at=at)
    return message(receiver, [fires], [], links), message(receiver, [], [over], links)
