"""The newest row of each user or title, for libraries whose CSV reader fills up lines too short."""

import csv
from pathlib import Path


def newest(path: Path) -> list[dict[str, str | None]]:
    """The last whole row of each key, by column; what is empty is None."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        head = next(reader)
        rows = {row[0]: row for row in reader if len(row) == len(head) and row[0]}
    return [dict(zip(head, (cell or None for cell in row), strict=True)) for row in rows.values()]
