"""Forms that are sent to the dashboard, and where people go afterwards."""

from urllib.parse import parse_qs, urlsplit

from fastapi import Request

LARGEST = 8_192
"""Bytes of a form that are read."""
MOST_FIELDS = 20
LONGEST = 2_000
"""Characters of an address that somebody is led back to."""


async def form_fields(request: Request) -> dict[str, str]:
    """The fields of a form, the first of each name; none of one that is too large."""
    body = await request.body()  # of bounded size, see `app.BODY_BYTES`
    if len(body) > LARGEST:
        return {}
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}


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
