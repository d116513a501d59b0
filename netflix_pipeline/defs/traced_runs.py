"""Steps of runs as spans: of one trace a run, linked to the requests whose events it took in.

A run's steps may be processes of their own, and another process may have asked for it: so its trace
and those requests are tags of the run.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import dagster as dg

from netflix_pipeline.settings import Settings

if TYPE_CHECKING:
    from netflix_pipeline.monitoring.tracing import Span

TRACEPARENT = "netflix_pipeline/traceparent"
"""The tag with the context below which a run's steps are."""
REQUESTS = "netflix_pipeline/traced_requests"
"""The tag with the contexts of the requests that it is about, with blanks between."""


def tags_of(cause: Span) -> dict[str, str]:
    """The tags of a run that is there because of something."""
    told = {TRACEPARENT: cause.context or "", REQUESTS: " ".join(cause.linked)}
    return {name: value for name, value in told.items() if value}


@contextmanager
def step_span(context: dg.AssetExecutionContext, settings: Settings, name: str) -> Iterator[Span]:
    """A span of the run's trace, while a step works; none where traces are off.

    A run that nothing caused begins a trace. What the step is linked to, the steps behind are too.
    """
    from netflix_pipeline.monitoring.tracing import NO_SPAN, span

    if not settings.traces:
        yield NO_SPAN
        return
    run_id = context.run.run_id
    # Steps before may have told more than the run had when this process began.
    run = context.instance.get_run_by_id(run_id)
    tags = dict(run.tags) if run else {}
    if TRACEPARENT not in tags:
        with span(settings, f"run {context.job_name}") as begun:
            begun.tell({"dagster.run_id": run_id})
        tags |= tags_of(begun)
        context.instance.add_run_tags(run_id, tags_of(begun))
    linked = tags.get(REQUESTS, "").split()
    with span(settings, name, parent=tags.get(TRACEPARENT), links=linked) as step:
        step.tell({"dagster.run_id": run_id, "dagster.step": context.op_def.name})
        try:
            yield step
        finally:
            if step.linked != linked:
                context.instance.add_run_tags(run_id, {REQUESTS: " ".join(step.linked)})
