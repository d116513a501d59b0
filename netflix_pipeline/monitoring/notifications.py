"""When people are told of alerts: those of one name together, once, and again while they go on.

As Alertmanager does: the first message about a name waits for half a minute, so that
what comes together is told together; the next about it comes five minutes later at the earliest.
What was told is remembered over a restart. What could not be delivered is sent again.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from netflix_pipeline.atomic_write import write_bytes
from netflix_pipeline.errors import DamagedFile
from netflix_pipeline.monitoring.alert_texts import Links
from netflix_pipeline.monitoring.evaluation import AlertState, inhibited
from netflix_pipeline.monitoring.receivers import NotDelivered, Receiver
from netflix_pipeline.monitoring.silences import ALERT_NAMES, Silence, silences
from netflix_pipeline.monitoring.webhook import message
from netflix_pipeline.settings import Settings

log = logging.getLogger(__name__)

FIRST_AFTER, NEXT_AFTER = 30.0, 300.0
"""Seconds that the first message of a name waits, and from one to the next at least."""
AGAIN_AFTER = 60.0
"""Seconds after which what could not be delivered is sent again."""


@dataclass
class Told:
    """What a receiver was told of one name: of which it knows that they fire.

    `since` is when there was something to tell first, `failed_at` when that did not arrive.
    """

    since: float
    sent_at: float | None = None
    failed_at: float | None = None
    firing: list[AlertState] = field(default_factory=list)


class Notifier:
    """Tells receivers of what is observed. `observe` may be called from another thread."""

    def __init__(self, settings: Settings, links: Links, receivers: Sequence[Receiver]) -> None:
        self._settings = settings
        self._links = links
        self._receivers = receivers
        self._speed = settings.alert_speed
        self._firing: list[AlertState] | None = None
        self._told = self._restored()
        self._problems: dict[str, str] = {}

    def observe(self, firing: Sequence[AlertState]) -> None:
        """This is what fires now."""
        self._firing = [state for state in firing if state.name in ALERT_NAMES]

    def deliver(self) -> None:
        """Send what is due."""
        if self._firing is None:
            return
        now = datetime.now(UTC)
        quiet = self._quiet(now)
        for receiver in self._receivers:
            told = self._told.setdefault(receiver.name, {})
            for name in {state.name for state in self._firing} | told.keys():
                try:
                    if self._tell(receiver, name, quiet):
                        self._store()
                except NotDelivered as error:
                    self._failed(receiver.name, str(error))
                    break  # most likely it is away: the next is not to wait for all names

    def _tell(self, receiver: Receiver, name: str, untold: list[AlertState]) -> bool:
        """Tell a receiver of a name, where that is due; whether what is remembered changed.

        Raises NotDelivered.
        """
        assert self._firing is not None
        now, names = time.time(), self._told[receiver.name]
        quiet = {state.key for state in untold}
        told = names.get(name, Told(now))
        known = {state.key: state for state in told.firing}
        current = {state.key: state for state in self._firing if state.name == name}
        loud = [state for key, state in current.items() if key not in quiet]
        kept = [state for key, state in known.items() if key in quiet]
        ended = [state for key, state in known.items() if key not in current and key not in quiet]
        if not loud and not ended:
            # Over before anybody was told, or nobody is to be told.
            return not kept and names.pop(name, None) is not None
        begun = any(state.key not in known for state in loud)
        if not self._due(told, now, changed=begun or bool(ended)):
            fresh = name not in names
            names[name] = told
            return fresh
        over = [replace(state, state="resolved", resolved_at=now) for state in ended]
        try:
            receiver.deliver(message(receiver.name, loud, over, self._links))
        except NotDelivered:
            names[name] = replace(told, failed_at=now)
            raise
        self._problems.pop(receiver.name, None)
        if loud or kept:
            names[name] = Told(now, sent_at=now, firing=loud + kept)
        else:
            names.pop(name, None)
        return True

    def _due(self, told: Told, now: float, *, changed: bool) -> bool:
        if told.failed_at is not None:
            return now - told.failed_at >= AGAIN_AFTER / self._speed
        if told.sent_at is None:
            return now - told.since >= FIRST_AFTER / self._speed
        repeated = self._settings.alert_repeat_hours * 3600
        return now - told.sent_at >= (NEXT_AFTER if changed else repeated) / self._speed

    def _quiet(self, now: datetime) -> list[AlertState]:
        """Of what fires or was told, that of which nobody is told now: silenced, or inhibited."""
        assert self._firing is not None
        told = (
            state
            for names in self._told.values()
            for each in names.values()
            for state in each.firing
        )
        known: list[Silence] = []
        try:
            known = silences(self._settings, now)
        except DamagedFile as error:
            self._failed("silences", str(error))
        else:
            self._problems.pop("silences", None)
        follows = inhibited(self._firing)
        return [
            state
            for state in (*self._firing, *told)
            if state.name in follows or any(silence.covers(state, now) for silence in known)
        ]

    def _failed(self, name: str, problem: str) -> None:
        """Tell of a problem with something, once."""
        if self._problems.get(name) != problem:
            log.warning("%s", problem)
        self._problems[name] = problem

    @property
    def _path(self) -> Path:
        return self._settings.monitoring / "notified.msgpack"

    def _store(self) -> None:
        write_bytes(self._path, msgspec.msgpack.encode(self._told))

    def _restored(self) -> dict[str, dict[str, Told]]:
        try:
            told = DECODER.decode(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except msgspec.MsgspecError as error:
            log.warning("%s tells nothing (%s): what fires is told anew", self._path, error)
            return {}
        # Of an alert that this release no longer has there is nothing to say.
        return {
            receiver: {name: one for name, one in names.items() if name in ALERT_NAMES}
            for receiver, names in told.items()
        }


DECODER = msgspec.msgpack.Decoder(dict[str, dict[str, Told]])
