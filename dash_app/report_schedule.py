"""When reports are due, on the clock of a time zone. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from netflix_pipeline.serving.query.periods import A_DAY, WeekStart, begin_of


def last_due(
    every: str, hour: int, zone: ZoneInfo, now: datetime, week_start: WeekStart = "monday"
) -> datetime:
    """The last moment up to now at which a report was due, in UTC.

    Each day, on the first day of each week or of each month, from the hour on.
    """
    today = now.astimezone(zone).date()
    first = today if every == "day" else begin_of(today, every, week_start)
    due = _moment(first, hour, zone)
    if due > now:
        before = first - A_DAY
        first = before if every == "day" else begin_of(before, every, week_start)
        due = _moment(first, hour, zone)
    return due


def _moment(day: date, hour: int, zone: ZoneInfo) -> datetime:
    # An hour that a clock leaves out is the one after it.
    local = datetime.combine(day, time(), zone) + timedelta(hours=hour)
    return local.replace(tzinfo=zone).astimezone(UTC)
