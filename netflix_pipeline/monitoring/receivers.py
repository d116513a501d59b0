"""To whom alerts are told: a webhook, Slack or what understands its messages, e-mail, a command."""

import json
import shlex
import smtplib
import subprocess
from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
from typing_extensions import override

from netflix_pipeline.errors import BadInput, Transient
from netflix_pipeline.monitoring.alert_texts import Links
from netflix_pipeline.monitoring.evaluation import AlertState
from netflix_pipeline.monitoring.webhook import Message, message
from netflix_pipeline.settings import Settings

PATIENCE = 10.0
"""Seconds for which a receiver is waited for."""
FILE = "file:"


class NotDelivered(Transient):
    """A message about alerts did not reach a receiver; it is sent again."""


class BadReceiver(BadInput):
    """What a setting says of a receiver cannot be used."""


class Receiver(ABC):
    """Somebody who is told; `address` is what the setting says."""

    name: ClassVar[str]

    def __init__(self, address: str) -> None:
        self.address = address

    @abstractmethod
    def deliver(self, told: Message) -> None:
        """Hand a message over. Raises NotDelivered."""


class Webhook(Receiver):
    """Takes Alertmanager's JSON."""

    name = "webhook"

    @override
    def deliver(self, told: Message) -> None:
        _post(self, self.address, told)


class Slack(Receiver):
    """Takes a text, as incoming webhooks of Slack, Mattermost and others do."""

    name = "slack"

    @override
    def deliver(self, told: Message) -> None:
        _post(self, self.address, {"text": text(told)})


class Email(Receiver):
    """Takes a mail: `smtp://USER:PASSWORD@HOST:PORT?from=…&to=…`, or `smtps://…`."""

    name = "email"

    @override
    def deliver(self, told: Message) -> None:
        parts = urlsplit(self.address)
        query = parse_qs(parts.query)
        mail = EmailMessage()
        mail["Subject"] = title(told)
        mail["From"], mail["To"] = query["from"][0], ", ".join(query["to"])
        mail.set_content(text(told))
        kind = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
        try:
            with kind(parts.hostname or "localhost", parts.port or 0, timeout=PATIENCE) as server:
                if parts.username:
                    if parts.scheme == "smtp":
                        server.starttls()
                    server.login(unquote(parts.username), unquote(parts.password or ""))
                server.send_message(mail)
        except (OSError, smtplib.SMTPException) as error:
            raise _not_delivered(self, error) from error


class Command(Receiver):
    """A program that is run with Alertmanager's JSON as its input."""

    name = "command"

    @override
    def deliver(self, told: Message) -> None:
        try:
            subprocess.run(
                shlex.split(self.address),
                input=json.dumps(told).encode(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=PATIENCE,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise _not_delivered(self, error) from error


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
    """The address, out of a file where one is named. It is not told: it may hold a secret."""
    setting = f"NETFLIX_ALERT_{name.upper()}"
    if address.startswith(FILE):
        path = Path(address.removeprefix(FILE))
        try:
            address = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise BadReceiver(
                f"{setting} names the file {path}, which cannot be read ({error})."
            ) from error
    parts = urlsplit(address)
    if schemes and not (parts.scheme in schemes and parts.hostname):
        raise BadReceiver(f"{setting} is no address that begins with {' or '.join(schemes)}://")
    if "smtp" in schemes and not {"from", "to"} <= parse_qs(parts.query).keys():
        raise BadReceiver(f"{setting} names no sender or nobody to write to: ?from=…&to=…")
    return address


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


def _post(receiver: Receiver, address: str, content: object) -> None:
    try:
        httpx.post(address, json=content, timeout=PATIENCE).raise_for_status()
    except httpx.HTTPStatusError as error:
        raise _not_delivered(receiver, f"HTTP {error.response.status_code}") from error
    except httpx.HTTPError as error:
        raise _not_delivered(receiver, error) from error


def _not_delivered(receiver: Receiver, error: object) -> NotDelivered:
    # An address may hold a secret, and libraries tell it.
    reason = str(error).replace(receiver.address, "its address")
    return NotDelivered(f"alerts do not reach {receiver.name}: {reason}")


def trial(receiver: str, links: Links, now: datetime) -> tuple[Message, Message]:
    """A message that an alert fires, and one that it ended, of something that did not happen."""
    at = now.timestamp()
    fires = AlertState("ServiceDown", {"job": "a-trial"}, "firing", at, 0.0, at)
    over = replace(fires, state="resolved", resolved_at=at)
    return message(receiver, [fires], [], links), message(receiver, [], [over], links)
