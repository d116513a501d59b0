"""A bucket that speaks S3 as a store of objects.

A conditional write of which the answer was lost, or says that it may be tried again, is decided by
reading back: every write has a number of its own in the object's metadata, so that who won without
hearing of it knows. All else may be asked twice, and is, as long as the store does not answer: the
library itself asks again after some kinds of broken connections only.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    GenericError,
    NotSupportedError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)
from obstore.store import S3Store
from typing_extensions import override

from netflix_pipeline.atomic_write import write_atomically
from netflix_pipeline.object_storage.store import (
    Listed,
    NoObject,
    ObjectStore,
    Stored,
    StoreRefuses,
    StoreUnavailable,
)

T = TypeVar("T")

WRITER = "netflix-writer"
"""The name of the metadata in which each write has a number of its own."""

STEP = 16 * 2**20
"""Bytes of a large object that are read at a time."""

FIRST_PAUSE, LONGEST_PAUSE = 0.02, 2.0
"""Seconds between two tries."""

ANSWERED = "status code"
"""What stands in an error that the store answered with: else it did not, or not to the end."""


class Bucket(ObjectStore):
    """The objects of a bucket below a prefix."""

    def __init__(self, bucket: str, prefix: str, patience: float) -> None:
        self.address = f"s3://{bucket}/{prefix}".rstrip("/")
        self._patience = patience
        self._store = S3Store(
            bucket,
            prefix=prefix or None,
            config={"conditional_put": "etag"},
            # An endpoint says by itself whether it is http.
            client_options={"allow_http": True, "connect_timeout": "5s", "timeout": "30s"},
            # Its pauses hardly grow: what ends the tries is the time.
            retry_config={
                "max_retries": 1_000,
                "retry_timeout": timedelta(seconds=patience),
                "backoff": {
                    "init_backoff": timedelta(seconds=0.1),
                    "max_backoff": timedelta(seconds=LONGEST_PAUSE),
                    "base": 2,
                },
            },
        )

    @override
    def get(self, key: str) -> Stored:
        return self._get(key)[0]

    def _get(self, key: str) -> tuple[Stored, str]:
        """An object, and which write it is of."""

        def ask() -> tuple[Stored, str]:
            found = obstore.get(self._store, key)
            etag, writer = found.meta["e_tag"] or "", found.attributes.get(WRITER, "")
            return Stored(bytes(found.bytes()), etag), writer

        return self._answer(key, ask)

    @override
    def create(self, key: str, data: bytes) -> str | None:
        return self._decided(key, data, None)

    @override
    def replace(self, key: str, data: bytes, etag: str) -> str | None:
        return self._decided(key, data, etag)

    def _decided(self, key: str, data: bytes, etag: str | None) -> str | None:
        """Write on the condition that the object with that etag is there, None: that none is."""
        writer, until, pause = uuid4().hex, time.monotonic() + self._patience, FIRST_PAUSE
        while True:
            with self._telling(key):
                try:
                    return obstore.put(
                        self._store,
                        key,
                        data,
                        mode="create" if etag is None else {"e_tag": etag},
                        attributes={WRITER: writer},
                        use_multipart=False,
                    )["e_tag"]
                except (PermissionDeniedError, UnauthenticatedError, NotSupportedError):
                    raise
                except FileNotFoundError as error:
                    raise self._no_bucket() from error
                except (BaseError, OSError) as error:
                    lost = error
            try:
                there, its_writer = self._get(key)
            except NoObject:
                if etag is not None:
                    return None
            else:
                if its_writer == writer:
                    return there.etag
                if there.etag != etag:
                    return None
            # The condition still holds: the store asked to try again, or did not hear.
            if time.monotonic() > until:
                with self._telling(key):
                    raise lost
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    @override
    def put(self, key: str, data: bytes) -> str:
        return self._write(key, lambda: obstore.put(self._store, key, data)["e_tag"] or "")

    @override
    def upload(self, key: str, path: Path) -> None:
        def send() -> None:
            try:
                obstore.put(self._store, key, path)
            except FileNotFoundError:
                path.stat()  # tells of the file, where it is that which is missing
                raise

        self._write(key, send)

    def _write(self, key: str, ask: Callable[[], T]) -> T:
        """What the store answers to a write without a condition."""
        try:
            return self._answer(key, ask)
        except NoObject as error:
            raise self._no_bucket() from error

    def _no_bucket(self) -> StoreRefuses:
        return StoreRefuses(f"{self.address}: there is no such bucket.")

    @override
    def download(self, key: str, path: Path) -> None:
        write_atomically(path, lambda draft: self._fetch(key, draft))

    def _fetch(self, key: str, draft: Path) -> None:
        def begin() -> tuple[int, str | None, obstore.Bytes | None]:
            found = obstore.get(self._store, key)
            size, etag = found.meta["size"], found.meta["e_tag"]
            return size, etag, found.bytes() if size <= STEP else None

        def part(start: int, end: int, etag: str | None) -> obstore.Bytes:
            options: Any = {"range": (start, end), "if_match": etag}
            return obstore.get(self._store, key, options=options).bytes()

        with draft.open("wb") as file:
            size, etag, whole = self._answer(key, begin)
            if whole is not None:
                file.write(whole)
                return
            # A part at a time, each within the bound on a request: the whole may take longer.
            for start in range(0, size, STEP):
                end = min(start + STEP, size)
                file.write(self._answer(key, partial(part, start, end, etag)))

    @override
    def delete(self, keys: Iterable[str]) -> None:
        gone = list(keys)
        self._answer("what is to be deleted", lambda: obstore.delete(self._store, gone))

    @override
    def listed(self, prefix: str = "") -> Iterator[Listed]:
        with self._telling(prefix):
            for some in obstore.list(self._store, prefix or None, chunk_size=1_000):
                for each in some:
                    yield Listed(each["path"], each["size"], each["last_modified"])

    @override
    def keeps_versions(self) -> bool:
        key = f"versions-{uuid4().hex}"
        with self._telling(key):
            version = obstore.put(self._store, key, b"whether versions are kept")["version"]
            obstore.delete(self._store, key)
        return version not in (None, "", "null")

    def _answer(self, key: str, ask: Callable[[], T]) -> T:
        """What the store answers to what may be asked twice."""
        until, pause = time.monotonic() + self._patience, FIRST_PAUSE
        while True:
            with self._telling(key):
                try:
                    return ask()
                except GenericError as error:
                    if ANSWERED in str(error) or time.monotonic() > until:
                        raise
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    @contextmanager
    def _telling(self, key: str) -> Iterator[None]:
        where = f"{self.address}/{key}"
        try:
            yield
        except FileNotFoundError as error:
            if error.errno is not None:  # of this machine: what the store has not has no number
                raise
            raise NoObject(f"{self.address} has no {key}") from None
        except (PermissionDeniedError, UnauthenticatedError) as error:
            raise StoreRefuses(
                f"{where}: the store does not let these keys do it ({_said(error)}). Look at "
                "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the bucket's policy."
            ) from error
        except (NotSupportedError, NotImplementedError) as error:
            raise StoreRefuses(f"{where}: the store cannot do it ({_said(error)}).") from error
        except PreconditionError as error:
            raise StoreUnavailable(f"{where} was replaced while it was read.") from error
        except (AlreadyExistsError, BaseError) as error:
            raise StoreUnavailable(
                f"{where}: the store does not answer as it should ({_said(error)}). Look at "
                "AWS_ENDPOINT_URL and at the store, then run the command again."
            ) from error


def _said(error: BaseException) -> str:
    """What an error says first, shortly: the libraries tell every layer below."""
    return " ".join(str(error).split("\n\n", 1)[0].split())[:300]
