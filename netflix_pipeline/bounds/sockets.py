"""Connections whose other end takes nothing any more."""

import os
import socket
import sys
from contextlib import suppress
from stat import S_ISSOCK

UNREAD_SECONDS = 15
"""Seconds after which a connection is given up that takes nothing of what is sent to it."""


def give_up_the_unread(port: int) -> None:
    """Let the system close connections to that port which nobody reads.

    The server waits without end for whoever asks and then reads nothing of the answer, and has no
    setting for it. The system has one, and gives that of a listening socket to all that come by it.
    Only Linux has it.
    """
    if not sys.platform.startswith("linux"):
        return
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - numbers, not paths
        with suppress(OSError):
            if S_ISSOCK(os.fstat(int(name)).st_mode):
                with socket.socket(fileno=os.dup(int(name))) as connection:
                    if _listens(connection, port):
                        connection.setsockopt(
                            socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_SECONDS * 1000
                        )


def _listens(connection: socket.socket, port: int) -> bool:
    return (
        connection.family in (socket.AF_INET, socket.AF_INET6)
        and connection.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1
        and connection.getsockname()[1] == port
    )
