"""The assets: one step that materializes any of the tables, for any days."""

# No `from __future__ import annotations`: Dagster reads the annotations of a step as objects.

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition as Job,
)
from dagster._core.events import AssetMaterializationPlannedData, DagsterEvent

from netflix_pipeline.defs.asset_specs import asset_specs, key, table_of
from netflix_pipeline.defs.build_run import BuildRun, Event, OnBuilt, ignore
from netflix_pipeline.defs.checks import BRONZE_CHECKS, check_specs
from netflix_pipeline.defs.events import partition_key
from netflix_pipeline.materialize import Built
from netflix_pipeline.settings import Settings

STEP = "tables"
MATERIALIZE = "materialize"
"""The job for everything."""


class NotPublished(dg.Failure):
    """Partitions that keep their last good version; all others of the run are published."""

    def __init__(self, partitions: Sequence[Built]) -> None:
        named = ", ".join(f"{built.table} {built.partition or ''}".rstrip() for built in partitions)
        super().__init__(
            f"not published: {named}. Their checks say why; the last good versions stay.",
            allow_retries=False,
        )


class BuildConfig(dg.Config):
    """How much of the selected tables and days is built, and whether empty days are recorded."""

    only_pending: bool = False
    empty_days: bool = True


def tables(
    settings: Settings, days: dg.DailyPartitionsDefinition, on_built: OnBuilt = ignore
) -> dg.AssetsDefinition:
    """Every table and the snapshot as one step, of which any part can be selected.

    One step, because only then it may record exactly the days that it built: see `events`.
    """

    @dg.multi_asset(
        name=STEP,
        specs=list(asset_specs(days)),
        check_specs=check_specs(days),
        can_subset=True,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def step(
        context: dg.AssetExecutionContext, config: BuildConfig
    ) -> Iterator[Event | dg.Output[None]]:
        broken: list[Built] = []

        def note(built: Built) -> None:
            on_built(built)
            if not built.good:
                broken.append(built)
                plan_partition(context, built)

        yield from BuildRun(
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
            on_built=note,
        ).events()
        for check in context.selected_asset_check_keys:
            # Its results are evaluations by day, which Dagster does not take for its output.
            yield dg.Output(None, check_output(check))
        if broken:
            raise NotPublished(broken)

    return step


def check_output(check: dg.AssetCheckKey) -> str:
    """The output that stands for a check in the step."""
    return dg.AssetCheckSpec(check.name, asset=check.asset_key).get_python_identifier()


def plan_partition(context: dg.AssetExecutionContext, built: Built) -> None:
    """Tell that the run is to store this day, also where nobody asked for days.

    What a failed run planned and did not store is shown as a failed partition.
    """
    partition = partition_key(built.table, built.partition)
    if partition is not None:
        planned = AssetMaterializationPlannedData(key(built.table), partition=partition)
        context.instance.report_dagster_event(
            DagsterEvent.build_asset_materialization_planned_event(context.job_name, STEP, planned),
            context.run.run_id,
        )


def asked_days(context: dg.AssetExecutionContext) -> list[date] | None:
    """The days of the run's partition or range; None where it has none: every day."""
    if not (context.has_partition_key or context.has_partition_key_range):
        return None
    keys = context.partition_key_range
    first, last = date.fromisoformat(keys.start), date.fromisoformat(keys.end)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def materialize_job() -> Job:
    """Everything: what the command and the schedule run."""
    looked_at_by_hand = [dg.AssetCheckKey(key(table), name) for table, name in BRONZE_CHECKS]
    return dg.define_asset_job(
        MATERIALIZE,
        selection=dg.AssetSelection.all() - dg.AssetSelection.checks(*looked_at_by_hand),
        description="Builds silver and gold from bronze and publishes the snapshot. Without a "
        "range it looks at every day; `only_pending` leaves alone what is up to date.",
    )
