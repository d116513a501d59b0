"""How fast this machine is now, by fixed work that none of our code takes part in.

    python -m benchmarks.calibration

Every benchmark begins with it, so that figures of different machines, and of one that others share,
can be compared by what each had to work with. It takes some eight seconds, a quarter of a gigabyte
of the disk on which temporary files lie, and as much memory.
"""

import csv
import io
import multiprocessing
import os
import platform
import random
import socket
import statistics
import tempfile
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.tables import head, row

SECONDS = 1.0
"""Of each kind of work, together with what was begun by then."""
PIECE = 2**20
LINES = 5_000
BLOCK = 4_096
FILE_BLOCKS = 256
MESSAGE = 64
CHUNK = 2**18
PATIENCE = 30.0
"""Seconds that a connection may be silent."""


@dataclass(frozen=True)
class Speed:
    """What one kind of work came to."""

    value: float
    unit: str
    work: str


Calibration = dict[str, Speed]

ONE_CORE, ALL_CORES, ROWS = "one core", "all cores", "rows, one core"
FORCED, FORCED_MS = "forced writes", "a forced write"
WRITING, READING = "disk, writing", "disk, reading"
ROUND_TRIPS, ROUND_TRIP_MS = "loopback, round trips", "a loopback round trip"
LOOPBACK = "loopback, one way"


def calibrate(seconds: float = SECONDS, folder: Path | None = None) -> Calibration:
    """The machine's speeds, each measured for so many seconds; the disk's in that folder.

    The temporary one by default.
    """
    return {
        **_cores(seconds),
        **_disk(Path(folder or tempfile.gettempdir()), seconds),
        **_loopback(seconds),
    }


def machine() -> dict[str, str | int]:
    """What the machine says that it is."""
    return {
        "cpu": _model(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_mb": psutil.virtual_memory().total // 2**20,
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def _model() -> str:
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _rate(work: Callable[[], object], seconds: float) -> float:
    """How often work is done in a second: the median of its turns, at least three."""
    took: list[float] = []
    end = time.perf_counter() + seconds
    while len(took) < 3 or time.perf_counter() < end:
        begun = time.perf_counter()
        work()
        took.append(time.perf_counter() - begun)
    return 1 / statistics.median(took)


def _cores(seconds: float) -> Calibration:
    text = _text(LINES)
    piece = (text * (PIECE // len(text) + 1))[:PIECE].encode()
    cores = len(os.sched_getaffinity(0))
    with ThreadPoolExecutor(cores) as pool:  # zlib lets go of the interpreter's lock

        def everywhere() -> None:
            list(pool.map(zlib.compress, [piece] * cores))

        everywhere()  # threads begin
        together = _rate(everywhere, seconds) * cores
    packing = f"zlib packs a fixed text of {PIECE // 2**20} MiB, level 6"
    return {
        ONE_CORE: Speed(
            _rate(lambda: zlib.compress(piece), seconds) * PIECE / 1e6, "MB/s", packing
        ),
        ALL_CORES: Speed(together * PIECE / 1e6, "MB/s", f"{packing}, a thread for each core"),
        ROWS: Speed(
            _rate(lambda: sum(1 for _ in csv.reader(io.StringIO(text))), seconds) * LINES,
            "rows/s",
            "Python's csv reads fixed rows of ten cells",
        ),
    }


def _text(lines: int) -> str:
    """Rows of ten cells, the same on every machine."""
    chance = random.Random(0)
    rows = ([f"{chance.getrandbits(40):x}" for _ in range(10)] for _ in range(lines))
    return "".join(",".join(cells) + "\n" for cells in rows)


def _disk(folder: Path, seconds: float) -> Calibration:
    took: list[float] = []
    block, mebibyte = os.urandom(BLOCK), os.urandom(2**20)
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        end = time.perf_counter() + seconds
        while len(took) < 3 or time.perf_counter() < end:
            begun = time.perf_counter()
            file.write(block)
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - begun)
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        written, begun = 0, time.perf_counter()
        # Where the disk is slow, the file is smaller; what has been written is forced at the end.
        while written < FILE_BLOCKS and time.perf_counter() < begun + 2 * seconds:
            file.write(mebibyte)
            written += 1
        os.fsync(file.fileno())
        writing = written * 2**20 / 1e6 / (time.perf_counter() - begun)
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        file.seek(0)
        begun = time.perf_counter()
        while file.read(2**20):
            pass
        reading = written * 2**20 / 1e6 / (time.perf_counter() - begun)
    return {
        FORCED: Speed(len(took) / sum(took), "writes/s", f"{BLOCK} bytes and fdatasync, alone"),
        FORCED_MS: Speed(1000 * statistics.median(took), "ms", "the median of these"),
        WRITING: Speed(writing, "MB/s", f"up to {FILE_BLOCKS} MiB, forced at the end"),
        READING: Speed(reading, "MB/s", "the same file again, the kernel told to forget it"),
    }


def _loopback(seconds: float) -> Calibration:
    with socket.create_server(("127.0.0.1", 0)) as server:
        other = multiprocessing.get_context("spawn").Process(
            target=_other_end, args=(server.getsockname()[1],)
        )
        other.start()
        server.settimeout(PATIENCE)
        connection, _ = server.accept()
        with connection:
            connection.settimeout(PATIENCE)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            took = _round_trips(connection, seconds)
            one_way = _one_way(connection, seconds)
        other.join()
    return {
        ROUND_TRIPS: Speed(
            len(took) / sum(took),
            "round trips/s",
            f"{MESSAGE} bytes there and back over TCP, one after the other",
        ),
        ROUND_TRIP_MS: Speed(1000 * statistics.median(took), "ms", "the median of these"),
        LOOPBACK: Speed(one_way, "MB/s", f"to another process over TCP, {CHUNK // 1024} KiB each"),
    }


def _round_trips(connection: socket.socket, seconds: float) -> list[float]:
    message = b"x" * MESSAGE
    took: list[float] = []
    end = time.perf_counter() + seconds
    while len(took) < 3 or time.perf_counter() < end:
        begun = time.perf_counter()
        connection.sendall(message)
        _receive(connection, MESSAGE)
        took.append(time.perf_counter() - begun)
    return took


def _one_way(connection: socket.socket, seconds: float) -> float:
    """Megabytes a second until the other end had all of them."""
    connection.sendall(b"." * MESSAGE)  # what follows is only counted
    _receive(connection, MESSAGE)
    chunk, sent = b"x" * CHUNK, 0
    begun = time.perf_counter()
    while not sent or time.perf_counter() < begun + seconds:
        connection.sendall(chunk)
        sent += CHUNK
    connection.shutdown(socket.SHUT_WR)
    counted = int(_receive(connection, 20))
    assert counted == sent
    return sent / 1e6 / (time.perf_counter() - begun)


def _receive(connection: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        part = connection.recv(size - len(found))
        if not part:
            raise ConnectionError("the other end of the loopback connection is gone")
        found += part
    return found


def _other_end(port: int) -> None:
    """Send everything back, until it is a message of dots; then count what comes."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        message = b""
        while not message.startswith(b"."):
            message = _receive(connection, MESSAGE)
            connection.sendall(message)
        counted, buffer = 0, bytearray(CHUNK)
        while size := connection.recv_into(buffer):
            counted += size
        connection.sendall(b"%020d" % counted)


def tell(measured: Calibration) -> None:
    """Print what was measured."""
    head("this machine now", "", "by")
    for name, speed in measured.items():
        digits = 3 if speed.value < 10 else 0
        row(name, f"{speed.value:,.{digits}f} {speed.unit}", speed.work)


def main() -> None:
    """Measure and print."""
    print(", ".join(f"{name} {told}" for name, told in machine().items()))
    tell(calibrate())


if __name__ == "__main__":
    main()
