"""Which requests Dagster gets to see: pure questions about an ASGI scope.

Browsers send requests of any page's to this machine, with the cookies that they hold for it, and
tell in headers that no page can write where they come from. Whatever changes something must come
from a page of Dagster's own, or from a program that is no browser.
"""

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from netflix_pipeline.access.hosts import is_known

READS = frozenset(("GET", "HEAD"))
FOR_SCRIPTS = re.compile(
    r"/(graphql|logs|notebook|dagit|download_debug|report_asset_\w+)(/|$)", re.IGNORECASE
)
"""Paths of which nobody has a link: no other site's page opens them."""


class RefusedRequest(Exception):
    """A request that Dagster does not get to see, and what its sender is told."""

    def __init__(self, status: int, reason: str, **headers: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.headers = headers


def look_at(scope: Scope, hosts: Collection[str], *, numbers: bool) -> None:
    """Raise RefusedRequest for what is for another host, from another site, or no such request.

    `hosts` are the names that are answered, `numbers` says that any address is, too.
    """
    # A site may point a name of its own at this machine: its page then is of the same site.
    if not is_known(scope, hosts, numbers=numbers):
        raise RefusedRequest(
            421,
            f"Dagster is not known by that name here. It answers as {', '.join(hosts)}: ask it as "
            "one of these, or start it with NETFLIX_HOSTS naming this one.",
        )
    _from_our_page(scope)
    if scope["type"] == "http":
        _as_dagster_reads_it(scope)


def _from_our_page(scope: Scope) -> None:
    headers = Headers(scope=scope)
    changes = scope["type"] == "websocket" or scope["method"] not in READS
    site = headers.get("sec-fetch-site")
    if site is None:
        origin = headers.get("origin")
        # Not a browser brings nobody's cookies but its own; browsers tell where sockets come from.
        ours = origin is None or not changes or _netloc(origin) == headers.get("host")
    elif changes:
        ours = site == "same-origin"
    else:
        followed = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest"))
        linked = followed == ("navigate", "document") and not FOR_SCRIPTS.match(scope["path"])
        ours = site in ("same-origin", "none") or linked
    if not ours:
        raise RefusedRequest(403, "This request comes from another site.")


def _as_dagster_reads_it(scope: Scope) -> None:
    """Dagster takes mutations by GET, and from a form: here a change is JSON that is posted."""
    headers = Headers(scope=scope)
    method, path = scope["method"], scope["path"]
    if method == "POST":
        kinds = headers.getlist("content-type")
        kind = kinds[0].partition(";")[0].strip().lower() if len(kinds) == 1 else ""
        if kind != "application/json":
            raise RefusedRequest(415, "Post JSON: Content-Type: application/json.")
        if "content-encoding" in headers:
            raise RefusedRequest(415, "Post JSON as it is, without a Content-Encoding.")
    elif method not in READS:
        raise RefusedRequest(405, "Dagster is asked by GET and POST.", Allow="GET, HEAD, POST")
    elif path == "/graphql" and "text/html" not in headers.get("accept", ""):
        # That is how Dagster knows who wants the page for trying queries.
        raise RefusedRequest(
            405, "Post GraphQL as JSON; GET gives the page for trying it.", Allow="POST"
        )
    # Dagster's router takes a line break at the end for none: what was looked at is what it finds.
    if ".." in path.split("/") or not path.isprintable():
        raise RefusedRequest(404, "There is nothing.")


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""
