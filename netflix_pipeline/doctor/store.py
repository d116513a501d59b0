"""The store of the lake, where settings name one: proved by experiment."""

from collections.abc import Iterator

from netflix_pipeline.doctor.finding import Finding, warn, well
from netflix_pipeline.object_storage import ObjectStore
from netflix_pipeline.object_storage.proof import prove
from netflix_pipeline.settings import Settings


def store(settings: Settings) -> Iterator[Finding]:
    """Whether it keeps apart what several write at the same time; from then on it is written to.

    The one check that writes: objects of its own, which it deletes, and that it was proved.
    """
    if not settings.lake_address:
        yield well("NETFLIX_LAKE", "no store is named: the tables lie in files of this machine")
        return
    there = ObjectStore.of(settings.lake_address)
    for found in prove(there):
        yield well(there.address, found)
    if there.keeps_versions():
        yield warn(
            there.address,
            "it keeps versions of objects: rows of persons who were erased stay readable in them",
            "let a lifecycle rule of the bucket expire noncurrent versions after a day",
        )
