"""The assets, a step a stage: bronze takes rows in, silver and gold are built, all is published.

A step records by itself each partition that it stored, and no other: the output of a table would
count every day of the run's range as materialized, also those that broke. So the steps are those of
a graph, and what one puts out only lets the next begin, also where some days were not published.

What a step needs is imported when it runs: whoever only loads the definitions waits for none of it.
"""

# No `from __future__ import annotations`: Dagster reads the annotations of a step as objects.

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster._core.events import AssetMaterializationPlannedData, DagsterEvent
from dagster._core.storage.tags import BACKFILL_ID_TAG, MAX_RETRIES_TAG

from netflix_pipeline.defs.asset_specs import (
    INTELLIGENCE,
    SNAPSHOT,
    STAGES,
    asset_specs,
    by_day,
    key,
    table_of,
)
from netflix_pipeline.defs.checks import NONE, Check, Reader, check_specs, of_contract
from netflix_pipeline.defs.events import Event, materialized, name_of, partition_key, why_not_stored
from netflix_pipeline.defs.reload import reloading
from netflix_pipeline.defs.resources import BuildScope, LakeResource, OnBuilt, SnapshotResource
from netflix_pipeline.defs.step_counts import counted
from netflix_pipeline.defs.step_events import reported
from netflix_pipeline.defs.traced_runs import step_span
from netflix_pipeline.errors import Transient
from netflix_pipeline.materialize import Built, Versions, pending_days
from netflix_pipeline.settings import Settings

if TYPE_CHECKING:
    from netflix_pipeline.serving import Published

GRAPH = "tables"
DONE = "done"
"""The output that lets the next step begin."""

LIMITED = {"silver": 1, "gold": 3}
"""The steps that keep a limit of days, and how many times: gold has days behind a late one, too."""

BEHIND_ALL = ("rollups", INTELLIGENCE, "snapshot")
"""The steps that look over the whole history: of a backfill that is cut, one run does them."""

DRAIN_EVENTS = "drain_events"
"""The job that takes in the events of the log."""

DAYS_LEFT = "netflix_pipeline/days_left"
"""The tag of a run that leaves days to the next one."""

TOLD = 10
"""Partitions, reasons and files that a failure names; the checks and the log tell all."""

StepEvent = Event | dg.Output[None]


class NotPublished(dg.Failure):
    """Partitions that keep their last good version; all others of the run are published."""

    def __init__(self, partitions: Sequence[Built]) -> None:
        named = ", ".join(name_of(built) for built in partitions[:TOLD])
        more = f" and {len(partitions) - TOLD} more" if len(partitions) > TOLD else ""
        # A file that is torn often breaks several days: it is told once.
        reasons = {why_not_stored(built): name_of(built) for built in reversed(partitions)}
        why = [f"{name}: {reason}" for reason, name in reversed(reasons.items())]
        super().__init__(
            f"not published: {named}{more}. The last good versions stay; each day's checks say "
            "why.\n" + "\n".join(why[:TOLD]),
            allow_retries=False,
        )


class TakeIn(dg.Config):
    """What a run takes in before it builds: files below the landing folder, the log's events."""

    files: list[str] = []  # noqa: RUF012 (a field of its own, as Pydantic has it)
    events: bool = False
    erase: bool = False


class Publish(dg.Config):
    """Whether persons of whom bronze holds nothing any more are taken out of all else."""

    erase: bool = False


def tables(days: dg.DailyPartitionsDefinition, days_a_run: int | None) -> dg.AssetsDefinition:
    """Every table and the snapshot, of which any part can be selected.

    A backfill is a run for each `days_a_run` of its days; None: one for all.
    """
    specs, checks = list(asset_specs(days)), check_specs(days)
    outputs = {spec.key.to_python_identifier(): spec.key for spec in specs}
    check_outputs = {check.get_python_identifier(): check for check in checks}
    told = outputs | {name: check.asset_key for name, check in check_outputs.items()}
    bodies: dict[str, Callable[..., Any]] = {
        "bronze": take_in,
        INTELLIGENCE: speak,
        "snapshot": publish,
    }
    steps = [
        dg.op(
            name=stage,
            ins={} if stage == "bronze" else {"before": dg.In(dg.Nothing)},
            out={
                name: dg.Out(dg.Nothing, is_required=False)
                for name in (*(name for name in told if table_of(told[name]) in of_stage), DONE)
            },
            pool=stage,
        )(reported(counted(bodies.get(stage, build), DONE)))
        for stage, of_stage in STAGES.items()
    ]

    @dg.graph(name=GRAPH, out={name: dg.GraphOut() for name in told})
    def in_order() -> dict[str, Any]:
        made: dict[str, Any] = {}
        before: dict[str, Any] = {}
        for step in steps:
            made |= step(**before)._asdict()
            before = {"before": made.pop(DONE)}
        return made

    return dg.AssetsDefinition(
        node_def=in_order,
        keys_by_output_name=outputs,
        specs=specs,
        check_specs_by_output_name=check_outputs,
        can_subset=True,
        backfill_policy=dg.BackfillPolicy(max_partitions_per_run=days_a_run),
    )


def take_in(
    context: dg.AssetExecutionContext,
    config: TakeIn,
    settings: dg.ResourceParam[Settings],
    lake: LakeResource,
    scope: BuildScope,
    on_built: dg.ResourceParam[OnBuilt],
) -> Iterator[StepEvent]:
    """Bronze: what is asked for is taken in, and what bronze holds is counted.

    Where nothing came that was asked for, the steps behind are skipped.
    """
    from netflix_pipeline.defs.erasing import begin
    from netflix_pipeline.defs.intake import drain, take_files

    failures: list[str] = []
    came = not (config.files or config.events or config.erase)
    with tried_again(context):
        with step_span(context, settings, "take in"), reloading(settings):
            if config.files:
                taken, failures = take_files(settings, config.files, context.log)
                came = taken > 0
            if config.events:
                drain(settings, context.log)
                came = True
            if config.erase:
                erasing = begin(settings)
                came = erasing is not None
                rows = erasing.bronze.rows if erasing else 0
                context.log.info("%d rows of persons who are to be erased are taken out", rows)
        if came:
            yield from build(context, settings, lake, scope, on_built)
    if failures:
        raise dg.Failure("; ".join(failures[:TOLD]), allow_retries=False)


def build(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    lake: LakeResource,
    scope: BuildScope,
    on_built: dg.ResourceParam[OnBuilt],
) -> Iterator[StepEvent]:
    """The selected tables of one stage, from those below them."""
    from netflix_pipeline.defs.build_run import BuildRun

    if left_to_the_last(context, settings):
        yield from ended(context, ())
        return
    with lake.seen(settings) as versions:
        run = BuildRun(
            settings,
            versions,
            tables=selected(context),
            days=asked_days(context) or newest_days(context, versions, scope),
            scope=scope,
            checks=selected_checks(context),
            log=context.log,
            on_built=on_built,
        )
        of_step = f"build {context.op_def.name}"
        with tried_again(context), step_span(context, settings, of_step) as step:
            yield from run.events()
            step.tell({"netflix.partitions.not_stored": len(run.broken)})
    yield from ended(context, run.broken)


def speak(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    lake: LakeResource,
    on_built: dg.ResourceParam[OnBuilt],
) -> Iterator[StepEvent]:
    """What the selected models say at the asked origins, or at that of now; what stands stays."""
    from netflix_pipeline.intelligence.origins import due_origin, make_origins
    from netflix_pipeline.state import annotations_of

    broken: list[Built] = []
    tables = selected(context)
    if tables and not left_to_the_last(context, settings):
        tables_now = lake.open()
        due = due_origin(tables_now)
        origins = asked_days(context) or ([due] if due else [])
        with tried_again(context), step_span(context, settings, "let models speak"):
            for origin in origins:
                if due is None or origin > due:
                    context.log.info("%s has not come yet: there are no rows before it", origin)
                    continue
                for built in make_origins(
                    tables_now, origin, tables, lambda: annotations_of(settings)
                ):
                    on_built(built)
                    if built.good:
                        yield materialized(
                            built.table,
                            origin,
                            rows=built.rows,
                            version=built.version,
                            seconds=round(built.seconds, 3),
                        )
                    else:
                        broken.append(built)
                    yield of_contract(
                        built.table, origin, built.violations, [built.problem] * bool(built.problem)
                    )
    yield from ended(context, broken)


def publish(
    context: dg.AssetExecutionContext,
    config: Publish,
    settings: dg.ResourceParam[Settings],
    lake: LakeResource,
    snapshot: SnapshotResource,
    on_built: dg.ResourceParam[OnBuilt],
) -> Iterator[StepEvent]:
    """The snapshot, from what the lake holds now."""
    from netflix_pipeline.defs.erasing import finish_gone

    damaged: list[Built] = []
    if left_to_the_last(context, settings):
        yield from ended(context, ())
        return
    if selected(context):
        with tried_again(context), step_span(context, settings, "publish") as step:
            published = snapshot.publish(lake.open())
            step.tell({"netflix.snapshot.version": published.version})
            yield from _published(context, published, damaged)
            if config.erase and (erased := finish_gone(settings)):
                context.log.info("%d persons are erased", len(erased.users))
                if erased.failures:
                    raise dg.Failure("; ".join(erased.failures), allow_retries=False)
    for built in damaged:
        on_built(built)
    if selected_checks(context):
        yield from Reader(settings, lake.open()).beyond_contract(SNAPSHOT, [None])
    yield from ended(context, damaged)


def _published(
    context: dg.AssetExecutionContext, published: "Published", damaged: list[Built]
) -> Iterator[StepEvent]:
    """What a publish comes to; partitions that could not be read are noted as damaged."""
    context.log.info("snapshot %d: %d days changed", published.version, published.days_changed)
    for (table, partition), why in published.damaged.items():
        context.log.error("%s %s: not published: %s", table, partition or "", why)
        damaged.append(Built(table, partition, 0, "", False, 0.0, NONE, why))
        yield of_contract(table, partition if by_day(table) else None, NONE, [why])
    yield dg.AssetMaterialization(
        SNAPSHOT.split("/"),
        metadata={
            "version": published.version,
            "path": dg.MetadataValue.path(published.path),
            "days_changed": published.days_changed,
            "built_anew": published.full,
            "megabytes": round(published.path.stat().st_size / 1e6, 1),
            "seconds": round(published.seconds, 3),
        },
        tags={"dagster/data_version": str(published.version)},
    )


def ended(context: dg.AssetExecutionContext, broken: Sequence[Built]) -> Iterator[StepEvent]:
    """What lets the next step begin. Raises NotPublished where partitions were not stored."""
    if DONE in context.op_execution_context.selected_output_names:  # else no step follows
        yield dg.Output(None, DONE)
    for table, name in selected_checks(context):
        # Its results are evaluations by day, which Dagster does not take for its output.
        yield dg.Output(None, dg.AssetCheckSpec(name, asset=key(table)).get_python_identifier())
    for built in broken:
        plan_partition(context, built)
    if broken:
        raise NotPublished(broken)


def left_to_the_last(context: dg.AssetExecutionContext, settings: Settings) -> bool:
    """Whether this is a piece of a backfill, and the stage is one of the run behind all pieces."""
    is_piece = settings.broker and BACKFILL_ID_TAG in context.run.tags and asked_days(context)
    return bool(is_piece) and context.op_def.name in BEHIND_ALL


def selected(context: dg.AssetExecutionContext) -> list[str]:
    """The selected tables of a step, each behind those that it is made from."""
    return [
        table for table in STAGES[context.op_def.name] if key(table) in context.selected_asset_keys
    ]


def selected_checks(context: dg.AssetExecutionContext) -> list[Check]:
    """The selected checks of a step's tables."""
    checks = ((table_of(each.asset_key), each.name) for each in context.selected_asset_check_keys)
    return [check for check in checks if check[0] in STAGES[context.op_def.name]]


@contextmanager
def tried_again(context: dg.AssetExecutionContext) -> Iterator[None]:
    """What may pass by itself has the step tried again, but where whoever started it waits."""
    try:
        yield
    except Transient as error:
        if context.run.tags.get(MAX_RETRIES_TAG) == "0":
            raise
        raise dg.RetryRequested(max_retries=5, seconds_to_wait=30) from error


def plan_partition(context: dg.AssetExecutionContext, built: Built) -> None:
    """Tell that the run was to store this day, also where nobody asked for days.

    What a failed run planned and did not store is shown as a failed partition.
    """
    partition = partition_key(built.table, built.partition)
    if partition is not None:
        planned = AssetMaterializationPlannedData(key(built.table), partition=partition)
        context.instance.report_dagster_event(
            DagsterEvent.build_asset_materialization_planned_event(
                context.job_name, f"{GRAPH}.{context.op_def.name}", planned
            ),
            context.run.run_id,
        )


def asked_days(context: dg.AssetExecutionContext) -> list[date] | None:
    """The days of the run's partition or range; None where it has none: every day."""
    if not (context.has_partition_key or context.has_partition_key_range):
        return None
    keys = context.partition_key_range
    first, last = date.fromisoformat(keys.start), date.fromisoformat(keys.end)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def newest_days(
    context: dg.AssetExecutionContext, versions: Versions, scope: BuildScope
) -> list[date] | None:
    """The pending days of a stage that a run with a limit builds; None for all.

    What it leaves is noted as the run's tag. Where that is no less than the run of the job before
    left, because days cannot be built and stay pending, all are tried.
    """
    most = scope.most_days * LIMITED.get(context.op_def.name, 0)
    days = pending_days(versions, selected(context)) if most else []
    left = len(days) - most
    if left <= 0:
        return None
    run = context.instance.get_run_by_id(context.run.run_id)
    before = days_left(context.instance, but=context.run.run_id)
    if before is not None and left >= before[1]:
        return None
    context.log.info("%d days are left to the next run", left)
    if run is not None and DAYS_LEFT not in run.tags:
        context.instance.add_run_tags(run.run_id, {DAYS_LEFT: str(left)})
    return days[-most:]


def days_left(instance: dg.DagsterInstance, but: str = "") -> tuple[str, int] | None:
    """The newest drain, other than one, and the days that it left; None where it left none."""
    runs = instance.get_runs(dg.RunsFilter(job_name=DRAIN_EVENTS), limit=2)
    newest = next((run for run in runs if run.run_id != but), None)
    left = newest.tags.get(DAYS_LEFT) if newest else None
    return (newest.run_id, int(left)) if newest and left else None
