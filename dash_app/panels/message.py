"""What stands in place of numbers when there are none: why, and what to do."""

from dash_app import formats
from dash_app.filters import DEFAULT_PERIOD
from dash_app.markup import Html, Node, element
from dash_app.page_request import Days, Visit


def nothing_yet() -> Html:
    """Nothing is published: the commands that change it."""
    return _message(
        "Nothing is published yet",
        "empty",
        element("p", "Take in viewing records and publish them; the numbers then appear here."),
        element(
            "pre",
            element("code", "netflix-pipeline ingest PATH…\nnetflix-pipeline materialize"),
            tabindex="0",
        ),
        element(
            "p",
            "Or see it with made-up data: ",
            element("code", "netflix-pipeline demo"),
        ),
        element("p", "Watching for the first snapshot", class_="waiting"),
    )


def nothing_of(days: Days) -> Html:
    """A snapshot is published, and nothing in it of what a page is about."""
    texts = {
        "plays": ("No plays in the data", "nothing in it was watched."),
        "interactions": (
            "No searches or recommendations in the data",
            "nothing in it was searched for or recommended.",
        ),
        "arrivals": ("Nothing has arrived", "no row was ever taken in."),
    }
    heading, why = texts[days]
    return _message(
        heading,
        "empty",
        element("p", f"A snapshot is published, but {why}"),
        element("p", "See what was taken in, and what was not:"),
        element(
            "pre",
            element("code", "netflix-pipeline status\nnetflix-pipeline quarantine list"),
            tabindex="0",
        ),
    )


def no_events(visit: Visit, problem: str | None) -> Html:
    """Nobody ever sent an event to this home, or the log of events cannot be read."""
    if problem:
        return _message(
            "Events cannot be read just now",
            "error",
            element("p", _sentence(problem)),
            element("p", "It is tried again and again", class_="waiting"),
        )
    return _message(
        "No event has come in yet",
        "empty",
        *_how_to_send(visit),
        element("p", "Watching for the first event", class_="waiting"),
    )


def silence(visit: Visit) -> Html:
    """No event came in during the last hour."""
    return _message("Nothing came in during the last hour", "empty", *_how_to_send(visit))


def catching_up(progress: str) -> Html:
    """The last hour of events is being read."""
    return _message(
        "The last hour is being read",
        "empty",
        element("p", _sentence(progress), class_="waiting"),
    )


def _how_to_send(visit: Visit) -> tuple[Html, Html]:
    event = (
        '{"type": "watch", "event_id": "try-\'$(date +%s)\'", "user_id": "u-1",\n'
        '  "title_id": "t-1", "event_time": "\'$(date -u +%FT%TZ)\'", "watch_seconds": 60}'
    )
    return (
        element(
            "p",
            "Players send events to the API; they are counted here the moment that they are on "
            "disk, by minute of receipt: reports of viewing, searches, recommendations and "
            "reviews, but no promos. Where the API asks for keys, one is sent along as ",
            element("code", "Authorization: Bearer nfx_…"),
            ".",
        ),
        element(
            "pre",
            element(
                "code",
                f"curl {visit.now.address} -H 'Content-Type: application/json' -d '{event}'",
            ),
            tabindex="0",
        ),
    )


def refused(reason: str, home: str, again: str | None) -> Html:
    """The address asks for what cannot be shown; `again` is the one that leaves that out."""
    return _message(
        "This cannot be shown",
        "error",
        element("p", _sentence(reason)),
        element(
            "p",
            element("a", "Show it without that", href=again, class_="button") if again else None,
            " " if again else None,
            element("a", "Show the last 28 days", href=home, class_="button"),
        ),
    )


def nothing_fits(visit: Visit) -> Html:
    """There is data, but none under the filters of this address: what to do."""
    given = visit.narrowing.given
    told = formats.filters(visit.narrowing.told)
    data = visit.info.days
    assert data is not None
    under = f" for {formats.narrowed(visit.narrowing.told)}" if given else ""
    outside = not data.meets(visit.period)
    ways = [
        element(
            "a",
            f"Without {called}: {values}",
            href=visit.narrowed(name, None),
            class_="button",
        )
        for name, (called, values) in zip(given, told, strict=True)
    ]
    if outside or not given:
        last = visit.link(visit.filters.over(DEFAULT_PERIOD))
        ways.insert(0, element("a", "The last 28 days", href=last, class_="button"))
    return _message(
        "Nothing fits these filters",
        "filtered",
        element("p", f"Nothing was watched {formats.during(visit.period)}{under}."),
        element("p", f"There is data of {formats.period(data)}.") if outside else None,
        element("p", ways, class_="ways"),
    )


def not_done(reason: str, back: str) -> Html:
    """What somebody wanted to change stays as it was."""
    return _message(
        "This was not done",
        "error",
        element("p", _sentence(reason)),
        element("p", element("a", "Go back", href=back, class_="button")),
    )


def not_yet(reason: str) -> Html:
    """What the page shows is not there by now."""
    return _message("This is not there yet", "error", element("p", _sentence(reason)))


def not_now(reason: str, again: str) -> Html:
    """What the page shows can be had, but not at this moment."""
    return _message(
        "Not at this moment",
        "error",
        element("p", _sentence(reason)),
        element("p", element("a", "Try again", href=again, class_="button")),
    )


def missing(path: str, reason: str | None = None) -> Html:
    """There is no such page, or not what it would be about."""
    return _message(
        "There is no such page",
        "error",
        element("p", "Nothing is at ", element("code", path), "."),
        element("p", _sentence(reason)) if reason else None,
        element("p", element("a", "Go to the overview", href="/", class_="button")),
    )


def failed(again: str) -> Html:
    """Something went wrong here; the log tells more."""
    return _message(
        "Something went wrong here",
        "error",
        element("p", "The numbers could not be read. The dashboard's log tells why."),
        element("p", element("a", "Try again", href=again, class_="button")),
    )


def _sentence(reason: str) -> str:
    return reason[:1].upper() + reason[1:]


def _message(heading: str, kind: str, *content: Node) -> Html:
    return element(
        "section",
        element("h2", heading),
        content,
        role="alert" if kind == "error" else None,
        class_=f"panel message {kind}",
    )
