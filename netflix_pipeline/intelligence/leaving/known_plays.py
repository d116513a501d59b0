"""The plays and people of a lake, as they were known at a moment.

A row is known from its receipt on. One of a bulk load, which a file brought more than 7 days after
its event, says nothing of when it would have come: it counts as known at its event plus the home's
usual lateness, the median of the other rows (0 where there are none).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

import polars as pl

from netflix_pipeline.contracts import CANARY_USER
from netflix_pipeline.intelligence.leaving.features import COLUMNS, known_people
from netflix_pipeline.lake import Lake
from netflix_pipeline.transforms import plays as making
from netflix_pipeline.transforms import silver_tables
from netflix_pipeline.transforms.bulk_loads import OF_A_BULK_LOAD

EVENTS, PLAYS = "bronze/watch_events", "silver/plays"
WHO = ("user_id", "started_at")
AT_ONCE = 30
"""Days whose rows are read together."""
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def midnight(day: date) -> datetime:
    """The moment at which a UTC day begins."""
    return datetime.combine(day, time(), UTC)


class KnownPlays:
    """The plays of a lake as they were known at moments, which are beginnings of UTC days.

    Days all of whose events were known by then are those of silver; the plays of others are made
    anew of the events that were.
    """

    def __init__(self, lake: Lake) -> None:
        """Looks once at when each day's events came."""
        self._lake = lake
        self._committed = lake.committed_batches()
        self.days: Sequence[date] = lake.partitions(PLAYS)
        self.bulk_rows = self.rows = 0
        self._received: dict[date, datetime] = {}
        self._bulk: dict[date, datetime] = {}
        lateness: Counter[int] = Counter()
        for some in _parts(lake.partitions(EVENTS)):
            for part in self._arrivals(some, lateness).iter_rows(named=True):
                day = part["event_date"]
                if part["received"] is not None:
                    self._received[day] = part["received"]
                if part["bulk"] is not None:
                    self._bulk[day] = part["bulk"]
                self.rows += part["rows"]
                self.bulk_rows += part["bulk_rows"]
        self.usual_lateness = _median(lateness)
        self._titles: pl.DataFrame | None = None
        self._users: pl.DataFrame | None = None
        self._starts: pl.DataFrame | None = None

    def _arrivals(self, days: Sequence[date], lateness: Counter[int]) -> pl.DataFrame:
        columns = ("user_id", "event_time", "kind", "source", "received_at")
        rows = self._lake.read_days(EVENTS, days, columns, self._committed).filter(
            pl.col("kind") == "main", pl.col("user_id") != CANARY_USER
        )
        late = rows.filter(~OF_A_BULK_LOAD).select(
            pl.col("received_at").sub(pl.col("event_time")).dt.total_seconds().value_counts()
        )
        for counted in late.to_series().to_list():
            lateness[counted["received_at"]] += counted["count"]
        return rows.group_by("event_date").agg(
            received=pl.col("received_at").filter(~OF_A_BULK_LOAD).max(),
            bulk=pl.col("event_time").filter(OF_A_BULK_LOAD).max(),
            rows=pl.len(),
            bulk_rows=OF_A_BULK_LOAD.sum(),
        )

    def _known_by(self, day: date) -> datetime:
        """From when on all events of a day are known."""
        bulk = self._bulk.get(day)
        moments = [self._received.get(day), bulk and bulk + self.usual_lateness]
        return max((moment for moment in moments if moment), default=midnight(day)) + SECOND

    def plays(
        self, known_at: date, first: date, until: date, columns: Sequence[str] = COLUMNS
    ) -> pl.DataFrame:
        """The plays that started from `first` on and before `until`, known when `known_at` begins.

        Columns are some of silver/plays; rows are in no order.
        """
        moment = midnight(known_at)
        days = [day for day in self.days if first <= day < until]
        whole = [day for day in days if self._known_by(day) <= moment]
        rows = [self._lake.read_days(PLAYS, some, columns) for some in _parts(whole)]
        parts = [part.select(columns) for part in rows]
        partly = sorted(set(days) - set(whole))
        parts += [self._remade(some, moment).select(columns) for some in _stretches(partly)]
        return pl.concat(parts) if parts else self._lake.read_days(PLAYS, [], columns)

    def _remade(self, days: Sequence[date], moment: datetime) -> pl.DataFrame:
        """The plays that started on neighbouring days, of the events known at a moment."""
        around = making.REACH_DAYS * DAY
        read = list(self._reading(days[0] - around, days[-1] + around))
        columns = (*making.COLUMNS, "source", "received_at")
        events = self._lake.read_days(EVENTS, read, columns, self._committed)
        known = (
            pl.when(OF_A_BULK_LOAD)
            .then(pl.col("event_time") + self.usual_lateness)
            .otherwise(pl.col("received_at"))
        )
        chained = making.chain(events.filter(known < moment).select(making.COLUMNS))
        if self._titles is None or self._users is None:
            self._titles = self._lake.read("silver/titles")
            self._users = self._lake.read("silver/users")
        made = making.plays(chained, self._titles, self._users)
        return made.filter(
            pl.col("started_at").is_between(
                midnight(days[0]), midnight(days[-1] + DAY), closed="left"
            )
        )

    def _reading(self, first: date, last: date) -> Iterator[date]:
        return (day for day in self._lake.partitions(EVENTS) if first <= day <= last)

    def starts(self, known_at: date) -> pl.DataFrame:
        """When each play before a moment started that was known at it: user_id, started_at."""
        if self._starts is None:
            parts = [self._lake.read_days(PLAYS, some, WHO) for some in _parts(self.days)]
            self._starts = (
                pl.concat(parts).rechunk() if parts else self._lake.read(PLAYS, None, WHO)
            )
        moment = midnight(known_at)
        before = [day for day in self.days if day < known_at]
        partly = [day for day in before if self._known_by(day) > moment]
        day = pl.col("started_at").dt.date()
        whole = self._starts.filter(pl.col("started_at") < moment, ~day.is_in(partly)).select(WHO)
        return pl.concat(
            [whole, *(self._remade(some, moment).select(WHO) for some in _stretches(partly))]
        )

    def people(self, known_at: date, starts: pl.DataFrame) -> pl.DataFrame:
        """What was known of each user at a moment, as `known_people` gives it.

        The newest row that was received by then tells country and plan; where all came later, the
        first of them. Whether somebody is a customer is in no row that could be relied on: rows of
        users say it as of their export.
        """
        rows = self._lake.read("bronze/users", None, None, self._committed)
        known = rows.filter(pl.col("received_at") < midnight(known_at))
        told = silver_tables.newest(known, "user_id")
        later = rows.join(told, on="user_id", how="anti").sort(silver_tables.ARRIVAL)
        profiles = pl.concat([told, later.unique("user_id", keep="first")])
        return known_people(profiles, starts)


def _parts(days: Sequence[date]) -> Iterator[Sequence[date]]:
    return (days[first : first + AT_ONCE] for first in range(0, len(days), AT_ONCE))


def _stretches(days: Sequence[date]) -> list[list[date]]:
    """Days in order, those that follow one another together."""
    stretches: list[list[date]] = []
    for day in days:
        if stretches and day - stretches[-1][-1] == DAY:
            stretches[-1].append(day)
        else:
            stretches.append([day])
    return stretches


def _median(seconds: Counter[int]) -> timedelta:
    """The median of counted seconds; 0 of none."""
    half = seconds.total() / 2
    so_far = 0
    for each in sorted(seconds):
        so_far += seconds[each]
        if so_far >= half:
            return timedelta(seconds=max(each, 0))
    return timedelta()
