"""The page of alerts: what one would have said, and the forms that keep, change and remove it."""

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
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
MAIL = "smtp://mail.example.org:25?from=a@example.org&to=b@example.org"
Fields = dict[str, list[str]]


class Form(HTMLParser):
    """The form of a page by which an alert is kept: what its fields hold, as a browser sends it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: Fields = {}
        self._inside = False
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if told.get("id") == "alert":
            self._inside = True
        if tag == "form":
            assert not self._inside or (told["action"], told["method"]) == ("/alerts", "get")
        if not self._inside:
            return
        name = told.get("name") or self._select
        if tag == "select":
            self._select = name
        checked = told.get("type") != "checkbox" or "checked" in told
        keeps = told.get("formaction") == "/alerts/keep" and told.get("formmethod") == "post"
        if (tag == "input" and checked) or (tag == "option" and "selected" in told) or keeps:
            self.fields.setdefault(name, []).append(told.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "form"


@pytest.fixture
def settings(service: Service, tmp_path: Path) -> Settings:
    home = tmp_path / "home"
    home.mkdir()
    (home / "serving").symlink_to(service.settings.serving)
    return Settings(home=home, alert_slack=SLACK)


def kept(settings: Settings) -> list[BusinessAlert]:
    with opened(settings) as engine:
        return list(BusinessAlerts(engine).all())


def keep(client: Client, view: str = VIEW, **changed: str) -> httpx.Response:
    """What the form says that stands at an address, and what somebody chose and typed in it."""
    usual = {"metric": "hours_viewed", "condition": "falls", "amount": "20", "grain": "day"}
    form = {**usual, **parse_qs(urlsplit(view).query), "back": view}
    form |= {"name": "More <b>plays</b>", "to_slack": "slack", **changed}
    return client.ask("POST", "/alerts/keep", data=form)


def test_what_an_alert_would_have_said_is_shown_before_it_is_kept(
    settings: Settings, snapshots: Snapshots
) -> None:
    html = unescape(Client(create_app(settings)).get(VIEW).text)
    found = judge(snapshots.current(), RULE, Calendar())
    before = recent(snapshots.current(), RULE, Calendar())
    assert "(country DE)" in found.sentence
    assert found.sentence.replace("country DE", "country Germany") in html
    days = f"{len(before.past)} days"
    assert 0 < len(before.fired) < len(before.past)
    assert f"It would have fired on {len(before.fired)} of the last {days}." in html
    table = html[html.index('id="panel-met"') :]
    assert table.count(">Met</td>") == len(before.fired)


def test_links_lead_to_the_page_with_measure_and_filters_or_from_anywhere(
    settings: Settings,
) -> None:
    client = Client(create_app(settings))
    overview = client.get("/?country=DE&by=plays").text
    bar = overview[overview.index('aria-label="Filters"') : overview.index('class="more"')]
    link = re.search(r'</details><a class="alert-me" href="([^"]*)">Alert me…</a>', bar)
    assert link
    assert unescape(link[1]) == "/alerts?country=DE&by=plays"
    assert '<option value="plays" selected' in client.get(unescape(link[1])).text
    trust = client.get("/trust").text
    assert "Alert me…" not in trust
    assert '<a href="/alerts">Alerts and reports</a>' in trust[trust.index("<footer") :]


def test_what_stands_in_the_form_is_kept_and_shown_whatever_was_shown_before(
    settings: Settings, snapshots: Snapshots
) -> None:
    client = Client(create_app(settings))
    here = "/alerts?country=DE&country=FR&not_device=mobile"
    filters = Rule.narrowed(urlsplit(here).query)
    html = client.get(here).text
    form = Form(html).fields
    assert form["amount"] == ["20"]
    form |= {"metric": ["plays"], "amount": ["35"], "grain": ["week"]}
    answer = client.ask("POST", "/alerts/keep", data=form)
    (one,) = kept(settings)
    rule = Rule("plays", filters, "falls", 35, "week")
    assert one.definition == rule.kept("Plays", ["slack"])
    # It leads to the same filters, and to what was kept, which is there with its state.
    there = answer.headers["Location"]
    assert (answer.status_code, urlsplit(there).fragment) == (303, "kept")
    assert parse_qs(urlsplit(there).query) == {
        **parse_qs(urlsplit(here).query),
        "metric": ["plays"],
        "condition": ["falls"],
        "amount": ["35"],
        "grain": ["week"],
    }
    html = unescape(client.get(there).text)
    found = judge(snapshots.current(), rule, Calendar())
    names = "country Germany or France, device all but Mobile"
    sentence = found.sentence.replace("country DE, FR; not device mobile", names)
    assert names in sentence
    assert html.count(sentence) == 2
    row = html[html.index('id="kept"') :]
    limit = "falls by more than 35 % against the mean of 4 weeks before"
    assert f"Plays – Plays: {limit} ({names})" in row
    assert "Not judged yet" not in row
    # Beside another rule, or days of another zone, nothing is told of it until it is judged.
    for elsewhere in ("/alerts", f"{there.removesuffix('#kept')}&tz=Asia/Tokyo"):
        row = client.get(elsewhere).text.partition('id="kept"')[2]
        assert "Not judged yet" in row
        assert "It is judged within seconds" in row
    # *Change* takes what stands in the form, too.
    change = re.search(r'href="([^"]*alert=\d+[^"]*)#alert">Change', html)
    assert change
    form = Form(client.get(change[1]).text).fields
    assert (form["name"], form["amount"], form["alert"]) == (["Plays"], ["35"], [str(one.id)])
    form |= {"amount": ["30"], "name": ["Fewer"]}
    answer = client.ask("POST", "/alerts/keep", data=form)
    assert "amount=30" in answer.headers["Location"]
    assert "alert=" not in answer.headers["Location"].partition("#")[0]
    (changed,) = kept(settings)
    assert (changed.id, changed.definition.name, changed.definition.amount) == (one.id, "Fewer", 30)
    assert changed.definition.filters == one.definition.filters


def test_an_alert_is_kept_under_a_name_and_removed(settings: Settings) -> None:
    client = Client(create_app(settings))
    assert keep(client).status_code == 303
    (one,) = kept(settings)
    assert one.definition == RULE.kept("More <b>plays</b>", ["slack"])
    html = client.get(VIEW).text
    assert "More &lt;b&gt;plays&lt;/b&gt;" in html
    back = re.search(r'name="back" value="([^"]*#kept)"', html)
    assert back
    form = {"id": str(one.id), "back": unescape(back[1])}
    removed = client.ask("POST", "/alerts/remove", data=form)
    there = urlsplit(removed.headers["Location"])
    assert (removed.status_code, there.fragment) == (303, "kept")
    assert parse_qs(there.query) == parse_qs(urlsplit(VIEW).query)
    assert kept(settings) == []
    assert "No alert is kept yet." in client.get("/alerts").text


@pytest.mark.parametrize(
    ("changed", "field", "says"),
    [
        ({"name": " "}, "name", "Write 1 to 80 characters"),
        ({"amount": "120", "condition": "falls"}, "amount", "Nothing falls by more than 100 %"),
        ({"amount": "-1"}, "amount", "More than 0 percent"),
        ({"amount": "x"}, "amount", "The amount of an alert is a number."),
        ({"metric": "no-such"}, "metric", "no-such"),
        ({"metric": "dau"}, "metric", "country"),
        ({"addresses": "ann@evil.example"}, "addresses", "Nobody is written to at evil.example"),
        (
            {"addresses": " ".join(f"a{each}@example.org" for each in range(11))},
            "addresses",
            "At most 10 addresses",
        ),
    ],
)
def test_what_cannot_be_so_is_told_at_its_field_with_all_that_was_typed(
    settings: Settings, changed: dict[str, str], field: str, says: str
) -> None:
    told = {"alert_email": MAIL, "alert_mail_domains": "example.org"}
    client = Client(create_app(settings.model_copy(update=told)))
    answer = keep(client, **changed)
    assert answer.status_code == 303
    assert kept(settings) == []
    page = client.get(answer.headers["Location"])
    assert page.status_code == 422
    (pointing,) = re.findall(r'<(?:input|select) [^>]*aria-invalid="true"[^>]*>', page.text)
    assert f'name="{field}"' in pointing
    assert f'aria-describedby="wrong-{field}" autofocus' in pointing
    (reason,) = re.findall(rf'<p id="wrong-{field}" role="alert"[^>]*>(.*?)</p>', page.text)
    assert says.lower() in unescape(reason).lower()
    assert ('id="panel-met"' in page.text) == (field not in ("metric", "amount"))
    form = Form(page.text).fields
    typed = {"name": "More <b>plays</b>", "amount": "10", **changed}
    for name in ("name", "condition", "addresses"):
        if name in typed:
            assert form[name] == [typed[name]]
    assert form["country"] == ["DE"]


@pytest.mark.parametrize(
    ("view", "changed"),
    [
        (VIEW, {"condition": "explodes"}),
        (VIEW, {"grain": "year"}),
        (VIEW, {"alert": "77"}),
        (VIEW, {"alert": "²"}),
        (VIEW, {"to_nobody": "nobody"}),
        (VIEW, {"amount": ""}),
        (f"{VIEW}&no-such=1", {}),
        (VIEW + "".join(f"&title=t{number:0190}" for number in range(60)), {}),
        (VIEW + "".join(f"&title=t{number}" for number in range(110)), {}),
    ],
)
def test_what_no_field_can_tell_is_refused(
    settings: Settings, view: str, changed: dict[str, str]
) -> None:
    client = Client(create_app(settings))
    assert keep(client, view, **changed).status_code == 422
    assert kept(settings) == []


def test_filters_that_say_too_much_are_told_in_the_form(settings: Settings) -> None:
    client = Client(create_app(settings))
    titles = "".join(f"&title=t{number:0190}" for number in range(25))
    answer = keep(client, VIEW + titles, back="/alerts")
    assert kept(settings) == []
    page = client.get(answer.headers["Location"])
    assert page.status_code == 422
    assert "The filters say more than can be kept" in page.text


@pytest.mark.parametrize("query", ["condition=x", "amount=x", "metric=no", "alert=x", "grain=x"])
def test_an_address_that_says_no_rule_is_refused(settings: Settings, query: str) -> None:
    client = Client(create_app(settings))
    assert client.get(f"/alerts?{query}").status_code == 422
    assert client.get(f"/export/alerts/met.csv?{query}").status_code == 422


def test_an_amount_is_kept_as_it_was_said(settings: Settings) -> None:
    client = Client(create_app(settings))
    html = client.get("/alerts?metric=plays&condition=above&amount=1234567.25").text
    form = Form(html).fields
    assert form["amount"] == ["1234567.25"]
    assert client.ask("POST", "/alerts/keep", data=form).status_code == 303
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
    assert keep(client).status_code == 401
    wanted = Form(client.get(VIEW, cookies=sessions["ann"]).text).fields | {"name": ["Mine"]}
    client.ask("POST", "/alerts/keep", data=wanted, cookies=sessions["ann"])
    (one,) = kept(settings)
    assert one.owner == "person:ann"
    assert "Mine –" in client.get("/alerts", cookies=sessions["ann"]).text
    assert "Mine –" not in client.get("/alerts", cookies=sessions["bob"]).text
    wanted["alert"] = [str(one.id)]
    removing = {"id": [str(one.id)], "back": ["/alerts"]}
    for path, theirs in (("keep", wanted), ("remove", removing)):
        refused = client.ask("POST", f"/alerts/{path}", data=theirs, cookies=sessions["bob"])
        assert refused.status_code == 422
    assert kept(settings) == [one]


@pytest.mark.parametrize("path", ["/alerts/keep", "/alerts/remove"])
def test_another_site_changes_nothing(settings: Settings, path: str) -> None:
    headers = {"Origin": "https://evil.example"}
    answer = Client(create_app(settings)).ask("POST", path, data={"id": "1"}, headers=headers)
    assert answer.status_code == 403
