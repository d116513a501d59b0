"""Gold `retention_weekly`: who comes back, by the week of their first play."""

from netflix_pipeline.contracts.contract import Contract, count, day, flag, number, whole

CONTRACT = Contract(
    stage="gold",
    name="retention_weekly",
    doc="Of the users whose first play fell in a week, those who played k weeks later.",
    columns=(
        day("cohort_week", "Monday of the week of their first play"),
        whole("week_offset", "k: weeks after it", "weeks", ge=0),
        count("cohort_users", "users whose first play fell in the week", "users"),
        count("active_users", "those of them with a play in week + k", "users"),
        number("retention", "active ÷ cohort", "share", ge=0, le=1),
        flag("provisional", "week + k has not ended by the last day with data"),
    ),
    key=("cohort_week", "week_offset"),
    partition="whole",
)
