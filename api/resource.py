"""How a question becomes a resource: its endpoint is registered, and described by its question."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from fastapi import APIRouter, FastAPI
from fastapi.responses import Response
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel

from api.delivery.csv_tables import CSV, FORMATS
from api.problems import QUERIED
from api.security import scopes
from netflix_pipeline.serving import Question
from netflix_pipeline.serving.question import example, frame, table_of

Responses = dict[int | str, dict[str, Any]]
Endpoint = TypeVar("Endpoint", bound=Callable[..., Awaitable[Response]])

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
    """Register an endpoint that answers a question with `caching.answer`.

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
    """The example of an answer; as CSV too where it is a table."""
    answer = example(question)
    told = success(answer)
    if table := table_of(question):
        text = table.csv(answer.data).decode()
        told[200]["content"][CSV] = {"schema": {"type": "string"}, "example": text}
    return told
