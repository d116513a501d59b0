"""What alerts are of is brought about for real: each fires in time, is told once, and ends.

So do Prometheus with Alertmanager and the built-in watch, which look at the same home at the same
time, in the same words.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

import httpx
import psutil
import pytest

from netflix_pipeline.monitoring import AlertReport, alert_report
from netflix_pipeline.monitoring.alerts import ALERTS
from netflix_pipeline.monitoring.notifications import FIRST_AFTER
from netflix_pipeline_tests.monitoring.causes import (
    AFTERWARDS,
    CAUSES,
    SPEED,
    TOGETHER,
    Home,
    running,
)
from netflix_pipeline_tests.support.api import event
from netflix_pipeline_tests.support.waiting import until

SLACK = 60.0
"""Seconds that a busy machine may take besides."""
ALERTED = {alert.name: alert for alert in ALERTS}
OTHERS_TOO = {"MachineCpu"}
"""What other processes of this machine may bring about as well, before, after and in between."""
MOMENT = re.compile(r"\b(since|until) \d\S+")
MEASURED = re.compile(r"-?\d[\d.]*(%|[a-z]+)?( \d+[hms])*")


def plain(text: str) -> str:
    """A text without what is of the moment: times, and what was measured."""
    return MEASURED.sub("…", MOMENT.sub(r"\1", " ".join(text.split())))


def report(home: Home) -> AlertReport:
    return alert_report(home.settings, datetime.now().astimezone())


def fires(home: Home, name: str) -> bool:
    """Whether either of both ways says that an alert fires."""
    return bool(home.fires(name)) or name in {each.name for each in report(home).firing}


def is_kept_to_itself(home: Home, name: str) -> bool:
    """Whether an alert fires by both ways, and neither tells, for it follows from another."""
    follows = {each.name: each.inhibited_by for each in report(home).firing}
    return bool(follows.get(name) and home.fires(name) and home.inhibited(name))


@pytest.fixture(scope="module")
def over(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """The home once all causes have come and gone."""
    with running(tmp_path_factory.mktemp("causes")) as home:
        until(lambda: report(home).watched)
        # What grew before nobody sees grow.
        for grows in ("netflix_events_total", "netflix_page_seconds_count"):
            until(partial(home.scraped, grows), 0.1)
        names = [name for name in TOGETHER if home.mounted or name != "DiskFull"]
        for told in home.told.values():
            early = {body["groupLabels"]["alertname"] for body in told.webhook.bodies}
            assert not (early & CAUSES.keys()) - OTHERS_TOO
        for name in names:
            home.inject(name, TOGETHER[name][0])
        home.wait(names, 1)
        for name in names:
            TOGETHER[name][1](home)
        home.wait([name for name in names if name not in OTHERS_TOO], 2)
        _ends_if_others_let_it(home)
        for name, (cause, _) in AFTERWARDS.items():
            home.inject(name, cause)
        home.wait(AFTERWARDS, 1)
        AFTERWARDS["ServiceDown"][1](home)
        # Nothing drains, which follows from the daemon's end: of that people were told.
        home.post([event(0, event_id="waits again")])
        until(lambda: is_kept_to_itself(home, "PipelineLag"), 0.1)
        home.drain()
        until(lambda: not fires(home, "PipelineLag"), 0.1)
        AFTERWARDS["SchedulerStalled"][1](home)
        home.wait(AFTERWARDS, 2)
        yield home


def _ends_if_others_let_it(home: Home) -> None:
    """Wait until what others bring about as well is over, while they do not."""
    while psutil.cpu_percent(1) < 60 and any(
        len(told.messages(name)) < 2 for told in home.told.values() for name in OTHERS_TOO
    ):
        pass


@pytest.mark.parametrize("name", CAUSES)
def test_an_alert_fires_in_time_is_told_once_and_ends_in_the_same_words(
    name: str, over: Home
) -> None:
    if name not in over.injected_at:
        pytest.skip("this user may not mount the disk that is to be filled")
    told = {way: each.messages(name) for way, each in over.told.items()}
    mails = {way: each.written(name) for way, each in over.told.items()}
    expected = ["firing", "resolved"]
    if name in OTHERS_TOO:
        expected = expected[: min(map(len, told.values()))]
        told = {way: each[: len(expected)] for way, each in told.items()}
        mails = {way: each[: len(expected)] for way, each in mails.items()}
    for way, bodies in told.items():
        assert [body["status"] for body in bodies] == expected, way
        assert len(mails[way]) == len(expected), way
        _in_time(name, bodies[0]["alerts"][0], over)
    for theirs, ours in zip(told["alertmanager"], told["watch"], strict=True):
        assert theirs.keys() == ours.keys()
        for same in ("version", "status", "groupLabels", "commonLabels"):
            assert theirs[same] == ours[same]
        (one,), (other,) = theirs["alerts"], ours["alerts"]
        assert one.keys() == other.keys()
        for same in ("status", "labels", "fingerprint"):
            assert one[same] == other[same]
        said = {key: plain(text) for key, text in one["annotations"].items()}
        assert said == {key: plain(text) for key, text in other["annotations"].items()}
    for theirs, ours in zip(mails["alertmanager"], mails["watch"], strict=True):
        assert tuple(map(plain, theirs)) == tuple(map(plain, ours))
    first, *_ = mails["watch"]
    assert f"since {told['watch'][0]['alerts'][0]['startsAt']}\n" in first[1]


def _in_time(name: str, alert: Any, home: Home) -> None:
    """It fires as long after its cause as it must, and no later than its windows allow."""
    after = datetime.fromisoformat(alert["startsAt"]).timestamp() - home.injected_at[name]
    rule = ALERTED[name]
    window = max(seconds for _, seconds in rule.expression.selectors())
    if name not in OTHERS_TOO:
        assert rule.lasting / SPEED <= after + 0.1
    assert after <= (rule.lasting + window + FIRST_AFTER) / SPEED + SLACK


def test_what_follows_from_an_alert_was_told_to_nobody_meanwhile(over: Home) -> None:
    for told in over.told.values():
        assert all(
            datetime.fromisoformat(alert["startsAt"]).timestamp()
            < over.injected_at["SchedulerStalled"]
            for body in told.messages("PipelineLag")
            for alert in body["alerts"]
        )


def test_each_was_seen_to_fire(over: Home) -> None:
    proven = {known.name for known in report(over).alerts if known.last_fired_at}
    assert proven >= over.injected_at.keys()
    answer = httpx.get(f"{over.api.address}/slos", trust_env=False, timeout=30).json()
    objectives = {one["name"]: one for one in answer["objectives"]}
    requests = objectives["api_availability"]
    assert answer["watched"]
    assert requests["every"] > requests["bad"] > 0
    assert objectives["api_uptime"]["measured_seconds"] > 0
