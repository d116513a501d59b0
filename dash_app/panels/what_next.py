"""What somebody may watch next and why, and what the same people watch."""

from collections.abc import Sequence

from dash_app import formats, labels
from dash_app.markup import Html
from dash_app.page_request import Visit
from dash_app.panels.panel import PEOPLE, Panel
from dash_app.panels.person_picker import ChosenPerson
from dash_app.table import Table, TableColumn, linked
from netflix_pipeline.serving.questions.what_next import (
    Because,
    Learned,
    RecommendationsQuestion,
    SimilarTitlesQuestion,
)

WHY = {"continue": "Go on", "next_episode": "Next episode"}
WORKS = ("film or series", "films and series")
"""One and several, see `formats.counted`."""
CONTINUED = (
    "Of each film or series watched in the last 60 days, the play that began last decides: what "
    "was not completed is gone on with, and a completed episode leads to the one that follows it."
)
MEANING = (
    "A score adds up popularity in the person’s country and what each title that they have started "
    "says of others: titles are told first that people who started the same ones started, too."
)
NOT_LEARNED = (
    "Nothing has been learned yet of what people watch next. The job `learn` does it behind each "
    "publish, where Dagster runs; by hand: netflix-pipeline learn. It takes 56 days of plays."
)


def begun(visit: Visit, who: ChosenPerson) -> Panel:
    """The panel of what they are in the midst of. Raises NotFound."""
    answer = who.ask(visit, RecommendationsQuestion)
    rows = answer.data.begun
    table = Table.of(
        "Continue watching",
        (
            TableColumn("title", "Title"),
            TableColumn("why", "Why", WHY.__getitem__),
            TableColumn("reached", "Seen of it", formats.percent),
            TableColumn("last_at", "Last watched", lambda at: formats.day(at.date())),
            TableColumn("title_id", "Id"),
        ),
        rows,
        title=lambda one: labels.title(one.title_id, one.title),
    )
    return Panel(
        name="begun",
        heading=table.caption,
        summary=f"In the midst of {formats.counted(len(rows), *WORKS)}, newest first.",
        table=table,
        answer=answer,
        shown=_linked(visit, table),
        sentences=(CONTINUED,),
        nothing="They are in the midst of nothing that they watched in the last 60 days of data.",
    )


def new(visit: Visit, who: ChosenPerson) -> Panel:
    """The panel of what is new to them, with the titles because of which. Raises NotFound."""
    answer = who.ask(visit, RecommendationsQuestion)
    how, rows = answer.data.learned, answer.data.new
    ranks = {one.title_id: rank for rank, one in enumerate(rows, 1)}
    table = Table.of(
        "What next",
        (
            TableColumn("rank", "Rank", formats.number),
            TableColumn("title", "Title"),
            TableColumn("because", "Because they watched", none="Popular where they are"),
            TableColumn("popularity_share", "Of its score popularity", in_files=True),
            TableColumn("score", "Score", in_files=True),
            TableColumn("title_id", "Id"),
        ),
        rows,
        rank=lambda one: ranks[one.title_id],
        title=lambda one: labels.title(one.title_id, one.title),
        because=lambda one: _names(one.because),
        popularity_share=lambda one: one.popularity / one.score if one.score else None,
    )
    return Panel(
        name="next",
        heading=table.caption,
        summary="Films and series that they have not started, likeliest first.",
        table=table,
        answer=answer,
        shown=_linked(visit, table),
        facts=_facts(how),
        sentences=(MEANING,),
        note=told(how),
        nothing=NOT_LEARNED
        if how.origin is None
        else "Nothing is left that they have not started.",
    )


def similar(visit: Visit) -> Panel:
    """The panel of what the people of a title, or of an episode's series, watch besides."""
    assert visit.title_id
    answer = visit.source.ask(SimilarTitlesQuestion(visit.title_id))
    how, rows = answer.data.learned, answer.data.titles
    ranks = {one.title_id: rank for rank, one in enumerate(rows, 1)}
    table = Table.of(
        "Watched by the same people",
        (
            TableColumn("rank", "Rank", formats.number),
            TableColumn("title", "Title"),
            TableColumn("genre", "Genre"),
            TableColumn("weight", "Weight", in_files=True),
            TableColumn("title_id", "Id"),
        ),
        rows,
        rank=lambda one: ranks[one.title_id],
        title=lambda one: labels.title(one.title_id, one.title),
    )
    called = labels.title(answer.data.title_id, answer.data.title)
    return Panel(
        name="similar",
        heading=table.caption,
        summary=f"What having started {called} says most for.",
        table=table,
        answer=answer,
        shown=_linked(visit, table),
        facts=_facts(how),
        sentences=(MEANING,),
        note=told(how),
        nothing=NOT_LEARNED
        if how.origin is None
        else "What its people watch besides cannot be told: fewer than 10 started it, or they have "
        "nothing else in common.",
    )


def _linked(visit: Visit, table: Table) -> Html:
    """The table with links to the pages of its titles, whose ids stand in files alone."""
    pages = [visit.title_page(title_id) for title_id in table.column("title_id")]
    return linked(table, {"title": pages}, hidden=frozenset({"title_id"}))


def _names(because: Sequence[Because]) -> str | None:
    return ", ".join(labels.title(each.title_id, each.title) for each in because) or None


def told(how: Learned) -> str | None:
    """By what it is told, of whom it was learned, and how well that does, in a line."""
    if how.origin is None or how.model is None:
        return None
    learned = (
        f"By {how.model}, learned of {formats.counted(how.people, *PEOPLE)} and "
        f"{formats.counted(how.titles, *WORKS)} as known on "
        f"{formats.day(how.origin)}."
    )
    if how.recall_20 is None or how.judged_from is None:
        return f"{learned} How well it does cannot be told yet."
    return (
        f"{learned} Of what {formats.counted(how.judged_people, *PEOPLE)} newly started in 28 "
        f"days from {formats.day(how.judged_from)} on, {formats.percent(how.recall_20)} "
        f"({formats.percent(how.recall_20_low)} to {formats.percent(how.recall_20_high)}) were "
        f"among their first 20; by popularity alone {formats.percent(how.popularity_recall_20)}."
    )


def _facts(how: Learned) -> list[tuple[str, str]]:
    """Model, origin and sample."""
    if how.origin is None or how.model is None:
        return []
    return [
        ("Model", how.model),
        ("Said on", formats.day(how.origin)),
        ("Rests on", formats.counted(how.people, *PEOPLE)),
    ]
