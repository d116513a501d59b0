"""Minimal viewing logs: who watched which show, for how many minutes, on which date.

`user_id,show_name,watch_duration_minutes,watch_date`, or the same in words:
`User ID,Show Name,Watch Duration (min),Watch Date`. The title's id is made of the show's name.
"""

import polars as pl

from netflix_pipeline.sources.adapter import Adapter, each_text
from netflix_pipeline.sources.column_mapping import From
from netflix_pipeline.sources.formats.native import DEFAULTS
from netflix_pipeline.title_texts import named_id

USER = ("user_id", "User ID")
SHOW = ("show_name", "Show Name")
MINUTES = ("watch_duration_minutes", "Watch Duration (min)")
DATE = ("watch_date", "Watch Date")
TITLE_ID = "\0title_id"


def with_title_id(
    frame: pl.DataFrame, _household: str, names: tuple[str, ...] = SHOW
) -> pl.DataFrame:
    """The frame with the id of each row's title, made of its name."""
    name = next(name for name in names if name in frame.columns)
    return frame.with_columns(each_text(frame[name], named_id).alias(TITLE_ID))


def titles(frame: pl.DataFrame, names: tuple[str, ...] = SHOW) -> pl.DataFrame:
    """The shows' names by id."""
    name = next(name for name in names if name in frame.columns)
    return frame.select(pl.col(TITLE_ID).alias("title_id"), pl.col(name).alias("title"))


ADAPTERS = (
    Adapter(
        "viewing-log",
        "watch_events",
        (USER, SHOW, MINUTES, DATE),
        {
            **DEFAULTS,
            "user_id": From(USER),
            "title_id": From((TITLE_ID,)),
            "event_time": From(DATE),
            "watch_seconds": From(MINUTES, unit="min"),
        },
        before=with_title_id,
        titles=titles,
        uses=SHOW,
    ),
)
