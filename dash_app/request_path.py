"""Paths of requests, in which an id may hold any signs: slashes and line breaks too."""

from starlette.convertors import PathConvertor, register_url_convertor
from starlette.types import Scope


class Anything(PathConvertor):
    """The rest of a path, whatever it is: also behind a line break."""

    regex = "(?s:.*)"


register_url_convertor("anything", Anything())


def sent(scope: Scope) -> str:
    """The path as it stands in the address, as a browser's script knows it."""
    raw: bytes = scope["raw_path"]
    return raw.partition(b"?")[0].decode("latin-1")
