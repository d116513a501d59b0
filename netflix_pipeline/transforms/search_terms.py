"""Search terms: queries that differ only in how they were typed are counted as one."""

import re
import unicodedata

import polars as pl

from netflix_pipeline.contracts.gold import LONGEST_TERM

UNSEEN = re.compile("[\\x00-\\x1f\\x7f-\\x9f\u2028-\u202e\u2066-\u2069]")
"""Control characters, and those that break lines or turn text round."""


def search_term(query: str) -> str:
    """The term as which a query is counted; empty where nothing is left of it.

    Case does not matter, nor how letters with accents are encoded (Unicode's canonical caseless
    match, in NFC), nor how many blanks there are or which.
    """
    folded = unicodedata.normalize("NFD", query).casefold()
    words = UNSEEN.sub(" ", unicodedata.normalize("NFC", folded)).split()
    return " ".join(words)[:LONGEST_TERM].rstrip()


def with_terms(searches: pl.DataFrame) -> pl.DataFrame:
    """Searches (silver), in no certain order, with the column `term`: that of each `query`."""
    queries = searches.get_column("query").drop_nulls().unique()
    terms = pl.Series("term", [search_term(query) for query in queries], pl.String)
    return searches.join(pl.DataFrame([queries, terms]), on="query", how="left").with_columns(
        pl.col("term").fill_null("")
    )
