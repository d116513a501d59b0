"""Runs the stages of a build side by side, each as soon as those that it needs are done."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from graphlib import TopologicalSorter
from itertools import pairwise
from queue import SimpleQueue
from typing import TypeVar

from netflix_pipeline.materialize.build_graph import dependencies
from netflix_pipeline.materialize.writer import Built, Outcome, Storing

LANES = 2
"""Iterators of drafts that are gone through side by side: more would only hold more in memory."""

Lanes = Callable[[], Iterable[Iterator[Outcome]]]

T = TypeVar("T")


def even_parts(items: Sequence[T], count: int) -> Iterator[Sequence[T]]:
    """Items in so many parts, as alike as can be; of fewer items, a part for each."""
    bounds = [len(items) * part // count for part in range(count + 1)]
    return (items[begin:end] for begin, end in pairwise(bounds) if begin < end)


@dataclass(frozen=True, eq=False)
class Stage:
    """Tables that are made together.

    `lanes` is called once what they are made from is stored; it gives their drafts, in parts that
    do not need one another.
    """

    tables: Collection[str]
    lanes: Lanes


def run_stages(stages: Sequence[Stage], storing: Storing) -> Iterator[Built]:
    """Yield each partition of the stages as it is stored; of those that may run, the first first.

    Raises what a lane raises, once those that run beside it have stopped.
    """
    # What was stored, and lanes of a stage that came to their end.
    events: SimpleQueue[Built | tuple[Stage, Future[None]]] = SimpleQueue()
    stopping = False

    def go_through(lane: Iterator[Outcome]) -> None:
        for built in storing.stored(lane):
            events.put(built)
            if stopping:
                break

    order = _order(stages)
    order.prepare()
    running: dict[Stage, int] = {}
    with ThreadPoolExecutor(LANES) as pool:
        try:
            while order.is_active():
                for stage in sorted(order.get_ready(), key=stages.index):
                    running[stage] = 0
                    for lane in stage.lanes():
                        running[stage] += 1
                        pool.submit(go_through, lane).add_done_callback(
                            partial(lambda of, lane: events.put((of, lane)), stage)
                        )
                    if not running[stage]:
                        order.done(stage)
                if not any(running.values()):
                    continue
                news = events.get()
                if isinstance(news, Built):
                    yield news
                else:
                    stage, lane_ended = news
                    lane_ended.result()
                    running[stage] -= 1
                    if not running[stage]:
                        order.done(stage)
        finally:
            stopping = True
            pool.shutdown(cancel_futures=True)


def _order(stages: Sequence[Stage]) -> TopologicalSorter[Stage]:
    """The stages, each behind those that make what its tables are made from."""
    maker = {table: stage for stage in stages for table in stage.tables}
    needs = {
        stage: {
            maker[source]
            for table in stage.tables
            for source in dependencies()[table]
            if maker.get(source, stage) is not stage
        }
        for stage in stages
    }
    return TopologicalSorter(needs)
