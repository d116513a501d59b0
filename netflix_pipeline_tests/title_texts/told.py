"""What titles tell, as rows that are easily compared."""

import polars as pl

from netflix_pipeline.title_texts import TOLD, plain_title, read_titles

Told = tuple[str | None, int | None, int | None, str | None, bool]
FILM: Told = (None, None, None, None, False)


def told(*texts: str) -> list[Told]:
    """Series, season, episode, its name and whether the series is limited, a row a title."""
    read = read_titles(pl.Series(map(plain_title, texts), dtype=pl.String))
    assert read.schema == TOLD
    return read.rows()
