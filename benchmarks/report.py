"""Fill tables of docs/performance.md and docs/scaling.md from the recorded runs.

python -m benchmarks.report
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks import calibration
from benchmarks.promises.lines import HEAD, table
from benchmarks.record import ROOT, Run, history

PAGE = ROOT / "docs" / "performance.md"
SPEEDS = (
    *(calibration.ONE_CORE, calibration.ALL_CORES, calibration.ROWS, calibration.FORCED_MS),
    *(calibration.WRITING, calibration.ROUND_TRIP_MS, calibration.LOOPBACK),
)
NOTHING = "Nothing is recorded yet."
OF_FLOOR = "of the floor"
OF_FLOORS = ("figure", OF_FLOOR, "goal", "", "command")


def filled(page: str, blocks: Mapping[str, str]) -> str:
    """The page with each block between `<!-- begin NAME -->` and `<!-- end NAME -->`.

    Raises ValueError where a mark is missing.
    """
    for name, text in blocks.items():
        begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
        pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
        whole = f"{begin}\n\n{text}\n\n{end}"
        page, found = pattern.subn(whole.replace("\\", r"\\"), page)
        if found != 1:
            raise ValueError(f"{begin} … {end} is {found} times in the page, not once")
    return page


def blocks(runs: Sequence[Run]) -> dict[str, str]:
    """What the page has of the recorded runs."""
    latest = list({run.command: run for run in runs}.values())
    beside = list(floors(latest))
    return {
        "promises": markdown(HEAD, table(runs)),
        "floors": markdown(OF_FLOORS, beside) if beside else NOTHING,
        "recorded runs": "\n\n".join(map(told, latest)) or NOTHING,
        "machines": markdown(*machines(latest)) if latest else NOTHING,
    }


def blocks_of_scaling(runs: Sequence[Run]) -> dict[str, str]:
    """What the page about growing has of them: the latest run with workers."""
    latest = next((run for run in reversed(runs) if run.name == "scaling"), None)
    if latest is None:
        return {"workers": NOTHING}
    begin = f"`{latest.command}`, {latest.begun[:10]}, {_machine(latest)}:"
    tables = (markdown(one.head, one.rows) for one in latest.tables)
    return {"workers": "\n\n".join((begin, *tables))}


def floors(runs: Iterable[Run]) -> Iterator[tuple[str, ...]]:
    """Rows of `OF_FLOORS`: the figures that say how many times a floor of their run they are."""
    for run in runs:
        for figure in run.figures:
            if figure.name.endswith(OF_FLOOR) and "floor: " not in figure.name:
                kept = {None: "", True: "kept", False: "**missed**"}[figure.kept]
                yield figure.name, f"{figure.value:g}", figure.goal, kept, f"`{run.command}`"


def machines(runs: Sequence[Run]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Head and rows: on what each run was measured, and how fast that was then."""
    rows = [
        (
            f"`{run.command}`",
            f"{run.begun[:10]}, {run.commit}{' and changes' if run.changed else ''}",
            _machine(run),
            *(f"{run.calibration[name].value:,.4g}" for name in SPEEDS),
        )
        for run in runs
    ]
    units = (f"{name}, {_unit(name, runs)}" for name in SPEEDS)
    return ("command", "day, commit", "machine", *units), rows


def _machine(run: Run) -> str:
    told = run.machine
    return f"{told['cores']} × {told['cpu']}, {told['memory_mb']:,} MB"


def _unit(name: str, runs: Iterable[Run]) -> str:
    return next(run.calibration[name].unit for run in runs)


def told(run: Run) -> str:
    """A run's tables, and what it missed."""
    parts = [f"### `{run.command}`"]
    parts += [markdown(one.head, one.rows) for one in run.tables]
    missed = [
        "- missed: {figure}: {value}, goal {goal}; cause: {cause}".format(**miss)
        for miss in run.misses()
    ]
    return "\n\n".join((*parts, *(["\n".join(missed)] if missed else [])))


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    return "\n".join(_lines(head, rows))


def _lines(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for cells in rows:
        yield f"| {' | '.join(cells)} |"


Pages = Mapping[Path, Callable[[Sequence[Run]], dict[str, str]]]
PAGES: Pages = {PAGE: blocks, ROOT / "docs" / "scaling.md": blocks_of_scaling}
"""The pages, and what fills each."""


def main() -> None:
    """Fill the pages."""
    runs = history()
    for page, blocks_of in PAGES.items():
        text = page.read_text(encoding="utf-8")
        page.write_text(filled(text, blocks_of(runs)), encoding="utf-8")
        print(f"{page} has the figures of {len(runs)} recorded runs")


if __name__ == "__main__":
    main()
