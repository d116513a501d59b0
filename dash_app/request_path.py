"""Paths of requests, in which an id may hold any signs: slashes and line breaks too."""

from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.types import Scope
from typing_extensions import override


class Anything(Convertor[str]):
    """The rest of a path, whatever it is."""

    regex = "(?s:.*)"

    @override
    def convert(self, value: str) -> str:
        """The rest as it is."""
        return value

    @override
    def to_string(self, value: str) -> str:
        """The rest as it is."""
        return value


register_url_convertor("anything", Anything())


def sent(scope: Scope) -> str:
    """The path as it stands in the address, as a browser's script knows it."""
    raw: bytes = scope["raw_path"]
    return raw.partition(b"?")[0].decode("latin-1")


def path_of(request: Request) -> str:
    """The same of a request."""
    return sent(request.scope)
