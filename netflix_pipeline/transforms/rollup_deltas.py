"""What a few changed plays do to the tables over the whole history, without reading all of it.

Two rules make that exact. A profile depends only on the rows of its own user (or of the titles of
its series), so those of the touched ones are made anew and take the place of the old. And counts of
users add up over users: a count after a change is the count before it, less what the touched users
counted before, plus what they count now. Both hold as long as the last day with data stays the
same.
"""

import polars as pl

from netflix_pipeline.contracts import contract


def differing(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """The rows that only one of two versions of a partition has, such as the plays that changed.

    Both have the same columns, and rows that differ within each version.
    """
    both = pl.concat([before, after])
    return both.filter(~both.is_duplicated())


def replaced(
    table: str, stored: pl.DataFrame, fresh: pl.DataFrame, touched: pl.Series
) -> pl.DataFrame:
    """A whole table in which the rows of the touched ids, if any, are the `fresh` ones.

    The table's key is one id: user_profile or title_profile.
    """
    (key,) = contract(table).key
    others = stored.filter(~pl.col(key).is_in(touched.implode()))
    return contract(table).conform(pl.concat([others, fresh]))


def counted(
    stored: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame, key: tuple[str, ...]
) -> pl.DataFrame:
    """Counts by key once some users changed: stored - before + after.

    All three have the columns of `key` and further counts; `before` and `after` count the touched
    users alone. Columns: the key, then the counts.
    """
    counts = [name for name in stored.columns if name not in key]
    signed = [
        table.select(*key, *(pl.col(name).cast(pl.Int64) * sign for name in counts))
        for table, sign in ((stored, 1), (before, -1), (after, 1))
    ]
    return pl.concat(signed).group_by(key).agg(pl.col(counts).sum())
