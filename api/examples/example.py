"""How answers become examples of the reference, and what they share."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from pydantic import BaseModel

from api.problems import QUERIED
from api.tables import CSV, Table
from netflix_pipeline.serving import Answer, SnapshotInfo

SNAPSHOT = SnapshotInfo(
    version=12,
    built_at=datetime(2026, 3, 7, 6, 0, 12, tzinfo=UTC),
    data_from=date(2026, 1, 1),
    data_to=date(2026, 3, 6),
    as_of=datetime(2026, 3, 7, 5, 59, 58, tzinfo=UTC),
)


def example(answer: BaseModel, table: Table[Any] | None = None) -> dict[int | str, dict[str, Any]]:
    """An answer as the example of a resource's success; as CSV too where it is a table."""
    content: dict[str, Any] = {
        "application/json": {"example": answer.model_dump(mode="json", by_alias=True)}
    }
    told: dict[int | str, dict[str, Any]] = {200: {"content": content}}
    if isinstance(answer, Answer):
        told |= QUERIED
        if table:
            text = table.csv(answer.data).decode()
            content[CSV] = {"schema": {"type": "string"}, "example": text}
    return told
