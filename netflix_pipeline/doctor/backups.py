"""The backups of a home, as it knows of them: their target is not asked."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from netflix_pipeline.doctor.finding import Finding, bad, warn, well
from netflix_pipeline.settings import Settings
from netflix_pipeline.status import backup_status

OLD = timedelta(hours=26)
"""One is made each night."""


def backup(settings: Settings) -> Iterator[Finding]:
    """How old the newest is that is whole, and what went wrong since."""
    told = backup_status(settings)
    if told is None:
        yield well(settings.root, "no backup is set up: netflix-pipeline backup TARGET makes one")
        return
    again = "mend that, then netflix-pipeline backup"
    for problem in told["problems"]:
        yield bad("the backups", problem, again)
    made = told["made_at"]
    if made is None:
        yield warn(told["target"], "no backup was made yet", "netflix-pipeline backup")
        return
    age = datetime.now(UTC) - made
    what = f"the last verified backup is of {made:%Y-%m-%d %H:%M:%S} UTC"
    if age > OLD:
        hours = age / timedelta(hours=1)
        yield warn(told["target"], f"{what}, {hours:,.0f} hours ago", "netflix-pipeline backup")
    else:
        yield well(told["target"], what)
