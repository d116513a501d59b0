"""A server that speaks S3: MiniStack, which keeps to the conditions of writes."""

import http.client
import shutil
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from typing_extensions import override

from netflix_pipeline.engines.engine import HOST, Engine
from netflix_pipeline.errors import PipelineError

HEALTH = "/_ministack/health"
ANSWERS_WITHIN = 10
"""Seconds for an answer."""
MADE, THERE = 200, 409
"""What a bucket is answered with that is made, and one that was there."""


class S3(Engine):
    """A server whose objects lie in `folder`; it takes any keys."""

    name = "a server that speaks S3"
    package = "scripts/python-tool ministack"

    @staticmethod
    @override
    def program() -> Path | None:
        # It wants other versions than ours: `scripts/python-tool` sets it up beside them.
        beside = Path(sys.prefix).parent / ".tools/ministack/bin/ministack"
        on_path = shutil.which("ministack")
        return beside if beside.exists() else Path(on_path) if on_path else None

    @property
    @override
    def command(self) -> Sequence[str | Path]:
        return [
            "env",
            *(f"GATEWAY_PORT={self.port}", f"BIND_HOST={HOST}", f"MINISTACK_HOST={HOST}"),
            # Else it plays all of AWS, for pages in a browser too, and runs their code.
            "SERVICES=s3",
            # This would listen on a port of its own.
            "IOT_MTLS_ENABLED=0",
            *("S3_PERSIST=1", f"S3_DATA_DIR={self.folder / 'objects'}"),
            *(f"TMPDIR={self.folder}", "LOG_LEVEL=WARNING"),
            self._program,
        ]

    @property
    def environment(self) -> Mapping[str, str]:
        """With what a client finds it."""
        return {
            "AWS_ENDPOINT_URL": f"http://{HOST}:{self.port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "NO_PROXY": HOST,
        }

    @override
    def answers(self) -> bool:
        try:
            self._ask("GET", HEALTH)
        except (OSError, http.client.HTTPException):
            return False
        return True

    def create(self, bucket: str) -> None:
        """Make a bucket, unless it is there."""
        status = self._ask("PUT", f"/{bucket}")
        if status not in (MADE, THERE):
            raise PipelineError(f"the bucket {bucket} cannot be made: {self.log} tells why")

    def _ask(self, method: str, path: str) -> int:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=ANSWERS_WITHIN)
        with closing(connection):
            connection.request(method, path)
            return connection.getresponse().status
