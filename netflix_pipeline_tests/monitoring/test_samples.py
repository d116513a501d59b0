"""What is kept of samples: bounded, and enough for what looks at it."""

import math
from pathlib import Path

import pytest

from netflix_pipeline.monitoring.expressions import DAY, HOUR, Increase, Rate, Span, metric
from netflix_pipeline.monitoring.samples import Samples, scraped

REQUESTS = metric("requests_total")
LABELS = frozenset((("route", "/titles"),))


def filled(seconds: float, *, reset_at: float = math.inf) -> Samples:
    """A counter that grows by 2 a second, scraped every 15; it may begin anew once."""
    samples = Samples([Increase(REQUESTS, Span(3 * DAY)), Rate(metric("other"), HOUR)])
    for at in range(0, int(seconds), 15):
        value = 2.0 * (at if at < reset_at else at - reset_at)
        samples.add("api", at, [("requests_total", LABELS, value), ("unwanted", LABELS, 1.0)])
    return samples


@pytest.mark.parametrize(("window", "reset_at"), [(HOUR, math.inf), (DAY, 250_000), (3 * DAY, 1)])
def test_rates_are_right_though_few_samples_stay(window: float, reset_at: float) -> None:
    samples = filled(3.5 * DAY, reset_at=reset_at)
    now = 3.5 * DAY - 15
    rate = Rate(REQUESTS, Span(window)).series(samples, now)[LABELS]
    assert rate == pytest.approx(2, rel=0.01)
    (series,) = samples._series["requests_total"].values()
    assert len(series.times) < 700
    assert "unwanted" not in samples._series


def test_what_is_told_no_longer_is_gone_at_once() -> None:
    samples = Samples([REQUESTS])
    samples.add("api", 0, [("requests_total", LABELS, 1.0)])
    samples.add("dashboard", 1, [])
    assert REQUESTS.at(samples, 20) == {LABELS: 1.0}
    samples.add("api", 15, [])
    assert REQUESTS.at(samples, 20) == {}
    samples.add("api", 30, [("requests_total", LABELS, 3.0)])
    assert REQUESTS.at(samples, 30) == {LABELS: 3.0}
    assert REQUESTS.at(samples, 331) == {}


def test_what_went_while_nobody_looked_is_gone_once_its_target_tells_again(tmp_path: Path) -> None:
    there, gone = (frozenset((("job", "api"), ("task", name))) for name in ("tail", "old"))
    samples = Samples([REQUESTS])
    samples.add("api", 0, [("requests_total", each, 0.0) for each in (there, gone)])
    samples.store(tmp_path / "samples")
    again = Samples([REQUESTS])
    again.restore(tmp_path / "samples")
    again.add("dashboard", 20, [])
    assert REQUESTS.at(again, 20) == {there: 0.0, gone: 0.0}
    again.add("api", 30, [("requests_total", there, 0.0)])
    assert REQUESTS.at(again, 30) == {there: 0.0}


def test_samples_count_for_less_time_where_windows_are_shorter() -> None:
    look = REQUESTS.divided(60)
    samples = Samples([look], 60)
    samples.add("api", 0, [("requests_total", LABELS, 1.0)])
    assert look.at(samples, 4.9) == {LABELS: 1.0}
    assert look.at(samples, 5.1) == {}
    # That a series was gone is forgotten as soon.
    for at in range(1, 200):
        samples.add("api", at, [] if at == 1 else [("requests_total", LABELS, 1.0)])
    (series,) = samples._series["requests_total"].values()
    assert not any(map(math.isnan, series.values))


def test_a_clock_that_is_set_back_takes_what_lies_ahead_away() -> None:
    samples = Samples([REQUESTS])
    for at, value in ((1000, 1.0), (1015, 2.0), (500, 3.0)):
        samples.add("api", at, [("requests_total", LABELS, value)])
    assert REQUESTS.at(samples, 600) == {LABELS: 3.0}


def test_samples_survive_a_restart_and_a_torn_file_none(tmp_path: Path) -> None:
    path, look = tmp_path / "samples", Increase(REQUESTS, HOUR)
    samples = filled(2 * HOUR)
    now = 2 * HOUR - 15
    samples.store(path)
    again = Samples([look])
    again.restore(path)
    assert look.at(again, now) == pytest.approx(look.at(samples, now), rel=0.01)
    path.write_bytes(path.read_bytes()[:100])
    torn = Samples([look])
    torn.restore(path)
    torn.restore(tmp_path / "missing")
    assert look.at(torn, now) == {}


def test_a_scraped_text_is_read_with_the_labels_of_its_target() -> None:
    text = '# TYPE requests counter\nrequests_total{route="/a b",code="2"} 3.5\nup_time 1e3\n'
    assert list(scraped(text, job="api")) == [
        ("requests_total", frozenset((("route", "/a b"), ("code", "2"), ("job", "api"))), 3.5),
        ("up_time", frozenset((("job", "api"),)), 1000.0),
    ]
