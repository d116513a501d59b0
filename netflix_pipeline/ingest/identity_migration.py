"""What an earlier release stored gets the ids of this one, once, before anything is taken in.

Rows are read as they would be today (`migrated_rows`): their ids are trimmed, those that today's
rules refuse go to quarantine, and those that turn out to be the same are sorted out as if they
arrived now, in their order. All of it counts at once (`lake.revision`), and every batch's ledger
stays exact: no row is received or lost.
"""

import dataclasses
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

import polars as pl

from netflix_pipeline.atomic_write import write_bytes
from netflix_pipeline.contracts import contract
from netflix_pipeline.ingest.batches import BATCH_OF_ROW, Manifest, manifests
from netflix_pipeline.ingest.dedup_lookup import reach
from netflix_pipeline.ingest.fault_isolation import Failures
from netflix_pipeline.ingest.log_batches import REQUEST
from netflix_pipeline.ingest.migrated_rows import (
    MigratedPartition,
    RowMigration,
    migrated_partition,
)
from netflix_pipeline.ingest.validation_rules import key, payload
from netflix_pipeline.lake import Lake, Partition, exclusive
from netflix_pipeline.lake.layout import REVISED
from netflix_pipeline.lake.revision import Revision, put_in_place
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources.formats.http_events import SOURCE
from netflix_pipeline.sources.formats.netflix_export import ACTIVITY
from netflix_pipeline.sources.missing_values import without_missing
from netflix_pipeline.sources.source_file import as_raw

log = logging.getLogger(__name__)

IDENTITIES = 2
"""Which identities stored rows have: 1 were those of the first release."""

TABLES = ("watch_events", "search_events", "recommendation_events", "reviews", "users", "titles")
MENTIONS = {"user_mentions": "user_id", "title_mentions": "title_id"}
APART = ("duplicates", "quarantine")
LINEAGE = ("source", "received_at", "batch", "line")
FILE = "\0file"

Became = Mapping[tuple[str, Partition], Mapping[str, str]]
"""By table and event day, which identities became which."""


@contextmanager
def taking_in(settings: Settings, waiting: Callable[[], None] | None = None) -> Iterator[Lake]:
    """The lake, for who has the ingest's lock alone; stored rows have the ids of this release.

    `waiting` is called once when another ingest must end first.
    """
    lake = Lake.of(settings)
    with exclusive(settings.root / "ingest.lock", waiting), lake.ingesting(waiting):
        _renew(settings, lake)
        yield lake


def renewed(settings: Settings, waiting: Callable[[], None] | None = None) -> None:
    """See to it that stored rows have the ids of this release, before something is made of them."""
    lake = Lake.of(settings)
    if lake.revision.exists() or (_identities(lake) < IDENTITIES and lake.standing_batches()):
        with taking_in(settings, waiting):
            pass


def _renew(settings: Settings, lake: Lake) -> None:
    """Give stored rows the identities of this release, if they have others.

    Cut off anywhere, the next call begins anew, or goes
    on where all of it counted already. A file that cannot be read is left as it is, and told; the
    next call tries again.
    """
    put_in_place(lake)
    if _identities(lake) >= IDENTITIES:
        return
    failures = Failures()
    renewal = _Renewal(settings, lake, failures)
    renewal.look()
    document = _told(1 if failures.told else IDENTITIES)
    if failures.told:
        log.warning("some stored rows keep the ids of an earlier release: %s", failures)
    if renewal.revision.is_empty:
        write_bytes(_mark(lake), document)
        return
    log.warning(
        "%s stored rows get the ids of this release, once: %s of them are told as duplicates, "
        "%s wait in quarantine. What is made of them will be built again",
        f"{renewal.rows:,}",
        *(f"{sum(rows.height for rows in renewal.moved[name]):,}" for name in APART),
    )
    renewal.revision.write(_mark(lake), document)
    renewal.revision.commit()


def rename(lake: Lake, became: Mapping[date, Mapping[str, str]]) -> None:
    """Give stored watch events of some days other ids, and their duplicates with them."""
    name, table, revision = "watch_events", "bronze/watch_events", Revision(lake)
    for day, ids in became.items():
        for file in lake.batch_files(table, day):
            rows = Lake.read_file(table, file, contract(table).names)
            named = rows.with_columns(pl.col(key(name)).replace(dict(ids)))
            if not named.equals(rows):
                revision.replace(file, named, reach(table, named))
    renamed: Became = {(name, day): ids for day, ids in became.items()}
    for file, rows in _renamed_repeats(lake, renamed, lake.committed_batches()):
        revision.replace(file, rows)
    revision.write(_mark(lake), _told(_identities(lake)))
    revision.commit()


def _mark(lake: Lake) -> Path:
    return lake.folder("bronze") / REVISED


def _told(identities: int) -> bytes:
    return json.dumps({"identities": identities}).encode()


def _identities(lake: Lake) -> int:
    with suppress(FileNotFoundError, ValueError, KeyError, TypeError):
        return int(json.loads(_mark(lake).read_bytes())["identities"])
    return 1


def _renamed_repeats(
    lake: Lake, became: Became, committed: set[str]
) -> Iterator[tuple[Path, pl.DataFrame]]:
    """The files of duplicates in which identities became others, with their rows then."""
    table = "bronze/duplicates"
    if not became:
        return
    for arrived in lake.partitions(table):
        for file in lake.batch_files(table, arrived, committed):
            rows = Lake.read_file(table, file, contract(table).names)
            repeats = zip(rows["table"], rows["identity_date"], rows["identity"], strict=True)
            named = [became.get((name, day), {}).get(known, known) for name, day, known in repeats]
            identities = pl.Series("identity", named, pl.String)
            if not identities.equals(rows["identity"]):
                yield file, rows.with_columns(identities)


class _Renewal:
    """One look at all of bronze; what is to be changed is in its `revision`.

    `moved` are the rows that turned out to be duplicates, and those that go to quarantine; `rows`
    counts all that change.
    """

    def __init__(self, settings: Settings, lake: Lake, failures: Failures) -> None:
        self.revision = Revision(lake)
        self.rows = 0
        self._lake = lake
        self._failures = failures
        self._batches: dict[str, Manifest] = {
            manifest.batch: manifest
            for manifest in manifests(
                lake, lake.committed_batches(), lambda error: failures.note("a manifest", error)
            )
        }
        for name in APART:
            for arrived in lake.partitions(f"bronze/{name}"):
                self._leave_torn(name, arrived)
        self.moved = {name: [contract(f"bronze/{name}").empty()] for name in APART}
        self._losing: set[str] = set()
        self._named: dict[Path, pl.DataFrame] = {}
        self._became: dict[tuple[str, Partition], Mapping[str, str]] = {}
        titles = [frame for _, frame in self._read("title_mentions", None)]
        self._reading = RowMigration(settings, self._batches, titles, self._with_seconds())

    def look(self) -> None:
        """Look at every table."""
        for name in TABLES:
            for day in self._lake.every_partition(f"bronze/{name}"):
                self._partition(name, day)
        for name in MENTIONS:
            for file, frame in self._read(name, None):
                self._mentions(name, file, frame)
        self._apart()

    def _leave_torn(self, name: str, arrived: Partition) -> None:
        """Leave batches as they are of whose rows that are not stored a file cannot be read."""
        files = self._lake.batch_files(f"bronze/{name}", arrived, set(self._batches))
        read = {file for file, _ in self._read(name, arrived)}
        for file in set(files) - read:
            self._batches.pop(file.name.split(".", 1)[0], None)

    def _read(self, name: str, day: Partition) -> list[tuple[Path, pl.DataFrame]]:
        """The files of a partition that can be read, with their rows."""
        table, parts = f"bronze/{name}", []
        for file in self._lake.batch_files(table, day, set(self._batches)):
            with self._failures.ends(str(file)):
                parts.append((file, Lake.read_file(table, file, contract(table).names)))
        return parts

    def _with_seconds(self) -> set[str]:
        """The batches of Netflix rows of which some start at other than a whole minute."""
        names = set()
        table, columns = "bronze/watch_events", ["event_time"]
        for batch, manifest in self._batches.items():
            for day in manifest.days if manifest.source == ACTIVITY else ():
                for file in self._lake.batch_files(table, day, {batch}):
                    with self._failures.ends(str(file)):
                        times = Lake.read_file(table, file, columns)["event_time"]
                        if (times.dt.second() != 0).any():
                            names.add(batch)
        return names

    def _partition(self, name: str, day: Partition) -> None:
        if not (parts := self._read(name, day)):
            return
        stored = pl.concat(
            rows.with_columns(pl.lit(number).alias(FILE)) for number, (_, rows) in enumerate(parts)
        )
        read, became = stored, None
        with self._failures.ends(f"bronze/{name} {day or ''}".strip()):
            read = self._reading.today(name, stored)
            became = migrated_partition(name, day, stored, read)
        if became is None:
            return
        self.rows += became.differing.len()
        self._became[name, day] = became.became
        self._note(name, day, stored, read, became)
        table = contract(f"bronze/{name}")
        stays = ~pl.int_range(read.height, eager=True).is_in(became.leaving.implode())
        rest = read.filter(stays)
        for number in stored[became.differing][FILE].unique():
            rows = table.arrange(rest.filter(pl.col(FILE) == number))
            self.revision.replace(parts[number][0], rows, reach(table.table, rows))
            named = [column for column in MENTIONS.values() if column in rows.columns]
            self._named[parts[number][0]] = rows.select(named).unique()

    def _note(
        self,
        name: str,
        day: Partition,
        stored: pl.DataFrame,
        read: pl.DataFrame,
        became: MigratedPartition,
    ) -> None:
        """Take note of the rows that leave their partition, by batch."""
        own = key(name)
        files = (file for batch in self._batches.values() for file in batch.by_file())
        paths = {file.batch: file.path for file in files}
        again = read[became.repeated].select(
            *LINEAGE, table=pl.lit(name), identity=own, identity_date=pl.lit(day, pl.Date)
        )
        waiting = stored[became.refused].select(
            *LINEAGE,
            table=pl.lit(name),
            reasons=became.reasons,
            identity=read[own][became.refused],
            raw=as_raw(name, read[became.refused].select(payload(name))),
            path=pl.when(pl.col("source") == SOURCE)
            .then(REQUEST)
            .otherwise(pl.col("batch").replace_strict(paths, default=None)),
        )
        for moved, rows in zip(APART, (again, waiting), strict=True):
            self.moved[moved].append(contract(f"bronze/{moved}").arrange(rows))
            self._losing.update(rows.select(BATCH_OF_ROW).to_series())

    def _mentions(self, name: str, file: Path, stored: pl.DataFrame) -> None:
        table = contract(f"bronze/{name}")
        read = self._reading.titles(without_missing(name, stored))
        batch = file.name.split(".", 1)[0]
        if batch in self._losing:
            read = self._still_named(MENTIONS[name], self._batches[batch], read)
        if read.equals(stored):
            return
        facts = pl.exclude(*table.key).first(ignore_nulls=True)
        read = read.drop_nulls(table.key[0]).group_by(table.key, maintain_order=True).agg(facts)
        self.revision.replace(file, table.conform(read))

    def _still_named(self, own: str, manifest: Manifest, mentions: pl.DataFrame) -> pl.DataFrame:
        """What a batch that lost rows mentions, but for whom and what those alone named."""
        table, named = f"bronze/{manifest.table}", set[str]()
        for day in manifest.days:
            for file in self._lake.batch_files(table, day, {manifest.batch}):
                rows = self._named.get(file)
                if rows is None:
                    rows = Lake.read_file(table, file, [own])
                named.update(rows[own].drop_nulls())
        still = pl.col(own).is_in(named)
        if "series_id" in mentions.columns:
            series = mentions.filter(still)["series_id"].drop_nulls()
            still |= pl.col(own).is_in(series.implode())
        return mentions.filter(still)

    def _apart(self) -> None:
        """Duplicates, quarantine, and the manifests of batches of which rows moved there."""
        renamed = dict(_renamed_repeats(self._lake, self._became, set(self._batches)))
        together = (pl.concat(self.moved[name]) for name in APART)
        moved = [dict(rows.group_by(BATCH_OF_ROW, maintain_order=True)) for rows in together]
        for batch in sorted(self._losing):
            manifest = self._batches[batch]
            more = [by_batch.get((batch,), pl.DataFrame()) for by_batch in moved]
            for name, rows in zip(APART, more, strict=True):
                if rows.height:
                    self._add(name, manifest, rows, renamed)
            again, waiting = (rows.height for rows in more)
            manifest = dataclasses.replace(
                manifest,
                stored=manifest.stored - again - waiting,
                duplicate=manifest.duplicate + again,
                quarantined=manifest.quarantined + waiting,
            )
            self.revision.write(self._lake.manifest_path(batch), manifest.encode())
        for file, rows in renamed.items():
            self.revision.replace(file, rows)

    def _add(
        self,
        name: str,
        manifest: Manifest,
        more: pl.DataFrame,
        renamed: dict[Path, pl.DataFrame],
    ) -> None:
        """Add rows to a batch's file of duplicates or quarantine."""
        table, arrived = contract(f"bronze/{name}"), manifest.received_at.date()
        file = self._lake.folder(table.table, arrived) / f"{manifest.batch}.parquet"
        stands = renamed.pop(file, None)
        if stands is None:
            there = file.exists()
            stands = Lake.read_file(table.table, file, table.names) if there else table.empty()
        self.revision.replace(file, table.conform(pl.concat([stands, more])))
