"""What a trace is known by, and that nothing is done where traces are off."""

import subprocess
import sys

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider

from netflix_pipeline.monitoring.tracing import (
    LINKS,
    NO_SPAN,
    Span,
    current,
    span,
    traceparent,
    within,
)
from netflix_pipeline.settings import Settings

CONTEXT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
# The SDK of metrics is looked for by the client of Redis.
ALL = """
import sys
from api.app import create_app
from dash_app.app import create_app as create_dashboard
from netflix_pipeline.defs.definitions import definitions
from netflix_pipeline.settings import Settings

LOADED = ("opentelemetry.sdk.trace", "opentelemetry.exporter")
create_app(), create_dashboard(), definitions(Settings())
print([name for name in sys.modules if name.startswith(LOADED)])
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (CONTEXT, CONTEXT),
        (CONTEXT.replace("00-", "7e-", 1), CONTEXT),
        (CONTEXT.replace("00-", "7e-", 1) + "-more", CONTEXT),
        (CONTEXT + "-more", None),
        (CONTEXT.replace("00-", "7e-", 1) + "more", None),
        (CONTEXT.replace("00-", "ff-", 1), None),
        (CONTEXT.upper(), None),
        (CONTEXT.replace("0af7651916cd43dd8448eb211c80319c", "0" * 32), None),
        (CONTEXT.replace("b7ad6b7169203331", "0" * 16), None),
        (CONTEXT[:-1], None),
        ("", None),
    ],
)
def test_a_context_is_read_as_w3c_writes_it(text: str, told: str | None) -> None:
    assert traceparent(text) == told


def test_what_happens_has_a_trace_for_as_long_as_it_does() -> None:
    assert current() is NO_SPAN
    with within(Span(CONTEXT)):
        assert current().trace_id == CONTEXT[3:35]
        # Nobody exports it, so nobody could follow what is done because of it.
        assert current().handed_on is None
    assert current().trace_id is None


def test_a_span_has_few_links_however_many_requests_there_are() -> None:
    whole, part = (TracerProvider().get_tracer("test").start_span(name) for name in "ab")
    assert isinstance(whole, ReadableSpan)
    around = Span(CONTEXT, whole)
    inside = Span(CONTEXT, part, around)
    requests = [f"00-{number:032x}-{1:016x}-01" for number in range(1, 10 * LINKS)]
    inside.link([None, "what is no context", *requests[:2], *requests])
    assert inside.linked == requests[:LINKS]
    assert around.linked == inside.linked
    assert len(whole.links) == LINKS


def test_off_means_that_nothing_is_done(home: Settings) -> None:
    with span(home, "drain", links=[CONTEXT]) as traced:
        traced.link([CONTEXT])
        assert traced is NO_SPAN
        assert current().linked == []


@pytest.mark.slow
def test_off_means_that_nothing_is_imported() -> None:
    ran = subprocess.run([sys.executable, "-c", ALL], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
