"""What bars and forms of several pages are made of: links to choose from, fields, what is kept."""

from collections.abc import Collection, Mapping

from dash_app.filters import TITLE_LEVELS, ViewState
from dash_app.markup import Html, Node, element
from dash_app.page_request import Visit
from dash_app.panels.day_field import day_field
from netflix_pipeline.serving import LONGEST, Period
from netflix_pipeline.serving.query.periods import FIRST_DAYS

SEEN_AT_ONCE = 8
"""Values of a list among which none has to be found by its name."""


def searching(visit: Visit, label: str, longest: int, name: str = "search") -> Html:
    """The form that searches a page by its own `search`, keeping the rest of its address.

    It is `label` to readers; a search may have so many characters. A page of another search has
    another `name` for it.
    """
    return element(
        "form",
        element(
            "label",
            element("span", label, class_="unseen"),
            element(
                "input",
                type="search",
                name=name,
                value=visit.own(name) or "",
                placeholder=label,
                maxlength=longest,
                autocomplete="off",
            ),
        ),
        kept(visit.filters.with_own(**{name: None, "cursor": None})),
        element("button", "Search", type="submit"),
        action=visit.path,
        method="get",
        role="search",
        class_="search",
    )


def levels(visit: Visit) -> Html:
    """What the rows of a list of titles are: links to each of them."""
    links = []
    for level, label in TITLE_LEVELS.items():
        filters = visit.filters.at_level(level).with_own(cursor=None)
        links.append(option_link(visit.link(filters), label, visit.filters.level == level))
    return element("div", links, role="group", aria_label="Level", class_="segments levels")


def option_link(href: str, label: str, chosen: bool) -> Html:
    """One of several to choose from, as the link to it."""
    return element("a", label, href=href, aria_current="true" if chosen else None)


def period_ends(
    visit: Visit, period: Period, called: Mapping[str, str], form: str | None = None
) -> list[Html]:
    """The fields of both ends of a period, whose names are `called` so; of a `form` elsewhere."""
    return [
        day_field(
            label,
            name,
            day,
            first=visit.dated.data_from,
            last=visit.dated.data_to,
            week_start=FIRST_DAYS[visit.week_start],
            form=form,
        )
        for (name, label), day in zip(called.items(), (period.from_, period.to), strict=True)
    ]


def finder(label: str) -> Html:
    """What finds values of a list by a part of their names, where scripts run."""
    return element(
        "input",
        type="search",
        placeholder="Find",
        aria_label=f"Find in {label}",
        maxlength=LONGEST,
        autocomplete="off",
        data_find=True,
    )


def labelled(label: str, name: str, options: list[Html], chosen: bool) -> Html:
    """A list to choose from, below its label."""
    return element(
        "label",
        element("span", label),
        element("select", options, name=name, autocomplete="off"),
        class_="list chosen" if chosen else "list",
    )


def kept(filters: ViewState, but: Collection[str] = ()) -> list[Node]:
    """What a form does not ask for stays as it is."""
    return [
        element("input", type="hidden", name=name, value=value)
        for name, value in filters.pairs()
        if name not in but
    ]
