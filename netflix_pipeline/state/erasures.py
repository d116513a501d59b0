"""Marks of erasure: who asked to be forgotten.

A person is known by a keyed hash of their id, so that the same rows ingested again are known as
theirs; the id itself is kept only until nothing holds it any more. The key lies beside the
database, for its owner alone: who has one without the other learns nobody's id.
"""

import hmac
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import (
    Column,
    Engine,
    Executable,
    MetaData,
    String,
    Table,
    delete,
    func,
    inspect,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from netflix_pipeline.contracts import CANARY_USER
from netflix_pipeline.errors import BadInput, DamagedFile
from netflix_pipeline.ids import trimmed
from netflix_pipeline.persons import NOBODY, Marked, keyed_hash
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import audit, database, keys, private_files
from netflix_pipeline.state.shared_keys import shared_key

MARKS = Table(
    "erasure_marks",
    MetaData(),
    Column("person", String(64), primary_key=True),
    Column("key_id", String(16), nullable=False),
    Column("user_id", String),
    Column("marked_at", database.UtcDateTime, nullable=False),
    Column("done_at", database.UtcDateTime),
)
"""`person` is the keyed hash, `key_id` tells with which key; `user_id` is null once it is done."""

ASKED, LIFTED, HANDED_OUT = "erase", "lift_erasure", "export"
"""How the audit calls the request for an erasure, taking it back, and an export."""
MADE = Table("erasure_keys", MetaData(), Column("key_id", String(16), primary_key=True))
"""Each key is noted before it is made, so that a database is known which does not know it."""

USED = (
    select(audit.AUDIT.c.id).where(audit.AUDIT.c.action.in_((ASKED, LIFTED, HANDED_OUT))).limit(1)
)
"""What the audit says where a key was used for somebody."""

KEY_BYTES = 32
KEY_FILE = "erasures.key"


@dataclass(frozen=True)
class ErasureMark:
    """When a person was marked, and since when nothing holds them any more; null while it does."""

    marked_at: datetime
    done_at: datetime | None


@dataclass(frozen=True)
class ErasureKeys:
    """The keys of erasures that a home may use, and those that its database of state knows, by ids.

    `own` is that of its file, which counts where there is one; `shared` follows from the secret of
    all machines. Persons are `marked` by some; `made` is whether `own` was made for that database.
    """

    own: str | None
    shared: str | None
    marked: frozenset[str]
    made: bool

    @property
    def used(self) -> str | None:
        """The one by which this home knows whom it marks."""
        return self.own or self.shared


@dataclass(frozen=True)
class ErasureMarks:
    """All marks by the keyed hash of the person, and the key; empty before the first."""

    key: bytes
    persons: Mapping[str, ErasureMark]


NO_MARKS = ErasureMarks(b"", {})


class Erasures:
    """The marks. Every method looks at the database: who asks often keeps its `persons`.

    Raises StateUnavailable, and DamagedFile where the marks are missing, or their key is.
    """

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings
        self._key_file = settings.state / KEY_FILE
        audit.Audit(engine)  # makes it, where it is missing
        database.ensure(engine, MARKS, MADE)

    def mark(self, user_ids: Iterable[str], *, actor: str = "", again: bool = False) -> list[str]:
        """Mark persons; returns those who are pending by this, who were not before.

        With `again` also those who were erased before. An `actor` who is told stands in the audit
        for each of them. BadInput for what is nobody's id.
        """
        wanted = list(dict.fromkeys(map(trimmed, user_ids)))
        for user_id in wanted:
            _is_a_persons(user_id)
        self.persons()  # with another key than the marks' nobody would be known again
        key = self._key() or self._new_key()
        hashes = {keyed_hash(key, user_id): user_id for user_id in wanted}
        try:
            return self._mark(key, hashes, actor, again=again)
        except IntegrityError:  # somebody else marked one of them at the same moment
            return self._mark(key, hashes, actor, again=again)

    def _mark(self, key: bytes, hashes: Mapping[str, str], actor: str, *, again: bool) -> list[str]:
        with self._engine.begin() as connection:
            pending = MARKS.c.done_at.is_(None)
            columns = select(MARKS.c.person, pending).where(MARKS.c.person.in_(hashes))
            known = {person: bool(waits) for person, waits in connection.execute(columns)}
            fresh = [
                person for person in hashes if person not in known or (again and not known[person])
            ]
            # Never the mark that somebody else sets at this moment: that is a conflict below.
            before = [person for person in fresh if person in known]
            connection.execute(delete(MARKS).where(MARKS.c.person.in_(before)))
            row = {"key_id": _key_id(key), "marked_at": datetime.now(UTC)}
            rows = [{"person": person, "user_id": hashes[person], **row} for person in fresh]
            if rows:
                connection.execute(MARKS.insert(), rows)
            for person in fresh if actor else ():
                audit.note(connection, actor, ASKED, person)
        return [hashes[person] for person in fresh]

    def of(self, user_id: str) -> ErasureMark | None:
        """The mark of one person; None for who is not marked."""
        if (key := self._key()) is None:
            return None
        query = select(MARKS.c.marked_at, MARKS.c.done_at).where(
            MARKS.c.person == keyed_hash(key, user_id)
        )
        return next((ErasureMark(*row) for row in database.rows_of(self._engine, query)), None)

    def pseudonym(self, user_id: str) -> str:
        """The keyed hash by which the audit speaks of a person."""
        return keyed_hash(self._key() or self._new_key(), user_id)

    def pending(self) -> list[str]:
        """The ids of those who are to be erased, in the order in which they were marked."""
        waiting = select(MARKS.c.user_id).where(MARKS.c.done_at.is_(None))
        rows = database.rows_of(self._engine, waiting.order_by(MARKS.c.marked_at, MARKS.c.person))
        return [str(user_id) for (user_id,) in rows]

    def newest(self) -> datetime | None:
        """When the last of those who are pending was marked; None where nobody is."""
        newest: datetime | None
        waiting = select(func.max(MARKS.c.marked_at)).where(MARKS.c.done_at.is_(None))
        ((newest,),) = database.rows_of(self._engine, waiting)
        return newest

    def done(self, user_ids: Iterable[str]) -> None:
        """Nothing holds them any more: forget their ids, but for the hashes."""
        gone = list(user_ids)
        key = self._key()
        if key is None:
            return
        keys.Keys(self._engine).forget(gone)
        hashes = [keyed_hash(key, user_id) for user_id in gone]
        with self._engine.begin() as connection:
            connection.execute(
                update(MARKS)
                .where(MARKS.c.person.in_(hashes), MARKS.c.done_at.is_(None))
                .values(user_id=None, done_at=datetime.now(UTC))
            )

    def lift(self, user_ids: Iterable[str], *, actor: str = "") -> set[str]:
        """Take marks away: rows of them are taken in again; returns who had one.

        An `actor` who is told stands in the audit for each of them.
        """
        wanted = self.persons().matching(user_ids)
        if wanted:
            key = self._key() or b""
            hashes = [keyed_hash(key, user_id) for user_id in wanted]
            with self._engine.begin() as connection:
                connection.execute(delete(MARKS).where(MARKS.c.person.in_(hashes)))
                for person in hashes if actor else ():
                    audit.note(connection, actor, LIFTED, person)
        return wanted

    def persons(self) -> Marked:
        """All who are marked, done or not."""
        rows = database.rows_of(
            self._engine, select(MARKS.c.person, MARKS.c.key_id, MARKS.c.user_id)
        )
        key = self._key()
        if not rows:
            if key is not None and not self._knows(key):
                raise DamagedFile(
                    f"the database of state does not know {self._key_file}: its marks of who was "
                    "erased are lost, and nothing is taken in, as it could be of them. "
                    f"{self._to_have_marks()}; if nobody was ever erased, remove that file."
                )
            return NOBODY
        if key is None or {key_id for _, key_id, _ in rows} != {_key_id(key)}:
            raise DamagedFile(
                f"{self._key_file} is not the key with which persons were marked as erased: who "
                "they are is not known without it, so nothing is taken in. Restore it from where "
                "they were marked, or from the backup."
            )
        pending = [user_id for _, _, user_id in rows if user_id is not None]
        return Marked(key, [person for person, _, _ in rows], pending)

    def marks(self) -> ErasureMarks:
        """All marks, as they can be kept elsewhere."""
        self.persons()
        columns = select(MARKS.c.person, MARKS.c.marked_at, MARKS.c.done_at)
        rows = database.rows_of(self._engine, columns)
        return ErasureMarks(
            self._key() or b"", {person: ErasureMark(*moments) for person, *moments in rows}
        )

    def take_over(self, marks: ErasureMarks, *, lift: bool) -> None:
        """Mark whom these marks mark, as done where they are not marked here.

        With `lift` nobody else stays marked. Raises DamagedFile where persons are marked here with
        another key.
        """
        if not marks.key:
            return
        own = self._key()
        if own is not None and own != marks.key:
            raise DamagedFile(
                f"{self._key_file} is another key than that with which persons were marked as "
                "erased who are to be erased here too: nobody would be known again."
            )
        key_id, now = _key_id(marks.key), datetime.now(UTC)
        with self._engine.begin() as connection:
            made = select(MADE.c.key_id).where(MADE.c.key_id == key_id)
            if connection.execute(made).first() is None:
                connection.execute(MADE.insert(), {"key_id": key_id})
            known = {person for (person,) in connection.execute(select(MARKS.c.person))}
            rows = [
                {
                    "person": person,
                    "key_id": key_id,
                    "marked_at": mark.marked_at,
                    "done_at": mark.done_at or now,
                }
                for person, mark in marks.persons.items()
                if person not in known
            ]
            if rows:
                connection.execute(MARKS.insert(), rows)
            for person in known - marks.persons.keys() if lift else ():
                connection.execute(delete(MARKS).where(MARKS.c.person == person))
        private_files.make_once(self._key_file, marks.key)

    def counts(self) -> dict[str, int]:
        """How many persons are `pending`, and of how many it is `done`."""
        self.persons()
        moments = database.rows_of(self._engine, select(MARKS.c.done_at))
        done = sum(moment is not None for (moment,) in moments)
        return {"pending": len(moments) - done, "done": done}

    def _to_have_marks(self) -> str:
        file = database.state_file(self._settings)
        if not self._settings.state_database:
            return f"Restore {file} from the backup"
        if file.exists():
            return (
                f"They are in {file}: netflix-pipeline state copy database takes them along, with "
                "all else that people put in"
            )
        return "Restore that database from a backup of its own"

    def _knows(self, key: bytes) -> bool:
        """Whether the key was made for this database; before that was noted, the audit tells."""
        return self._was_made(key) or bool(database.rows_of(self._engine, USED))

    def _was_made(self, key: bytes) -> bool:
        made = select(MADE.c.key_id).where(MADE.c.key_id == _key_id(key))
        return bool(database.rows_of(self._engine, made))

    def _key(self) -> bytes | None:
        with suppress(FileNotFoundError):
            return self._key_file.read_bytes()
        # Another machine may have marked somebody by the secret that this one has, too.
        shared = shared_key(self._settings, "erasures")
        return self._kept(shared) if shared is not None and self._was_made(shared) else None

    def _new_key(self) -> bytes:
        """A key of its own for this home; the one that another process made meanwhile, if so."""
        key = shared_key(self._settings, "erasures") or secrets.token_bytes(KEY_BYTES)
        with suppress(IntegrityError), self._engine.begin() as connection:
            connection.execute(MADE.insert(), {"key_id": _key_id(key)})
        return self._kept(key)

    def _kept(self, key: bytes) -> bytes:
        """The key in its file; the one that another process put there meanwhile, if so."""
        private_files.make_once(self._key_file, key)
        return self._key_file.read_bytes()


@contextmanager
def open_erasures(settings: Settings) -> Iterator[Erasures]:
    """The marks of a home, for one piece of work."""
    with database.opened(settings) as engine:
        yield Erasures(engine, settings)


def erased_persons(settings: Settings) -> Marked:
    """All who are marked in a home; where nothing was ever put in nothing is made."""
    return database.looked_up(settings, lambda engine: Erasures(engine, settings).persons(), NOBODY)


def erasure_keys(settings: Settings) -> ErasureKeys:
    """Which keys there are; to look makes nothing. Raises BadInput, StateUnavailable."""
    own: str | None = None
    with suppress(FileNotFoundError):
        own = _key_id((settings.state / KEY_FILE).read_bytes())
    shared = shared_key(settings, "erasures")

    def known(engine: Engine) -> tuple[frozenset[str], bool]:
        def told(table: Table, query: Executable) -> list[str]:
            if not inspect(engine).has_table(table.name):
                return []
            return [str(value) for (value,) in database.rows_of(engine, query)]

        marked = frozenset(told(MARKS, select(MARKS.c.key_id).distinct()))
        return marked, own in told(MADE, select(MADE.c.key_id)) or bool(told(audit.AUDIT, USED))

    nothing: tuple[frozenset[str], bool] = (frozenset(), False)
    marked, made = database.looked_up(settings, known, nothing)
    return ErasureKeys(own, _key_id(shared) if shared else None, marked, made)


def _is_a_persons(user_id: str) -> None:
    if not user_id:
        raise BadInput("an empty id is nobody's: name the person by their user_id.")
    try:
        user_id.encode()
    except UnicodeEncodeError as error:
        raise BadInput(f"{user_id!r} is no text in UTF-8, as every id is.") from error
    if user_id == CANARY_USER:
        raise BadInput(
            f"{user_id} is nobody: the platform's own canary events bear that name. They are in "
            "no number; NETFLIX_CANARY_SECONDS=0 ends them."
        )


def _key_id(key: bytes) -> str:
    """What tells a key apart from another, and nothing else of it."""
    return hmac.digest(key, b"key of erasures", "sha256").hex()[:16]
