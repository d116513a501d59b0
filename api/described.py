"""What the description of the API says beside what FastAPI makes of the routes."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts


def install(app: FastAPI) -> None:
    """Let the examples of the app's description keep their nulls: answers have them, too."""
    describe = app.openapi
    app.openapi = lambda: _with_nulls(app, describe())  # type: ignore[method-assign]


def _with_nulls(app: FastAPI, schema: dict[str, Any]) -> dict[str, Any]:
    for route in iter_route_contexts(app.routes):
        for method in getattr(route, "methods", None) or ():
            operation = schema["paths"].get(route.path_format, {}).get(method.lower())
            for status, told in (getattr(route, "responses", None) or {}).items():
                for media_type, content in told.get("content", {}).items() if operation else ():
                    if "example" in content:
                        described = operation["responses"][str(status)]["content"]
                        described[media_type]["example"] = content["example"]
    return schema
