"""Who did what that matters: keys, their use, refusals, erasures and exports.

Entries are only ever added; the database itself refuses to change one. Who did it is a key's id,
`command`, or nothing where nobody said; a person is never named, at most by a keyed hash.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    insert,
    select,
    text,
)

from netflix_pipeline.state.database import UtcDateTime, ensure, making, rows_of

AUDIT = Table(
    "audit",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("actor", String, nullable=False),
    Column("action", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("detail", String, nullable=False),
    Column("count", Integer, nullable=False),
)
NO_CHANGE = {
    "sqlite": [
        f"CREATE TRIGGER IF NOT EXISTS audit_no_{change} BEFORE {change} ON audit "
        "BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END"
        for change in ("update", "delete")
    ],
    "postgresql": [
        """
        CREATE OR REPLACE FUNCTION audit_no_change() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the audit is only added to' USING ERRCODE = '23000'; END $$
        """,
        """
        CREATE OR REPLACE TRIGGER audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
        EXECUTE FUNCTION audit_no_change()
        """,
    ],
}
"""By kind of database."""
HAS_NO_CHANGE = text(
    "SELECT 1 FROM pg_trigger WHERE tgname = 'audit_no_change' AND tgrelid = 'audit'::regclass"
)


@dataclass(frozen=True)
class Entry:
    """One line of the audit; `count` tells how often it happened, `at` when it was written."""

    at: datetime
    actor: str
    action: str
    subject: str
    detail: str
    count: int


def note(
    connection: Connection,
    actor: str,
    action: str,
    subject: str = "",
    detail: str = "",
    count: int = 1,
) -> None:
    """Add an entry within the transaction of what it tells of: both are there, or neither."""
    entry = {
        "at": datetime.now(UTC),
        "actor": actor,
        "action": action,
        "subject": subject,
        "detail": detail,
        "count": count,
    }
    connection.execute(insert(AUDIT), entry)


class Audit:
    """The audit, written and read."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        ensure(engine, AUDIT)
        kind = engine.dialect.name
        with making(engine) as connection:
            # To replace a trigger would wait for everybody who reads.
            if kind == "postgresql" and connection.execute(HAS_NO_CHANGE).first():
                return
            for statement in NO_CHANGE.get(kind, ()):
                connection.execute(text(statement))

    def record(
        self, actor: str, action: str, subject: str = "", detail: str = "", count: int = 1
    ) -> None:
        """Add an entry. `subject` is a key's id or a keyed hash, never a person's id."""
        with self._engine.begin() as connection:
            note(connection, actor, action, subject, detail, count)

    def record_once(self, actor: str, action: str, detail: str, since: datetime) -> None:
        """Add an entry unless there is an equal one since then."""
        equal = select(AUDIT.c.id).where(
            AUDIT.c.actor == actor,
            AUDIT.c.action == action,
            AUDIT.c.detail == detail,
            AUDIT.c.at >= since,
        )
        if not rows_of(self._engine, equal.limit(1)):
            self.record(actor, action, detail=detail)

    def entries(self, most: int, action: str | None = None) -> Sequence[Entry]:
        """The newest entries, newest first."""
        newest = select(AUDIT).order_by(AUDIT.c.id.desc()).limit(most)
        if action is not None:
            newest = newest.where(AUDIT.c.action == action)
        columns = [column for column in AUDIT.c if column.name != "id"]
        return [Entry(*row) for row in rows_of(self._engine, newest.with_only_columns(*columns))]
