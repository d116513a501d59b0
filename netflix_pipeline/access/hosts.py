"""Under which names a service is asked, none that a site points at it; and by whose page.

A site may point its own name at this machine; a browser then takes the service for a part of that
site, and lets its scripts read the answers. Nobody can do so with an address of numbers.
"""

import re
from collections.abc import Collection
from hmac import compare_digest
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
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


def same_origin(headers: Headers) -> bool:
    """Whether a request that may change something comes from a page of the service's own.

    Browsers tell where it comes from in one of two ways, and no page can write either. What is no
    browser tells neither, and brings nobody's cookies but its own.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None or origin is None:
        return site in (None, "same-origin")
    try:
        named = urlsplit(origin).netloc
    except ValueError:
        return False
    return bool(named) and compare_digest(named.encode(), headers.get("host", "").encode())


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
