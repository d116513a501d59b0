"""Who may be told of an alert on a number of the business.

A stranger's address is never asked: told are those whom the operator has configured, by their
names, and e-mail addresses of the domains that the operator allows.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from netflix_pipeline.business_alerts.rules import BadBusinessAlert
from netflix_pipeline.settings import Settings

CONFIGURED = ("webhook", "slack", "email", "command")
"""The receivers that settings name, each in `NETFLIX_ALERT_…`."""
MOST = 10
"""Receivers of one alert."""
LONGEST = 254
"""Characters of an e-mail address."""
ADDRESS = re.compile(r"[A-Za-z0-9_%+-]+(?:\.[A-Za-z0-9_%+-]+)*@([A-Za-z0-9.-]+)")
"""What stands before the @ needs no quotes, and is no second header or address."""


def configured(settings: Settings) -> tuple[str, ...]:
    """The names of the receivers that settings name."""
    return tuple(name for name in CONFIGURED if getattr(settings, f"alert_{name}"))


@dataclass(frozen=True)
class AlertReceivers:
    """Who can be told: those configured by name, and addresses of some domains of mail."""

    names: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Those of a home."""
        return cls(configured(settings), settings.mail_domains if settings.alert_email else ())

    def check(self, receivers: Iterable[str]) -> None:
        """Raise BadBusinessAlert for a receiver that may not be told."""
        for receiver in receivers:
            if problem := self._problem(receiver):
                raise BadBusinessAlert(problem, "receivers")

    def _problem(self, receiver: str) -> str | None:
        if "@" not in receiver:
            if receiver in self.names:
                return None
            names = ", ".join(self.names) or "none"
            return f"no receiver {receiver!r} is configured here. There are: {names}."
        found = ADDRESS.fullmatch(receiver)
        if found is None or len(receiver) > LONGEST:
            return f"{receiver!r} is no e-mail address that can be written to."
        if found[1].lower() in self.domains:
            return None
        domains = ", ".join(self.domains)
        domains = domains or "none, or no mail server is configured here (NETFLIX_ALERT_EMAIL)"
        return (
            f"nobody is written to at {found[1]}: the domains that the operator allows "
            f"(NETFLIX_ALERT_MAIL_DOMAINS) are {domains}."
        )


NOBODY_TOLD = AlertReceivers()


def check_receivers(settings: Settings, receivers: Iterable[str]) -> None:
    """Raise BadBusinessAlert for a receiver that may not be told, by these settings."""
    AlertReceivers.of(settings).check(receivers)
