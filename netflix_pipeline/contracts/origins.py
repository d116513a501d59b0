"""The contracts of the tables by origin: what models said on a day, and how good they were.

An origin is the day on which something was said, at its first moment: of rows that were known
before. Its partition is written once, and no change below makes it pending.
"""

from netflix_pipeline.contracts.contract import (
    Contract,
    choice,
    count,
    day,
    number,
    text,
    whole,
)

LEVELS = ("total", "country", "device", "genre", "title")
"""Of what series there are forecasts: of everything, and by what a play is told apart by."""

FORECAST_METRICS = ("hours", "views", "plays", "viewers")
"""What is forecast by day. Viewers do not add up: each level tells its own."""

QUANTILES = (0.025, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 0.975)
"""The quantiles that are told: each tenth, and the bounds of 50, 80 and 95 %."""


def quantile_name(level: float) -> str:
    """The column of a quantile: `q10` of 0.1, `q025` of 0.025."""
    return f"q{level:.3f}".replace("0.", "", 1).removesuffix("0")


FORECAST_DAILY = Contract(
    stage="gold",
    name="forecast_daily",
    doc="What was expected of the 28 days from an origin on, as quantiles, by series and metric.",
    columns=(
        choice("metric", FORECAST_METRICS, "what is forecast"),
        choice("level", LEVELS, "of what the series is one"),
        text("key", "which one: a country, device, genre or title; `all` of the total"),
        day("day", "which day is forecast"),
        whole("horizon", "how many days ahead: 1 is the origin itself", "days", ge=1),
        *(
            number(quantile_name(q), f"with {q:.1%} it is no more", "of the metric", ge=0)
            for q in QUANTILES
        ),
        text("model", "the model that says it"),
        count("people", "people who watched any of it in the 28 days before", "users"),
    ),
    key=("metric", "level", "key", "day"),
    partition="origin",
)
