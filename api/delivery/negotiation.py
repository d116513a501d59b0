"""Content negotiation: which representation a request asks for, by weights (RFC 9110)."""

from collections.abc import Iterator, Sequence


def chosen(header: str | None, offered: Sequence[str]) -> str | None:
    """The offered value that a header such as `Accept` likes most; None when it wants none.

    Of equally liked ones it is the first; without the header too. The most exact range that fits
    a value tells its weight; what cannot be read of the header is passed over.
    """
    if header is None:
        return offered[0]
    ranges = dict(_ranges(header))
    best, most = None, 0.0
    for value in offered:
        if (weight := _weight(value, ranges)) > most:
            best, most = value, weight
    return best


def _ranges(header: str) -> Iterator[tuple[str, float]]:
    for one in header.lower().split(","):
        name, *parameters = (part.strip() for part in one.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    weight = float(parameter[2:])
                except ValueError:
                    weight = 0.0
        if name:
            yield name, weight if 0 <= weight <= 1 else 0.0


def _weight(value: str, ranges: dict[str, float]) -> float:
    kind, slash, _ = value.partition("/")
    exact_first = (value, f"{kind}/*", "*/*") if slash else (value, "*")
    return next((ranges[name] for name in exact_first if name in ranges), 0.0)
