"""What one process of a service hands to the next: a socket that listens, and time to finish."""

import socket

BACKLOG = 4096
"""Connections that wait to be accepted; the system may allow fewer (`net.core.somaxconn`)."""
DRAINED_WITHIN, LEAVES_WITHIN = 2, 15
"""Seconds that requests in flight have once the server is to end, and once another took its place
(SIGUSR1). Live views are cut off then, which have no end.
"""


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there; on any free port for 0. Raises OSError where it cannot."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    both = host == "::" and socket.has_dualstack_ipv6()
    listener = socket.create_server(
        (host, port), family=family, backlog=BACKLOG, dualstack_ipv6=both
    )
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
