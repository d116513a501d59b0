"""A panic of Polars, as it really comes: no `Exception`, out of a thread of its own or not."""

from typing import NoReturn

import polars as pl


def panic() -> NoReturn:
    """Let `polars.format` meet a column with an empty chunk."""
    rows = pl.concat([pl.DataFrame({"a": [one]}) for one in "xyz"], rechunk=False)
    kept = rows.filter(pl.Series([True, False, True]))
    kept.select(pl.format("{} {}", "a", "a"))  # noqa: TID251 - for that very reason
    raise AssertionError("Polars does not panic here any more: find another place")
