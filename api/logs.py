"""Structured logs: lines of JSON on standard error, one a request, and the service's own.

No line holds who was asked about: routes stand as templates, without their queries, and keys by
their id. Lines of a request that is traced hold its trace.
"""

import logging
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import msgspec
from pythonjsonlogger.json import JsonFormatter

from netflix_pipeline.background import Thread
from netflix_pipeline.monitoring.tracing import current
from netflix_pipeline.settings import Settings

EVERY = 0.1
"""Seconds between two writes: a request only leaves its line."""
WAITING = 100_000
"""Lines that wait to be written; further ones are dropped and counted."""
OURS = ("api", "netflix_pipeline")

ENCODER = msgspec.json.Encoder()


class AccessLog:
    """A line for each request, written by a thread of its own in small batches.

    A formatter for records of the standard library costs as much a line as half a request;
    this costs a few microseconds. `which` is all, errors (statuses from 400 on) or off.
    """

    def __init__(self, which: str) -> None:
        self._from = {"all": 0, "errors": 400}.get(which, 1000)
        self._lines: deque[dict[str, Any]] = deque()
        self._dropped = 0

    def request(
        self,
        request_id: str,
        method: str,
        route: str,
        status: int,
        seconds: float,
        key: str | None,
        trace_id: str | None = None,
    ) -> None:
        """Leave the line of a request."""
        if status < self._from:
            return
        if len(self._lines) >= WAITING:
            self._dropped += 1
            return
        line: dict[str, Any] = {
            "timestamp": datetime.now(UTC),
            "levelname": "INFO",
            "name": "api.access",
            "message": "request",
            "request_id": request_id,
            "method": method,
            "route": route,
            "status": status,
            "milliseconds": round(1000 * seconds, 3),
        }
        if key:
            line["key_id"] = key
        if trace_id:
            line["trace_id"] = trace_id
        self._lines.append(line)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Write lines meanwhile; all of them, before it ends."""
        thread = Thread("access-log", self._write, EVERY)
        thread.start()
        try:
            yield
        finally:
            thread.stop()
            with suppress(OSError):  # nobody reads them any more
                self._write()

    def _write(self) -> None:
        lines = [self._lines.popleft() for _ in range(len(self._lines))]
        try:
            if lines:
                sys.stderr.write(ENCODER.encode_lines(lines).decode())
                sys.stderr.flush()
        except OSError:
            self._lines.extendleft(reversed(lines))
            raise
        if self._dropped:
            logging.getLogger(__name__).error(
                "%d lines of the access log were dropped: they came faster than they are written",
                self._dropped,
            )
            self._dropped = 0


@contextmanager
def logging_json(settings: Settings) -> Iterator[None]:
    """What the service's own loggers say becomes lines of JSON meanwhile."""
    handler = logging.StreamHandler()
    handler.setFormatter(
        JsonFormatter("{levelname}{name}{message}", style="{", timestamp="timestamp")
    )
    handler.addFilter(_with_trace)
    before = [(logger, logger.level) for logger in map(logging.getLogger, OURS)]
    for logger, _ in before:
        logger.addHandler(handler)
        logger.setLevel(settings.log_level)
    try:
        yield
    finally:
        for logger, level in before:
            logger.removeHandler(handler)
            logger.setLevel(level)


def _with_trace(record: logging.LogRecord) -> bool:
    """Every line is written; one of a request that is traced has its trace."""
    if (trace_id := current().trace_id) is not None:
        record.trace_id = trace_id
    return True
