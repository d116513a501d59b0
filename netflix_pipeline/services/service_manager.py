"""What a service manager such as systemd tells the supervisor, and is told by it.

It may hold the listening sockets (sd_listen_fds(3)), so that nobody is refused while all of the
platform is restarted or upgraded, and it may want to know when all services answer (sd_notify(3)).
Without one there are no sockets, and nobody is told.
"""

import os
import socket
from contextlib import suppress

FIRST = 3
"""The first descriptor that is handed over; the others follow it."""


def sockets() -> dict[str, socket.socket]:
    """The listening sockets that are handed to this process, by their names."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return {}
    names = os.environ.get("LISTEN_FDNAMES", "").split(":")
    count = int(os.environ.get("LISTEN_FDS", "0"))
    handed = {name: socket.socket(fileno=FIRST + place) for place, name in enumerate(names[:count])}
    for listener in handed.values():
        listener.set_inheritable(False)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return handed


def tell(state: str) -> None:
    """Tell it what this process has come to, such as `READY=1`."""
    address = os.environ.get("NOTIFY_SOCKET")
    if address:
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
            # An address that begins with @ is one of Linux's abstract names.
            notified.connect(f"\0{address[1:]}" if address.startswith("@") else address)
            notified.sendall(state.encode())
