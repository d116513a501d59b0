"""Asset checks: every table's contract, the ledger's sum, the log's events, who is described."""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import dagster as dg
import polars as pl
from dagster._record import replace

from netflix_pipeline.contracts import VIOLATIONS, contract, contracts, missing_rows
from netflix_pipeline.defs.asset_specs import BRONZE, SNAPSHOT, by_day, key
from netflix_pipeline.defs.events import CONTRACT, checked, partition_key, violation_table
from netflix_pipeline.errors import DamagedFile, noted
from netflix_pipeline.lake import Lake, Partition
from netflix_pipeline.materialize import Versions
from netflix_pipeline.settings import Settings
from netflix_pipeline.transforms.several_days import EVENT_DATE

if TYPE_CHECKING:
    from netflix_pipeline.ingest.reconciliation import Agreement

Check = tuple[str, str]
"""A table and the name of one of its checks."""

Finding = tuple[bool, Mapping[str, dg.MetadataValue | float | str]]
"""Whether a check passed, and what it tells."""

OF_CONTRACT = (
    "Every row keeps the table's contract. A day that does not is not published: its last good "
    "version stays."
)

BRONZE_CHECKS = frozenset((table, CONTRACT) for table in BRONZE)
"""Ingest only stores good rows: these are for looking again, not part of every run."""

NONE = VIOLATIONS.to_frame()
"""No violations."""


def of_contract(
    table: str, day: date | None, violations: pl.DataFrame, problems: Sequence[str] = ()
) -> dg.AssetCheckEvaluation:
    """Whether a partition keeps its contract, with what breaks it, or why it is not there."""
    failures = int(violations["failures"].sum()) if violations.height else 0
    if not (failures or problems):
        # Of years there are tens of thousands, which Dagster would look at anew one by one.
        return replace(_kept(table), partition=partition_key(table, day))
    metadata: dict[str, dg.MetadataValue | float | str] = {"failures": failures}
    if failures:
        metadata["violations"] = violation_table(violations)
    if problems:
        metadata["not_built"] = "\n".join(problems[:10])
    return checked(table, CONTRACT, day, passed=False, metadata=metadata)


@cache
def _kept(table: str) -> dg.AssetCheckEvaluation:
    return checked(table, CONTRACT, None, passed=True, metadata={"failures": 0})


class Reader:
    """The checks that read what is stored in a home."""

    def __init__(self, settings: Settings, lake: Lake) -> None:
        self.settings = settings
        self.lake = lake

    def beyond_contract(
        self, table: str, days: Sequence[Partition]
    ) -> Iterator[dg.AssetCheckEvaluation]:
        """The further checks of some partitions, each of which looks at all of them together."""
        for check in FURTHER:
            if check[0] == table:
                yield from self._look_further(check, days)

    def _look_further(
        self, check: Check, days: Sequence[Partition]
    ) -> Iterator[dg.AssetCheckEvaluation]:
        from netflix_pipeline.eventlog import LogUnavailable
        from netflix_pipeline.state import StateUnavailable

        further = FURTHER[check]
        try:
            found = list(further.look(self, days))
        except (DamagedFile, LogUnavailable, StateUnavailable) as error:
            if len(days) == 1:
                told = {"not_checked": str(error)}
                yield checked(*check, days[0], passed=False, metadata=told)
                return
            for day in days:  # one of them keeps nothing of the others untold
                yield from self._look_further(check, [day])
            return
        for day, (passed, metadata) in zip(days, found, strict=True):
            yield checked(*check, day, passed=passed, metadata=metadata, warn=further.warn)

    def look_again(
        self, check: Check, days: Sequence[date] | None
    ) -> Iterator[dg.AssetCheckEvaluation]:
        """A check that is asked for by itself: of the days given, or of all that is stored."""
        table, name = check
        partitions: Sequence[Partition] = [None]
        if contract(table).partition != "whole":
            partitions = self.lake.partitions(table)
            if by_day(table) and days is not None:
                partitions = days
        if name != CONTRACT:
            for day in partitions:
                yield from self._look_further(check, [day])
            return
        # A table that Dagster knows as a whole has one result of all its partitions.
        parts: list[Sequence[Partition]] = (
            [[day] for day in partitions] if by_day(table) else [partitions]
        )
        for together in parts:
            broken, unreadable = [NONE], list[str]()
            for partition in together:
                with noted(unreadable, DamagedFile):
                    broken += contract(table).violations(self.lake.read(table, partition))
            day = together[0] if by_day(table) else None
            yield of_contract(table, day, pl.concat(broken), unreadable)

    def ledger_adds_up(self, days: Sequence[date]) -> Iterator[Finding]:
        """Which rows of days of arrival are unaccounted for."""
        missing = (
            self._rows_of("gold/ledger_daily", days)
            .select(EVENT_DATE, "source", "table", missing=missing_rows())
            .filter(pl.col("missing") != 0)
        )
        told: dict[date, dict[str, str]] = {}
        for day, source, table, rows in missing.iter_rows():
            told.setdefault(day, {})[f"{source} {table}"] = f"{rows} rows missing"
        for day in days:
            yield day not in told, told.get(day, {})

    def live_agrees(self, days: Sequence[date]) -> Iterator[Finding]:
        """What the event log and bronze say of the events of days."""
        from netflix_pipeline.ingest.reconciliation import Agreement

        for day in days:
            agrees = self._agreement.get(day, Agreement())
            yield not agrees.unexplained, asdict(agrees)

    def all_described(self, days: Sequence[date]) -> Iterator[Finding]:
        """Events of days whose user or title no source describes."""
        events: dict[str, dict[date, int]] = {name: {} for name in self._undescribed}
        if any(unknown.len() for unknown in self._undescribed.values()):
            plays = self._rows_of("silver/plays", days, [*self._undescribed, "events"])
            for name, unknown in self._undescribed.items():
                of_unknown = plays.filter(pl.col(name).is_in(unknown.implode()))
                counts = of_unknown.group_by(EVENT_DATE).agg(pl.col("events").sum())
                events[name] = dict(counts.iter_rows())
        for day in days:
            users, titles = (events[name].get(day, 0) for name in ("user_id", "title_id"))
            told = {"events_of_unknown_users": users, "events_of_unknown_titles": titles}
            yield not (users or titles), told

    @cached_property
    def _agreement(self) -> "dict[date, Agreement]":
        from netflix_pipeline.eventlog import existing_log
        from netflix_pipeline.ingest.erasure_filter import erased
        from netflix_pipeline.ingest.reconciliation import agreement

        with existing_log(self.settings) as log:
            if log is None:
                return {}
            return agreement(
                self.lake,
                log,
                datetime.now(UTC),
                erased(self.settings),
                self.settings.oldest_event,
            )

    def _rows_of(
        self, table: str, days: Sequence[date], columns: Sequence[str] | None = None
    ) -> pl.DataFrame:
        return Versions(self.lake, committed=set()).rows_of_days(table, days, columns)

    def newest_day_is_recent(self, _: Sequence[None]) -> Iterator[Finding]:
        """How far back the newest day with plays lies: older days that are built change nothing."""
        filled = (
            day
            for day in reversed(self.lake.partitions("silver/plays"))
            if (footer := self.lake.footer("silver/plays", day)) and footer.rows
        )
        newest, most = next(filled, date.min), self.settings.fresh_days
        behind = (datetime.now(UTC).date() - newest).days
        yield not most or behind <= most, {"newest_day": str(newest), "days_behind": behind}

    @cached_property
    def _undescribed(self) -> dict[str, pl.Series]:
        return {
            name: self.lake.read(table, None, [name, "described"]).filter(~pl.col("described"))[
                name
            ]
            for table, name in (("silver/users", "user_id"), ("silver/titles", "title_id"))
        }


@dataclass(frozen=True)
class Further:
    """A check beside the contract: what it is about, and what it finds of each partition."""

    doc: str
    look: Callable[[Reader, Sequence[Any]], Iterator[Finding]]
    warn: bool = False


FURTHER: Mapping[Check, Further] = {
    ("gold/ledger_daily", "adds_up"): Further(
        "received = stored + duplicate + quarantined + erased, for every source and table.",
        Reader.ledger_adds_up,
    ),
    ("gold/ledger_daily", "live_agrees_with_batch"): Further(
        "Every main watch event that the event log still holds and bronze has taken over is stored "
        "with the same seconds, or known as a duplicate or conflict of one stored before.",
        Reader.live_agrees,
    ),
    ("silver/plays", "users_and_titles_are_described"): Further(
        "Events whose user or title no source describes: they count, but lack a name.",
        Reader.all_described,
        warn=True,
    ),
    (SNAPSHOT, "newest_day_is_recent"): Further(
        "The newest day with plays lies no more than NETFLIX_FRESH_DAYS back. Whatever else is "
        "built or published, such as a backfill of older days, does not make it pass.",
        Reader.newest_day_is_recent,
    ),
}
"""The checks that some tables have beside their contract."""


def check_specs(days: dg.DailyPartitionsDefinition) -> list[dg.AssetCheckSpec]:
    """Every check, by day where its table is."""
    told = {(table, CONTRACT): OF_CONTRACT for table in contracts()}
    told |= {check: further.doc for check, further in FURTHER.items()}
    with warnings.catch_warnings():
        # Checks by day are marked as a preview; a new Dagster is tried before it is taken.
        warnings.simplefilter("ignore", dg.PreviewWarning)
        return [
            dg.AssetCheckSpec(
                name,
                asset=key(table),
                description=doc,
                partitions_def=days if by_day(table) else None,
            )
            for (table, name), doc in told.items()
        ]
