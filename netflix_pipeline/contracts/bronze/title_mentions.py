"""Bronze `title_mentions`: titles that a batch of events names, and what they tell of them."""

from netflix_pipeline.contracts.bronze.titles import DESCRIPTION
from netflix_pipeline.contracts.contract import Contract, text

CONTRACT = Contract(
    stage="bronze",
    name="title_mentions",
    doc="Titles that a batch of events names, with what the events tell of them.",
    columns=(*DESCRIPTION, text("batch", "the batch that names them")),
    key=("title_id", "batch"),
    partition="whole",
)
