"""Alerts: what fires, and what Prometheus needs to watch the same."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from netflix_pipeline.cli.common import (
    Json,
    counted,
    end_with,
    print_json,
    print_table,
    say,
    settings,
)

if TYPE_CHECKING:
    from netflix_pipeline.monitoring.alert_texts import Links
    from netflix_pipeline.settings import Settings

app = typer.Typer(help="Alerts: what fires, who is told, rules for Prometheus.")

UNITS = {"m": "minutes", "h": "hours", "d": "days"}

Dashboard = Annotated[
    str, typer.Option(help="Address of the dashboard, as people open it.", metavar="URL")
]
Api = Annotated[str, typer.Option(help="Address of the API.", metavar="URL")]
Runbook = Annotated[
    str, typer.Option(help="Address of docs/alerts.md, as people open it.", metavar="URL")
]


@app.command("list")
def list_(as_json: Json = False) -> None:
    """Show what fires, since when, and when each last did.

    Reads: $NETFLIX_HOME/monitoring, where netflix-pipeline serve writes it down.

    Writes: nothing.
    """
    from netflix_pipeline.monitoring import alert_report
    from netflix_pipeline.monitoring.silences import labels_of

    report = alert_report(settings(), datetime.now(UTC))
    if as_json:
        print_json(report.model_dump(mode="json"))
        return
    found = (*report.pending, *report.firing) if report.watched else ()
    active = {each.name: each for each in found}
    told = [(known, active.get(known.name)) for known in report.alerts]
    print_table(
        "Alerts" if report.watched else "Alerts (nobody watches: netflix-pipeline serve does)",
        ("alert", "state", "severity", "limit", "since", "what", "last seen to fire"),
        (
            (
                known.name,
                each.state if each else "",
                known.severity,
                known.limit,
                each.since if each else None,
                each.summary if each else "",
                known.last_fired_at or "never",
            )
            for known, each in told
        ),
    )
    if report.silences:
        print_table(
            "Silences: nobody is told of these",
            ("alert", "of", "until", "by", "because"),
            (
                (each.alert, labels_of(each.labels), each.until, each.by, each.because)
                for each in report.silences
            ),
        )


@app.command()
def rules(dashboard: Dashboard = "", api: Api = "", runbook: Runbook = "") -> None:
    """Print the rules for Prometheus, one for each alert.

    Reads: nothing.

    Writes: nothing.

    Example: netflix-pipeline alerts rules --dashboard https://views.example.org > netflix.yaml
    """
    from netflix_pipeline.monitoring.prometheus import rules_file

    home = settings()
    _print(rules_file(_links(home, dashboard, api, runbook), home.alert_speed))


@app.command()
def prometheus(
    file: Annotated[
        str, typer.Option("--rules", help="The file of rules, as Prometheus finds it.")
    ] = "netflix-alerts.yaml",
    dashboard: Dashboard = "",
    api: Api = "",
    key_file: Annotated[
        str,
        typer.Option(
            help="The file in which Prometheus finds a key with the scope ops:read, where API and "
            "dashboard ask who somebody is.",
            metavar="PATH",
        ),
    ] = "",
) -> None:
    """Print what Prometheus is to scrape, and its rules.

    Reads: nothing.

    Writes: nothing.

    Example: netflix-pipeline alerts prometheus > prometheus.yaml
    """
    from netflix_pipeline.monitoring.prometheus import configuration

    home = settings()
    links = _links(home, dashboard, api, "")
    addresses = {"api": links.api, "dashboard": links.dashboard}
    _print(configuration(addresses, file, home.alert_speed, key_file=key_file))


@app.command()
def alertmanager() -> None:
    """Print whom Alertmanager is to tell, and when.

    What follows from another alert is not told while that fires. It tells those whom
    NETFLIX_ALERT_WEBHOOK, _SLACK and _EMAIL name, and holds their addresses with all secrets;
    nobody, where none is set.

    Reads: files in which the settings say that an address stands.

    Writes: nothing.

    Example: netflix-pipeline alerts alertmanager > alertmanager.yaml
    """
    from netflix_pipeline.monitoring.alertmanager import configuration
    from netflix_pipeline.monitoring.receivers import receivers

    home = settings()
    _print(configuration(receivers(home), home.alert_speed, home.alert_repeat_hours))


@app.command()
def grafana(
    dashboard: Annotated[
        Literal["platform", "alerts"],
        typer.Argument(help="platform: what it does; alerts: what each alert measures."),
    ],
    runbook: Runbook = "",
) -> None:
    """Print a dashboard for Grafana, to be imported there.

    Reads: nothing.

    Writes: nothing.

    Example: netflix-pipeline alerts grafana platform > platform.json
    """
    from netflix_pipeline.monitoring.grafana import dashboard as written

    _print(written(dashboard, runbook))


def _links(home: Settings, dashboard: str, api: str, runbook: str) -> Links:
    from netflix_pipeline.monitoring.alert_texts import DOCUMENT, Links

    return Links(
        dashboard=dashboard.rstrip("/") or home.url(home.dashboard_port),
        api=api.rstrip("/") or home.url(home.api_port),
        runbook=runbook or DOCUMENT,
    )


def _print(text: str) -> None:
    sys.stdout.write(text)


@app.command()
def silence(
    alert: Annotated[str, typer.Argument(help="Its name, as `alerts list` shows it.")],
    lasting: Annotated[str, typer.Option("--for", help="How long, such as 30m, 2h or 3d.")],
    because: Annotated[str, typer.Option(help="Why, for whoever looks.")] = "",
    label: Annotated[
        list[str] | None,
        typer.Option(help="Only of what has this label, as job=netflix-api; repeatable."),
    ] = None,
) -> None:
    """Tell nobody of an alert for a while: it is still shown.

    Reads: nothing.

    Writes: $NETFLIX_HOME/monitoring.

    Example: netflix-pipeline alerts silence MachineCpu --for 2h --because "the yearly backfill"
    """
    import psutil

    from netflix_pipeline.monitoring.silences import Silence, add_silence, labels_of

    span = re.fullmatch(r"(\d{1,4})([mhd])", lasting)
    if span is None:
        raise typer.BadParameter(f"--for {lasting}: write a time such as 30m, 2h or 3d")
    now = datetime.now(UTC)
    labels = dict(_label(each) for each in label or ())
    until = now + timedelta(**{UNITS[span[2]]: int(span[1])})
    by = psutil.Process().username()
    add_silence(settings(), Silence(alert, labels, until, because, by), now)
    of = f" of {labels_of(labels)}" if labels else ""
    say(f"nobody is told of {alert}{of} until {until:%Y-%m-%d %H:%M} UTC")


@app.command()
def unsilence(
    alert: Annotated[str, typer.Argument(help="Its name, as `alerts list` shows it.")],
) -> None:
    """Tell of an alert again.

    Reads: nothing.

    Writes: $NETFLIX_HOME/monitoring.

    Example: netflix-pipeline alerts unsilence MachineCpu
    """
    from netflix_pipeline.monitoring.silences import end_silences

    ended = end_silences(settings(), alert, datetime.now(UTC))
    say(f"{counted(ended, 'silence')} of {alert} ended")


@app.command()
def test() -> None:
    """Send each receiver a message: the API is down, and up again.

    Reads: nothing.

    Writes: nothing.
    """
    from netflix_pipeline.monitoring.receivers import NotDelivered, receivers, trial

    home, now = settings(), datetime.now(UTC)
    known = receivers(home)
    if not known:
        say("nobody is told of alerts: NETFLIX_ALERT_WEBHOOK, _SLACK, _EMAIL or _COMMAND names one")
    problems: list[NotDelivered] = []
    for receiver in known:
        try:
            for message in trial(receiver.name, _links(home, "", "", ""), now):
                receiver.deliver(message)
            say(f"{receiver.name} was told")
        except NotDelivered as error:
            problems.append(error)
    end_with(problems)


def _label(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"--label {text}: write name=value, such as job=netflix-api")
    return name, value
