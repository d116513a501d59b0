"""What is happening now: the last hour, which changes as events come in."""

from collections.abc import Callable
from functools import partial

from dash_app import formats
from dash_app.live_window import CatchingUp
from dash_app.markup import Html, element, fragment
from dash_app.page_request import DashboardPage, Visit
from dash_app.panels import live_hour, message
from dash_app.panels.cards import at_a_glance, number, plain_card
from dash_app.panels.panel import Panel, drawn
from netflix_pipeline.receiving.live_answers import Live
from netflix_pipeline.serving import NoSnapshot, NotFound, title_names

PANELS: dict[str, Callable[[Visit, Live], Panel]] = {
    "events": live_hour.events,
    "viewers": live_hour.viewers,
    "titles": live_hour.titles,
    "device": live_hour.shares("device", "Devices", lambda live: live.by_device),
    "country": live_hour.shares("country", "Countries", lambda live: live.by_country),
    "newest": live_hour.newest,
    "delay": live_hour.delay,
}


def ask(visit: Visit) -> Live | CatchingUp:
    """The last hour, with the names of its titles as far as something is published."""
    live = visit.happening
    if isinstance(live, CatchingUp):
        return live
    try:
        return live.named(title_names(visit.source.current(), live.title_ids()))
    except NoSnapshot:
        return live


APPROXIMATE = {
    "viewers": "More different people reported viewing than are told apart: the numbers of viewers "
    "are the least that they are.",
    "titles": "More different titles were watched within a minute than are told apart: those of "
    "most hours may miss some of them. Events and hours are exact.",
}


def panel(visit: Visit, name: str) -> Panel:
    """One panel of the page. Raises NotFound while there is nothing to tell."""
    live = ask(visit)
    if isinstance(live, CatchingUp):
        raise NotFound("nothing is known of the last hour yet: come again in a moment.")
    return PANELS[name](visit, live)


def now(visit: Visit) -> Html:
    """The page's content."""
    live = ask(visit)
    if isinstance(live, CatchingUp):
        if live.progress:
            return message.catching_up(live.progress)
        return message.no_events(visit, live.problem)
    quiet = not any(minute.events for minute in live.minutes)
    return fragment(
        element(
            "p",
            element("strong", f"As of {formats.clock_with_seconds(live.as_of)} UTC"),
            f" · {live_hour.WINDOW} · changes by itself",
            class_="told",
        ),
        [element("p", APPROXIMATE[what], class_="notice") for what in live.approximate],
        message.silence(visit) if quiet else None,
        _cards(live),
        element(
            "div",
            [drawn(made(visit, live), visit) for made in PANELS.values()],
            class_="panels now",
        ),
    )


def _cards(live: Live) -> Html:
    facts = [("As of", formats.second(live.as_of)), ("Counted", live_hour.WINDOW)]
    return at_a_glance(
        [
            plain_card(
                card.label,
                card.sentence,
                facts,
                number(card.name, formats.short(card.value), formats.number(card.value)),
                element("p", card.below, class_="change none"),
                card.trend,
            )
            for card in live_hour.glance(live)
        ]
    )


PAGE = DashboardPage(
    "/now",
    "Live",
    now,
    takes=frozenset(),
    live="events",
    of_plays=False,
    panels={name: partial(panel, name=name) for name in PANELS},
)
