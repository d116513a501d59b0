"""Tables of figures, printed as Markdown."""


def row(*cells: object) -> None:
    """One row."""
    print("|", " | ".join(str(cell) for cell in cells), "|")


def head(*cells: str) -> None:
    """The head of a new table."""
    print()
    row(*cells)
    row(*("---" for _ in cells))
