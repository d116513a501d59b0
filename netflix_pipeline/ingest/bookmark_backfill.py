"""Netflix rows that were stored without their Bookmark, and are told with it now.

An earlier release did not keep it, and a file may be without the column. Such a row is the first
that comes with the same content and a Bookmark: that one is a duplicate, and the stored row gets
its identity, so that others which begin in the same minute are told apart from then on.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

import polars as pl

from netflix_pipeline.sources.formats.netflix_identity import IN_ANY_LANGUAGE, OF_LANGUAGE, UNMARKED


def known_by(new: pl.DataFrame, key: str) -> pl.Series:
    """All ids by which new rows may be stored."""
    if UNMARKED not in new.columns:
        return new[key]
    return pl.concat([new[key], new[UNMARKED].explode().drop_nulls().alias(key)])


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
