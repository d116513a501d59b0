"""The lake: named Parquet tables in Hive layout, replaced atomically, one partition at a time."""

from netflix_pipeline.lake.footer import Footer
from netflix_pipeline.lake.lake import Lake
from netflix_pipeline.lake.layout import Partition
from netflix_pipeline.lake.locks import exclusive, shared

__all__ = ["Footer", "Lake", "Partition", "exclusive", "shared"]
