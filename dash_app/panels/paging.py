"""Links through a long table, page by page."""

from typing import Any

from dash_app.markup import Html, element
from dash_app.page_request import Visit
from netflix_pipeline.serving import Page


def paging(visit: Visit, answer: Page[Any]) -> Html | None:
    """Links to the first page and to the following one; None where this is all.

    The page takes a `cursor` in its address.
    """
    begun, following = visit.own("cursor"), answer.next
    if not begun and not following:
        return None
    first = visit.link(visit.filters.with_own(cursor=None))
    then = visit.link(visit.filters.with_own(cursor=following))
    return element(
        "nav",
        element("a", "Back to the first", href=first) if begun else None,
        element("a", "Next page", href=then, rel="next") if following else None,
        aria_label="Pages of the table",
        class_="pages",
    )
