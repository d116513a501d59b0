"""A load at a fixed pace does not wait for a server that stands still, and does not forget that."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle

import pytest

from benchmarks.load import closed_loop, get, open_loop

STALL = 0.5


class StallsOnce(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stalled = False

    def do_GET(self) -> None:
        if not type(self).stalled:
            type(self).stalled = True
            time.sleep(STALL)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def url() -> Iterator[str]:
    StallsOnce.stalled = False
    with ThreadingHTTPServer(("127.0.0.1", 0), StallsOnce) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_requests_that_were_due_while_the_server_stood_still_are_late(url: str) -> None:
    outcome = open_loop(url, cycle((get(url + "/"),)), 1, 1, 100)
    assert outcome.statuses == {200: 100}
    late = [took for took in outcome.latencies if took > STALL / 5]
    assert len(late) >= 100 * STALL * 0.8 - 1
    assert outcome.percentile(1) >= 1000 * STALL


def test_whoever_waits_for_each_answer_hardly_sees_it(url: str) -> None:
    outcome = closed_loop(url, cycle((get(url + "/"),)), 1, 1)
    assert outcome.percentile(1) >= 1000 * STALL > outcome.percentile(0.5)
    assert outcome.received == 2 * len(outcome.latencies)
    assert outcome.refused == 0
