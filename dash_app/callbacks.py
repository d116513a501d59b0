"""The one callback of the page: nothing but what the page itself sends reaches Dash.

Dash takes any body for a callback's, and answers what it cannot use with an error of its own.
"""

from typing import Annotated, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from netflix_pipeline.bounds.requests import again

PATH = "/_dash-update-component"
LONGEST = 8 * 2**10
"""Characters of a path or a query, as of an address."""

Text = Annotated[str, msgspec.Meta(max_length=LONGEST)]


class _Value(msgspec.Struct, forbid_unknown_fields=True):
    """See `dash_app.component.View`."""

    n: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    path: Text
    query: Text


class _Input(msgspec.Struct, forbid_unknown_fields=True):
    id: Literal["view"]
    property: Literal["asked"]
    value: _Value


class _Output(msgspec.Struct, forbid_unknown_fields=True):
    id: Literal["view"]
    property: Literal["answer"]


class _CallbackRequest(msgspec.Struct, forbid_unknown_fields=True):
    output: Literal["view.answer"]
    outputs: _Output
    inputs: tuple[_Input]
    changed_prop_ids: Annotated[list[Literal["view.asked"]], msgspec.Meta(max_length=1)] = (
        msgspec.field(name="changedPropIds", default_factory=list)
    )
    parsed_changed_props_ids: Annotated[list[Literal["view.asked"]], msgspec.Meta(max_length=1)] = (
        msgspec.field(name="parsedChangedPropsIds", default_factory=list)
    )
    state: tuple[()] = ()


_read = msgspec.json.Decoder(_CallbackRequest).decode


class Callbacks:
    """ASGI middleware that lets them pass; within `Bounds`, which bounds the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not _is_callback(scope):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        body = await request.body()
        problem = None
        if not request.headers.get("content-type", "").startswith("application/json"):
            problem = "the body is no JSON"
        else:
            try:
                _read(body)
            except (ValueError, RecursionError) as error:
                problem = str(error)
        if problem is not None:
            refused = PlainTextResponse(f"Only the page itself asks here: {problem}\n", 422)
            await refused(scope, receive, send)
            return
        await self._app(scope, again(body, receive), send)


def _is_callback(scope: Scope) -> bool:
    # The router takes a line break at the end of a path for its end.
    path: str = scope["path"]
    return scope["method"] == "POST" and path.removesuffix("\n") == PATH
