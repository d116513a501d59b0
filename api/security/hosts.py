"""Whom the service answers: requests that name it as its own machine does."""

from __future__ import annotations

import re
from collections.abc import Collection
from ipaddress import ip_address

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problem_catalog import FOREIGN_HOST
from api.problems import problem

PORT = re.compile(r":\d*$")
LONGEST = 260
"""Bytes of the longest name that there can be, with a port."""


class KnownHosts:
    """ASGI middleware that refuses every other host, within `Protection`.

    A site may point its own name at this machine; a browser then takes the service for a part of
    that site and lets its scripts read the answers. Nobody can do so with an address of numbers:
    `numbers` says that those are answered too, whatever they are.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str], *, numbers: bool = False) -> None:
        self._app = app
        self._hosts = hosts
        self._numbers = numbers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            hosts = [value for name, value in scope["headers"] if name == b"host"]
            if len(hosts) != 1 or not self._is_known(hosts[0]):
                named = hosts[0][:LONGEST].decode("latin-1") if hosts else "no host"
                refused = problem(
                    Request(scope),
                    FOREIGN_HOST,
                    f"the request is for {named}, and this service answers as "
                    f"{', '.join(self._hosts)}: ask it as one of these, or start it with "
                    "NETFLIX_HOSTS naming this one.",
                )
                await refused(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _is_known(self, named: bytes) -> bool:
        if len(named) > LONGEST:
            return False
        host = PORT.sub("", named.decode("latin-1")).lower()
        return host in self._hosts or (self._numbers and _is_address(host.strip("[]")))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
