"""Who may look at what is shown to people.

Nobody is asked on this machine alone, everybody wherever others can reach it.

A visitor is known by the cookie of a session that began with their password, or by a header of a
proxy that is trusted to have asked them. Either is set up before what they look at may be bound to
an address that others reach; where one is, it counts on this machine too.
"""

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Scope

from netflix_pipeline.access.clients import Clients, at_home, is_proxied
from netflix_pipeline.access.sessions import SignedIn
from netflix_pipeline.errors import PipelineError
from netflix_pipeline.settings import Settings, is_loopback
from netflix_pipeline.state import Passwords, require_visitors

COOKIE = "session"
HOST_ONLY = "__Host-"
"""Begins the names of cookies that no other site, also none below the same name, can set."""


class Visitors:
    """Knows them by their requests (ASGI scopes). Only the event loop's thread asks it.

    Raises BadInput where others could reach it and nothing tells who they are.
    """

    def __init__(self, settings: Settings) -> None:
        self.passwords = Passwords(settings)
        self.clients = Clients(settings.trusted_proxies)
        self.signed_in = SignedIn(settings, self.passwords)
        self._header = settings.trusted_user_header.lower()
        self._required = settings.keys_required
        self._plain_http = settings.plain_http
        self._away = not is_loopback(settings.host)
        if self._required:
            require_visitors(settings)

    @property
    def is_set_up(self) -> bool:
        """Whether somebody can be known at all."""
        return bool(self._header or self.passwords.hashes)

    @property
    def by_password(self) -> bool:
        """Whether people sign in here, and not at a proxy."""
        return not self._header

    def asks(self, scope: Scope) -> bool:
        """Whether this request must say who it is from. Raises DamagedFile."""
        # Passwords first: whoever must be asked is told where they cannot be read.
        if self.is_set_up or self._required:
            return True
        # Bound by another hand to where others reach it, or brought here for them by a proxy.
        return not at_home(scope) or is_proxied(scope)

    async def name(self, scope: Scope, *, using: bool = True) -> str | None:
        """Who a request is from; None where it does not say so, or not in a way that counts.

        A session is used by that, unless told so. Raises Transient where it cannot be known just
        now, DamagedFile.
        """
        if self._header:
            names = Headers(scope=scope).getlist(self._header)
            if len(names) == 1 and names[0] and self.clients.trusts(scope):
                return names[0][:64]
            return None
        return await self.signed_in.name(self.token(scope), using=using)

    async def lets_in(self, scope: Scope) -> bool:
        """Whether a request would be answered now; not where that cannot be known."""
        try:
            return not self.asks(scope) or await self.name(scope, using=False) is not None
        except PipelineError:
            return False

    def token(self, scope: Scope) -> str:
        """What a request brings as the token of a session; empty where nothing."""
        return Request(scope).cookies.get(self.cookie(scope, COOKIE), "")

    def cookie(self, scope: Scope, name: str) -> str:
        """The name of a cookie in answer to that request, and of the one that is read."""
        return HOST_ONLY + name if self.secure(scope) else name

    def secure(self, scope: Scope) -> bool:
        """Whether cookies travel over https alone: wherever others reach it, unless told so."""
        if self.clients.over_tls(scope):
            return True
        return not self._plain_http and (self._away or is_proxied(scope))
