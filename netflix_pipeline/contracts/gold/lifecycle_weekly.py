"""Gold `lifecycle_weekly`: new, returning, resurrected and dormant users of each week."""

from netflix_pipeline.contracts.contract import Contract, count, day, flag

CONTRACT = Contract(
    stage="gold",
    name="lifecycle_weekly",
    doc="The users of each week (Monday to Sunday), by what they did before.",
    columns=(
        day("week", "Monday of the week"),
        count("active_users", "users with a play in the week", "users"),
        count("new_users", "their first week ever", "users"),
        count("returning_users", "also played the week before", "users"),
        count("resurrected_users", "played earlier, not the week before", "users"),
        count("dormant_users", "played the week before, not this one", "users"),
        flag("provisional", "the week has not ended by the last day with data"),
    ),
    key=("week",),
    partition="whole",
)
