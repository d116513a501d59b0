"""Units for service managers: each is read by the tool that would refuse it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from netflix_pipeline.services.catalogue import SERVICES
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api_tools import python, run
from netflix_pipeline_tests.support.deployment import COMPOSE, DEPLOY, KUBERNETES

SYSTEMD = sorted((DEPLOY / "systemd").iterdir())
INSTALLED = "/opt/netflix-pipeline/bin/netflix-pipeline"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_takes_every_unit(tmp_path: Path) -> None:
    command = Path(sys.executable).with_name("netflix-pipeline")
    for unit in SYSTEMD:
        (tmp_path / unit.name).write_text(unit.read_text().replace(INSTALLED, str(command)))
    ran = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(map(str, tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        check=False,
    )
    # Of the units of this machine's own it tells as well.
    ours = [line for line in ran.stderr.splitlines() if "netflix-pipeline" in line]
    assert not ours, ran.stderr


def test_sockets_are_those_of_the_services() -> None:
    told = {}
    for unit in SYSTEMD:
        named = re.search(r"FileDescriptorName=(\S+)", unit.read_text())
        port = re.search(r"ListenStream=\S+:(\d+)", unit.read_text())
        if named and port:
            told[named[1]] = port[1]
    usual = Settings()
    assert told == {name: str(getattr(usual, each.setting)) for name, each in SERVICES.items()}


def test_compose_and_kubernetes_take_every_file(tmp_path: Path) -> None:
    programs = python("unit-schemas").parent
    schema = ("--builtin-schema", "vendor.compose-spec")
    run([programs / "check-jsonschema", *schema, *COMPOSE], tmp_path)
    run([programs / "kubernetes-validate", "--strict", *KUBERNETES], tmp_path)
