"""Plotly's script as it travels: compressed once, kept by browsers for good.

`scripts/plotly-bundle`, a part of `make setup`, puts it beside the environment's packages: of what
npm offers the smaller one that has only charts with axes, or else that of the installed package.
Where that was never run, the package's own is compressed at the first question.
"""

import hashlib
import sys
from functools import cached_property
from importlib.resources import files
from pathlib import Path

import brotli

READY = Path(sys.prefix) / "share" / "netflix-pipeline" / "plotly.js.br"
QUALITY = 5
"""Of the compression where somebody waits for it."""


class Bundle:
    """The script that draws figures, under an address that changes with it."""

    PATH = "/assets/plotly.js"

    @property
    def address(self) -> str:
        """Its address; what is found there may be kept for good."""
        return f"{self.PATH}?v={self._version}"

    @cached_property
    def compressed(self) -> bytes:
        """The script, brotli-compressed."""
        if READY.is_file():
            return READY.read_bytes()
        return bytes(brotli.compress(self._installed.read_bytes(), quality=QUALITY))

    @cached_property
    def plain(self) -> bytes:
        """The script for browsers that do not take brotli."""
        return bytes(brotli.decompress(self.compressed))

    @cached_property
    def _version(self) -> str:
        source = READY if READY.is_file() else self._installed
        return hashlib.blake2b(source.read_bytes(), digest_size=6).hexdigest()

    @property
    def _installed(self) -> Path:
        return Path(str(files("plotly"))) / "package_data" / "plotly.min.js"
