"""Under which names a service is asked: those of its settings, and none that a site points at it.

A site may point its own name at this machine; a browser then takes the service for a part of that
site, and lets its scripts read the answers. Nobody can do so with an address of numbers.
"""

import re
from collections.abc import Collection
from ipaddress import ip_address

from starlette.types import Scope

PORT = re.compile(r":\d*$")
LONGEST = 260
"""Bytes of the longest name that there can be, with a port."""


def is_known(scope: Scope, hosts: Collection[str], *, numbers: bool) -> bool:
    """Whether a request is for one of these hosts, or for any address where `numbers` are answered.

    One that names none, or several, is for nobody.
    """
    named = [value for name, value in scope["headers"] if name == b"host"]
    if len(named) != 1 or len(named[0]) > LONGEST:
        return False
    host = PORT.sub("", named[0].decode("latin-1")).lower()
    return host in hosts or (numbers and _is_address(host.strip("[]")))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
