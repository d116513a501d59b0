"""How much of what came in is kept in memory, whatever a sender makes up."""

from __future__ import annotations

from dataclasses import dataclass

from netflix_pipeline.live.recent_identities import MOST
from netflix_pipeline.live.rolling_window import TITLES_OF_A_MINUTE, VIEWERS
from netflix_pipeline.settings import Settings


@dataclass(frozen=True)
class MemoryLimits:
    """Identities, viewers, and titles of each minute that are kept."""

    identities: int = MOST
    viewers: int = VIEWERS
    titles: int = TITLES_OF_A_MINUTE

    @classmethod
    def of(cls, settings: Settings) -> MemoryLimits:
        """As the settings say."""
        return cls(settings.known_events, settings.live_viewers, settings.live_titles)


USUAL = MemoryLimits()
