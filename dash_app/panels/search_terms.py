"""What people searched for and did not find, term by term, where enough of them did."""

from dataclasses import replace

from dash_app import figures, formats, labels
from dash_app.page_request import Visit
from dash_app.panels import comparing
from dash_app.panels.interactions import SEARCHES, nothing
from dash_app.panels.panel import Panel, not_drawn
from dash_app.table import Table, TableColumn, measured
from netflix_pipeline.metrics import LEAST_PEOPLE
from netflix_pipeline.serving.questions.search_terms import (
    RareTerms,
    SearchTerm,
    SearchTerms,
    SearchTermsQuestion,
)

SHOWN = 50
EXPORTED = 5_000
"""Terms on the page, and in the CSV."""
MOST = 12
"""Terms that are drawn; the table has all."""
OTHERS = "All other terms"


def search_terms(visit: Visit, limit: int = EXPORTED) -> Panel:
    """The panel of the terms that were searched for, those most often not found first."""
    answer = visit.source.ask(
        SearchTermsQuestion(
            visit.period, visit.narrowing, sort="not_found", limit=limit, compare=visit.compared
        )
    )
    terms, rest = answer.data.terms, answer.data.rest
    unfound, unclicked = map(labels.metric, ("not_found", "without_click"))

    def change(row: SearchTerm | RareTerms) -> float | None:
        return formats.difference(unfound.unit, row.not_found, row.compared)

    columns = (
        TableColumn("term", "Term"),
        measured(unfound.name, unfound.label, unfound.unit),
        *(comparing.columns(visit, unfound.unit) if answer.data.compared_with else ()),
        measured(unclicked.name, unclicked.label, unclicked.unit),
        TableColumn("searches", "Searches", formats.number),
        TableColumn("people", "People", formats.number),
        measured("search_success", SEARCHES.share.label, SEARCHES.share.unit),
    )
    behind = [SEARCHES.behind(visit, term=one.term) for one in terms]
    table = Table.of("Searched and not found", columns, terms, behind, change=change)
    said = [
        f"{formats.short(one.not_found)} of {formats.short(one.searches)} "
        f"{formats.marked(unfound.unit, one.not_found, one.compared)}".rstrip()
        for one in terms
    ]
    figure = figures.bars(table, "term", "not_found", said, unit="searches", most=MOST)
    notes = [not_drawn(len(terms) - MOST)]
    if answer.next:
        notes.append(f"CSV and Excel have up to {formats.number(EXPORTED)} terms.")
    if answer.data.compared_with and any(one.compared is None for one in terms):
        notes.append(
            f"A dash under “{table.label('compared')}”: fewer than {LEAST_PEOPLE} people searched "
            "for it."
        )
    if rest.terms:
        others = Table.of(table.caption, columns, [rest], term=lambda _: OTHERS, change=change)
        table = replace(table, rows=table.rows + others.rows, links=(*behind, ""))
        fewer = formats.counted(rest.terms, "term was", "terms were")
        notes.append(
            f"{OTHERS}: {fewer} searched for by fewer than {LEAST_PEOPLE} people each, and told "
            "together only."
        )
    return Panel(
        name="search-terms",
        heading=table.caption,
        summary=_summary(answer.data),
        table=table,
        answer=answer,
        figure=figure if terms else None,
        rows=SEARCHES.behind(visit, of="not_found"),
        note=" ".join(filter(None, notes)) or None,
        nothing=nothing(visit, SEARCHES),
    )


def _summary(told: SearchTerms) -> str:
    """Which term was not found most often."""
    if not told.terms:
        return f"No term was searched for by {LEAST_PEOPLE} people or more."
    first = told.terms[0]
    if not first.not_found:
        return f"Each term that {LEAST_PEOPLE} people or more searched for showed results."
    return (
        f"“{first.term}” most often: {formats.number(first.not_found)} of "
        f"{formats.number(first.searches)} searches by {formats.number(first.people)} people "
        "showed no result."
    )
