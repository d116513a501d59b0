"""Sessions of the dashboard: who is signed in, ended here for every process at once.

Of the token that a browser holds only a keyed hash is kept: who reads the table can sign in as
nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    Column,
    Engine,
    LargeBinary,
    MetaData,
    String,
    Table,
    delete,
    insert,
    or_,
    select,
    update,
)

from netflix_pipeline.state.database import UtcDateTime, ensure, rows_of

MOST = 50
"""Sessions that one name has at a time; the newest stay."""
KEPT = timedelta(days=400)
"""After which a session is taken out of the table. It is over long before: a clock that runs wrong
for some seconds ends none for good."""
AHEAD = timedelta(hours=1)
"""How far the beginning of a session may lie ahead of the clock, which may have been set back."""

SESSIONS = Table(
    "sessions",
    MetaData(),
    Column("digest", LargeBinary(32), primary_key=True),
    Column("name", String(64), nullable=False, index=True),
    Column("password", LargeBinary(32), nullable=False),
    Column("began", UtcDateTime, nullable=False),
    Column("used", UtcDateTime, nullable=False),
)


@dataclass(frozen=True)
class Session:
    """One of them: `digest` and `password` are keyed hashes of its token and its password's."""

    digest: bytes
    name: str
    password: bytes
    began: datetime
    used: datetime

    def lives(self, now: datetime, idle: timedelta, lasting: timedelta) -> bool:
        """Whether it goes on: `idle` after its last use, `lasting` after its beginning at most."""
        return -AHEAD <= now - self.began < lasting and now - self.used < idle


class Sessions:
    """The sessions of a home. Raises StateUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        ensure(engine, SESSIONS)

    def begin(self, digest: bytes, name: str, password: bytes) -> None:
        """Add one, that is used now."""
        now = datetime.now(UTC)
        newest = (
            select(SESSIONS.c.digest)
            .where(SESSIONS.c.name == name)
            .order_by(SESSIONS.c.began.desc())
            .limit(MOST - 1)
        )
        with self._engine.begin() as connection:
            older = SESSIONS.c.digest.not_in(list(connection.scalars(newest)))
            surplus = (SESSIONS.c.name == name) & older
            connection.execute(delete(SESSIONS).where(or_(surplus, SESSIONS.c.used < now - KEPT)))
            row = {"digest": digest, "name": name, "password": password, "began": now, "used": now}
            connection.execute(insert(SESSIONS), row)

    def end(self, digest: bytes) -> None:
        """Take one away."""
        with self._engine.begin() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.digest == digest))

    def used(self, when: Mapping[bytes, datetime]) -> None:
        """Note when sessions were used last."""
        with self._engine.begin() as connection:
            for digest, at in when.items():
                connection.execute(
                    update(SESSIONS).where(SESSIONS.c.digest == digest).values(used=at)
                )

    def all(self) -> Mapping[bytes, Session]:
        """Every session, by its digest; also those whose time is over."""
        sessions = (Session(*row) for row in rows_of(self._engine, select(SESSIONS)))
        return {session.digest: session for session in sessions}
