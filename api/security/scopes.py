"""Scopes: what a request needs, by the first word of its path behind `/v1`, and its method.

Resources that answer a question are entered when they are registered, with the question's scope. A
path that does not stand here needs a key, of any scope: whoever has none does not learn what there
is.
"""

from api.path_segments import BELOW_A_PERSON, id_in
from api.versions import without_version

PUBLIC = "public"
"""Nobody is asked for a key."""
ANY_KEY = "any key"
"""Any usable key will do: no such method, or nothing is there."""


def _reading(scope: str) -> dict[str, str]:
    return {"GET": scope, "HEAD": scope}


NEEDED: dict[str, dict[str, str]] = {
    "events": {"POST": "events:write"},
    "live": _reading("analytics:read"),
    "users": {"DELETE": "users:erase"},
    "metrics": _reading("ops:read"),
    "alerts": _reading("ops:read"),
    "business-alerts": dict.fromkeys(("GET", "HEAD", "POST", "PUT", "DELETE"), "alerts:write"),
    "slos": _reading("ops:read"),
    "scaling": _reading("ops:read"),
}
USERS = "/users/"
OPEN = frozenset(("health", "ready", "docs", "openapi.json", "problems"))


def enter(path: str, scope: str) -> None:
    """Whatever is read below the first word of that path needs the scope."""
    NEEDED.setdefault(path.split("/")[1], {}).update(_reading(scope))


def needed(method: str, path: str) -> str:
    """The scope that a request needs, PUBLIC or ANY_KEY."""
    within = without_version(path)
    first = _whole(within[1:].partition("/")[0])
    if within == path and (first in OPEN or _whole(path) == "/"):
        return PUBLIC
    of_methods = NEEDED.get(first)
    return ANY_KEY if of_methods is None else of_methods.get(method, ANY_KEY)


def person(method: str, path: str) -> str | None:
    """Whose data a request is about; None where it is about everybody's. An id may hold slashes."""
    within = without_version(path)
    if not within.startswith(USERS):
        return None
    named = within.removeprefix(USERS)
    if method != "DELETE" and is_below_a_person(named):
        named = named.rpartition("/")[0]
    return id_in(named)


def is_below_a_person(named: str) -> bool:
    """Whether what stands behind `/users/` is something below a person, and not a person."""
    _, slash, last = named.rpartition("/")
    return bool(slash) and _whole(last) in BELOW_A_PERSON


def _whole(segment: str) -> str:
    """The segment as the router reads it: it takes a line break at a path's end for its end."""
    return segment.removesuffix("\n")
