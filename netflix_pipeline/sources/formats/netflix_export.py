"""Netflix's own `ViewingActivity.csv`, as every member can download it.

A user is a profile of a household. A title's id is made of its text, which also tells series,
season and episode in the account's language (`title_texts`). Trailers, hooks and recaps have a
supplemental video type and become promos. Start times are UTC, to the second.
"""

import polars as pl

from netflix_pipeline.contracts.bronze.title_mentions import VIDEO
from netflix_pipeline.sources.adapter import Adapter, each_text, fitting_id
from netflix_pipeline.sources.column_mapping import From
from netflix_pipeline.sources.formats.native import DEFAULTS
from netflix_pipeline.sources.formats.netflix_identity import BOOKMARK, identify
from netflix_pipeline.sources.missing_values import plain_text
from netflix_pipeline.title_texts import named_id, plain_title

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


def known_again(frame: pl.DataFrame, read: pl.DataFrame) -> pl.DataFrame:
    """The rows with what they are known by in another download."""
    start = next(frame[name] for name in START if name in frame.columns)
    bookmark = next((frame[name] for name in BOOKMARK if name in frame.columns), None)
    return identify(ACTIVITY, read, start, bookmark)


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
        uses=(*PROFILE, "Title", *SUPPLEMENTAL, *BOOKMARK),
        instead_of=HISTORY,
        identify=known_again,
    ),
)
