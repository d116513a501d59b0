"""Who watches, who comes back and who stays away."""

from dash_app.markup import Html, fragment
from dash_app.page_request import DashboardPage, Visit
from dash_app.panels import cohorts, leaving
from dash_app.panels.active_people import active_people
from dash_app.panels.panel import all_drawn
from dash_app.panels.people import people, stickiness, viewers
from dash_app.panels.people_groups import OWN, people_groups, switch
from dash_app.panels.segments import segments
from dash_app.panels.weeks import lifecycle

OF_TIME = {
    "viewers": viewers,
    "stickiness": stickiness,
    "lifecycle": lifecycle,
    "segments": segments,
    "moved": active_people,
    "retention": cohorts.retention,
    "losses": leaving.losses,
    "lift": leaving.lift,
}
OF_GROUPS = {"people-groups": people_groups}
PANELS = OF_TIME | OF_GROUPS


def audience(visit: Visit) -> Html:
    """The page's content."""
    return fragment(
        people(visit),
        all_drawn(visit, OF_TIME, "of-time"),
        switch(visit),
        all_drawn(visit, OF_GROUPS),
    )


PAGE = DashboardPage(
    "/audience",
    "Audience",
    audience,
    takes=frozenset({"period", "compare"}),
    own=(OWN, cohorts.OWN, leaving.OWN),
    panels=PANELS,
)
