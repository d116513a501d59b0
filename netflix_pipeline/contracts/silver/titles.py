"""Silver `titles`: every title that a source describes or an event names, and its Top 10 entry."""

from netflix_pipeline.contracts.bronze.titles import DESCRIPTION
from netflix_pipeline.contracts.contract import Contract, choice, flag, number, text

LISTS = ("films", "tv")

CONTRACT = Contract(
    stage="silver",
    name="titles",
    doc="Every title, by the newest row that describes it; others with what the events tell.",
    columns=(
        *DESCRIPTION,
        flag("described", "whether a source describes the title"),
        text(
            "series_key",
            "the series whose episodes or plays count together; null for films",
            nullable=True,
        ),
        choice("list", LISTS, "the weekly list: tv for titles with episodes or a series"),
        text("entry_id", "what a list ranks: a film, a season where known, else the series"),
        text("entry_name", "the entry's name"),
        number(
            "entry_runtime_minutes",
            "the film's runtime, or the episode's × episodes",
            "min",
            nullable=True,
        ),
    ),
    key=("title_id",),
    partition="whole",
)
