"""What is known of the days that a page shows: said by people, or by the data; and one's own."""

from datetime import date
from typing import Any

from dash_app import formats, labels
from dash_app.day_notes import about
from dash_app.markup import Html, element
from dash_app.page_request import Visit
from dash_app.panels.day_field import day_field
from netflix_pipeline.serving import title_names
from netflix_pipeline.serving.query.periods import FIRST_DAYS
from netflix_pipeline.serving.query.rollups import plays_of
from netflix_pipeline.state import KINDS, Annotation
from netflix_pipeline.state.annotations import COUNTRY, LONGEST

ADD, CHANGE, REMOVE = "/annotations", "/annotations/change", "/annotations/remove"
COUNTRIES = "note-countries"
"""Id of the list of countries that the forms offer."""


def notes(visit: Visit) -> Html:
    """The panel of notes on the period's days."""
    period = visit.period
    said = [each for each in visit.said if period.from_ <= each.day <= period.to]
    lacking = [note for note in visit.notes if note.kind == "incomplete"]
    rows = [
        *((each.day, _said(visit, each)) for each in said),
        *((note.day, _row(note.day, "Data", note.text)) for note in lacking),
    ]
    known = plays_of(visit.source.current())["country"]
    countries = [
        element("option", formats.dimension("country", code), value=code)
        for code in sorted(known)
        if COUNTRY.fullmatch(code)
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
        element("datalist", countries, id=COUNTRIES),
        aria_label="Notes on these days",
        class_="panel noted",
    )


def _said(visit: Visit, each: Annotation) -> Html:
    of_day = element("span", f" the note on {formats.day(each.day)}", class_="unseen")
    remove = element(
        "form",
        element("input", type="hidden", name="id", value=str(each.id)),
        element("input", type="hidden", name="back", value=visit.link()),
        element("button", "Remove", of_day, type="submit"),
        action=REMOVE,
        method="post",
    )
    change = element(
        "details",
        element("summary", "Change", of_day),
        _form(visit, each),
        class_="add-note",
        id=f"note-{each.id}",
    )
    by = f"{each.author}, only for me" if each.private else each.author
    told = ": ".join(filter(None, (about(each, visit.titles_named), each.text)))
    text = f"{told} – {by}" if by else told
    return _row(each.day, KINDS.get(each.kind, each.kind), text, remove, change)


def _row(day: date, kind: str, text: str, *ways: Html) -> Html:
    return element(
        "li",
        element("span", formats.day(day), class_="on"),
        element("span", kind, class_=f"kind-of {kind.lower()}"),
        element("span", text, class_="text"),
        *ways,
    )


def _form(visit: Visit, said: Annotation | None = None) -> Html:
    """The form of a new note, or of one that was said."""
    country = visit.narrowing.given.get("country")
    of_country = country.values[0] if country and country.is_one else None
    title_id, checked = visit.title_id, True
    titles = visit.titles_named
    if said:
        of_country, checked = said.country, said.title_id is not None
        title_id = said.title_id or title_id
    if title_id and title_id not in titles:
        titles = title_names(visit.source.current(), [title_id])
    mine = bool(visit.reader) and (said is None or said.author == visit.reader)
    return element(
        "form",
        element("input", type="hidden", name="id", value=str(said.id)) if said else None,
        day_field(
            "Day (UTC)",
            "day",
            said.day if said else visit.period.to,
            week_start=FIRST_DAYS[visit.week_start],
        ),
        element(
            "label",
            element("span", "Kind"),
            element(
                "select",
                [
                    element("option", label, value=kind, selected=bool(said and said.kind == kind))
                    for kind, label in KINDS.items()
                ],
                name="kind",
            ),
        ),
        _field(
            "What happened",
            "wide",
            type="text",
            name="text",
            value=said.text if said else None,
            maxlength=str(LONGEST),
            required=True,
        ),
        _field(
            "Country, if one",
            type="text",
            name="country",
            value=of_country,
            list=COUNTRIES,
            maxlength="2",
            autocomplete="off",
        ),
        _check(
            f"Only of {labels.title(title_id, titles.get(title_id))}", "title", title_id, checked
        )
        if title_id
        else None,
        _check("Only for me", "private", "yes", bool(said and said.private)) if mine else None,
        element("input", type="hidden", name="back", value=visit.link()),
        element("button", "Change" if said else "Add", type="submit", class_="button"),
        action=CHANGE if said else ADD,
        method="post",
    )


def _field(label: str, class_: str | None = None, **attributes: Any) -> Html:
    return element("label", element("span", label), element("input", **attributes), class_=class_)


def _check(label: str, name: str, value: str, checked: bool) -> Html:
    box = element("input", type="checkbox", name=name, value=value, checked=checked)
    return element("label", box, element("span", label), class_="check")
