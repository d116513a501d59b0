"""The platform's own columns: a contract's payload under its own names, in any order.

The key may be missing (it is then derived from the row's content), and whatever is nullable.
"""

from dataclasses import replace

from netflix_pipeline.contracts import contract
from netflix_pipeline.sources.adapter import Adapter, Need
from netflix_pipeline.sources.column_mapping import From

NEEDS: dict[str, tuple[Need, ...]] = {
    "watch_events": ("user_id", "title_id", "event_time"),
    "search_events": ("user_id", "event_time", "query"),
    "recommendation_events": ("user_id", "title_id", "event_time", "clicked"),
    "reviews": (
        "user_id",
        "title_id",
        "event_time",
        "rating",
        ("review_id", "text", "sentiment"),
    ),
    "users": (
        "user_id",
        ("plan", "signup_date", "age", "gender", "primary_device", "is_active", "monthly_spend"),
    ),
    "titles": ("title_id", ("title", "content_type", "genre", "runtime_minutes")),
}
DEFAULTS = {
    "action": From(absent="stopped"),
    "time_precision": From(absent="second", empty="second"),
    "kind": From(absent="main", empty="main"),
    "is_download": From(absent=False, empty=False),
}
"""What a watch event's columns are where a source has none, or leaves them empty."""


def origins(table: str) -> dict[str, From]:
    """Every payload column of a table from the column of its own name."""
    return {
        column.name: replace(DEFAULTS.get(column.name, From()), names=(column.name,))
        for column in contract(f"bronze/{table}").payload
    }


ADAPTERS = tuple(
    Adapter(f"native-{table.replace('_', '-')}", table, needs, origins(table))
    for table, needs in NEEDS.items()
)
