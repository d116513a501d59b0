"""Bronze `watch_events`: one report that somebody watched something."""

from netflix_pipeline.contracts.contract import (
    ACTIONS,
    KINDS,
    LINEAGE,
    QUALITIES,
    Contract,
    choice,
    country,
    device,
    event_time,
    flag,
    identifier,
    number,
    text,
)

CONTRACT = Contract(
    stage="bronze",
    name="watch_events",
    doc="One report that somebody watched something, as it came, by day of event_time.",
    columns=(
        identifier("event_id", "identity within the event's UTC day"),
        identifier("user_id", "who watched"),
        identifier("title_id", "what was watched"),
        *event_time("when the reported stretch of viewing began"),
        choice("action", ACTIONS, "what the player reported"),
        number(
            "watch_seconds", "time watched in this stretch", "s", nullable=True, ge=0, le=86_400
        ),
        number(
            "progress",
            "position in the title at the end of the stretch",
            "share of the runtime",
            nullable=True,
            ge=0,
            le=1,
        ),
        text("playback_id", "the source's own id for one playback", nullable=True),
        choice("kind", KINDS, "promo: trailers, hooks, teasers, recaps; kept, never counted"),
        device(),
        choice("quality", QUALITIES, "picture quality", nullable=True),
        country(),
        flag("is_download", "whether it was watched from a download"),
        number("rating", "what the viewer rated it in this event", "stars", nullable=True),
        *LINEAGE,
    ),
    key=("event_id",),
    order=("batch", "line"),
)
