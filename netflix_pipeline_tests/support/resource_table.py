"""The table of resources in `docs/api.md`: the rows of those that answer a question.

`python -m netflix_pipeline_tests.support.resource_table docs/api.md` writes them anew.
"""

import re
import sys
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from fastapi import FastAPI

from api.app import create_app
from api.resource import resources
from netflix_pipeline.serving import NOT, Filters
from netflix_pipeline.serving.questions.titles import TitleFilters
from netflix_pipeline.settings import Settings

TOGETHER = {
    ("from", "to", "period", "week_start"): "`from`, `to` or [`period`](#what-every-answer-says)",
    tuple(Filters.model_fields): "[filters](#filters)",
    tuple(TitleFilters.model_fields): "[its filters](#titles)",
}
"""Parameters that are told together, and how."""
FEW = 8
"""Values of a parameter up to which they are told."""


def rows(app: FastAPI) -> dict[str, str]:
    """The row of each resource that answers a question, by its path."""
    found = {}
    for path, question in resources(app).items():
        assert question.__doc__
        line = question.__doc__.splitlines()[0].removesuffix(".")
        taken = _parameters(app.openapi()["paths"][path]["get"].get("parameters", []))
        found[path] = f"| `GET {path}` | {line[0].lower()}{line[1:]} | {taken or '–'} |"
    return found


def _parameters(parameters: list[dict[str, Any]]) -> str:
    told = {
        one["name"]: f"`{one['name']}`{_values(one['schema'])}"
        for one in parameters
        if one["in"] == "query" and one["name"] != "format" and not one["name"].startswith(NOT)
    }
    for names, together in TOGETHER.items():
        if told.keys() >= set(names):
            first = names[0]
            told = {
                name: together if name == first else one
                for name, one in told.items()
                if name == first or name not in names
            }
    days = {name: told.pop(name) for name in ("from", "to") if name in told}
    filters = {name: one for name, one in told.items() if one in TOGETHER.values()}
    return ", ".join((days | filters | told).values())


def _values(schema: dict[str, Any]) -> str:
    """The values that a parameter may have, where they are few."""
    kind = schema.get("anyOf", [schema])[0]
    if 0 < len(kind.get("enum", ())) <= FEW:
        return f" ({', '.join(f'`{value}`' for value in kind['enum'])})"
    if "maximum" in kind and kind["type"] == "integer":
        return f" ({kind['minimum']}–{kind['maximum']})"
    return ""


def written(document: str, app: FastAPI) -> str:
    """The document with these rows as they are now; a new one stands below the one before it."""
    before = ""
    for path, row in rows(app).items():
        line = re.compile(rf"(?m)^\| `GET {re.escape(path)}` \|.*$")
        if line.search(document) is None:
            document = document.replace(before, f"{before}\n{row}")
        document = line.sub(row, document)
        before = row
    return document


if __name__ == "__main__":
    page = Path(sys.argv[1])
    service = create_app(Settings(home=Path(mkdtemp())))
    page.write_text(written(page.read_text(encoding="utf-8"), service), encoding="utf-8")
