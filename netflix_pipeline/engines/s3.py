"""A server that speaks S3: MiniStack, which keeps to the conditions of writes."""

import http.client
import shutil
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import obstore
from obstore.store import S3Store
from typing_extensions import override

from netflix_pipeline.engines.engine import HOST, Engine
from netflix_pipeline.errors import PipelineError

HEALTH = "/_ministack/health"
ANSWERS_WITHIN = 10
"""Seconds for an answer."""
MADE, THERE = 200, 409
"""What a bucket is answered with that is made, and one that was there."""
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
}
"""They are known to everybody: it has no others."""


class S3(Engine):
    """A server whose objects lie in `folder`; it takes any key, and lets any site read its answers.

    Where it is `closed`, it refuses what is not signed, and what comes from pages in a browser.
    """

    name = "a server that speaks S3"
    package = "scripts/python-tool ministack"

    def __init__(self, folder: Path, *, closed: bool = False) -> None:
        super().__init__(folder)
        self._closed = closed

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
            *(f"{name}={value}" for name, value in CREDENTIALS.items()),
            f"AUTH={'true' if self._closed else 'false'}",
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
            **CREDENTIALS,
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
        endpoint = self.environment["AWS_ENDPOINT_URL"]
        store = S3Store(
            bucket,
            endpoint=endpoint,
            access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region=CREDENTIALS["AWS_REGION"],
            client_options={"allow_http": True},
        )
        signed = obstore.sign(store, "PUT", "", timedelta(minutes=1))
        status = self._ask("PUT", signed.removeprefix(endpoint))
        if status not in (MADE, THERE):
            raise PipelineError(f"the bucket {bucket} cannot be made: {self.log} tells why")

    def _ask(self, method: str, path: str) -> int:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=ANSWERS_WITHIN)
        with closing(connection):
            connection.request(method, path)
            return connection.getresponse().status
