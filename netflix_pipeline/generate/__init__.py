"""Sample data: a made-up streaming service whose viewers behave like people."""

from netflix_pipeline.generate.behaviour import Behaviour
from netflix_pipeline.generate.generator import GeneratedFiles, generate
from netflix_pipeline.generate.writing import Format

__all__ = ["Behaviour", "Format", "GeneratedFiles", "generate"]
