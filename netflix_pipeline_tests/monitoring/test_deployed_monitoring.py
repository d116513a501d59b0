"""`deploy/monitoring`: what it starts is pinned, what it reads is there, and is what is written."""

import re
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

from netflix_pipeline.monitoring import alertmanager
from netflix_pipeline.monitoring.prometheus import configuration
from netflix_pipeline.monitoring.receivers import BadReceiver, receivers
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.promtool import program

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "monitoring"
ADDRESSES = {"api": "http://127.0.0.1:8000", "dashboard": "http://127.0.0.1:8502"}
PINNED = re.compile(r"[a-z]+/[a-z]+:v?\d+\.\d+\.\d+")


class Healthcheck(msgspec.Struct, forbid_unknown_fields=True):
    test: list[str]
    interval: str


class Condition(msgspec.Struct, forbid_unknown_fields=True):
    condition: str


class Container(msgspec.Struct, forbid_unknown_fields=True):
    """Of the Compose Specification, what is used here."""

    image: str
    profiles: list[str]
    network_mode: str
    restart: str
    volumes: list[str]
    command: list[str] = []
    environment: dict[str, str] = {}
    healthcheck: Healthcheck | None = None
    depends_on: dict[str, Condition] = {}


class Compose(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    services: dict[str, Container]
    volumes: dict[str, None]


def read(name: str) -> Any:
    return msgspec.yaml.decode((FOLDER / name).read_bytes())


def compose() -> Compose:
    return msgspec.yaml.decode((FOLDER / "compose.yaml").read_bytes(), type=Compose)


def test_what_is_started_is_pinned_listens_on_this_machine_and_has_its_files() -> None:
    told = compose()
    assert set(told.services) == {"prometheus", "alertmanager", "grafana"}
    for name, service in told.services.items():
        assert PINNED.fullmatch(service.image), name
        assert service.profiles == ["monitoring"]
        listens = [*service.command, *map("=".join, service.environment.items())]
        assert any("127.0.0.1" in each for each in listens), name
        assert not any("0.0.0.0" in each for each in listens), name
        assert service.depends_on.keys() <= told.services.keys()
        for each in service.depends_on:
            assert told.services[each].healthcheck, each
        for volume in service.volumes:
            source, target, *mode = volume.split(":")
            if source.startswith("."):
                assert (FOLDER / source).exists(), volume
                assert mode == ["ro"], volume
            else:
                assert source in told.volumes, volume
            assert target.startswith("/")


def test_prometheus_is_told_what_the_command_writes(tmp_path: Path) -> None:
    written = configuration(ADDRESSES, "netflix-alerts.yaml")
    assert (FOLDER / "prometheus.yaml").read_text(encoding="utf-8") == written, (
        "run: netflix-pipeline alerts prometheus > deploy/monitoring/prometheus.yaml"
    )
    mounted = [each.split(":") for each in compose().services["prometheus"].volumes]
    files = {Path(target).name: FOLDER / source for source, target, *_ in mounted}
    for name in ("prometheus.yaml", "netflix-alerts.yaml"):
        (tmp_path / name).write_bytes(files[name].read_bytes())
    subprocess.run(
        [program("promtool"), "check", "config", tmp_path / "prometheus.yaml"],
        check=True,
        capture_output=True,
    )


def test_alertmanager_takes_its_configuration() -> None:
    path = FOLDER / "alertmanager.yaml"
    assert path.read_text(encoding="utf-8") == alertmanager.configuration(), (
        "run: netflix-pipeline alerts alertmanager > deploy/monitoring/alertmanager.yaml"
    )
    subprocess.run(
        [program("amtool"), "check-config", path],
        check=True,
        capture_output=True,
    )


def test_alertmanager_tells_whom_settings_name(home: Settings, tmp_path: Path) -> None:
    mail_to = "from=a@a.example&to=b@b.example&to=c@c.example"
    settings = home.model_copy(
        update={
            "alert_webhook": "http://hook.example/alerts",
            "alert_slack": "https://slack.example/secret",
            "alert_email": f"smtps://u:p%40w@mail.example:465?{mail_to}",
        }
    )
    path = tmp_path / "alertmanager.yaml"
    path.write_text(alertmanager.configuration(receivers(settings), speed=60))
    subprocess.run([program("amtool"), "check-config", path], check=True, capture_output=True)
    told = msgspec.yaml.decode(path.read_bytes())
    (receiver,) = told["receivers"]
    (mail,) = receiver["email_configs"]
    assert (mail["smarthost"], mail["auth_password"]) == ("mail.example:465", "p@w")
    assert (mail["to"], mail["require_tls"]) == ("b@b.example, c@c.example", False)
    assert receiver["webhook_configs"] == [{"url": settings.alert_webhook}]
    assert receiver["slack_configs"][0]["api_url"] == settings.alert_slack
    assert (told["route"]["group_wait"], told["route"]["group_interval"]) == ("500ms", "5s")
    for name, address in (
        ("alert_command", "tell-somebody"),
        ("alert_email", f"smtps://mail.example:2525?{mail_to}"),
    ):
        with pytest.raises(BadReceiver, match=f"NETFLIX_{name.upper()}"):
            alertmanager.configuration(receivers(home.model_copy(update={name: address})))


def test_grafana_finds_its_dashboards_and_their_prometheus() -> None:
    (provider,) = read("grafana/dashboards.yaml")["providers"]
    (source,) = read("grafana/datasources.yaml")["datasources"]
    volumes = dict(each.split(":")[1::-1] for each in compose().services["grafana"].volumes)
    dashboards = (FOLDER / volumes[provider["options"]["path"]]).resolve()
    assert sorted(path.name for path in dashboards.glob("*.json")) == [
        "alerts.json",
        "platform.json",
    ]
    assert (source["type"], source["isDefault"]) == ("prometheus", True)
    listens = next(
        each for each in compose().services["prometheus"].command if "web.listen" in each
    )
    assert source["url"] == f"http://{listens.partition('=')[2]}"
