"""Looks at all that a home needs, says what is not well and what to do, and mends what it may.

Looking changes nothing, not even what opening would: no file is made, set aside or taken up. But
for the store of a lake, which is proved by writing to it.
"""

from netflix_pipeline.doctor.examination import CHECKS, examine
from netflix_pipeline.doctor.finding import Finding
from netflix_pipeline.doctor.repair import repair

__all__ = ["CHECKS", "Finding", "examine", "repair"]
