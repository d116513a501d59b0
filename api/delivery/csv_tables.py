"""Answers as tables: CSV, and what its headers say."""

import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Depends, Query

from netflix_pipeline.serving import Answer

CSV = "text/csv"


def _format(
    format: Annotated[  # noqa: A002 - the name of the parameter
        Literal["json", "csv"] | None,
        Query(description="which format is answered; without it, `Accept` tells"),
    ] = None,
) -> None:
    """`answer` reads it; here it is described and checked."""


FORMATS = Depends(_format)
"""The dependency of every resource that answers a table."""

NO_FILTERS = ("format", "from", "to", "limit", "cursor")
UNUSUAL = re.compile(r"[^A-Za-z0-9._-]+")


def table_headers(
    path: str, query: Iterable[tuple[str, str]], answer: Answer[Any]
) -> dict[str, str]:
    """What a CSV's frame would say, as headers: a file name, snapshot, as-of, period, filters."""
    period = answer.period and f"{answer.period.from_}_{answer.period.to}"
    parts = (path.strip("/"), period, f"snapshot-{answer.snapshot.version}")
    name = "_".join(UNUSUAL.sub("-", part)[:100] for part in parts if part)
    filters = urlencode([one for one in query if one[0] not in NO_FILTERS])
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.csv"',
        "Snapshot-Version": str(answer.snapshot.version),
    }
    if answer.snapshot.as_of:
        headers["Data-As-Of"] = answer.snapshot.as_of.isoformat().replace("+00:00", "Z")
    if answer.period:
        headers["Data-Period"] = f"{answer.period.from_}/{answer.period.to}"
    if filters:
        headers["Data-Filters"] = filters
    return headers
