"""Scripts and styles that another origin serves: what documents and headers say of them."""

import re
from base64 import b64encode
from hashlib import sha384
from pathlib import Path

import pytest
from pydantic import ValidationError

from dash_app import asset_files
from dash_app.app import create_app
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.dashboard import Client

CDN = "https://cdn.example.org:8443/viewing"
LOADED = re.compile(r'<(?:script|link)[^>]*? (?:src|href|data-bundle)="([^"#]+)"[^>]*>')


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command writes."""
    to = tmp_path_factory.mktemp("cdn") / "files"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("sys.argv", ["asset_files", str(to)])
        asset_files.main()
        asset_files.main()  # the same once more is no error, and adds nothing
    return to


def dashboard(tmp_path: Path, url: str = "") -> tuple[Client, str]:
    """A dashboard without data, and its first page."""
    client = Client(create_app(Settings(home=tmp_path / "home", assets_url=url)))
    return client, client.get("/").text


def test_documents_name_the_files_of_the_folder_and_what_each_holds(
    folder: Path, tmp_path: Path
) -> None:
    client, document = dashboard(tmp_path, f"{CDN}/")
    loaded = LOADED.findall(document)
    told = re.findall(r'data-bundle="([^"]+)"', document)
    assert {*loaded, *told} == {f"{CDN}/{path.name}" for path in folder.iterdir()}
    for element in re.finditer(r"<(?:script src|link rel=\"stylesheet\")[^>]*>", document):
        (name,) = re.findall(rf'(?:src|href)="{CDN}/([^"]+)"', element[0])
        digest = b64encode(sha384((folder / name).read_bytes()).digest()).decode()
        assert f'integrity="sha384-{digest}"' in element[0].replace("data-integrity", "")
        assert 'crossorigin="anonymous"' in element[0]
    (plotly,) = folder.glob("plotly.*.js")
    digest = b64encode(sha384(plotly.read_bytes()).digest()).decode()
    assert f'data-integrity="sha384-{digest}"' in document
    policy = dict(
        directive.partition(" ")[::2]
        for directive in client.get("/").headers["Content-Security-Policy"].split("; ")
    )
    assert {name for name, sources in policy.items() if CDN in sources} == {
        *("script-src", "style-src", "img-src", "font-src")
    }
    assert policy["script-src"] == f"'self' {CDN}/"


def test_the_folder_holds_what_the_dashboard_serves_itself(folder: Path, tmp_path: Path) -> None:
    client, document = dashboard(tmp_path)
    assert "integrity" not in document
    assert "crossorigin" not in document
    here = [*re.findall(r'(?:src|href|data-bundle)="(/[^"]+\.(?:js|css|svg)[^"]*)"', document)]
    held = {path.read_bytes() for path in folder.iterdir()}
    assert {client.get(address).content for address in here} == held
    assert len(here) == len(held) > 15


def test_of_another_release_nothing_is_kept_for_good(tmp_path: Path) -> None:
    client, document = dashboard(tmp_path)
    (address,) = re.findall(r'src="(/assets/view\.js\?v=[^"]+)"', document)
    assert "immutable" in client.get(address).headers["Cache-Control"]
    for other in ("/assets/view.js?v=0123456789ab", f"{address}0", "/assets/view.js"):
        assert client.get(other).headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "url",
    [
        *("cdn.example.org", "//cdn.example.org", "ftp://cdn.example.org", "https://"),
        *("https://cdn.example.org/a b", "https://cdn.example.org/;script-src *"),
        *("https://*", "https://cdn.example.org/?x=1", "https://a, https://b", "https://a/'self'"),
    ],
)
def test_only_an_address_of_files_can_be_named(url: str) -> None:
    with pytest.raises(ValidationError, match="is no place of files"):
        Settings(assets_url=url)
