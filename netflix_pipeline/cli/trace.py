"""An event's way, told from the file that it stood in to the numbers that it is in."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netflix_pipeline.cli.common import (
    Json,
    complain,
    print_json,
    print_table,
    say,
    settings,
    shown,
)
from netflix_pipeline.errors import PipelineError

if TYPE_CHECKING:
    from netflix_pipeline.trace import Trace


def trace(
    event_id: Annotated[str, typer.Argument(help="Its event_id.")], as_json: Json = False
) -> None:
    """Follow an event from file and line to published numbers.

    Reads: $NETFLIX_HOME/lake and the current snapshot.

    Writes: nothing.

    Example: netflix-pipeline trace my-first-event
    """
    from netflix_pipeline.lake import Lake
    from netflix_pipeline.serving import published_numbers
    from netflix_pipeline.trace import trace as follow

    home = settings()
    way = follow(Lake.of(home), event_id)
    for problem in way.problems:
        complain(f"what this file holds of it is not shown: {problem}")
    if not way.arrivals:
        raise PipelineError(
            f"no event {event_id!r} in {home.lake}: it was never taken in, was erased, or waits in "
            "the event log for the next drain. Check the id; netflix-pipeline status shows what is "
            "there and how much waits."
        )
    numbers = published_numbers(home, way.play) if way.play else {}
    if as_json:
        print_json({**dataclasses.asdict(way), "published": numbers})
        return
    print_table(
        f"Arrivals of {event_id}",
        ("became", "table", "day", "file", "line", "received", "batch"),
        (
            (
                _became(arrival),
                arrival["table"],
                arrival["event_date"],
                arrival["file"],
                str(arrival["line"]),
                arrival["received_at"],
                arrival["batch"],
            )
            for arrival in way.arrivals
        ),
    )
    for arrival in way.arrivals:
        if arrival["became"] == "quarantined":
            say(f"  its text: {arrival['raw']}")
    for title, row in (("Play", way.play), ("Sitting", way.sitting)):
        if row is not None:
            print_table(title, ("column", "value"), _known(row))
    if numbers:
        print_table(
            "Published",
            ("in", "holds"),
            (
                (name, "  ".join(f"{k}={v}" for k, v in _known(row)))
                for name, row in numbers.items()
            ),
        )
    say(_ending(way, published=bool(numbers)))


def _became(arrival: dict[str, Any]) -> str:
    reasons = ", ".join(arrival.get("reasons", ()))
    return f"{arrival['became']} ({reasons})" if reasons else str(arrival["became"])


def _known(row: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name, shown(value)) for name, value in row.items() if value not in (None, [])]


def _ending(way: Trace, *, published: bool) -> str:
    """Where the way ends, and why."""
    if published:
        return "It is in the published numbers."
    if way.play is not None:
        return "Its play is built and not published yet: netflix-pipeline publish"
    if way.promo:
        return "It is a promo (trailer, teaser, recap): kept, never counted in plays."
    stored = {arrival["table"] for arrival in way.arrivals if arrival["became"] == "stored"}
    if not stored:
        return "It is in no table: see netflix-pipeline quarantine."
    if stored == {"bronze/watch_events"}:
        return "It is stored and in no play yet: netflix-pipeline materialize"
    return f"It is stored in {', '.join(sorted(stored))}."
