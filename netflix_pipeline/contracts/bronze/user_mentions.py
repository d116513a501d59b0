"""Bronze `user_mentions`: users that a batch of events names."""

from netflix_pipeline.contracts.contract import Contract, identifier, text

CONTRACT = Contract(
    stage="bronze",
    name="user_mentions",
    doc="Users that a batch of events names; nobody needs to have described them.",
    columns=(
        identifier("user_id", "who"),
        text("batch", "the batch that names them"),
    ),
    key=("user_id", "batch"),
    partition="whole",
)
