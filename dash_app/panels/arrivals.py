"""What arrived and what became of it: the ledger, by day of arrival."""

from bisect import bisect_right
from dataclasses import dataclass

from dash_app import figures, formats
from dash_app.markup import Html, element
from dash_app.page_request import Visit, days_of
from dash_app.panels.cards import number, plain_card
from dash_app.panels.panel import Panel
from dash_app.panels.trend import granularity
from dash_app.table import Table, TableColumn, linked
from netflix_pipeline.serving import Answer, stretches
from netflix_pipeline.serving.questions.quality import ArrivalDay, Ledger, LedgerQuestion


@dataclass(frozen=True)
class RowOutcome:
    """One of the ends that a row comes to: its field of the ledger, its colour, if below."""

    name: str
    label: str
    color: str
    sentence: str
    down: bool = False


BECAME = (
    RowOutcome("stored", "Stored", "part-1", "Rows that are in the data now."),
    RowOutcome("erased", "Erased", "part-6", "Rows taken out on a person's request.", down=False),
    RowOutcome("duplicate", "Duplicate", "part-3", "Rows that were stored already.", down=True),
    RowOutcome(
        "quarantined",
        "Quarantined",
        "part-4",
        "Rows that could not be taken: they wait in quarantine, with every reason that holds.",
        down=True,
    ),
)
"""What becomes of rows; each received one is one of these."""
SUM = "received = stored + duplicate + quarantined + erased"


def ask(visit: Visit) -> Answer[Ledger]:
    """The ledger of the page's days, source and table."""
    return visit.source.ask(LedgerQuestion(visit.period, visit.own("source"), visit.own("table")))


def cards(answer: Answer[Ledger]) -> list[Html]:
    """Whether it adds up, and what arrived."""
    data, totals = answer.data, answer.data.totals
    facts = [
        ("Days of arrival", formats.period(days_of(answer))),
        ("As of", formats.moment(answer.snapshot.as_of)),
    ]
    made = [
        plain_card(
            "The ledger",
            f"Every row received is accounted for, by day, source and table: {SUM}.",
            facts,
            number(
                "missing",
                "Adds up" if data.adds_up else "Does not add up",
                formats.number(totals.missing),
            ),
            element("p", f"{formats.counted(totals.missing, 'row')} missing", class_="change none"),
        ),
        plain_card(
            "Received",
            "Rows that arrived, in files or over HTTP.",
            facts,
            number("received", formats.short(totals.received), formats.number(totals.received)),
            element(
                "p",
                f"in {formats.counted(totals.batches, 'batch', 'batches')}",
                class_="change none",
            ),
        ),
    ]
    for each in BECAME:
        value = getattr(totals, each.name)
        share = f"{formats.percent(value / totals.received)} of them" if totals.received else ""
        made.append(
            plain_card(
                each.label,
                each.sentence,
                facts,
                number(each.name, formats.short(value), formats.number(value)),
                element("p", share, class_="change none"),
            )
        )
    return made


def arrivals(visit: Visit, answer: Answer[Ledger]) -> Panel:
    """The panel of what arrived by day, week or month."""
    step = granularity(days_of(answer))
    steps = list(stretches(days_of(answer), step))
    spans = [days for days, _ in steps]
    called = {
        days.from_: formats.period(days) if cut else formats.stretch(step, days.from_)
        for days, cut in steps
    }
    begins = [days.from_ for days in spans]
    sums = {each.name: [0] * len(spans) for each in BECAME} | {"missing": [0] * len(spans)}
    for row in answer.data.days:
        at = bisect_right(begins, row.day) - 1
        for name, values in sums.items():
            values[at] += getattr(row, name)
    heading = f"Arrivals by {step}"
    by_day = step == "day"
    table = Table(
        heading,
        (
            TableColumn("from", f"{step.capitalize()} of arrival (UTC)", called.__getitem__),
            *(() if by_day else (TableColumn("to", "To", formats.day, in_files=True),)),
            *(TableColumn(each.name, each.label, formats.number) for each in BECAME),
            TableColumn("missing", "Missing", formats.number),
        ),
        tuple(
            (each.from_, *(() if by_day else (each.to,)), *(values[at] for values in sums.values()))
            for at, each in enumerate(spans)
        ),
        tuple(map(visit.of_days, spans)),
        keys=1 if by_day else 2,
    ).rows_if(answer.data.days)
    parts = [
        figures.column(table, "from", each.name, name=each.label, color=each.color, down=each.down)
        for each in BECAME
    ]
    return Panel(
        name="arrivals",
        heading=heading,
        summary=_summary(answer.data),
        table=table,
        answer=answer,
        figure=figures.stacked(table, "from", parts, value="Rows"),
        sentences=[f"{each.label}: {each.sentence}" for each in BECAME],
        nothing="Nothing arrived on these days.",
    )


def ledger(visit: Visit, answer: Answer[Ledger]) -> Panel:
    """The panel of every day, source and table."""
    keys = ("day", "source", "table")
    counts = [name for name in ArrivalDay.model_fields if name not in (*keys, "missing")]
    table = Table.of(
        "The ledger",
        (
            TableColumn("day", "Day of arrival", formats.day),
            TableColumn("source", "Source"),
            TableColumn("table", "Table"),
            *(
                TableColumn(name, name.replace("_", " ").capitalize(), formats.number)
                for name in (*counts, "missing")
            ),
        ),
        answer.data.days,
        keys=len(keys),
    )

    def narrowed(name: str) -> list[str]:
        return [
            visit.link(visit.filters.with_own(**{name: value, "cursor": None}))
            for value in table.column(name)
        ]

    bad = sum(1 for row in answer.data.days if row.missing)
    return Panel(
        name="ledger",
        heading=table.caption,
        summary=f"Every line adds up: {SUM}."
        if answer.data.adds_up
        else f"{formats.counted(bad, 'line does', 'lines do')} not add up: {SUM} + missing. "
        "netflix-pipeline status tells more.",
        table=table,
        answer=answer,
        shown=linked(table, {"source": narrowed("source"), "table": narrowed("table")}),
        note="In plays, promo and canary tell what the stored watch events are counted as. Field "
        "left out counts what could not be understood in stored rows, such as an unknown country.",
        nothing="Nothing arrived on these days.",
    )


def _summary(data: Ledger) -> str:
    totals = data.totals
    if not totals.received:
        return ""
    kept = formats.percent(totals.stored / totals.received)
    return (
        f"{formats.counted(totals.received, 'row')} arrived: {kept} stored, "
        f"{formats.number(totals.duplicate)} known already, "
        f"{formats.number(totals.quarantined)} in quarantine."
    )
