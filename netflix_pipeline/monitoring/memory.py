"""How much memory a process of the API or the dashboard needs, when all that it keeps is full."""

from netflix_pipeline.settings import Settings

# Measured; a test measures again.
PROGRAM = 200 * 2**20
"""The program itself, its threads, and what one request needs."""
KNOWN_EVENT = 190
"""Bytes for each identity of the setting: half as many more may be kept for a while."""
VIEWER = 160
TITLE = 220
"""Bytes of a title in each of 60 minutes, its part of the sum of all minutes included."""
PERSON = 220
SNAPSHOTS = 2
"""A new snapshot is made ready beside the one that is asked."""


def most_memory(settings: Settings) -> dict[str, int]:
    """Bytes at the most, by what takes them."""
    return {
        "program": PROGRAM,
        "known_events": settings.known_events * KNOWN_EVENT,
        "live_viewers": settings.live_viewers * VIEWER,
        "live_titles": 60 * settings.live_titles * TITLE,
        "kept_answers": settings.kept_megabytes * 2**20,
        "people": SNAPSHOTS * settings.people_in_memory * PERSON,
        "queries": SNAPSHOTS * settings.query_megabytes * 2**20,
    }
