"""Persons who were erased after a backup was made are erased again from what is restored of it.

Of who was erased only a keyed hash is kept. So every id in the restored home is hashed, and those
that are known are marked once more: then they are erased as anybody else.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from netflix_pipeline.backup.listing import ErasedPersons
from netflix_pipeline.erasing import erase_files
from netflix_pipeline.eventlog import Record, existing_log
from netflix_pipeline.ingest import manifests
from netflix_pipeline.ingest.erasing import OF_USERS, users_of
from netflix_pipeline.ingest.erasure_filter import left_of_damaged
from netflix_pipeline.ingest.log_batches import DAMAGED
from netflix_pipeline.lake import Lake
from netflix_pipeline.persons import Marked
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import ErasureMark, ErasureMarks, open_erasures

SLACK = timedelta(hours=1)
"""By how much clocks of those who erase and those who back up may differ."""


def reapply_erasures(settings: Settings, erased: ErasedPersons, begun: datetime) -> list[str]:
    """Mark in a restored home whoever was erased by now; returns the ids that it holds of them.

    `begun` is when the backup was begun: of whom nothing was left well before, it holds nothing.
    Their rows leave `landed` and `refused` here, where ids may be that are nowhere else; all else
    is for the erasure that these marks ask for. Raises DamagedFile.
    """
    told = {each.person: ErasureMark(each.marked_at, each.done_at) for each in erased.persons}
    with open_erasures(settings) as erasures:
        # A database elsewhere was not restored: it may know more, and is not made to know less.
        erasures.take_over(ErasureMarks(erased.key, told), lift=not settings.state_database)
        marks = erasures.marks()
        late = [
            person
            for person, mark in marks.persons.items()
            if (done := told.get(person, mark).done_at) is None or done > begun - SLACK
        ]
        if not late:
            return []
        marked = Marked(marks.key, late)
        ids = sorted({*_in_bronze(settings, marked), *_in_log(settings, marked)})
        erase_files(settings, marked)
        erasures.mark(ids, again=True)
    return ids


def _in_bronze(settings: Settings, marked: Marked) -> Iterator[str]:
    """The ids of marked persons that stand in rows, and in what waits in quarantine."""
    lake = Lake.of(settings)
    batches = {manifest.batch: manifest for manifest in manifests(lake)}
    for name in (*OF_USERS, "user_mentions"):
        table = f"bronze/{name}"
        for partition in lake.every_partition(table):
            for file in lake.batch_files(table, partition, set(batches)):
                users = Lake.read_file(table, file, ["user_id"])["user_id"]
                yield from marked.matching(users.drop_nulls().unique())
    table = "bronze/quarantine"
    for day in lake.every_partition(table):
        for file in lake.batch_files(table, day, set(batches)):
            rows = Lake.read_file(table, file, ["raw", "reasons"])
            batch = batches[file.name.split(".", 1)[0]]
            yield from marked.matching(filter(None, users_of(batch, rows["raw"].to_list())))
            for raw, reasons in rows.iter_rows():
                texts = left_of_damaged(raw) if DAMAGED in reasons else [raw.encode()]
                for text in texts:
                    yield from marked.ids_in(text.decode(errors="replace"))


def _in_log(settings: Settings, marked: Marked) -> Iterator[str]:
    """Those that stand in the event log, where that was restored."""
    if settings.event_log:
        return
    with existing_log(settings) as log:
        after = 0
        while log is not None and (records := log.read(after)):
            after = records[-1].offset
            for record in records:
                for line in record.lines if isinstance(record, Record) else ():
                    yield from marked.ids_in(line.decode(errors="replace"))
