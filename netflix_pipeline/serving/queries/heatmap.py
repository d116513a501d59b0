"""When people watch: plays and hours by weekday and hour of a zone's clock."""

# Written into SQL are names out of contracts and metrics only; values are bound.
from __future__ import annotations

from datetime import timedelta
from itertools import product

from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving.answers import Filters, HeatMap, HourOfWeek, Period
from netflix_pipeline.serving.queries.quarters import quarter_rows, without_time
from netflix_pipeline.serving.queries.rows import chosen
from netflix_pipeline.serving.queries.zones import zone
from netflix_pipeline.serving.snapshots import Snapshot

MEASURES = ("plays", "hours_viewed")
CELLS = """
    SELECT isodow(event_date) AS weekday, local // 4 % 24 AS hour, {measures}
    FROM {rows} GROUP BY 1, 2
"""


def heatmap(snapshot: Snapshot, period: Period, filters: Filters, zone_name: str) -> HeatMap:
    """The period's days in the zone, hour by hour of the week. Raises UnknownZone."""
    rows = quarter_rows(snapshot, period, zone(zone_name), filters)
    measures = chosen([METRICS[name] for name in MEASURES])
    found = {
        (row["weekday"], row["hour"]): row
        for row in snapshot.rows(CELLS.format(measures=measures, rows=rows.sql), rows.bound)
    }
    nothing = dict.fromkeys(MEASURES, 0)
    days = [0] * 7
    for offset in range(period.days):
        days[(period.from_ + timedelta(days=offset)).weekday()] += 1
    return HeatMap(
        cells=tuple(
            HourOfWeek(**{"weekday": at[0], "hour": at[1]} | found.get(at, nothing))
            for at in product(range(1, 8), range(24))
        ),
        days=tuple(days),
        plays_without_time=without_time(snapshot, period, filters),
    )
