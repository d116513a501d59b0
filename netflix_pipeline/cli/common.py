"""What commands have in common: their settings, and what they print.

That is tables and progress for people, one JSON object for scripts. Answers go to stdout,
everything else to stderr. Rich is imported where something is printed: the help stays quick
without it.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from netflix_pipeline.ingest import FileResult
    from netflix_pipeline.ingest.ingest import Trial
    from netflix_pipeline.settings import Settings
    from netflix_pipeline.sources import Skipped

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for scripts.")]

Update = Callable[..., None]
"""Changes a progress bar's `description`, `completed`, `total` and `told`."""

WIDE = 200
"""Columns of a line where nobody's terminal says how many there are: tables stay greppable."""


COMMANDING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ud800-\udfff]"
)
"""Characters that command a terminal, turn the direction of what follows, or are no characters."""


def settings(*, look_only: bool = False) -> Settings:
    """The settings that the environment tells; wrong use where a value cannot be.

    Rights that others have to the home are taken away, unless it is only looked at.
    """
    from pydantic import ValidationError

    from netflix_pipeline.settings import Settings, variable

    try:
        loaded = Settings()
    except ValidationError as error:
        wrong = "; ".join(
            f"{variable(str(one['loc'][0]))}={harmless(str(one['input']))}: "
            + one["msg"].removeprefix("Value error, ")
            for one in error.errors()
        )
        raise typer.BadParameter(f"in the environment, {wrong}") from None
    if not look_only:
        loaded.keep_private()
    return loaded


def harmless(text: str) -> str:
    """A text that somebody else may have written, with what is more than text spelled out.

    A name of a file or a field must not colour, clear or retitle the terminal it is shown on, nor
    make one line look like another.
    """
    return COMMANDING.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


@cache
def out() -> Console:
    """What was asked for."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else WIDE, highlight=False)


@cache
def err() -> Console:
    """What is said besides."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """A sentence of the answer."""
    out().print(harmless(text), markup=False, soft_wrap=True)


def note(text: str) -> None:
    """A sentence beside the answer."""
    err().print(harmless(text), markup=False)


def tell_skipped(files: Iterable[Skipped]) -> None:
    """Files of a folder that were left, and why; one that is damaged is a complaint."""
    for file in files:
        (complain if file.damaged else note)(f"skipped {file.path}: {file.reason}")


def complain(error: object) -> None:
    """What went wrong."""
    err().print("error: ", style="bold red", end="")
    err().print(harmless(str(error)), markup=False)


def end_with(problems: Sequence[object], *, failed: bool = False) -> None:
    """Tell what went wrong, and end with 1 where something did, or where it `failed` besides."""
    for problem in problems:
        complain(problem)
    if problems or failed:
        raise typer.Exit(1)


def print_json(value: Any) -> None:
    """One object on one line; times and days in ISO 8601, paths as text."""
    text = json.dumps(
        value,
        default=lambda other: other.isoformat() if isinstance(other, date) else str(other),
        ensure_ascii=False,
    )
    sys.stdout.write(harmless(text) + "\n")


def row_counts(results: Sequence[FileResult | Trial]) -> dict[str, int]:
    """How many rows of some files were received, and what became of them."""
    from netflix_pipeline.contracts.outcomes import ROW_COUNTS

    return {name: sum(getattr(result, name) for result in results) for name in ROW_COUNTS}


def print_table(title: str, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    """A table under its title; columns of numbers stand to the right."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    cells = [list(row) for row in rows]
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    for place, column in enumerate(columns):
        numbers = any(isinstance(row[place], int) for row in cells)
        table.add_column(column, justify="right" if numbers else "left", overflow="fold")
    for row in cells:
        table.add_row(*(Text(harmless(shown(cell)).replace("\n", "\\n")) for cell in row))
    out().print(table)


def shown(value: object) -> str:
    """A value as people read it: 1,234, 0.25, 2026-01-31 20:15:00; nothing for None."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.1f}"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S}"
        case list() | tuple():
            return ", ".join(map(shown, value))
    return str(value)


def counted(number: int, thing: str) -> str:
    """A number of things: 1 row, 1,234 rows."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


@contextmanager
def progress(description: str, total: int | None = None) -> Iterator[Update]:
    """A bar on stderr while something long goes on; nothing where stderr is no terminal."""
    from rich.markup import escape
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[told]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err(), transient=True, disable=not err().is_terminal) as bar:
        task = bar.add_task(description, total=total, told="")

        def update(**changes: Any) -> None:
            if bar.disable:
                return
            texts = {
                name: escape(harmless(value))
                for name, value in changes.items()
                if isinstance(value, str)
            }
            bar.update(task, **changes | texts)

        yield update


@contextmanager
def reading_files() -> Iterator[Callable[[Path, int, int], None]]:
    """A bar on stderr while files are read; to be told of a file, bytes that were read, and all."""
    with progress("reading") as update:

        def on_bytes(path: Path, done: int, size: int) -> None:
            update(description=path.name, completed=done, total=size, told=f"{done >> 20:,} MB")

        yield on_bytes


def waiting() -> None:
    """Said once when another process must end first."""
    note("another ingest is running in this home: waiting for it to end …")


def named_day(text: str) -> date:
    """The day that an option names; wrong use when it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day such as 2026-01-31") from None


def named_path(text: str) -> Path:
    """The file or folder that an argument names; wrong use where it names none.

    An empty one is that of a shell whose variable is not set, and is not the folder one is in.
    """
    if not text:
        raise typer.BadParameter("a path is empty: name a file or a folder (. is this folder)")
    return Path(text)


def below(paths: Iterable[Path]) -> tuple[Path | None, list[str]]:
    """The folder that all paths lie in, and each path within it; None and whole for one path."""
    whole = list(paths)
    with suppress(ValueError):  # of absolute and relative paths there is none
        if len(whole) > 1:
            common = Path(os.path.commonpath([path.parent for path in whole]))
            return common, [str(path.relative_to(common)) for path in whole]
    return None, [str(path) for path in whole]
