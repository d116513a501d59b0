"""Shares of a large day as tasks of Celery, which workers take from a queue of their own.

Who builds the day offers in Redis what is to be made of it, and makes shares itself, from the other
end, as long as there are any that nobody has claimed. So it waits for those alone that somebody
works on, never for a task that nobody can take: all workers may be building, or none be there.
What a worker does not bring to its end, because it was killed, refuses or fails, is made here. An
offer lasts as long as who made it is alive; a task that comes later finds nothing to do.
"""

import logging
import os
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from functools import cache, partial
from uuid import uuid4

from celery import Celery
from celery.exceptions import OperationalError

from netflix_pipeline.background import Thread
from netflix_pipeline.defs import run_leases
from netflix_pipeline.defs.run_leases import BrokerUnavailable, RunLeases
from netflix_pipeline.defs.worker_launcher import CELERY
from netflix_pipeline.errors import PipelineError, ends_one
from netflix_pipeline.lake import Lake, Share
from netflix_pipeline.materialize.shard_work import ShardWork, taken
from netflix_pipeline.materialize.shards import OfShare, T
from netflix_pipeline.materialize.versions import Versions
from netflix_pipeline.materialize.writer import ComputedPartition
from netflix_pipeline.settings import Settings

log = logging.getLogger(__name__)

SHARDS = "shards"
"""The queue of shares: workers of another release may not know it."""
SHARD_TASK = "netflix_pipeline.shard"
"""The task whose arguments are the name of an offer and the number of a share."""

PAUSE = 0.2
"""Seconds between two looks at a share that another makes."""

FAILED = ""
"""What is told of a share that a worker could not make."""

OFFER, TOLD = (f"{{netflix:runs}}:{kind}:%s" for kind in ("offer", "told"))


class ShardLeases(RunLeases):
    """Offers, and who has which share of one: claimed and kept alive as runs are."""

    def offer(self, name: str, work: str) -> None:
        """Say what is to be made; to be said again with each heartbeat."""
        self._call(self._redis.set, OFFER % name, work, px=int(run_leases.KEPT_FOR * 1000))

    def offered(self, name: str) -> str | None:
        """What is to be made; None where nobody asks for it any more."""
        told: str | None = self._call(self._redis.get, OFFER % name)
        return told

    def tell(self, shard: str, told: str) -> None:
        """Say what became of a share."""
        self._call(self._redis.set, TOLD % shard, told, ex=run_leases.REMEMBERED)

    def told(self, shard: str) -> str | None:
        """What became of a share; None as long as nothing did."""
        told: str | None = self._call(self._redis.get, TOLD % shard)
        return told

    def withdraw(self, name: str, shards: Sequence[str]) -> None:
        """Forget an offer, and all of its shares."""
        kinds = (run_leases.CLAIMED, run_leases.ALIVE, TOLD)
        keys = [kind % shard for shard in shards for kind in kinds]
        self._call(self._redis.delete, OFFER % name, *keys)


class ShardTasks:
    """Has workers make shares, too (`Helpers`)."""

    def __init__(self, broker: str) -> None:
        self._leases = ShardLeases(broker)
        self._owner = f"who asks for it (process {os.getpid()} of {socket.gethostname()})"
        self._celery = Celery("shards", broker=broker, set_as_current=False)
        self._celery.conf.update(CELERY)

    def made(
        self,
        versions: Versions,
        make: OfShare[T],
        tables: Sequence[str],
        days: Sequence[date],
        shares: Sequence[Share],
    ) -> Iterator[T | ComputedPartition]:
        """What each share gives; what no worker has begun, or ends, is made here."""
        versions.lake.commit()  # others see what was stored until now
        work = ShardWork.described(versions, make, tables, days, len(shares))
        with self._offered(work, shares) as name:
            others = []
            for share in reversed(shares):  # workers begin with the first
                if self._claimed(name, share):
                    yield from make(versions, tables, days, share)
                else:
                    others.append(share)
            for share in reversed(others):
                parts = self._waited_for(versions.lake, name, share)
                yield from make(versions, tables, days, share) if parts is None else parts

    @contextmanager
    def _offered(self, work: ShardWork, shares: Sequence[Share]) -> Iterator[str]:
        """Meanwhile workers are asked to make shares, by the name that it gives."""
        name = uuid4().hex
        offer = partial(self._leases.offer, name, work.encode())
        offering = Thread("shards", offer, run_leases.BEATS_EVERY)
        try:
            offer()
            for share in shares[:-1]:
                self._celery.send_task(SHARD_TASK, (name, share.number), queue=SHARDS)
        except (BrokerUnavailable, OperationalError) as error:
            log.warning("no worker can be asked to make shares of %s: %s", work.tables, error)
        offering.start()
        try:
            yield name
        finally:
            offering.stop()
            with suppress(BrokerUnavailable):  # it is forgotten by itself
                self._leases.withdraw(name, [shard_of(name, share.number) for share in shares])

    def _claimed(self, name: str, share: Share) -> bool:
        """Whether it is to be made here: always where nobody can be asked."""
        try:
            return self._leases.claim(shard_of(name, share.number), self._owner)
        except BrokerUnavailable:
            return True

    def _waited_for(
        self, lake: Lake, name: str, share: Share
    ) -> Iterator[ComputedPartition] | None:
        """What another makes of a share; None where nothing comes of it."""
        shard = shard_of(name, share.number)
        try:
            while True:
                # Looked at first: who ends in order tells before it is silent.
                silent = self._leases.taken_from(shard, began=True)
                told = self._leases.told(shard)
                if told:
                    return taken(lake, told)
                if silent or told == FAILED:
                    log.warning("share %s is made here: %s", shard, silent or "a worker could not")
                    return None
                time.sleep(PAUSE)
        except (PipelineError, OSError) as error:
            log.warning("share %s is made here: %s", shard, error)
            return None


@cache
def workers_at(broker: str) -> ShardTasks:
    """The workers that take tasks from a broker."""
    return ShardTasks(broker)


def make_share(settings: Settings, leases: ShardLeases, work: str, name: str, number: int) -> None:
    """Make a share that was claimed, in the lake of the settings, and tell what came of it."""
    shard, since = shard_of(name, number), time.monotonic()
    try:
        told = ShardWork.decode(work).made(Lake.of(settings), number, f"{name}-{number}")
    except BaseException as error:
        if not ends_one(error):
            raise
        log.warning("share %s is left to who asks for it: %s", shard, error)
        told = FAILED
    else:
        log.info("share %s was made in %.1f s", shard, time.monotonic() - since)
    leases.tell(shard, told)


def shard_of(name: str, number: int) -> str:
    """What a share is called among claims."""
    return f"{name}/{number}"
