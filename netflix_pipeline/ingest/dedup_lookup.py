"""The identity of rows, and which of the new ones are duplicates or conflicts of those in the lake.

A row whose source gives it no id gets one that is made of what it tells.

Identity is the key within the partition (the event's UTC day). A row with the identity and the
payload of one already stored is a duplicate; with another payload it is a conflict: the first to
arrive stays. A row that is known in any language (`IN_ANY_LANGUAGE`) has the payload of another but
for what its language tells.

Netflix rows may be stored without their Bookmark: an earlier release did not keep it, and a file
may be without the column. Such a row is the first that comes with the same content and a Bookmark:
that one is a duplicate, and the stored row gets its identity, so that others which begin in the
same minute are told apart from then on.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from threading import Lock

import numpy as np
import polars as pl

from netflix_pipeline.bounds import BoundedCache
from netflix_pipeline.contracts import contract
from netflix_pipeline.errors import ends_one
from netflix_pipeline.ids import derived_id
from netflix_pipeline.ingest.validation_rules import compared, key, payload
from netflix_pipeline.lake import Lake, Partition
from netflix_pipeline.sources.formats.netflix_export import IN_ANY_LANGUAGE, OF_LANGUAGE, UNMARKED
from netflix_pipeline.sources.registry import repeats


def identified(table: str, source: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with every null key replaced by the UUIDv5 of `source` and the payload."""
    name = key(table)
    if not frame[name].null_count():
        return frame
    nameless = frame[name].is_null().arg_true()
    derived = [derived_id(source, text) for text in content(table, frame[nameless])]
    return frame.with_columns(frame[name].scatter(nameless, derived))


def content(table: str, frame: pl.DataFrame) -> list[str]:
    """What each row tells but for its key, as one text."""
    fields = pl.struct(column for column in compared(table) if column != key(table))
    return frame.select(fields.struct.json_encode()).to_series().to_list()


def counted(table: str, source: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame in which the n-th row of one content has a key of its own, where that is an event.

    It holds all rows of a file of some days: so it does not matter where in the file they stand.
    """
    name = key(table)
    if not repeats(source):
        return frame
    before = pl.int_range(pl.len()).over(name)
    again = frame.select(name, before=before)
    row = again.select((pl.col("before") > 0).arg_true()).to_series()
    if row.is_empty():
        return frame
    ids = [derived_id(identity, str(number + 1)) for identity, number in again[row].iter_rows()]
    return frame.with_columns(again[name].scatter(row, ids))


@dataclass(frozen=True)
class Resolved:
    """New rows by what becomes of them; each frame has the columns of the new rows.

    `became` tells by event day which stored identities are to become which, now that they are told.
    `put_back` counts the users or titles that have an earlier state again.
    """

    stored: pl.DataFrame
    duplicate: pl.DataFrame
    conflict: pl.DataFrame
    put_back: int = 0
    became: Mapping[date, Mapping[str, str]] = field(default_factory=dict)


def together(parts: Iterable[Resolved]) -> Resolved:
    """What became of the rows of several parts."""
    parts = list(parts)
    counts = [(part.stored, part.duplicate, part.conflict) for part in parts]
    became = {day: ids for part in parts for day, ids in part.became.items()}
    stored, duplicate, conflict = (pl.concat(rows) for rows in zip(*counts, strict=True))
    return Resolved(stored, duplicate, conflict, became=became)


def _first(keys: pl.Series) -> pl.Series:
    """Whether each key is the first of its kind."""
    # Different hashes are different keys: only where hashes repeat are the texts compared.
    hashes = keys.hash()
    first = hashes.is_first_distinct()
    if first.all():
        return first
    rows = hashes.is_in(hashes.filter(~first).implode()).arg_true()
    return first.scatter(rows, keys.gather(rows).is_first_distinct())


def _same(columns: list[str], *, in_any_language: bool) -> pl.Expr:
    def same(column: str) -> pl.Expr:
        same = pl.col(column).eq_missing(pl.col(f"{column}_first"))
        of_language = in_any_language and column in OF_LANGUAGE
        return same | pl.col(IN_ANY_LANGUAGE) if of_language else same

    return pl.all_horizontal(map(same, columns))


def resolve(new: pl.DataFrame, existing: pl.DataFrame, key: str, payload: list[str]) -> Resolved:
    """Sort out the new rows of one event day, in order of arrival.

    `existing` holds key and payload of the stored rows whose key is among the new ones'.
    """
    first = _first(new[key])
    if existing.height:
        first &= ~new[key].is_in(existing[key].implode())
    if first.all():
        return Resolved(new, new.clear(), new.clear())
    rest = [column for column in payload if column != key]
    stored = new.filter(first)
    again = new.filter(~first)
    originals = pl.concat([existing.select(payload), stored.select(payload)]).filter(
        pl.col(key).is_in(again[key].unique().implode())
    )
    judged = again.join(
        originals, on=key, how="left", suffix="_first", maintain_order="left"
    ).with_columns(_same=_same(rest, in_any_language=IN_ANY_LANGUAGE in new.columns))
    return Resolved(
        stored,
        judged.filter("_same").select(new.columns),
        judged.filter(~pl.col("_same")).select(new.columns),
    )


def resolve_updates(
    new: pl.DataFrame, existing: pl.DataFrame, key: str, payload: list[str]
) -> Resolved:
    """Sort out the new rows of a table in which the newest row of a key wins (users, titles).

    `existing` holds the payload of the stored rows in their order of arrival. Only the newest row
    of a key counts: a row that says the same is a duplicate. One that says what an older row said
    is stored and brings that state back; so it makes no difference how rows are cut into files.
    """
    said = pl.struct(payload).hash().alias("said")
    stored = existing.filter(pl.col(key).is_in(new[key].implode())).select(key, said)
    newest = stored.unique(key, keep="last", maintain_order=True)
    in_order = pl.concat([newest, new.select(key, said)])
    repeated = pl.col("said").eq_missing(pl.col("said").shift().over(key))
    repeats = in_order.select(repeated).to_series().tail(new.height)
    put_back = (
        in_order.unique(key, keep="last")
        .join(newest, on=[key, "said"], how="anti")
        .join(stored, on=[key, "said"], how="semi")
    )
    return Resolved(new.filter(~repeats), new.filter(repeats), new.clear(), put_back.height)


def with_stored_ids(
    new: pl.DataFrame, existing: pl.DataFrame, key: str, payload: list[str]
) -> tuple[pl.DataFrame, Mapping[date, Mapping[str, str]]]:
    """The new rows, with the stored ids of those that were stored without their Bookmark.

    And by event day, which of these ids are to become which. Both frames have `event_date`.
    """
    if UNMARKED not in new.columns or existing.is_empty():
        return new, {}
    always = [name for name in payload if name != key and name not in OF_LANGUAGE]
    columns = [*always, *OF_LANGUAGE]
    stored = {
        (day, identity): cells
        for day, identity, *cells in existing.select("event_date", key, *columns).iter_rows()
    }
    rows = new.select("event_date", key, UNMARKED, IN_ANY_LANGUAGE, *columns)
    ids: list[str] = []
    became: defaultdict[date, dict[str, str]] = defaultdict(dict)
    known: dict[tuple[date, str], str] = {}
    for day, identity, unmarked, in_any_language, *cells in rows.iter_rows():
        stored_id = known.get((day, identity), identity)
        if stored_id == identity and (day, identity) not in stored:
            compared = len(always) if in_any_language else len(columns)
            for own in unmarked:
                theirs = stored.get((day, own))
                if theirs and own not in became[day] and theirs[:compared] == cells[:compared]:
                    known[day, identity] = stored_id = own
                    became[day][own] = identity
                    break
        ids.append(stored_id)
    told_now = {day: stored_id for day, stored_id in became.items() if stored_id}
    return new.with_columns(pl.Series(key, ids, pl.String)), told_now


IDENTITY = "_identity"
MOST, LARGEST = 64 * 2**20, 16 * 2**20
"""Bytes of hashes that are kept, and of those of one file."""


def resolve_rows(
    lake: Lake, table: str, days: Sequence[Partition], new: pl.DataFrame, committed: set[str]
) -> Resolved:
    """What becomes of the new rows of a bronze table, in order of arrival.

    Those of some days, which their column `event_date` tells; of a table without days, where these
    are None alone. Several days are the same as day by day, at a fraction of the cost where they
    have few rows. Only the keys of the stored rows are read where none of the new ones is among
    them.
    """
    key = contract(table).key[0]
    if None in days:
        columns = payload(table.removeprefix("bronze/"))
        stored = lake.read(table, None, [*columns, "received_at", "batch", "line"], committed)
        return resolve_updates(new, stored.sort("received_at", "batch", "line"), key, columns)
    columns = compared(table.removeprefix("bronze/"))
    # All ids by which they may be stored.
    known = new.select("event_date", key)
    if UNMARKED in new.columns:
        stored_as = new.select("event_date", pl.col(UNMARKED).alias(key)).explode(key)
        known = pl.concat([known, stored_as.drop_nulls(key)])
    of_day = (
        known.partition_by("event_date", as_dict=True) if len(days) > 1 else {(days[0],): known}
    )
    files = [
        file
        for (day,), told in of_day.items()
        for file in _holding(table, lake.batch_files(table, day, committed), told[key])
    ]
    existing = new.clear().select("event_date", *columns)
    if files:
        stored = _read(table, files, columns).with_columns(
            event_date=pl.col("event_time").dt.date()
        )
        existing = stored.join(known, on=["event_date", key], how="semi").select(existing.columns)
    new, became = with_stored_ids(new, existing, key, columns)
    if len(days) > 1:
        identity = pl.concat_str("event_date", key, separator=" ").alias(IDENTITY)
        new, existing = new.with_columns(identity), existing.with_columns(identity)
        key, columns = IDENTITY, [IDENTITY, *columns]
    return replace(resolve(new, existing, key, columns), became=became)


def _holding(table: str, files: Sequence[Path], new: pl.Series) -> list[Path]:
    """Those of a day's files that may hold some of the new keys: most new rows are new."""
    if not files:
        return []
    hashes = [_hashes(table, file, new.name) for file in files]
    again = pl.concat(hashes).is_in(new.hash().implode()).arg_true()
    ends = np.cumsum([len(each) for each in hashes])
    places = np.unique(np.searchsorted(ends, again.to_numpy(), side="right"))
    return [files[place] for place in places]


def _read(table: str, files: Sequence[Path], columns: Sequence[str]) -> pl.DataFrame:
    """The rows of files as far as they are compared: in one look, where that can be."""
    told = contract(table).schema
    try:
        rows = pl.scan_parquet(list(files), hive_partitioning=False, glob=False)
        return rows.select(pl.col(name).cast(told[name]) for name in columns).collect()
    except BaseException as error:
        if not ends_one(error):
            raise
    # One by one it is told which is damaged, and those of earlier releases are understood.
    return pl.concat(Lake.read_file(table, file, columns) for file in files)


def keep_keys(file: Path, keys: pl.Series) -> None:
    """Remember the keys of a bronze file that was written: the next batch asks for them."""
    with _turn:
        _kept.put(_stamp(file), keys.hash())


def _hashes(table: str, file: Path, column: str) -> pl.Series:
    """The hashes of the keys of a bronze file, which has them in that column."""
    stamp = _stamp(file)
    with _turn:
        known = _kept.get(stamp)
    if known is None:
        known = Lake.read_file(table, file, [column])[column].hash()
        with _turn:
            _kept.put(stamp, known)
    return known


Stamp = tuple[Path, int, int]
_kept = BoundedCache[Stamp, pl.Series](MOST, LARGEST, lambda _, hashes: 8 * len(hashes) + 500)
_turn = Lock()


def _stamp(file: Path) -> Stamp:
    stat = file.stat()
    return file, stat.st_size, stat.st_mtime_ns


def reach(table: str, rows: pl.DataFrame) -> datetime | None:
    """The latest instant that the viewing of watch events extends to; None for other tables."""
    if table != "bronze/watch_events":
        return None
    latest: datetime | None = rows.select(_latest()).item()
    return latest


def reach_by_day(table: str, rows: pl.DataFrame) -> dict[Partition, datetime | None]:
    """The same of each day; rows tell theirs by `event_date`."""
    if table != "bronze/watch_events":
        return {}
    return dict(rows.group_by("event_date").agg(_latest()).iter_rows())


def _latest() -> pl.Expr:
    seconds = pl.col("watch_seconds").fill_null(0)
    return (
        pl.col("event_time") + (seconds * 1_000_000).cast(pl.Int64).cast(pl.Duration("us"))
    ).max()
