"""By how much counters of services grew from one look at them to the next."""

from collections.abc import Collection, Iterable, Mapping

from netflix_pipeline.monitoring.expressions import Labels
from netflix_pipeline.monitoring.samples import Scraped


class CounterGrowth:
    """By how much counters grew from one look to the next; one that fell began anew."""

    def __init__(self, wanted: Collection[str]) -> None:
        self._wanted = frozenset(wanted)
        self._last: dict[str, dict[tuple[str, Labels], float]] = {}

    def grown(self, told: Mapping[str, Iterable[Scraped]]) -> list[Scraped]:
        """Each series of those that are looked at, with its growth.

        Of a service that is seen for the first time nothing is known: it may have run for long. A
        series that comes later began at zero.
        """
        found: list[Scraped] = []
        for service, scraped in told.items():
            now = {(each[0], each[1]): each[2] for each in scraped if each[0] in self._wanted}
            if not now:
                continue  # it does not answer: when it does again, it goes on from what is known
            last = self._last.setdefault(service, {})
            if last:
                for key, value in now.items():
                    before = last.get(key, 0.0)
                    found.append((*key, value - before if value >= before else value))
            last |= now
        return found
