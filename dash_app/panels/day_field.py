"""A field for a day: text in the reader's order, one stop of the Tab key, and a calendar beside it.

The calendar is opened by its button, or the arrow down in the field: `assets/calendar.js`.
"""

from datetime import date

from dash_app import day_entry
from dash_app.markup import Html, element, fragment

PICTURE = element(
    "svg",
    fragment(
        element("rect", x="2.5", y="3.5", width="13", height="12", rx="2.5"),
        element("path", d="M2.5 7.5h13M6 1.5v3.5M12 1.5v3.5"),
    ),
    viewBox="0 0 18 18",
    aria_hidden="true",
)


def day_field(
    label: str,
    name: str,
    day: date,
    *,
    first: date | None = None,
    last: date | None = None,
    week_start: int = 1,
    form: str | None = None,
) -> Html:
    """The field `name` with a day; its calendar offers those from `first` to `last`.

    Weeks of the calendar begin with that weekday (1 is Monday). It belongs to the form that it
    stands in, or to that of another id.
    """
    return element(
        "span",
        element(
            "label",
            element("span", label),
            element(
                "input",
                type="text",
                name=name,
                value=day_entry.typed(day),
                placeholder=day_entry.hint(),
                title=f"{day_entry.ways()}; arrow down: calendar",
                size=len(day_entry.ISO),
                required=True,
                form=form,
                autocomplete="off",
                spellcheck="false",
                aria_haspopup="dialog",
                data_day=day_entry.hint(),
                data_min=str(first) if first else None,
                data_max=str(last) if last else None,
                data_week_start=week_start,
            ),
        ),
        element(
            "button",
            PICTURE,
            type="button",
            tabindex="-1",
            aria_label=f"Calendar: {label}",
            class_="pick",
        ),
        class_="day",
    )
