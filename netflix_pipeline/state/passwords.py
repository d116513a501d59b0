"""Who may look at the dashboard: names and the hashes of their passwords, in one small file.

`$NETFLIX_HOME/state/passwords.json`, for its owner alone, replaced as a whole. Beside it lies the
key with which sessions are signed, made when it is first needed.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from netflix_pipeline.errors import BadInput, DamagedFile
from netflix_pipeline.settings import Settings, is_loopback

SHORTEST, LONGEST = 10, 1000
"""Characters of a password; what is longer costs time to hash and protects no better."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
KEY_BYTES = 32


@cache
def _hasher() -> PasswordHasher:
    # One lane, 46 MiB, one pass: OWASP's first choice, and 50 ms on one core.
    return PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)


@cache
def _nobody() -> str:
    """A hash that no password has: a name that is unknown takes as long as one that is known."""
    return _hasher().hash(secrets.token_urlsafe(KEY_BYTES))


class Passwords:
    """The passwords of a home. Every method looks at the file anew when it has changed.

    Raises DamagedFile where it cannot be read.
    """

    def __init__(self, settings: Settings) -> None:
        self._path = settings.state / "passwords.json"
        self._key_path = settings.state / "sessions.key"
        self._seen: tuple[int, int, int] | None = None
        self._hashes: dict[str, str] = {}

    @property
    def hashes(self) -> Mapping[str, str]:
        """The hash of everybody's password, by name."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            self._seen, self._hashes = None, {}
            return self._hashes
        seen = found.st_ino, found.st_mtime_ns, found.st_size
        if seen != self._seen:
            self._hashes = self._read()
            self._seen = seen
        return self._hashes

    def set(self, name: str, password: str) -> None:
        """Give somebody a password, in place of the one they had. Raises BadInput."""
        if not NAME.fullmatch(name):
            raise BadInput(
                f"{name!r} cannot be a name: take 1 to 64 letters, digits and . _ @ + -, and begin "
                "with a letter or digit."
            )
        if not SHORTEST <= len(password) <= LONGEST:
            raise BadInput(
                f"a password has {SHORTEST} to {LONGEST} characters, and this has {len(password)}: "
                "take some words that nobody else would put together."
            )
        self._write({**self.hashes, name: _hasher().hash(password)})

    def remove(self, name: str) -> None:
        """Let somebody in no longer; their sessions end. Raises BadInput for an unknown name."""
        left = dict(self.hashes)
        if left.pop(name, None) is None:
            raise BadInput(
                f"nobody is called {name}: netflix-pipeline passwords list shows who is."
            )
        self._write(left)

    def check(self, name: str, password: str) -> bool:
        """Whether that is their password; takes as long where nobody has the name."""
        known = self.hashes.get(name)
        try:
            _hasher().verify(known or _nobody(), password[: LONGEST + 1])
        except (VerificationError, InvalidHashError):
            return False
        return known is not None

    def key(self) -> bytes:
        """The key with which sessions are signed; without its file, all have ended at a restart."""
        if not self._key_path.exists():
            self._folder()
            # Whoever comes first makes it, whole: a half-written one would sign for nobody.
            made = self._key_path.with_name(f"sessions.{secrets.token_hex(4)}.new")
            _store(made, secrets.token_bytes(KEY_BYTES))
            with suppress(FileExistsError):
                self._key_path.hardlink_to(made)
            made.unlink()
        key = self._key_path.read_bytes()
        if len(key) != KEY_BYTES:
            raise DamagedFile(f"{self._key_path} is no key: remove it, and all sign in again.")
        return key

    def _read(self) -> dict[str, str]:
        try:
            told = json.loads(self._path.read_bytes())
            return {str(name): str(hashed) for name, hashed in told.items()}
        except (ValueError, AttributeError, OSError) as error:
            raise DamagedFile(
                f"{self._path} cannot be read: {error}. Remove it and set the passwords again "
                "(netflix-pipeline passwords set NAME)."
            ) from error

    def _write(self, hashes: Mapping[str, str]) -> None:
        self._folder()
        made = self._path.with_suffix(f".{secrets.token_hex(4)}.new")
        _store(made, json.dumps(dict(sorted(hashes.items())), indent=1).encode())
        made.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _folder(self) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)


def require_visitors(settings: Settings) -> None:
    """BadInput, with what to do, unless the dashboard could know somebody."""
    if settings.trusted_user_header or Passwords(settings).hashes:
        return
    why = (
        "the dashboard shall ask who people are (NETFLIX_AUTH=required)"
        if is_loopback(settings.host)
        else f"{settings.host} can be reached from other machines, where the dashboard asks who "
        "people are"
    )
    raise BadInput(
        f"{why}, and it knows nobody. Set a password and start again: netflix-pipeline passwords "
        "set NAME. Or name the header in which a proxy tells whom it let in: "
        "NETFLIX_TRUSTED_USER_HEADER. Or bind to 127.0.0.1 with NETFLIX_AUTH=auto, where nobody is "
        "asked."
    )


def _store(path: Path, content: bytes) -> None:
    """A new file for its owner alone, on disk when this returns."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
