"""What the files of `deploy` start: containers of the platform's image, as their engines would."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
IMAGE = f"netflix-pipeline:{version('netflix-pipeline')}"
COMPOSE = sorted(DEPLOY.rglob("compose.yaml"))
KUBERNETES = sorted((DEPLOY / "kubernetes").rglob("*.yaml"))
INTERPOLATED = re.compile(r"\$\{(\w+):([-?])([^}]*)\}")

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Probe:
    """What an engine asks a container over HTTP."""

    path: str
    port: int
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Container:
    """A container of the platform's image: its words, environment and probes by their kinds.

    `mounted` are the paths at which it finds files of others. `seconds` is what it has to end,
    `quiet` the part of that in which it is not told yet.
    """

    file: Path
    name: str
    words: tuple[str, ...]
    environment: Mapping[str, str]
    probes: Mapping[str, Probe]
    mounted: tuple[str, ...]
    seconds: float
    quiet: float = 0


def documents(path: Path) -> list[Document]:
    """The YAML documents of a file."""
    parts = re.split(r"^---$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    decoded: Iterator[Any] = (msgspec.yaml.decode(part) for part in parts)
    return [document for document in decoded if document]


def containers() -> list[Container]:
    """All of them."""
    return [*chain.from_iterable(map(_of_compose, COMPOSE)), *_of_kubernetes()]


def _of_compose(path: Path) -> Iterator[Container]:
    (file,) = documents(path)
    for name, service in file["services"].items():
        if service["image"] == IMAGE:
            told = service["environment"]
            yield Container(
                path,
                name,
                tuple(service["command"]),
                {key: INTERPOLATED.sub(_usual, value) for key, value in told.items()},
                {},
                tuple(f"/run/secrets/{each}" for each in service.get("secrets", ())),
                float(service["stop_grace_period"].removesuffix("s")),
            )


def _usual(found: re.Match[str]) -> str:
    """What Compose takes where the variable is not set."""
    return found[3] if found[2] == "-" else f"<{found[1]}>"


def _of_kubernetes() -> Iterator[Container]:
    for path in KUBERNETES:
        beside = [document for other in path.parent.glob("*.yaml") for document in documents(other)]
        maps = {each["metadata"]["name"]: each for each in beside if each["kind"] == "ConfigMap"}
        for document in documents(path):
            if document["kind"] not in ("Deployment", "Job"):
                continue
            pod = document["spec"]["template"]["spec"]
            for told in chain(pod.get("initContainers", ()), pod["containers"]):
                assert told["image"] == IMAGE, path
                lent = [
                    maps[each["configMapRef"]["name"]]["data"]
                    for each in told.get("envFrom", ())
                    if "configMapRef" in each
                ]
                quiet = told.get("lifecycle", {}).get("preStop", {}).get("exec", {})
                yield Container(
                    path,
                    told["name"],
                    tuple(told.get("command", told.get("args"))),
                    {key: value for data in lent for key, value in data.items()},
                    dict(_probes(told)),
                    tuple(mount["mountPath"] for mount in told["volumeMounts"]),
                    pod.get("terminationGracePeriodSeconds", 30),
                    float(quiet["command"][1]) if quiet else 0,
                )


def _probes(container: Document) -> Iterator[tuple[str, Probe]]:
    ports = {port["name"]: port["containerPort"] for port in container.get("ports", ())}
    for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
        asked = container.get(kind, {}).get("httpGet")
        if asked:
            headers = {each["name"]: each["value"] for each in asked.get("httpHeaders", ())}
            yield kind, Probe(asked["path"], ports[asked["port"]], headers)
