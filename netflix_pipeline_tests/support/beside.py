"""A process beside the one that builds, as far as the lake tells them apart."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any
from uuid import uuid4

from netflix_pipeline.lake import Lake, Share
from netflix_pipeline.materialize.shard_work import ShardWork
from netflix_pipeline.materialize.shards import OfShare
from netflix_pipeline.materialize.versions import Versions
from netflix_pipeline.materialize.writer import ComputedPartition


class Beside:
    """Makes every share in a lake that it opens anew, by nothing but what is told in JSON."""

    def __init__(self, opened: Callable[[], Lake]) -> None:
        self.made_shares = 0
        self._opened = opened

    def made(
        self,
        versions: Versions,
        make: OfShare[Any],
        tables: Sequence[str],
        days: Sequence[date],
        shares: Sequence[Share],
    ) -> Iterator[ComputedPartition]:
        versions.lake.commit()
        work = ShardWork.described(versions, make, tables, days, len(shares))
        for share in shares:
            name = uuid4().hex
            ShardWork.decode(work.encode()).made(self._opened(), share.number, name)
            self.made_shares += 1
            yield from work.taken(versions.lake, name)
