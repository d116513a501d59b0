"""Forms that are sent to the dashboard, and where people go afterwards."""

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlsplit

from fastapi import Request

LARGEST = 8_192
"""Bytes of a form that are read."""
MOST_FIELDS = 120
"""As many as an address may say, and some more."""
LONGEST = 2_000
"""Characters of an address that somebody is led back to."""


class Form(dict[str, str]):
    """The fields of a form, the first of each name; `pairs` are all of them, in their order."""

    def __init__(self, pairs: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(reversed(pairs))
        self.pairs = tuple(pairs)


async def form_fields(request: Request) -> Form:
    """The fields of a form; none of one that is too large."""
    body = await request.body()  # of bounded size, see `app.BODY_BYTES`
    if len(body) > LARGEST:
        return Form()
    try:
        return Form(parse_qsl(body.decode("utf-8", "replace"), True, max_num_fields=MOST_FIELDS))
    except ValueError:
        return Form()


def inside(address: str) -> str:
    """The address where it is one of this dashboard, else its first page."""
    if len(address) > LONGEST:
        return "/"
    try:
        parts = urlsplit(address)
    except ValueError:
        return "/"
    here = address.startswith("/") and address[1:2] not in ("/", "\\") and address.isprintable()
    return address if here and not parts.scheme and not parts.netloc else "/"
