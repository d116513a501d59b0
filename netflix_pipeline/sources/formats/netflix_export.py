"""Netflix's own files of what a household watched, in two kinds, of which it has one.

`ViewingActivity.csv` can be downloaded by every member. A user is a profile of a household. A
title's id is made of its text, which also tells series, season and episode in the account's
language (`title_texts`). Trailers, hooks and recaps have a supplemental video type and become
promos. Start times are UTC, to the second.

A row of it is known again, whatever download it comes with, by profile, start, duration, device,
country and Bookmark: where somebody stopped tells apart views that begin in the same minute.
`Latest Bookmark` is no part of it, for it changes from download to download. Nor is the title where
the export has seconds, for an export in another language names it differently; where a spreadsheet
left only minutes or days, the title is needed.

`NetflixViewingHistory.csv`, the instant download, everybody gets at once from a profile's viewing
activity. It has nothing but `Title,Date`, newest first, whatever the account's language; only how
dates are written differs. It does not say whose it is: the profile has the household's name, or
that behind a slash (`--household silva/Ana`). A title that was played twice on a day stands there
twice.
"""

import json
from typing import Any

import polars as pl

from netflix_pipeline.contracts.bronze import VIDEO
from netflix_pipeline.ids import derived_id
from netflix_pipeline.sources.adapter import Adapter, each_text, fitting_id
from netflix_pipeline.sources.column_mapping import From
from netflix_pipeline.sources.formats.native import DEFAULTS
from netflix_pipeline.sources.missing_values import plain_text, tells_nothing
from netflix_pipeline.sources.values import clock
from netflix_pipeline.title_texts import named_id, plain_title

BOOKMARK = "Bookmark"
SECONDS = r"\d:\d\d:\d\d"

IN_ANY_LANGUAGE = "\0in_any_language"
"""Whether a row is known without its title: then title, kind and device are its language's."""

UNMARKED = "\0unmarked"
"""The ids by which a row may be stored without its Bookmark; that with its title first."""

OF_LANGUAGE = ("title_id", "kind", "device")
"""What an export in another language may tell differently of the same view."""

KNOWN_BY = ("user_id", "event_time", "watch_seconds", "device", "country", "title_id")


def known_again(frame: pl.DataFrame, read: pl.DataFrame) -> pl.DataFrame:
    """The rows with what they are known by in another download.

    That is their `event_id`, `IN_ANY_LANGUAGE` and `UNMARKED`; `frame` has the export's own
    columns. Without a user or a time a row has no id.
    """
    start = next(frame[name] for name in START if name in frame.columns)
    bookmark = frame.get_column(BOOKMARK, default=None)
    seconds = pl.col("event_time").dt.second() + pl.col("event_time").dt.microsecond() != 0
    if start.dtype == pl.String:
        seconds |= pl.lit(start.str.contains(SECONDS))
    else:
        seconds |= pl.col("event_time").is_not_null()
    seconds &= pl.col("time_precision") == "second"
    read = read.with_columns(seconds.fill_null(value=False).alias(IN_ANY_LANGUAGE))
    marks = [None] * read.height if bookmark is None else list(map(_mark, bookmark.to_list()))
    ids: list[str | None] = []
    unmarked: list[list[str] | None] = []
    for row, in_any_language, mark in zip(
        view_rows(read), read[IN_ANY_LANGUAGE], marks, strict=True
    ):
        if row[0] is None or row[1] is None:
            ids.append(None)
            unmarked.append(None)
            continue
        ids.append(view_id(row, mark, titled=not in_any_language))
        unmarked.append([view_id(row, None, titled=titled) for titled in (True, False)])
    return read.with_columns(
        pl.Series("event_id", ids, pl.String), pl.Series(UNMARKED, unmarked, pl.List(pl.String))
    )


def unmarked_ids(rows: pl.DataFrame, *, in_any_language: bool) -> list[str]:
    """The ids of stored rows of one file and day whose Bookmark nobody knows.

    The title is part of those that only it tells apart, where the others are `in_any_language`.
    """
    by_day = (rows["time_precision"] == "day").to_list()
    ids: dict[str, None] = {}
    unmarked = []
    for row, day in zip(view_rows(rows), by_day, strict=True):
        own = view_id(row, None, titled=day or not in_any_language)
        if own in ids:
            own = view_id(row, None, titled=True)
        ids[own] = None
        unmarked.append(own)
    return unmarked


def view_rows(read: pl.DataFrame) -> list[tuple[Any, ...]]:
    """What each row is known by, but for its Bookmark; its time in microseconds."""
    time = pl.col("event_time").dt.epoch("us")
    return read.select(pl.col(KNOWN_BY).exclude("event_time"), time).select(KNOWN_BY).rows()


def view_id(row: tuple[Any, ...], mark: float | str | None, *, titled: bool) -> str:
    """The id of a row of `view_rows` with its Bookmark."""
    *fields, title = row
    content = [*fields, mark, title] if titled else [*fields, mark]
    return derived_id(ACTIVITY, json.dumps(content, ensure_ascii=False))


def _mark(text: object) -> float | str | None:
    """A Bookmark in seconds; as it stands where it is no time, None where there is none."""
    plain = "" if text is None else str(text).strip().casefold()
    if tells_nothing(plain):
        return None
    try:
        return clock(plain)
    except ValueError:
        return plain


PROFILE = ("Profile Name", "ProfileName")
START = ("Start Time", "StartTime")
SUPPLEMENTAL = ("Supplemental Video Type", "SupplementalVideoType")
USER_ID, TITLE_ID, KIND = "\0user_id", "\0title_id", "\0kind"
ACTIVITY, HISTORY = "netflix-viewing-activity", "netflix-viewing-history"
"""This export, and the instant download of the same viewing: a household has one of them."""


def prepare(frame: pl.DataFrame, household: str) -> pl.DataFrame:
    """The frame with the ids of user and title, and whether a row is a promo."""
    profile = next(name for name in PROFILE if name in frame.columns)
    supplemental = next((name for name in SUPPLEMENTAL if name in frame.columns), None)
    promo = pl.lit(None) if supplemental is None else plain_text(pl.col(supplemental))
    return frame.with_columns(
        each_text(frame[profile], lambda name: fitting_id(f"{household}/{name}")).alias(USER_ID),
        title_id(frame["Title"]),
        pl.when(promo.is_null()).then(pl.lit("main")).otherwise(pl.lit("promo")).alias(KIND),
    )


def titles(frame: pl.DataFrame) -> pl.DataFrame:
    """The titles' texts by id, and which of them are videos: a promo is neither film nor episode.

    Whether a video is a film or an episode is read later, beside all titles of the home.
    """
    plain = each_text(frame["Title"], plain_title)
    video = pl.when(pl.col(KIND) == "main").then(pl.lit(VIDEO))
    # Videos first: a title that was also a promo is told as a video.
    return frame.select(title_id=TITLE_ID, title=plain, content_type=video).sort(
        "content_type", nulls_last=True, maintain_order=True
    )


def title_id(texts: pl.Series) -> pl.Series:
    """The id of each row's title, made of its text."""
    return each_text(texts, lambda text: named_id(plain_title(text))).alias(TITLE_ID)


def profile_id(household: str) -> str:
    """The id of the profile whose file it is, by what is told of the household."""
    name, _, profile = household.partition("/")
    return fitting_id(f"{name}/{profile or name}")


def with_ids_of_history(frame: pl.DataFrame, household: str) -> pl.DataFrame:
    """The frame with the ids of user and title."""
    return frame.with_columns(
        pl.lit(profile_id(household)).alias(USER_ID),
        title_id(frame["Title"]),
        pl.lit("main").alias(KIND),
    )


def numbered_by_day(_frame: pl.DataFrame, read: pl.DataFrame) -> pl.DataFrame:
    """The rows with the id of profile, day and title: it counts how many of them there are."""
    keys = read.select("user_id", pl.col("event_time").dt.date().cast(pl.String), "title_id")
    ids = [
        None if None in row else derived_id(HISTORY, json.dumps(row, ensure_ascii=False))
        for row in keys.iter_rows()
    ]
    return read.with_columns(pl.Series("event_id", ids, pl.String))


ADAPTERS = (
    Adapter(
        ACTIVITY,
        "watch_events",
        (PROFILE, START, "Duration", "Title"),
        {
            **DEFAULTS,
            "user_id": From((USER_ID,)),
            "title_id": From((TITLE_ID,)),
            "event_time": From(START),
            "watch_seconds": From(("Duration",), unit="clock"),
            "kind": From((KIND,), absent="main", empty="main"),
            "device": From(("Device Type", "DeviceType")),
            "country": From(("Country",)),
        },
        before=prepare,
        titles=titles,
        uses=(*PROFILE, "Title", *SUPPLEMENTAL, BOOKMARK),
        instead_of=HISTORY,
        identify=known_again,
    ),
    Adapter(
        HISTORY,
        "watch_events",
        ("Title", "Date"),
        {
            **DEFAULTS,
            "user_id": From((USER_ID,)),
            "title_id": From((TITLE_ID,)),
            "event_time": From(("Date",)),
        },
        before=with_ids_of_history,
        titles=titles,
        uses=("Title",),
        nothing_else=True,
        identify=numbered_by_day,
        whose=profile_id,
        repeats=True,
        instead_of=ACTIVITY,
    ),
)
