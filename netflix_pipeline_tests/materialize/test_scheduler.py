"""Stages run side by side, each behind those that it needs."""

import threading
from collections.abc import Iterable, Iterator

import polars as pl
import pytest

from netflix_pipeline.contracts.contract import VIOLATIONS
from netflix_pipeline.materialize.scheduler import Stage, run_stages
from netflix_pipeline.materialize.writer import Built, ComputedPartition, Outcome, Storing


class Stored(Storing):
    """Takes every draft as stored."""

    def __init__(self) -> None:
        pass

    def stored(self, outcomes: Iterable[Outcome]) -> Iterator[Built]:
        for draft in outcomes:
            yield Built(draft.table, None, 0, "", True, 0.0, VIOLATIONS.to_frame())


def draft(table: str) -> ComputedPartition:
    return ComputedPartition(table, None, pl.DataFrame(), {}, 0.0)


def stage(*tables: str, lanes: int = 1, log: list[str] | None = None) -> Stage:
    def begin() -> Iterator[Iterator[ComputedPartition]]:
        if log is not None:
            log.append(tables[0])
        for _ in range(lanes):
            yield map(draft, tables)

    return Stage(tables, begin)


def test_a_stage_begins_when_those_that_it_needs_are_done() -> None:
    begun: list[str] = []
    stages = [
        stage("gold/user_daily", log=begun),
        stage("gold/user_profile", log=begun),
        stage("silver/plays", lanes=3, log=begun),
        stage("silver/reviews", log=begun),
    ]
    told = [built.table for built in run_stages(stages, Stored())]
    assert sorted(told) == sorted(
        [*(s for s in begun if s != "silver/plays"), *["silver/plays"] * 3]
    )
    assert begun[:2] == ["silver/plays", "silver/reviews"]
    assert begun[2:] == ["gold/user_daily", "gold/user_profile"]
    assert told.index("gold/user_daily") > max(n for n, t in enumerate(told) if t == "silver/plays")


def test_lanes_run_side_by_side() -> None:
    both = threading.Barrier(2, timeout=30)

    def lane() -> Iterator[ComputedPartition]:
        both.wait()
        yield draft("silver/plays")

    assert len(list(run_stages([Stage(["silver/plays"], lambda: [lane(), lane()])], Stored()))) == 2


def test_a_stage_with_nothing_to_do_holds_nobody_up() -> None:
    stages = [Stage(["silver/plays"], list), stage("gold/user_daily")]
    assert [built.table for built in run_stages(stages, Stored())] == ["gold/user_daily"]
    assert list(run_stages([], Stored())) == []


def test_what_a_lane_raises_is_raised_and_the_others_stop() -> None:
    stopped = threading.Event()

    def endless() -> Iterator[ComputedPartition]:
        try:
            while True:
                yield draft("silver/reviews")
        finally:
            stopped.set()

    def broken() -> Iterator[ComputedPartition]:
        raise ValueError("on purpose")
        yield draft("silver/plays")

    stages = [
        Stage(["silver/reviews"], lambda: [endless()]),
        Stage(["silver/plays"], lambda: [broken()]),
    ]
    with pytest.raises(ValueError, match="on purpose"):
        list(run_stages(stages, Stored()))
    assert stopped.wait(30)


def test_who_stops_listening_stops_the_stages() -> None:
    def endless() -> Iterator[ComputedPartition]:
        while True:
            yield draft("silver/plays")

    running = run_stages([Stage(["silver/plays"], lambda: [endless()])], Stored())
    next(iter(running))
    running.close()  # type: ignore[attr-defined]  # comes back only once the lanes have ended
