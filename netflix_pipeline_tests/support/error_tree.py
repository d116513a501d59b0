"""The errors of the product, as its source text says: which derives from which, and its room."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
TOP = "PipelineError"


class Defined(NamedTuple):
    """An error: what it derives from, and the room in which it stands."""

    base: str
    room: str


def _classes() -> Iterator[tuple[str, Defined]]:
    for package in ("netflix_pipeline", "api", "dash_app"):
        for path in sorted((ROOT / package).rglob("*.py")):
            inside = path.relative_to(ROOT).with_suffix("").parts
            room = inside[1] if package == "netflix_pipeline" else package
            text = path.read_text(encoding="utf-8")
            for node in ast.walk(ast.parse(text)) if "class " in text else ():
                if isinstance(node, ast.ClassDef):
                    for base in node.bases:
                        yield node.name, Defined(ast.unparse(base), room)


@cache
def errors() -> Mapping[str, Defined]:
    """Every error below the top of the tree, by its name."""
    classes = list(_classes())
    found: dict[str, Defined] = {}
    known = {TOP}
    while known:
        below = [(name, told) for name, told in classes if told.base in known]
        known = {name for name, _ in below}
        assert len(known) == len(below), "two errors have one name, or one has two bases"
        assert not known & found.keys()
        found.update(below)
    return found


def lineage(name: str, found: Mapping[str, Defined]) -> Iterator[str]:
    """An error and those above it, the nearest first."""
    while name in found:
        yield name
        name = found[name].base
    yield name


def drawing(found: Mapping[str, Defined], top: str = TOP, before: str = "") -> Iterator[str]:
    """The lines below an error, with the room of those that stand in another."""
    below = sorted(name for name, told in found.items() if told.base == top)
    for name in below:
        line = f"{before}{'└' if name == below[-1] else '├'}── {name}"
        room = found[name].room
        yield line if room == "errors" else f"{line:<34}{room}"
        yield from drawing(found, name, before + ("    " if name == below[-1] else "│   "))
