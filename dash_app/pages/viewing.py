"""My viewing: how one person, or a household, watched, such as out of their own Netflix export."""

from collections.abc import Callable
from functools import partial

from dash_app import formats, labels
from dash_app.markup import Html, element, fragment
from dash_app.page_request import DashboardPage, Visit, days_of
from dash_app.panels import person_leaving, personal_activity, what_next
from dash_app.panels.cards import against, plain_card, shown
from dash_app.panels.panel import Panel, drawn
from dash_app.panels.person_picker import ChosenPerson, chooser, chosen_person, how_to_bring_yours
from dash_app.panels.personal_activity import HOURS, PLAYS, Told
from dash_app.panels.plays import EXPORTED, listed, unknown
from netflix_pipeline.serving import NotFound, Period
from netflix_pipeline.serving.questions.viewing import PersonalViewing

SHOWN = 20
"""Plays on the page."""

PANELS: dict[str, Callable[[Visit, Told, Told | None], Panel]] = {
    "trend": personal_activity.trend,
    "calendar": lambda visit, now, _: personal_activity.calendar(visit, now),
    "years": lambda visit, now, _: personal_activity.years(visit, now),
    "months": lambda visit, now, _: personal_activity.months(visit, now),
    "hours": lambda visit, now, _: personal_activity.hours(visit, now),
    "series": lambda visit, now, _: personal_activity.series(visit, now),
    "films": lambda visit, now, _: personal_activity.films(visit, now),
    "binges": lambda visit, now, _: personal_activity.binges(visit, now),
    "device": lambda visit, now, _: personal_activity.devices(visit, now),
    "people": lambda visit, now, _: personal_activity.people(visit, now),
}
OF_ONE: dict[str, Callable[[Visit, ChosenPerson], Panel]] = {
    "leaving": person_leaving.leaving,
    "begun": what_next.begun,
    "next": what_next.new,
}
"""What is expected of one person; of a household together nothing is."""
SHOWN_WHERE: dict[str, Callable[[PersonalViewing], object]] = {
    "years": lambda data: len(data.years) > 1,
    "months": lambda data: len(data.months) > 1 and data.measure == PLAYS,
    "hours": lambda data: data.plays_without_time < data.in_period.plays,
    "series": lambda data: data.series,
    "films": lambda data: data.films,
    "binges": lambda data: data.binges,
    "device": lambda data: any(one.device != "unknown" for one in data.devices),
    "people": lambda data: len(data.people) > 1,
}
"""Where panels have something to say that do not always."""


def requested(visit: Visit) -> Period | None:
    """The days in question; None for all that somebody has, however long ago they began."""
    return None if visit.filters.is_everything else visit.period


def ask(visit: Visit, who: ChosenPerson) -> tuple[Told, Told | None]:
    """The viewing in these days, and in those that they are compared with."""
    compared = visit.earlier if requested(visit) else None
    return who.viewing(visit, requested(visit)), who.viewing(visit, compared) if compared else None


def plays(visit: Visit, who: ChosenPerson, limit: int) -> Panel:
    """The panel of what was played, newest first."""
    answer = who.plays(visit, requested(visit), limit, visit.own("cursor"))
    hidden = unknown(answer.data) | {"country", "plan", "events"}
    if not who.is_household:
        hidden |= {"user_id"}
    heading = labels.metric(PLAYS).label
    return listed(visit, answer, heading, "Newest first; a title leads to its page.", hidden)


def panel(visit: Visit, name: str) -> Panel:
    """One panel of the page, for taking it along. Raises NotFound."""
    who = chosen_person(visit)
    if who is None:
        raise NotFound("choose whose viewing it is: a person, or a household.")
    if name == "plays":
        return plays(visit, who, EXPORTED)
    if name in OF_ONE:
        return OF_ONE[name](visit, who)
    now, before = ask(visit, who)
    if now.period is None:
        raise NotFound(f"{who.name} never played anything.")
    return PANELS[name](visit, now, before)


def viewing(visit: Visit) -> Html:
    """The page's content."""
    who = chosen_person(visit)
    choosing = chooser(visit, who)
    if who is None:
        return fragment(choosing, None if visit.own("search") else how_to_bring_yours())
    now, before = ask(visit, who)
    if not now.data.in_period.plays:
        return fragment(choosing, _facts(visit, who, now), _nothing(visit, who, now))
    names = [name for name in PANELS if name not in SHOWN_WHERE or SHOWN_WHERE[name](now.data)]
    panels = [drawn(PANELS[name](visit, now, before), visit) for name in names]
    if not who.is_household:
        panels += [drawn(told(visit, who), visit) for told in OF_ONE.values()]
    return fragment(
        choosing,
        _facts(visit, who, now),
        _cards(now, before),
        element("div", panels, drawn(plays(visit, who, SHOWN), visit), class_="panels of-person"),
    )


def _facts(visit: Visit, who: ChosenPerson, now: Told) -> Html:
    """Who it is, since when they watch, and the years that can be chosen."""
    data = now.data
    household, slash, profile = who.name.partition("/")
    name = who.name
    if slash and not who.is_household:
        name = profile if profile == household else f"{profile}, of {household}"
    text = "Nothing was ever watched."
    if data.first_day and data.last_day:
        span = Period(from_=data.first_day, to=data.last_day)
        text = f"Watched from {formats.day(span.from_)} to {formats.day(span.to)}."
        if span.days == 1:
            text = f"Watched {formats.during(span)}."
    years = [
        element(
            "a",
            str(year.year),
            href=visit.of_days(personal_activity.of_year(year.year)),
            aria_current="true"
            if visit.filters.custom == personal_activity.of_year(year.year)
            else None,
        )
        for year in data.years
        if year.plays
    ]
    return element(
        "section",
        element("h2", f"Household {name}" if who.is_household else name),
        element("p", text),
        element("nav", years, aria_label="Years", class_="years") if len(years) > 1 else None,
        element(
            "button",
            "Save as a picture",
            type="button",
            data_picture=f"viewing-{visit.period.from_}-{visit.period.to}",
            class_="button",
        ),
        aria_label="Whose",
        class_="title-facts",
    )


def _nothing(visit: Visit, who: ChosenPerson, now: Told) -> Html:
    """There is nobody's viewing in these days: where there is some."""
    everything = visit.link(visit.filters.over("all"))
    return element(
        "section",
        element("h2", "Nothing was watched in these days"),
        element("p", f"{who.name} watched nothing {formats.during(visit.period)}."),
        element("p", element("a", "Show all days", href=everything, class_="button"), class_="ways")
        if now.data.first_day
        else None,
        class_="panel message filtered",
    )


def _cards(now: Told, before: Told | None) -> Html:
    total, period = now.data.in_period, days_of(now)
    longest = now.data.binges[0] if now.data.binges else None

    def measured(name: str) -> tuple[str, str, Html, str]:
        by, value = labels.metric(name), getattr(total, name)
        was = getattr(before.data.in_period, name) if before else None
        change = against(by.unit, value, was, before.period if before else None)
        return by.label, formats.value_in(by.unit, value), change, by.sentence

    played = (
        measured(PLAYS),
        (
            "Films and series",
            formats.number(total.titles),
            None,
            "Different films and series; all episodes of a series are one.",
        ),
        (
            "Days watched",
            formats.number(total.active_days),
            _told(f"of {formats.days(period.days)}"),
            "Days of UTC on which at least one play began.",
        ),
    )
    episodes = (
        "Episodes",
        formats.number(total.episodes_played),
        None,
        "Different episodes of series; one that is played again is counted once.",
    )
    sittings = (
        (
            "Longest binge",
            formats.minutes(60 * longest.hours_viewed) if longest else formats.UNKNOWN,
            _told(
                labels.title(longest.series_id, longest.series)
                if longest
                else "no binge in these days"
            ),
            "The sitting with most time watched of those with three episodes of a series.",
        ),
        (
            labels.metric("avg_sitting_minutes").label,
            formats.minutes(total.avg_sitting_minutes),
            _told(f"mean of {formats.counted(total.sittings, 'sitting')}"),
            labels.metric("avg_sitting_minutes").sentence,
        ),
    )
    first = (
        "First day",
        formats.day(total.first_day) if total.first_day else formats.UNKNOWN,
        _told(f"last {formats.day(total.last_day)}" if total.last_day else ""),
        "The first day of the period on which something was played.",
    )
    # Of plays without time and duration there are no hours and no sittings.
    cards = (
        (*played, episodes, first)
        if now.data.measure == PLAYS
        else (measured(HOURS), *played, *sittings, first)
    )
    frame = [("Period", formats.period(period)), ("As of", formats.moment(now.snapshot.as_of))]
    made = [
        plain_card(label, sentence, frame, shown(value), more)
        for label, value, more, sentence in cards
    ]
    return element(
        "section", element("div", made, class_="cards fitting"), aria_label="At a glance"
    )


def _told(text: str) -> Html:
    return element("p", text, class_="change none")


PAGE = DashboardPage(
    "/viewing",
    "My viewing",
    viewing,
    takes=frozenset({"period", "compare"}),
    own=("person", "household", "search", "cursor"),
    of_plays=False,
    usual="all",
    panels={name: partial(panel, name=name) for name in (*PANELS, *OF_ONE, "plays")},
)
