"""Which requests Dagster gets to see, and of which size.

Browsers send requests of any page's to this machine, with the cookies that they hold for it, and
tell in headers that no page can write where they come from. Whatever changes something must come
from a page of Dagster's own, or from a program that is no browser.
"""

import asyncio
import json
import re
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope

from netflix_pipeline.access.hosts import is_known, same_origin
from netflix_pipeline.bounds import OutOfBounds, read
from netflix_pipeline.bounds.requests import again

BODY_BYTES = 4 * 2**20
"""Bytes: a backfill that names thousands of days has some 100,000."""
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


async def posted(scope: Scope, receive: Receive) -> Receive:
    """What gives the body of a request, which has come whole.

    Raises RefusedRequest for what is too large, too slow, or no JSON object: Dagster fails on it,
    and a list would be several questions in one.
    """
    try:
        body = await read(Request(scope, receive), BODY_BYTES)
    except OutOfBounds as error:
        raise RefusedRequest(error.status, str(error)) from error
    except ClientDisconnect as error:
        raise RefusedRequest(400, "The request ended before its body did.") from error
    try:
        document = await asyncio.to_thread(json.loads, body) if body else {}
    except (ValueError, RecursionError) as error:
        raise RefusedRequest(400, "The request's body is no JSON.") from error
    if not isinstance(document, dict):
        raise RefusedRequest(400, "Post one JSON object.")
    return again(body, receive)


def _from_our_page(scope: Scope) -> None:
    headers = Headers(scope=scope)
    site = headers.get("sec-fetch-site")
    if scope["type"] == "websocket" or scope["method"] not in READS:
        ours = same_origin(headers)
    else:
        followed = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest"))
        linked = followed == ("navigate", "document") and not FOR_SCRIPTS.match(scope["path"])
        ours = site in (None, "same-origin", "none") or linked
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
