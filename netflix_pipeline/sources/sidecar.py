"""What is told of a file by another that lies beside it: `<name>.toml`.

    household = "silva"      # as on the command line: --household, --date-order, --source
    date_order = "dmy"

or a mapping: with a section [columns] it is one.
"""

from pathlib import Path

from netflix_pipeline.errors import BadInput
from netflix_pipeline.sources.chunk import Options
from netflix_pipeline.sources.dates import Order
from netflix_pipeline.sources.toml_text import only_keys, parse_toml, read_toml

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
