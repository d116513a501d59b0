"""The dimensions stand in one place, and whoever names all of them takes them from there."""

import ast
from pathlib import Path

import pytest

from dash_app.filters import NARROWINGS
from netflix_pipeline.contracts import contract
from netflix_pipeline.contracts.dimensions import DIMENSIONS, FILTERS, OF_PLAYS, Dimension
from netflix_pipeline.serving import Filters, Play

ROOT = Path(__file__).parents[2]


PEERS = ROOT / "benchmarks" / "peers"


def listing(text: str) -> bool:
    """Whether something in a module spells out all of the dimensions."""
    if not all(name in text for name in OF_PLAYS):
        return False
    for node in ast.walk(ast.parse(text)):
        parts = {
            each.value for each in ast.iter_child_nodes(node) if isinstance(each, ast.Constant)
        }
        if isinstance(node, ast.arguments):
            parts = {each.arg for each in (*node.args, *node.kwonlyargs)}
        if isinstance(node, ast.ClassDef):
            fields = (each for each in node.body if isinstance(each, ast.AnnAssign))
            parts = {each.target.id for each in fields if isinstance(each.target, ast.Name)}
        if parts >= set(OF_PLAYS):
            return True
    return False


def test_no_other_list_of_dimensions_stands_in_the_code() -> None:
    lists = {
        str(path.relative_to(ROOT))
        for room in ("netflix_pipeline", "api", "dash_app", "benchmarks")
        for path in (ROOT / room).rglob("*.py")
        if PEERS not in path.parents  # what others would write is theirs
        if listing(path.read_text(encoding="utf-8"))
    }
    # The controls of the filter bar, an example that shows a play, and the fields of one title.
    others = lists - {"dash_app/filters.py", "netflix_pipeline/serving/query/plays.py"}
    assert not others, "take the dimensions from netflix_pipeline/contracts/dimensions.py"


def test_each_dimension_has_its_control() -> None:
    assert set(NARROWINGS) == set(FILTERS), "NARROWINGS of dash_app/filters.py has each by its name"


def test_questions_are_narrowed_by_each_and_plays_tell_each() -> None:
    assert tuple(Filters.model_fields) == FILTERS
    assert set(OF_PLAYS) <= set(Play.model_fields)
    assert Filters(genre="Drama", title="t").told == {"genre": "Drama", "title": "t"}
    with pytest.raises(ValueError, match="colour"):
        Filters(colour="red")


@pytest.mark.parametrize("told", DIMENSIONS, ids=OF_PLAYS)
def test_who_tells_a_dimension_has_its_column(told: Dimension) -> None:
    sources = {"event": "bronze/watch_events", "user": "silver/users", "title": "silver/titles"}
    for teller in told.told_by:
        table = sources[teller]
        assert told.name in contract(table).names, (
            f"{table} has no column {told.name!r}: add it to netflix_pipeline/contracts/bronze.py"
        )
