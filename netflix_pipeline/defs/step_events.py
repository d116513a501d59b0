"""What a step tells of partitions, on a short way to the event log.

An event that a step yields passes a dozen layers of Dagster's, its loggers among them, each of
which looks at it anew. On those that tell of a partition nothing in a run depends, and a run over
years has tens of thousands of them: they are reported where they would end.
"""

import logging
import os
import time
from collections.abc import Hashable, Iterator
from contextlib import closing
from functools import wraps
from typing import Any

import dagster as dg
from dagster import EventLogEntry
from dagster._core.events import DagsterEvent

from netflix_pipeline.defs.event_texts import Alike, Pattern, Told, data_of, kind_of
from netflix_pipeline.defs.step_counts import Step


def reported(step: Step) -> Step:
    """The step, whose materializations and checks are reported; it yields all else."""

    @wraps(step)  # Dagster reads the parameters of what is wrapped
    def reporting_step(context: dg.AssetExecutionContext, **given: Any) -> Iterator[Any]:
        report = _Report(context)
        with closing(step(context, **given)) as events:
            for event in events:
                if isinstance(event, Told):
                    report.tell(event)
                else:
                    yield event

    return reporting_step


class _Report:
    """Events of a step as Dagster would make them: where the log takes them so, by patterns."""

    def __init__(self, context: dg.AssetExecutionContext) -> None:
        from netflix_pipeline.defs.batched_event_log import GroupedEvents

        step = context.get_step_execution_context()
        log = context.instance.event_log_storage
        self._instance, self._run_id = context.instance, context.run.run_id
        self._log = log if isinstance(log, GroupedEvents) else None
        self._patterns: dict[Hashable, Pattern] = {}
        self._same: dict[str, Any] = {
            "job_name": step.job_name,
            "step_handle": step.step.handle,
            "node_handle": step.step.node_handle,
            "step_kind_value": step.step.kind.value,
            "logging_tags": step.event_tags,
            "pid": os.getpid(),
        }

    def tell(self, told: Told) -> None:
        timestamp = time.time()
        kind = kind_of(told) if self._log else None
        if self._log is None or kind is None:
            self._instance.handle_new_event(self._event(told, timestamp))
            return
        if kind not in self._patterns:
            self._patterns[kind] = Pattern(self._event(told, timestamp))
        self._log.store_alike(Alike(self._patterns[kind], told, timestamp))

    def _event(self, told: Told, timestamp: float) -> EventLogEntry:
        if isinstance(told, dg.AssetMaterialization):
            kind = dg.DagsterEventType.ASSET_MATERIALIZATION
            message = f"Materialized value {told.label}."
        else:
            kind = dg.DagsterEventType.ASSET_CHECK_EVALUATION
            passed = "passed" if told.passed else "did not pass"
            message = (
                f"Asset check '{told.check_name}' on '{told.asset_key.to_user_string()}' {passed}."
            )
        data = data_of(told)
        event = DagsterEvent(kind.value, event_specific_data=data, message=message, **self._same)
        return EventLogEntry(  # type: ignore[no-untyped-call]
            error_info=None,
            level=logging.DEBUG,
            user_message="",
            run_id=self._run_id,
            timestamp=timestamp,
            step_key=event.step_key,
            job_name=event.job_name,
            dagster_event=event,
        )
