"""Whether a store keeps what the lake is built on, found out by experiment.

Several servers that speak S3 ignore the conditions of a PUT, or look and write in two steps: two
writers then both believe that they won. No answer of such a server tells; a race does.
"""

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from threading import Barrier
from uuid import uuid4

from netflix_pipeline.errors import PipelineError
from netflix_pipeline.object_storage.store import NoObject, ObjectStore

PROOF = "proof.json"
"""What says that the store was proved."""

WRITERS, KEYS = 32, 50
STEPS = 4


class UnprovedStore(PipelineError):
    """Nobody proved yet that the store keeps its conditions, or it does not."""


def prove(store: ObjectStore, *, writers: int = WRITERS, keys: int = KEYS) -> list[str]:
    """Race for new objects, and by half of the writers for one that is counted up; what was found.

    From then on writers take the store. Raises UnprovedStore, which says what went wrong, where
    two of them won; writers then refuse it.
    """
    below = f"proof/{uuid4().hex}"
    counters = writers // 2
    with ThreadPoolExecutor(writers) as pool:
        try:
            wrong = [
                *_created(store, below, pool, writers, keys),
                *_counted(store, below, pool, counters),
            ]
        finally:
            store.delete([f"{below}/{number}" for number in range(keys)] + [f"{below}/counter"])
    if wrong:
        store.delete([PROOF])
        raise UnprovedStore(
            f"{store.address} cannot hold a lake: {'; '.join(wrong)}. It ignores If-None-Match and "
            "If-Match, or decides on them in two steps: take a store that keeps them, such as "
            "Amazon S3, Cloudflare R2 or MinIO."
        )
    store.put(PROOF, json.dumps({"at": datetime.now(UTC).isoformat()}).encode())
    return [
        f"{writers} writers raced for {keys} objects: one won each",
        f"{counters} writers counted to {counters * STEPS} together, and none was lost",
    ]


def proved(store: ObjectStore) -> None:
    """Raise UnprovedStore unless it was."""
    try:
        store.get(PROOF)
    except NoObject:
        raise UnprovedStore(
            f"{store.address} was not proved yet: netflix-pipeline doctor looks whether it keeps "
            "apart what several write at the same time. Nothing is written before."
        ) from None


def prove_once(store: ObjectStore) -> None:
    """Prove a store, as `prove` does, unless it was. Raises UnprovedStore."""
    try:
        proved(store)
    except UnprovedStore:
        prove(store)


def _created(
    store: ObjectStore, below: str, pool: ThreadPoolExecutor, writers: int, keys: int
) -> Iterator[str]:
    start = Barrier(writers)

    def race(writer: int) -> list[int]:
        won = []
        try:
            for number in range(keys):
                start.wait()
                mine = f"{writer} of {below}".encode()
                if store.create(f"{below}/{number}", mine) is not None:
                    won.append(number)
        except BaseException:
            start.abort()  # the others would wait for it
            raise
        return won

    wins = [
        (number, writer)
        for writer, won in enumerate(pool.map(race, range(writers)))
        for number in won
    ]
    winners = Counter(number for number, _ in wins)
    several = sum(count > 1 for count in winners.values())
    if several:
        yield f"{several} of {keys} objects that {writers} writers created had more than one winner"
    if missing := keys - len(winners):
        yield f"nobody won {missing} of {keys} objects"
    others = 0
    for number, writer in wins:
        with suppress(NoObject):
            others += store.get(f"{below}/{number}").data != f"{writer} of {below}".encode()
    if others and not several:
        yield f"{others} objects hold what another than their winner wrote"


def _counted(
    store: ObjectStore, below: str, pool: ThreadPoolExecutor, counters: int
) -> Iterator[str]:
    key = f"{below}/counter"
    store.create(key, b"0")

    def count(_: int) -> None:
        done = 0
        while done < STEPS:
            there = store.get(key)
            # The same number is never written twice, so its etag tells the write.
            done += store.replace(key, str(int(there.data) + 1).encode(), there.etag) is not None

    list(pool.map(count, range(counters)))
    total = int(store.get(key).data)
    if total != counters * STEPS:
        yield f"{counters} writers counted to {counters * STEPS} together, and it holds {total}"
