"""Another title beside the one of a page: those watched most to choose from, and a search."""

from dash_app import labels
from dash_app.markup import Html, element
from dash_app.page_request import Visit
from dash_app.panels.controls import searching
from netflix_pipeline.serving import LONGEST
from netflix_pipeline.serving.questions.series import SeriesQuestion
from netflix_pipeline.serving.questions.titles import TitleFilters, TitlesQuestion

FIND = "find"
"""The name in an address of what is searched for."""
FOUND = 6
"""Titles that are offered at once."""


def titles_beside(visit: Visit, called: str) -> Html:
    """The section that puts another title beside the one of the page, which is called so."""
    searched, here = visit.own(FIND), visit.filters
    offered = _found(visit, searched) if searched else _most_played(visit)
    links = [
        element(
            "a",
            labels.title(title_id, name),
            href=visit.link(visit.filters.beside("title", title_id).with_own(**{FIND: None})),
            aria_current="true" if visit.filters.beside("title", title_id) == here else None,
        )
        for title_id, name in offered.items()
    ]
    label = f"{called} against"
    nothing = element("p", f"No other title has “{searched}” in its name.", class_="note")
    return element(
        "section",
        element("h2", "Side by side", class_="unseen"),
        searching(visit, "Another title beside it", longest=LONGEST, name=FIND),
        element(
            "div",
            element("span", "Beside it", aria_hidden="true"),
            links,
            role="group",
            aria_label=label,
            class_="segments against",
        )
        if links
        else nothing,
        aria_label="Side by side",
        class_="titles-beside",
    )


def _found(visit: Visit, search: str) -> dict[str, str | None]:
    """Names by id of the titles that are found by a part of theirs, most hours so far first."""
    asked = TitlesQuestion(TitleFilters(search=search), sort="hours_viewed", limit=FOUND + 1)
    named = {title.title_id: title.title for title in visit.source.ask(asked).data}
    return _others(visit, named)


def _most_played(visit: Visit) -> dict[str, str | None]:
    """Names by id of the series and films with most plays in the period."""
    asked = SeriesQuestion(
        "plays", visit.period, granularity="whole", split_by="series", top=FOUND + 1, rest=False
    )  # by days of UTC, which are at hand: it is only an offer
    lines = visit.source.ask(asked).data.lines
    return _others(visit, {line.group: line.name for line in lines if line.group})


def _others(visit: Visit, named: dict[str, str | None]) -> dict[str, str | None]:
    others = [title_id for title_id in named if title_id != visit.title_id]
    return {title_id: named[title_id] for title_id in others[:FOUND]}
