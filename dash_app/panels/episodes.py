"""A series by season and episode: how each was watched, who goes on, and how far people get."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from dash_app import figures, formats, labels
from dash_app.page_request import Visit
from dash_app.panels import comparing
from dash_app.panels.panel import PEOPLE, Panel
from dash_app.table import Table, TableColumn, linked, measured
from netflix_pipeline.contracts.dimensions import LEVELS
from netflix_pipeline.serving import Answer
from netflix_pipeline.serving.questions.episodes import (
    SPECIALS,
    Episode,
    EpisodeFunnel,
    EpisodeNumber,
    FunnelBreak,
    Season,
    SeriesDetail,
    SeriesDetailQuestion,
)

NUMBERS = (
    "hours_viewed",
    "viewers",
    "plays",
    "starters",
    "watchers",
    "completers",
    "completion_rate",
    "next_episode_rate",
)
"""What is told of each season and each episode."""
MOST_TICKS = 6
"""Episodes that are named below a chart."""
LEFT_OUT = "Specials and episodes of unknown number are left out."
NOBODY = "Nobody started its first episode in this period."
SEASON = TableColumn(
    "season", "Season", lambda season: "Specials" if season == SPECIALS else formats.number(season)
)
NUMBER = TableColumn("number", "Episode")
FURTHEST = (
    "Of the users who started the first known episode in the period, for how many an episode is "
    "the last in order that they started, at any time up to the last day with data. Together they "
    "are all of them."
)
SO_FAR = "Next episode is of all days so far, under no filter."


def ask(visit: Visit) -> Answer[SeriesDetail]:
    """All that is told of the series in the period of the visit, beside other days or people."""
    question = SeriesDetailQuestion(
        visit.arguments["series_id"], visit.period, visit.narrowing, zone=visit.zone
    )
    beside_title = visit.against is not None and visit.against[0] in LEVELS
    if visit.compared and not beside_title:  # another title has other episodes
        question = replace(question, metric=visit.filters.by, compare=visit.compared)
    return visit.source.ask(question)


def seasons(visit: Visit) -> Panel:
    """The panel of its seasons."""
    answer = ask(visit)
    table = Table.of(
        "Seasons",
        (SEASON, TableColumn("episodes", "Episodes", formats.number), *_numbers(visit, answer)),
        answer.data.seasons,
        change=_change(visit),
    )
    return Panel(
        name="seasons",
        heading="Seasons",
        summary=f"{formats.counted(len(table.rows), 'season')}; a viewer of several counts once "
        "in each.",
        table=table,
        answer=answer.model_copy(update={"metrics": _measures(visit)}),
        note=SO_FAR,
        nothing="No season of it is known.",
    )


def episodes(visit: Visit) -> Panel:
    """The panel of its episodes in order, each of which leads to its own page."""
    answer = ask(visit)
    found = answer.data.episodes
    table = Table.of(
        "Episodes",
        (
            SEASON,
            TableColumn("episode", "Episode", formats.number),
            TableColumn("title", "Title"),
            TableColumn("title_id", "Id"),
            *_numbers(visit, answer),
        ),
        found,
        keys=2,
        title=_title,
        change=_change(visit),
    )
    return Panel(
        name="episodes",
        heading="Episodes",
        summary=_first_and_last(found),
        table=table,
        answer=answer.model_copy(update={"metrics": _measures(visit)}),
        shown=linked(table, {"title": _pages(visit, found)}, hidden=frozenset({"title_id"})),
        note=SO_FAR,
        nothing="No episode of it is known.",
    )


def funnel(visit: Visit) -> Panel:
    """The panel of the users who started its first episode, and how many started each later one."""
    answer = ask(visit)
    told = answer.data.funnel
    steps = _steps(answer.data)
    definition = labels.metric("episode_funnel")
    table = Table.of(
        definition.label,
        (
            NUMBER,
            TableColumn("title", "Title"),
            TableColumn("funnel_starters", "Started it", formats.number),
            TableColumn("funnel_share", "Of those who began", formats.percent),
            TableColumn("season_funnel_share", "Of those who began its season", formats.percent),
        ),
        steps,
        _pages(visit, steps),
        number=_number,
        title=_title,
    ).rows_if(told.starters)
    return Panel(
        name="funnel",
        heading=definition.label,
        summary=_funnel_summary(answer.data),
        table=table,
        answer=answer.model_copy(update={"metrics": (definition.name,)}),
        figure=figures.lines(
            table,
            "number",
            [
                *figures.area(table, "number", "funnel_share"),
                *figures.line(table, "number", "funnel_share"),
            ],
            value=table.label("funnel_share"),
            ticks=_ticks(table),
            yaxis={"range": [0, 1], "tickformat": ".0%"},
        ),
        facts=[
            ("Rests on", formats.counted(told.starters, *PEOPLE)),
            ("Breaks", f"steps from at least {formats.counted(told.at_least, *PEOPLE)}"),
        ],
        note=LEFT_OUT if told.episodes < len(answer.data.episodes) else None,
        nothing=NOBODY,
    )


def furthest(visit: Visit) -> Panel:
    """The panel of the last episode that those who started the first one came to."""
    answer = ask(visit)
    steps, began = _steps(answer.data), answer.data.funnel.starters
    table = Table.of(
        "The last episode that people started",
        (
            NUMBER,
            TableColumn("title", "Title"),
            TableColumn("furthest", "Got no further", formats.number),
            TableColumn("furthest_share", "Of those who began", formats.percent),
        ),
        steps,
        _pages(visit, steps),
        number=_number,
        title=_title,
        furthest_share=lambda step: step.furthest / began if began else None,
    ).rows_if(began)
    return Panel(
        name="furthest",
        heading="How far people get",
        summary=_furthest_summary(steps, began),
        table=table,
        answer=answer.model_copy(update={"metrics": ()}),
        figure=figures.stacked(
            table,
            "number",
            [figures.column(table, "number", "furthest")],
            value=table.label("furthest"),
            ticks=_ticks(table),
        ),
        facts=[("Rests on", formats.counted(began, *PEOPLE))],
        sentences=[FURTHEST],
        nothing=NOBODY,
    )


def next_episode(visit: Visit) -> Panel:
    """The panel of who went on after each episode, so far."""
    answer = ask(visit)
    definition = labels.metric("next_episode_rate")
    known = [step for step in _steps(answer.data) if step.next_episode_rate is not None]
    table = Table.of(
        "Who goes on to the next episode",
        (
            NUMBER,
            TableColumn("title", "Title"),
            TableColumn("episode_completers", "Completed it", formats.number),
            TableColumn("next_episode_starters", "Went on", formats.number),
            measured(definition.name, definition.label, definition.unit),
        ),
        known,
        _pages(visit, known),
        number=_number,
        title=_title,
    )
    # It takes neither period nor filters.
    so_far: dict[str, Any] = {"metrics": (definition.name,), "period": None, "filters": {}}
    return Panel(
        name="next-episode",
        heading=table.caption,
        summary=_next_summary(known),
        table=table,
        answer=answer.model_copy(update=so_far),
        figure=figures.lines(
            table,
            "number",
            figures.line(table, "number", definition.name),
            value=definition.label,
            unit=definition.unit,
            ticks=_ticks(table),
        ),
        facts=[
            (
                "Rests on",
                formats.counted(sum(one.episode_completers for one in known), "completed episode"),
            )
        ],
        note="All days so far, whatever the period and the filters.",
        nothing="Nobody has completed an episode that another one follows, at least a week ago.",
    )


def _measures(visit: Visit) -> tuple[str, ...]:
    """What is told of each season and episode: the page's measure in any case."""
    by = visit.filters.by
    return NUMBERS if by in NUMBERS else (by, *NUMBERS)


def _numbers(visit: Visit, answer: Answer[SeriesDetail]) -> tuple[TableColumn, ...]:
    """The columns of what is told of each; beside the page's measure, before and change."""
    by, told = visit.filters.by, list[TableColumn]()
    for each in map(labels.metric, _measures(visit)):
        told.append(measured(each.name, each.label, each.unit))
        if each.name == by and answer.data.compared_with:
            told += comparing.columns(visit, each.unit)
    return tuple(told)


def _change(visit: Visit) -> Callable[[Season | Episode], float | None]:
    """How the page's measure of a season or an episode changed."""
    by = visit.filters.by
    unit = labels.metric(by).unit
    return lambda row: formats.difference(unit, getattr(row, by), row.compared)


def _steps(data: SeriesDetail) -> list[Episode]:
    """The episodes of the funnel, in order."""
    return [episode for episode in data.episodes if episode.funnel_starters is not None]


def _pages(visit: Visit, found: Sequence[Episode]) -> list[str]:
    """The addresses of episodes."""
    return [visit.title_page(episode.title_id) for episode in found]


def _title(episode: Episode) -> str:
    """What an episode is called; its id, where nobody told a name."""
    return labels.title(episode.title_id, episode.title)


def _number(episode: Episode | EpisodeNumber) -> str:
    """`S1 E10`, or `E10` where its season is unknown."""
    season = f"S{episode.season} " if episode.season is not None else ""
    return f"{season}E{episode.episode}"


def _ticks(table: Table) -> figures.Ticks:
    """Some of the episodes, evenly spaced from the first on."""
    names = table.column("number")
    step = -(-len(names) // MOST_TICKS) or 1
    return {at: names[at] for at in range(0, len(names), step)}


def _first_and_last(found: Sequence[Episode]) -> str:
    """How many there are, and which of them is watched most."""
    if not found:
        return ""
    most = max(found, key=lambda episode: episode.viewers)
    told = formats.counted(len(found), "episode")
    if not most.viewers:
        return f"{told}."
    return f"{told}; most viewers: {_title(most)}, {formats.number(most.viewers)}."


def _funnel_summary(data: SeriesDetail) -> str:
    """How many reach the last episode, and between which most and fewest are lost."""
    steps, told = _steps(data), data.funnel
    if not told.starters:
        return ""
    began = f"{formats.counted(told.starters, *PEOPLE)} began with {_number(steps[0])}"
    if len(steps) == 1:
        return f"{began}."
    last = f"{formats.percent(steps[-1].funnel_share)} of them started {_number(steps[-1])}"
    return f"{began}; {last}. {_breaks(told)}"


def _breaks(told: EpisodeFunnel) -> str:
    """Between which episodes most and fewest are lost, where enough people stand behind it."""
    if told.worst is None or told.best is None:
        fewest = formats.counted(told.at_least, *PEOPLE)
        return f"No step has {fewest} behind it: too few to name the best or the worst break."
    if told.worst.loss <= 0:
        return "Nobody is lost from one episode to the next."
    most = f"Most are lost {_break(told.worst)}"
    return f"{most}." if told.best == told.worst else f"{most}, fewest {_break(told.best)}."


def _break(step: FunnelBreak) -> str:
    """Between which episodes, and how many; more is told as more."""
    between = f"between {_number(step.after)} and {_number(step.before)}"
    share = formats.percent(abs(step.loss))
    return f"{between} ({share}{' more' if step.loss < 0 else ''})"


def _furthest_summary(steps: Sequence[Episode], began: int) -> str:
    """How many came to the last one, and where most of the others ended."""
    if not began:
        return ""
    *others, last = steps
    end = f"{formats.percent((last.furthest or 0) / began)} of {formats.counted(began, *PEOPLE)}"
    said = f"{end} came to {_number(last)}, the last one"
    most = max(others, key=lambda step: step.furthest or 0, default=None)
    if most is None or not most.furthest:
        return f"{said}."
    return (
        f"{said}; of the others most ended with {_number(most)} "
        f"({formats.percent(most.furthest / began)})."
    )


def _next_summary(known: Sequence[Episode]) -> str:
    """After which episode most go on, and after which fewest."""
    rates = {_number(one): one.next_episode_rate or 0.0 for one in known}
    if not rates:
        return ""
    best, worst = max(rates, key=rates.__getitem__), min(rates, key=rates.__getitem__)
    most = f"Most go on after {best} ({formats.percent(rates[best])})"
    if best == worst:
        return f"{most}."
    return f"{most}, fewest after {worst} ({formats.percent(rates[worst])})."
