"""Dates as people and spreadsheets write them.

What is read the same by everybody is read: `2023-01-17`, `2023/1/17`, `17-Jan-23`, `January 17,
2023`. Where the year comes last, or has two digits, the order of day and month is told or decided
for a whole file (date_order.py); a date alone never tells it.
"""

import re
import unicodedata
from datetime import date
from enum import StrEnum

import polars as pl

PIVOT = 69
"""Two-digit years from here on are of the last century, as POSIX has it."""

MONTHS = tuple(date(2000, number, 1).strftime("%B") for number in range(1, 13))

MONTH_NAMES = (
    "jan january januar januari janvier janv enero ene gennaio gen janeiro stycznia sty ocak oca",
    (
        "feb february februar februari février févr febrero febbraio fevereiro fev lutego lut "
        "şubat şub"
    ),
    "mar march märz mär mars marzo março maart mrt marts marca mart",
    "apr april avril avr abril abr aprile kwietnia kwi nisan nis",
    "may mai mayo maggio mag maio mei maj maja mayıs",
    "jun june juni juin junio giugno giu junho czerwca cze haziran haz",
    "jul july juli juillet juil julio luglio lug julho lipca lip temmuz tem",
    "aug august août agosto ago augustus augusti sierpnia sie ağustos ağu",
    "sep sept september septembre septiembre settembre set setembro września wrz eylül eyl",
    "oct october oktober okt octobre octubre ottobre ott outubro out października paź ekim eki",
    "nov november novembre noviembre novembro listopada lis kasım kas",
    (
        "dec december dezember dez décembre déc diciembre dic dicembre dezembro desember des "
        "grudnia gru aralık ara"
    ),
)
"""Months as spreadsheets write them: in English, German, French, Spanish, Italian, Portuguese,
Dutch, Swedish, Danish, Norwegian, Polish and Turkish, by CLDR (wide and abbreviated)."""

NUMBERED = {name: at for at, names in enumerate(MONTH_NAMES, 1) for name in names.split()}

NAME = r"(?u:[^\W\d_]){3,12}"
WEEKDAY = rf"(?:{NAME}\.?,? +)?"
DATE = (
    r"(?P<year>\d{4})(?P<mark>[-/]|\. ?)(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})\.?"
    r"|(?P<one>\d{1,2})(?P<sign>[-/]|\. ?)(?P<two>\d{1,2})(?P=sign)(?P<three>\d{4}|\d{1,2})\.?"
    rf"|{WEEKDAY}(?P<nday>\d{{1,2}})(?:st|nd|rd|th|er)?(?:-|/|\.? +(?:de +)?)"
    rf"(?P<nmonth>{NAME})\.?(?:-|/|,? +(?:de +)?)(?P<nyear>\d{{4}}|\d\d)"
    rf"|{WEEKDAY}(?P<mname>{NAME})\.? +(?P<mday>\d{{1,2}})(?:st|nd|rd|th)?,? +(?P<myear>\d{{4}})"
)
"""A date as a regular expression with named groups, for `of_match`."""

PLAIN = re.compile(DATE, re.ASCII)
BLANKS, MARKS = "\u00a0\u2007\u2009\u202f", "\u200e\u200f"
"""Blanks that programs write beside numbers, and marks of the direction of writing."""

ODD = str.maketrans(dict.fromkeys(BLANKS, " ") | dict.fromkeys(MARKS))
DEPENDING = r"^\s*([0-9]{1,2}(?:[-/]|\. ?)[0-9]{1,2}(?:[-/]|\. ?)[0-9]{1,4}\.?)(?:$|[ ,Tt])"
"""Polars' expression for the part of a text that is a date whose reading depends on the order."""


class Order(StrEnum):
    """In which order a file's dates have day, month and year."""

    dmy = "dmy"
    mdy = "mdy"
    ymd = "ymd"

    @property
    def words(self) -> str:
        """For people: `day, month, year`."""
        names = {"d": "day", "m": "month", "y": "year"}
        return ", ".join(names[letter] for letter in self.value)


def tidy(text: str) -> str:
    """A text with plain blanks and accents, and no marks of the direction of writing."""
    return unicodedata.normalize("NFC", text.translate(ODD)).strip()


def depending(text: pl.Series) -> pl.Series:
    """The parts of texts that are dates whose reading depends on the order; null elsewhere."""
    plain = text.str.replace_all(f"[{MARKS}]", "").str.replace_all(f"[{BLANKS}]", " ")
    return plain.str.extract(DEPENDING, 1)


def readings(text: str) -> dict[Order, date]:
    """Every reading of a date that depends on the order, by that order; the day of each.

    Dots mean day, month, year; only where that is no day, month, day, year. With blanks behind the
    dots, one behind the last and two-digit years (`23. 1. 17.`) the year may be the first.
    """
    match = PLAIN.fullmatch(tidy(text))
    days = {order: day for order in Order if match and (day := of_match(match, order))}
    if "." not in text:
        return days
    first = next((order for order in (Order.dmy, Order.mdy) if order in days), Order.ymd)
    open_to = {first, Order.ymd} if ". " in text and text.endswith(".") else {first}
    return {order: day for order, day in days.items() if order in open_to}


def of_match(match: re.Match[str], order: Order | None) -> date | None:
    """The day of a match of `DATE`; None where it is none, or depends on an order that is None."""
    part = match.groupdict()
    if part["one"] is not None:
        parts = _ordered(part["one"], part["two"], part["three"], order)
    elif part["year"] is not None:
        parts = part["year"], part["month"], part["day"]
    else:
        name = (part["nmonth"] or part["mname"]).casefold()
        number = str(NUMBERED.get(name, 0))
        parts = part["nyear"] or part["myear"], number, part["nday"] or part["mday"]
    if parts is None:
        return None
    year, month, day = parts
    try:
        return date(_full(year), int(month), int(day))
    except ValueError:
        return None


def _ordered(one: str, two: str, three: str, order: Order | None) -> tuple[str, str, str] | None:
    """Year, month and day of three numbers in that order; None where it is not theirs."""
    if order is None or len(one if order is Order.ymd else three) not in (2, 4):
        return None
    if order is Order.ymd:
        return None if len(three) == 4 else (one, two, three)
    return (three, two, one) if order is Order.dmy else (three, one, two)


def _full(year: str) -> int:
    if len(year) == 4:
        return int(year)
    return int(year) + (1900 if int(year) >= PIVOT else 2000)
