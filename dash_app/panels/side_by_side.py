"""The menu that puts something else beside what is shown: a filter's value, or other days."""

from functools import lru_cache

from dash_app.filters import NARROWINGS, OTHER_DAYS
from dash_app.markup import Html, element, fragment
from dash_app.page_request import Visit
from dash_app.panels import comparing
from dash_app.panels.controls import finder, kept, option_link, period_ends
from dash_app.panels.filter_values import KEPT, LISTED, Values, values_of
from netflix_pipeline.contracts.dimensions import WEEKDAY
from netflix_pipeline.serving.query.comparisons import chosen_days

BESIDE, OF_DAYS = "beside", "beside-days"
"""The forms of the menu: of a filter's value, and of other days."""


def beside_menu(visit: Visit) -> Html:
    """The menu of what else can stand beside what is shown: values of filters, and other days."""
    page, chosen = visit.page, comparing.chosen(visit)
    takes = frozenset[str]() if page.by_days else page.takes - page.takes_one
    compare = visit.filters.compare
    values = [
        _radios(name, told, compare if compare.startswith(f"{name}:") else None)
        for name in LISTED
        if name in takes and (told := values_of(visit, name))
    ]
    return element(
        "details",
        element("summary", element("span", "Side by side"), element("strong", chosen or "Nothing")),
        element(
            "div",
            _weekend(visit) if WEEKDAY in takes else None,
            finder("values") if values else None,
            element("fieldset", element("legend", "these and the same of", class_="unseen"), values)
            if values
            else None,
            element("button", "Show", type="submit", form=BESIDE) if values else None,
            _days_beside(visit),
            class_="options",
        ),
        name="filter",
        class_="list several chosen" if chosen else "list several",
    )


@lru_cache(KEPT)
def _radios(name: str, values: Values, compare: str | None) -> Html:
    """A button for each value of a filter; many views have the same."""
    return fragment(
        *(
            element(
                "label",
                element(
                    "input",
                    type="radio",
                    name="compare",
                    value=f"{name}:{value}",
                    checked=compare == f"{name}:{value}",
                    form=BESIDE,
                ),
                element("span", text),
                element("span", NARROWINGS[name], class_="plays"),
            )
            for value, text, _ in values
        )
    )


def _weekend(visit: Visit) -> Html:
    """The link to the weekend beside the other days of the week."""
    href, now = comparing.weekend(visit)
    return element("div", option_link(href, "Weekend beside weekdays", now), class_="segments")


def _days_beside(visit: Visit) -> Html:
    """The fields of other days, and their button."""
    days = chosen_days(visit.filters.compare) or visit.earlier or visit.period
    called = dict(zip(OTHER_DAYS, ("Days from", "days to"), strict=True))
    return element(
        "div",
        period_ends(visit, days, called, form=OF_DAYS),
        element("button", "Show these days", type="submit", form=OF_DAYS, class_="button"),
        class_="dates other-days",
    )


def beside_forms(visit: Visit) -> list[Html]:
    """The forms of that menu, of which the fields stand in it."""
    rest = kept(visit.filters, {"compare"})
    labels_of = {BESIDE: "Side by side", OF_DAYS: "Beside other days"}
    return [
        element(
            "form",
            rest,
            id=name,
            action=visit.path,
            method="get",
            aria_label=label,
            data_auto=name == BESIDE,
        )
        for name, label in labels_of.items()
    ]
