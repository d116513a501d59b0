"""Which of the new rows of a partition are stored, duplicates or conflicts.

Identity is the key within the partition (the event's UTC day). A row with the identity and the
payload of one already stored is a duplicate; with another payload it is a conflict: the first to
arrive stays.

A row that is known in any language (`IN_ANY_LANGUAGE`) has the payload of another but for what its
language tells.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from netflix_pipeline.sources.formats.netflix_identity import IN_ANY_LANGUAGE, OF_LANGUAGE


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
