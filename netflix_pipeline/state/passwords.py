"""Passwords of the dashboard: names and hashes, in one small file.

`$NETFLIX_HOME/state/passwords.json`, for its owner alone, replaced as a whole. That there is one
stands in `$NETFLIX_HOME/passwords.set` too: where the file is lost, nobody is let in. Beside it
lies the key with which sessions are known, made when it is first needed.
"""

import json
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from netflix_pipeline.errors import BadInput, DamagedFile
from netflix_pipeline.settings import Settings, is_loopback
from netflix_pipeline.state.private_files import make, make_once, replace, sync
from netflix_pipeline.state.shared_keys import shared_key

SHORTEST, LONGEST = 10, 1000
"""Characters of a password; what is longer costs time to hash and protects no better."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
KEY_BYTES = 32
TOLD = """\
The dashboard of this home asks people for a password. Where state/passwords.json is missing it
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
    """The passwords of a home. Every method looks at the file anew when it has changed.

    Raises DamagedFile where it cannot be read, or is lost: only `off` lets everybody in again.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._path = settings.state / "passwords.json"
        self._key_path = settings.state / "sessions.key"
        self._mark = settings.root / "passwords.set"
        self._asked = False
        self._seen: tuple[int, int, int] | None = None
        self._hashes: dict[str, str] = {}

    @property
    def hashes(self) -> Mapping[str, str]:
        """The hash of everybody's password, by name."""
        hashes = self._on_disk()
        if hashes:
            if not self._asked:
                with suppress(OSError):  # of a home that cannot be written nothing is lost, either
                    self._set_mark()
            self._asked = True
        elif self._mark.exists() or (self._asked and not self._path.exists()):
            raise DamagedFile(
                f"people sign in here, and {self._path} knows none of them any more: nobody is let "
                "in. Restore it from the backup, set a password (netflix-pipeline passwords set "
                "NAME), or ask nobody any more (netflix-pipeline passwords off)."
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
        known = self._on_disk()
        alike = [other for other in known if other.lower() == name.lower()]
        if alike and name not in alike:
            raise BadInput(
                f"{alike[0]} has a password already, and people would take {name} for them: "
                "choose another name."
            )
        self._set_mark()
        self._write({**known, name: _hasher().hash(password)})

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
        self._write(left)

    def off(self) -> None:
        """Forget all passwords, and that there were any: nobody is asked any more."""
        self._write({})
        self._mark.unlink(missing_ok=True)

    def check(self, name: str, password: str) -> str | None:
        """The hash of their password where it is that one; as long where nobody has the name."""
        nobody = _nobody()
        known = self.hashes.get(name)
        # What is too long is nobody's, and is not hashed as a whole.
        secret = password[: LONGEST + 1].encode("utf-8", "replace")
        try:
            _hasher().verify(known or nobody, secret)
        except (VerificationError, InvalidHashError):
            return None
        return known

    def key(self) -> bytes:
        """The key with which sessions are known; without its file, all have ended at a restart."""
        if not self._key_path.exists():
            made = shared_key(self._settings, "sessions") or secrets.token_bytes(KEY_BYTES)
            make_once(self._key_path, made)
        key = self._key_path.read_bytes()
        if len(key) != KEY_BYTES:
            raise DamagedFile(f"{self._key_path} is no key: remove it, and all sign in again.")
        return key

    def _on_disk(self) -> Mapping[str, str]:
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._damaged(error) from error
        seen = stat.st_ino, stat.st_mtime_ns, stat.st_size
        if seen != self._seen:
            self._hashes = self._read()
            self._seen = seen
        return self._hashes

    def _set_mark(self) -> None:
        """That people sign in here; a home of before has passwords and no mark."""
        self._mark.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            make(self._mark, TOLD.encode())
            sync(self._mark.parent)

    def _read(self) -> dict[str, str]:
        try:
            document = json.loads(self._path.read_bytes())
            return {str(name): str(hashed) for name, hashed in document.items()}
        except (ValueError, AttributeError, OSError) as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> DamagedFile:
        return DamagedFile(
            f"{self._path} cannot be read: {error}. Nobody is let in: restore it from the backup, "
            "or remove it and set the passwords again (netflix-pipeline passwords set NAME)."
        )

    def _write(self, hashes: Mapping[str, str]) -> None:
        replace(self._path, json.dumps(dict(sorted(hashes.items())), indent=1).encode())


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
