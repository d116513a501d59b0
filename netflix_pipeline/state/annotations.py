"""What people know of a day and data do not tell: launches, outages, anything worth a word."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    delete,
    false,
    func,
    insert,
    select,
    update,
)

from netflix_pipeline.errors import BadInput
from netflix_pipeline.ids import trimmed
from netflix_pipeline.settings import Settings
from netflix_pipeline.state.database import UtcDateTime, ensure, looked_up, rows_of

KINDS = {"launch": "Launch", "outage": "Outage", "note": "Note"}
"""What an annotation can be, and how it is called."""
LONGEST = 200
"""Characters of its text."""
LONGEST_AUTHOR = 64
LONGEST_ID = 64
"""Characters of a title's id."""
MOST = 5_000
"""Annotations that are kept in all."""
COUNTRY = re.compile("[A-Z]{2}")

ANNOTATIONS = Table(
    "annotations",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("day", Date, nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("text", String(LONGEST), nullable=False),
    Column("author", String(LONGEST_AUTHOR), nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("country", String(2)),
    Column("title_id", String(LONGEST_ID)),
    Column("private", Boolean, nullable=False, server_default=false()),
)


class NoAnnotation(BadInput):
    """No annotation has that number."""


@dataclass(frozen=True)
class Annotation:
    """One of them; `day` is a UTC day, `author` empty where nobody was known.

    It is about one country or title where these are said. A `private` one is its author's alone.
    """

    id: int
    day: date
    kind: str
    text: str
    author: str
    created: datetime
    country: str | None = None
    title_id: str | None = None
    private: bool = False

    def is_seen_by(self, name: str) -> bool:
        """Whether somebody of that name may read and change it."""
        return not self.private or self.author == name


class Annotations:
    """The annotations of a home. Raises StateUnavailable.

    Where something is done `by` somebody, what is private to others is not there.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        ensure(engine, ANNOTATIONS)

    def add(
        self,
        day: date,
        text: str,
        kind: str = "note",
        author: str = "",
        *,
        country: str | None = None,
        title_id: str | None = None,
        private: bool = False,
    ) -> Annotation:
        """Say something about a day. Raises BadInput."""
        author = author[:LONGEST_AUTHOR]
        row = _said(day, text, kind, country, title_id) | {
            "private": _private(private, author),
            "author": author,
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

    def change(
        self,
        number: int,
        day: date,
        text: str,
        kind: str = "note",
        *,
        by: str | None = None,
        country: str | None = None,
        title_id: str | None = None,
        private: bool = False,
    ) -> Annotation:
        """Say something else in its place; its author and time stay.

        Raises BadInput, also where it shall be private to another than its author; NoAnnotation.
        """
        row = _said(day, text, kind, country, title_id)
        with self._engine.begin() as connection:
            before = self._one(connection, number, by)
            if private and by is not None and by != before.author:
                raise BadInput("only its author can keep an annotation to themselves.")
            row["private"] = _private(private, before.author)
            connection.execute(update(ANNOTATIONS).where(ANNOTATIONS.c.id == number), row)
        return replace(before, **row)

    def remove(self, number: int, *, by: str | None = None) -> None:
        """Take one away. Raises NoAnnotation."""
        with self._engine.begin() as connection:
            self._one(connection, number, by)
            connection.execute(delete(ANNOTATIONS).where(ANNOTATIONS.c.id == number))

    def _one(self, connection: Connection, number: int, by: str | None) -> Annotation:
        found = connection.execute(select(ANNOTATIONS).where(ANNOTATIONS.c.id == number)).first()
        one = Annotation(**found._asdict()) if found else None
        if one is None or (by is not None and not one.is_seen_by(by)):
            raise NoAnnotation(
                f"no annotation has the number {number}: netflix-pipeline annotate list shows all."
            )
        return one

    def all(self) -> Sequence[Annotation]:
        """All of them, by day."""
        by_day = select(ANNOTATIONS).order_by(ANNOTATIONS.c.day, ANNOTATIONS.c.id)
        return [Annotation(**row._asdict()) for row in rows_of(self._engine, by_day)]


def annotations_of(settings: Settings) -> Sequence[Annotation]:
    """All annotations of a home; where nothing was ever put in nothing is made."""
    return looked_up(settings, lambda engine: Annotations(engine).all(), ())


def _said(
    day: date, text: str, kind: str, country: str | None, title_id: str | None
) -> dict[str, Any]:
    """The columns of what somebody says. Raises BadInput."""
    text = " ".join(text.split())
    if kind not in KINDS:
        raise BadInput(f"there is no kind {kind!r}: choose one of {', '.join(KINDS)}.")
    if not 1 <= len(text) <= LONGEST or not text.isprintable():
        raise BadInput(f"write 1 to {LONGEST} characters about the day.")
    if country is not None and not COUNTRY.fullmatch(country):
        raise BadInput("a country is its two capital letters, such as DE.")
    if title_id is not None:
        title_id = trimmed(title_id)
        if not title_id or len(title_id) > LONGEST_ID or not title_id.isprintable():
            raise BadInput(f"a title's id has 1 to {LONGEST_ID} characters.")
    return {"day": day, "kind": kind, "text": text, "country": country, "title_id": title_id}


def _private(private: bool, author: str) -> bool:
    """Raises BadInput where nobody would ever see it."""
    if private and not author:
        raise BadInput("an annotation of nobody's cannot be private: say who its author is.")
    return private
