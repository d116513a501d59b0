"""What a verdict rests on, in words, and where to look for it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import quote

from netflix_pipeline.intelligence.anomalies.contributions import Part
from netflix_pipeline.intelligence.anomalies.data_faults import Arrivals, longest_silence, missing
from netflix_pipeline.intelligence.anomalies.facts import Facts
from netflix_pipeline.intelligence.anomalies.verdict import FAULTS, Anomaly, Happening

LOOK = {
    "lost": "/v1/quality/ledger",
    "quarantined": "/v1/quality/quarantine",
    "late": "/v1/quality/completeness",
    "silent": "/v1/analytics/heatmap",
    "values": "/v1/analytics/contributions",
    "annotation": "/v1/forecast/expected",
    "holiday": "/v1/forecast/expected",
    "launch": "/v1/titles",
}


@dataclass(frozen=True)
class Evidence:
    """One thing that a verdict rests on; `share` of the day, or of the gap."""

    kind: str
    day: date | None
    share: float
    text: str
    batch: str | None
    look: str


def evidence_of_faults(
    facts: Facts, arrivals: Arrivals, first: int, last: int
) -> Iterator[Evidence]:
    """The faults of the data of some days, each with its batch where one is known."""
    for at in range(first, last + 1):
        day = facts.first + timedelta(days=at)
        period = f"?from={day}&to={day}"
        for each in missing(arrivals, at):
            text = FAULTS[each.fault]
            batches: Sequence[str | None] = ()
            if each.fault == "silent":
                silence = longest_silence(arrivals.hours, at)
                assert silence is not None
                text = f"no play began from {silence.first}:00 to {silence.end}:00 UTC"
            elif each.fault == "lost":
                batches = facts.lost.get(day, ())
            elif each.fault == "quarantined":
                batches = facts.quarantined.get(day, ())
            text = f"{text}: {each.share:.0%} of the day"
            look = LOOK[each.fault] + period
            for batch in batches or (None,):
                yield Evidence(each.fault, day, each.share, text, batch, look)


def evidence_of_happenings(happenings: Iterable[Happening]) -> Iterator[Evidence]:
    """What is known of the days, such as a holiday."""
    for each in happenings:
        look = f"{LOOK[each.kind]}?from={each.day}&to={each.day}"
        yield Evidence(each.kind, each.day, 0.0, each.text, None, look)


def evidence_of_values(
    parts: Sequence[Part], anomaly: Anomaly, metric: str, dimension: str
) -> Iterator[Evidence]:
    """The values of a dimension that explain a gap."""
    if parts:
        share = sum(part.share for part in parts)
        text = f"{', '.join(part.value for part in parts)}: {share:.0%} of the gap"
        of_days = f"from={anomaly.first}&to={anomaly.last}"
        look = f"{LOOK['values']}?metric={metric}&by={dimension}&{of_days}"
        if anomaly.level != "total":
            look += f"&{anomaly.level}={quote(anomaly.key)}"
        yield Evidence("values", None, share, text, None, look)
