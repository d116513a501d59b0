"""The form that searches a page by its own `search`, keeping the rest of its address."""

from dash_app.markup import Html, element
from dash_app.page_request import Visit


def searching(visit: Visit, label: str, longest: int) -> Html:
    """The form, which is `label` to readers; a search may have so many characters."""
    kept = visit.filters.with_own(search=None, cursor=None).pairs()
    return element(
        "form",
        element(
            "label",
            element("span", label, class_="unseen"),
            element(
                "input",
                type="search",
                name="search",
                value=visit.own("search") or "",
                placeholder=label,
                maxlength=longest,
                autocomplete="off",
            ),
        ),
        [element("input", type="hidden", name=name, value=value) for name, value in kept.items()],
        element("button", "Search", type="submit"),
        action=visit.path,
        method="get",
        role="search",
        class_="search",
    )
