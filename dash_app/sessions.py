"""Sessions without a store: a cookie that says who, until when, and is signed.

It also holds a piece of the hash of the password with which it began: a session ends when that
password is set anew or taken away.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping

LASTING = 7 * 86_400
"""Seconds that a session lasts."""
LONGEST = 512
"""Characters of a cookie that are looked at."""


def signed(name: str, password_hash: str, key: bytes, now: float) -> str:
    """The cookie of a session that begins now."""
    told = f"{int(now) + LASTING}.{_piece(password_hash, key)}.{name}".encode()
    return f"{_text(told)}.{_text(_signature(told, key))}"


def verified(cookie: str, hashes: Mapping[str, str], key: bytes, now: float) -> str | None:
    """Whose session it is; None where it is forged, over, or of a password that is no more."""
    content, _, signature = cookie[:LONGEST].partition(".")
    try:
        told = base64.urlsafe_b64decode(content + "=" * (-len(content) % 4))
        given = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    except (binascii.Error, ValueError):
        return None
    if not hmac.compare_digest(given, _signature(told, key)):
        return None
    until, piece, name = told.decode().split(".", 2)
    known = hashes.get(name)
    if int(until) < now or known is None or piece != _piece(known, key):
        return None
    return name


def _signature(told: bytes, key: bytes) -> bytes:
    return hmac.digest(key, b"session." + told, hashlib.sha256)


def _piece(password_hash: str, key: bytes) -> str:
    return hmac.digest(key, b"password." + password_hash.encode(), hashlib.sha256)[:8].hex()


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
