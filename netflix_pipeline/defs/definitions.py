"""Everything that Dagster knows of the platform, for one home."""

import dagster as dg

from netflix_pipeline.defs.asset_specs import daily
from netflix_pipeline.defs.assets import tables
from netflix_pipeline.defs.jobs import jobs
from netflix_pipeline.defs.resources import OnBuilt, ignore, resources
from netflix_pipeline.defs.retention import old_records, purge_run_history
from netflix_pipeline.defs.run_locks import executor
from netflix_pipeline.defs.sensors import (
    cut_backfills,
    erasures,
    events,
    landing,
    learning,
    monitoring,
    newest_days,
)
from netflix_pipeline.lake import Lake
from netflix_pipeline.settings import Settings


def definitions(settings: Settings, on_built: OnBuilt = ignore) -> dg.Definitions:
    """Assets, checks, jobs, schedules and sensors; `on_built` hears of each partition."""
    cut = bool(settings.broker)  # else one process has it all anyway
    days_a_run = settings.backfill_days if cut else None
    return dg.Definitions(
        assets=[tables(daily(Lake.of(settings)), days_a_run)],
        jobs=[*jobs(), purge_run_history],
        schedules=[newest_days, old_records],
        sensors=[
            landing,
            events,
            erasures,
            learning,
            monitoring,
            *([cut_backfills] if cut else []),
        ],
        resources=resources(settings, on_built),
        executor=executor(processes=settings.stage_processes),
    )
