"""One title, or one series: how it was watched, when, by whom, and how far."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial

from dash_app import formats, labels
from dash_app.filters import CHOICES
from dash_app.markup import Html, element, fragment
from dash_app.page_request import TITLE, DashboardPage, Visit, days_of
from dash_app.panels import launch_curves, launches
from dash_app.panels.breakdown import Group, divided, of_all, told_apart
from dash_app.panels.cards import (
    LEFT_OUT,
    against,
    at_a_glance,
    card,
    change_a_day,
    rests_on,
    undecided,
    unknown,
)
from dash_app.panels.comparing import then
from dash_app.panels.contributions import BY, OF, moved
from dash_app.panels.drop_off import drop_off
from dash_app.panels.panel import Panel, all_drawn
from dash_app.panels.title_comparison import FIND, titles_beside
from dash_app.panels.trend import Course, course_of, over_time
from dash_app.panels.what_next import similar
from netflix_pipeline.contracts.dimensions import FACTS, LEVELS, told_by
from netflix_pipeline.serving import Answer, Split, launch_day, title_names
from netflix_pipeline.serving.questions.title import TitleDetail, TitleQuestion

Told = Answer[TitleDetail]
CARDS = ("hours_viewed", "viewers", "views", "plays", "completion_rate")
SAMPLES = {
    "hours_viewed": "plays",
    "viewers": "starters",
    "views": "plays",
    "plays": "starters",
    "completion_rate": "starters",
}
"""The count that each number rests on."""


def subject(visit: Visit) -> str:
    """The id in the address of a title's or a series' page."""
    assert visit.title_id
    return visit.title_id


def ask(visit: Visit) -> Told:
    """All that is told of the title in the period of the visit."""
    question = TitleQuestion(subject(visit), visit.period, visit.narrowing, visit.zone)
    return visit.source.ask(question)


def both(visit: Visit) -> tuple[Told, Told | None]:
    """The same, and of what it is compared with."""
    return ask(visit), ask(visit.other) if visit.other else None


def trend(visit: Visit, now: Told, before: Told | None) -> Panel:
    """The page's measure by day."""
    by = visit.filters.by
    earlier = _daily(before, by) if before else None
    told = course_of(by, _daily(now, by), earlier, visit.compared, lets_in=visit.lets_in)
    return over_time(visit, told, visit.notes, expects=True)


def _daily(answer: Told, by: str) -> Course:
    known = {day.day: getattr(day, by) for day in answer.data.days}
    days = [known.get(day) for day in days_of(answer).each]
    return Course(answer, getattr(answer.data.in_period, by), days)


def mix(visit: Visit, by: Split, groups: str, now: Told, before: Told | None) -> Panel:
    """The page's measure by country or device, whose `groups` the answers have."""
    measure = visit.filters.by
    others, chosen = of_all(visit, by)
    if others is not visit:
        now, before = both(others)
    earlier: dict[str, float] | None = None
    if before:
        earlier = {each.name: getattr(each, measure) for each in getattr(before.data, groups)}
    known = [
        Group(
            formats.dimension(by, group.name),
            group.name,
            getattr(group, measure),
            None if earlier is None else earlier.get(group.name, 0),
        )
        for group in getattr(now.data, groups)
        if getattr(group, measure)
    ]
    shown = told_apart(
        known,
        measure,
        whole_before=getattr(before.data.in_period, measure) if before else None,
        among=chosen,
    )
    return divided(
        visit,
        now.model_copy(update={"metrics": (measure,)}),
        by,
        shown,
        number=len(known),
        compared=before is not None,
        chosen=chosen,
    )


PANELS: dict[str, Callable[[Visit, Told, Told | None], Panel]] = {
    "trend": trend,
    "moved": lambda visit, *_: moved(visit),
    "drop-off": lambda visit, now, _: drop_off(visit, now),
    "country": lambda visit, now, before: mix(visit, "country", "countries", now, before),
    "device": lambda visit, now, before: mix(visit, "device", "devices", now, before),
}
OF_LAUNCH: dict[str, Callable[[Visit], Panel]] = {
    "launch": launches.launch,
    "launch-curves": launch_curves.launch_curves,
    "earlier-launches": launches.earlier_launches,
    "watched-next": launches.watched_next,
}
"""What is told of a title of which the launch is in the data."""
OF_PEOPLE: dict[str, Callable[[Visit], Panel]] = {"similar": similar}
"""What is told of the people of a title, whatever period and filters."""


def panel(visit: Visit, name: str) -> Panel:
    """One panel of the page."""
    return PANELS[name](replace(visit, subject={"title": subject(visit)}), *both(visit))


def title(visit: Visit) -> Html:
    """The page's content."""
    panels = {name: PAGE.panels[name] for name in PANELS}
    return fragment(
        above(visit),
        all_drawn(visit, panels, "of-title"),
        launched(visit),
        all_drawn(visit, OF_PEOPLE, "of-launch"),
    )


def launched(visit: Visit) -> Html | None:
    """The panels of a launch that is in the data."""
    return all_drawn(visit, OF_LAUNCH, "of-launch") if launches.ask(visit).data.windows else None


def above(visit: Visit) -> Html:
    """What stands above the panels of a title or a series: what it is, and its cards."""
    now, before = both(visit)
    beside = titles_beside(visit, called(visit))
    return fragment(_facts(visit, now.data), beside, _cards(visit, now, before))


def called(visit: Visit) -> str:
    """What the title is called; its id, where nobody told a name."""
    title_id = subject(visit)
    return labels.title(title_id, title_names(visit.source.current(), [title_id]).get(title_id))


def launch(visit: Visit) -> date | None:
    """The day on which the title, or the first of a series, came to the service."""
    return launch_day(visit.source.current(), subject(visit))


def _facts(visit: Visit, data: TitleDetail) -> Html:
    """What sources say of it, and the way to its series."""
    facts = [
        formats.dimension("content_type", data.content_type) if data.content_type else None,
        " / ".join(filter(None, (data.genre, data.genre_2))) or None,
        str(data.release_year) if data.release_year else None,
        formats.minutes(data.runtime_minutes) if data.runtime_minutes else None,
        formats.counted(data.episodes_counted, "episode") if data.episodes_counted else None,
        data.language,
        data.maturity_rating,
        "Original" if data.is_original else None,
        None if data.described else "no source describes it",
    ]
    way = None
    if data.series_id and data.series_id != data.title_id:
        way = element("a", "The whole series", href=visit.title_page(data.series_id))
    elif data.title_id in visit.series and visit.page.path == TITLE:
        way = element("a", "Seasons and episodes", href=visit.title_page(data.title_id))
    return element(
        "section",
        element("p", " · ".join(each for each in facts if each)),
        element("p", way) if way else None,
        aria_label="Title",
        class_="title-facts",
    )


def _cards(visit: Visit, now: Told, before: Told | None) -> Html:
    data = now.data
    frame = [
        ("Period", formats.period(days_of(now))),
        ("As of", formats.moment(now.snapshot.as_of)),
    ]
    made = []
    for name in CARDS:
        definition, value = labels.metric(name), getattr(data.in_period, name)
        was = getattr(before.data.in_period, name) if before else None
        sample, gap = SAMPLES[name], LEFT_OUT.get(name, "")
        facts = [
            ("Unit", definition.unit),
            ("Rests on", rests_on(sample, getattr(data.in_period, sample))),
        ]
        if missing := getattr(data.in_period, gap, None):
            facts.append(("Left out", rests_on(gap, missing)))
        facts += undecided(name, data.in_period)
        made.append(
            card(
                definition,
                value,
                [*facts, *frame],
                against(
                    definition.unit,
                    value,
                    was,
                    then(visit, before.period if before else None),
                    change_a_day(visit, definition, value, was),
                ),
                visit.of_whole([getattr(day, name) for day in data.days], "day"),
                unknown(name, value, data.in_period),
            )
        )
    so_far = [("Period", "all days so far"), frame[1]]
    of_all_days = element("p", "of all days so far", class_="change none")
    if data.reviews:
        facts = [("Rests on", formats.counted(data.reviews, "review")), *so_far]
        made.append(card(labels.metric("rating"), data.rating, facts, of_all_days))
    if data.next_episode:
        count = formats.counted(data.next_episode.episode_completers, "user")
        facts = [("Rests on", f"{count} who completed an episode"), *so_far]
        rate = data.next_episode.next_episode_rate
        made.append(card(labels.metric("next_episode_rate"), rate, facts, of_all_days))
    return at_a_glance(made)


TAKES = CHOICES - {*LEVELS, *told_by("title"), *FACTS}
"""What numbers of a title or a series can be narrowed to."""

PAGE = DashboardPage(
    TITLE,
    "Title",
    title,
    takes=TAKES,
    own=(BY, OF, FIND, launch_curves.AGAINST, launch_curves.OF),
    in_menu=False,
    named=called,
    launch=launch,
    panels={name: partial(panel, name=name) for name in PANELS} | OF_LAUNCH | OF_PEOPLE,
)
