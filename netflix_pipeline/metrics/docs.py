"""The reference of all metrics, `docs/metrics.md`, written from the metric layer.

`python -m netflix_pipeline.metrics.docs docs/metrics.md` writes it anew.
"""

import sys
from pathlib import Path

from netflix_pipeline.metrics.catalogue import METRICS, Metric
from netflix_pipeline.metrics.lateness import BULK_AFTER, FEWEST_DAYS, MEASURED_DAYS, TAIL_DAYS

HEAD = f"""# Metrics

Every number of viewing that the API and the dashboard show is one of these. The text is written
from `netflix_pipeline/metrics` by `python -m netflix_pipeline.metrics.docs docs/metrics.md`.

A day is a UTC day, a week runs from Monday to Sunday, a period includes both of its ends. Metrics
with "Days: of any time zone" can also be had in the days of another zone, from the start of each
play or sitting on its clock; a play of which only the day is known keeps its day. All others stay
with days of UTC. Every answer that carries a metric also says its period, the time as of which it
holds (the latest receipt of a record in it) and the version of the snapshot it came from. A metric
asked under a filter that it cannot take is an error, never a silently unfiltered number.

How far a play came, what it **reached**, is all of the title where an event says `completed`, else
the largest progress that was reported, else time watched ÷ runtime, else unknown. Thresholds (two
minutes, 70 %, 90 %, each 5 %) hold from one millionth below their value on, for durations come in
decimals.

A day is **provisional** until at least 99.5 % of the rows that usually come are in, then
**settled**; it is **late** where rows came after that. How late rows usually come is measured by
the watch events that are in plays: over the last {MEASURED_DAYS} days that ended at least
{TAIL_DAYS} days ago, of those after the day of the first arrival, which share of the rows was in
so many hours after the end of their day (whole days from the second on). What is usually in within
the next hour counts as in. Rows of a bulk load, which a file brought more than {BULK_AFTER.days}
days after the event, are left out, and make no day late. With fewer than {FEWEST_DAYS} such days
that have rows, lateness is not known: a day is then settled once it is over, and none is late.
"""


DAYS = {True: "of any time zone", False: "of UTC"}
"""Which days a metric can be told of, by whether it goes by a zone."""


def _entry(metric: Metric) -> str:
    lines = [
        f"## {metric.label}",
        "",
        f"`{metric.name}` · {metric.unit}",
        "",
        metric.sentence,
        "",
        f"- One value for each: {metric.grain}",
        f"- Filters: {', '.join(metric.filters) or 'none'}",
        *([f"- Days: {DAYS[metric.by_zone]}"] if metric.by_zone or metric.stays_utc else []),
        f"- Gold table: `{metric.table}`",
    ]
    if metric.expression:
        lines.append(f"- Expression: `{metric.expression}`")
    return "\n".join(lines) + "\n"


def document() -> str:
    """The whole reference as Markdown."""
    return "\n".join([HEAD, *map(_entry, METRICS.values())])


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(document(), encoding="utf-8")
