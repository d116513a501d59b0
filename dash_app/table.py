"""Numbers as rows: a chart's table for people, its CSV, and what a figure is drawn from.

A chart and everything that is said, exported or explored of it come from one such table, so that
they cannot differ.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from operator import attrgetter
from typing import Any, Self

from dash_app import formats
from dash_app.markup import Html, element

Row = tuple[Any, ...]


@dataclass(frozen=True)
class TableColumn:
    """A column: its name in a CSV, its head for people, and how people read its values.

    `none` is what stands where there is no value: nothing where that says all. The cells of a
    column with `words` are codes, as filters take them, and files have both. `unit` is that of a
    metric, `share` also where a change is one. What is `in_files` only tells readers of the page
    nothing new.
    """

    name: str
    label: str
    said: Callable[[Any], str] = str
    none: str = formats.UNKNOWN
    words: Callable[[Any], str] | None = None
    unit: str = ""
    in_files: bool = False


@dataclass(frozen=True)
class Table:
    """Columns and rows; `links` lead from each row to what is behind it.

    The first `keys` columns name a row, the others are what is told of it.
    """

    caption: str
    columns: tuple[TableColumn, ...]
    rows: tuple[Row, ...]
    links: tuple[str, ...] = ()
    keys: int = 1

    @classmethod
    def of(
        cls,
        caption: str,
        columns: Sequence[TableColumn],
        things: Iterable[Any],
        links: Iterable[str] = (),
        keys: int = 1,
        **told: Callable[[Any], Any],
    ) -> Self:
        """A row for each thing: what it has under its columns' names, or what is `told` of it."""
        cells = [told.get(column.name) or attrgetter(column.name) for column in columns]
        rows = tuple(tuple(cell(thing) for cell in cells) for thing in things)
        return cls(caption, tuple(columns), rows, tuple(links), keys)

    def rows_if(self, known: object) -> Self:
        """The table, without rows where nothing is known."""
        return self if known else replace(self, rows=(), links=())

    def column(self, name: str) -> list[Any]:
        """The values of a column, in order."""
        place = self.names.index(name)
        return [row[place] for row in self.rows]

    def texts_of(self, name: str) -> list[str]:
        """The values of a column as people read them."""
        place = self.names.index(name)
        return [texts[place] for texts in self.texts]

    def label(self, name: str) -> str:
        """The head of a column for people."""
        return self.columns[self.names.index(name)].label

    @property
    def names(self) -> list[str]:
        """The names of its columns."""
        return [column.name for column in self.columns]

    @cached_property
    def texts(self) -> list[list[str]]:
        """Its rows as people read them, for the page and for its figure."""
        return [self.said(row) for row in self.rows]

    @cached_property
    def exported(self) -> Self:
        """The table as files have it: in place of a column of codes their words, then they."""
        told: list[tuple[TableColumn, list[Any]]] = []
        for place, column in enumerate(self.columns):
            cells = [row[place] for row in self.rows]
            if column.words is None:
                told.append((column, cells))
                continue
            # A dash says nothing to a program; all others are called so.
            none = None if column.none == formats.UNKNOWN else column.none
            words = [none if cell is None else column.words(cell) for cell in cells]
            told.append((TableColumn(column.name, column.label), words))
            code = "title_id" if column.name == "title" else f"{column.name}_code"
            told.append((TableColumn(code, f"{column.label} (code)"), cells))
        return replace(
            self,
            columns=tuple(column for column, _ in told),
            rows=tuple(zip(*(cells for _, cells in told), strict=True)),
            links=(),
        )

    def is_text(self, place: int, row: Row) -> bool:
        """Whether a cell of a row is read as text: words, and no number, day or time."""
        return self.columns[place].words is not None or isinstance(row[place], str)

    def said(self, row: Row) -> list[str]:
        """A row as people read it; a value that is not known is a dash."""
        return [
            column.none if value is None else column.said(value)
            for column, value in zip(self.columns, row, strict=True)
        ]


def plain(table: Table) -> Html:
    """The table as HTML, in a box that scrolls; the pointer of a chart reads it."""
    return linked(table, {table.names[0]: table.links} if table.links else {})


def linked(
    table: Table, links: Mapping[str, Sequence[str | None]], hidden: frozenset[str] = frozenset()
) -> Html:
    """The table as HTML with links in the cells of some columns, and without those `hidden`."""
    shown = [
        place
        for place, column in enumerate(table.columns)
        if column.name not in hidden and not column.in_files
    ]
    linked_at = {place: links[name] for place, name in enumerate(table.names) if name in links}
    body, texts = list[Html](), set[int]()
    for index, (row, said) in enumerate(zip(table.rows, table.texts, strict=True)):
        cells = []
        for place in shown:
            href = linked_at[place][index] if place in linked_at else None
            content = element("a", said[place], href=href) if href else said[place]
            is_text = table.is_text(place, row)
            if is_text:
                texts.add(place)
            cells.append(
                element("th", content, scope="row")
                if place < table.keys
                else element("td", content, class_="text" if is_text else None)
            )
        body.append(element("tr", cells))
    heads = [
        element(
            "th", table.columns[place].label, scope="col", class_="text" if place in texts else None
        )
        for place in shown
    ]
    return element(
        "div",
        element(
            "table",
            element("caption", table.caption, class_="unseen"),
            element("thead", element("tr", heads)),
            element("tbody", body),
        ),
        tabindex="0",
        role="region",
        aria_label=f"{table.caption}, as a table",
        class_="scroll",
    )


NOTES = TableColumn("notes", "To know", none="")
"""What is to be known of a row; of most there is nothing."""


def measured(name: str, label: str, unit: str) -> TableColumn:
    """A column of a metric's values, said in its unit."""
    return TableColumn(name, label, lambda value: formats.value_in(unit, value), unit=unit)


def before_columns(unit: str, of: str = "", label: str = "") -> tuple[TableColumn, TableColumn]:
    """The columns of what values of a unit were before, and how they changed.

    Those `of` one of several measures are called by its label.
    """
    name, words = (f"{of}_", f"{label}, ") if of else ("", "")
    before, change = ("before", "change") if of else ("Before", "Change")
    return measured(f"{name}compared", f"{words}{before}", unit), TableColumn(
        f"{name}change",
        f"{words}{change}",
        lambda value: formats.changed(unit, value)[0],
        unit="share",
    )


def before_cells(unit: str, now: float | None, before: float | None) -> Row:
    """What stands in these columns."""
    return before, formats.difference(unit, now, before)


def dimension(name: str, label: str, none: str = formats.UNKNOWN) -> TableColumn:
    """A column of a dimension's values, said as people call them; `none` is called so."""
    words = partial(formats.dimension, name)
    return TableColumn(name, label, words, none, words)
