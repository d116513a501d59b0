"""Silver `users`: every user that a source describes or an event names."""

from netflix_pipeline.contracts.bronze.users import PROFILE
from netflix_pipeline.contracts.contract import Contract, flag

CONTRACT = Contract(
    stage="silver",
    name="users",
    doc="Every user, by the newest row that describes them; others with only their id.",
    columns=(*PROFILE, flag("described", "whether a source describes the user")),
    key=("user_id",),
    partition="whole",
)
