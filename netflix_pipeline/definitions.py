"""The code location that workspace.yaml names."""

from netflix_pipeline.defs.definitions import definitions
from netflix_pipeline.settings import Settings

settings = Settings()
settings.keep_private()
defs = definitions(settings)
