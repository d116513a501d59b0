"""The program's own files that documents name, and where a browser finds them.

    here        /assets/view.js?v=DIGEST           the dashboard serves them
    elsewhere   $NETFLIX_ASSETS_URL/view.DIGEST.js  another origin does, such as a CDN

What lies elsewhere is the folder that `python -m dash_app.asset_files FOLDER` writes. Its names
change with what the files hold: those of several releases lie side by side, and a page finds its
own while replicas of the dashboard are replaced. A browser takes a file from there only where it
holds what the document says of it (Subresource Integrity).
"""

import argparse
import hashlib
import pkgutil
import re
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from importlib.resources import files
from pathlib import Path, PurePosixPath

import brotli
from dash import Dash
from dash.fingerprint import check_fingerprint

ASSETS = Path(__file__).parent / "assets"
ICON = "icon.svg"
STYLES = ("tokens.css", "layout.css", "panels.css", "charts.css")
SCRIPTS = (
    *("calendar.js", "chart.js", "picture.js", "live.js", "menu.js", "print.js", "view.js"),
    "vitals.js",
)
BOOT = "boot.js"
EXPLORE = "explore.js"

SUITES = ("/dash/deps/react", "/dash/deps/prop-types", "/dash/dash-renderer/")
"""Of Dash's scripts, React and the renderer: no page uses a component suite of Dash's so far."""
SUITES_PATH = "/_dash-component-suites/"
READY = Path(sys.prefix) / "share" / "netflix-pipeline" / "plotly.js.br"
QUALITY = 5
"""Of the compression where somebody waits for it."""


class Bundle:
    """Plotly's script as it travels: compressed once, under an address that changes with it.

    `scripts/plotly-bundle`, a part of `make setup`, puts it beside the environment's packages: of
    what npm offers the smaller one that has only charts with axes, or else that of the installed
    package. Where that was never run, the package's own is compressed at the first question.
    """

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
        return self.read()

    def read(self) -> bytes:
        """The script, which is not kept."""
        if READY.is_file():
            return bytes(brotli.decompress(READY.read_bytes()))
        return self._installed.read_bytes()

    @cached_property
    def _version(self) -> str:
        source = READY if READY.is_file() else self._installed
        return hashlib.blake2b(source.read_bytes(), digest_size=6).hexdigest()

    @property
    def _installed(self) -> Path:
        return Path(str(files("plotly"))) / "package_data" / "plotly.min.js"


@dataclass(frozen=True)
class AssetFile:
    """A file: its address at the dashboard, and what reads it."""

    address: str
    read: Callable[[], bytes]

    @property
    def name(self) -> str:
        """Its name elsewhere, which changes with what it holds."""
        own = PurePosixPath(_unversioned(self.address.partition("?")[0]))
        return f"{own.stem}.{self._digest.hex()[:16]}{own.suffix}"

    @property
    def integrity(self) -> str:
        """What a browser compares with what it was sent."""
        return f"sha384-{b64encode(self._digest).decode()}"

    @cached_property
    def _digest(self) -> bytes:
        return hashlib.sha384(self.read()).digest()


class AssetFiles:
    """The files that documents of a Dash app name; `url` is where they lie, empty for here."""

    def __init__(self, dash: Dash, bundle: Bundle, url: str = "") -> None:
        self._url = url
        self.icon = _asset(ICON)
        self.styles = tuple(map(_asset, STYLES))
        self.scripts = (*_suites(dash), *map(_asset, (*SCRIPTS, BOOT)))
        self.explore = _asset(EXPLORE)
        self.plotly = AssetFile(bundle.address, bundle.read)

    def __iter__(self) -> Iterator[AssetFile]:
        yield from (self.icon, *self.styles, *self.scripts, self.explore, self.plotly)

    @property
    def source(self) -> str:
        """From where they come, in the words of a Content-Security-Policy."""
        return f"'self' {self._url}/" if self._url else "'self'"

    def address(self, file: AssetFile) -> str:
        """Where a browser finds one."""
        return f"{self._url}/{file.name}" if self._url else file.address

    def checked(self, file: AssetFile) -> dict[str, str]:
        """Attributes of the element that loads it: from elsewhere it comes only as it is here."""
        return {"integrity": file.integrity, "crossorigin": "anonymous"} if self._url else {}

    def write(self, folder: Path) -> Iterator[Path]:
        """Put them into a folder for elsewhere, beside those of other releases; gives each file."""
        folder.mkdir(parents=True, exist_ok=True)
        for file in self:
            path = folder / file.name
            draft = path.with_name(f".{path.name}")
            draft.write_bytes(file.read())
            draft.replace(path)  # whoever serves the folder meanwhile sends whole files alone
            yield path


def _asset(name: str) -> AssetFile:
    """One of ours: under another address whenever it changes, so it is kept for good."""
    path = ASSETS / name
    digest = hashlib.blake2b(path.read_bytes(), digest_size=6).hexdigest()
    return AssetFile(f"/assets/{name}?v={digest}", path.read_bytes)


def _suites(dash: Dash) -> Iterator[AssetFile]:
    """Those of Dash, as it tells their addresses and serves them."""
    for address in re.findall(r'<script src="([^"]+)">', dash._generate_scripts_html()):  # noqa: SLF001
        if any(suite in address for suite in SUITES):
            package, _, path = address.removeprefix(SUITES_PATH).partition("/")
            yield AssetFile(address, partial(_packaged, package, _unversioned(path)))


def _unversioned(path: str) -> str:
    """The path of a file without the version that Dash writes into it."""
    own, _ = check_fingerprint(path)  # type: ignore[no-untyped-call]
    return str(own)


def _packaged(package: str, path: str) -> bytes:
    """A file of an installed package."""
    content = pkgutil.get_data(package, path)
    assert content is not None
    return content


def main() -> None:
    """Write the files to a folder, for another origin to serve."""
    parser = argparse.ArgumentParser(description="Write the dashboard's scripts and styles.")
    parser.add_argument("folder", type=Path, help="for $NETFLIX_ASSETS_URL; made where missing")
    dash = Dash("dash_app", server=False, backend="fastapi", add_log_handler=False)
    for path in AssetFiles(dash, Bundle()).write(parser.parse_args().folder):
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
