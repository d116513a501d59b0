"""What the description of the API says beside what FastAPI makes of the routes."""

from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from api.problems import as_problems
from api.resources import events
from api.security.openapi_security import secured


def install(app: FastAPI) -> None:
    """Let the app's description say all of it."""
    described = app.openapi

    def openapi() -> dict[str, Any]:
        schema = described()
        as_problems(schema)
        # FastAPI knows no schema that none of its own models is.
        schema["components"]["schemas"] |= events.SCHEMAS
        _with_nulls(app, schema)
        secured(schema)
        return schema

    app.openapi = openapi  # type: ignore[method-assign]


def _with_nulls(app: FastAPI, schema: dict[str, Any]) -> None:
    """Examples as they stand in the code: FastAPI leaves null out of them."""
    for route in iter_route_contexts(app.routes):
        for method in getattr(route, "methods", None) or ():
            operation = schema["paths"].get(route.path_format, {}).get(method.lower())
            for status, response in (getattr(route, "responses", None) or {}).items():
                for media_type, content in response.get("content", {}).items() if operation else ():
                    if "example" in content:
                        described = operation["responses"][str(status)]["content"]
                        described[media_type]["example"] = content["example"]
