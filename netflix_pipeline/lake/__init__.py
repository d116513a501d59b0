"""The lake: named Parquet tables in Hive layout, replaced atomically, one partition at a time."""

from netflix_pipeline.lake.batch_ranges import Range, ranges
from netflix_pipeline.lake.lake import Lake, Replacement
from netflix_pipeline.lake.layout import Partition
from netflix_pipeline.lake.locks import Lock, at_once, exclusive, holders, holding, shared
from netflix_pipeline.lake.parquet_files import (
    DamagedTable,
    Footer,
    content_version,
    kept_footer,
    read_footer,
    telling_damage,
    tells_damage,
)
from netflix_pipeline.lake.shares import WHOLE, Sharding, Share
from netflix_pipeline.lake.sorted_parts import SortedParts

__all__ = [
    "WHOLE",
    "DamagedTable",
    "Footer",
    "Lake",
    "Lock",
    "Partition",
    "Range",
    "Replacement",
    "Sharding",
    "Share",
    "SortedParts",
    "at_once",
    "content_version",
    "exclusive",
    "holders",
    "holding",
    "kept_footer",
    "ranges",
    "read_footer",
    "shared",
    "telling_damage",
    "tells_damage",
]
