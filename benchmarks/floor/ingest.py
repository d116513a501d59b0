"""The least that a server must do that takes events in: it forces what it is sent to disk.

Run as `python -m benchmarks.floor.ingest FILE PORT`. It reads requests as they come over
keep-alive connections, appends their bodies to the file, waits until they are on disk, and answers
202. Whoever comes while the disk is forced shares the next time. What a request brings it does not
look at: nothing is decoded, judged, known again, packed, counted, limited or shown.

Frozen: the ratios of all releases are to this work. A faster way to do the same replaces it, and
the ratios are measured anew.
"""

import asyncio
import os
import sys
import threading
from collections import deque
from pathlib import Path
from typing import cast

import uvloop

ANSWER = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
LENGTH = b"content-length:"


class Disk:
    """A file to which bodies are appended, by a thread of its own, in groups."""

    def __init__(self, path: Path, loop: asyncio.AbstractEventLoop) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._loop = loop
        self._waiting: deque[tuple[bytes, asyncio.Transport]] = deque()
        self._changed = threading.Event()
        threading.Thread(target=self._write, daemon=True).start()

    def append(self, body: bytes, sender: asyncio.Transport) -> None:
        """Let a body be written, and its sender be told."""
        self._waiting.append((body, sender))
        self._changed.set()

    def _write(self) -> None:
        while True:
            self._changed.wait()
            self._changed.clear()
            group = [self._waiting.popleft() for _ in range(len(self._waiting))]
            if not group:
                continue
            rest = memoryview(b"\n".join([*(body for body, _ in group), b""]))
            while rest:
                rest = rest[os.write(self._file, rest) :]
            os.fdatasync(self._file)
            self._loop.call_soon_threadsafe(_tell, [sender for _, sender in group])


def _tell(senders: list[asyncio.Transport]) -> None:
    for sender in senders:
        sender.write(ANSWER)


class Connection(asyncio.Protocol):
    """One connection, on which requests come one after the other."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._come: list[bytes] = []
        self._missing = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        if self._missing:
            self._come.append(data)
            self._missing -= len(data)
        else:
            data = b"".join([*self._come, data])
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._come = [data]
                return
            at = data.lower().find(LENGTH, 0, end) + len(LENGTH)
            self._come = [data[end + 4 :]]
            self._missing = int(data[at : data.find(b"\r\n", at)]) - len(self._come[0])
        if not self._missing:
            self._disk.append(b"".join(self._come), self._transport)
            self._come = []


async def serve(path: Path, port: int) -> None:
    """Serve without end."""
    loop = asyncio.get_running_loop()
    disk = Disk(path, loop)
    server = await loop.create_server(lambda: Connection(disk), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
