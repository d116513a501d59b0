"""How fresh what is shown is: the newest record, the snapshot, and how old both are."""

from __future__ import annotations

from datetime import UTC, datetime

from dash_app import formats
from dash_app.panels.panel import Panel
from dash_app.table import Column, Table
from dash_app.visit import Visit
from netflix_pipeline.serving import Answer


def freshness(visit: Visit) -> Panel:
    """The panel of how old everything is, of this minute."""
    info, now = visit.info, datetime.now(UTC)
    arrived = visit.queries.arrivals()
    moments: list[tuple[str, datetime | None]] = [
        ("Newest record received", info.as_of),
        ("Snapshot built", info.built_at),
    ]
    rows: list[tuple[str, str, float | None]] = [
        (what, formats.moment(at), (now - at).total_seconds() if at else None)
        for what, at in moments
    ]
    if arrived:
        rows.append(("Days of arrival", formats.period(arrived), None))
    if info.data_from and info.data_to:
        days = f"{formats.day(info.data_from)} – {formats.day(info.data_to)}"
        rows.append(("Days with plays", days, None))
    rows.append(("Snapshot", str(info.version), None))
    table = Table(
        "Freshness",
        (
            Column("what", "What"),
            Column("value", "Is"),
            Column("age_seconds", "Age", formats.age),
        ),
        tuple(rows),
    )
    newest = formats.age((now - info.as_of).total_seconds()) if info.as_of else formats.UNKNOWN
    return Panel(
        name="fresh",
        heading=table.caption,
        summary=f"What is shown knows of all that was received until {newest} ago.",
        table=table,
        answer=Answer[None](data=None, snapshot=info),
    )
