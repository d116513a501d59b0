"""Alerts reach receivers once, and that they end too."""

import json
import re
import shlex
import shutil
import ssl
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_string
from email.policy import default
from html import unescape
from io import BufferedIOBase
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from netflix_pipeline.monitoring import receivers as receiving
from netflix_pipeline.monitoring.alert_definition import Alert
from netflix_pipeline.monitoring.alert_texts import Links
from netflix_pipeline.monitoring.alerts import ALERTS
from netflix_pipeline.monitoring.evaluation import AlertState
from netflix_pipeline.monitoring.notifications import Notifier
from netflix_pipeline.monitoring.receivers import (
    BadReceiver,
    NotDelivered,
    Receiver,
    receivers,
    text,
    trial,
)
from netflix_pipeline.monitoring.silences import Silence, UnknownAlert, add_silence, end_silences
from netflix_pipeline.monitoring.webhook import Message, fingerprint, message
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.alert_sinks import HttpSink, http_sink, mail_sink
from netflix_pipeline_tests.support.command import Command
from netflix_pipeline_tests.support.waiting import until

LINKS = Links("http://dashboard.example", "http://api.example")
SPEED = 1000
"""Half a minute is 30 ms."""


def down(job: str) -> AlertState:
    now = time.time()
    return AlertState("ServiceDown", {"job": job}, "firing", now - 60, 0.0, now)


def notifier(home: Settings, sink: HttpSink) -> Notifier:
    told = home.model_copy(update={"alert_webhook": sink.url, "alert_speed": SPEED})
    return Notifier(told, LINKS, receivers(told))


def delivered(notifying: Notifier, sink: HttpSink, messages: int) -> None:
    """Deliver until so many messages came, and a while longer: no more come."""
    patience = time.monotonic() + 30
    while len(sink.bodies) < messages and time.monotonic() < patience:
        notifying.deliver()
        time.sleep(0.01)
    until = time.monotonic() + 0.2
    while time.monotonic() < until:
        notifying.deliver()
        time.sleep(0.01)
    assert len(sink.bodies) == messages


def test_what_fires_is_told_once_together_and_that_it_ends(home: Settings) -> None:
    with http_sink() as sink:
        first = notifier(home, sink)
        api, dashboard = down("netflix-api"), down("netflix-dashboard")
        first.observe([api])
        first.deliver()
        first.observe([api, dashboard])
        delivered(first, sink, 1)
        (told,) = sink.bodies
        assert (told["status"], told["receiver"], told["version"]) == ("firing", "webhook", "4")
        assert [each["labels"]["job"] for each in told["alerts"]] == [
            "netflix-api",
            "netflix-dashboard",
        ]
        assert told["commonLabels"] == {"alertname": "ServiceDown", "severity": "page"}
        assert told["groupLabels"] == {"alertname": "ServiceDown"}
        # Whoever begins anew knows what was told.
        again = notifier(home, sink)
        again.observe([api, dashboard])
        delivered(again, sink, 1)
        again.observe([dashboard])
        delivered(again, sink, 2)
        assert [each["status"] for each in sink.bodies[1]["alerts"]] == ["firing", "resolved"]
        again.observe([])
        delivered(again, sink, 3)
        (over,) = sink.bodies[2]["alerts"]
        assert (sink.bodies[2]["status"], over["status"]) == ("resolved", "resolved")
        assert over["endsAt"] > over["startsAt"]
        delivered(again, sink, 3)


def test_what_is_over_before_anybody_was_told_is_not_told(home: Settings) -> None:
    with http_sink() as sink:
        told = notifier(home, sink)
        told.observe([down("netflix-api")])
        told.deliver()
        told.observe([])
        delivered(told, sink, 0)


def test_what_goes_on_is_told_again(home: Settings) -> None:
    with http_sink() as sink:
        told = notifier(home.model_copy(update={"alert_repeat_hours": 0.05}), sink)
        told.observe([down("netflix-api")])
        while len(sink.bodies) < 3:
            told.deliver()
        assert {body["status"] for body in sink.bodies} == {"firing"}


def test_what_was_not_delivered_is_sent_again(
    home: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with http_sink() as sink:
        sink.refuses = 2
        told = notifier(home, sink)
        told.observe([down("netflix-api")])
        delivered(told, sink, 1)
        assert sink.bodies[0]["status"] == "firing"
    warned = [one.message for one in caplog.records if one.levelname == "WARNING"]
    assert warned == ["alerts do not reach webhook: HTTP 500"]


def test_a_silenced_alert_is_told_to_nobody_until_it_is_not(
    home: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    now = datetime.now(UTC)
    api = down("netflix-api")
    with http_sink() as sink:
        for_an_hour = Silence("ServiceDown", {"job": "netflix-api"}, now + timedelta(hours=1), "")
        add_silence(home, for_an_hour, now)
        told = notifier(home, sink)
        told.observe([api])
        delivered(told, sink, 0)
        told.observe([api, down("netflix-dashboard")])
        delivered(told, sink, 1)
        assert [each["labels"]["job"] for each in sink.bodies[0]["alerts"]] == ["netflix-dashboard"]
        assert end_silences(home, "ServiceDown", now) == 1
        delivered(told, sink, 2)
        assert len(sink.bodies[1]["alerts"]) == 2
        (home.monitoring / "silences.json").write_text("[")
        delivered(told, sink, 2)
    assert [each.levelname for each in caplog.records] == ["WARNING"]  # once, not at each look
    (home.monitoring / "silences.json").unlink()
    with pytest.raises(UnknownAlert, match="There are: ApiAvailabilityBurn, "):
        end_silences(home, "Nothing", now)


def test_of_what_follows_from_an_alert_nobody_is_told_while_that_fires(home: Settings) -> None:
    now = time.time()
    daemon = AlertState("SchedulerStalled", {}, "firing", now - 60, 200.0, now)
    follows = [
        replace(daemon, name=alert.name) for alert in ALERTS if daemon.name in alert.inhibited_by
    ]
    assert {"PipelineLag", "SnapshotOld", "FreshnessBurn", "FreshnessBurnSlow"} < {
        state.name for state in follows
    }
    with http_sink() as sink:
        told = notifier(home, sink)
        told.observe([daemon, *follows])
        delivered(told, sink, 1)
        told.observe(follows[:1])
        delivered(told, sink, 3)
        # What was told before its cause is: that it ended is told once that has ended, too.
        told.observe([daemon])
        delivered(told, sink, 4)
        told.observe([])
        delivered(told, sink, 6)
    cause, first = daemon.name, follows[0].name
    statuses = [(body["groupLabels"]["alertname"], body["status"]) for body in sink.bodies]
    assert statuses[0] == (cause, "firing")
    assert sorted(statuses[1:3]) == sorted([(cause, "resolved"), (first, "firing")])
    assert statuses[3] == (cause, "firing")
    assert sorted(statuses[4:]) == sorted([(cause, "resolved"), (first, "resolved")])


def test_what_alerts_follow_from_is_there_and_tells_of_itself() -> None:
    alerts = {alert.name: alert for alert in ALERTS}
    for alert in ALERTS:
        for cause in alert.inhibited_by:
            assert alerts[cause].lasting <= alert.lasting, alert.name  # nobody is told before
            assert alert.name not in alerts[cause].inhibited_by


def test_each_kind_of_receiver_gets_the_same_words(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, secret = tmp_path / "out.json", tmp_path / "secret"
    program = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read() + chr(10))"
    with http_sink() as webhook, http_sink() as slack, mail_sink() as (server, mails):
        secret.write_text(f"{slack.url}\n")
        monkeypatch.setenv("NETFLIX_ALERT_WEBHOOK", webhook.url)
        monkeypatch.setenv("NETFLIX_ALERT_SLACK", f"file:{secret}")
        mail_to = f"smtp://{server}?from=a@a.example&to=b@b.example"
        monkeypatch.setenv("NETFLIX_ALERT_EMAIL", mail_to)
        monkeypatch.setenv(
            "NETFLIX_ALERT_COMMAND", shlex.join([sys.executable, "-c", program, str(out)])
        )
        said = command.ok("alerts", "test").out.splitlines()
        assert said == [f"{name} was told" for name in ("webhook", "slack", "email", "command")]
        programs: list[Any] = [json.loads(line) for line in out.read_text().splitlines()]
        for taken in (webhook.bodies, programs):
            assert [each["status"] for each in taken] == ["firing", "resolved"]
            assert taken[0]["alerts"][0]["annotations"]["summary"] == "a-trial does not answer"
        texts = [unescape(body["text"]) for body in slack.bodies]
        assert texts[0].startswith("PAGE: a-trial does not answer\n\nServiceDown: a-trial does not")
        assert "runbook: docs/alerts.md#servicedown" in texts[0]
        read = [message_from_string(mail, policy=default) for mail in mails]
        assert [mail["Subject"] for mail in read] == [text.splitlines()[0] for text in texts]
        bodies = [mail.get_content().strip().splitlines() for mail in read]
        assert bodies == [text.strip().splitlines() for text in texts]
        slack.refuses = 1
        ran = command("alerts", "test")
        assert (ran.code, "alerts do not reach slack: HTTP 500" in ran.err) == (1, True)


LABELS = {"job": "netflix-api", "task": "tail", "table": "gold/activity", "sensor": "events"}
"""What alerts may be about."""


def test_several_alerts_reach_every_receiver_once_and_their_ends_too(
    home: Settings, tmp_path: Path
) -> None:
    out, now = tmp_path / "out", time.time()
    some = [one for one in ALERTS if not one.inhibited_by][::10]
    firing = [AlertState(one.name, LABELS, "firing", now - 60, 0.5, now) for one in some]
    with http_sink() as webhook, http_sink() as slack, mail_sink() as (server, mails):
        told = home.model_copy(
            update={
                "alert_webhook": webhook.url,
                "alert_slack": slack.url,
                "alert_email": f"smtp://{server}?from=a@a.example&to=b@b.example",
                "alert_command": shlex.join(["sh", "-c", f"cat >> {out}; echo >> {out}"]),
                "alert_repeat_hours": 1e6,
                "alert_speed": SPEED,
            }
        )
        notifying = Notifier(told, LINKS, receivers(told))
        out.touch()

        def delivered_to_the_last(messages: int) -> bool:
            notifying.deliver()
            return len(out.read_text().splitlines()) >= messages

        notifying.observe(firing)
        until(lambda: delivered_to_the_last(len(some)))
        notifying.observe([])
        until(lambda: delivered_to_the_last(2 * len(some)))
        notifying.deliver()
    once = {(one.name, status): 1 for one in some for status in ("firing", "resolved")}
    programs = [json.loads(line) for line in out.read_text().splitlines()]
    for bodies in (webhook.bodies, programs):
        assert Counter((one["groupLabels"]["alertname"], one["status"]) for one in bodies) == once
    texts = [unescape(body["text"]) for body in slack.bodies]
    read = [message_from_string(mail, policy=default).get_content() for mail in mails]
    assert len(texts) == len(once)
    assert sorted(map(without_end, read)) == sorted(map(without_end, texts))


def without_end(text: str) -> str:
    """A message in one line, without when it ended: each receiver is told at its time."""
    return re.sub(r" until \S+", " until", " ".join(text.split()))


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_nothing_is_left_in_a_message_that_stands_for_something(alert: Alert) -> None:
    now = time.time()
    places = re.findall(r"\{(\w+)\}", alert.sentence + alert.view + alert.rows)
    labels = dict.fromkeys(places, "some")
    state = AlertState(alert.name, labels, "firing", now, 0.5, now)
    said = text(message("slack", [state], [], LINKS))
    assert not re.search(r"[{}]", said)
    assert said.startswith(f"{alert.severity.upper()}: ")


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path / "home")


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("alert_webhook", "ftp://secret.example", "NETFLIX_ALERT_WEBHOOK is no address that"),
        ("alert_email", "smtp://host?to=a@b.example", "names no sender"),
        ("alert_slack", "https://secret.example:99999", "NETFLIX_ALERT_SLACK is no address that"),
        ("alert_webhook", "http://[secret.example", "NETFLIX_ALERT_WEBHOOK is no address that"),
        ("alert_command", "tell 'secret.example", "NETFLIX_ALERT_COMMAND is no command that"),
        ("alert_command", " ", "NETFLIX_ALERT_COMMAND names no program"),
    ],
)
def test_what_cannot_be_a_receiver_is_told(setting: str, value: str, told: str) -> None:
    with pytest.raises(BadReceiver, match=told) as refused:
        receivers(Settings().model_copy(update={setting: value}))
    assert "secret.example" not in str(refused.value)


def test_alerts_are_known_by_the_fingerprint_that_prometheus_computes() -> None:
    # Of the test of prometheus/common: model/signature_test.go.
    assert fingerprint({}) == f"{14695981039346656037:016x}"
    assert fingerprint({"name": "garland, briggs", "fear": "love is not enough"}) == (
        f"{5799056148416392346:016x}"
    )


def test_alerts_of_another_release_hold_nobody_up(home: Settings) -> None:
    with http_sink() as sink:
        first = notifier(home, sink)
        first.observe([down("netflix-api")])
        delivered(first, sink, 1)
        told = home.monitoring / "notified.msgpack"
        # A name that is as long stands in its place.
        told.write_bytes(told.read_bytes().replace(b"ServiceDown", b"ServiceGone"))
        again = notifier(home, sink)
        again.observe([down("netflix-dashboard")])
        delivered(again, sink, 2)


def test_a_receiver_that_fails_holds_no_other_up(
    home: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    out = tmp_path / "out.json"
    program = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read() + chr(10))"
    told = home.model_copy(
        update={
            "alert_email": "smtp://localhost:1?from=a%0Ab&to=b",  # no header can hold that
            "alert_command": shlex.join([sys.executable, "-c", program, str(out)]),
            "alert_speed": SPEED,
        }
    )
    notifying = Notifier(told, LINKS, receivers(told))
    notifying.observe([down("netflix-api")])

    def reached() -> bool:
        notifying.deliver()
        return out.exists()

    until(reached)
    warned = [one.message for one in caplog.records if one.levelname == "WARNING"]
    assert warned == ["alerts do not reach email: ValueError"]


def test_while_a_receiver_is_away_one_message_is_tried_at_a_time(home: Settings) -> None:
    class Away(Receiver):
        name = "webhook"
        tried = 0

        @override
        def _hand_over(self, told: Message) -> None:
            self.tried += 1
            raise OSError

    away = Away("http://away.example")
    notifying = Notifier(home.model_copy(update={"alert_speed": 1e9}), LINKS, [away])
    states = [replace(down("netflix-api"), name=name) for name in ("ServiceDown", "ApiErrors")]
    notifying.observe(states)
    while away.tried < 4:
        before = away.tried
        notifying.deliver()
        assert away.tried - before <= 1


TRIAL, _ = trial("test", LINKS, datetime.now(UTC))


def endless_body(out: BufferedIOBase) -> None:
    out.write(b"\r\n")
    while True:
        out.write(b"x" * 65_536)


def endless_head(out: BufferedIOBase) -> None:
    while True:
        out.write(b"X-More: y\r\n")
        time.sleep(0.02)


def test_of_an_answer_without_end_no_more_than_the_status_is_read(home: Settings) -> None:
    with http_sink() as sink:
        sink.answers = endless_body
        (webhook,) = receivers(home.model_copy(update={"alert_webhook": sink.url}))
        webhook.deliver(TRIAL)
        assert sink.bodies == [TRIAL]


def test_a_status_that_does_not_come_is_not_waited_for(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "PATIENCE", 0.3)
    with http_sink() as sink:
        sink.answers = endless_head
        (webhook,) = receivers(home.model_copy(update={"alert_webhook": sink.url}))
        with pytest.raises(NotDelivered, match="webhook: it takes longer than"):
            webhook.deliver(TRIAL)


def test_a_mail_takes_no_longer_though_its_server_never_stops_talking(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "PATIENCE", 0.5)
    with mail_sink(drips=0.05) as (server, mails):
        to = f"smtp://{server}?from=a@a.example&to=b@b.example"
        (email,) = receivers(home.model_copy(update={"alert_email": to}))
        with pytest.raises(NotDelivered, match="email: it takes longer than"):
            email.deliver(TRIAL)
    assert not mails


@pytest.mark.parametrize(
    ("program", "told"), [("exit 3", "it ends with exit code 3"), ("sleep 9", "it takes longer")]
)
def test_words_of_a_command_are_not_told(
    home: Settings, monkeypatch: pytest.MonkeyPatch, program: str, told: str
) -> None:
    monkeypatch.setattr(receiving, "PATIENCE", 0.1)
    words = shlex.join(["sh", "-c", program, "--token", "a secret"])
    (command,) = receivers(home.model_copy(update={"alert_command": words}))
    with pytest.raises(NotDelivered, match=told) as failed:
        command.deliver(TRIAL)
    assert "secret" not in str(failed.value)


def test_a_command_that_hangs_leaves_nothing_behind(
    home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "PATIENCE", 1.0)
    begun = tmp_path / "begun"
    words = shlex.join(["sh", "-c", f"sleep 600 & echo $! > {begun}; wait"])
    (command,) = receivers(home.model_copy(update={"alert_command": words}))
    with pytest.raises(NotDelivered):
        command.deliver(TRIAL)
    begun_by_it = Path("/proc", begun.read_text().strip(), "stat")

    def has_ended() -> bool:
        try:
            return begun_by_it.read_text().split()[2] == "Z"
        except OSError:
            return True

    until(has_ended)


def test_a_subject_is_one_line_whatever_stands_in_it(home: Settings) -> None:
    fires = message("email", [down("api\r\nBcc: c@c.example")], [], LINKS)
    with mail_sink() as (server, mails):
        to = f"smtp://{server}?from=a@a.example&to=b@b.example"
        (email,) = receivers(home.model_copy(update={"alert_email": to}))
        email.deliver(fires)
    read = message_from_string(mails[0], policy=default)
    assert (read["Bcc"], read["Subject"]) == (
        None,
        "PAGE: api Bcc: c@c.example does not answer",
    )


@pytest.mark.skipif(not shutil.which("openssl"), reason="it makes the certificate")
def test_mail_goes_to_nobody_whose_certificate_is_not_known(
    home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tmp_path / "made.pem"
    how = f"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=a -keyout {made} -out {made}.crt"
    alternative = "-addext subjectAltName=IP:127.0.0.1"
    subprocess.run(["openssl", *how.split(), *alternative.split()], check=True, capture_output=True)
    secured = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secured.load_cert_chain(f"{made}.crt", made)
    with mail_sink(secured) as (server, mails):
        to = f"smtps://u:secret@{server}?from=a@a.example&to=b@b.example"
        (email,) = receivers(home.model_copy(update={"alert_email": to}))
        with pytest.raises(NotDelivered, match="certificate verify failed"):
            email.deliver(TRIAL)
        assert not mails
        monkeypatch.setenv("SSL_CERT_FILE", f"{made}.crt")
        with pytest.raises(NotDelivered, match="AUTH"):  # it is known now, and takes no password
            email.deliver(TRIAL)
