"""Takes persons out of what stands beside the lake: files that landed, what Dagster recorded."""

from netflix_pipeline.erasing.files import ErasedFile, erase_file, erase_files
from netflix_pipeline.erasing.history import HistoryBusy, erase_history

__all__ = ["ErasedFile", "HistoryBusy", "erase_file", "erase_files", "erase_history"]
