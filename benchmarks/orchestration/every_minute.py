"""The code location of a home, with a night that begins every minute."""

import dagster as dg

from netflix_pipeline.defs.definitions import definitions
from netflix_pipeline.defs.sensors import newest_days
from netflix_pipeline.settings import Settings

settings = Settings()
settings.keep_private()
newest_days._cron_schedule = "* * * * *"  # noqa: SLF001 - else one would wait for the night
defs: dg.Definitions = definitions(settings)
