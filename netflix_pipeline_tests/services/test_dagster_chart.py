"""Values for Dagster's official chart: names as it has them, values as in our own `dagster.yaml`.

The chart's own schema is not kept here. What of it is used is told below, as it stands in
`helm/dagster/values.schema.json` and the templates of dagster-io/dagster (Apache License 2.0), read
in November 2026; Kubernetes' own parts are compared with Kubernetes' schema.
"""

import json
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import msgspec
from dagster._cli.api import grpc_command
from sqlalchemy import make_url

from netflix_pipeline.defs.instance import _configuration
from netflix_pipeline.defs.workspace import LOCATION
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api_tools import python, run
from netflix_pipeline_tests.support.deployment import DEPLOY, IMAGE, documents

REPLICAS = DEPLOY / "kubernetes" / "replicas"
VALUES = DEPLOY / "helm" / "dagster.yaml"


class Told(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """What the schema has a name for: no other."""


class Image(Told):
    repository: str
    tag: str
    pull_policy: Literal["Always", "IfNotPresent", "Never"]


class Named(Told):
    name: str


class Pod(Told):
    image: Image
    env_config_maps: list[Named]
    env_secrets: list[Named]
    pod_security_context: dict[str, Any]
    security_context: dict[str, Any]
    volumes: list[dict[str, Any]]
    volume_mounts: list[dict[str, Any]]
    resources: dict[str, Any]


class Service(Told):
    type: str
    port: int


class Server(Told):
    host: str
    port: int
    name: str


class Workspace(Told):
    enabled: bool
    servers: list[Server]


class Webserver(Pod):
    service: Service
    workspace: Workspace


class TagLimit(Told):
    key: str
    limit: int


class Queue(Told):
    tag_concurrency_limits: list[TagLimit]


class Queued(Told):
    queued_run_coordinator: Queue


class Coordinator(Told):
    enabled: bool
    type: Literal["QueuedRunCoordinator"]
    config: Queued


class Monitoring(Told):
    enabled: bool
    start_timeout_seconds: int
    poll_interval_seconds: int


class Retries(Told):
    enabled: bool
    max_retries: int
    retry_on_asset_or_op_failure: bool


class Daemon(Pod):
    run_coordinator: Coordinator
    run_monitoring: Monitoring
    run_retries: Retries


class CodeServer(Pod):
    name: str
    port: int
    dagster_api_grpc_args: list[str]


class CodeServers(Told):
    enabled: bool
    enable_subchart: bool
    deployments: list[CodeServer]


class Launcher(Told):
    module: str
    class_: str = msgspec.field(name="class")
    config: dict[str, Any]


class Launchers(Told):
    custom_run_launcher: Launcher


class RunLauncher(Told):
    type: Literal["CustomRunLauncher"]
    config: Launchers


class Outcomes(Told):
    skipped: int
    failure: int
    success: int


class OfSensors(Told):
    purge_after_days: Outcomes


class OfSchedules(Told):
    purge_after_days: int


class Retention(Told):
    enabled: bool
    schedule: OfSchedules
    sensor: OfSensors


class Postgres(Told):
    enabled: bool
    postgresql_host: str
    postgresql_username: str
    postgresql_database: str
    postgresql_scheme: str


class Global(Told):
    dagster_home: str
    postgresql_secret_name: str


class Telemetry(Told):
    enabled: bool


class ComputeLogs(Told):
    type: Literal["NoOpComputeLogManager"]


class Values(Told):
    generate_postgresql_password_secret: bool
    postgresql: Postgres
    telemetry: Telemetry
    compute_log_manager: ComputeLogs
    retention: Retention
    run_launcher: RunLauncher
    dagster_webserver: Webserver
    dagster_daemon: Daemon
    of_all: Global = msgspec.field(name="global")
    code: CodeServers = msgspec.field(name="dagster-user-deployments")


def values() -> Values:
    return msgspec.yaml.decode(VALUES.read_bytes(), type=Values)


def pods(told: Values) -> list[Pod]:
    return [told.dagster_webserver, told.dagster_daemon, *told.code.deployments]


def test_the_chart_starts_our_image_with_what_the_replicas_have(tmp_path: Path) -> None:
    told = values()
    beside = [each for path in REPLICAS.glob("*.yaml") for each in documents(path)]
    named = {(each["kind"], each["metadata"]["name"]) for each in beside}
    for number, pod in enumerate(pods(told)):
        assert f"{pod.image.repository}:{pod.image.tag}" == IMAGE
        assert [each.name for each in pod.env_secrets] == ["bucket"]
        assert {("ConfigMap", each.name) for each in pod.env_config_maps} <= named
        assert told.of_all.dagster_home in {each["mountPath"] for each in pod.volume_mounts}
        container = {
            "name": "dagster",
            "image": IMAGE,
            "securityContext": pod.security_context,
            "resources": pod.resources,
            "volumeMounts": pod.volume_mounts,
        }
        labels = {"app": "dagster"}
        whole = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "dagster"},
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {
                        "containers": [container],
                        "securityContext": pod.pod_security_context,
                        "volumes": pod.volumes,
                    },
                },
            },
        }
        (tmp_path / f"{number}.json").write_text(json.dumps(whole), encoding="utf-8")
        assert {each["name"] for each in pod.volume_mounts} == {
            each["name"] for each in pod.volumes
        }
    validate = python("unit-schemas").with_name("kubernetes-validate")
    run([validate, "--strict", *sorted(tmp_path.iterdir())], tmp_path)


def test_dagster_finds_the_code_under_the_name_that_it_knows() -> None:
    told = values()
    (code,), (server,) = told.code.deployments, told.dagster_webserver.workspace.servers
    assert (server.host, server.port, server.name) == (code.name, code.port, LOCATION)
    words = ["-h", "0.0.0.0", "-p", str(code.port), *code.dagster_api_grpc_args]
    asked = grpc_command.make_context("grpc", words).params
    assert asked["module_name"] == "netflix_pipeline.definitions"


def test_the_instance_of_the_chart_is_as_ours() -> None:
    told = values()
    address = f"{told.postgresql.postgresql_scheme}://viewing@db.example/dagster"
    assert make_url(address).get_dialect().driver == "psycopg2"
    settings = Settings(broker="redis://redis.example/0", dagster_database=address)
    ours = msgspec.yaml.decode(_configuration(settings))
    launcher = told.run_launcher.config.custom_run_launcher
    assert {"module": launcher.module, "class": launcher.class_} == ours["run_launcher"]
    assert hasattr(import_module(launcher.module), launcher.class_)
    (limit,) = (
        told.dagster_daemon.run_coordinator.config.queued_run_coordinator.tag_concurrency_limits
    )
    assert msgspec.structs.asdict(limit) in ours["concurrency"]["runs"]["tag_concurrency_limits"]
    for name, chosen in (
        ("run_monitoring", told.dagster_daemon.run_monitoring),
        ("run_retries", told.dagster_daemon.run_retries),
    ):
        assert msgspec.structs.asdict(chosen).items() <= ours[name].items()
    purged = ours["retention"]
    assert told.retention.schedule.purge_after_days == purged["schedule"]["purge_after_days"]
    sensor = msgspec.structs.asdict(told.retention.sensor.purge_after_days)
    assert sensor == purged["sensor"]["purge_after_days"]
