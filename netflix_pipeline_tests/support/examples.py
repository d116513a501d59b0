"""How many examples a property is tried with where each takes long."""

from hypothesis import settings


def at_most(count: int) -> settings:
    """So many, or fewer where the profile that is loaded says so."""
    return settings(max_examples=min(count, settings().max_examples))
