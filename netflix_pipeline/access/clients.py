"""Client addresses, also behind proxies: what a proxy tells counts where it is trusted.

A proxy is trusted by its address, and adds at the right of `X-Forwarded-For` or `Forwarded` from
where it was asked. So these are read from the right, up to the first address that is no trusted
proxy's; whatever a stranger wrote stands further left.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.types import Scope

from netflix_pipeline.errors import BadInput
from netflix_pipeline.settings import is_loopback

MOST = 16
"""Proxies behind one another that are looked through."""
LONGEST = 64
"""Characters of what may be an address."""

PROXIED = frozenset((b"forwarded", b"x-forwarded-for", b"x-real-ip", b"via"))
"""What proxies add to a request."""
SENDERS = frozenset((b"forwarded", b"x-forwarded-for"))
"""Those of them that tell where it comes from."""

Address = IPv4Address | IPv6Address
_is_loopback = lru_cache(256)(is_loopback)


class Clients:
    """Tells them. `trusted` are addresses or networks of proxies, with commas between: BadInput."""

    def __init__(self, trusted: str) -> None:
        try:
            self._networks = tuple(
                ip_network(part.strip()) for part in trusted.split(",") if part.strip()
            )
        except ValueError as error:
            raise BadInput(
                "NETFLIX_TRUSTED_PROXIES has addresses or networks with commas between, and "
                f"{error}."
            ) from error
        self._within: Callable[[Address], bool] = lru_cache(1024)(
            lambda address: any(address in network for network in self._networks)
        )

    def trusts(self, scope: Scope) -> bool:
        """Whether a trusted proxy sent this request."""
        peer = _address(_peer(scope))
        return peer is not None and self._within(peer)

    def of(self, scope: Scope) -> str:
        """Whom a request counts for: an address, or the network of one of IPv6.

        Where two headers name two senders, one of them is not the proxy's own: neither counts.
        """
        is_told = any(name in SENDERS for name, _ in scope["headers"])
        if not is_told or not self.trusts(scope):
            return network(_peer(scope))
        headers = Headers(scope=scope)
        named = {
            self._sender(steps, _peer(scope))
            for steps, claimed in (
                (_from_the_right(headers, "x-forwarded-for"), "x-forwarded-for" in headers),
                (_forwarded(headers, "for"), "forwarded" in headers),
            )
            if claimed
        }
        return network(named.pop() if len(named) == 1 else _peer(scope))

    def over_tls(self, scope: Scope) -> bool:
        """Whether a request came over https: here, or to the trusted proxy that sent it."""
        if scope.get("scheme") == "https":
            return True
        if not self.trusts(scope):
            return False
        headers = Headers(scope=scope)
        protocols = (
            headers.getlist("x-forwarded-proto")[-1:] or list(_forwarded(headers, "proto"))[:1]
        )
        return bool(protocols) and protocols[0].rpartition(",")[2].strip().lower() == "https"

    def origin(self, scope: Scope) -> str:
        """Scheme and host that a request was sent to, as it names the one host that it is for."""
        host = quote(Headers(scope=scope)["host"], safe="[]:")
        return f"{'https' if self.over_tls(scope) else 'http'}://{host}"

    def _sender(self, steps: Iterable[str], peer: str) -> str:
        """The first of them that is no trusted proxy, or the last proxy that is known."""
        sender = peer
        for step in steps:
            address = _address(step)
            if address is None:
                break
            sender = str(address)
            if not self._within(address):
                break
        return sender


def is_proxied(scope: Scope) -> bool:
    """Whether a proxy handed a request on: who is behind it is not known by its address."""
    return any(name in PROXIED for name, _ in scope["headers"])


def at_home(scope: Scope) -> bool:
    """Whether a request came to an address that only this machine reaches.

    Granian tells the address that it is bound to, Uvicorn the one that was asked.
    """
    server = scope.get("server")
    return server is not None and _is_loopback(server[0])


def network(address: str) -> str:
    """An address as one client: of IPv6 the network, of which one person has all."""
    parsed = _address(address) if ":" in address else None
    if parsed is None:
        return address
    return str(ip_network((int(parsed), 64), strict=False)) if parsed.version == 6 else str(parsed)


def _peer(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def _address(text: str) -> Address | None:
    """The address in what may also have a port; that of IPv4 where it is written as IPv6."""
    text = text.strip().strip('"')
    return _read(text) if len(text) <= LONGEST else None


@lru_cache(1024)
def _read(text: str) -> Address | None:
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _forwarded(headers: Headers, name: str) -> Iterator[str]:
    """The steps that a request came by RFC 7239, as `for`; or the protocols, as `proto`."""
    for step in _from_the_right(headers, "forwarded"):
        pairs = (pair.partition("=") for pair in step.split(";")[:8])
        values = [value for key, _, value in pairs if key.strip().lower() == name]
        yield values[0].strip().strip('"') if values else ""


def _from_the_right(headers: Headers, name: str) -> list[str]:
    """What proxies added to a header, the last one first."""
    # A header in several lines is one with commas between.
    return ",".join(headers.getlist(name)).rsplit(",", MOST)[::-1][:MOST]
