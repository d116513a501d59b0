"""How people find what they watch: what they search for, and what is recommended to them."""

from collections.abc import Callable
from functools import partial

from dash_app import formats
from dash_app.markup import Html, element, fragment
from dash_app.page_request import DashboardPage, Visit
from dash_app.panels.contributions import MovedPanel, moved
from dash_app.panels.interactions import (
    RECOMMENDATIONS,
    SEARCHES,
    InteractionPanel,
    cards,
    groups,
    share,
    volume,
)
from dash_app.panels.panel import Panel, all_drawn
from dash_app.panels.search_terms import SHOWN, search_terms
from netflix_pipeline.serving import Filters
from netflix_pipeline.serving.questions.interactions import RecommendationFilters

SPLITS = {SEARCHES.name: ("country", "device"), RECOMMENDATIONS.name: ("algorithm", "device")}
"""By what each kind is told apart."""
ROWS_OF = ("not_found", "without_click")
"""The metrics of searches that have rows of their own."""


MOVED = {
    SEARCHES.name: MovedPanel(
        "search-moved",
        "search_moved",
        "search_why",
        "search_success",
        ("searches", "not_found", "without_click"),
        lambda visit: Filters(**SEARCHES.given(visit)),
        lambda visit, metric: SEARCHES.behind(visit, of=metric if metric in ROWS_OF else None),
    ),
    RECOMMENDATIONS.name: MovedPanel(
        "recommendation-moved",
        "recommendation_moved",
        "recommendation_why",
        "recommendation_ctr",
        ("recommendations",),
        lambda visit: RecommendationFilters(**RECOMMENDATIONS.given(visit)),
        lambda visit, _: RECOMMENDATIONS.behind(visit),
    ),
}
"""What moved the share of each kind that was clicked, or how many there were."""


def panels(kind: InteractionPanel) -> dict[str, Callable[[Visit], Panel]]:
    """The panels of a kind, by name."""
    return {
        f"{kind.name}-clicks": partial(share, kind=kind),
        f"{kind.name}-volume": partial(volume, kind=kind),
        **{f"{kind.name}-{by}": partial(groups, kind=kind, by=by) for by in SPLITS[kind.name]},
        MOVED[kind.name].name: partial(moved, panel=MOVED[kind.name]),
    }


TERMS = "search-terms"
PANELS = panels(SEARCHES) | {TERMS: search_terms} | panels(RECOMMENDATIONS)


def discovery(visit: Visit) -> Html:
    """The page's content."""
    shown = {
        SEARCHES: panels(SEARCHES) | {TERMS: partial(search_terms, limit=SHOWN)},
        RECOMMENDATIONS: panels(RECOMMENDATIONS),
    }
    return fragment(
        *(
            [
                _chosen(visit, kind),
                cards(visit, kind),
                all_drawn(visit, made, "side-by-side"),
            ]
            for kind, made in shown.items()
        )
    )


def _chosen(visit: Visit, kind: InteractionPanel) -> Html | None:
    """What a kind alone is narrowed to, and how to take that away."""
    chips = [
        element(
            "li",
            element(
                "a",
                element("span", f"{kind.label(kind.whole)} by {name}: ", class_="of"),
                formats.dimension(name, value),
                element("span", "×", aria_hidden="true", class_="cross"),
                element("span", ", remove this filter", class_="unseen"),
                href=visit.link(visit.filters.with_own(**{name: None})),
                class_="chip",
            ),
        )
        for name in kind.own
        if (value := visit.own(name))
    ]
    label = f"Filters of {kind.label(kind.whole).lower()}"
    return element("ul", chips, aria_label=label, class_="chips") if chips else None


PAGE = DashboardPage(
    "/discovery",
    "Discovery",
    discovery,
    takes=frozenset({"period", "compare", "country", "device"}),
    own=(*RECOMMENDATIONS.own, *(name for each in MOVED.values() for name in (each.by, each.of))),
    of_plays=False,
    days="interactions",
    panels=PANELS,
)
