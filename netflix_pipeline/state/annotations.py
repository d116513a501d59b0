"""What people know of a day and data do not tell: launches, outages, anything worth a word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    Column,
    Date,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    delete,
    func,
    insert,
    select,
)

from netflix_pipeline.errors import BadInput
from netflix_pipeline.settings import Settings
from netflix_pipeline.state.database import UtcDateTime, ensure, looked_up, rows_of

KINDS = {"launch": "Launch", "outage": "Outage", "note": "Note"}
"""What an annotation can be, and how it is called."""
LONGEST = 200
"""Characters of its text."""
LONGEST_AUTHOR = 64
MOST = 5_000
"""Annotations that are kept in all."""

ANNOTATIONS = Table(
    "annotations",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("day", Date, nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("text", String(LONGEST), nullable=False),
    Column("author", String(LONGEST_AUTHOR), nullable=False),
    Column("created", UtcDateTime, nullable=False),
)


class NoAnnotation(BadInput):
    """No annotation has that number."""


@dataclass(frozen=True)
class Annotation:
    """One of them; `day` is a UTC day, `author` empty where nobody was known."""

    id: int
    day: date
    kind: str
    text: str
    author: str
    created: datetime


class Annotations:
    """The annotations of a home. Raises StateUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        ensure(engine, ANNOTATIONS)

    def add(self, day: date, text: str, kind: str = "note", author: str = "") -> Annotation:
        """Say something about a day. Raises BadInput."""
        text = " ".join(text.split())
        if kind not in KINDS:
            raise BadInput(f"there is no kind {kind!r}: choose one of {', '.join(KINDS)}.")
        if not 1 <= len(text) <= LONGEST or not text.isprintable():
            raise BadInput(f"write 1 to {LONGEST} characters about the day.")
        row: dict[str, Any] = {
            "day": day,
            "kind": kind,
            "text": text,
            "author": author[:LONGEST_AUTHOR],
            "created": datetime.now(UTC),
        }
        with self._engine.begin() as connection:
            count = connection.scalar(select(func.count()).select_from(ANNOTATIONS)) or 0
            if count >= MOST:
                raise BadInput(
                    f"there are {count} annotations, and more are not kept: remove some."
                )
            key = connection.execute(insert(ANNOTATIONS), row).inserted_primary_key
        assert key is not None
        return Annotation(id=key[0], **row)

    def remove(self, number: int) -> None:
        """Take one away. Raises NoAnnotation."""
        with self._engine.begin() as connection:
            gone = connection.execute(delete(ANNOTATIONS).where(ANNOTATIONS.c.id == number))
        if not gone.rowcount:
            raise NoAnnotation(
                f"no annotation has the number {number}: netflix-pipeline annotate list shows all."
            )

    def all(self) -> Sequence[Annotation]:
        """All of them, by day."""
        by_day = select(ANNOTATIONS).order_by(ANNOTATIONS.c.day, ANNOTATIONS.c.id)
        return [Annotation(**row._asdict()) for row in rows_of(self._engine, by_day)]


def annotations_of(settings: Settings) -> Sequence[Annotation]:
    """All annotations of a home; where nothing was ever put in nothing is made."""
    return looked_up(settings, lambda engine: Annotations(engine).all(), ())
