"""Foreign files into our contracts: one small module a format, and a registry that knows them."""

from netflix_pipeline.sources.chunk import Chunk, Options, Part, Raw
from netflix_pipeline.sources.dates import Order
from netflix_pipeline.sources.files import find_files
from netflix_pipeline.sources.format_detection import Skipped, open_all, open_file
from netflix_pipeline.sources.formats.mapping import Mapping
from netflix_pipeline.sources.registry import SOURCES
from netflix_pipeline.sources.source_file import SourceFile, parse_raw

__all__ = [
    "SOURCES",
    "Chunk",
    "Mapping",
    "Options",
    "Order",
    "Part",
    "Raw",
    "Skipped",
    "SourceFile",
    "find_files",
    "open_all",
    "open_file",
    "parse_raw",
]
