"""What the description of the API says beside what FastAPI makes of the routes."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from api.problems import as_problems
from api.resources import business_alerts, events
from api.security.openapi_security import secured

SERVERS = [{"url": "/", "description": "the service that serves this description"}]
TAGS = [
    {"name": "events", "description": "Events in, on disk before the answer."},
    {"name": "live", "description": "The last hour as it comes in, from memory."},
    {"name": "analytics", "description": "Numbers of a period, and the rows behind them."},
    {"name": "titles", "description": "The catalogue, one title or series, the Top 10."},
    {"name": "users", "description": "One person or household: told, exported, erased."},
    {"name": "metrics", "description": "What every number means."},
    {"name": "quality", "description": "What arrived, what became of it, what was checked."},
    {"name": "business-alerts", "description": "Alerts of yours on numbers of the business."},
    {"name": "health", "description": "Whether the service is alive and fit, for who watches it."},
    {"name": "problems", "description": "What each type of error means, and what to do."},
]
"""The groups of operations, of which makers of clients make modules."""


def operation_id(route: APIRoute) -> str:
    """The name of an operation, of which makers of clients make a function's: `get_titles`."""
    return f"get_{route.name}" if "GET" in (route.methods or ()) else route.name


def install(app: FastAPI) -> None:
    """Let the app's description say all of it."""
    described = app.openapi

    def openapi() -> dict[str, Any]:
        schema = described()
        as_problems(schema)
        # FastAPI knows no schema that none of its own models is.
        schema["components"]["schemas"] |= events.SCHEMAS | business_alerts.SCHEMAS
        _name_schemas(schema)
        _leave_out_defaults(schema)
        _with_nulls(app, schema)
        secured(schema)
        return schema

    app.openapi = openapi  # type: ignore[method-assign]


PLACE = "#/components/schemas/"


def _name_schemas(schema: dict[str, Any]) -> None:
    """Call each schema as its model is called: of a generic one FastAPI makes `Page_tuple_…`."""
    schemas = schema["components"]["schemas"]
    names = {name: described.get("title", name) for name, described in schemas.items()}
    assert len(set(names.values())) == len(names), "two models have one name"
    schema["components"]["schemas"] = {
        names[name]: schemas[name] for name in sorted(schemas, key=names.__getitem__)
    }
    _lead(schema, {PLACE + name: PLACE + title for name, title in names.items()})


def _leave_out_defaults(schema: dict[str, Any]) -> None:
    """Say of no field what it is by default: to some makers of clients it is then always there."""
    for described in schema["components"]["schemas"].values():
        for field in described.get("properties", {}).values():
            field.pop("default", None)


def _lead(node: Any, places: Mapping[str, str]) -> None:
    """Let every reference below a part of the description lead to the new place."""
    if isinstance(node, list):
        for part in node:
            _lead(part, places)
    elif isinstance(node, dict):
        for name, part in node.items():
            if name == "$ref":
                node[name] = places[part]
            else:
                _lead(part, places)


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
