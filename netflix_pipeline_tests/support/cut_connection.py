"""A connection to a server that can be cut, or lose answers on their way."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from netflix_pipeline.engines import HOST

AWAY = float(os.environ.get("CHAOS_AWAY", "1.5"))
"""Seconds for which tests cut a server off, or let it be dead; `make chaos-engines` says more."""


class CutConnection:
    """A port that leads to another; who talks through it sees a network that fails.

    `lose` is the number of answers that do not come back, though what was asked was done;
    `cut` lets nothing through. `asked` counts the messages to the server.
    """

    def __init__(self, port: int) -> None:
        self.lose = 0
        self.asked = 0
        self._cut_at: int | None = None
        self.cut = False
        self._counting = threading.Lock()
        self._to = port
        self._listening = socket.create_server((HOST, 0))
        self.port = int(self._listening.getsockname()[1])
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_off(self, *, cut: bool = True) -> None:
        """Cut it with all that goes through it, or mend it."""
        self.cut = cut
        for each in list(self._open) if cut else ():
            _close(each)

    def cut_off_at(self, message: int) -> None:
        """Cut it for `AWAY` at the message of that number from now on."""
        self._cut_at = self.asked + message

    def close(self) -> None:
        """End it."""
        self.cut_off()
        _close(self._listening)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            if self.cut:
                _close(client)
                continue
            server = socket.create_connection((HOST, self._to))
            self._open |= {client, server}
            for here, there in ((client, server), (server, client)):
                answers = here is server
                threading.Thread(
                    target=self._pass_on,
                    args=(here, there),
                    kwargs={"answers": answers},
                    daemon=True,
                ).start()

    def _pass_on(self, here: socket.socket, there: socket.socket, *, answers: bool) -> None:
        with suppress(OSError):
            while data := here.recv(1 << 16):
                if answers and self.lose:
                    self.lose -= 1
                    break
                if not answers and self._is_cut_now():
                    break
                there.sendall(data)
        for each in (here, there):
            self._open.discard(each)
            _close(each)

    def _is_cut_now(self) -> bool:
        with self._counting:
            self.asked += 1
            due = self.asked == self._cut_at
        if due:
            self.cut_off()
            threading.Timer(AWAY, self.cut_off, kwargs={"cut": False}).start()
        return due


def _close(each: socket.socket) -> None:
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()


@contextmanager
def cut_connection(port: int) -> Iterator[CutConnection]:
    """Such a port."""
    connection = CutConnection(port)
    try:
        yield connection
    finally:
        connection.close()
