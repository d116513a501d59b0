"""What is told of a file by where it lies, and by another that lies beside it: `<name>.toml`.

    household = "silva"      # as on the command line: --household, --date-order, --source
    date_order = "dmy"

or a mapping: with a section [columns] it is one.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

from netflix_pipeline.errors import BadInput
from netflix_pipeline.ids import trimmed
from netflix_pipeline.sources.chunk import Options
from netflix_pipeline.sources.dates import Order


def read_toml(path: Path) -> str:
    """The file's text, without the sign that some editors begin it with; BadInput where it is none.

    A pipe is not waited for.
    """
    if path.exists() and not path.is_file():
        raise BadInput(f"{path}: it is no plain file; name one")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: this is not TOML: it is no UTF-8; save it as UTF-8") from error
    except OSError as error:
        raise BadInput(f"{path}: it cannot be read ({error.strerror}); check the path") from error


def only_keys(table: dict[str, Any], allowed: tuple[str, ...], where: str) -> None:
    """BadInput, in which it is called `where`, where a table has other keys than those allowed."""
    if unknown := [key for key in table if key not in allowed]:
        raise BadInput(
            f"{where}: unknown key {', '.join(map(repr, unknown))}; allowed are "
            f"{', '.join(allowed)}"
        )


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """What a TOML text tells; BadInput, in which it is called `where`, for what is none."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{where}: this is not TOML: {error}") from error
    except (RecursionError, ValueError) as error:
        why = "it is nested too deep, or a number in it is too long"
        raise BadInput(f"{where}: this is not TOML: {why}") from error


BESIDE = ".toml"
"""What is appended to a file's name for the name of the file that tells of it."""

KEYS = ("household", "date_order", "source")


def options_beside(path: Path) -> Options:
    """What that file tells; BadInput names the key that is wrong and what is allowed."""
    told = parse_toml(read_toml(path), str(path))
    if "columns" in told:
        return Options(mapping=path)
    only_keys(told, (*KEYS, "or a mapping with [columns]"), str(path))
    for key, value in told.items():
        if not isinstance(value, str) or not value:
            raise BadInput(f"{path}: {key} is {value!r}; it must be a text")
    order = told.get("date_order")
    if order is not None and order not in list(Order):
        raise BadInput(f"{path}: date_order is {order!r}; allowed are {', '.join(Order)}")
    return Options(
        source=told.get("source"),
        household=told.get("household"),
        date_order=None if order is None else Order(order),
    )


def told_beside(path: Path) -> Options:
    """What is told beside a file; nothing where nothing is, or cannot be read."""
    try:
        return options_beside(path.with_name(path.name + BESIDE))
    except BadInput:
        return Options()


# A browser adds ` (1)`, or another number, to the name of a second download.
NETFLIX_OWN = re.compile(
    r"(?:viewingactivity|content_interaction|netflix-report)(?: ?\(\d+\))?"
    r"|netflixviewinghistory(?: ?\(\d+\)|[ _-]\d{1,3})?",
    re.IGNORECASE,
)
DEFAULT = "home"


def household_of(path: Path, given: str | None = None) -> str:
    """The household of a Netflix export: the one told, else the nearest name on the file's path.

    Names that Netflix itself gives (`ViewingActivity`, `CONTENT_INTERACTION`, `netflix-report`,
    `NetflixViewingHistory`) say nothing of a household. Raises BadInput for one that is
    told and no text.
    """
    if given is not None and (name := trimmed(given)):
        try:
            name.encode()
        except UnicodeEncodeError as error:
            raise BadInput(f"{given!r}: the household's name is not UTF-8; give another") from error
        return name
    absolute = path.absolute()
    stem = absolute.name.split(".", 1)[0]
    names = map(trimmed, (stem, *(folder.name for folder in absolute.parents)))
    return next((name for name in names if name and not NETFLIX_OWN.fullmatch(name)), DEFAULT)
