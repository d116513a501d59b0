"""What the description of the API says beside what FastAPI makes of the routes."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from api.resources import events


def install(app: FastAPI) -> None:
    """Let the app's description name the events' types, and its examples keep their nulls.

    FastAPI knows no schema that none of its own models is, and leaves null out of examples.
    """
    describe = app.openapi
    app.openapi = lambda: _with_nulls(app, _with_events(describe()))  # type: ignore[method-assign]


def _with_events(schema: dict[str, Any]) -> dict[str, Any]:
    schema["components"]["schemas"] |= events.SCHEMAS
    return schema


def _with_nulls(app: FastAPI, schema: dict[str, Any]) -> dict[str, Any]:
    for route in iter_route_contexts(app.routes):
        for method in getattr(route, "methods", None) or ():
            operation = schema["paths"].get(route.path_format, {}).get(method.lower())
            for status, response in (getattr(route, "responses", None) or {}).items():
                for media_type, content in response.get("content", {}).items() if operation else ():
                    if "example" in content:
                        described = operation["responses"][str(status)]["content"]
                        described[media_type]["example"] = content["example"]
    return schema
