"""Asset checks: every table's contract, the ledger's sum, the log's events, who is described."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from functools import cached_property

import dagster as dg
import polars as pl

from netflix_pipeline.contracts import contract, contracts
from netflix_pipeline.contracts.outcomes import missing_rows
from netflix_pipeline.defs.asset_specs import by_day, key
from netflix_pipeline.defs.events import (
    CONTRACT,
    DESCRIBED,
    LEDGER,
    LIVE,
    checked,
    violation_table,
)
from netflix_pipeline.errors import DamagedFile
from netflix_pipeline.eventlog import LogUnavailable, existing_log
from netflix_pipeline.ingest.erasure_filter import erased
from netflix_pipeline.ingest.reconciliation import Agreement, agreement
from netflix_pipeline.lake import Lake, Partition
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import StateUnavailable

Check = tuple[str, str]
"""A table and the name of one of its checks."""

LEDGER_CHECK: Check = ("gold/ledger_daily", LEDGER)
LIVE_CHECK: Check = ("gold/ledger_daily", LIVE)
DESCRIBED_CHECK: Check = ("silver/plays", DESCRIBED)

DESCRIPTIONS = {
    CONTRACT: "Every row keeps the table's contract. A day that does not is not published: its "
    "last good version stays.",
    LEDGER: "received = stored + duplicate + quarantined + erased, for every source and table.",
    LIVE: "Every main watch event that the event log still holds and bronze has taken over is "
    "stored with the same seconds, or known as a duplicate or conflict of one stored before.",
    DESCRIBED: "Events whose user or title no source describes: they count, but lack a name.",
}

BRONZE_CHECKS = frozenset(
    (name, CONTRACT)
    for name, table_contract in contracts().items()
    if table_contract.stage == "bronze"
)
"""Ingest only stores good rows: these are for looking again, not part of every run."""

NONE = pl.DataFrame(
    schema={"column": pl.String, "check": pl.String, "failures": pl.Int64, "example": pl.String}
)
"""No violations."""

CHECKS: tuple[Check, ...] = (
    *((name, CONTRACT) for name in contracts()),
    LEDGER_CHECK,
    LIVE_CHECK,
    DESCRIBED_CHECK,
)


def check_specs(days: dg.DailyPartitionsDefinition) -> list[dg.AssetCheckSpec]:
    """Every check, by day where its table is."""
    with warnings.catch_warnings():
        # Checks by day are marked as a preview; a new Dagster is tried before it is taken.
        warnings.simplefilter("ignore", dg.PreviewWarning)
        return [
            dg.AssetCheckSpec(
                name,
                asset=key(table),
                description=DESCRIPTIONS[name],
                partitions_def=days if by_day(table) else None,
            )
            for table, name in CHECKS
        ]


def of_contract(
    table: str, day: date | None, violations: pl.DataFrame, problems: Sequence[str] = ()
) -> dg.AssetCheckEvaluation:
    """Whether a partition keeps its contract, with what breaks it, or why it is not there."""
    failures = int(violations["failures"].sum()) if violations.height else 0
    metadata: dict[str, dg.MetadataValue | float | str] = {"failures": failures}
    if failures:
        metadata["violations"] = violation_table(violations)
    if problems:
        metadata["not_built"] = "\n".join(problems[:10])
    return checked(table, CONTRACT, day, passed=not (failures or problems), metadata=metadata)


def untouched(check: Check) -> dg.AssetCheckEvaluation:
    """Nothing was built that the check looks at: all of it stands as it passed."""
    return checked(*check, None, passed=True, metadata={"partitions": 0})


class Reader:
    """The checks that read what is stored in a home."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.lake = Lake(settings.lake)

    def beyond_contract(self, table: str, day: date | None) -> Iterator[dg.AssetCheckEvaluation]:
        """The further checks of a partition."""
        looks = {
            LEDGER_CHECK: self._ledger_adds_up,
            LIVE_CHECK: self._live_agrees,
            DESCRIBED_CHECK: self._all_described,
        }
        for check, look in looks.items():
            if check[0] == table:
                try:
                    yield look(day)
                except (DamagedFile, LogUnavailable, StateUnavailable) as error:
                    yield checked(*check, day, passed=False, metadata={"not_checked": str(error)})

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
                for violation in self.beyond_contract(table, day):
                    if violation.check_name == name:
                        yield violation
            return
        broken, unreadable = [NONE], list[str]()
        for day in partitions:
            problems: list[str] = []
            violations = NONE
            try:
                (violations,) = contract(table).violations(self.lake.read(table, day))
            except DamagedFile as error:
                problems.append(str(error))
            if by_day(table):
                yield of_contract(table, day, violations, problems)
            else:
                broken.append(violations)
                unreadable += problems
        if not by_day(table):
            yield of_contract(table, None, pl.concat(broken), unreadable)

    def _ledger_adds_up(self, day: date | None) -> dg.AssetCheckEvaluation:
        missing = (
            self.lake.read("gold/ledger_daily", day)
            .select("source", "table", missing=missing_rows())
            .filter(pl.col("missing") != 0)
        )
        return checked(
            *LEDGER_CHECK,
            day,
            passed=missing.is_empty(),
            metadata={
                f"{row[0]} {row[1]}": f"{row[2]} rows missing" for row in missing.iter_rows()
            },
        )

    def _live_agrees(self, day: date | None) -> dg.AssetCheckEvaluation:
        agrees = self._agreement.get(day or date.min, Agreement())
        return checked(*LIVE_CHECK, day, passed=not agrees.unexplained, metadata=asdict(agrees))

    @cached_property
    def _agreement(self) -> dict[date, Agreement]:
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

    def _all_described(self, day: date | None) -> dg.AssetCheckEvaluation:
        events = {
            name: int(
                self.lake.read("silver/plays", day, [name, "events"])
                .filter(pl.col(name).is_in(unknown.implode()))["events"]
                .sum()
            )
            if unknown.len()
            else 0
            for name, unknown in self._undescribed.items()
        }
        return checked(
            *DESCRIBED_CHECK,
            day,
            passed=not any(events.values()),
            metadata={
                "events_of_unknown_users": events["user_id"],
                "events_of_unknown_titles": events["title_id"],
            },
            warn=True,
        )

    @cached_property
    def _undescribed(self) -> dict[str, pl.Series]:
        return {
            name: self.lake.read(table, None, [name, "described"]).filter(~pl.col("described"))[
                name
            ]
            for table, name in (("silver/users", "user_id"), ("silver/titles", "title_id"))
        }
