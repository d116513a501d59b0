"""Days as people type them: in the order of their locale, or as ISO 8601 has them.

Links have the latter, so that they mean the same to everybody.
"""

import re
from datetime import date
from functools import lru_cache

from babel import Locale

from dash_app import locales

ISO = "YYYY-MM-DD"
PARTS = {"y": "YYYY", "M": "MM", "d": "DD"}
"""How people are shown the parts of a day, by their letters in Unicode's patterns."""
BETWEEN = r"(?:\s?[./-]\s?|\s)"
NUMBERS = re.compile(rf"(\d{{1,4}}){BETWEEN}(\d{{1,2}}){BETWEEN}(\d{{1,4}})\.?")
DOTTED = "DD.MM.YYYY"
"""What numbers with points between them are everywhere, where the year does not come first."""
CENTURY = 2000
"""Of years that are told by two digits."""


def hint() -> str:
    """How a day is typed in the locale of whoever is being answered: `DD.MM.YYYY`."""
    return _hint(locales.current())


def ways() -> str:
    """All ways to type one: `DD.MM.YYYY or YYYY-MM-DD`."""
    return ISO if hint() == ISO else f"{hint()} or {ISO}"


def typed(day: date) -> str:
    """A day as it is typed there: `27.11.2026`."""
    text = hint().replace("YYYY", f"{day.year:04}").replace("MM", f"{day.month:02}")
    return text.replace("DD", f"{day.day:02}")


def read(text: str) -> date | None:
    """The day that somebody typed there; None where it is not written in one of the `ways`.

    A year may have two digits. Raises ValueError for a day that is not in the calendar.
    """
    found = NUMBERS.fullmatch(text.strip())
    if found is None:
        return None
    dotted = "." in text and "." not in hint()
    order = ISO if len(found[1]) == 4 else DOTTED if dotted else hint()
    names = re.findall("Y+|M+|D+", order)
    parts = dict(zip(names, found.groups(), strict=True))
    year, month, day = (parts[name] for name in PARTS.values())
    if len(year) not in (2, 4) or len(month) > 2 or len(day) > 2:
        return None
    return date(int(year) + (CENTURY if len(year) == 2 else 0), int(month), int(day))


@lru_cache(512)
def _hint(locale: Locale) -> str:
    pattern = re.sub("'[^']*'", "", locale.date_formats["short"].pattern)
    parts = list(dict.fromkeys(re.findall("[yMd]", pattern)))
    mark = next((each for each in pattern if each in "./-"), "-")
    return mark.join(PARTS[part] for part in parts) if len(parts) == len(PARTS) else ISO
