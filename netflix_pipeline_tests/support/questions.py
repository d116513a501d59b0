"""Every kind of question that there is, found in its package."""

import pkgutil
from importlib import import_module
from typing import Any

from netflix_pipeline.serving import Question, questions


def every_kind() -> list[type[Question[Any]]]:
    """The classes that are a question, by module; not those that several have in common."""
    modules = [
        import_module(f"{questions.__name__}.{module.name}")
        for module in pkgutil.iter_modules(questions.__path__)
    ]
    found = [
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type)
        and issubclass(kind, Question)
        and kind.__module__ == module.__name__
    ]
    return [kind for kind in found if "example" in vars(kind)]
