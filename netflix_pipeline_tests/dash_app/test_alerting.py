"""The page of alerts: what one would have said, and the forms that keep, change and remove it."""

import re
from html import unescape
from pathlib import Path

import pytest

from dash_app.app import create_app
from netflix_pipeline.business_alerts import Calendar, Rule, judge, recent
from netflix_pipeline.serving import Filters, Snapshots
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import BusinessAlert, BusinessAlerts, Passwords, opened
from netflix_pipeline_tests.support.dashboard import Client
from netflix_pipeline_tests.support.service import Service

VIEW = "/alerts?country=DE&metric=plays&condition=rises&amount=10&grain=day"
RULE = Rule("plays", Filters(country=("DE",)), "rises", 10, "day")
SLACK = "https://hooks.example.org/x"


@pytest.fixture
def settings(service: Service, tmp_path: Path) -> Settings:
    home = tmp_path / "home"
    home.mkdir()
    (home / "serving").symlink_to(service.settings.serving)
    return Settings(home=home, alert_slack=SLACK)


def kept(settings: Settings) -> list[BusinessAlert]:
    with opened(settings) as engine:
        return list(BusinessAlerts(engine).all())


def keep(client: Client, view: str = VIEW, **changed: str) -> int:
    form = {"name": "More <b>plays</b>", "to_slack": "slack", "view": view, "back": "/alerts"}
    return client.ask("POST", "/alerts/keep", data=form | changed).status_code


def test_what_an_alert_would_have_said_is_shown_before_it_is_kept(
    settings: Settings, snapshots: Snapshots
) -> None:
    html = unescape(Client(create_app(settings)).get(VIEW).text)
    found = judge(snapshots.current(), RULE, Calendar())
    before = recent(snapshots.current(), RULE, Calendar())
    assert found.sentence in html
    days = f"{len(before.past)} days"
    assert 0 < len(before.fired) < len(before.past)
    assert f"It would have fired on {len(before.fired)} of the last {days}." in html
    table = html[html.index('id="panel-met"') :]
    assert table.count(">Met</td>") == len(before.fired)


def test_the_link_takes_measure_and_filters_along(settings: Settings) -> None:
    client = Client(create_app(settings))
    link = re.search(r'href="([^"]*)">Alert me…', client.get("/?country=DE&by=plays").text)
    assert link
    assert unescape(link[1]) == "/alerts?country=DE&by=plays"
    assert '<option value="plays" selected' in client.get(unescape(link[1])).text
    assert "Alert me…" not in client.get("/trust").text


def test_an_alert_is_kept_shown_changed_and_removed(settings: Settings) -> None:
    client = Client(create_app(settings))
    assert keep(client) == 303
    (one,) = kept(settings)
    assert one.definition == RULE.kept("More <b>plays</b>", ["slack"])
    html = client.get("/alerts").text
    assert "More &lt;b&gt;plays&lt;/b&gt;" in html
    assert "Not judged yet" in html
    change = re.search(r'href="([^"]*alert=\d+[^"]*)"', html)
    assert change
    edit = unescape(change[1])
    assert ">Change</button>" in client.get(edit).text
    assert keep(client, edit.replace("amount=10", "amount=15"), name="Other") == 303
    (changed,) = kept(settings)
    assert (changed.id, changed.definition.name, changed.definition.amount) == (one.id, "Other", 15)
    form = {"id": str(one.id), "back": "/alerts"}
    assert client.ask("POST", "/alerts/remove", data=form).status_code == 303
    assert kept(settings) == []
    assert "No alert is kept yet." in client.get("/alerts").text


@pytest.mark.parametrize(
    "changed",
    [
        {"name": " "},
        {"to_webhook": "webhook"},
        {"addresses": "ann@evil.example"},
        {"view": "/alerts?metric=no-such"},
        {"view": "/alerts?condition=explodes"},
        {"view": "/alerts?amount=x"},
        {"view": "/alerts?alert=77"},
        {"view": "/alerts?alert=%C2%B2"},
        {"view": "/alerts?metric=dau&country=DE"},
        {"view": ""},
        {"view": VIEW + "".join(f"&title=t{number:0200}" for number in range(10))},
    ],
)
def test_what_cannot_be_kept_says_why(settings: Settings, changed: dict[str, str]) -> None:
    client = Client(create_app(settings))
    view = changed.get("view", VIEW)
    assert keep(client, view, **{k: v for k, v in changed.items() if k != "view"}) == 422
    assert kept(settings) == []


@pytest.mark.parametrize(
    "query", ["condition=x", "amount=x", "metric=rating", "alert=x", "grain=x"]
)
def test_an_address_that_says_no_rule_is_refused(settings: Settings, query: str) -> None:
    assert Client(create_app(settings)).get(f"/alerts?{query}").status_code == 422


def test_an_amount_is_kept_as_it_was_said(settings: Settings) -> None:
    client = Client(create_app(settings))
    html = client.get("/alerts?metric=plays&condition=above&amount=1234567.25").text
    assert 'value="1234567.25"' in html
    view = re.search(r'name="view"[^>]* value="([^"]*)"|value="([^"]*)"[^>]* name="view"', html)
    assert view
    assert keep(client, unescape(view[1] or view[2])) == 303
    (one,) = kept(settings)
    assert one.definition.amount == 1_234_567.25


def test_alerts_are_those_of_who_signed_in(settings: Settings) -> None:
    sessions = {}
    for name in ("ann", "bob"):
        Passwords(settings).set(name, "correct horse battery")
    client = Client(create_app(settings))
    for name in ("ann", "bob"):
        form = {"name": name, "password": "correct horse battery"}
        let_in = client.ask("POST", "/login", data=form, cookies={"asked": "1"})
        sessions[name] = {"session": let_in.cookies["session"]}
    assert keep(client) == 401
    form = {"name": "Mine", "view": VIEW, "back": "/alerts"}
    client.ask("POST", "/alerts/keep", data=form, cookies=sessions["ann"])
    (one,) = kept(settings)
    assert one.owner == "person:ann"
    assert "Mine –" in client.get("/alerts", cookies=sessions["ann"]).text
    assert "Mine –" not in client.get("/alerts", cookies=sessions["bob"]).text
    removing = {"id": str(one.id), "back": "/alerts"}
    refused = client.ask("POST", "/alerts/remove", data=removing, cookies=sessions["bob"])
    assert refused.status_code == 422
    assert kept(settings) == [one]


@pytest.mark.parametrize("path", ["/alerts/keep", "/alerts/remove"])
def test_another_site_changes_nothing(settings: Settings, path: str) -> None:
    headers = {"Origin": "https://evil.example"}
    answer = Client(create_app(settings)).ask("POST", path, data={"id": "1"}, headers=headers)
    assert answer.status_code == 403
