"""Small files of the home in which a process tells what another one reads out.

They are not forced to disk: what they hold is told again soon. Nobody reads half of one.
"""

from pathlib import Path
from typing import TypeVar

import msgspec

T = TypeVar("T")


def tell(path: Path, value: object) -> None:
    """Write a value, as JSON, in place of the one before. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.part")
    draft.write_bytes(msgspec.json.encode(value))
    draft.replace(path)


def told(path: Path, kind: type[T]) -> T | None:
    """What stands there; None where nothing does, or the power went while it was written."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None
