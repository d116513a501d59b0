"""How a question becomes a resource: registered, described by its question, and answered.

It answers from what is kept, from what replicas share, else by a query. A question that was
answered from the current snapshot is answered again without touching it, and not at all when the
asker already has the answer.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from starlette.requests import ClientDisconnect

from api.delivery import negotiation
from api.delivery.request_key import CSV, FORMATS, Body, QuestionRequest, question_request
from api.delivery.response_cache import (
    Alias,
    CachedResponse,
    Headers,
    absolute,
    cache_headers,
    preferences,
)
from api.problems import QUERIED
from api.security import scopes
from api.service import Service, service_of
from netflix_pipeline.excel import MEDIA_TYPE as XLSX
from netflix_pipeline.serving import Question
from netflix_pipeline.serving.question import example, frame, table_of

Responses = dict[int | str, dict[str, Any]]
Endpoint = TypeVar("Endpoint", bound=Callable[..., Awaitable[Response]])

T = TypeVar("T")
LookUp = Callable[[QuestionRequest[T]], Awaitable[tuple[int, Body]]]
"""What finds the answer to a question that is not kept, and the version that it comes from."""

LEFT = 499
"""The status, for the log only, of a request whose sender did not wait for the answer."""
NO_STORE = {"Cache-Control": "no-store"}
"""The header of what is true of now only."""

_QUESTIONS: dict[Callable[..., Any], type[Question[Any]]] = {}
"""Which question each endpoint answers."""


def resource(
    router: APIRouter,
    path: str,
    question: type[Question[Any]],
    summary: str,
    problems: Responses | None = None,
) -> Callable[[Endpoint], Endpoint]:
    """Register an endpoint that answers a question with `answer`.

    What it answers, with an example, and the scope that it needs follow from the question;
    `problems` are those of its own.
    """

    def registered(endpoint: Endpoint) -> Endpoint:
        _QUESTIONS[endpoint] = question
        scopes.enter(router.prefix + path, question.scope)
        router.add_api_route(
            path,
            endpoint,
            methods=["GET"],
            response_model=frame(question),
            responses=(problems or {}) | QUERIED | _answers(question),
            dependencies=[FORMATS] if table_of(question) else None,
            summary=summary,
        )
        return endpoint

    return registered


def resources(app: FastAPI) -> dict[str, type[Question[Any]]]:
    """Which question each resource answers, by its path."""
    found = ((route.path_format, route.endpoint) for route in iter_route_contexts(app.routes))
    return {
        path: _QUESTIONS[endpoint]
        for path, endpoint in found
        if path is not None and endpoint is not None and endpoint in _QUESTIONS
    }


def success(model: BaseModel) -> Responses:
    """A model as the example of a resource's success."""
    told = model.model_dump(mode="json", by_alias=True)
    return {200: {"content": {"application/json": {"example": told}}}}


def _answers(question: type[Question[Any]]) -> Responses:
    """The example of an answer; as CSV and for Excel too where it is a table."""
    shown = example(question)
    told = success(shown)
    if table := table_of(question):
        text = table.csv(shown.data).decode()
        told[200]["content"][CSV] = {"schema": {"type": "string"}, "example": text}
        told[200]["content"][XLSX] = {"schema": {"type": "string", "format": "binary"}}
    return told


async def answer(
    request: Request,
    question: Question[T],
    *,
    look_up: LookUp[T] | None = None,
) -> Response:
    """The response to a question: kept bytes, or computed in a thread, or 304.

    JSON, or CSV or a workbook where the answer is a table and `format` or `Accept` asks for it.
    `look_up` may find it in a way of its own, that gives what the snapshot would. Raises
    NotAcceptable, TooManyQuestions, TooManyRows, TooSlowQuery.
    """
    service = service_of(request)
    wanted = preferences(request.scope)
    accept = None if wanted.accept is None else wanted.accept.decode("latin-1")
    usual = service.settings.week_start
    asks = question_request(request, accept, question, service.erased.digest, usual)
    held = service.snapshots.held
    kept = service.answers.get(held.info.version, asks.key) if held else None
    if kept is not None:
        service.metrics.kept.inc()
    else:
        try:
            if look_up is None:
                key = f"{held.info.version if held else 0} {asks.key}"
                kept = await service.flights.join(
                    key, lambda: _found(service, asks), request.receive
                )
            else:  # many share it already
                kept = await _found(service, asks, look_up)
        except ClientDisconnect:
            return Response(status_code=LEFT)
    # A workbook is compressed already.
    takes = None if asks.media_type == XLSX else wanted.accept_encoding
    coding = negotiation.coding(
        None if takes is None else takes.decode("latin-1"),
        len(kept.body.content),
    )
    if not question.personal:
        # A person's answers are asked for anew each time: whether they may be told can change.
        route: str = request.scope["route"].path_format
        service.answers.remember(request.scope, wanted, Alias(asks.key, coding, route))
    if wanted.if_none_match and (tag := kept.matches(wanted.if_none_match, coding)):
        return _response(304, cache_headers(tag), b"")
    ready = kept.ready(coding)
    if ready is None:
        inline = len(kept.body.content) <= negotiation.INLINE
        ready = kept.make(coding) if inline else await asyncio.to_thread(kept.make, coding)
    headers, content = ready
    return _response(200, absolute(headers, service.clients, request.scope), content)


def _response(status: int, headers: Headers, content: bytes) -> Response:
    response = Response(status_code=status)
    response.raw_headers = headers
    response.body = content
    return response


async def _found(
    service: Service, asks: QuestionRequest[T], look_up: LookUp[T] | None = None
) -> CachedResponse:
    """The answer from what replicas share, else from the snapshot; kept from now on."""
    shared = None if asks.question.personal else service.shared
    held = service.snapshots.held
    if shared and held and (known := await shared.get(asks.tag(held.info))):
        version, body = held.info.version, known
        service.metrics.shared.inc()
    else:
        if look_up is None:
            version, body = await service.threads.run(lambda: asks.answered(service.snapshots))
        else:
            version, body = await look_up(asks)
        service.metrics.computed.inc()
        if shared:
            await shared.put(body)
    kept = CachedResponse(body, asks)
    kept.asked = 1
    service.answers.put(version, kept)
    return kept
