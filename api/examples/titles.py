"""Example answers of `/titles`."""

from __future__ import annotations

from api.examples.example import SNAPSHOT
from netflix_pipeline.serving import Page, Title

TITLES = Page[tuple[Title, ...]](
    data=(
        Title(
            title_id="t-204",
            title="The Long Night",
            content_type="film",
            genre="drama",
            genre_2=None,
            runtime_minutes=112,
            series_id=None,
            season=None,
            episode=None,
            release_year=2024,
            language="en",
            described=True,
            plays=912,
            hours_viewed=1_204.5,
            views=645.27,
            viewers=804,
            completion_rate=0.61,
            reviews=18,
            rating=4.2,
        ),
    ),
    snapshot=SNAPSHOT,
    next="WyJ0aXRsZXM6dGl0bGUiLCJ0aGUgbG9uZyBuaWdodCIsInQtMjA0Il0",
)
