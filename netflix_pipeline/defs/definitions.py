"""Everything that Dagster knows of the platform, for one home."""

import dagster as dg

from netflix_pipeline.defs.asset_specs import daily
from netflix_pipeline.defs.assets import materialize_job, tables
from netflix_pipeline.defs.build_run import OnBuilt, ignore
from netflix_pipeline.defs.jobs import drain_job, erase_job, take_in_job
from netflix_pipeline.defs.run_locks import marked_executor
from netflix_pipeline.defs.sensors import erasures, events, landing, nightly
from netflix_pipeline.lake import Lake
from netflix_pipeline.settings import Settings


def definitions(settings: Settings, on_built: OnBuilt = ignore) -> dg.Definitions:
    """Assets, checks, jobs, the schedule and the sensors; `on_built` hears of each partition."""
    materialize = materialize_job()
    take_in = take_in_job(settings)
    draining = drain_job(settings)
    erasing = erase_job(settings)
    return dg.Definitions(
        assets=[tables(settings, daily(Lake(settings.lake)), on_built)],
        jobs=[materialize, take_in, draining, erasing],
        schedules=[nightly(settings, materialize)],
        sensors=[
            landing(settings, take_in),
            events(settings, draining),
            erasures(settings, erasing),
        ],
        # Steps of a run share a process: starting one costs more than most runs take.
        executor=marked_executor(),
    )
