"""Receivers of alerts that a test runs itself: of HTTP, and of mail."""

import json
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from typing import Any


class HttpSink:
    """Takes JSON by POST; `refuses` so many times first. `answers` writes what ends the answer."""

    def __init__(self) -> None:
        self.bodies: list[Any] = []
        self.refuses = 0
        self.answers: Callable[[BufferedIOBase], None] | None = None
        self.url = ""


@contextmanager
def http_sink() -> Iterator[HttpSink]:
    """A server of it on the loopback address."""
    sink = HttpSink()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if sink.refuses:
                sink.refuses -= 1
                self.send_response(500)
            else:
                sink.bodies.append(body)
                self.send_response(200)
            if sink.answers:
                self.flush_headers()
                with suppress(OSError):  # nobody reads it any more
                    sink.answers(self.wfile)
            else:
                self.send_header("content-length", "0")
                self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            pass

    with _served(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        sink.url = f"http://127.0.0.1:{port}"
        yield sink


@contextmanager
def mail_sink(
    secured: ssl.SSLContext | None = None, drips: float = 0.0
) -> Iterator[tuple[str, list[str]]]:
    """Host and port of a server of SMTP, or of SMTP within TLS, and the mails that it took.

    One that `drips` says a byte every so many seconds.
    """
    mails: list[str] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):  # nobody listens any more
                self.talk()

        def talk(self) -> None:
            self.say(b"220 sink\r\n")
            for line in self.rfile:
                word = line[:4].upper()
                if word == b"DATA":
                    self.say(b"354 go on\r\n")
                    taken = iter(self.rfile.readline, b".\r\n")
                    # A dot that begins a line was doubled (RFC 5321, 4.5.2).
                    lines = (line[1:] if line.startswith(b"..") else line for line in taken)
                    mails.append(b"".join(lines).decode())
                self.say(b"221 bye\r\n" if word == b"QUIT" else b"250 well\r\n")

        def say(self, reply: bytes) -> None:
            for part in [bytes([one]) for one in reply] if drips else [reply]:
                self.wfile.write(part)
                time.sleep(drips)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    if secured:
        server.socket = secured.wrap_socket(server.socket, server_side=True)
    with _served(server) as port:
        yield f"127.0.0.1:{port}", mails


@contextmanager
def _served(server: socketserver.TCPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
