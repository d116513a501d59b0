"""Passwords of the dashboard: names and hashes.

They lie in `$NETFLIX_HOME/state/passwords.json`; where settings name a database of state, there, so
that every machine knows them. That there are some stands in `$NETFLIX_HOME/passwords.set` too:
where they are lost, nobody is let in. Beside the file lies the key with which sessions are known,
made when it is first needed.
"""

import re
import secrets
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, suppress
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from netflix_pipeline.atomic_write import sync
from netflix_pipeline.errors import BadInput, DamagedFile
from netflix_pipeline.settings import Settings, is_loopback
from netflix_pipeline.state.password_stores import PasswordFile, PasswordStore, PasswordTable
from netflix_pipeline.state.private_files import make, make_once
from netflix_pipeline.state.shared_keys import shared_key

SHORTEST, LONGEST = 10, 1000
"""Characters of a password; what is longer costs time to hash and protects no better."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
KEY_BYTES = 32
TOLD = """\
The dashboard of this home asks people for a password. Where none are known any more it
lets nobody in. `netflix-pipeline passwords off` removes this file: then nobody is asked any more.
"""


@cache
def _hasher() -> PasswordHasher:
    # One lane, 46 MiB, one pass: OWASP's first choice, and 50 ms on one core.
    return PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)


@cache
def _nobody() -> str:
    """A hash that no password has: a name that is unknown takes as long as one that is known."""
    return _hasher().hash(secrets.token_urlsafe(KEY_BYTES))


class Passwords:
    """The passwords of a home, as of a moment ago: what another process changes is known soon.

    Raises DamagedFile where they cannot be read, or are lost: only `off` lets everybody in again.
    Where they lie in a database, also StateUnavailable, or NotCurrent while it is followed.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        file = PasswordFile(settings.state / "passwords.json")
        self._store: PasswordStore = (
            PasswordTable(settings, file) if settings.state_database else file
        )
        self._key_path = settings.state / "sessions.key"
        self._mark = settings.root / "passwords.set"
        self._asked = False

    @property
    def hashes(self) -> Mapping[str, str]:
        """The hash of everybody's password, by name."""
        hashes = self._store.hashes
        if hashes:
            if not self._asked:
                with suppress(OSError):  # of a home that cannot be written nothing is lost, either
                    self._set_mark()
            self._asked = True
        elif self._store.said_off:
            self._asked = False
            with suppress(OSError):
                self._mark.unlink(missing_ok=True)
        elif self._mark.exists() or (self._asked and not self._store.stands):
            raise DamagedFile(
                f"people sign in here, and {self._store.where} knows none of them any more: nobody "
                "is let in. Restore it from the backup, set a password (netflix-pipeline passwords "
                "set NAME), or ask nobody any more (netflix-pipeline passwords off)."
            )
        return hashes

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
        known = self._store.hashes
        alike = [other for other in known if other.lower() == name.lower()]
        if alike and name not in alike:
            raise BadInput(
                f"{alike[0]} has a password already, and people would take {name} for them: "
                "choose another name."
            )
        self._set_mark()
        self._store.put(name, _hasher().hash(password))

    def take_over(self, hashes: Mapping[str, str]) -> None:
        """Let those sign in of whom another place knows the hashes of their passwords."""
        for name, hashed in hashes.items():
            self._set_mark()
            self._store.put(name, hashed)

    def remove(self, name: str) -> None:
        """Let somebody in no longer; their sessions end.

        Raises BadInput for an unknown name, and for the last one: nobody could sign in.
        """
        left = dict(self.hashes)
        if left.pop(name, None) is None:
            raise BadInput(
                f"nobody is called {name}: netflix-pipeline passwords list shows who is."
            )
        if not left:
            raise BadInput(
                f"{name} is the last who can sign in. Set a password for somebody else first "
                "(netflix-pipeline passwords set NAME), or let everybody on this machine look "
                "without one (netflix-pipeline passwords off)."
            )
        self._store.remove(name)

    def off(self) -> None:
        """Forget all passwords, and that there were any: nobody is asked any more."""
        self._store.off()
        self._mark.unlink(missing_ok=True)

    def check(self, name: str, password: str) -> str | None:
        """The hash of their password where it is that one; as long where nobody has the name."""
        nobody = _nobody()
        self._store.refresh()
        known = self.hashes.get(name)
        # What is too long is nobody's, and is not hashed as a whole.
        secret = password[: LONGEST + 1].encode("utf-8", "replace")
        try:
            _hasher().verify(known or nobody, secret)
        except (VerificationError, InvalidHashError):
            return None
        return known

    def following(self) -> AbstractAsyncContextManager[None]:
        """Meanwhile, what other machines change is read beside requests."""
        return self._store.following()

    def key(self) -> bytes:
        """The key with which sessions are known; without its file, all have ended at a restart."""
        if not self._key_path.exists():
            made = shared_key(self._settings, "sessions") or secrets.token_bytes(KEY_BYTES)
            make_once(self._key_path, made)
        key = self._key_path.read_bytes()
        if len(key) != KEY_BYTES:
            raise DamagedFile(f"{self._key_path} is no key: remove it, and all sign in again.")
        return key

    def _set_mark(self) -> None:
        """That people sign in here; a home of before has passwords and no mark."""
        self._mark.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            make(self._mark, TOLD.encode())
            sync(self._mark.parent)


def require_visitors(settings: Settings) -> None:
    """BadInput, with what to do, unless dashboard and Dagster could know somebody."""
    if settings.trusted_user_header or Passwords(settings).hashes:
        return
    why = (
        "dashboard and Dagster shall ask who people are (NETFLIX_AUTH=required)"
        if is_loopback(settings.host)
        else f"{settings.host} can be reached from other machines, where dashboard and Dagster ask "
        "who people are"
    )
    raise BadInput(
        f"{why}, and they know nobody. Set a password and start again: netflix-pipeline passwords "
        "set NAME. Or name the header in which a proxy tells whom it let in: "
        "NETFLIX_TRUSTED_USER_HEADER. Or bind to 127.0.0.1 with NETFLIX_AUTH=auto, where nobody is "
        "asked."
    )
