"""Takes rows into bronze: each is stored, a duplicate, or in quarantine with its reasons."""

from netflix_pipeline.ingest.batches import Manifest, latest_receipt, manifests
from netflix_pipeline.ingest.drain import (
    drain,
    drain_home,
    drained,
    is_of_others,
    is_worth_draining,
)
from netflix_pipeline.ingest.identity_migration import renewed
from netflix_pipeline.ingest.ingest import FileResult, Trial, ingest_paths, try_paths
from netflix_pipeline.ingest.ledger import differences, ledger
from netflix_pipeline.ingest.lost_rows import lost_rows

__all__ = [
    "FileResult",
    "Manifest",
    "Trial",
    "differences",
    "drain",
    "drain_home",
    "drained",
    "ingest_paths",
    "is_of_others",
    "is_worth_draining",
    "latest_receipt",
    "ledger",
    "lost_rows",
    "manifests",
    "renewed",
    "try_paths",
]
