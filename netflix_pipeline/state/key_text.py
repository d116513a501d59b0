"""How an API key is written: `nfx_<id>_<secret><checksum>`.

The id may be shown and logged; the rest is known to the key's owner alone. The beginning lets
scanners find a key that was put where it does not belong, the checksum tells a misspelt one.
"""

import hashlib
import re
import secrets
from base64 import b32encode
from zlib import crc32

ID_BYTES, SECRET_BYTES, CHECKSUM_BYTES = 5, 32, 4
BEGINNING = "nfx_"
WRITTEN = re.compile(rb"nfx_([a-z2-7]{8})_([a-z2-7]{52})([a-z2-7]{7})")


def new_id() -> str:
    """An id for a key; random, so that it does not tell how many there are."""
    return _base32(secrets.token_bytes(ID_BYTES))


def new_key(key_id: str) -> str:
    """A key of that id; 256 bits of it are random."""
    begun = f"{BEGINNING}{key_id}_{_base32(secrets.token_bytes(SECRET_BYTES))}"
    return begun + _checksum(begun.encode())


def id_of(key: bytes) -> str | None:
    """The id of what may be a key; None where it is certain that no such key was ever made."""
    written = WRITTEN.fullmatch(key)
    if written is None or _checksum(key[: -len(written[3])]) != written[3].decode():
        return None
    return written[1].decode()


def hash_of(key: bytes) -> bytes:
    """What is kept of a key.

    One round of SHA-256, not a slow hash as for passwords: nobody can try 2^256 secrets, so
    slowness would protect nothing and cost every request.
    """
    return hashlib.sha256(key).digest()


def _checksum(begun: bytes) -> str:
    return _base32(crc32(begun).to_bytes(CHECKSUM_BYTES, "big"))


def _base32(data: bytes) -> str:
    return b32encode(data).decode().rstrip("=").lower()
