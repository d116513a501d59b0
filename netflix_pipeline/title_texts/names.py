"""Texts made equal that mean the same title, and ids made of them."""

import hashlib
import re
import unicodedata

HIDDEN = re.compile(r"^(?:HIDDEN TITLE ?\([^()]{0,80}\) ?: ?)+", re.IGNORECASE)
"""What Netflix writes before a title while its viewer hides it."""


def plain_title(text: str) -> str:
    """The title on one line, blanks and composed letters made equal, whether it is hidden or not.

    A text that is nothing but blanks or what hides a title stays as it is.
    """
    line = " ".join(unicodedata.normalize("NFC", text.replace("：", ": ")).split())
    return HIDDEN.sub("", line) or line


def named_id(text: str, kind: str = "title") -> str:
    """A stable id of at most 64 characters for something known only by its name.

    Its readable beginning is for people; the digest of the whole name tells names apart.
    """
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    ascii_only = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:40].rstrip("-") or kind
    digest = hashlib.blake2b(f"{kind}:{plain}".encode(), digest_size=8).hexdigest()
    return f"{slug}-{digest}"
