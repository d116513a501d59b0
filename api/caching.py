"""Answers as bytes, by snapshot version and question, and the conditional requests for them.

A question that was answered from the current snapshot is answered again without touching it, and
not at all when the asker already has the answer.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from netflix_pipeline.serving import Answer, Page, Queries, Snapshots

MOST = 64 * 2**20
"""Bytes of answers that are kept."""
JSON = "application/json"


@dataclass(frozen=True)
class Body:
    """An answer as it is sent."""

    content: bytes
    etag: str
    link: str | None


class AnswerCache:
    """The answers used last, up to a total size. Only the event loop's thread touches it."""

    def __init__(self, most: int = MOST) -> None:
        self._bodies: OrderedDict[tuple[int, str], Body] = OrderedDict()
        self._most = most
        self._size = 0

    def get(self, version: int, question: str) -> Body | None:
        """The answer to a question from a version; None when it is not kept."""
        body = self._bodies.get((version, question))
        if body is not None:
            self._bodies.move_to_end((version, question))
        return body

    def put(self, version: int, question: str, body: Body) -> None:
        """Keep an answer; those not used for longest give way."""
        if (version, question) not in self._bodies:
            self._bodies[version, question] = body
            self._size += len(body.content)
        while self._size > self._most:
            _, gone = self._bodies.popitem(last=False)
            self._size -= len(gone.content)


async def answer(request: Request, ask: Callable[[Queries], Answer[Any]]) -> Response:
    """The response to a question: kept bytes, or computed in a thread, or 304.

    The question is the path with its query: equal ones have equal answers from equal snapshots.
    """
    snapshots: Snapshots = request.app.state.snapshots
    answers: AnswerCache = request.app.state.answers
    question = f"{request.url.path}?{request.url.query}"
    held = snapshots.held
    kept = answers.get(held.info.version, question) if held else None
    if kept is None:
        version, body = await run_in_threadpool(_ask, request, question, ask)
        answers.put(version, question, body)
    else:
        body = kept
    headers = {"ETag": body.etag, "Cache-Control": "private, no-cache"}
    if body.link:
        headers["Link"] = body.link
    if _matches(request.headers.get("if-none-match"), body.etag):
        return Response(status_code=304, headers=headers)
    return Response(body.content, media_type=JSON, headers=headers)


def _ask(
    request: Request, question: str, ask: Callable[[Queries], Answer[Any]]
) -> tuple[int, Body]:
    queries: Queries = request.app.state.queries
    told = ask(queries)
    version = told.snapshot.version
    stamp = f"{told.snapshot.built_at.isoformat()}|{question}"
    digest = hashlib.blake2b(stamp.encode(), digest_size=9).hexdigest()
    link = None
    if isinstance(told, Page) and told.next:
        following = request.url.include_query_params(cursor=told.next)
        link = f'<{following.path}?{following.query}>; rel="next"'
    content = told.model_dump_json(by_alias=True).encode()
    return version, Body(content, f'"{version}-{digest}"', link)


def _matches(asked: str | None, etag: str) -> bool:
    if asked is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in asked.split(",")]
    return "*" in tags or etag in tags
