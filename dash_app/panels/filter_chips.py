"""What is chosen, as chips: each is the link that takes it away."""

from dash_app import formats
from dash_app.filters import NARROWINGS
from dash_app.markup import Html, Node, element
from dash_app.page_request import Visit
from dash_app.panels import comparing
from netflix_pipeline.serving import Choice

UNUSED = " – not used on this page"


def filter_chips(visit: Visit) -> Html | None:
    """All that is chosen; None where nothing is."""
    filters = visit.filters
    given = filters.narrowing.given
    chips = [
        _chip(visit, name, choice, value)
        for name, choice in given.items()
        for value in sorted(choice.values, key=formats.natural)
    ]
    usual = filters.over(visit.page.usual).with_own(cursor=None)
    if filters.custom and "period" in visit.page.takes:
        days = formats.period(filters.custom)
        chips.append(_removed("Days: ", days, visit.link(usual), "chip"))
    if filters.zone:
        unused = "tz" not in visit.page.takes
        chips.append(
            _removed(
                "Time zone: ",
                [filters.zone, element("span", UNUSED) if unused else None],
                visit.link(filters.in_zone(None).with_own(cursor=None)),
                "chip unused" if unused else "chip",
            )
        )
    if beside := comparing.chosen(visit):
        unused = "compare" not in visit.page.takes or visit.comparison == "none"
        told = [beside, element("span", UNUSED) if unused else None]
        href = visit.link(filters.beside(None))
        chips.append(_removed("Beside: ", told, href, "chip unused" if unused else "chip"))
    if len(chips) > 1:
        nothing = (usual if filters.custom else filters).in_zone(None)
        nothing = nothing.beside(None) if beside else nothing
        for name in given:
            nothing = nothing.narrowed(name, None)
        chips.append(element("a", "Remove all", href=visit.link(nothing)))
    if not chips:
        return None
    items = [element("li", chip) for chip in chips]
    return element("ul", items, aria_label="Active filters", class_="chips")


def _chip(visit: Visit, name: str, choice: Choice, value: str) -> Html:
    """One value of a filter, as the link that takes it away."""
    unused = name in visit.without_effect
    told = [
        element("span", "not ", class_="of") if choice.negated else None,
        comparing.named(visit, name, value),
        element("span", UNUSED) if unused else None,
    ]
    href = visit.without(name, value)
    return _removed(f"{NARROWINGS[name]}: ", told, href, "chip unused" if unused else "chip")


def _removed(of: str, told: Node, href: str, class_: str) -> Html:
    """Something that is chosen, as the link that takes it away."""
    return element(
        "a",
        element("span", of, class_="of"),
        told,
        element("span", "×", aria_hidden="true", class_="cross"),
        element("span", ", remove this filter", class_="unseen"),
        href=href,
        class_=class_,
    )
