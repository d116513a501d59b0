"""Bronze `users`: what a source says of a user. Names and e-mail addresses are not taken in."""

from netflix_pipeline.contracts.contract import (
    DEVICES,
    LINEAGE,
    Contract,
    choice,
    country,
    day,
    flag,
    identifier,
    number,
    text,
    whole,
)

PROFILE = (
    identifier("user_id", "who"),
    country(),
    text("plan", "subscription plan, as the source says", nullable=True),
    day("signup_date", "first day of the subscription", nullable=True),
    whole("age", "age", "years", nullable=True),
    text("gender", "gender, as the source says", nullable=True),
    choice("primary_device", DEVICES, "kind of device mostly used", nullable=True),
    flag("is_active", "whether the subscription is active", nullable=True),
    number("monthly_spend", "spend a month", "currency of the source", nullable=True),
)
"""What a users row says of a user."""

CONTRACT = Contract(
    stage="bronze",
    name="users",
    doc="What a source says of a user, as it came; the newest row of a user_id wins.",
    columns=(*PROFILE, *LINEAGE),
    key=("user_id", "batch", "line"),
    order=("batch", "line"),
    partition="whole",
)
