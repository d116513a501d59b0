"""Plays and sittings as the clock of a time zone showed when they started."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from netflix_pipeline_tests.reference.published import Published


@cache
def on_clock(known: Published, zone: ZoneInfo) -> Published:
    """The same, with each play and sitting on the day, weekday and hour of the zone.

    A play of which only the day is known keeps it; sittings are the same ones in every zone.
    """
    plays = [
        replace(play, started_at=play.started_at.astimezone(zone))
        if play.time_precision == "second"
        else play
        for play in known.plays
    ]
    sittings = [
        replace(sitting, started_at=sitting.started_at.astimezone(zone))
        for sitting in known.sittings
    ]
    return replace(known, plays=plays, sittings=sittings)
