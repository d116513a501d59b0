"""What is released: the wheel alone, installed, serves all that a checkout serves."""

import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest

from netflix_pipeline.settings import Settings

ROOT = Path(__file__).parents[2]
PACKAGES = ("netflix_pipeline", "api", "dash_app")
LOCATIONS = "{ workspaceOrError { ... on Workspace { locationEntries { name loadStatus } } } }"
ASSETS = "{ assetNodes { assetKey { path } } }"


@dataclass(frozen=True)
class Installed:
    """A wheel in an environment of its own, whose dependencies are those of this one."""

    wheel: Path
    bin: Path


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("installed")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "dist")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = (folder / "dist").iterdir()
    uv = shutil.which("uv") or str(ROOT / ".tools" / "bin" / "uv")
    environment = folder / "environment"
    make = [uv, "venv", "--quiet", "--python", sys.executable, str(environment)]
    into = ["--python", str(environment / "bin" / "python")]
    how = ["--quiet", "--offline", "--no-deps", "--compile-bytecode"]
    for command in (make, [uv, "pip", "install", *how, *into, str(wheel)]):
        subprocess.run(command, check=True)
    (packages,) = (environment / "lib").glob("python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return Installed(wheel, environment / "bin")


@dataclass(frozen=True)
class Served:
    """Where the services of the wheel answer, and the modules that they took from elsewhere."""

    addresses: dict[str, str]
    came: Path


@pytest.fixture(scope="module")
def served(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """All services, started in a folder in which somebody else has put modules."""
    foreign = tmp_path_factory.mktemp("foreign")
    came = foreign / "came"
    for name in (*PACKAGES, "dash", "dagster", "granian", "polars"):
        (foreign / f"{name}.py").write_text(f"open({str(came)!r}, 'a').write({name!r})")
    home = Settings(home=foreign / "home", api_port=0, dashboard_port=0, dagster_port=0)
    process = subprocess.Popen(
        [installed.bin / "netflix-pipeline", "serve"],
        cwd=foreign,
        env=home.environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        addresses: dict[str, str] = {}
        for line in process.stdout:
            name, _, rest = line.strip().partition(" ")
            if "http://" in rest:
                addresses[name] = rest.split()[-1]
            if len(addresses) == 3:
                break
        yield Served(addresses, came)
        process.send_signal(signal.SIGTERM)


def test_a_wheel_holds_the_licence_and_tells_type_checkers_that_it_has_types(
    installed: Installed,
) -> None:
    names = ZipFile(installed.wheel).namelist()
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names)
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_an_installed_wheel_serves_api_dashboard_and_dagster(served: Served) -> None:
    assert set(served.addresses) == {"api", "dashboard", "dagster"}
    with httpx.Client(trust_env=False, timeout=60) as client:
        told = client.get(f"{served.addresses['api']}/openapi.json").raise_for_status().json()
        assert "/v1/events" in told["paths"]
        page = client.get(served.addresses["dashboard"]).raise_for_status()
        assert "text/html" in page.headers["content-type"]
        graphql = f"{served.addresses['dagster']}/graphql"
        told = client.post(graphql, json={"query": LOCATIONS}).raise_for_status().json()["data"]
        assert told["workspaceOrError"]["locationEntries"] == [
            {"name": "netflix_pipeline", "loadStatus": "LOADED"}
        ]
        told = client.post(graphql, json={"query": ASSETS}).raise_for_status().json()["data"]
        assert {"path": ["silver", "plays"]} in [asset["assetKey"] for asset in told["assetNodes"]]


def test_no_service_loads_what_lies_in_the_folder_it_was_started_in(served: Served) -> None:
    assert len(served.addresses) == 3
    assert not served.came.exists(), served.came.read_text()
