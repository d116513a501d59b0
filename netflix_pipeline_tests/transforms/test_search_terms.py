import unicodedata

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netflix_pipeline.contracts import contract
from netflix_pipeline.transforms.search_terms import search_term, with_terms
from netflix_pipeline_tests.reference.daily import term


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (" The  Long\u00a0Night\u3000", "the long night"),
        ("STRASSE", "strasse"),
        ("straße", "strasse"),
        ("Cafe\u0301", "café"),
        ("CAFÉ", "café"),
        ("Σίσυφος", "σίσυφοσ"),
        ("a\x00b\x1b[31m\x9f\u202ec", "a b [31m c"),
        ("日本", "日本"),
        ("=1+1", "=1+1"),
        ("x" * 10_000, "x" * 100),
        ("x" * 99 + " y", "x" * 99),
        ("", ""),
        (" \t\r\n\u2028\x00", ""),
    ],
)
def test_queries_that_mean_the_same_are_one_term(query: str, told: str) -> None:
    assert search_term(query) == told


@given(st.text())
@example("ᾳͅ İ ǰ ﬁ")
def test_a_term_is_in_canonical_form_and_its_own_term(query: str) -> None:
    told = search_term(query)
    assert told == term(query) == search_term(told)
    assert unicodedata.is_normalized("NFC", told)
    assert contract("gold/search_term_daily").keeping(pl.DataFrame({"term": [told]})).height == 1


def test_every_search_keeps_its_query_beside_its_term() -> None:
    queries = ["Heat", None, "heat ", "", "Heat"]
    searches = pl.DataFrame({"query": queries, "search_id": list("abcde")})
    told = with_terms(searches).sort("search_id")
    assert told.select(searches.columns).equals(searches)
    assert told["term"].to_list() == ["heat", "", "heat", "", "heat"]
    assert with_terms(searches.clear()).schema == told.schema
