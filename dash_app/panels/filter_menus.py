"""The menus of the filter bar: values of each filter, what to compare with, the time zone.

The form of lists sends itself when something is chosen and scripts run, which also find values by
their names; without them it has a button.
"""

from functools import lru_cache

from dash_app import formats
from dash_app.filters import COMPARISONS, NARROWINGS
from dash_app.markup import Html, element, fragment
from dash_app.page_request import Visit
from dash_app.panels import comparing
from dash_app.panels.controls import SEEN_AT_ONCE, finder, kept, labelled, option_link
from dash_app.panels.filter_values import KEPT, LISTED, Values, values_of
from dash_app.panels.side_by_side import beside_menu
from netflix_pipeline.contracts.dimensions import TIMES
from netflix_pipeline.serving import LONGEST, NOT, Choice
from netflix_pipeline.time_zones import UTC

ZONES, NO_ZONE = "zones", "no-zone"
"""Ids of the list of time zones, and of what is said where there is none of a name."""


def filter_lists(visit: Visit) -> Html | None:
    """The form of all menus that the page takes; None where it takes none."""
    takes = visit.page.takes
    lists = [
        _one(visit, name) if name in visit.page.takes_one else _several(visit, name)
        for name in LISTED
        if name in takes
    ]
    if "compare" in takes:
        lists += [_comparisons(visit), beside_menu(visit)]
    if "tz" in takes:
        lists.append(_zones(visit))
    if not lists:
        return None
    shown = {each for name in LISTED if name in takes for each in (name, NOT + name)}
    shown |= takes & {"compare", "tz"}
    return element(
        "form",
        lists,
        kept(visit.filters, shown),
        element("button", "Show", type="submit"),
        action=visit.path,
        method="get",
        aria_label="Narrow down",
        data_auto=True,
        class_="lists",
    )


def _one(visit: Visit, name: str) -> Html:
    """A list of which one value is chosen, or all."""
    choice = visit.narrowing.given.get(name)
    chosen = choice.values if choice else ()
    options = [
        element("option", text, value=value, selected=value in chosen)
        for value, text, _ in values_of(visit, name)
    ]
    everything = element("option", "All", value="")
    return labelled(NARROWINGS[name], name, [everything, *options], bool(choice))


def _several(visit: Visit, name: str) -> Html:
    """A list of which several values are chosen, or left out; beside each, its plays so far."""
    label, values = NARROWINGS[name], values_of(visit, name)
    choice = visit.narrowing.given.get(name)
    chosen = choice.values if choice else ()
    parameter = choice.parameter(name) if choice else name
    words = [text for value, text, _ in values if value in chosen]
    told = formats.chosen(words, negated=bool(choice and choice.negated)) if words else "All"
    by_utc = " of UTC" if name in TIMES and visit.zone != UTC else ""
    return element(
        "details",
        element("summary", element("span", label), element("strong", told)),
        element(
            "div",
            _ways(visit, name, label, choice) if choice else None,
            finder(label) if len(values) > SEEN_AT_ONCE else None,
            element(
                "fieldset",
                element(
                    "legend",
                    element("span", f"{label}, ", class_="unseen"),
                    f"plays of all days{by_utc}",
                ),
                _boxes(parameter, values, chosen),
            ),
            class_="options",
        ),
        name="filter",
        class_="list several chosen" if choice else "list several",
    )


@lru_cache(KEPT)
def _boxes(parameter: str, values: Values, chosen: tuple[str, ...]) -> Html:
    """A box for each value, named by the `parameter` of an address; many views have the same."""
    return fragment(
        *(
            element(
                "label",
                element(
                    "input", type="checkbox", name=parameter, value=value, checked=value in chosen
                ),
                element("span", text),
                element("span", plays, class_="plays"),
            )
            for value, text, plays in values
        )
    )


def _ways(visit: Visit, name: str, label: str, choice: Choice) -> Html:
    """Whether what is chosen is asked for or left out: links to both."""
    links = [
        option_link(
            visit.narrowed(name, choice.model_copy(update={"negated": negated})),
            text,
            choice.negated == negated,
        )
        for negated, text in ((False, "Only these"), (True, "All but these"))
    ]
    return element("div", links, role="group", aria_label=f"{label}: which", class_="segments")


def _comparisons(visit: Visit) -> Html:
    options = []
    for name, label in COMPARISONS.items():
        days = visit.compared_with(name)
        text = formats.period(days) if days else "not in the data"
        options.append(
            element(
                "option",
                label if name == "none" else f"{label}: {text}",
                value=name,
                selected=name == visit.filters.compare,
            )
        )
    if other := comparing.chosen(visit):
        options.append(element("option", other, value=visit.filters.compare, selected=True))
    return labelled("Compare with", "compare", options, False)


def _zones(visit: Visit) -> Html:
    """The field for a time zone, which offers all; left empty it is the home's.

    What is no zone stays in it, with the names that are near to it below.
    """
    no_zone = visit.filters.no_zone
    wrong = no_zone[0] if no_zone else None
    field = element(
        "label",
        element("span", "Time zone"),
        element(
            "input",
            type="text",
            name="tz",
            value=wrong or visit.filters.zone or "",
            placeholder=visit.usual_zone,
            list=ZONES,
            maxlength=LONGEST,
            autocomplete="off",
            spellcheck="false",
            aria_invalid="true" if wrong else None,
            aria_describedby=NO_ZONE if wrong else None,
        ),
        class_="list chosen" if visit.filters.zone or wrong else "list",
    )
    first = dict.fromkeys((visit.usual_zone, UTC))
    offered = [element("option", value=name) for name in first]
    return fragment(
        field,
        # Behind these view.js writes all that the browser knows.
        element("datalist", offered, id=ZONES, data_keep=True),
        _no_zone(visit, *no_zone) if no_zone else None,
    )


def _no_zone(visit: Visit, wrong: str, *near: str) -> Html:
    """That there is no such time zone, and links to those that may be meant."""
    meant = [
        [", " if at else " Near to that: ", element("a", name, href=_in_zone(visit, name))]
        for at, name in enumerate(near)
    ]
    return element(
        "p",
        f"There is no time zone “{wrong}”.",
        meant or " Write the name of one, such as Europe/Berlin, or of a city.",
        id=NO_ZONE,
        role="alert",
        class_="notice",
    )


def _in_zone(visit: Visit, name: str) -> str:
    return visit.link(visit.filters.in_zone(name).with_own(cursor=None))
