"""Persons out of bronze: their rows, what is known as theirs, and whatever names them.

What a batch received stays what it was: the rows that are taken out are its `erased`. Days that
lose rows have another version, so that they, and only they, are built again. What others told
stays as it came, and as it was judged when it came: who was first, and what was a duplicate.
"""

import base64
import dataclasses
import json
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import polars as pl

from netflix_pipeline.atomic_write import write_bytes
from netflix_pipeline.contracts import CANARY_USER, contract
from netflix_pipeline.errors import DamagedFile
from netflix_pipeline.eventlog import may_hold
from netflix_pipeline.ingest.batches import (
    Manifest,
    commit,
    manifests,
    merged_batches,
    remove_batches,
    remove_uncommitted,
)
from netflix_pipeline.ingest.dedup_lookup import reach
from netflix_pipeline.ingest.fault_isolation import Failures, sets_aside
from netflix_pipeline.ingest.identity_migration import taking_in
from netflix_pipeline.ingest.ledger import differences, ledger
from netflix_pipeline.ingest.log_batches import DAMAGED
from netflix_pipeline.ingest.quarantine import finish_replays
from netflix_pipeline.lake import Lake, Partition
from netflix_pipeline.persons import Persons
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources import parse_raw

OF_USERS = ("watch_events", "search_events", "recommendation_events", "reviews", "users")
"""The bronze tables whose rows are each some user's."""

MENTIONING = ("watch_events", "recommendation_events", "reviews")
"""Those whose rows name a title as well."""


@dataclass(frozen=True)
class ErasedRows:
    """Rows that were taken out of bronze, and whose they were.

    `failures` tells of files out of which they could not be taken.
    """

    rows: int
    users: frozenset[str]
    failures: tuple[str, ...] = ()


def erase_bronze(
    settings: Settings, users: Collection[str], *, waiting: Callable[[], None] | None = None
) -> ErasedRows:
    """Take all of some persons out of bronze; cut off anywhere, the same call finishes.

    They must be marked, or what is taken in meanwhile brings them back. `waiting` is called once
    when an ingest must end first; builds and publishing are waited for, and kept out. A file that
    fails does not stop the others: the same call finishes once it is mended.
    """
    failures = Failures()
    with taking_in(settings, waiting) as lake:
        remove_uncommitted(lake)
        finish_replays(lake, failures)
        shutil.rmtree(settings.root / "staging", ignore_errors=True)
        with lake.publishing():
            intent = settings.root / "erasing.json"
            with failures.ends("persons cannot be taken out of bronze"):
                remove_batches(lake, merged_batches(lake))
                erased = _Erasing(lake, Persons(users), intent, failures).run()
                lake.commit(erasing=True)
                return erased
    return ErasedRows(0, frozenset(), tuple(failures.told))


Rest = tuple[str, Path, Callable[[], pl.DataFrame]]
"""A bronze table, one of its files, and what reads the rows that stay in it."""


class _Erasing:
    """One pass over bronze. First all is looked at, then it is changed.

    What tells which rows are theirs goes last: a duplicate is known by the row that it repeats. So
    where duplicates fail, all rows stay for the next pass.
    """

    def __init__(self, lake: Lake, persons: Persons, intent: Path, failures: Failures) -> None:
        self._lake = lake
        self._persons = persons
        self._intent = intent
        self._failures = failures
        self._batches = {manifest.batch: manifest for manifest in manifests(lake)}
        self._found: set[str] = set()
        self._torn: set[str] = set()
        self._identities: list[pl.DataFrame] = [
            pl.DataFrame(
                schema={"table": pl.String, "identity": pl.String, "identity_date": pl.Date}
            )
        ]

    def run(self) -> ErasedRows:
        """Erase them; the ledger of each batch is exact again when its manifest is written."""
        rows = [rest for name in OF_USERS for rest in self._rows(name)]
        of_repeats = Failures()
        repeats = list(self._duplicates(of_repeats))
        others = [*self._quarantine(), *self._rows("user_mentions")]
        begun = self._begin({_batch(file) for _, file, _ in (*repeats, *others, *rows)})

        def rewrite(changed: Iterable[Rest], failures: Failures) -> None:
            for table, file, rest in changed:
                if _batch(file) in begun:
                    with failures.ends(f"{file}: persons cannot be taken out of it"):
                        kept = rest()
                        self._lake.rewrite(table, file, kept, reach(table, kept))

        rewrite(repeats, of_repeats)
        rewrite(others, self._failures)
        if not of_repeats.told:
            rewrite(rows, self._failures)
        self._failures.told += of_repeats.told
        for batch in begun:
            self._name_titles_again(self._batches[batch])
        erased = self._count(begun)
        self._mask_manifests()
        if not self._failures.told:
            self._intent.unlink(missing_ok=True)
        return ErasedRows(erased, frozenset(self._found), tuple(self._failures.told))

    def _found_in(
        self, name: str, look: Callable[[Path], pl.DataFrame], failures: Failures
    ) -> Iterator[tuple[Partition, Path, pl.DataFrame]]:
        """The files of a table in which `look` finds rows, with these."""
        table, committed = f"bronze/{name}", set(self._batches)
        for day in self._lake.every_partition(table):
            for file in self._lake.batch_files(table, day, committed):
                rows = None
                with failures.ends(f"{file}: it cannot be looked at"):
                    rows = look(file)
                if rows is None:
                    self._torn.add(_batch(file))
                elif rows.height:
                    yield day, file, rows

    def _rows(self, name: str) -> Iterable[Rest]:
        """Files with rows of theirs; takes note of whose they are and by what they are known."""
        table = f"bronze/{name}"
        key = contract(table).key[0]
        theirs = pl.col("user_id").is_in(self._persons.ids)
        columns = list(dict.fromkeys(("user_id", key)))
        look = partial(_among, theirs, columns)
        for day, file, rows in self._found_in(name, look, self._failures):
            self._found.update(rows["user_id"])
            self._identities.append(
                rows.select(
                    table=pl.lit(name),
                    identity=key,
                    identity_date=pl.lit(day, pl.Date),
                )
            )
            yield table, file, partial(_among, ~theirs, None, file)

    def _duplicates(self, failures: Failures) -> Iterable[Rest]:
        known = pl.concat(self._identities).unique()
        look = partial(_repeating, known=known, how="semi")
        for _, file, _ in self._found_in("duplicates", look, failures):
            yield "bronze/duplicates", file, partial(_repeating, file, known, "anti")

    def _quarantine(self) -> Iterable[Rest]:
        for _, file, rows in self._found_in("quarantine", _read, self._failures):
            theirs = self._are_theirs(self._batches[_batch(file)], rows)
            paths = pl.Series(
                "path", [self._persons.masked(path) for path in rows["path"]], pl.String
            )
            if any(theirs) or not paths.equals(rows["path"]):
                kept = ~pl.Series(theirs, dtype=pl.Boolean)
                rest = rows.with_columns(paths).filter(kept)
                yield "bronze/quarantine", file, rest.clone

    def _are_theirs(self, manifest: Manifest, rows: pl.DataFrame) -> list[bool]:
        """Which quarantined rows of a batch are theirs; where no user can be read, by the text."""
        users = users_of(manifest, rows["raw"].to_list())
        self._found.update(self._persons.ids.intersection(filter(None, users)))
        return [
            user in self._persons if user is not None else self._is_named(raw, reasons)
            for user, raw, reasons in zip(users, rows["raw"], rows["reasons"], strict=True)
        ]

    def _is_named(self, raw: str, reasons: list[str]) -> bool:
        if DAMAGED not in reasons:
            return self._persons.in_text(raw.encode(errors="surrogatepass"))
        return may_hold(base64.b64decode(raw), self._persons)

    def _begin(self, touched: set[str]) -> Mapping[str, int]:
        """Note durably which batches are changed and how many rows of each were missing before.

        So a row that was lost stays a difference, and is not taken for one that was erased. A batch
        with a file that cannot be read is left as it is: that would look as if rows were missing.
        """
        begun: dict[str, int] = {}
        try:
            document = json.loads(self._intent.read_bytes())
            begun = {str(batch): int(gone) for batch, gone in document.items()}
        except FileNotFoundError:
            pass
        except (ValueError, TypeError, AttributeError) as error:
            raise DamagedFile(
                f"{self._intent}, the note of an erasure that was cut off, is torn ({error}). "
                "Restore it from the backup; without one remove it and erase again: rows that were "
                "missing before then count as erased."
            ) from error
        fresh = sorted(touched - begun.keys() - self._torn)
        counted = ledger(self._lake, [self._batches[batch] for batch in fresh])
        missing = dict(differences(counted).select("batch", "missing").iter_rows())
        begun |= {batch: int(missing.get(batch, 0)) for batch in fresh}
        if begun:
            write_bytes(self._intent, json.dumps(begun).encode())
        return {
            batch: gone
            for batch, gone in begun.items()
            if batch in self._batches and batch not in self._torn
        }

    def _name_titles_again(self, manifest: Manifest) -> None:
        """Leave of the titles that a batch names those that its rows still name."""
        if manifest.table not in MENTIONING:
            return
        others = pl.col("user_id") != CANARY_USER
        files = [
            file
            for day in manifest.days
            for file in self._lake.batch_files(f"bronze/{manifest.table}", day, {manifest.batch})
        ]
        named = {
            title
            for file in files
            for title in _read(file, ["user_id", "title_id"]).filter(others)["title_id"].unique()
        }
        table = "bronze/title_mentions"
        for file in self._lake.batch_files(table, None, {manifest.batch}):
            rows = _read(file)
            still = pl.col("title_id").is_in(named)
            series = rows.filter(still)["series_id"].drop_nulls().unique()
            rest = rows.filter(still | pl.col("title_id").is_in(series.implode()))
            if rest.height < rows.height:
                self._lake.rewrite(table, file, rest)

    def _count(self, begun: Mapping[str, int]) -> int:
        """Write what became of the batches' rows into their manifests; returns rows erased."""
        batches = [self._batches[batch] for batch in begun]
        rows = 0
        for manifest, now in zip(batches, ledger(self._lake, batches).to_dicts(), strict=True):
            fates = {name: now[name] for name in ("stored", "duplicate", "quarantined")}
            erased = manifest.received - sum(fates.values()) - begun[manifest.batch]
            rows += erased - manifest.erased
            self._batches[manifest.batch] = dataclasses.replace(manifest, **fates, erased=erased)
            commit(self._lake, self._batches[manifest.batch])
        return rows

    def _mask_manifests(self) -> None:
        """A file may be named after a person, or told of one when it could not be read."""
        for manifest in self._batches.values():
            header = json.loads(manifest.header)
            # By default a household has the name of the file.
            named = header | {"household": self._persons.masked(header["household"])}
            files = tuple(
                dataclasses.replace(
                    file,
                    path=self._persons.masked(file.path),
                    note=self._persons.masked(file.note),
                )
                for file in manifest.files
            )
            masked = dataclasses.replace(
                manifest,
                path=self._persons.masked(manifest.path),
                note=self._persons.masked(manifest.note),
                header=manifest.header if named == header else json.dumps(named),
                files=files,
            )
            if masked != manifest:
                commit(self._lake, masked)


def users_of(manifest: Manifest, raws: list[str]) -> list[str | None]:
    """The user of each raw row of a batch, None where none can be read.

    Empty for rows of a table that has no users.
    """
    users: list[str | None] = [None] * len(raws)
    try:
        chunk = parse_raw(manifest.header, raws)
    except BaseException as error:
        if not sets_aside(error):
            raise
        return users
    frame, users = chunk.frame, [chunk.whose] * len(raws)
    named = frame["user_id"] if "user_id" in frame.columns else [""] * frame.height
    for line, user in zip(frame["line"], named, strict=True):
        users[line - 1] = user
    return users


def _batch(file: Path) -> str:
    return file.name.split(".", 1)[0]


def _among(rows: pl.Expr, columns: list[str] | None, file: Path) -> pl.DataFrame:
    return _read(file, columns).filter(rows)


def _repeating(file: Path, known: pl.DataFrame, how: Literal["semi", "anti"]) -> pl.DataFrame:
    """The rows of duplicates that repeat one of the known (or none of them), in their order."""
    rows = _read(file)
    return rows.join(known, on=known.columns, how=how, nulls_equal=True, maintain_order="left")


def _read(file: Path, columns: list[str] | None = None) -> pl.DataFrame:
    return pl.read_parquet(file, columns=columns, hive_partitioning=False, glob=False)
