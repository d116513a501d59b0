"""How many examples a property is tried with where each takes long."""

from hypothesis import settings

USUAL = settings.get_profile("default").max_examples


def at_most(count: int) -> settings:
    """So many; fewer where the loaded profile has fewer, and as many times more as it has more."""
    most = settings().max_examples
    return settings(max_examples=min(count, most) if most <= USUAL else count * most // USUAL)
