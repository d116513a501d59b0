"""Traces by OpenTelemetry: what happened when, and because of what. Off without `NETFLIX_TRACES`.

From one process to the next a trace goes on as W3C's `traceparent`: in the header of a request,
beside its events in the log, as a tag of a run. Spans tell routes, stages and counts, never who or
what was asked for. While it is off, nothing of OpenTelemetry is imported.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Literal

from netflix_pipeline.errors import BadInput
from netflix_pipeline.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span as ExportedSpan
    from opentelemetry.trace import SpanContext, Tracer

Kind = Literal["INTERNAL", "SERVER", "CONSUMER"]
Attributes = Mapping[str, str | int | float | bool]

SERVICE = "netflix-pipeline"
"""Of whom spans are that are of no service: runs and commands."""
LINKS = 64
"""Requests to which a span is linked, at most: a drain takes any number of them."""

TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})(?P<trace>[0-9a-f]{32})-(?!0{16})(?P<span>[0-9a-f]{16})"
    r"-(?P<flags>[0-9a-f]{2})"
)
"""W3C Trace Context, 3.2.2: version, trace, span and flags."""
SAMPLED = 1
"""The flag of a trace that is exported."""


class TracesUnavailable(BadInput):
    """Traces are asked for, and OpenTelemetry's SDK is not installed."""


def traceparent(text: str) -> str | None:
    """What a header or tag says, as version 00; None where it is no context of a trace.

    Versions to come may have more behind a further dash, which is passed over.
    """
    found = TRACEPARENT.match(text)
    rest = text[found.end() :] if found else ""
    if found is None or (rest and (text.startswith("00") or not rest.startswith("-"))):
        return None
    return f"00-{found['trace']}-{found['span']}-{found['flags']}"


class Span:
    """Something that happens: of a trace, if any, and exported where traces are on.

    `linked` are the contexts of the requests that it is about, as far as a span has links. What a
    part is about, the whole is about too.
    """

    def __init__(
        self,
        context: str | None = None,
        exported: ExportedSpan | None = None,
        around: Span | None = None,
    ) -> None:
        self.context = context
        self.linked: list[str] = []
        self._exported = exported
        self._around = around

    @property
    def trace_id(self) -> str | None:
        """The trace that it belongs to: 32 hexadecimal digits."""
        return self.context[3:35] if self.context else None

    @property
    def handed_on(self) -> str | None:
        """Its context, for what is done later because of it; None where its trace is not kept."""
        if self._exported is None or self.context is None:
            return None
        return self.context if int(self.context[-2:], 16) & SAMPLED else None

    def name(self, name: str) -> None:
        """Name it, now that it is known."""
        if self._exported is not None:
            self._exported.update_name(name)

    def tell(self, attributes: Attributes) -> None:
        """Say more of it."""
        if self._exported is not None:
            self._exported.set_attributes(attributes)

    def link(self, contexts: Iterable[str | None]) -> None:
        """Say that it is about these requests, too; those of no trace are passed over."""
        if self._exported is None:
            return
        for context in filter(None, contexts):
            if len(self.linked) >= LINKS:
                break
            told = traceparent(context)
            if told is not None and told not in self.linked:
                self.linked.append(told)
                self._exported.add_link(_context_of(told))
        if self._around is not None:
            self._around.link(self.linked)

    def fail(self, why: str) -> None:
        """Say that it failed, in a word that names nobody: a status, or the kind of an error."""
        if self._exported is not None:
            from opentelemetry.trace import StatusCode

            self._exported.set_status(StatusCode.ERROR)
            self._exported.set_attribute("error.type", why)


NO_SPAN = Span()
_now: ContextVar[Span] = ContextVar("span", default=NO_SPAN)


def current() -> Span:
    """What happens just now, as far as anybody told."""
    return _now.get()


@contextmanager
def within(span: Span) -> Iterator[Span]:
    """Let that be what happens meanwhile."""
    before = _now.get()
    _now.set(span)
    try:
        yield span
    finally:
        # Not by a token: a generator may be ended from elsewhere than where it began.
        _now.set(before)


@contextmanager
def span(
    settings: Settings,
    name: str,
    *,
    kind: Kind = "INTERNAL",
    service: str = SERVICE,
    parent: str | None = None,
    links: Iterable[str] = (),
) -> Iterator[Span]:
    """A span while something is done: below `parent`, else below what happens just now.

    Where traces are off there is none, and it costs nothing. Raises TracesUnavailable.
    """
    if not settings.traces:
        yield NO_SPAN
        return
    from opentelemetry.trace import SpanKind

    around = current()
    exported = tracer(service).start_span(
        name, context=_below(parent or around.context), kind=SpanKind[kind]
    )
    its = exported.get_span_context()
    told = f"00-{its.trace_id:032x}-{its.span_id:016x}-{int(its.trace_flags):02x}"
    # None of a SDK that is switched off by its own variable.
    began = Span(traceparent(told), exported, around)
    began.link(links)
    try:
        with within(began):
            yield began
    except GeneratorExit:  # whoever looked on has seen enough
        raise
    except BaseException as error:
        began.fail(type(error).__name__)
        raise
    finally:
        exported.end()


def _context_of(context: str) -> SpanContext:
    from opentelemetry.trace import SpanContext, TraceFlags

    _, trace_id, span_id, flags = context.split("-")
    return SpanContext(
        int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16))
    )


def _below(parent: str | None) -> Context:
    from opentelemetry.context import Context
    from opentelemetry.trace import NonRecordingSpan, set_span_in_context

    told = traceparent(parent) if parent else None
    if told is None:
        return Context()
    return set_span_in_context(NonRecordingSpan(_context_of(told)), Context())


_providers: list[TracerProvider] = []


@cache
def tracer(service: str) -> Tracer:
    """What makes the spans of a service: where they go, and how many, its own variables say.

    These are OpenTelemetry's, `OTEL_…`. Raises TracesUnavailable.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise TracesUnavailable(
            "NETFLIX_TRACES is set, and OpenTelemetry is not installed: install the extra traces "
            "(uv sync --no-dev --extra traces), or unset it."
        ) from error
    # Nobody else's: a global one would have libraries tell of paths and queries.
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _providers.append(provider)
    return provider.get_tracer("netflix_pipeline")


def flush() -> None:
    """Send what waits, before the process ends: within `OTEL_EXPORTER_OTLP_TIMEOUT` seconds."""
    for provider in _providers:
        provider.force_flush()
