"""How a request presents its key: as `Bearer`, or as the password of `Basic` (RFC 7617).

Spreadsheets and charting tools know Basic where they know no header. A browser knows it too well:
it asks its reader for a password when a refusal offers Basic, and then sends that along with
whatever any site has it ask. So no browser is offered it, and what comes from another site's page,
or from an address bar, opens nothing by it.
"""

from base64 import b64decode

from starlette.datastructures import Headers
from starlette.types import Scope

from netflix_pipeline.access.auth_errors import INVALID, BadKey
from netflix_pipeline.access.hosts import same_origin

KEY_BEGINS = b"nfx_"
BROWSER = "Mozilla/5.0"
"""How every browser calls itself, first of all."""


def presented(scope: Scope) -> bytes | None:
    """What a request presents as its key, None where nothing; BadKey where nobody can tell."""
    values: list[bytes] = [value for name, value in scope["headers"] if name == b"authorization"]
    if not values:
        return None
    scheme, _, text = values[0].partition(b" ")
    match scheme.lower() if len(values) == 1 else b"":
        case b"bearer":
            return text.strip()
        case b"basic":
            return _password(text.strip(), Headers(scope=scope))
    raise BadKey(
        "one header Authorization says who you are, as Bearer nfx_… or as Basic with the key as "
        "password: nothing else is read.",
        INVALID,
    )


def is_browser(scope: Scope) -> bool:
    """Whether a browser sends the request, or something that passes a browser's headers on."""
    headers = Headers(scope=scope)
    return "sec-fetch-mode" in headers or headers.get("user-agent", "").startswith(BROWSER)


def _password(text: bytes, headers: Headers) -> bytes:
    try:
        user, colon, password = b64decode(text, validate=True).partition(b":")
    except ValueError:
        user = colon = b""
    if not colon:
        raise BadKey(
            "what was sent as Basic is not NAME:KEY in base64: the key is the password, the name "
            "any.",
            INVALID,
        )
    if KEY_BEGINS in user:
        raise BadKey(
            "a key stands in the user name, which servers and proxies write into their logs: "
            "revoke it (netflix-pipeline keys revoke) and send another one as the password.",
            INVALID,
        )
    if not same_origin(headers):
        raise BadKey(
            "a browser sent a password that it remembers, for another site's page or from its "
            "address bar: pages send a key as Authorization: Bearer nfx_….",
            INVALID,
        )
    return password.strip()
