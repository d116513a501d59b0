"""Dirt: what real files hold beside good rows, a few rows in a hundred.

Some rows arrive days late; others are added: copies, conflicting copies, and rows for each reason
for which ingest rejects one. An added row is a copy of a good one under an id of its own, wrong in
exactly that one way.
"""

import math
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import polars as pl

from netflix_pipeline.contracts import ACTIONS
from netflix_pipeline.generate.distributions import Rng, event_ids
from netflix_pipeline.generate.sittings import DAY_MS

Change = Callable[[pl.DataFrame], pl.DataFrame]

LATE, DUPLICATE, CONFLICT, UPDATE = "late", "duplicate", "conflicting_duplicate", "update"
UNPARSABLE = "unparsable_row"
SHARES = {LATE: 0.01, DUPLICATE: 0.006, CONFLICT: 0.003}
REJECTED_SHARE = 0.0006
"""Share of the rows added for each reason."""
UNKNOWN_ACTION = len(ACTIONS)
_FAR_FUTURE = int(datetime(2999, 1, 1, tzinfo=UTC).timestamp() * 1000)


def _set(**columns: pl.Expr) -> Change:
    return lambda rows: rows.with_columns(
        value.cast(rows.schema[name]).alias(name) for name, value in columns.items()
    )


def _nothing(column: str) -> Change:
    return _set(**{column: pl.lit(None)})


_EVENT = {
    UNPARSABLE: _set(broken=pl.lit(value=True)),
    "missing_user_id": _nothing("user"),
    "bad_event_time": _nothing("time"),
    "event_time_in_future": _set(time=pl.col("time") % DAY_MS + _FAR_FUTURE),
}
_TITLE = {"missing_title_id": _nothing("title")}

REJECTED: dict[str, dict[str, Change]] = {
    "watch_events": {
        **_EVENT,
        **_TITLE,
        "negative_watch_seconds": _set(watched=-1 - pl.col("watched").fill_nan(59)),
        "watch_too_long": _set(watched=pl.col("watched").fill_nan(0) + 86_401),
        "progress_out_of_range": _set(progress=pl.col("progress").fill_nan(0) + 1.5),
        "unknown_action": _set(action=pl.lit(UNKNOWN_ACTION)),
    },
    "search_events": {
        **_EVENT,
        "negative_results_count": _set(results=pl.lit(-1)),
        "bad_clicked_position": _set(clicked=pl.lit(0)),
    },
    "recommendation_events": {**_EVENT, **_TITLE, "missing_clicked": _nothing("clicked")},
    "reviews": {
        **_EVENT,
        **_TITLE,
        "missing_rating": _nothing("rating"),
        "rating_out_of_range": _set(rating=pl.col("rating") + 5),
    },
}
"""For each table of events, the reasons and what makes a row deserve them."""

CONFLICTING: dict[str, Change] = {
    "watch_events": _set(watched=pl.col("watched").fill_nan(30) + 30),
    "search_events": _set(results=pl.col("results") + 1),
    "recommendation_events": _set(clicked=~pl.col("clicked")),
    "reviews": _set(rating=6 - pl.col("rating") - (pl.col("rating") == 3)),
}
"""For each table of events, what another report under the same id says differently."""

DESCRIBED_AGAIN_SHARE = 0.01
UPDATED = {"users": ("plan", "Premium", "Standard"), "titles": ("maturity_rating", "R", "PG-13")}
"""What a newer row of a user or title says differently: column, and two values to swap."""


class Dirt:
    """Dirties one table of events chunk by chunk, and counts what it did by kind."""

    def __init__(self, table: str, rng: Rng) -> None:
        """Dirt of a table of `REJECTED`."""
        self._table = table
        self._rng = rng
        self._seen = 0
        self._shares = {**SHARES, **dict.fromkeys(REJECTED[table], REJECTED_SHARE)}
        self.counts = dict.fromkeys(self._shares, 0)

    def dirtied(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The coded rows with their share of dirt; at least one row of each kind in all."""
        before, self._seen = self._seen, self._seen + len(rows)
        quota = {
            kind: math.ceil(share * self._seen) - math.ceil(share * before)
            for kind, share in self._shares.items()
        }
        for kind, n in quota.items():
            self.counts[kind] += n
        rows = self._delayed(rows, quota[LATE])
        again = self._copies(rows, quota[DUPLICATE])
        conflicts = CONFLICTING[self._table](self._copies(rows, quota[CONFLICT]))
        rejected = [
            change(self._strangers(rows, quota[reason]))
            for reason, change in REJECTED[self._table].items()
        ]
        return pl.concat([rows, again, conflicts, *rejected])

    def _sample(self, rows: pl.DataFrame, n: int) -> pl.DataFrame:
        return rows[np.sort(self._rng.choice(len(rows), n, replace=False))]

    def _delayed(self, rows: pl.DataFrame, n: int) -> pl.DataFrame:
        delay = np.zeros(len(rows), np.int64)
        days = 1 + np.minimum(self._rng.exponential(2.0, n), 10)
        delay[self._rng.choice(len(rows), n, replace=False)] = (days * DAY_MS).astype(np.int64)
        return rows.with_columns(arrival=pl.col("arrival") + delay)

    def _copies(self, rows: pl.DataFrame, n: int) -> pl.DataFrame:
        """Copies of some rows that arrive after them: within a minute, or days later."""
        near, far = self._rng.exponential(20_000, n), self._rng.exponential(5 * DAY_MS, n)
        delay = np.where(self._rng.random(n) < 0.5, near, np.minimum(far, 14 * DAY_MS))
        return self._sample(rows, n).with_columns(
            arrival=pl.col("arrival") + 1 + delay.astype(np.int64)
        )

    def _strangers(self, rows: pl.DataFrame, n: int) -> pl.DataFrame:
        high, low = event_ids(self._rng, n)
        return self._sample(rows, n).with_columns(high=pl.Series(high), low=pl.Series(low))


def dirtied_descriptions(
    table: str, rows: pl.DataFrame, rng: Rng
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Users or titles with dirt, and its counts by kind.

    Some rows stand twice, some are followed by a newer one that says otherwise.
    """
    key = rows.columns[0]
    n = math.ceil(len(rows) * DESCRIBED_AGAIN_SHARE)
    # No row is both doubled and updated: what ingest does with each then stays countable.
    chosen = rng.permutation(len(rows))
    again, newer = rows[np.sort(chosen[:n])], rows[np.sort(chosen[n : 2 * n])]
    column, usual, other = UPDATED[table]
    is_usual = pl.col(column) == usual
    updated = _set(**{column: pl.when(is_usual).then(pl.lit(other)).otherwise(pl.lit(usual))})
    some = math.ceil(len(rows) * REJECTED_SHARE)
    nameless, broken = (
        change(rows[np.sort(rng.choice(len(rows), some, replace=False))])
        for change in (_nothing(key), _EVENT[UNPARSABLE])
    )
    counts = {
        DUPLICATE: len(again),
        UPDATE: len(newer),
        f"missing_{key}": len(nameless),
        UNPARSABLE: len(broken),
    }
    return pl.concat([rows, nameless, again, broken, updated(newer)]), counts
