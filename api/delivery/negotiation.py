"""Content negotiation (RFC 9110): which representation a request asks for, and its coding.

Codings are Brotli and gzip, made once for each answer and kept beside it.
"""

import gzip
from collections.abc import Iterator, Sequence

import brotli


def chosen(header: str | None, offered: Sequence[str]) -> str | None:
    """The offered value that a header such as `Accept` likes most; None when it wants none.

    Of equally liked ones it is the first; without the header too. The most exact range that fits
    a value tells its weight; what cannot be read of the header is passed over.
    """
    if header is None:
        return offered[0]
    ranges = dict(_ranges(header))
    weights = {value: _weight(value, ranges) for value in offered}
    best = max(weights, key=weights.__getitem__)
    return best if weights[best] else None


def _ranges(header: str) -> Iterator[tuple[str, float]]:
    for one in header.lower().split(","):
        name, *parameters = (part.strip() for part in one.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    weight = float(parameter[2:])
                except ValueError:
                    weight = 0.0
        if name:
            yield name, weight if 0 <= weight <= 1 else 0.0


def _weight(value: str, ranges: dict[str, float]) -> float:
    kind, slash, _ = value.partition("/")
    exact_first = (value, f"{kind}/*", "*/*") if slash else (value, "*")
    return next((ranges[name] for name in exact_first if name in ranges), 0.0)


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
        return bytes(brotli.compress(content, quality=5))
    # No time within: the same content gives the same bytes.
    return gzip.compress(content, 6, mtime=0)
