"""Equal days: one made-up day again and again, each time with other ids of its events."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from benchmarks.measured import command
from netflix_pipeline.contracts import contract
from netflix_pipeline.materialize.scheduler import even_parts

LAST = date(2026, 10, 31)
A_FILE = 32
"""Days that are in a file together."""


@dataclass(frozen=True)
class Days:
    """So many days in a row."""

    first: date
    count: int

    @property
    def last(self) -> date:
        """The last of them."""
        return self.first + timedelta(days=self.count - 1)

    def behind(self, count: int) -> "Days":
        """So many days that follow them."""
        return Days(self.last + timedelta(days=1), count)

    def parts(self, number: int) -> Iterator["Days"]:
        """They in so many parts, as alike as can be; none is empty."""
        for part in even_parts(range(self.count), number):
            yield Days(self.first + timedelta(days=part[0]), len(part))


@dataclass(frozen=True)
class EqualDays:
    """Files of days that are all alike: where they lie, all days, and the rows of one."""

    folder: Path
    days: Days
    rows_a_day: int


def written(folder: Path, count: int, events: int) -> EqualDays:
    """Write so many days up to `LAST`, each with so many watch events and all that goes with them.

    Users and titles are the same on each.
    """
    one, raw = folder / "one-day", folder / "raw"
    command(
        folder / "none",
        *("generate", str(one), "--json", "--clean", "--format", "parquet", "--seed", "7"),
        *("--days", "1", "--end", LAST.isoformat(), "--events", str(events)),
        *("--users", str(max(events // 10, 10)), "--titles", str(max(events // 100, 10))),
    )
    raw.mkdir()
    rows = 0
    for path in sorted(one.iterdir()):
        frame = pl.read_parquet(path)
        if "event_time" not in frame.columns:
            path.replace(raw / path.name)
            continue
        rows += frame.height
        identity = contract(f"bronze/{path.stem}").key[0]
        for begin in range(0, count, A_FILE):
            those = range(begin, min(begin + A_FILE, count))
            pl.concat(shifted(frame, identity, back) for back in those).write_parquet(
                raw / f"{path.stem}-{begin:04d}.parquet"
            )
    return EqualDays(raw, Days(LAST - timedelta(days=count - 1), count), rows)


def shifted(day: pl.DataFrame, identity: str, back: int) -> pl.DataFrame:
    """The same day so many days before, under other ids: their first four digits tell the day."""
    return day.with_columns(
        pl.concat_str(pl.lit(f"{back:04x}"), pl.col(identity).str.slice(4)).alias(identity),
        pl.col("event_time") - pl.duration(days=back),
    )
