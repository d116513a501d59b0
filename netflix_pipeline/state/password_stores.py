"""Where passwords lie: in a small file of the home, or in a database of state that machines share.

Either tells the hash of everybody's password by name; what it means where it tells none,
`passwords` knows.
"""

import asyncio
import json
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from pathlib import Path

from sqlalchemy import Column, Engine, MetaData, String, Table, delete, insert, select
from typing_extensions import override

from netflix_pipeline.background import Thread, ended
from netflix_pipeline.errors import DamagedFile, PipelineError
from netflix_pipeline.settings import Settings
from netflix_pipeline.state.database import OpenStore, ensure, making, opened, rows_of
from netflix_pipeline.state.polling_cache import GRACE, NotCurrent
from netflix_pipeline.state.private_files import replace

READ_EVERY = 0.5
"""Seconds between two readings of a database while a service runs."""
OFF = ""
"""Nobody's name: its row says that nobody signs in any more."""

PASSWORDS = Table(
    "passwords",
    MetaData(),
    Column("name", String(64), primary_key=True),
    Column("hash", String(200), nullable=False),
)


class PasswordStore(ABC):
    """What is kept. Methods raise DamagedFile, StateUnavailable and NotCurrent."""

    where: str
    """For people."""

    @property
    @abstractmethod
    def hashes(self) -> Mapping[str, str]:
        """The hash of everybody's password, by name: as of a moment ago. It waits for nothing."""

    @property
    @abstractmethod
    def stands(self) -> bool:
        """Whether something is kept, be it that nobody signs in."""

    @property
    @abstractmethod
    def said_off(self) -> bool:
        """Whether it says so for every machine."""

    @abstractmethod
    def put(self, name: str, hashed: str) -> None:
        """Keep the hash of somebody's password in place of the one they had."""

    @abstractmethod
    def remove(self, name: str) -> None:
        """Keep somebody's no longer."""

    @abstractmethod
    def off(self) -> None:
        """Keep none, and that nobody signs in."""

    @abstractmethod
    def refresh(self) -> None:
        """Read what others changed; it may wait for a database."""

    @abstractmethod
    def following(self) -> AbstractAsyncContextManager[None]:
        """Meanwhile, what others change is read beside requests."""


class PasswordFile(PasswordStore):
    """A file for its owner alone, replaced as a whole; read anew when it has changed."""

    def __init__(self, path: Path) -> None:
        self.where = str(path)
        self.path = path
        self._seen: tuple[int, int, int] | None = None
        self._hashes: dict[str, str] = {}

    @property
    @override
    def hashes(self) -> Mapping[str, str]:
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._damaged(error) from error
        seen = stat.st_ino, stat.st_mtime_ns, stat.st_size
        if seen != self._seen:
            self._hashes = self._read()
            self._seen = seen
        return self._hashes

    @property
    @override
    def stands(self) -> bool:
        return self.path.exists()

    @property
    @override
    def said_off(self) -> bool:
        return False

    @override
    def put(self, name: str, hashed: str) -> None:
        self._write({**self.hashes, name: hashed})

    @override
    def remove(self, name: str) -> None:
        self._write({other: hashed for other, hashed in self.hashes.items() if other != name})

    @override
    def off(self) -> None:
        self._write({})

    @override
    def refresh(self) -> None:
        """Whoever asks looks whether it has changed."""

    @override
    def following(self) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    def _read(self) -> dict[str, str]:
        try:
            document = json.loads(self.path.read_bytes())
            return {str(name): str(hashed) for name, hashed in document.items()}
        except (ValueError, AttributeError, OSError) as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> DamagedFile:
        return DamagedFile(
            f"{self.path} cannot be read: {error}. Nobody is let in: restore it from the backup, "
            "or remove it and set the passwords again (netflix-pipeline passwords set NAME)."
        )

    def _write(self, hashes: Mapping[str, str]) -> None:
        replace(self.path, json.dumps(dict(sorted(hashes.items())), indent=1).encode())


class PasswordTable(PasswordStore):
    """A table of the database of state.

    Those of a file of before are taken over where the table never had any; the file then goes.
    While it is followed, what was read last holds for GRACE.
    """

    where = "the database of state"

    def __init__(self, settings: Settings, before: PasswordFile) -> None:
        self._settings = settings
        self._before = before
        self._store = OpenStore(settings, _Rows)
        self._held: Mapping[str, str] = {}
        self._read_at = float("-inf")
        self._followed = False

    @property
    @override
    def hashes(self) -> Mapping[str, str]:
        return {name: hashed for name, hashed in self._current().items() if name != OFF}

    @property
    @override
    def stands(self) -> bool:
        return bool(self._current())

    @property
    @override
    def said_off(self) -> bool:
        return OFF in self._current()

    @override
    def put(self, name: str, hashed: str) -> None:
        self._ask(lambda rows: rows.put(name, hashed))

    @override
    def remove(self, name: str) -> None:
        self._ask(lambda rows: rows.remove(name))

    @override
    def off(self) -> None:
        self._ask(_Rows.off)

    @override
    def refresh(self) -> None:
        if not self._ask(_Rows.all) and (known := self._before.hashes):
            self._ask(lambda rows: rows.adopt(known))
            with suppress(OSError):  # of a home that cannot be written
                self._before.path.unlink()

    @override
    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        self._followed = True
        with suppress(PipelineError):  # the next reading tells
            await asyncio.to_thread(self.refresh)
        reading = Thread("passwords", self.refresh, READ_EVERY, grace=GRACE)
        try:
            async with ended(reading.stop):
                reading.start()
                yield
        finally:
            self._followed = False
            self._store.close()

    def _current(self) -> Mapping[str, str]:
        if not self._followed:
            self.refresh()
        elif time.monotonic() - self._read_at > GRACE:
            raise NotCurrent("passwords cannot be read just now: try again in a moment.")
        return self._held

    def _ask(self, ask: Callable[["_Rows"], Mapping[str, str]]) -> Mapping[str, str]:
        """What stands in the table after something was asked of it."""
        began = time.monotonic()
        if self._followed:
            nothing: Mapping[str, str] = {}
            held = self._store.looked_up(ask, nothing)
        else:
            with opened(self._settings) as engine:
                held = ask(_Rows(engine))
        self._held, self._read_at = held, began
        return held


class _Rows:
    """The table. Every method tells what stands in it then: hashes by names.

    One machine at a time changes it: of two that set one password at the same moment the later one
    counts, and whoever says that nobody signs in is not half heard.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        ensure(engine, PASSWORDS)

    def all(self) -> Mapping[str, str]:
        return {row.name: row.hash for row in rows_of(self._engine, select(PASSWORDS))}

    def put(self, name: str, hashed: str) -> Mapping[str, str]:
        with making(self._engine) as connection:
            connection.execute(delete(PASSWORDS).where(PASSWORDS.c.name.in_((name, OFF))))
            connection.execute(insert(PASSWORDS), {"name": name, "hash": hashed})
        return self.all()

    def remove(self, name: str) -> Mapping[str, str]:
        with making(self._engine) as connection:
            connection.execute(delete(PASSWORDS).where(PASSWORDS.c.name == name))
        return self.all()

    def off(self) -> Mapping[str, str]:
        with making(self._engine) as connection:
            connection.execute(delete(PASSWORDS))
            connection.execute(insert(PASSWORDS), {"name": OFF, "hash": ""})
        return self.all()

    def adopt(self, hashes: Mapping[str, str]) -> Mapping[str, str]:
        """Keep these, unless somebody was quicker."""
        with making(self._engine) as connection:
            if not connection.execute(select(PASSWORDS.c.name)).all():
                rows = [{"name": name, "hash": hashed} for name, hashed in hashes.items()]
                connection.execute(insert(PASSWORDS), rows)
        return self.all()
