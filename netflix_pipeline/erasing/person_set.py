"""What is asked of persons who are taken out of files."""

from __future__ import annotations

from typing import Protocol


class PersonSet(Protocol):
    """Some persons: those of known ids, or those of whom only hashes are kept."""

    def __contains__(self, user_id: object) -> bool:
        """Whether the id is one of theirs."""

    def in_text(self, text: bytes) -> bool:
        """Whether the text holds an id of theirs as a whole value."""
