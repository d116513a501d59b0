"""The assets: one step that materializes any of the tables, for any days."""

# No `from __future__ import annotations`: Dagster reads the annotations of a step as objects.

from collections.abc import Iterator
from datetime import date, timedelta

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition as Job,
)

from netflix_pipeline.defs.checks import BRONZE_CHECKS, check_specs
from netflix_pipeline.defs.tables import asset_specs, key, table_of
from netflix_pipeline.defs.walk import Event, OnBuilt, Walk, ignore
from netflix_pipeline.settings import Settings

STEP = "tables"


class Asked(dg.Config):
    """How much of the selected tables and days is built, and whether empty days are recorded."""

    only_pending: bool = False
    empty_days: bool = True


def tables(
    settings: Settings, days: dg.DailyPartitionsDefinition, on_built: OnBuilt = ignore
) -> dg.AssetsDefinition:
    """Every table and the snapshot as one step, of which any part can be selected.

    One step, because only then it may record exactly the days that it built: see `record`.
    """

    @dg.multi_asset(
        name=STEP,
        specs=list(asset_specs(days)),
        check_specs=check_specs(days),
        can_subset=True,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def step(context: dg.AssetExecutionContext, config: Asked) -> Iterator[Event]:
        yield from Walk(
            settings,
            tables={table_of(asset) for asset in context.selected_asset_keys},
            days=asked_days(context),
            only_pending=config.only_pending,
            empty_days=config.empty_days,
            checks={
                (table_of(check.asset_key), check.name)
                for check in context.selected_asset_check_keys
            },
            log=context.log.info,
            on_built=on_built,
        ).events()

    return step


def asked_days(context: dg.AssetExecutionContext) -> list[date] | None:
    """The days of the run's partition or range; None where it has none: every day."""
    if not (context.has_partition_key or context.has_partition_key_range):
        return None
    asked = context.partition_key_range
    first, last = date.fromisoformat(asked.start), date.fromisoformat(asked.end)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def materialize_job() -> Job:
    """Everything: what the command and the schedule run."""
    looked_at_by_hand = [dg.AssetCheckKey(key(table), name) for table, name in BRONZE_CHECKS]
    return dg.define_asset_job(
        "materialize",
        selection=dg.AssetSelection.all() - dg.AssetSelection.checks(*looked_at_by_hand),
        description="Builds silver and gold from bronze and publishes the snapshot. Without a "
        "range it looks at every day; `only_pending` leaves alone what is up to date.",
    )
