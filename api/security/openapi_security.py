"""What the description of the API says of keys: of each operation its scope, and its refusals."""

from typing import Any

from api.problems import usually
from api.security.scopes import ANY_KEY, PUBLIC, needed
from netflix_pipeline.access.credentials import KEY_BEGINS
from netflix_pipeline.state import SCOPES

SCHEME, AS_PASSWORD = "key", "key_as_password"
WRITTEN = f"{KEY_BEGINS.decode()}…"
REFUSALS = {
    401: "no key, or one that is not good",
    403: "the key is for something or somebody else",
    429: "more than a client may send",
}
"""When each status is answered."""
HEADERS = {
    401: {"WWW-Authenticate": "how to send a key, and what is wrong with the one sent"},
    403: {"WWW-Authenticate": "the scope that is needed"},
    429: {"Retry-After": "seconds until the request may be sent again"},
}


def secured(schema: dict[str, Any]) -> None:
    """Let the API's description say which key each operation needs."""
    schemes = schema.setdefault("components", {}).setdefault("securitySchemes", {})
    schemes[SCHEME] = {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": WRITTEN,
        "description": "An API key; `netflix-pipeline keys create` makes one. Scopes: "
        + ", ".join(f"`{scope}` ({meaning})" for scope, meaning in SCOPES.items())
        + ".",
    }
    schemes[AS_PASSWORD] = {
        "type": "http",
        "scheme": "basic",
        "description": "The same key as the password, under any user name: for tools that know no "
        "other way.",
    }
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            need = needed(method.upper(), path)
            if need == PUBLIC:
                operation["security"] = []
                continue
            scope = [] if need == ANY_KEY else [need]
            operation["security"] = [{SCHEME: scope}, {AS_PASSWORD: scope}]
            for status in REFUSALS:
                operation["responses"].setdefault(str(status), _refusal(status))


def _refusal(status: int) -> dict[str, Any]:
    when = REFUSALS[status]
    return {
        "description": when,
        "headers": {
            name: {"description": about, "schema": {"type": "string"}}
            for name, about in HEADERS[status].items()
        },
        "content": usually(status, when),
    }
