"""Codings of answers: Brotli and gzip, made once for each answer and kept beside it."""

import gzip

import brotli

from api.delivery.negotiation import chosen

WORTH = 512
"""Bytes from which an answer is compressed: shorter ones fit into a packet anyway."""
INLINE = 32 * 2**10
"""Bytes up to which compressing takes less than a millisecond or two; longer ones in a thread."""
CODINGS = ("br", "gzip", "identity")
"""The first of equally liked ones is taken."""


def coding(accept_encoding: str | None, size: int) -> str:
    """The coding of an answer of that size for who sent this header; `identity` is none.

    Also where a header forbids all of them: an answer that may be misread is better than none.
    """
    if accept_encoding is None or size < WORTH:
        return "identity"
    return chosen(accept_encoding, CODINGS) or "identity"


def compressed(content: bytes, coding: str) -> bytes:
    """The content in a coding."""
    if coding == "br":
        packed: bytes = brotli.compress(content, quality=5)
        return packed
    # No time within: the same content gives the same bytes.
    return gzip.compress(content, 6, mtime=0)
