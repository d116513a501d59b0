"""Which of the new rows of a partition are stored, duplicates or conflicts.

Identity is the key within the partition (the event's UTC day). A row with the identity and the
payload of one already stored is a duplicate; with another payload it is a conflict: the first to
arrive stays.

A row that is known in any language (`IN_ANY_LANGUAGE`) has the payload of another but for what its
language tells.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from netflix_pipeline.sources.netflix_identity import IN_ANY_LANGUAGE, OF_LANGUAGE


@dataclass(frozen=True)
class Resolved:
    """New rows by what becomes of them; each frame has the columns of the new rows."""

    stored: pl.DataFrame
    duplicate: pl.DataFrame
    conflict: pl.DataFrame


def together(parts: Iterable[Resolved]) -> Resolved:
    """What became of the rows of several parts."""
    told = [(part.stored, part.duplicate, part.conflict) for part in parts]
    return Resolved(*(pl.concat(rows) for rows in zip(*told, strict=True)))


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
    new: pl.DataFrame, existing: pl.DataFrame, key: str, payload: list[str], *, seen_before: bool
) -> Resolved:
    """Sort out the new rows of a table in which the newest row of a key wins (users, titles).

    `existing` holds payload, `batch` and `line` of the stored rows in their order of arrival. A
    row is a duplicate when it says what its key's newest row so far says, or what a row said that
    was superseded within an earlier batch; when the whole file was `seen_before`, also when it
    says what any stored row says. So the same file, or its parts, change nothing, and a user who
    returns to an earlier plan in a later file does.
    """
    said = pl.struct(payload).hash().alias("said")
    in_batch = [key, "batch"]
    known = existing.select(
        key,
        said,
        newest=pl.int_range(pl.len()).over(key) == pl.len().over(key) - 1,
        superseded=pl.int_range(pl.len()).over(in_batch) < pl.len().over(in_batch) - 1,
    )
    latest = dict(known.filter("newest").select(key, "said").iter_rows())
    outdated = set(known["said"] if seen_before else known.filter("superseded")["said"])
    # A key that comes once and is not stored repeats nothing. The others row by row: what one is
    # depends on the rows of its key that were kept just before it.
    rows = (new[key].is_duplicated() | new[key].is_in(known[key].implode())).arg_true()
    duplicate = []
    for identity, says in new[rows].select(key, said).iter_rows():
        again = says == latest.get(identity) or says in outdated
        duplicate.append(again)
        if not again:
            latest[identity] = says
    repeats = pl.repeat(value=False, n=new.height, eager=True).scatter(rows, duplicate)
    return Resolved(new.filter(~repeats), new.filter(repeats), new.clear())
