"""What the fixtures of the event log give."""

from collections.abc import Callable

from netflix_pipeline.eventlog import EventLog

Open = Callable[[], EventLog]
Damage = Callable[[int, bytes], None]
