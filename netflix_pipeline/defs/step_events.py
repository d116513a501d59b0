"""What a step tells of partitions, on a short way to the event log.

An event that a step yields passes a dozen layers of Dagster's, its loggers among them, each of
which looks at it anew. On those that tell of a partition nothing in a run depends, and a run over
years has tens of thousands of them: they are reported where they would end.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import closing
from functools import wraps
from typing import Any

import dagster as dg
from dagster._core.events import DagsterEvent, StepMaterializationData

from netflix_pipeline.defs.step_counts import Step


def reported(step: Step) -> Step:
    """The step, whose materializations and checks are reported; it yields all else."""

    @wraps(step)  # Dagster reads the parameters of what is wrapped
    def reporting_step(context: dg.AssetExecutionContext, **given: Any) -> Iterator[Any]:
        report = _Report(context)
        with closing(step(context, **given)) as events:
            for event in events:
                if isinstance(event, dg.AssetMaterialization):
                    report.materialized(event)
                elif isinstance(event, dg.AssetCheckEvaluation):
                    report.checked(event)
                else:
                    yield event

    return reporting_step


class _Report:
    """Events of a step as Dagster would make them."""

    def __init__(self, context: dg.AssetExecutionContext) -> None:
        step = context.get_step_execution_context()
        self._instance, self._run_id = context.instance, context.run.run_id
        self._same: dict[str, Any] = {
            "job_name": step.job_name,
            "step_handle": step.step.handle,
            "node_handle": step.step.node_handle,
            "step_kind_value": step.step.kind.value,
            "logging_tags": step.event_tags,
            "pid": os.getpid(),
        }

    def materialized(self, event: dg.AssetMaterialization) -> None:
        self._report(
            dg.DagsterEventType.ASSET_MATERIALIZATION,
            StepMaterializationData(event),
            "Materialized value " + event.label + ".",
        )

    def checked(self, event: dg.AssetCheckEvaluation) -> None:
        passed = "passed" if event.passed else "did not pass"
        self._report(
            dg.DagsterEventType.ASSET_CHECK_EVALUATION,
            event,
            f"Asset check '{event.check_name}' on '{event.asset_key.to_user_string()}' {passed}.",
        )

    def _report(self, kind: dg.DagsterEventType, data: Any, message: str) -> None:
        event = DagsterEvent(kind.value, event_specific_data=data, message=message, **self._same)
        self._instance.report_dagster_event(event, self._run_id, logging.DEBUG)
