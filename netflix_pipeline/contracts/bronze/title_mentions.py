"""Bronze `title_mentions`: titles that a batch of events names, and what they tell of them."""

from netflix_pipeline.contracts.bronze.titles import DESCRIPTION
from netflix_pipeline.contracts.contract import Contract, text

VIDEO = "video"
"""The content type of a title of which its name alone tells whether it is a film or an episode."""

CONTRACT = Contract(
    stage="bronze",
    name="title_mentions",
    doc="Titles that a batch of events names, with what the events tell of them.",
    columns=(*DESCRIPTION, text("batch", "the batch that names them")),
    key=("title_id", "batch"),
    partition="whole",
)
