"""What was watched, by series and day, as it was known at any moment.

A play is known from the day on which its first event was received. Rows of a bulk load came long
after what they tell of: they are known after the time that the home's rows usually take.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from netflix_pipeline.contracts.origins import FORECAST_METRICS, LEVELS
from netflix_pipeline.lake import Lake
from netflix_pipeline.transforms.bulk_loads import OF_A_BULK_LOAD

PLAYS, EVENTS, ARRIVALS = "silver/plays", "bronze/watch_events", "gold/arrival_daily"
COLUMNS = ("user_id", "title_id", "watch_seconds", "starter", "country", "device", "genre")
TOTAL = "all"
"""The key of the series of everything."""

PEOPLE_DAYS = 28
"""Days over which the people of a series are counted."""
FEWEST_PEOPLE = 10
"""No series of fewer people is forecast: what it says could be about one of them."""
AT_ONCE = 16
"""Days of plays that are looked at together: bounds memory."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass
class Level:
    """The series of one level: their keys, and amounts by metric, series and day.

    `late` are amounts that came after their day: series, day, the day on which they were received,
    and the amount. `seen` are the days on which people watched: series, day, user (by number).
    """

    keys: list[str]
    amounts: dict[str, Floats]
    late: dict[str, tuple[Ints, Ints, Ints, Floats]]
    seen: tuple[Ints, Ints, Ints] = field(repr=False)

    def known(self, metric: str, at: int) -> Floats:
        """The amounts (series × days) of the `at` days before an origin, as known then."""
        amounts = self.amounts[metric][:, :at].copy()
        series, day, received, amount = self.late[metric]
        later = (received >= at) & (day < at)
        np.subtract.at(amounts, (series[later], day[later]), amount[later])
        return np.maximum(amounts, 0.0)

    def people(self, at: int) -> Ints:
        """By series, who watched any of it in the 28 days before an origin."""
        series, day, user = self.seen
        of_days = (day < at) & (day >= at - PEOPLE_DAYS)
        pairs = np.unique(series[of_days] * (1 + user.max(initial=0)) + user[of_days])
        return np.bincount(pairs // (1 + user.max(initial=0)), minlength=len(self.keys))


@dataclass(frozen=True)
class Known:
    """The levels of a home, over so many days from the first one with plays on."""

    first: date
    days: int
    levels: Mapping[str, Level]
    reconstructed: float
    """The share of rows that a bulk load brought."""

    def index(self, day: date) -> int:
        """How many days lie before one."""
        return (day - self.first).days

    def share_in(self, metric: str, at: int, lags: int = 7) -> Floats:
        """Which share of a day's amount is usually known by the end of the n-th day after it."""
        total = self.levels["total"]
        _, day, received, amount = total.late[metric]
        days = slice(max(0, at - PEOPLE_DAYS - lags), max(0, at - lags))
        whole = float(total.known(metric, at)[0, days].sum())
        missing = np.zeros(lags)
        recent = (day >= days.start) & (day < days.stop) & (received < at)
        after = np.clip(received[recent] - day[recent], 0, lags)
        for lag in range(lags):
            missing[lag] = amount[recent][after > lag].sum()
        return 1.0 - missing / whole if whole > 0 else np.ones(lags)

    def amounts(self, level: str, metric: str, at: int) -> Floats:
        """What was known at an origin, the newest days scaled up by what is usually still to come.

        `at` is how many days lie before the origin. A day of which less than half is usually known
        is left as if it were like the same weekday of the week before.
        """
        amounts = self.levels[level].known(metric, at)
        for lag, share in enumerate(self.share_in(metric, at)[:at]):
            if share >= 0.5:
                amounts[:, at - 1 - lag] /= share
            elif at > 7:
                amounts[:, at - 1 - lag] = amounts[:, at - 8 - lag]
        return amounts


def known(lake: Lake, until: date, since: date = date.min) -> Known | None:
    """What was watched before a day, and not before `since`; None where nothing was."""
    days = [day for day in lake.partitions(PLAYS) if since <= day < until]
    if not days:
        return None
    first, length = days[0], (until - days[0]).days
    arrivals = _arrivals(lake, days)
    runtimes = lake.read("silver/titles", None, ["title_id", "entry_runtime_minutes"])
    users = pl.DataFrame(schema={"user_id": pl.String})
    parts: dict[str, list[pl.DataFrame]] = defaultdict(list)
    for plays in _plays(lake, days, arrivals):
        new = plays.select("user_id").unique(maintain_order=True)
        users = pl.concat([users, new.join(users, on="user_id", how="anti")])
        numbered = users.with_row_index("user")
        rows = plays.join(runtimes, on="title_id", how="left").join(numbered, on="user_id")
        rows = rows.select(
            (pl.col("event_date") - first).dt.total_days().alias("day"),
            (pl.col("received") - first).dt.total_days().alias("received"),
            pl.col("user").cast(pl.Int64),
            pl.lit(TOTAL).alias("total"),
            *(pl.col(name).cast(pl.String) for name in LEVELS[1:4]),
            pl.col("title_id").alias("title"),
            (pl.col("watch_seconds").fill_null(0) / 3600).alias("hours_viewed"),
            (pl.col("watch_seconds") / 60 / pl.col("entry_runtime_minutes"))
            .fill_null(0)
            .alias("views"),
            pl.lit(1.0).alias("plays"),
            "starter",
        )
        for level in LEVELS:
            parts[level].append(_cells(rows, level))
    levels = {level: _level(pl.concat(parts[level]), length) for level in LEVELS}
    return Known(first, length, levels, arrivals.reconstructed)


def _cells(rows: pl.DataFrame, level: str) -> pl.DataFrame:
    """By series, day and user: amounts by the day on which they were received."""
    return (
        rows.rename({level: "key"})
        .group_by("key", "day", "user", "received")
        .agg(pl.col("hours_viewed", "views", "plays").sum(), pl.col("starter").any())
    )


def _level(cells: pl.DataFrame, length: int) -> Level:
    keys = cells["key"].unique().sort()
    numbers = pl.DataFrame({"key": keys, "series": np.arange(len(keys), dtype=np.int64)})
    cells = cells.join(numbers, on="key").drop("key")
    shape = len(keys), length
    amounts, late = dict[str, Floats](), dict[str, tuple[Ints, Ints, Ints, Floats]]()
    viewers = (
        cells.filter("starter")
        .group_by("series", "day", "user")
        .agg(pl.col("received").min())
        .with_columns(viewers=pl.lit(1.0))
    )
    for metric in FORECAST_METRICS:
        rows = viewers if metric == "viewers" else cells
        summed = rows.group_by("series", "day").agg(pl.col(metric).sum())
        matrix = np.zeros(shape)
        matrix[summed["series"].to_numpy(), summed["day"].to_numpy()] = summed[metric].to_numpy()
        amounts[metric] = matrix
        behind = rows.filter(pl.col("received") > pl.col("day"))
        behind = behind.group_by("series", "day", "received").agg(pl.col(metric).sum())
        series, day, received = (behind[n].to_numpy() for n in ("series", "day", "received"))
        late[metric] = series, day, received, behind[metric].to_numpy()
    pairs = cells.select("series", "day", "user").unique()
    series, day, user = (pairs[name].to_numpy() for name in ("series", "day", "user"))
    return Level(keys.to_list(), amounts, late, (series, day, user))


@dataclass(frozen=True)
class _Arrivals:
    """The days with rows that came after them, the share of bulk, and how late rows usually are."""

    late: frozenset[date]
    reconstructed: float
    usual_days: int


def _arrivals(lake: Lake, days: Sequence[date]) -> _Arrivals:
    counts = lake.read_days(ARRIVALS, [d for d in days if lake.path(ARRIVALS, d).exists()])
    counts = counts.with_columns(own=pl.col("rows") - pl.col("bulk_rows"))
    own = counts.filter(pl.col("own") > 0).sort("within_hours")
    usual = 0
    if own.height:
        middle = own["own"].cum_sum().search_sorted(own["own"].sum() / 2)
        usual = -(-int(own["within_hours"][int(middle)]) // 24)
    late = own.filter(pl.col("within_hours") > 0)["event_date"].unique().to_list()
    rows = int(counts["rows"].sum())
    return _Arrivals(frozenset(late), int(counts["bulk_rows"].sum()) / rows if rows else 0.0, usual)


def _plays(lake: Lake, days: Sequence[date], arrivals: _Arrivals) -> Iterator[pl.DataFrame]:
    """The plays of some days at a time, with the day on which each was received."""
    usual = timedelta(days=arrivals.usual_days)
    for at in range(0, len(days), AT_ONCE):
        some = days[at : at + AT_ONCE]
        late = [day for day in some if day in arrivals.late]
        columns = ["play_id", *COLUMNS] if late else [*COLUMNS]
        plays = lake.read_days(PLAYS, some, columns)
        received = pl.col("event_date")
        if late:
            events = lake.read_days(
                EVENTS, late, ["event_id", "event_time", "source", "received_at"]
            )
            came = (
                pl.when(OF_A_BULK_LOAD)
                .then(pl.col("event_date") + usual)
                .otherwise(pl.col("received_at").dt.date())
            )
            times = events.select("event_id", came=came)
            plays = plays.join(times, left_on="play_id", right_on="event_id", how="left")
            received = pl.max_horizontal(pl.col("came").fill_null(received), received)
        yield plays.with_columns(received=received)
