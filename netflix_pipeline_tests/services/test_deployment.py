"""Files of `deploy`: what they name is there, and what they start runs as they say."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import pytest
import typer

from netflix_pipeline.cli.commands import app
from netflix_pipeline.engines import free_port
from netflix_pipeline.eventlog import open_log
from netflix_pipeline.monitoring import RunReport, tell_runs
from netflix_pipeline.monitoring.alert_definition import JOBS
from netflix_pipeline.services.handover import DRAINED_WITHIN, LEAVES_WITHIN
from netflix_pipeline.services.program import GRACE
from netflix_pipeline.serving import publish_home
from netflix_pipeline.settings import IN_FILE, Settings, variable
from netflix_pipeline.state import SCOPES, Keys, Passwords, opened
from netflix_pipeline_tests.support.api import event, numbers
from netflix_pipeline_tests.support.deployment import (
    COMPOSE,
    DEPLOY,
    IMAGE,
    ROOT,
    Container,
    containers,
    documents,
)
from netflix_pipeline_tests.support.firing import firing
from netflix_pipeline_tests.support.postgres_server import PostgresServer
from netflix_pipeline_tests.support.promtool import program
from netflix_pipeline_tests.support.redis_server import redis_server
from netflix_pipeline_tests.support.s3_server import S3Server
from netflix_pipeline_tests.support.three_days import TUESDAY, three_days_published
from netflix_pipeline_tests.support.waiting import until
from netflix_pipeline_tests.support.world import Watched

DISTRIBUTED = DEPLOY / "distributed"
REPLICAS = DEPLOY / "kubernetes" / "replicas"
MOUNTED = "/run/secrets"
"""Where secrets are mounted."""
PATHS = ("/v1/analytics", "/v1/titles?sort=viewers", "/v1/users/ann")
"""What replicas are asked."""
PASSWORD = "correct horse battery"
SETTINGS = set(map(variable, Settings.model_fields))
TOLD = [path for path in DEPLOY.rglob("*") if path.is_file() and "secrets" not in path.parts]
TEXT = "\n".join(path.read_text(encoding="utf-8") for path in TOLD).replace("\\\n", "")
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
COMMAND = re.compile(r"(?<!-n )(?<!lib/)\bnetflix-pipeline ([a-z]+(?: +[\w.:/-]+)*)")
PINNED = re.compile(r"[\w./-]+:v?\d+(\.\d+)+(-\w+)?")


def parse(words: list[str]) -> None:
    """Read a command as it is read when it is run; it raises what it then says."""
    command = typer.main.get_command(app)
    while commands := getattr(command, "commands", None):
        command = commands[words[0]]
        words = words[1:]
    command.make_context("netflix-pipeline", words)


def test_every_setting_and_command_that_is_named_is_there() -> None:
    assert set(re.findall(r"NETFLIX_[A-Z_]*[A-Z]", TEXT)) <= SETTINGS
    named = [found.split() for found in COMMAND.findall(TEXT)]
    assert len(named) > 5
    started = [each.words for each in containers() if each.words[0] == "netflix-pipeline"]
    assert len(started) > 3
    for words in (*named, *(list(each[1:]) for each in started)):
        parse(words)


def test_every_image_is_pinned_and_ours_is_that_of_this_release() -> None:
    images = re.findall(r"^(?:FROM|\s+(?:- )?image:(?: &\w+)?) ([^*&\s]+)", TEXT, re.MULTILINE)
    assert IMAGE in images
    for image in images:
        assert PINNED.fullmatch(image), image
    assert set(re.findall(r"netflix-pipeline:\d[\w.]*", TEXT)) == {IMAGE}


def test_settings_are_understood_and_secrets_are_files_that_are_mounted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("redis://secret", encoding="utf-8")
    fields = Settings.model_fields.items()
    hidden = {variable(name) for name, field in fields if not field.repr}
    for each in containers():
        for name, value in each.environment.items():
            path = value.removeprefix(IN_FILE)
            if name in hidden and path != value:
                assert path.startswith(each.mounted), (each, name)
            assert "@" not in value, f"{name} of {each.name} has a password in it"
            monkeypatch.setenv(name, f"{IN_FILE}{secret}" if path != value else value)
        Settings()


def test_whoever_is_told_to_end_has_the_time_to() -> None:
    serving = [each for each in containers() if "serve" in each.words]
    assert serving
    for each in serving:
        left = each.seconds - each.quiet
        assert left >= max(DRAINED_WITHIN, LEAVES_WITHIN) + 2 * GRACE, each


def test_a_new_release_takes_over_without_a_pause() -> None:
    by_file = {each.file: each for each in containers() if each.probes}
    for path in sorted(REPLICAS.glob("*.yaml")):
        kinds = {each["kind"]: each["spec"] for each in documents(path) if "spec" in each}
        if "Deployment" not in kinds:
            continue
        deployment, budget = kinds["Deployment"], kinds.get("PodDisruptionBudget")
        if budget is None:  # which answers nobody but Prometheus
            assert (deployment["replicas"], deployment["strategy"]) == (1, {"type": "Recreate"})
            continue
        assert deployment["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
        assert budget["minAvailable"] < deployment["replicas"]
        labels = deployment["template"]["metadata"]["labels"]
        assert deployment["selector"] == budget["selector"] == {"matchLabels": labels}
        if "Service" in kinds:
            assert kinds["Service"]["selector"] == labels
            # Whoever was sent there before it was taken out has its answer.
            assert by_file[path].quiet > Settings().query_seconds
            assert by_file[path].probes["readinessProbe"].path == "/ready"


def test_the_image_is_built_of_the_program_alone() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    first, *more = [
        line
        for line in (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    ]
    let_in = {line.removeprefix("!") for line in more if line.startswith("!")}
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    run = re.findall(r"&& (scripts/\S+)$", DOCKERFILE, re.MULTILINE)
    needed = {*packages, *" ".join(copied).split(), *run} - {"."}
    needed |= {project["project"]["readme"], *project["project"]["license-files"]}
    assert (first, let_in) == ("*", needed)
    assert all((ROOT / each).exists() for each in let_in)
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.findall(r"^USER (\d+):(\d+)$", last, re.MULTILINE) == [("10001", "10001")]
    (command,) = re.findall(r"^CMD (.+)$", last, re.MULTILINE)
    parse(json.loads(command)[1:])


def test_the_environment_of_the_image_is_the_locked_one(tmp_path: Path) -> None:
    uv = ROOT / ".tools" / "bin" / "uv"
    ways = re.findall(r"^RUN uv (sync .+)$", DOCKERFILE, re.MULTILINE)
    assert len(ways) == 2
    for words in map(shlex.split, ways):
        assert "--locked" in words
        of_sync = ("--no-install-project", "--no-editable")
        asked = [word for word in words[1:] if word not in of_sync]
        made = subprocess.run(
            [uv if uv.exists() else "uv", "export", "--offline", "--quiet", "--no-hashes", *asked],
            cwd=ROOT,
            env={**os.environ, "UV_PROJECT_ENVIRONMENT": str(tmp_path / "environment")},
            capture_output=True,
            text=True,
            check=True,
        )
        names = set(re.findall(r"^([\w-]+)==", made.stdout, re.MULTILINE))
        assert {"dagster", "psycopg", "opentelemetry-sdk"} <= names
        assert not {"pytest", "mypy"} & names


def test_compose_finds_what_it_mounts_and_waits_for_what_is_looked_at() -> None:
    for path in COMPOSE:
        (file,) = documents(path)
        for name, service in file["services"].items():
            for volume in service.get("volumes", ()):
                source = volume.split(":")[0]
                found = (path.parent / source).exists() if source.startswith(".") else False
                assert found or source in file["volumes"], (path, name, volume)
            assert {*service.get("secrets", ())} <= file.get("secrets", {}).keys()
            for other in service.get("depends_on", ()):
                waited = file["services"][other]
                assert waited["image"] == IMAGE or waited["healthcheck"], (path, name, other)


def test_the_log_of_events_takes_the_redis_of_compose(tmp_path: Path) -> None:
    (file,) = documents(DISTRIBUTED / "compose.yaml")
    _, *words = file["services"]["events"]["command"]
    # The tests' own server keeps all by itself.
    forgetful = ("--appendonly", "no", "--appendfsync", "no", "--maxmemory-policy", "allkeys-lru")
    with redis_server(tmp_path, *forgetful, *words) as redis:
        open_log(Settings(event_log=redis.url)).close()


def test_prometheus_takes_what_compose_mounts(tmp_path: Path) -> None:
    for path in (DISTRIBUTED / "prometheus.yaml", ROOT / "docs" / "alerts.yaml"):
        name = path.name.replace("alerts", "netflix-alerts")
        (tmp_path / name).write_bytes(path.read_bytes())
    words = ("check", "config", "--syntax-only", str(tmp_path / "prometheus.yaml"))
    ran = subprocess.run([program("promtool"), *words], check=False, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    (config,) = documents(DISTRIBUTED / "prometheus.yaml")
    assert {each["job_name"] for each in config["scrape_configs"]} <= set(JOBS.values())


def test_prometheus_asks_an_api_that_has_the_home_of_dagster() -> None:
    (file,), (config,) = (
        documents(DISTRIBUTED / f"{name}.yaml") for name in ("compose", "prometheus")
    )
    services, jobs = file["services"], config["scrape_configs"]
    asked = [name for job in jobs for found in job["dns_sd_configs"] for name in found["names"]]
    for job in jobs:
        for found in job.get("static_configs", ()):
            asked += [target.partition(":")[0] for target in found["targets"]]
    (home,) = services["dagster"]["volumes"]
    assert [name for name in asked if home in services[name].get("volumes", ())] == ["monitor"]
    for name in asked:
        word = "dashboard" if name == "dashboard" else "api"
        assert services[name]["command"] == ["netflix-pipeline", "serve", word]

    def volume(name: str) -> Mapping[str, object]:
        pods = (
            each["spec"]
            for each in documents(REPLICAS / f"{name}.yaml")
            if each["kind"] == "Deployment"
        )
        (found,) = (
            each
            for pod in pods
            for each in pod["template"]["spec"]["volumes"]
            if each["name"] == "home"
        )
        return dict(found)

    assert volume("monitor") == volume("workers") != volume("api")


def healthy(address: str) -> bool:
    """What the image's own look at its health says of an address."""
    (check,) = re.findall(r"^HEALTHCHECK .*?CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    _, *words = json.loads(check)
    told = {**os.environ, "HEALTH_URL": address}
    ran = subprocess.run([sys.executable, *words], env=told, capture_output=True, check=False)
    return ran.returncode == 0


class Engine:
    """Starts containers as processes: each has a home of its own, and finds secrets in a folder."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self._started = 0

    def _here(self, text: str) -> str:
        return text.replace(MOUNTED, str(self._folder))

    @contextmanager
    def started(self, container: Container, key: str, home: Path | None = None) -> Iterator["Pod"]:
        """One that serves, on a home that was there before or one of its own; a key opens it."""
        self._started += 1
        told = {name: self._here(value) for name, value in container.environment.items()}
        port = free_port()
        own = {
            "NETFLIX_HOME": str(home or self._folder / f"home-{self._started}"),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            f"NETFLIX_{container.words[-1].upper()}_PORT": str(port),
            "NETFLIX_STANDBY": "false",  # which takes as much to start again, and other tests see
        }
        environment = {**os.environ, **told, **self._environment, **own}
        words = [self._here(word) for word in container.words]
        client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {key}"},
            trust_env=False,
            timeout=60,
            limits=httpx.Limits(max_keepalive_connections=0),  # it ends without waiting for this
        )
        with client, subprocess.Popen(words, env=environment) as process:
            try:
                yield Pod(container, process, client)
            finally:
                process.kill()


@dataclass(frozen=True)
class Pod:
    """A container that runs as a process of this machine, and somebody who has a key of it."""

    container: Container
    process: subprocess.Popen[bytes]
    client: httpx.Client

    @property
    def address(self) -> str:
        return str(self.client.base_url).rstrip("/")

    def status(self, path: str, **headers: str) -> int | None:
        """The status of an answer to somebody without a key; None where nobody answers."""
        try:
            answer = httpx.get(f"{self.address}{path}", headers=headers, trust_env=False, timeout=5)
        except httpx.HTTPError:
            return None
        return answer.status_code

    def fit(self, kind: str) -> bool:
        """Whether it runs and answers a probe well, as the node asks."""
        assert self.process.poll() is None
        probe = self.container.probes[kind]
        # For the address of the pod, unless it is told another.
        return self.status(probe.path, **{"Host": f"10.1.2.3:{probe.port}", **probe.headers}) == 200

    def metrics(self) -> str:
        """What it tells Prometheus."""
        return self.client.get("/metrics").raise_for_status().text

    def version(self) -> float:
        """The snapshot that it says it answers from."""
        told = numbers(self.metrics())
        (version,) = {told[name] for name in told if name.endswith("snapshot_version")}
        return version

    def answers(self) -> list[tuple[str, str]]:
        """What it answers, and how it names that."""
        told = [self.client.get(path).raise_for_status() for path in PATHS]
        return [(each.headers["etag"], each.text) for each in told]

    def end(self) -> None:
        """Tell it to end, and see that it does in time."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(self.container.seconds - self.container.quiet) == 0


@pytest.fixture
def platform(
    tmp_path: Path, postgres: PostgresServer, s3: S3Server
) -> Iterator[tuple[Engine, dict[str, str]]]:
    """What starts containers that share stores, a Redis and a PostgreSQL; settings for these."""
    postgres.empty()
    with redis_server(tmp_path) as redis:
        secrets = {
            "state-secret": "of all machines together, 32 bytes or more",
            **dict.fromkeys(("state-database", "dagster-database"), postgres.url),
            **dict.fromkeys(("event-log", "cache", "broker"), redis.url),
        }
        for name, secret in secrets.items():
            path = tmp_path / "platform" / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"{secret}\n", encoding="utf-8")
        shared = {
            "snapshots": s3.address(),
            "state_database": postgres.url,
            "state_secret": secrets["state-secret"],
            "event_log": redis.url,
        }
        stores = {"NETFLIX_SNAPSHOTS": shared["snapshots"], "NETFLIX_LAKE": s3.address()}
        yield Engine(tmp_path, stores), shared


def test_replicas_answer_alike_and_their_probes_and_take_over_from_each_other(
    tmp_path: Path, platform: tuple[Engine, dict[str, str]]
) -> None:
    engine, shared = platform
    by_name = {each.name: each for each in containers() if each.file.parent == REPLICAS}
    published = three_days_published(tmp_path / "tables")
    home = published.settings.model_copy(update=shared)
    publish_home(home)
    Passwords(home).set("ann", PASSWORD)
    # What Dagster tells of runs lies in its own home, which one of them has.
    shared_home = Settings(home=tmp_path / "of-dagster")
    began = time.time()
    tell_runs(
        shared_home,
        RunReport(failed={"materialize": began}, heartbeats={"SENSOR": began - 600}),
    )
    with ExitStack() as running:
        keys = Keys(running.enter_context(opened(home)))
        (_, key), (ended, theirs) = (keys.create(name, tuple(SCOPES)) for name in ("kept", "ended"))
        first, monitor, dashboard = pods = [
            running.enter_context(engine.started(by_name[name], key, at))
            for name, at in (("api", None), ("monitor", shared_home.root), ("dashboard", None))
        ]
        for pod in pods:
            for kind in pod.container.probes:
                until(partial(pod.fit, kind), 0.1)
            assert pod.status("/titles") == 401
            # Fit to be asked: it has what the others have, and tells Prometheus so.
            assert pod.version() == 1
        assert firing(monitor.metrics(), began) >= {"RunFailed", "DaemonStalled"}
        before = first.answers()
        assert monitor.answers() == before
        # Its pages are for whoever signs in, through what speaks TLS in front.
        browser = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https"}
        entered = httpx.post(
            f"{dashboard.address}/login",
            data={"name": "ann", "password": PASSWORD},
            headers=browser | {"Cookie": "__Host-asked=1"},
            trust_env=False,
            timeout=60,
        )
        session = {"Cookie": f"__Host-session={entered.cookies['__Host-session']}"}
        assert dashboard.status("/", **browser, **session) == 200

        stored = first.client.post("/v1/events", json=event())
        assert stored.json()["counts"]["stored"] == 1, stored.text
        until(lambda: monitor.client.get("/live").json()["totals"]["viewers"], 0.1)
        # Sent again elsewhere, it is known.
        again = monitor.client.post("/v1/events", json=event())
        assert again.json()["counts"]["duplicate"] == 1, again.text

        # Who is erased at one is known as that by the other, which was given no key of it.
        assert first.client.delete("/v1/users/bob").status_code == 202
        until(lambda: monitor.client.get("/v1/users/bob").status_code == 410, 0.1)

        as_other = {"Authorization": f"Bearer {theirs}"}
        asked = partial(monitor.client.get, "/v1/analytics", headers=as_other)
        assert asked().status_code == 200
        keys.revoke(ended.id)
        until(lambda: asked().status_code == 401, 0.1)

        published.world.watch(TUESDAY, [Watched("ann", "t-zoo", 7)])
        published.world.describe()
        publish_home(home)
        until(lambda: [pod.version() for pod in pods] == [2] * len(pods), 0.1)
        after = first.answers()
        assert monitor.answers() == after
        assert all(new != old for new, old in zip(after, before, strict=True))
        told = numbers(first.metrics())
        assert told["netflix_snapshot_store_up"] == 1
        assert told["netflix_snapshot_store_version"] == 2

        # One goes, and the other answers on.
        address = f"{first.address}/health"
        assert healthy(address)
        first.end()
        assert not healthy(address)
        assert monitor.fit("readinessProbe")
        dashboard.end()
        assert dashboard.status("/robots.txt") is None
