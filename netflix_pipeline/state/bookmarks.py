"""Views of the dashboard that somebody keeps under a name, for themselves or for everybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    delete,
    func,
    insert,
    select,
    true,
    update,
)

from netflix_pipeline.errors import BadInput
from netflix_pipeline.state.database import UtcDateTime, ensure, making, rows_of

LONGEST_NAME = 60
"""Characters of a bookmark's name."""
LONGEST_ADDRESS = 2_000
"""Characters of the address that it leads to."""
LONGEST_OWNER = 64
MOST = 200
"""Bookmarks that one owner has."""
MOST_IN_ALL = 5_000

BOOKMARKS = Table(
    "bookmarks",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("owner", String(LONGEST_OWNER), nullable=False),
    Column("name", String(LONGEST_NAME), nullable=False),
    Column("address", String(LONGEST_ADDRESS), nullable=False),
    Column("shared", Boolean, nullable=False),
    Column("created", UtcDateTime, nullable=False),
    UniqueConstraint("owner", "name"),
)


class NoBookmark(BadInput):
    """No bookmark of this owner has that number."""


@dataclass(frozen=True)
class Bookmark:
    """One of them: `address` is a path of the dashboard with its query.

    `owner` is empty where nobody was known: it is everybody's then.
    """

    id: int
    owner: str
    name: str
    address: str
    shared: bool
    created: datetime

    def is_seen_by(self, name: str) -> bool:
        """Whether somebody of that name finds it among theirs."""
        return self.shared or self.owner in ("", name)


class Bookmarks:
    """The bookmarks of a home. Raises StateUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        ensure(engine, BOOKMARKS)

    def keep(self, name: str, address: str, owner: str = "", *, shared: bool = False) -> None:
        """Keep an address under a name, in place of the owner's own one of that name.

        Raises BadInput.
        """
        owner = owner[:LONGEST_OWNER]
        row: dict[str, Any] = {"address": _address(address), "shared": shared}
        name = _name(name)
        with making(self._engine) as connection:  # of two machines one finds what the other keeps
            own = (BOOKMARKS.c.owner == owner) & (BOOKMARKS.c.name == name)
            if connection.execute(update(BOOKMARKS).where(own), row).rowcount:
                return
            for limit, which in ((MOST, BOOKMARKS.c.owner == owner), (MOST_IN_ALL, true())):
                counted = select(func.count()).select_from(BOOKMARKS).where(which)
                if (connection.scalar(counted) or 0) >= limit:
                    raise BadInput(f"there are {limit} bookmarks already: remove some.")
            row |= {"owner": owner, "name": name, "created": datetime.now(UTC)}
            connection.execute(insert(BOOKMARKS), row)

    def rename(self, number: int, name: str, owner: str = "") -> None:
        """Call one of the owner's otherwise. Raises BadInput, NoBookmark."""
        name = _name(name)
        with making(self._engine) as connection:
            known = (BOOKMARKS.c.owner == owner) & (BOOKMARKS.c.name == name)
            if connection.scalar(select(BOOKMARKS.c.id).where(known)) not in (None, number):
                raise BadInput(f"another bookmark is called {name}: choose another name.")
            self._one(connection, number, owner)
            connection.execute(update(BOOKMARKS).where(BOOKMARKS.c.id == number), {"name": name})

    def remove(self, number: int, owner: str = "") -> None:
        """Take one of the owner's away. Raises NoBookmark."""
        with self._engine.begin() as connection:
            self._one(connection, number, owner)
            connection.execute(delete(BOOKMARKS).where(BOOKMARKS.c.id == number))

    def _one(self, connection: Connection, number: int, owner: str) -> None:
        own = (BOOKMARKS.c.id == number) & BOOKMARKS.c.owner.in_(("", owner))
        if connection.scalar(select(BOOKMARKS.c.id).where(own)) is None:
            raise NoBookmark("this bookmark is gone, or another's: who keeps it can change it.")

    def all(self) -> Sequence[Bookmark]:
        """All of them, by name."""
        by_name = select(BOOKMARKS).order_by(func.lower(BOOKMARKS.c.name), BOOKMARKS.c.id)
        return [Bookmark(**row._asdict()) for row in rows_of(self._engine, by_name)]


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise BadInput(f"write 1 to {LONGEST_NAME} characters as the name of this view.")
    return name


def _address(address: str) -> str:
    if len(address) > LONGEST_ADDRESS or not address.startswith("/") or not address.isprintable():
        raise BadInput(
            f"a bookmark leads to a view of this dashboard, in {LONGEST_ADDRESS} characters."
        )
    return address
