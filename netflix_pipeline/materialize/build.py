"""Builds the asked partitions of silver and gold, day by day, and stores those that pass."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

import polars as pl

from netflix_pipeline.contracts import contract
from netflix_pipeline.ingest.ledger import ledger
from netflix_pipeline.lake import Lake, Partition
from netflix_pipeline.materialize.pending import (
    DAY,
    INPUTS,
    candidates,
    days_between,
    is_pending,
    pending_rollup,
    rollup_inputs,
    running_into,
    weeks,
)
from netflix_pipeline.materialize.rollups import ROLLUPS
from netflix_pipeline.materialize.tables import (
    DIMENSIONS,
    GOLD_DAILY,
    GOLD_ROLLUPS,
    MONTH,
    SILVER,
    USES_DIMENSIONS,
    code_version,
)
from netflix_pipeline.materialize.versions import Versions
from netflix_pipeline.transforms import audience, plays, sittings
from netflix_pipeline.transforms.activity import activity
from netflix_pipeline.transforms.drop_off import drop_off
from netflix_pipeline.transforms.engagement_daily import engagement_daily
from netflix_pipeline.transforms.ledger_daily import ledger_daily
from netflix_pipeline.transforms.quarantine import quarantine
from netflix_pipeline.transforms.recommendation_daily import recommendation_daily
from netflix_pipeline.transforms.recommendations import recommendations
from netflix_pipeline.transforms.reviews import reviews
from netflix_pipeline.transforms.search_daily import search_daily
from netflix_pipeline.transforms.searches import searches
from netflix_pipeline.transforms.sitting_daily import sitting_daily
from netflix_pipeline.transforms.title_daily import title_daily
from netflix_pipeline.transforms.titles import titles
from netflix_pipeline.transforms.user_daily import user_daily
from netflix_pipeline.transforms.users import users

THREADS = 2
"""Partitions that are computed, and groups that are checked and written, side by side."""

GROUP, GROUP_ROWS = 48, 100_000
"""Partitions, or rows, that are checked together."""


@dataclass(frozen=True)
class Built:
    """What became of one partition.

    `changed` tells whether its rows are other than before; `violations` (column, check, failures,
    example) is empty when it was stored: else its last good version stays, marked stale.
    """

    table: str
    partition: Partition
    rows: int
    version: str
    changed: bool
    seconds: float
    violations: pl.DataFrame


def build(
    lake: Lake, tables: Collection[str], days: Sequence[date] | None, *, only_pending: bool
) -> Iterator[Built]:
    """Build partitions of the named tables and yield each as it is stored.

    Daily tables are built for the given days (None: all that have or had rows below them), weekly
    and whole tables whole. With `only_pending`, what is up to date is left alone. The tables of
    users and titles are brought up to date first, whoever needs them.
    """
    with lake.writing(), ThreadPoolExecutor(THREADS) as pool:
        yield from _Builder(lake, pool, set(tables), days, only_pending=only_pending).build()


@dataclass(frozen=True)
class Draft:
    """A partition that was computed and is not stored yet; `seconds` is what computing took."""

    table: str
    partition: Partition
    frame: pl.DataFrame
    inputs: Mapping[str, str]
    seconds: float
    reach: datetime | None = None


Job = Callable[[], list[Draft]]


class _Builder:
    """One build: the view of the lake that it works from, and what was asked."""

    def __init__(
        self,
        lake: Lake,
        pool: ThreadPoolExecutor,
        tables: set[str],
        days: Sequence[date] | None,
        *,
        only_pending: bool,
    ) -> None:
        self.lake = lake
        self.pool = pool
        self.tables = tables
        self.days = None if days is None else set(days)
        self.only_pending = only_pending
        self.versions = Versions(lake)

    def build(self) -> Iterator[Built]:
        """Everything asked, stage by stage."""
        daily = self.tables - set(DIMENSIONS) - set(GOLD_ROLLUPS)
        for table in DIMENSIONS:
            asked = table in self.tables
            if (daily or asked) and (pending_rollup(self.versions, table) or self._force(table)):
                built = self._store([self._dimension(table)])
                if asked:
                    yield from built
        for table, walk in (("silver/plays", self._plays), ("silver/sessions", self._sessions)):
            if table in self.tables and (asked_days := self._asked(table)):
                yield from self._stored(walk(asked_days))
        for table in SILVER:
            if table in self.tables and table in SAME_DAY:
                yield from self._stored(self._same_day([table]))
        from_plays = [table for table in GOLD_DAILY if table in self.tables & FROM_PLAYS.keys()]
        yield from self._stored(self._same_day(from_plays))
        for table in GOLD_DAILY:
            if table in self.tables and table in SAME_DAY and table not in FROM_PLAYS:
                yield from self._stored(self._same_day([table]))
        if "gold/ledger_daily" in self.tables:
            yield from self._stored(self._ledger())
        if "gold/audience_daily" in self.tables:
            yield from self._stored(self._audience())
        for table in GOLD_ROLLUPS:
            if table in self.tables:
                yield from self._stored(self._rollup(table))

    # -- what is asked ----------------------------------------------------------------------

    def _force(self, table: str) -> bool:
        return not self.only_pending and table in self.tables

    def _asked(self, table: str) -> list[date]:
        days = candidates(self.versions, table)
        if self.days is not None:
            days = [day for day in days if day in self.days]
        if self.only_pending:
            days = [day for day in days if is_pending(self.versions, table, day)]
        return days

    # -- side by side -----------------------------------------------------------------------

    def _computed(self, jobs: Iterable[Job]) -> Iterator[Draft]:
        """What the jobs compute side by side, a few ahead, in their order."""
        running: deque[Future[list[Draft]]] = deque()
        for job in jobs:
            running.append(self.pool.submit(job))
            if len(running) > THREADS:
                yield from running.popleft().result()
        while running:
            yield from running.popleft().result()

    def _stored(self, drafts: Iterable[Draft]) -> Iterator[Built]:
        """Check and store drafts while more are computed: small ones together."""
        running: deque[Future[list[Built]]] = deque()
        for group in _groups(drafts):
            running.append(self.pool.submit(self._store, group))
            if len(running) > THREADS:
                yield from running.popleft().result()
        while running:
            yield from running.popleft().result()

    def _store(self, drafts: list[Draft]) -> list[Built]:
        """Store the partitions that pass their contract; mark what others would replace stale."""
        by_table: dict[str, list[Draft]] = {}
        for draft in drafts:
            by_table.setdefault(draft.table, []).append(draft)
        built = []
        for table, of_table in by_table.items():
            since = time.perf_counter()
            checked = contract(table).violations(*(draft.frame for draft in of_table))
            share = (time.perf_counter() - since) / len(of_table)
            for draft, violations in zip(of_table, checked, strict=True):
                built.append(self._store_one(draft, violations, share))
        return built

    def _store_one(self, draft: Draft, violations: pl.DataFrame, checking: float) -> Built:
        since = time.perf_counter()
        table, partition = draft.table, draft.partition
        before = footer = self.versions.footer(table, partition)
        if violations.is_empty():
            footer = self.lake.replace(
                table,
                partition,
                draft.frame,
                inputs=draft.inputs,
                code=code_version(table),
                reach=draft.reach,
            )
            self.versions.replaced(table, partition, footer)
        elif before is not None:
            self.lake.mark_stale(table, partition, "its contract was broken")
        return Built(
            table,
            partition,
            rows=footer.rows if footer else 0,
            version=footer.version if footer else "",
            changed=footer is not before and (before is None or footer.version != before.version),
            seconds=draft.seconds + checking + time.perf_counter() - since,
            violations=violations,
        )

    # -- users and titles -------------------------------------------------------------------

    def _dimension(self, table: str) -> Draft:
        since = time.perf_counter()
        committed = self.versions.committed
        if table == "silver/users":
            sources, make = ("bronze/users", "bronze/user_mentions"), users
        else:
            sources, make = ("bronze/titles", "bronze/title_mentions"), titles
        fresh = make(*(self.lake.read(source, None, None, committed) for source in sources))
        self._mark_users_of(table, fresh)
        inputs = rollup_inputs(self.versions, table)
        return Draft(table, None, fresh, inputs, time.perf_counter() - since)

    def _mark_users_of(self, table: str, fresh: pl.DataFrame) -> None:
        """Mark the days stale that name a user or title of which something else is said now."""
        key = contract(table).key[0]
        old = self.lake.read(table)
        said = [name for name in fresh.columns if name != key]
        changed = (
            old.join(fresh, on=key, how="left", suffix="_now")
            .filter(
                ~pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}_now")) for name in said)
            )[key]
            .implode()
        )
        if not changed[0].len():
            return
        for source in ("silver/plays", "silver/searches"):
            if key not in contract(source).names:
                continue
            for day in self.versions.partitions(source):
                if self.lake.read(source, day, [key])[key].is_in(changed).any():
                    for dependent in USES_DIMENSIONS[table]:
                        if self.versions.footer(dependent, day) is not None:
                            self.lake.mark_stale(dependent, day, f"{table} changed")

    # -- plays and sittings -----------------------------------------------------------------

    def _plays(self, days: list[date]) -> Iterator[Draft]:
        def read(day: date) -> pl.DataFrame:
            committed = self.versions.committed
            return self.lake.read("bronze/watch_events", day, plays.COLUMNS, committed)

        walked = plays.walk_plays(
            days,
            read,
            self.versions.bronze_reach,
            self.lake.read("silver/titles"),
            self.lake.read("silver/users"),
        )
        return self._walk("silver/plays", "bronze/watch_events", walked)

    def _sessions(self, days: list[date]) -> Iterator[Draft]:
        walked = sittings.walk_sittings(
            days,
            lambda day: self.lake.read("silver/plays", day, sittings.COLUMNS),
            self.versions.plays_reaches(),
            self.lake.read("silver/titles"),
        )
        return self._walk("silver/sessions", "silver/plays", walked)

    def _walk(
        self, table: str, source: str, walked: Iterator[tuple[date, pl.DataFrame, list[date]]]
    ) -> Iterator[Draft]:
        since = time.perf_counter()
        for day, frame, read in walked:
            inputs = {**self.versions.inputs(source, read), **INPUTS[table](self.versions, day)}
            reach = frame["ended_at"].max()
            assert reach is None or isinstance(reach, datetime)
            yield Draft(table, day, frame, inputs, time.perf_counter() - since, reach)
            since = time.perf_counter()

    # -- tables made from the same day of one other -----------------------------------------

    def _same_day(self, tables: list[str]) -> Iterator[Draft]:
        """Tables with one common source: each of its days is read once and all made from it."""
        asked = {table: set(self._asked(table)) for table in tables}
        days = sorted(set().union(*asked.values()))
        dimensions = {
            dimension: self.lake.read(dimension)
            for dimension in DIMENSIONS
            if days and any(table in USES_DIMENSIONS[dimension] for table in tables)
        }

        def make(day: date) -> list[Draft]:
            source, _ = SAME_DAY[tables[0]]
            rows = self.lake.read(source, day, None, self.versions.committed)
            drafts = []
            for table in tables:
                if day in asked[table]:
                    since = time.perf_counter()
                    frame = SAME_DAY[table][1](rows, dimensions)
                    inputs = INPUTS[table](self.versions, day)
                    taken = time.perf_counter() - since
                    drafts.append(Draft(table, day, frame, inputs, taken))
            return drafts

        return self._computed(partial(make, day) for day in days)

    # -- tables of their own kind -----------------------------------------------------------

    def _ledger(self) -> Iterator[Draft]:
        table = "gold/ledger_daily"
        for day in self._asked(table):
            since = time.perf_counter()
            frame = ledger_daily(ledger(self.lake, self.versions.arrivals().get(day, [])))
            inputs = INPUTS[table](self.versions, day)
            yield Draft(table, day, frame, inputs, time.perf_counter() - since)

    def _audience(self) -> Iterator[Draft]:
        table = "gold/audience_daily"
        asked = self._asked(table)
        # A month at a time, so that memory does not grow with the range.
        for start in range(0, len(asked), MONTH):
            since = time.perf_counter()
            days = asked[start : start + MONTH]
            frames = self._audience_of(days)
            taken = (time.perf_counter() - since) / len(days)
            for day in days:
                yield Draft(table, day, frames[day], INPUTS[table](self.versions, day), taken)

    def _audience_of(self, days: list[date]) -> dict[date, pl.DataFrame]:
        built = set(self.versions.partitions("gold/user_daily"))
        viewers = [
            self.lake.read("gold/user_daily", day, ["user_id", "starters"])
            .filter(pl.col("starters") > 0)
            .select(pl.col("user_id").unique(), day=pl.lit(day))
            for day in days_between(days[0] - DAY * (MONTH - 1), days[-1])
            if day in built
        ]
        return audience.audience_daily(
            pl.concat([audience.NO_VIEWERS, *viewers]),
            days,
            {day: audience.peak_concurrent(self._running(day), day) for day in days},
        )

    def _running(self, day: date) -> pl.DataFrame:
        columns = ["started_at", "running"]
        sources = running_into(self.versions, day)
        frames = [self.lake.read("silver/plays", source, columns) for source in sources]
        return pl.concat([contract("silver/plays").empty().select(columns), *frames])

    def _rollup(self, table: str) -> Iterator[Draft]:
        partitions = pending_rollup(self.versions, table)
        if self._force(table):
            partitions = list(weeks(self.versions)) if table == "gold/top10_weekly" else [None]
        if not partitions:
            return
        since = time.perf_counter()
        frames = ROLLUPS[table](self.lake, self.versions)
        taken = (time.perf_counter() - since) / len(partitions)
        for partition in partitions:
            frame = frames.get(partition, contract(table).empty())
            inputs = rollup_inputs(self.versions, table, partition)
            yield Draft(table, partition, frame, inputs, taken)


def _groups(drafts: Iterable[Draft]) -> Iterator[list[Draft]]:
    """The drafts in groups that are worth a check of their own."""
    group: list[Draft] = []
    for draft in drafts:
        group.append(draft)
        if len(group) == GROUP or sum(held.frame.height for held in group) >= GROUP_ROWS:
            yield group
            group = []
    if group:
        yield group


Context = Mapping[str, pl.DataFrame]
Make = Callable[[pl.DataFrame, Context], pl.DataFrame]

FROM_PLAYS: Mapping[str, Make] = {
    "gold/title_daily": lambda rows, dims: title_daily(rows, dims["silver/titles"]),
    "gold/user_daily": lambda rows, _: user_daily(rows),
    "gold/engagement_daily": lambda rows, dims: engagement_daily(rows, dims["silver/titles"]),
    "gold/activity": lambda rows, _: activity(rows),
    "gold/drop_off": lambda rows, _: drop_off(rows),
}

SAME_DAY: Mapping[str, tuple[str, Make]] = {
    **{table: ("silver/plays", make) for table, make in FROM_PLAYS.items()},
    "silver/searches": (
        "bronze/search_events",
        lambda rows, dims: searches(rows, dims["silver/users"]),
    ),
    "silver/recommendations": (
        "bronze/recommendation_events",
        lambda rows, _: recommendations(rows),
    ),
    "silver/reviews": ("bronze/reviews", lambda rows, _: reviews(rows)),
    "silver/quarantine": ("bronze/quarantine", lambda rows, _: quarantine(rows)),
    "gold/sitting_daily": ("silver/sessions", lambda rows, _: sitting_daily(rows)),
    "gold/search_daily": ("silver/searches", lambda rows, _: search_daily(rows)),
    "gold/recommendation_daily": (
        "silver/recommendations",
        lambda rows, _: recommendation_daily(rows),
    ),
}
"""Tables that are made from the same day of one other: that table, and how."""
