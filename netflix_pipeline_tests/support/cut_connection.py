"""A connection to a server that can be cut, or lose answers on their way."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from netflix_pipeline_tests.support.processes import HOST


class CutConnection:
    """A port that leads to another; who talks through it sees a network that fails.

    `lose` is the number of answers that do not come back, though what was asked was done;
    `cut` lets nothing through.
    """

    def __init__(self, port: int) -> None:
        self.lose = 0
        self.cut = False
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
                there.sendall(data)
        for each in (here, there):
            self._open.discard(each)
            _close(each)


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
