"""Answers as bytes, by snapshot version, question and format, and conditional requests for them.

A question that was answered from the current snapshot is answered again without touching it, and
not at all when the asker already has the answer.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from api.negotiation import chosen
from api.tables import CSV, Table, table_headers
from netflix_pipeline.errors import BadInput
from netflix_pipeline.serving import Answer, Page, Queries, Snapshots

MOST = 64 * 2**20
"""Bytes of answers that are kept."""
JSON = "application/json"
FORMATS = {"json": JSON, "csv": CSV}
T = TypeVar("T")


class NotAcceptable(BadInput):
    """None of the formats that the request asks for can be had."""


@dataclass(frozen=True)
class Body:
    """An answer as it is sent."""

    content: bytes
    headers: dict[str, str]


@dataclass(frozen=True)
class Question:
    """What is asked, and in which format: equal ones have equal answers from equal snapshots."""

    path: str
    query: tuple[tuple[str, str], ...]
    media_type: str

    @property
    def text(self) -> str:
        """The path with its query, as an address has it."""
        return f"{self.path}?{urlencode(self.query)}"


class AnswerCache:
    """The answers used last, up to a total size. Only the event loop's thread touches it."""

    def __init__(self, most: int = MOST) -> None:
        self._bodies: OrderedDict[tuple[int, Question], Body] = OrderedDict()
        self._most = most
        self._size = 0

    def get(self, version: int, question: Question) -> Body | None:
        """The answer to a question from a version; None when it is not kept."""
        body = self._bodies.get((version, question))
        if body is not None:
            self._bodies.move_to_end((version, question))
        return body

    def put(self, version: int, question: Question, body: Body) -> None:
        """Keep an answer; those not used for longest give way."""
        if (version, question) not in self._bodies:
            self._bodies[version, question] = body
            self._size += len(body.content)
        while self._size > self._most:
            _, gone = self._bodies.popitem(last=False)
            self._size -= len(gone.content)


async def answer(
    request: Request, ask: Callable[[Queries], Answer[T]], table: Table[T] | None = None
) -> Response:
    """The response to a question: kept bytes, or computed in a thread, or 304.

    JSON, or CSV where the answer is a table and `format` or `Accept` asks for it. Raises
    NotAcceptable.
    """
    snapshots: Snapshots = request.app.state.snapshots
    answers: AnswerCache = request.app.state.answers
    question = _question(request, table)
    held = snapshots.held
    kept = answers.get(held.info.version, question) if held else None
    if kept is None:
        version, body = await run_in_threadpool(_ask, request, question, ask, table)
        answers.put(version, question, body)
    else:
        body = kept
    if _matches(request.headers.get("if-none-match"), body.headers["ETag"]):
        return Response(status_code=304, headers=body.headers)
    return Response(body.content, media_type=question.media_type, headers=body.headers)


def _question(request: Request, table: Table[Any] | None) -> Question:
    query = sorted(parse_qsl(request.url.query, keep_blank_values=True))
    offered = [JSON, CSV] if table else [JSON]
    asked = dict(query).get("format") if table else None
    media_type = FORMATS[asked] if asked else chosen(request.headers.get("accept"), offered)
    if media_type is None:
        raise NotAcceptable(
            f"{request.url.path} can be had as {' or '.join(offered)}: ask for that in Accept"
            f"{', or with ?format=' if table else ''}."
        )
    return Question(request.url.path, tuple(query), media_type)


def _ask(
    request: Request,
    question: Question,
    ask: Callable[[Queries], Answer[T]],
    table: Table[T] | None,
) -> tuple[int, Body]:
    queries: Queries = request.app.state.queries
    told = ask(queries)
    version = told.snapshot.version
    stamp = f"{told.snapshot.built_at.isoformat()}|{question.media_type}|{question.text}"
    digest = hashlib.blake2b(stamp.encode(), digest_size=9).hexdigest()
    headers = {
        "ETag": f'"{version}-{digest}"',
        "Cache-Control": "private, no-cache",
        "Vary": "Accept",
    }
    if isinstance(told, Page) and told.next:
        following = request.url.include_query_params(cursor=told.next)
        headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
    if table and question.media_type == CSV:
        headers |= table_headers(question.path, question.query, told)
        return version, Body(table.csv(told.data), headers)
    return version, Body(told.model_dump_json(by_alias=True).encode(), headers)


def _matches(asked: str | None, etag: str) -> bool:
    if asked is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in asked.split(",")]
    return "*" in tags or etag in tags
