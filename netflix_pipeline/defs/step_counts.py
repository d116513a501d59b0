"""What a run's steps come to, counted as they tell Dagster of it."""

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import wraps
from typing import TYPE_CHECKING, Any

import dagster as dg

from netflix_pipeline.defs.asset_specs import table_of
from netflix_pipeline.defs.events import PARTITION_ROW_COUNT, ROW_COUNT

if TYPE_CHECKING:
    from netflix_pipeline.monitoring import CheckResult, StageCounts

Step = Callable[..., Any]


def counted(step: Step, done: str) -> Step:
    """The step, of which monitoring is told what it stored and checked, and the CPU time it took.

    The output `done` tells Dagster the CPU time up to it.
    """

    @wraps(step)  # Dagster reads the parameters of what is wrapped
    def counting_step(context: dg.AssetExecutionContext, **given: Any) -> Iterator[Any]:
        from netflix_pipeline.monitoring import counting

        with (
            counting(given["settings"], context.op_def.name) as counts,
            closing(step(context, **given)) as events,
        ):
            for event in events:
                if isinstance(event, dg.Output) and event.output_name == done:
                    yield event.with_metadata({"cpu_seconds": round(counts.cpu_seconds, 3)})
                else:
                    _count(counts, event)
                    yield event

    return counting_step


def _count(counts: "StageCounts", event: object) -> None:
    if isinstance(event, dg.AssetCheckEvaluation):
        counts.checked(table_of(event.asset_key), str(event.check_name), _result(event))
    elif isinstance(event, dg.AssetMaterialization):
        told = {name: entry.value for name, entry in event.metadata.items()}
        seconds = told.get("seconds")
        if isinstance(seconds, int | float):  # else it only tells what stands as it was
            rows = told.get(PARTITION_ROW_COUNT, told.get(ROW_COUNT, 0))
            assert isinstance(rows, int)
            counts.stored(table_of(event.asset_key), rows, seconds=seconds)


def _result(evaluation: dg.AssetCheckEvaluation) -> "CheckResult":
    if evaluation.passed:
        return "passed"
    return "warned" if evaluation.severity is dg.AssetCheckSeverity.WARN else "failed"
