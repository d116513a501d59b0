"""Shares of a large day as tasks of Celery, which workers take from a queue of their own.

Who builds the day offers in Redis what is to be made of it, and makes shares itself, from the other
end, as long as there are any that nobody has claimed. So it waits for those alone that somebody
works on, never for a task that nobody can take: all workers may be building, or none be there.
What a worker does not bring to its end, because it was killed, refuses or fails, is made here. An
offer lasts as long as who made it is alive; a task that comes later finds nothing to do. A worker
that hangs, and says that it lives, is given up after a while: it hears so, and ends.

Redis hands out what is to be made, and tells that it was; what came of it lies in the lake, where
`ShardWork` looks whether it was made for this. So who writes to Redis and not to the lake can hold
a build up, and have a share made here, but change nothing of what comes of it.
"""

import logging
import os
import re
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
from netflix_pipeline.errors import BadInput, PipelineError, ends_one
from netflix_pipeline.lake import Lake, Share
from netflix_pipeline.materialize.shard_work import ShardWork
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

PATIENCE, SLOWER = 600.0, 20.0
"""Workers that say they live are waited for so many seconds, or so many times as long as the
slowest share took that was made here, whichever is longer."""

MADE, FAILED = "made", "failed"
"""What is told of a share that a worker made, and of one that it could not make."""

NAME = re.compile(r"[0-9a-f]{32}")
"""The name of an offer."""

FORGOTTEN = 60
"""Seconds for which a share stays claimed that nobody asks for any more: who lost it hears so."""

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
        asked = self._redis.pipeline(transaction=False)
        kinds = (run_leases.ALIVE, TOLD)
        asked.delete(OFFER % name, *(kind % shard for shard in shards for kind in kinds))
        for shard in shards:
            asked.expire(run_leases.CLAIMED % shard, FORGOTTEN)
        self._call(asked.execute)

    def give_up(self, shard: str) -> str:
        """Take a share away from a worker that says it lives, which then ends; from whom."""
        owner = self.owner(shard)
        self._call(
            self._redis.set,
            run_leases.CLAIMED % shard,
            run_leases.TAKEN_AWAY,
            ex=run_leases.REMEMBERED,
        )
        return owner


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
            others, slowest = list[Share](), 0.0
            for share in reversed(shares):  # workers begin with the first
                if self._claimed(name, share):
                    since = time.monotonic()
                    yield from make(versions, tables, days, share)
                    slowest = max(slowest, time.monotonic() - since)
                else:
                    others.append(share)
            # All together: a worker has one at a time, so that each is being made by now.
            until = time.monotonic() + max(PATIENCE, SLOWER * slowest)
            for share in reversed(others):
                shard = shard_of(name, share.number)
                parts = self._waited_for(versions.lake, work, shard, until)
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
        self, lake: Lake, work: ShardWork, shard: str, until: float
    ) -> Iterator[ComputedPartition] | None:
        """What another makes of a share; None where nothing comes of it until then."""
        try:
            while True:
                # Looked at first: who ends in order tells before it is silent.
                silent = self._leases.taken_from(shard, began=True)
                told = self._leases.told(shard)
                if told == MADE:
                    return work.taken(lake, shard)
                if told is not None:
                    why = "a worker could not"
                elif silent:
                    why = f"{silent} had it and is silent"
                elif time.monotonic() > until:
                    why = f"{self._leases.give_up(shard)} has it, lives, and does not end: it hangs"
                else:
                    time.sleep(PAUSE)
                    continue
                log.warning("share %s is made here: %s", shard, why)
                return None
        except (PipelineError, OSError) as error:
            log.warning("share %s is made here: %s", shard, error)
            return None


@cache
def workers_at(broker: str) -> ShardTasks:
    """The workers that take tasks from a broker."""
    return ShardTasks(broker)


def make_share(settings: Settings, leases: ShardLeases, work: str, name: str, number: int) -> None:
    """Make a share that was claimed, in the lake of the settings, and tell what came of it."""
    shard, since, told = shard_of(name, number), time.monotonic(), MADE
    try:
        ShardWork.decode(work).made(Lake.of(settings), number, shard)
    except BaseException as error:
        if not ends_one(error):
            raise
        log.warning("share %s is left to who asks for it: %s", shard, error)
        told = FAILED
    else:
        log.info("share %s was made in %.1f s", shard, time.monotonic() - since)
    leases.tell(shard, told)


def shard_of(name: str, number: int) -> str:
    """What a share is called, among claims and in the lake. Raises BadInput for no offer's name."""
    if not NAME.fullmatch(name):
        raise BadInput(f"{name} is no name of an offer")
    return f"{name}-{number}"
