"""What is known of the days that a page shows: said by people, or by the data; and one's own."""

from datetime import date

from dash_app import formats
from dash_app.markup import Html, element
from dash_app.page_request import Visit
from netflix_pipeline.state import KINDS, Annotation
from netflix_pipeline.state.annotations import LONGEST

ADD, REMOVE = "/annotations", "/annotations/remove"


def notes(visit: Visit) -> Html:
    """The panel of notes on the period's days."""
    period = visit.period
    said = [each for each in visit.annotations if period.from_ <= each.day <= period.to]
    lacking = [note for note in visit.notes if note.kind == "incomplete"]
    rows = [
        *((each.day, _said(visit, each)) for each in said),
        *((note.day, _row(note.day, "Data", note.text, None)) for note in lacking),
    ]
    return element(
        "section",
        element("header", element("h2", "Notes on these days")),
        element("ul", [row for _, row in sorted(rows, key=lambda each: each[0])], class_="notes")
        if rows
        else element("p", "Nothing is noted on these days.", class_="nothing"),
        element(
            "details", element("summary", "Add a note"), _form(visit), class_="add-note", id="notes"
        ),
        aria_label="Notes on these days",
        class_="panel noted",
    )


def _said(visit: Visit, each: Annotation) -> Html:
    remove = element(
        "form",
        element("input", type="hidden", name="id", value=str(each.id)),
        element("input", type="hidden", name="back", value=visit.link()),
        element(
            "button",
            "Remove",
            element("span", f" the note on {formats.day(each.day)}", class_="unseen"),
            type="submit",
        ),
        action=REMOVE,
        method="post",
    )
    text = f"{each.text} – {each.author}" if each.author else each.text
    return _row(each.day, KINDS.get(each.kind, each.kind), text, remove)


def _row(day: date, kind: str, text: str, end: Html | None) -> Html:
    return element(
        "li",
        element("span", formats.day(day), class_="on"),
        element("span", kind, class_=f"kind-of {kind.lower()}"),
        element("span", text, class_="text"),
        end,
    )


def _form(visit: Visit) -> Html:
    return element(
        "form",
        element(
            "label",
            element("span", "Day (UTC)"),
            element(
                "input", type="date", name="day", value=visit.period.to.isoformat(), required=True
            ),
        ),
        element(
            "label",
            element("span", "Kind"),
            element(
                "select",
                [element("option", label, value=kind) for kind, label in KINDS.items()],
                name="kind",
            ),
        ),
        element(
            "label",
            element("span", "What happened"),
            element("input", type="text", name="text", maxlength=str(LONGEST), required=True),
            class_="wide",
        ),
        element("input", type="hidden", name="back", value=visit.link()),
        element("button", "Add", type="submit", class_="button"),
        action=ADD,
        method="post",
    )
