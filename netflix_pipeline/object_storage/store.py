"""What is asked of a store of objects, wherever it is.

An object is written whole or not at all, and read whole. `create` and `replace` are conditional: of
many writers at the same time one wins, and knows it. `doctor` proves that of a store by experiment,
for several servers that speak S3 ignore the conditions.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

from netflix_pipeline.errors import BadInput, PipelineError, Transient

PATIENCE = 120.0
"""Seconds for which a store that does not answer is asked again."""

CLOCK = "clock"
"""Where the object lies that is written to learn what time the store has."""

CLOCK_ASKED_EVERY = 600.0
"""Seconds after which it is asked anew what time it has."""


class BadStoreAddress(BadInput):
    """The address is none of a store."""


class NoObject(PipelineError):
    """There is no object under the key."""


class StoreRefuses(PipelineError):
    """The store does not let these credentials do it, or cannot do it."""


class StoreUnavailable(Transient):
    """The store does not answer, or says that it cannot now."""


@dataclass(frozen=True)
class Stored:
    """An object as it was read; its etag is another once it is replaced by other bytes."""

    data: bytes
    etag: str


@dataclass(frozen=True)
class Listed:
    """An object as a listing tells it: `size` in bytes, `modified` when it was written."""

    key: str
    size: int
    modified: datetime


@dataclass(frozen=True)
class _Clock:
    """What time a store had, and what the steady clock and the one of this machine said then."""

    moment: datetime
    steady: float
    own: float

    @property
    def age(self) -> float:
        """Seconds since then; while a machine sleeps, its steady clock may stand still."""
        return max(time.monotonic() - self.steady, abs(time.time() - self.own))


class ObjectStore(ABC):
    """Objects under keys such as `gold/title_daily/manifest.json`.

    Every method raises StoreUnavailable where the store does not answer for as long as it is
    waited for, and StoreRefuses where it does not let us.
    """

    address: str
    """Where it is, for people: no password is in it."""

    _clock: _Clock | None = None

    @staticmethod
    def of(address: str | Path, patience: float = PATIENCE) -> "ObjectStore":
        """The store at `s3://bucket/prefix`, `file:///folder` or a folder's path.

        Endpoint, region and keys of S3 are read from the usual variables (`AWS_ENDPOINT_URL`,
        `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`). Raises
        BadStoreAddress.
        """
        text = str(address)
        parts = urlsplit(text)
        if parts.scheme == "s3":
            if not parts.netloc or parts.query or parts.fragment or "@" in parts.netloc:
                raise BadStoreAddress(
                    f"{text} is no store: write s3://BUCKET/PREFIX; endpoint and keys are read "
                    "from AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
                )
            from netflix_pipeline.object_storage.s3 import Bucket

            return Bucket(parts.netloc, parts.path.strip("/"), patience)
        if "://" in text and not (parts.scheme == "file" and parts.netloc in ("", "localhost")):
            raise BadStoreAddress(f"{text} is no store: write s3://BUCKET/PREFIX or a folder")
        from netflix_pipeline.object_storage.folder import Folder

        return Folder(Path(unquote(parts.path) if parts.scheme == "file" else text))

    def now(self) -> datetime:
        """What time it has, up to a second earlier: the one clock that all have who share it.

        That of a machine may be wrong by days. Learnt from an object that is written, every few
        minutes; in between the steady clock of this machine goes on from there.
        """
        clock = self._clock
        if clock is None or clock.age > CLOCK_ASKED_EVERY:
            key = f"{CLOCK}/now"
            self.put(key, b"now")
            steady, own = time.monotonic(), time.time()
            moment = next(each.modified for each in self.listed(CLOCK) if each.key == key)
            clock = self._clock = _Clock(moment, steady, own)
        return clock.moment + timedelta(seconds=time.monotonic() - clock.steady)

    @abstractmethod
    def get(self, key: str) -> Stored:
        """An object whole. Raises NoObject."""

    @abstractmethod
    def create(self, key: str, data: bytes) -> str | None:
        """Write an object where there is none; its etag, None where there is one."""

    @abstractmethod
    def replace(self, key: str, data: bytes, etag: str) -> str | None:
        """Write an object in the place of the one with that etag; None where it is gone.

        An etag tells bytes, not writes: who counts on it puts something into `data` that no other
        writer does, and no earlier object had.
        """

    @abstractmethod
    def put(self, key: str, data: bytes) -> str:
        """Write an object, whatever was there; its etag."""

    @abstractmethod
    def upload(self, key: str, path: Path) -> None:
        """Write an object from a file of any size, whatever was there; in bounded memory."""

    @abstractmethod
    def download(self, key: str, path: Path) -> None:
        """Put an object of any size into a file that is there once it is whole and on disk.

        Raises NoObject, and StoreUnavailable where the object is replaced meanwhile.
        """

    @abstractmethod
    def delete(self, keys: Iterable[str]) -> None:
        """Take objects away; those that are gone already count as taken away."""

    @abstractmethod
    def listed(self, prefix: str = "") -> Iterator[Listed]:
        """The objects below a folder of keys."""

    @abstractmethod
    def keeps_versions(self) -> bool:
        """Whether what is deleted or replaced can still be read as an earlier version."""
