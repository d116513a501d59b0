"""A collector of traces that a test runs itself: takes OTLP over HTTP, as protobuf."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Exported:
    """A span as it came: ids as hexadecimal digits, `links` as pairs of trace and span."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    kind: int
    failed: bool
    links: frozenset[tuple[str, str]]
    attributes: dict[str, Any]


class OtlpSink:
    """Takes spans at an address, the base of OTLP's."""

    def __init__(self) -> None:
        self.spans: list[Exported] = []
        self.bodies: list[bytes] = []
        self.url = ""

    def take(self, body: bytes) -> None:
        """What one request brings."""
        self.bodies.append(body)
        for of_service in ExportTraceServiceRequest.FromString(body).resource_spans:
            service = _values(of_service.resource.attributes)["service.name"]
            for scope in of_service.scope_spans:
                for span in scope.spans:
                    self.spans.append(
                        Exported(
                            service=service,
                            name=span.name,
                            trace=span.trace_id.hex(),
                            id=span.span_id.hex(),
                            parent=span.parent_span_id.hex(),
                            kind=span.kind,
                            failed=span.status.code == span.status.STATUS_CODE_ERROR,
                            links=frozenset(
                                (link.trace_id.hex(), link.span_id.hex()) for link in span.links
                            ),
                            attributes=_values(span.attributes),
                        )
                    )

    def named(self, name: str) -> list[Exported]:
        """The spans of a name, in the order in which they came."""
        return [span for span in self.spans if span.name == name]


def _values(attributes: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}


@contextmanager
def otlp_sink() -> Iterator[OtlpSink]:
    """A server of it on the loopback address."""
    sink = OtlpSink()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            packed = self.headers.get("content-encoding") == "gzip"
            assert self.path == "/v1/traces"
            sink.take(gzip.decompress(body) if packed else body)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        sink.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield sink
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
