"""An identity for rows whose source gives none: a UUIDv5 of the format and the row's content."""

from __future__ import annotations

import uuid

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:netflix-pipeline:event")


def derived_id(source: str, content: str) -> str:
    """The id of what a source tells so; the same for the same content, whenever it comes."""
    return str(uuid.uuid5(NAMESPACE, f"{source}\n{content}"))
