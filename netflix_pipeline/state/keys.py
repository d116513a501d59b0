"""API keys: who may ask for what.

A key is written `nfx_<id>_<secret><checksum>`. The id may be shown and logged; the rest is known to
the key's owner alone. The beginning lets scanners find a key that was put where it does not belong,
the checksum tells a misspelt one.

Of a key only its hash is kept; nobody can read it again. Keys stay in the table when they are
revoked or expire, so that their owners are told why they are refused.
"""

import hashlib
import json
import re
import secrets
from base64 import b32encode
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zlib import crc32

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)

from netflix_pipeline.errors import BadInput
from netflix_pipeline.ids import trimmed
from netflix_pipeline.persons import Persons
from netflix_pipeline.settings import Settings, is_loopback
from netflix_pipeline.state import audit, database

ID_BYTES, SECRET_BYTES, CHECKSUM_BYTES = 5, 32, 4
BEGINNING = "nfx_"
WRITTEN = re.compile(rb"nfx_([a-z2-7]{8})_([a-z2-7]{52})([a-z2-7]{7})")


def new_id() -> str:
    """An id for a key; random, so that it does not tell how many there are."""
    return _base32(secrets.token_bytes(ID_BYTES))


def new_key(key_id: str) -> str:
    """A key of that id; 256 bits of it are random."""
    begun = f"{BEGINNING}{key_id}_{_base32(secrets.token_bytes(SECRET_BYTES))}"
    return begun + _checksum(begun.encode())


def id_of(key: bytes) -> str | None:
    """The id of what may be a key; None where it is certain that no such key was ever made."""
    written = WRITTEN.fullmatch(key)
    if written is None or _checksum(key[: -len(written[3])]) != written[3].decode():
        return None
    return written[1].decode()


def hash_of(key: bytes) -> bytes:
    """What is kept of a key.

    One round of SHA-256, not a slow hash as for passwords: nobody can try 2^256 secrets, so
    slowness would protect nothing and cost every request.
    """
    return hashlib.sha256(key).digest()


def _checksum(begun: bytes) -> str:
    return _base32(crc32(begun).to_bytes(CHECKSUM_BYTES, "big"))


def _base32(data: bytes) -> str:
    return b32encode(data).decode().rstrip("=").lower()


SCOPES = {
    "events:write": "send events",
    "analytics:read": "read numbers, titles and the live view",
    "users:read": "read what single people watched",
    "users:erase": "erase people",
    "alerts:write": "make alerts on numbers, change them, and read what is found of them",
    "ops:read": "read the ledger, the quarantine and the service's metrics",
}
"""What a key may be allowed, in words."""
OF_PERSONS = frozenset(("users:read", "users:erase"))
"""What a key may be allowed that is bound to single persons."""
MOST_NAME, MOST_USER = 100, 64

KEYS = Table(
    "keys",
    MetaData(),
    Column("id", String(16), primary_key=True),
    Column("name", String(MOST_NAME), nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("scopes", String, nullable=False),
    Column("users", String, nullable=False),
    Column("requests", Integer),
    Column("created", database.UtcDateTime, nullable=False),
    Column("expires", database.UtcDateTime),
    Column("revoked", database.UtcDateTime),
    Column("last_used", Date),
    Column("own", Boolean, nullable=False),
)


class UnknownKey(BadInput):
    """No key has that id."""


@dataclass(frozen=True)
class Key:
    """What is known of an API key.

    `users` are the persons that it is bound to, empty for all; `requests` how many it may send in a
    minute: None as the service says, 0 any number. `last_used` is a UTC day. `own` keys are the
    platform's.
    """

    id: str
    name: str
    hash: bytes = field(repr=False)
    scopes: frozenset[str]
    users: frozenset[str]
    requests: int | None
    created: datetime
    expires: datetime | None
    revoked: datetime | None
    last_used: date | None
    own: bool

    def expired(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.expires is not None and self.expires <= now

    def usable(self, now: datetime) -> bool:
        """Whether it opens anything."""
        return self.revoked is None and not self.expired(now)


class Keys:
    """The store of keys; each change stands in the audit."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        audit.Audit(engine)  # makes it, where it is missing
        database.ensure(engine, KEYS)

    def create(
        self,
        name: str,
        scopes: Collection[str],
        *,
        users: Collection[str] = (),
        requests: int | None = None,
        expires: datetime | None = None,
        own: bool = False,
    ) -> tuple[Key, str]:
        """A new key and its text, which is told this once.

        Raises BadInput for a name, scopes, users or an expiry that cannot be.
        """
        now = datetime.now(UTC)
        users = set(map(trimmed, users))
        _check(name, scopes, users, expires, now)
        key_id = new_id()
        text = new_key(key_id)
        row = {
            "id": key_id,
            "name": name,
            "hash": hash_of(text.encode()),
            "scopes": " ".join(sorted(scopes)),
            "users": json.dumps(sorted(users)),
            "requests": requests,
            "created": now,
            "expires": expires,
            "own": own,
        }
        with self._engine.begin() as connection:
            connection.execute(insert(KEYS), row)
            if not own:
                details = ["for " + " ".join(sorted(scopes))]
                details += [f"{len(users)} person{'s' * (len(users) > 1)} only"] if users else []
                details += [f"until {expires:%Y-%m-%d %H:%M} UTC"] if expires else []
                audit.note(connection, "command", "key-created", key_id, ", ".join(details))
        return self._one(key_id), text

    def revoke(self, key_id: str) -> Key:
        """Refuse a key from now on; once more changes nothing. Raises UnknownKey."""
        # Also of a whole key, or its beginning.
        key_id = id_of(key_id.encode()) or key_id.removeprefix(BEGINNING)
        if self._one(key_id).revoked is None:
            with self._engine.begin() as connection:
                connection.execute(
                    update(KEYS)
                    .where(KEYS.c.id == key_id, KEYS.c.revoked.is_(None))
                    .values(revoked=datetime.now(UTC))
                )
                audit.note(connection, "command", "key-revoked", key_id)
        return self._one(key_id)

    def lend(self, name: str, scopes: Collection[str], lasting: timedelta) -> tuple[Key, str]:
        """A key for a part of the platform itself; those whose time is over are taken away."""
        now = datetime.now(UTC)
        with self._engine.begin() as connection:
            connection.execute(delete(KEYS).where(KEYS.c.own, KEYS.c.expires <= now))
        return self.create(name, scopes, requests=0, expires=now + lasting, own=True)

    def give_back(self, key_id: str) -> None:
        """Take a key away that was lent."""
        with self._engine.begin() as connection:
            connection.execute(delete(KEYS).where(KEYS.c.own, KEYS.c.id == key_id))

    def all(self) -> Sequence[Key]:
        """Every key, oldest first."""
        oldest_first = select(KEYS).order_by(KEYS.c.created, KEYS.c.id)
        return [_key(row) for row in database.rows_of(self._engine, oldest_first)]

    def used(self, key_id: str, day: date) -> None:
        """Note that a key was used on a UTC day."""
        with self._engine.begin() as connection:
            connection.execute(update(KEYS).where(KEYS.c.id == key_id).values(last_used=day))

    def forget(self, users: Collection[str]) -> Sequence[str]:
        """Take persons out of all keys; gives the ids of the keys that were bound to them.

        A key that is bound to nobody else is revoked: it must not open everybody's data. Where a
        key is named after one of them, `erased` stands in its name.
        """
        # A number in the name of somebody else's key is hardly meant as an id.
        telling = Persons(user for user in users if not user.isdigit())
        bound = []
        users = set(map(trimmed, users))
        for key in self.all():
            theirs = not key.users.isdisjoint(users)
            named = (Persons(users) if theirs else telling).masked(key.name)
            values: dict[str, Any] = {} if named == key.name else {"name": named}
            left = sorted(key.users.difference(users))
            if theirs:
                bound.append(key.id)
                values["users"] = json.dumps(left)
            if theirs and not left:
                values |= {"revoked": key.revoked or datetime.now(UTC), "scopes": ""}
            if values:
                with self._engine.begin() as connection:
                    connection.execute(update(KEYS).where(KEYS.c.id == key.id).values(values))
                    if theirs and not left and key.revoked is None:
                        audit.note(
                            connection, "erasure", "key-revoked", key.id, "its persons are erased"
                        )
        return bound

    def _one(self, key_id: str) -> Key:
        rows = database.rows_of(self._engine, select(KEYS).where(KEYS.c.id == key_id))
        if not rows:
            raise UnknownKey(f"no key has the id {key_id}: `netflix-pipeline keys list` shows all.")
        return _key(rows[0])


def require_key(settings: Settings) -> None:
    """BadInput, with what to do, unless there is a key that opens something."""
    keys: Sequence[Key] = database.looked_up(settings, lambda engine: Keys(engine).all(), ())
    now = datetime.now(UTC)
    if not any(key.usable(now) and not key.own for key in keys):
        why = (
            "the API shall ask for keys (NETFLIX_AUTH=required)"
            if is_loopback(settings.host)
            else f"{settings.host} can be reached from other machines, where the API asks for keys"
        )
        raise BadInput(
            f"{why}, and there is none that is good. Make one and start again: netflix-pipeline "
            f"keys create NAME --scope analytics:read. Or bind to 127.0.0.1 with "
            "NETFLIX_AUTH=auto, which needs none."
        )


def _key(row: Row[Any]) -> Key:
    row_fields = row._asdict()
    return Key(
        **row_fields
        | {
            "scopes": frozenset(row_fields["scopes"].split()),
            "users": frozenset(map(trimmed, json.loads(row_fields["users"]))),
        }
    )


def _check(
    name: str,
    scopes: Collection[str],
    users: Collection[str],
    expires: datetime | None,
    now: datetime,
) -> None:
    if not (0 < len(name) <= MOST_NAME and name.isprintable() and name.strip()):
        raise BadInput(f"{name!r} is no name for a key: up to {MOST_NAME} printable characters.")
    if unknown := sorted(set(scopes) - SCOPES.keys()):
        raise BadInput(f"no scope {', '.join(unknown)}: there are {', '.join(SCOPES)}.")
    if not scopes:
        raise BadInput(f"a key needs a scope: {', '.join(SCOPES)}.")
    if any(not 0 < len(user) <= MOST_USER for user in users):
        raise BadInput(f"a user's id has 1 to {MOST_USER} characters, without blanks around it.")
    if users and (wider := sorted(set(scopes) - OF_PERSONS)):
        raise BadInput(
            f"a key that is bound to persons cannot have {', '.join(wider)}, which is about "
            f"everybody: only {', '.join(sorted(OF_PERSONS))}."
        )
    if expires is not None and expires <= now:
        raise BadInput(f"the key would have expired at {expires:%Y-%m-%d %H:%M} UTC already.")
