"""How people find what they watch: what they search for, and what is recommended to them."""

from collections.abc import Callable
from functools import partial

from dash_app import formats
from dash_app.markup import Html, element, fragment
from dash_app.page_request import DashboardPage, Visit
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

SPLITS = {SEARCHES.name: ("country", "device"), RECOMMENDATIONS.name: ("algorithm", "device")}
"""By what each kind is told apart."""


def panels(kind: InteractionPanel) -> dict[str, Callable[[Visit], Panel]]:
    """The panels of a kind, by name."""
    return {
        f"{kind.name}-clicks": partial(share, kind=kind),
        f"{kind.name}-volume": partial(volume, kind=kind),
        **{f"{kind.name}-{by}": partial(groups, kind=kind, by=by) for by in SPLITS[kind.name]},
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
    own=RECOMMENDATIONS.own,
    of_plays=False,
    days="interactions",
    panels=PANELS,
)
