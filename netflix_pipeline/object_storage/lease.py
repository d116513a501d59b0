"""Leases: locks that end by themselves, each with an epoch that goes up from owner to owner.

They end by the clock of the store, whatever those of machines say. Who holds one may be stopped for
longer than it lasts, and go on when another has it. So a lease alone protects nothing: whoever
writes under it tells its epoch, and what is written with an earlier one than was ever seen is
refused (the lake does it in the one object that all commits replace).
"""

import json
import logging
import os
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from netflix_pipeline.errors import Busy, PipelineError, Transient
from netflix_pipeline.object_storage.store import NoObject, ObjectStore

log = logging.getLogger(__name__)

SECONDS = 20.0
"""For which a lease lasts that is not renewed."""

EXACT = timedelta(seconds=1)
"""How exactly a machine knows what time the store has: several tell whole seconds."""

PAUSE = 0.5
"""Seconds between two looks at a lease that another has, at most."""

TOLD_AFTER = 5.0
"""Seconds after which a wait is told, with who is waited for."""


class LeaseLost(Transient):
    """Another has taken the lease over: what was done under it does not count."""


@dataclass(frozen=True)
class Claim:
    """Who has a lease: nobody where `owner` is empty. `expires` in seconds of the store's clock."""

    owner: str
    told: str
    epoch: int
    expires: float

    def encode(self) -> bytes:
        """As JSON."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def decode(cls, data: bytes) -> "Claim":
        """The claim in an object's bytes; one of nobody where they are none."""
        try:
            return cls(**json.loads(data))
        except (ValueError, TypeError):
            return cls("", "", 0, 0.0)

    def is_over(self, store: ObjectStore) -> bool:
        """Whether somebody else may take it, at the time that its store has."""
        return not self.owner or self.expires < (store.now() - EXACT).timestamp()


class Lease:
    """A lease that this process has; from `held`."""

    def __init__(self, store: ObjectStore, name: str, seconds: float) -> None:
        self.name = name
        self.epoch = 0
        self._store = store
        self._key = f"locks/{name}"
        self._seconds = seconds
        self._owner = uuid4().hex
        self._etag = ""
        self._until = 0.0
        self._ended = threading.Event()
        self._guard = threading.Lock()

    def check(self, *, anew: bool = False) -> None:
        """Raise LeaseLost unless it is ours; asks the store where it may have ended, or `anew`."""
        if (anew or time.monotonic() > self._until) and not self._renewed():
            raise LeaseLost(
                f"{self._store.address}/{self._key}: this process was held up for longer than its "
                f"lease lasts ({self._seconds:g} s), and another took it over. Nothing of what it "
                "did since its last commit counts: run the command again."
            )

    def _claim(self) -> Claim:
        told = f"process {os.getpid()} of {socket.gethostname()}"
        expires = self._store.now() + timedelta(seconds=self._seconds)
        return Claim(self._owner, told, self.epoch, expires.timestamp())

    def _take(self, waiting: Callable[[], None] | None, patience: float | None) -> None:
        began, told = time.monotonic(), False
        while True:
            asked = time.monotonic()
            claim: Claim | None = None
            etag: str | None = None
            over = False
            try:
                there = self._store.get(self._key)
            except NoObject:
                self.epoch = 1
                etag = self._store.create(self._key, self._claim().encode())
            else:
                claim = Claim.decode(there.data)
                over = claim.is_over(self._store)
                if over:
                    self.epoch = claim.epoch + 1
                    etag = self._store.replace(self._key, self._claim().encode(), there.etag)
            if etag is not None:
                self._etag, self._until = etag, asked + self._seconds
                return
            if claim is None or over:
                continue  # another was before us
            if waiting is not None:
                waiting()
                waiting = None
            waited = time.monotonic() - began
            who = f"{self._store.address}/{self._key} is held by {claim.told}"
            until = datetime.fromtimestamp(claim.expires, UTC)
            if patience is not None and waited > patience:
                raise Busy(f"{who} until {until:%H:%M:%S} UTC, unless it goes on: wait for it.")
            if waited > TOLD_AFTER and not told:
                told = True
                log.warning("waiting: %s", who)
            time.sleep(random.uniform(0.5, 1) * min(PAUSE, self._seconds / 4))  # noqa: S311

    def _renew(self) -> None:
        while not self._ended.wait(self._seconds / 3):
            try:
                if not self._renewed():
                    return  # whoever writes hears of it from `check`
            except PipelineError as error:
                log.warning("%s cannot be renewed: %s", self._key, error)

    def _renewed(self) -> bool:
        """Let it last for longer; whether it is still ours."""
        with self._guard:
            asked = time.monotonic()
            etag = self._store.replace(self._key, self._claim().encode(), self._etag)
            if etag is None:
                self._until = 0.0
                return False
            self._etag, self._until = etag, asked + self._seconds
            return True

    def _give_back(self) -> None:
        over = Claim("", "", self.epoch, 0.0)
        try:
            self._store.replace(self._key, over.encode(), self._etag)
        except PipelineError as error:
            log.warning("%s ends by itself: %s", self._key, error)


@contextmanager
def held(
    store: ObjectStore,
    name: str,
    *,
    seconds: float = SECONDS,
    waiting: Callable[[], None] | None = None,
    patience: float | None = None,
) -> Iterator[Lease]:
    """Hold a lease, renewed meanwhile; `waiting` is called once before a wait.

    Raises Busy, which says who holds it, after `patience` seconds.
    """
    lease = Lease(store, name, seconds)
    lease._take(waiting, patience)  # noqa: SLF001 (of the same module)
    renewing = threading.Thread(target=lease._renew, name=f"lease {name}", daemon=True)  # noqa: SLF001
    renewing.start()
    try:
        yield lease
    finally:
        lease._ended.set()  # noqa: SLF001
        renewing.join()
        lease._give_back()  # noqa: SLF001
