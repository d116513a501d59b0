"""Plays: one user's continuous viewing of one title."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from netflix_pipeline_tests.reference.catalogue import dimension, runtime_minutes
from netflix_pipeline_tests.reference.rows import (
    Row,
    first_known,
    grouped,
    monday,
    reaches,
    total,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

PAUSE = timedelta(minutes=30)
PAUSE_OF_ONE_PLAYBACK = timedelta(hours=12)
STARTER_SECONDS = 120
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Play:
    """One play; `stretches` are the [begin, end) of its events."""

    play_id: str
    user_id: str
    title_id: str
    playback_id: str | None
    started_at: datetime
    ended_at: datetime
    time_precision: str
    events: int
    watch_seconds: float | None
    progress: float | None
    reached: float | None
    starter: bool
    watcher: bool
    completer: bool
    quality: str | None
    country: str
    device: str
    plan: str
    content_type: str
    genre: str
    stretches: tuple[tuple[datetime, datetime], ...]
    about: Row | None = field(default=None, compare=False, repr=False)
    """What is known of its title."""
    whose: Row | None = field(default=None, compare=False, repr=False)
    """What is known of its user as of the last day with a play."""

    @property
    def season(self) -> str:
        """The id of the season, as in the Top 10; of the series or the film, where it has none."""
        return (self.about or {}).get("entry_id") or self.title_id

    @property
    def series(self) -> str:
        """The id of the series, or of the film."""
        return (self.about or {}).get("series_key") or self.title_id

    @property
    def language(self) -> str:
        """That of its title."""
        return dimension(self.about, "language")

    @property
    def maturity_rating(self) -> str:
        """That of its title."""
        return dimension(self.about, "maturity_rating")

    @property
    def is_original(self) -> str:
        """Whether the service produced its title."""
        return str(dimension(self.about, "is_original")).lower()

    @property
    def weekday(self) -> str:
        """The day of the week on which it started."""
        return str(self.day.isoweekday())

    @property
    def hour(self) -> str | None:
        """The hour of the day in which it started; None where only the day is known."""
        return str(self.started_at.hour) if self.time_precision == "second" else None

    @property
    def segment(self) -> str | None:
        """That of its user; None where nobody asked for it."""
        return None if self.whose is None else str(self.whose["segment"])

    @property
    def cohort(self) -> str | None:
        """The Monday of the week of its user's first play; None where nobody asked for it."""
        return None if self.whose is None else str(monday(self.whose["first_day"]))

    @property
    def first_title(self) -> str | None:
        """The series or film of its user's first play; None where nobody asked for it."""
        return None if self.whose is None else str(self.whose["first_title"])

    @property
    def first_country(self) -> str | None:
        """The country of its user's first play; None where nobody asked for it."""
        return None if self.whose is None else str(self.whose["first_country"])

    @property
    def first_device(self) -> str | None:
        """The device of its user's first play; None where nobody asked for it."""
        return None if self.whose is None else str(self.whose["first_device"])

    @cached_property
    def day(self) -> date:
        """The day it started, to which it belongs."""
        return self.started_at.date()

    @property
    def seconds(self) -> float:
        """Time watched, unknown as nothing."""
        return self.watch_seconds or 0.0

    @cached_property
    def minutes(self) -> list[datetime]:
        """Every minute in which it ran, in order; none where only the date is known."""
        marked: set[datetime] = set()
        if self.time_precision == "second":
            for begin, end in self.stretches:
                minute = begin.replace(second=0, microsecond=0)
                while minute < end and begin < end:
                    marked.add(minute)
                    minute += MINUTE
        return sorted(marked)

    def row(self) -> Row:
        """The row of silver plays, `running` as the numbers of the minutes since the first."""
        row = {each.name: getattr(self, each.name) for each in fields(self)}
        del row["stretches"], row["about"], row["whose"]
        first = self.started_at.replace(second=0, microsecond=0)
        row["running"] = [(minute - first) // MINUTE for minute in self.minutes]
        return row


def end_of(event: Row) -> datetime:
    """When the reported stretch of viewing ended."""
    begin: datetime = event["event_time"]
    return begin + timedelta(seconds=event["watch_seconds"] or 0)


def chains(events: Iterable[Row]) -> list[list[Row]]:
    """The main events, those of one play together and in their order."""
    found: list[list[Row]] = []
    main = [event for event in events if event["kind"] == "main"]
    found += [[event] for event in main if event["time_precision"] == "day"]
    timed = [event for event in main if event["time_precision"] == "second"]
    for (_, _, playback_id), group in grouped(
        timed, lambda event: (event["user_id"], event["title_id"], event["playback_id"])
    ).items():
        pause = PAUSE if playback_id is None else PAUSE_OF_ONE_PLAYBACK
        chain: list[Row] = []
        for event in sorted(group, key=lambda event: (event["event_time"], event["event_id"])):
            if chain and event["event_time"] <= max(map(end_of, chain)) + pause:
                chain.append(event)
            else:
                chain = [event]
                found.append(chain)
    return found


def plays(events: Iterable[Row], titles: dict[str, Row], users: dict[str, Row]) -> list[Play]:
    """All plays of the watch events, by (user, start, play)."""
    found = [_play(chain, titles, users) for chain in chains(events)]
    return sorted(found, key=lambda play: (play.user_id, play.started_at, play.play_id))


def _play(chain: list[Row], titles: dict[str, Row], users: dict[str, Row]) -> Play:
    first = chain[0]
    title = titles.get(first["title_id"])
    user = users.get(first["user_id"])
    told = [event["watch_seconds"] for event in chain if event["watch_seconds"] is not None]
    watch_seconds = total(told) if told else None
    positions = [event["progress"] for event in chain if event["progress"] is not None]
    progress = max(positions) if positions else None
    runtime = None if title is None else runtime_minutes(title)

    reached: float | None = None
    if any(event["action"] == "completed" for event in chain):
        reached = 1.0
    elif progress is not None:
        reached = progress
    elif watch_seconds is not None and runtime is not None:
        reached = watch_seconds / (runtime * 60)

    if watch_seconds is not None:
        starter = reaches(watch_seconds, STARTER_SECONDS)
    elif reached is not None and runtime is not None:
        starter = reaches(reached * (runtime * 60), STARTER_SECONDS)
    else:
        starter = False

    country = first_known(*(event["country"] for event in chain))
    return Play(
        play_id=first["event_id"],
        user_id=first["user_id"],
        title_id=first["title_id"],
        playback_id=first["playback_id"],
        started_at=first["event_time"],
        ended_at=max(map(end_of, chain)),
        time_precision=first["time_precision"],
        events=len(chain),
        watch_seconds=watch_seconds,
        progress=progress,
        reached=reached,
        starter=starter,
        watcher=starter and reached is not None and reaches(reached, 0.7),
        completer=starter and reached is not None and reaches(reached, 0.9),
        quality=first_known(*(event["quality"] for event in chain)),
        country=first_known(country, dimension(user, "country")),
        device=first_known(*(event["device"] for event in chain), "unknown"),
        plan=dimension(user, "plan"),
        content_type=dimension(title, "content_type"),
        genre=dimension(title, "genre"),
        stretches=tuple((event["event_time"], end_of(event)) for event in chain),
        about=title,
    )
