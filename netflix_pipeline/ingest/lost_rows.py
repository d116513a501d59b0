"""How many rows of a batch are lost with their files: none is opened while all are there."""

from collections.abc import Iterator

from netflix_pipeline.ingest.batches import Manifest, manifest
from netflix_pipeline.ingest.ledger import differences, ledger
from netflix_pipeline.lake import Lake, Partition, at_once
from netflix_pipeline.settings import Settings


def lost_rows(settings: Settings, batch: str) -> int | None:
    """How many rows the ledger of a batch misses, where one of its files is gone.

    None where that cannot be told now, because somebody takes in, who may remove files. Raises
    DamagedFile where the manifest or another file of the batch cannot be read.
    """
    lake = Lake.of(settings)
    told = manifest(lake, batch)
    if told is None or all(_is_there(lake, batch, *place) for place in _places(told)):
        return 0
    # A file may be gone because all of its rows were erased: then the ledger adds up.
    with at_once(settings.root / "ingest.lock") as alone:
        if not alone:
            return None
        told = manifest(lake, batch)
        if told is None or batch not in lake.committed_batches():
            return 0
        return int(differences(ledger(lake, [told]))["missing"].abs().sum())


def _places(told: Manifest) -> Iterator[tuple[str, Partition]]:
    """Where files of a batch lie that has rows."""
    if told.stored:
        yield from ((f"bronze/{told.table}", day) for day in told.days or (None,))
    arrived = told.received_at.date()
    if told.duplicate:
        yield "bronze/duplicates", arrived
    if told.quarantined:
        yield "bronze/quarantine", arrived


def _is_there(lake: Lake, batch: str, table: str, partition: Partition) -> bool:
    """Whether the batch's own file stands there, or the one that holds those that were merged."""
    if (lake.folder(table, partition) / f"{batch}.parquet").exists():
        return True
    files = lake.batch_files(table, partition, {batch})
    return any(not file.name.startswith(f"{batch}.r") for file in files)
