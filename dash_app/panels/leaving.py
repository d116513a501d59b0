"""Who is expected to leave, by segment, and how well that was known of those whose time is over."""

from datetime import date

from dash_app import figures, formats
from dash_app.filters import BadAddress
from dash_app.markup import Html, element
from dash_app.page_request import Visit
from dash_app.panels.panel import PEOPLE, Panel
from dash_app.table import Table, TableColumn
from netflix_pipeline.serving.questions.leaving import (
    DIMENSIONS,
    OTHERS,
    Leaving,
    LeavingAccuracy,
    LeavingModelScore,
    LeavingQuestion,
)

OWN = "leaving"
"""The name in an address of what the people are told apart by."""
CALLED = {"country": "Country", "plan": "Plan", "device": "Device", "tenure": "Time with us"}
MODELS = {
    "leaving": "the model",
    "recency": "the days since the last play alone",
    "bg_nbd": "BG/NBD",
}
MEANING = (
    "Active: with a play in the 28 days before. Leaving: no play in the 28 days from then on. What "
    "is expected of a segment is the sum of its people's probabilities."
)
NOTE = "Of all active people, whatever period and filters."
NOTHING = (
    "Nothing has been said yet of who leaves. The job `learn` does it behind each publish, where "
    "Dagster runs; by hand: netflix-pipeline learn. It takes data of some months."
)


def losses(visit: Visit) -> Panel:
    """The panel of how many of each segment's people are expected to leave. Raises BadAddress."""
    by = visit.own(OWN) or DIMENSIONS[0]
    if by not in DIMENSIONS:
        raise BadAddress(f"{OWN} is one of {', '.join(DIMENSIONS)}.")
    answer = visit.source.ask(LeavingQuestion())
    data = answer.data

    def named(value: str) -> str:
        return "All others" if value == OTHERS else formats.dimension(by, value)

    table = Table.of(
        f"Expected to leave, by {CALLED[by].lower()}",
        (
            TableColumn("segment", CALLED[by], named),
            TableColumn("persons", "Active people", formats.number),
            TableColumn("expected", "Expected to leave", formats.number),
            TableColumn("share", "Of the active", formats.percent),
        ),
        [each for each in data.segments if each.dimension == by],
        segment=lambda each: each.value,
    )
    said = [
        f"{expected} · {share}"
        for expected, share in zip(table.texts_of("expected"), table.texts_of("share"), strict=True)
    ]
    return Panel(
        name="losses",
        heading=table.caption,
        summary=_expected(data),
        table=table,
        answer=answer,
        figure=figures.bars(table, "segment", "expected", said),
        facts=facts(data.model, data.origin, data.accuracy, data.persons),
        sentences=(MEANING,),
        note=" ".join((told(data.model, data.origin, data.accuracy), NOTE)),
        choices=_ways(visit, by),
        nothing=NOTHING,
    )


def lift(visit: Visit) -> Panel:
    """The panel of what was said of tenths of people whose 28 days are over, and what they did."""
    answer = visit.source.ask(LeavingQuestion())
    accuracy = answer.data.accuracy
    table = Table.of(
        "How well it was known who leaves",
        (
            TableColumn("decile", "Tenth, likeliest first", formats.number),
            TableColumn("persons", "People", formats.number),
            TableColumn("expected", "Expected to leave", formats.number),
            TableColumn("left", "Left", formats.number),
            TableColumn("expected_share", "Expected", formats.percent, unit="share"),
            TableColumn("left_share", "Left, of them", formats.percent, unit="share"),
            TableColumn("lift", "Times the mean", formats.number),
        ),
        accuracy.tenths if accuracy else (),
        expected_share=lambda tenth: tenth.expected / tenth.persons,
        left_share=lambda tenth: tenth.left / tenth.persons,
    )
    return Panel(
        name="lift",
        heading=table.caption,
        summary=_judged(answer.data),
        table=table,
        answer=answer,
        figure=figures.lines(
            table,
            "decile",
            [
                *figures.line(
                    table,
                    "decile",
                    "expected_share",
                    name="Expected",
                    color="compare",
                    dash="dash",
                ),
                *figures.line(table, "decile", "left_share", name="Left"),
            ],
            value="Share of the tenth",
            unit="share",
            ticks=dict(enumerate(table.texts_of("decile"))),
            yaxis={"tickformat": ".0%"},
        ),
        facts=facts(answer.data.model, answer.data.origin, accuracy, answer.data.persons),
        sentences=(MEANING,),
        note=" ".join((told(answer.data.model, answer.data.origin, accuracy), NOTE)),
        nothing="Nothing can be judged yet: it takes people of whom something was said, and whose "
        "28 days after that are over.",
    )


def _ways(visit: Visit, by: str) -> Html:
    """Links to the same by something else."""
    links = [
        element(
            "a",
            CALLED[each],
            href=visit.link(visit.filters.with_own(**{OWN: each})),
            aria_current="true" if each == by else None,
        )
        for each in DIMENSIONS
    ]
    return element("div", links, role="group", aria_label="Leaving by", class_="segments")


def facts(
    model: str, origin: date | None, accuracy: LeavingAccuracy | None, persons: int = 0
) -> list[tuple[str, str]]:
    """Model, origin, error and sample; `persons` are those of whom it was said."""
    known = [("Model", model)]
    if origin:
        known.append(("Said on", formats.day(origin)))
    if persons:
        known.append(("Rests on", formats.counted(persons, *PEOPLE)))
    if accuracy:
        known.append(("Judged at", formats.day(accuracy.cutoff)))
        known += [
            (f"By {MODELS.get(each.model, each.model)}", _error(each)) for each in accuracy.models
        ]
    return known


def told(model: str, origin: date | None, accuracy: LeavingAccuracy | None) -> str:
    """The same in a line."""
    by = f"By {model}" + (f", said on {formats.day(origin)}." if origin else ".")
    if accuracy is None or not accuracy.models:
        return f"{by} How well it does cannot be judged yet."
    first = accuracy.models[0]
    others = [
        f"{each.log_loss:.3f} by {MODELS.get(each.model, each.model)}"
        for each in accuracy.models[1:]
        if each.log_loss is not None
    ]
    error = "" if first.log_loss is None else f": log loss {first.log_loss:.3f}"
    beside = f" ({', '.join(others)})" if error and others else ""
    return (
        f"{by} Learned of {formats.counted(accuracy.learned_persons, *PEOPLE)} at earlier days, "
        f"judged by {formats.counted(first.persons, *PEOPLE)} on {formats.day(accuracy.cutoff)}"
        f"{error}{beside}."
    )


def _error(score: LeavingModelScore) -> str:
    """How well a model told who leaves."""
    parts = [
        f"{name} {value:.3f}"
        for name, value in (
            ("log loss", score.log_loss),
            ("PR-AUC", score.pr_auc),
            ("slope", score.slope),
        )
        if value is not None
    ]
    return ", ".join(parts)


def _expected(data: Leaving) -> str:
    if not data.persons or data.origin is None:
        return ""
    share = formats.percent(data.expected / data.persons)
    return (
        f"Of {formats.counted(data.persons, 'active person', 'active people')}, "
        f"{formats.number(data.expected)} ({share}) are expected to have no play in the 28 days "
        f"from {formats.day(data.origin)} on."
    )


def _judged(data: Leaving) -> str:
    """What came of what would have been said."""
    if data.accuracy is None or not data.accuracy.models:
        return ""
    score, first = data.accuracy.models[0], data.accuracy.tenths[:1]
    told = (
        f"On {formats.day(data.accuracy.cutoff)}, {formats.number(score.expected)} of "
        f"{formats.counted(score.persons, *PEOPLE)} were expected to leave, and "
        f"{formats.number(score.left)} left"
    )
    if first and first[0].lift is not None:
        told += (
            f"; in the likeliest tenth {formats.number(first[0].lift)} times as often as on average"
        )
    return f"{told}."
