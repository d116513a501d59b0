"""Sign-in: looks at names and passwords, few at a time, and not any number of times.

To look at one takes 46 MiB and a core for 50 ms, and as long for a name that nobody has. A place
is taken and the attempt counted before that begins, so many at once are held up like many one
after the other.
"""

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from netflix_pipeline.access.attempts import Attempts, TooManyAttempts
from netflix_pipeline.state import Passwords

AT_A_TIME = 1
"""Passwords that are looked at."""
WAITING, OF_ONE = 16, 4
"""Those that are looked at or wait to be: in all, and of one client at a time."""
MOST, MINUTES = 5, 5
"""Wrong passwords for one name by one client, and minutes from the first of them until more."""


class Crowded(TooManyAttempts):
    """As many wait for their password to be looked at as may."""


class SigningIn:
    """Checks passwords. Only the event loop's thread asks it."""

    def __init__(self, passwords: Passwords) -> None:
        self._passwords = passwords
        self._attempts = Attempts(MOST, 60 * MINUTES)
        self._threads = ThreadPoolExecutor(AT_A_TIME, "password")
        self._taken: Counter[str] = Counter()

    async def check(self, client: str, name: str, password: str) -> str | None:
        """The hash of their password where it is that one, else None.

        Raises Crowded, which counts as no attempt; TooManyAttempts, whoever has the name;
        DamagedFile.
        """
        if self._taken.total() >= WAITING or self._taken[client] >= OF_ONE:
            raise Crowded("Many sign in just now: try again in a moment.", 1)
        if wait := self._attempts.add(client, name):
            raise TooManyAttempts(
                f"Too many passwords were wrong: wait {MINUTES} minutes, then try again.", wait
            )
        self._taken[client] += 1
        try:
            looked = self._threads.submit(self._passwords.check, name, password)
            good = await asyncio.wrap_future(looked)
        finally:
            self._taken -= Counter({client: 1})
        if good is not None:
            self._attempts.undo(client, name)
        return good
