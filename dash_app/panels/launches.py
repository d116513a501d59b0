"""How a title did since its launch, beside earlier launches of its type, and what came after it."""

from collections.abc import Callable
from functools import partial

from dash_app import formats, labels
from dash_app.page_request import Visit
from dash_app.panels.panel import Panel
from dash_app.table import Table, TableColumn, linked, measured
from netflix_pipeline.serving import Answer
from netflix_pipeline.serving.query.launches import COMPARED
from netflix_pipeline.serving.questions.launch import (
    NEXT,
    WINDOWS,
    Launch,
    LaunchQuestion,
)

Told = Answer[Launch]
SENTENCE = (
    "New: viewers whose first play ever was of this title in these days. Came back: those who "
    "began it in these days at least 28 days after their play before. The median is that of all "
    "earlier launches of its type of which all these days are in the data."
)
NOTHING = "It was launched before the data begin, or was never played."


def ask(visit: Visit) -> Told:
    """The launch of the title that the visit is about."""
    assert visit.title_id
    return visit.source.ask(LaunchQuestion(visit.title_id, visit.narrowing))


def launch(visit: Visit) -> Panel:
    """The panel of its first 1, 7, 28 and 91 days."""
    answer = ask(visit)
    data = answer.data
    columns = [
        TableColumn("days", "First days", formats.number),
        *(_measured(name) for name in (*COMPARED, "viewers")),
        TableColumn("new_viewers", "New", formats.number),
        TableColumn("returned_viewers", "Came back", formats.number),
        *(
            TableColumn(f"typical_{name}", f"{labels.metric(name).label}, median", _said(name))
            for name in ("starters", "hours_viewed")
        ),
        TableColumn("launches", "Launches", formats.number),
        TableColumn("to_know", "To know", none=""),
    ]
    table = Table.of(
        "The first days since the launch",
        columns,
        data.windows,
        typical_starters=lambda window: window.typical and window.typical.starters,
        typical_hours_viewed=lambda window: window.typical and window.typical.hours_viewed,
        launches=lambda window: window.typical and window.typical.launches,
        to_know=lambda window: None if window.whole else "not over yet",
    )
    return Panel(
        name="launch",
        heading="Since the launch",
        summary=_summary(data),
        table=table,
        answer=answer,
        sentences=(SENTENCE,),
        nothing=NOTHING,
    )


def earlier_launches(visit: Visit) -> Panel:
    """The panel of the last launches of its type: what their first days brought."""
    answer = ask(visit)
    earlier = answer.data.earlier
    by = "hours_viewed" if visit.filters.by == "hours_viewed" else "starters"
    table = Table(
        "Earlier launches of its type",
        (
            TableColumn("title", "Title"),
            TableColumn("launch_day", "Launched", formats.day),
            *(measured(f"{by}_{n}", _first(n), labels.metric(by).unit) for n in WINDOWS),
        ),
        tuple(
            (
                labels.title(one.title_id, one.title),
                one.launch_day,
                *(getattr(each, by) if each.whole else None for each in one.windows),
            )
            for one in earlier
        ),
    )
    links = [visit.title_page(one.title_id) for one in earlier]
    return Panel(
        name="earlier-launches",
        heading=f"Earlier launches by {labels.metric(by).label.lower()}",
        summary="The last ones of its type, newest first. A dash: these days are not over yet.",
        table=table,
        shown=linked(table, {"title": links}),
        answer=answer.model_copy(update={"metrics": (by,)}),
        nothing="No earlier launch of its type is in the data.",
    )


def watched_next(visit: Visit) -> Panel:
    """The panel of what its first viewers began after it."""
    answer = ask(visit)
    found = answer.data.watched_next
    table = Table(
        "What they watched next",
        (TableColumn("title", "Title"), TableColumn("viewers", "Viewers", formats.number)),
        tuple((labels.title(one.title_id, one.title), one.viewers) for one in found),
    )
    links = [visit.title_page(one.title_id) for one in found]
    return Panel(
        name="watched-next",
        heading="What they watched next",
        summary=f"By viewers of its first {NEXT} days: the series or film that they began next.",
        table=table,
        shown=linked(table, {"title": links}),
        answer=answer.model_copy(update={"metrics": ("viewers",)}),
        nothing="None of its first viewers watched anything else since.",
    )


def _measured(name: str) -> TableColumn:
    metric = labels.metric(name)
    return measured(name, metric.label, metric.unit)


def _said(name: str) -> Callable[[float], str]:
    return partial(formats.value_in, labels.metric(name).unit)


def _first(days: int) -> str:
    return "First day" if days == 1 else f"First {days} days"


def _summary(data: Launch) -> str:
    """The launch day, and how many of its viewers it brought or brought back."""
    if not data.launch_day:
        return ""
    by = "added" if data.launch_day_by == "added_on" else "first played"
    told = f"Launched {formats.weekday(data.launch_day)} ({by})"
    whole = [window for window in data.windows if window.whole and window.viewers]
    if not whole:
        return f"{told}."
    last = whole[-1]
    new, back = (
        formats.percent(count / last.viewers) for count in (last.new_viewers, last.returned_viewers)
    )
    of = formats.counted(last.viewers, "viewer")
    return (
        f"{told}. Of {of} of its {_first(last.days).lower()}, {new} were new and {back} came back."
    )
