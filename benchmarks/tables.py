"""Tables of figures, printed as Markdown; what was printed is also what is recorded of a run."""

import operator
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

GOAL = "goal"
"""Head of the column with what a row's first figure shall be; `goal of X`: that of column X."""
UNITS = frozenset(
    (
        *("s", "ms", "µs", "µs/byte", "MB", "kB", "%", "MB/s"),
        *("rows/s", "events/s", "requests/s", "answered/s", "frames/s", "round trips/s"),
    )
)
NUMBER = re.compile(r"([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)(?: ?([A-Za-zµ%][^,]*))?")
BOUND = re.compile(r"([<≤≥]) ?([\d,.]+)")
KEEPS = {"<": operator.lt, "≤": operator.le, "≥": operator.ge}


@dataclass(frozen=True)
class Figure:
    """One number of a run. `goal` is a bound in its own unit, such as `≤ 500`, or empty."""

    name: str
    value: float
    unit: str
    goal: str = ""

    @property
    def kept(self) -> bool | None:
        """Whether it keeps its goal; None where it has none."""
        return keeps(self.value, self.goal) if self.goal else None


@dataclass
class Table:
    """A table as it was printed."""

    head: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def figures(self) -> Iterator[Figure]:
        """Its cells that are numbers, named by table, row and column.

        A row whose first cell alone is filled, in bold, is the title of those below it.
        """
        title, *columns = self.head
        section = ""
        for name, *cells in self.rows:
            if name.startswith("**") and not any(cells):
                section = _plain(name)
                continue
            found = [
                _figure((title, section, name, column), cell)
                for column, cell in zip(columns, cells, strict=False)
                if not column.startswith(GOAL)
            ]
            goals = self._goals(columns, cells)
            for at, figure in enumerate(found):
                if figure is not None:
                    yield replace(figure, goal=goals.get(at, ""))

    def _goals(self, columns: Sequence[str], cells: Sequence[str]) -> dict[int, str]:
        """A row's goals, by the place of the figure that each is of."""
        of_figures = [column for column in columns if not column.startswith(GOAL)]
        goals: dict[int, str] = {}
        for column, cell in zip(columns, cells, strict=False):
            if column.startswith(GOAL) and (told := BOUND.match(cell)):
                of = column.removeprefix(GOAL).removeprefix(" of ")
                goals[of_figures.index(of) if of else 0] = told[0]
        return goals


PRINTED: list[Table] = []
"""All tables so far, in their order."""


def row(*cells: object) -> None:
    """One row."""
    told = tuple(map(str, cells))
    PRINTED[-1].rows.append(told)
    _print(told)


def head(*cells: str) -> None:
    """The head of a new table."""
    PRINTED.append(Table(cells))
    print()
    _print(cells)
    _print(tuple("---" for _ in cells))


def keeps(value: float, goal: str) -> bool:
    """Whether a value keeps a goal, such as `≥ 1,000` or `< 10 ms`."""
    told = BOUND.match(goal)
    assert told, goal
    return bool(KEEPS[told[1]](value, float(told[2].replace(",", ""))))


def _figure(names: Sequence[str], cell: str) -> Figure | None:
    found = NUMBER.fullmatch(_plain(cell))
    if not found:
        return None
    number, unit = found.groups()
    return Figure(
        ": ".join(filter(None, map(_plain, names))),
        float(number.replace(",", "")),
        unit.split()[0] if unit else unit_of(names[-1]),
    )


def unit_of(column: str) -> str:
    """The unit that the head of a column names; empty where it names none."""
    words = column.split()
    named = next((word for word in words if word in UNITS), "")
    return named or ("s" if "seconds" in words else "")


def _plain(text: str) -> str:
    return re.sub(r"[*`]", "", text).strip()


def _print(cells: Sequence[str]) -> None:
    print("|", " | ".join(cells), "|")
