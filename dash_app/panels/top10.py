"""The Top 10 of a week: a list of films, and one of seasons and series."""

from datetime import date

from dash_app import formats, labels
from dash_app.markup import Html, element, fragment
from dash_app.page_request import Visit
from dash_app.panels.panel import Panel
from dash_app.table import Table, TableColumn, dimension
from netflix_pipeline.serving import Answer
from netflix_pipeline.serving.questions.top10 import ListName, RankedEntry, Top10, Top10Question

HEADINGS: dict[ListName, str] = {"films": "Films", "tv": "TV"}
EVERYWHERE = "all"


def ask(visit: Visit) -> Answer[Top10]:
    """The lists of the week in the address, or of the last full one."""
    week = visit.own("week")
    day = date.fromisoformat(week) if week else None
    return visit.source.ask(Top10Question(day, country=_country(visit) or EVERYWHERE))


def _country(visit: Visit) -> str | None:
    """The one country of which lists are asked for; None: every one."""
    chosen = visit.narrowing.given.get("country")
    return chosen.values[0] if chosen else None


def columns() -> tuple[TableColumn, ...]:
    """What is told of each entry."""
    return (
        TableColumn("rank", "Rank", formats.number),
        TableColumn("entry_name", "Title"),
        TableColumn("entry_id", "Id"),
        TableColumn("views", labels.metric("views").label, formats.number),
        TableColumn("hours_viewed", labels.metric("hours_viewed").label, formats.number),
        TableColumn("runtime_hours", "Runtime", lambda value: formats.minutes(60 * value)),
        TableColumn("plays", labels.metric("plays").label, formats.number),
        TableColumn("starters", labels.metric("starters").label, formats.number),
        TableColumn("weeks_in_list", "Weeks", formats.number),
        TableColumn("previous_rank", "Week before", formats.number),
        TableColumn("list", "List"),
        dimension("country", "Country"),
        TableColumn("provisional", "Provisional", lambda value: "yes" if value else "no"),
    )


def ranked(visit: Visit, which: ListName) -> Panel:
    """The panel of one list of the week."""
    answer = ask(visit)
    data = answer.data
    entries = [
        entry.model_copy(update={"entry_name": labels.title(entry.entry_id, entry.entry_name)})
        for entry in data.entries
        if entry.list == which
    ]
    country = _country(visit)
    place = formats.country(country) if country else "all countries"
    heading = f"{HEADINGS[which]}, {place}"
    new = sum(entry.previous_rank is None for entry in entries)
    first = data.first_week is None or data.week <= data.first_week
    return Panel(
        name=which,
        heading=heading,
        summary="There is no week before it."
        if first
        else f"Not in the list of the week before: {formats.number(new)} of "
        f"{formats.number(len(entries))}.",
        table=Table.of(
            f"Top 10 {heading}", columns(), entries, provisional=lambda _: data.provisional
        ),
        answer=answer,
        shown=_table(visit, heading, entries),
        nothing="There is no list of this week here: choose another week or country.",
    )


def _table(visit: Visit, heading: str, entries: list[RankedEntry]) -> Html:
    by_plays = not any(entry.hours_viewed for entry in entries)
    measures: tuple[tuple[str, str], ...] = ((labels.metric("plays").label, "measure"),)
    if not by_plays:
        measures = (
            (labels.word("views", "Views"), "measure"),
            (labels.word("hours_viewed", "Hours"), "other"),
            ("Runtime", "other"),
        )
    heads = (
        ("Rank", "rank"),
        ("Movement", "movement"),
        ("Title", None),
        *measures,
        ("Weeks", "other"),
    )
    rows = [
        element(
            "tr",
            element("td", entry.rank, class_="rank"),
            element("td", _movement(entry), class_="movement"),
            element(
                "th",
                element(
                    "a",
                    entry.entry_name,
                    href=visit.title_page(entry.entry_id),
                    class_="name",
                ),
                scope="row",
            ),
            [
                element("td", text, class_=kind)
                for text, (_, kind) in zip(_told(entry, by_plays=by_plays), measures, strict=True)
            ],
            element("td", entry.weeks_in_list, class_="other"),
        )
        for entry in entries
    ]
    return element(
        "table",
        element("caption", f"Top 10 {heading}", class_="unseen"),
        element(
            "thead",
            element("tr", [element("th", text, scope="col", class_=kind) for text, kind in heads]),
        ),
        element("tbody", rows),
        class_="ranking top10",
    )


def _told(entry: RankedEntry, *, by_plays: bool) -> tuple[str, ...]:
    """The numbers of an entry, in the order of the list's measures."""
    if by_plays:
        return (formats.number(entry.plays),)
    runtime = formats.minutes(60 * entry.runtime_hours) if entry.runtime_hours else formats.UNKNOWN
    # Beside entries with hours, one without has plays of unknown duration.
    return formats.number(entry.views), formats.number(entry.hours_viewed or None), runtime


def _movement(entry: RankedEntry) -> Html:
    """How many places it rose or fell since the week before, by arrow, number and word."""
    if entry.previous_rank is None:
        again = "back" if entry.weeks_in_list > 1 else "new"
        return element("span", again, class_="new")
    moved = entry.previous_rank - entry.rank
    if moved == 0:
        return fragment(
            element("span", "=", aria_hidden="true"), element("span", "unchanged", class_="unseen")
        )
    arrow, word = ("▲", "up") if moved > 0 else ("▼", "down")
    return element(
        "span",
        element("span", arrow, aria_hidden="true"),
        element("span", f"{word} ", class_="unseen"),
        abs(moved),
        class_=f"change {word}",
    )
