"""Small TOML files that people write."""

import tomllib
from pathlib import Path
from typing import Any

from netflix_pipeline.errors import BadInput


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
