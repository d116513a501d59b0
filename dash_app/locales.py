"""In whose habits numbers and dates are written: the locale that a browser asks for."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

from babel import Locale, UnknownLocaleError

FALLBACK = Locale.parse("en_001")
"""English as the world writes it: 14 Nov 2026, 12,345.6."""
LONGEST = 200
"""Characters of a browser's wish that are read."""

_current: ContextVar[Locale] = ContextVar("locale", default=FALLBACK)


def current() -> Locale:
    """The locale of whoever is being answered."""
    return _current.get()


def tag() -> str:
    """Its name as browsers know it: `de-AT`."""
    return str(current()).replace("_", "-")


@contextmanager
def written_in(locale: Locale) -> Iterator[None]:
    """What is formatted meanwhile is formatted in that locale."""
    token = _current.set(locale)
    try:
        yield
    finally:
        _current.reset(token)


def asked_for(accept_language: str) -> Locale:
    """The best locale that we know of those in an Accept-Language header, in its order."""
    return _best(accept_language[:LONGEST])


@lru_cache(512)
def _best(accept_language: str) -> Locale:
    wishes = []
    for position, wish in enumerate(accept_language.split(",")):
        tag, _, parameters = wish.partition(";")
        wishes.append((-_quality(parameters), position, tag.strip()))
    for rank, _, tag in sorted(wishes):
        if rank < 0 and (locale := _known(tag)) is not None:
            return locale
    return FALLBACK


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def _known(tag: str) -> Locale | None:
    try:
        return Locale.parse(tag, sep="-")
    except (ValueError, TypeError, UnknownLocaleError):
        return None
