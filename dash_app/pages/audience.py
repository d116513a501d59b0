"""Who watches, who comes back and who stays away."""

from dash_app.markup import Html, fragment
from dash_app.page_request import DashboardPage, Visit
from dash_app.panels.panel import all_drawn
from dash_app.panels.people import people, stickiness, viewers
from dash_app.panels.people_groups import OWN, people_groups, switch
from dash_app.panels.segments import segments
from dash_app.panels.weeks import lifecycle, retention

PANELS = {
    "viewers": viewers,
    "stickiness": stickiness,
    "lifecycle": lifecycle,
    "segments": segments,
    "people-groups": people_groups,
    "retention": retention,
}


def audience(visit: Visit) -> Html:
    """The page's content."""
    return fragment(people(visit), switch(visit), all_drawn(visit, PANELS))


PAGE = DashboardPage(
    "/audience",
    "Audience",
    audience,
    takes=frozenset({"period", "compare"}),
    own=(OWN,),
    panels=PANELS,
)
