"""Authentication and authorization: keys, what they may do and for whom, and how often.

Keys are required unless the service is bound to this machine alone. Then a request without one is
answered too, if it came to a loopback address and by no proxy, for whoever is behind that is not
known; a key that is presented counts all the same.
"""

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problem_catalog import kind_of
from api.problems import of_platform
from api.security import rate_limits, scopes
from netflix_pipeline.access import (
    Clients,
    KeyAudit,
    Keyring,
    at_home,
    auth_errors,
    credentials,
    is_proxied,
)
from netflix_pipeline.errors import PipelineError
from netflix_pipeline.state import Key


class KeyAccess:
    """ASGI middleware that lets a request in or refuses it, within `KnownHosts` and `Cors`.

    `requests` is what a client without a limit of its own may ask in a minute, `alone` the same
    for one without a key; 0 is any number. `clients` tells whom a request counts for that brings
    no good key. Leaves the client's name, and the key's id, in the request's state.
    """

    def __init__(
        self,
        app: ASGIApp,
        keyring: Keyring,
        notes: KeyAudit,
        limits: rate_limits.RequestLimits,
        clients: Clients,
        *,
        required: bool,
        requests: int,
        alone: int,
    ) -> None:
        self._app = app
        self._keyring = keyring
        self._notes = notes
        self._limits = limits
        self._clients = clients
        self._required = required
        self._requests = requests
        self._alone = alone

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        is_request = scope["type"] == "http"
        need = scopes.needed(scope["method"], scope["path"]) if is_request else scopes.PUBLIC
        if need is scopes.PUBLIC:
            await self._app(scope, receive, send)
            return
        answer = self._app
        share: rate_limits.Share | None = None
        try:
            key = await self._key(scope)
            share = await self._share(scope, key)
            if share is not None and share.left < 0:
                raise rate_limits.TooManyRequests(
                    f"{share.most:,} requests a minute are what you may send: wait until the "
                    "minute is over.",
                    wait=share.seconds,
                )
            if key is not None:
                _allow(key, need, scope["method"], scope["path"])
                if not key.own:
                    self._notes.used(key.id, need)
        except PipelineError as error:
            if isinstance(error, auth_errors.AuthError) and (kind := kind_of(error)):
                self._notes.refused(scope["state"].get("key_id", error.key_id), error.kind)
                if kind.status == 401 and not credentials.is_browser(scope):
                    error.offer_basic()
            answer = await of_platform(Request(scope), error)
        await answer(scope, receive, _telling(send, share))

    async def _key(self, scope: Scope) -> Key | None:
        """The key of a request, None where it may come without; AuthError."""
        if credentials.KEY_BEGINS in scope["query_string"]:
            raise auth_errors.KeyInAddress(
                "a key stands in the address of the request, where logs and histories keep it: "
                "revoke it (netflix-pipeline keys revoke) and send another one in the header "
                "Authorization: Bearer nfx_…"
            )
        key = await self._keyring.presented(scope)
        if key is None:
            if self._required or is_proxied(scope) or not at_home(scope):
                raise auth_errors.NoKey(
                    "the request needs a key: send the header Authorization: Bearer nfx_… "
                    "(netflix-pipeline keys create makes one)."
                )
            scope["state"]["client"] = self._clients.of(scope)
            return None
        scope["state"]["client"] = scope["state"]["key_id"] = key.id
        return key

    async def _share(self, scope: Scope, key: Key | None) -> rate_limits.Share | None:
        if key is None:
            most = self._alone
        else:
            most = self._requests if key.requests is None else key.requests
        return await self._limits.take(scope["state"]["client"], most) if most else None


def _allow(key: Key, need: str, method: str, path: str) -> None:
    if need is not scopes.ANY_KEY and need not in key.scopes:
        raise auth_errors.MissingScope(
            f"the key {key.id} may do {', '.join(sorted(key.scopes)) or 'nothing'}; this needs "
            f"{need}: ask for a key with it.",
            f', error="insufficient_scope", scope="{need}"',
        )
    if key.users and scopes.person(method, path) not in key.users:
        raise auth_errors.OtherPerson(
            f"the key {key.id} is bound to other persons: it opens /users/{{user_id}} of those and "
            "nothing that is about anybody else.",
            ', error="insufficient_scope"',
        )


def _telling(send: Send, share: rate_limits.Share | None) -> Send:
    """Sends answers that tell the client's share."""
    if share is None:
        return send
    headers = share.headers()

    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *headers]
        await send(message)

    return told
