"""Which days a day of a table is made from, where those are not the same day of one other table."""

import hashlib
from datetime import date, timedelta

from netflix_pipeline.materialize.versions import Versions
from netflix_pipeline.transforms.audience import known_days

WINDOW = 2
"""Days on each side that can touch a day's plays and sittings (an event of at most 24 hours and a
gap of 12 reach no further; what does reach further is recorded by name)."""

MONTH = 30
"""Days that monthly active users look back."""

DAY = timedelta(days=1)

KNOWN_DAYS = "known days"
"""The input of a day's audience that says over how many days back there are data."""


def around(day: date) -> list[date]:
    """The days that can touch a day's chains without reaching far."""
    return [day + DAY * offset for offset in range(-WINDOW, WINDOW + 1)]


def days_between(first: date, last: date) -> list[date]:
    """Every day from first to last."""
    return [first + DAY * offset for offset in range((last - first).days + 1)]


def running_into(versions: Versions, day: date) -> list[date]:
    """The days, that one included, whose plays may run in it."""
    own = [day] if versions.has("silver/plays", day) else []
    return [*versions.plays_running_into().get(day, ()), *own]


def events(versions: Versions, day: date) -> dict[str, str]:
    """The days of events that can touch a day's plays."""
    return versions.inputs("bronze/watch_events", around(day))


def sessions(versions: Versions, day: date) -> dict[str, str]:
    """The days of plays that can touch a day's sittings."""
    reaching = running_into(versions, day - DAY * WINDOW)
    return versions.inputs("silver/plays", sorted({*reaching, *around(day)}))


def data_from(versions: Versions) -> date:
    """The first day with a play; the last that a calendar has where there is none."""
    return next(iter(versions.filled("silver/plays")), date.max)


def watched(versions: Versions) -> list[date]:
    """The days from the first with a play to the last with one, or into which one runs."""
    days = versions.filled("silver/plays")
    if not days:
        return []
    # What other writers put there may tell no ends: then plays end on the day on which they begin.
    reaches = (end - timedelta(microseconds=1) for end in versions.plays_reaches().values())
    last = max((end.date() for end in reaches), default=days[-1])
    return days_between(days[0], max(days[-1], last))


def audience(versions: Versions, day: date) -> dict[str, str]:
    """The month of viewers that a day's audience looks back on, and the plays that run in it."""
    return {
        KNOWN_DAYS: str(known_days(day, data_from(versions))),
        **versions.inputs("gold/user_daily", days_between(day - DAY * (MONTH - 1), day)),
        **versions.inputs("silver/plays", running_into(versions, day)),
    }


def ledger(versions: Versions, day: date) -> dict[str, str]:
    """What the ledger of an arrival day is made from: its batches and their files."""
    batches = versions.arrivals().get(day, [])
    text = "\n".join(f"{batch.batch}:{batch.erased}" for batch in batches)
    return {
        "batches": hashlib.blake2b(text.encode(), digest_size=12).hexdigest(),
        **versions.inputs("bronze/quarantine", [day]),
        **versions.inputs("bronze/duplicates", [day]),
    }


def arrivals(versions: Versions) -> list[date]:
    """The days on which anything arrived."""
    return list(versions.arrivals())
