"""Objects under keys: in a bucket that speaks S3, or in a folder."""

from netflix_pipeline.object_storage.store import (
    BadStoreAddress,
    Listed,
    NoObject,
    ObjectStore,
    Stored,
    StoreRefuses,
    StoreUnavailable,
)

__all__ = [
    "BadStoreAddress",
    "Listed",
    "NoObject",
    "ObjectStore",
    "StoreRefuses",
    "StoreUnavailable",
    "Stored",
]
