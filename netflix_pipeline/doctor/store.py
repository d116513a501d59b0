"""The store of the lake, where settings name one: proved by experiment, and what is in it."""

from collections.abc import Iterator

from netflix_pipeline.doctor.finding import Finding, bad, warn, well
from netflix_pipeline.lake.lake_files import STAGES
from netflix_pipeline.lake.layout import CACHE
from netflix_pipeline.lake.object_inventory import Inventory
from netflix_pipeline.object_storage import ObjectStore
from netflix_pipeline.object_storage.proof import prove
from netflix_pipeline.settings import Settings


def store(settings: Settings) -> Iterator[Finding]:
    """Whether it keeps apart what several write at the same time; from then on it is written to.

    The one check that writes: objects of its own, which it deletes, and that it was proved.
    """
    yield from _left(settings)
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
    yield from objects(there)


def objects(there: ObjectStore) -> Iterator[Finding]:
    """Whether all objects are there that the lake names, and which nothing names."""
    inventory = Inventory(there)
    gone = {table: lost for table in inventory.tables() if (lost := inventory.lost(table))}
    for table, lost in gone.items():
        first = min(entry.key(table, name) for name, entry in lost.items())
        yield bad(
            f"{there.address}/{table}",
            f"{len(lost)} objects are gone that the lake names, such as {first}",
            "netflix-pipeline doctor --repair puts back what this machine keeps, and builds the "
            "rest of silver and gold anew; of bronze the rest is on another machine that worked "
            "with it, or in the backup",
        )
    if not gone:
        yield well(there.address, "all objects are there that its tables name")
    if unnamed := inventory.unnamed():
        size = sum(each.size for each in unnamed)
        yield warn(
            there.address,
            f"{len(unnamed)} objects of more than a day ago that nothing names, of "
            f"{size / 1e6:,.1f} MB: a writer was killed before they counted",
            "netflix-pipeline purge takes them away; Dagster does so each night",
        )


def _left(settings: Settings) -> Iterator[Finding]:
    """What lies in the home since the lake was moved: who is erased stays in it."""
    names = STAGES if settings.lake_address else (CACHE,)
    if left := [name for name in names if (settings.lake / name).exists()]:
        yield warn(
            settings.lake,
            f"{', '.join(left)} lie there since the lake was moved, and nobody is erased from them",
            "remove them once the lake is well where NETFLIX_LAKE says that it lies",
        )
