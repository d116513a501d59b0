"""The server of all ASGI applications: Granian, over one listening socket for all its workers.

Run as `python -m netflix_pipeline.services.web_server MODULE:FACTORY …`. The socket may be one that
whoever starts it holds and hands over (`--listener`): then nobody who connects is refused while the
server ends and another begins, they wait in the socket's queue. Granian's own command has a socket
for each worker instead, and what waits for a worker that dies is cut off.
"""

import argparse
import os
import resource
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import Any

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.mp import MPServer
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from typing_extensions import override

from netflix_pipeline.services.handover import BACKLOG, DRAINED_WITHIN, LEAVES_WITHIN, listening

HEADER_SECONDS = 10
"""Seconds in which a connection must have sent a whole head, its first one and each further one."""
CONNECTIONS = 30_000
"""Connections that a worker holds at a time: silent ones cost it 3 KB each."""
OTHER_FILES = 1000
"""Open files of a worker that are kept free of connections, where it may open many."""
HEAD_BYTES = 64 * 2**10
"""Bytes of a head that are read at all; what a request may have is told in `bounds`."""
SWITCH_SECONDS = 0.0005
"""Seconds for which a thread keeps the interpreter while others wait for it.

A thread of the server's hands each request over and needs the interpreter for that, so each would
else wait 5 ms for one that reads rows or writes answers.
"""
READY = b"1"


def connections() -> int:
    """How many connections a worker may hold, given how many files it may open.

    A worker raises its own limit as far as it may. Without a file left it could open no snapshot.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most == resource.RLIM_INFINITY:
        return CONNECTIONS
    return max(128, min(CONNECTIONS, most - min(OTHER_FILES, most // 4)))


class SharedSocketServer(MPServer):
    """Granian whose workers all accept from one socket.

    Each tells by a byte to `ready`, the writing end of a pipe, that its application has started.
    Of several workers one that dies is started again; the only one ends with its server, because
    whoever started that may have another that stands by. One that is given a `turn`, the reading
    end of a pipe, makes its application, which starts only once the other end is closed.
    """

    def __init__(
        self,
        factory: str,
        listener: socket.socket,
        ready: int | None,
        turn: int | None,
        *,
        workers: int,
        websockets: bool,
    ) -> None:
        host, port = listener.getsockname()[:2]
        super().__init__(
            factory,
            address=host,
            port=port,
            workers=workers,
            websockets=websockets,
            interface=Interfaces.ASGI,
            # Of a connection that may turn out to be HTTP/2 the server waits for the first bytes
            # without end, and nobody speaks that without TLS.
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(
                header_read_timeout=HEADER_SECONDS * 1000, max_buffer_size=HEAD_BYTES
            ),
            backlog=BACKLOG,
            backpressure=connections(),
            respawn_failed_workers=workers > 1,
            workers_kill_timeout=DRAINED_WITHIN,
        )
        self._listener = listener
        self._ready = ready
        self._turn = turn

    @override
    def _init_shared_socket(self) -> None:
        self._sso = self._listener  # for workers that are spawned, not forked
        self._ssp = None
        # Its stub tells neither the arguments nor that it may be there.
        self._shd = SocketHolder(self._listener.fileno(), False, BACKLOG)  # type: ignore[assignment, call-arg]

    def _leave(self, *_: object) -> None:
        self.workers_kill_timeout = LEAVES_WITHIN
        self.signal_handler_interrupt()  # type: ignore[no-untyped-call]

    @override
    def serve(self, *_: Any, **__: Any) -> None:
        """Serve until a signal to end comes."""
        signal.signal(signal.SIGUSR1, self._leave)
        super().serve(
            target_loader=partial(application, self.target, self._ready, self._turn),
            wrap_loader=False,
        )


def application(
    factory: str, ready: int | None, turn: int | None
) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """The application that `MODULE:FACTORY` makes; it tells `ready` once it has started.

    It is there only once the other end of `turn` is closed.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    module, _, name = factory.partition(":")
    app: ASGIApp = getattr(import_module(module), name)()
    if turn is not None:
        handler = signal.signal(signal.SIGTERM, signal.SIG_DFL)  # the server's would wait for it
        os.read(turn, 1)
        signal.signal(signal.SIGTERM, handler)
    if ready is None:
        return app

    def announced(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "lifespan":
            return app(scope, receive, send)

        async def told(message: Message) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                with suppress(OSError):  # nobody waits for it any more
                    os.write(ready, READY)

        return app(scope, receive, told)

    return announced


def main() -> None:
    """Serve an application until a signal to end comes."""
    parser = argparse.ArgumentParser(description="Serve an ASGI application.")
    parser.add_argument("factory", help="MODULE:FUNCTION that makes it")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--websockets", action="store_true", help="it takes WebSockets")
    parser.add_argument("--listener", type=int, help="a listening socket that was handed over")
    parser.add_argument("--ready", type=int, help="a pipe that is told once it has started")
    parser.add_argument("--turn", type=int, help="a pipe: it starts once the other end is closed")
    asked = parser.parse_args()
    listener = (
        listening(asked.host, asked.port)
        if asked.listener is None
        else socket.socket(fileno=asked.listener)
    )
    SharedSocketServer(
        *(asked.factory, listener, asked.ready, asked.turn),
        workers=asked.workers,
        websockets=asked.websockets,
    ).serve()


if __name__ == "__main__":
    main()
