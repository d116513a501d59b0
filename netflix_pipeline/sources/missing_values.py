"""What is missing: blank texts, and the words that programs write where they know nothing.

The one description of it: files of every kind, events over HTTP, and what was stored before, all
are read by it. Ids are trimmed; an id that is blank then, or such a word, is missing. In a text
that may be missing more words tell nothing: there `NA` is no name.
"""

import re
from collections.abc import Callable, Iterable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from netflix_pipeline.contracts import Column, contract
from netflix_pipeline.ids import BLANKS

NAMIBIA = "NA"
"""Its code, which R also writes where it knows nothing."""

NO_ID = (
    *("null", "none", "nan", "undefined", r"\N", "[object Object]"),
    # as pandas, spreadsheets and tools for databases show it
    *("<na>", "#n/a", "(null)", "[null]", "<null>"),
)
NO_TEXT = (*NO_ID, "na", "n/a", "empty")


def _sign(sign: str) -> str:
    return f"[\\{sign}]" if sign in r"\[]" else f"[{sign}]"


def _one_of(words: tuple[str, ...]) -> str:
    """A regular expression for no text at all or one of the words in any case, in any engine."""
    in_any_case = (
        "".join(
            f"[{sign.lower()}{sign.upper()}]" if sign.isalpha() else _sign(sign) for sign in word
        )
        for word in words
    )
    return f"(?:|{'|'.join(in_any_case)})"


_NO_ID, _NO_TEXT = f"^{_one_of(NO_ID)}$", f"^{_one_of(NO_TEXT)}$"
_BLANK = r"\s\0\u200b\u2060\ufeff"
_ANY = r"[\s\S]"
_END = f"(?!{_ANY})"  # in Python, `$` also matches before a line break
PLAIN_ID = f"^(?!{_one_of(NO_ID)}{_END})[^{_BLANK}](?:{_ANY}*[^{_BLANK}])?{_END}"
"""Matches what `plain_id` leaves as it is."""
PLAIN_TEXT = f"^(?![{_BLANK}]*{_one_of(NO_TEXT)}[{_BLANK}]*{_END})"
"""Matches what `plain_text` leaves as it is."""


def is_id(column: Column) -> bool:
    """Whether a column of a bronze table says who or what something is."""
    return column.name.endswith("_id")


def plain_id(text: pl.Expr) -> pl.Expr:
    """An id without blanks around it; null where it is missing."""
    trimmed = text.str.strip_chars(BLANKS)
    return pl.when(~trimmed.str.contains(_NO_ID)).then(trimmed)


def plain_text(text: pl.Expr) -> pl.Expr:
    """A text as it came; null where it tells nothing."""
    return pl.when(~text.str.strip_chars(BLANKS).str.contains(_NO_TEXT)).then(text)


def writes_na(frame: pl.DataFrame, countries: Iterable[str]) -> pl.Series:
    """Which rows show that NA stands for nothing in a source: then it is not Namibia.

    They have it in another column, or another such word in one of the `countries`.
    """
    of_country = set(countries)
    conditions = [pl.lit(value=False)]
    for name, dtype in frame.schema.items():
        if dtype == pl.String:
            text = pl.col(name).str.strip_chars(BLANKS)
            nothing = text.str.contains(_NO_TEXT) & (text != "")
            is_na = text == NAMIBIA
            conditions.append(
                nothing & (text.str.to_uppercase() != NAMIBIA) if name in of_country else is_na
            )
    return frame.select(told=pl.any_horizontal(conditions).fill_null(value=False)).to_series()


def tells_nothing(text: str) -> bool:
    """Whether a value that may be missing is."""
    return re.search(PLAIN_TEXT, text) is None


def without_missing(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of a bronze table, such as `watch_events`, as they would be read today.

    Ids are trimmed, and null where they are missing, so that the rules of ingest
    (`netflix_pipeline.ingest.validation_rules.judge`) find the rows that cannot be kept; so are
    texts that may be missing. Columns that the frame has not are left out.
    """
    return frame.with_columns(
        _changed(frame.get_column(column.name), plain_id if is_id(column) else plain_text)
        for column in contract(f"bronze/{table}").columns
        if column.name in frame.columns
        and column.dtype == pl.String
        and (is_id(column) or column.nullable)
        and column.name != "country"  # a code: NA is Namibia
    )


def _changed(text: pl.Series, plain: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    """A column as `plain_id` or `plain_text` has it; asked only for those that may be another."""
    rows = _suspects(text)
    if not rows.size:
        return text
    told = text.gather(rows).to_frame().select(plain(pl.col(text.name))).to_series()
    return told if rows.size == len(text) else text.scatter(rows, told)


LONGEST = max(map(len, NO_TEXT))


def _bytes(signs: Iterable[str]) -> NDArray[np.bool_]:
    """Which bytes are one of the signs in any case."""
    which = np.zeros(256, bool)
    for sign in signs:
        which[[ord(sign.lower()), ord(sign.upper())]] = True
    return which


_AT_EDGES = _bytes(filter(str.isascii, BLANKS))
_AT_EDGES[128:] = True  # of a sign that is no ASCII, maybe a blank
_FIRST, _LAST = (_bytes(word[at] for word in NO_TEXT) for at in (0, -1))
_LENGTHS = np.isin(np.arange(LONGEST + 2), [len(word) for word in NO_TEXT])


def _suspects(text: pl.Series) -> NDArray[np.intp]:
    """The rows of texts that are empty, may have blanks around them, or may be one of the words.

    Lengths, first and last bytes tell nearly all others, at a tenth of what a look at each costs.
    """
    arrow = text.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = arrow.buffers()
    there = text.is_not_null().to_numpy()
    if not there.any():
        return np.flatnonzero(there)
    bounds = np.frombuffer(offsets, np.int64, len(text) + 1, arrow.offset * 8)
    if bounds[0] == bounds[-1]:
        return np.flatnonzero(there)
    codes = np.frombuffer(data, np.uint8, bounds[-1])
    lengths = np.diff(bounds)
    first = codes[np.minimum(bounds[:-1], bounds[-1] - 1)]
    last = codes[np.maximum(bounds[1:] - 1, 0)]
    suspects = (lengths == 0) | _AT_EDGES[first] | _AT_EDGES[last]
    suspects |= _LENGTHS[np.minimum(lengths, LONGEST + 1)] & _FIRST[first] & _LAST[last]
    return np.flatnonzero(suspects & there)
