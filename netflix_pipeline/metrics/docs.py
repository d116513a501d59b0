"""The reference of all metrics, `docs/metrics.md`, written from the metric layer.

`python -m netflix_pipeline.metrics.docs docs/metrics.md` writes it anew.
"""

import sys
from pathlib import Path

from netflix_pipeline.metrics.catalogue import METRICS, Metric

HEAD = """# Metrics

Every number of viewing that the API and the dashboard show is one of these. The text is written
from `netflix_pipeline/metrics` by `python -m netflix_pipeline.metrics.docs docs/metrics.md`.

A day is a UTC day, a week runs from Monday to Sunday, a period includes both of its ends; plays and
hours can also be had on the clock of another zone. Every answer that carries a metric also says its
period, the time as of which it holds (the latest receipt of a record in it) and the version of the
snapshot it came from. A metric asked under a filter that it cannot take is an error, never a
silently unfiltered number.

How far a play came, what it **reached**, is all of the title where an event says `completed`, else
the largest progress that was reported, else time watched ÷ runtime, else unknown. Thresholds (two
minutes, 70 %, 90 %, each 5 %) hold from one millionth below their value on, for durations come in
decimals.
"""


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
