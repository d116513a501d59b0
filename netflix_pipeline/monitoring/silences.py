"""Silences: of which alerts nobody is told for a while, and why. They fire all the same."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from netflix_pipeline.atomic_write import write_bytes
from netflix_pipeline.errors import BadInput, DamagedFile
from netflix_pipeline.lake import exclusive
from netflix_pipeline.monitoring.alerts import ALERTS
from netflix_pipeline.monitoring.evaluation import AlertState
from netflix_pipeline.settings import Settings

ALERT_NAMES = frozenset(alert.name for alert in ALERTS)


class UnknownAlert(BadInput):
    """No alert has that name; the message lists those that there are."""


@dataclass(frozen=True)
class Silence:
    """One alert, of all that it is about or of what has these labels, until a time."""

    alert: str
    labels: dict[str, str]
    until: datetime
    because: str
    by: str = ""
    """Who said so: of before that was kept, nobody."""

    def covers(self, state: AlertState, now: datetime) -> bool:
        """Whether nobody is told of that now."""
        return (
            self.alert == state.name
            and now < self.until
            and self.labels.items() <= state.labels.items()
        )


def silences(settings: Settings, now: datetime) -> list[Silence]:
    """Those that have not ended. Raises DamagedFile."""
    path = _path(settings)
    try:
        told = msgspec.json.decode(path.read_bytes(), type=list[Silence])
    except FileNotFoundError:
        return []
    except msgspec.MsgspecError as error:
        raise DamagedFile(
            f"{path} is no list of silences ({error}). Remove it: nothing is silenced then."
        ) from error
    return [silence for silence in told if now < silence.until]


def add_silence(settings: Settings, silence: Silence, now: datetime) -> None:
    """Tell nobody of an alert. Raises UnknownAlert."""
    _check(silence.alert)
    with _changing(settings, now) as kept:
        kept.append(silence)


def end_silences(settings: Settings, alert: str, now: datetime) -> int:
    """Tell of an alert again; how many silences ended. Raises UnknownAlert."""
    _check(alert)
    with _changing(settings, now) as kept:
        before = len(kept)
        kept[:] = [silence for silence in kept if silence.alert != alert]
        return before - len(kept)


@contextmanager
def _changing(settings: Settings, now: datetime) -> Iterator[list[Silence]]:
    path = _path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    with exclusive(path.with_suffix(".lock")):
        kept = silences(settings, now)
        yield kept
        write_bytes(path, msgspec.json.encode(kept))


def _check(alert: str) -> None:
    if alert not in ALERT_NAMES:
        raise UnknownAlert(
            f"no alert is called {alert}. There are: {', '.join(sorted(ALERT_NAMES))}."
        )


def labels_of(told: Mapping[str, str]) -> str:
    """Labels in a word: job=netflix-api."""
    return ", ".join(f"{name}={value}" for name, value in sorted(told.items()))


def _path(settings: Settings) -> Path:
    return settings.monitoring / "silences.json"
