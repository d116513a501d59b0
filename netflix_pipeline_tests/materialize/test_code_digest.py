"""The version of a table's code: what changes it, and what does not, in a copy of the package."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import netflix_pipeline
from netflix_pipeline.materialize import code_version, dependencies
from netflix_pipeline.materialize.build_graph import made_by
from netflix_pipeline.materialize.code_digest import Code

PACKAGE = Path(netflix_pipeline.__file__).parent
GAP = "netflix_pipeline/metrics/thresholds.py"
PLAYS = "netflix_pipeline/transforms/plays.py"
CHAINS = "netflix_pipeline/transforms/sessionize.py"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("original")
    shutil.copytree(
        PACKAGE, folder / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__", "*.so")
    )
    return folder


@pytest.fixture
def copy(original: Path, tmp_path: Path) -> Path:
    shutil.copytree(original, tmp_path / "copy")
    return tmp_path / "copy"


def versions(root: Path) -> dict[str, str]:
    code = Code(root)
    return {table: code.version(table, made_by(table)) for table in dependencies()}


def of_the_package() -> dict[str, str]:
    """Those of the package itself, which are those of a copy."""
    return {table: code_version(table) for table in dependencies()}


def changed(copy: Path, file: str, edit: Callable[[str], str]) -> set[str]:
    """The tables whose version an edit of a file changes, which is taken back."""
    path = copy / file
    text, before = path.read_text(), of_the_package()
    assert edit(text) != text
    path.write_text(edit(text))
    after = versions(copy)
    path.write_text(text)
    return {table for table in before if before[table] != after[table]}


def test_it_is_that_of_the_package_wherever_it_lies(copy: Path) -> None:
    assert versions(copy) == of_the_package()


def test_it_does_not_depend_on_what_was_asked_before(copy: Path) -> None:
    told = versions(copy)

    for table in list(dependencies())[::5]:
        assert Code(copy).version(table, made_by(table)) == told[table]
    code = Code(copy)
    with ThreadPoolExecutor(8) as pool:
        found = pool.map(lambda table: (table, code.version(table, made_by(table))), told)
    assert dict(found) == told


def test_a_constant_of_another_room_changes_the_tables_that_rest_on_it(copy: Path) -> None:
    found = changed(copy, GAP, lambda text: re.sub(r"minutes=30", "minutes=5", text))

    assert found == {"silver/sessions"}


@pytest.mark.parametrize("file", [GAP, PLAYS, CHAINS, "netflix_pipeline/lake/lake.py"])
def test_comments_and_docstrings_change_nothing(copy: Path, file: str) -> None:
    assert not changed(
        copy, file, lambda text: re.sub(r"^(\w)", r"# A comment.\n\1", text, flags=re.MULTILINE)
    )
    assert not changed(
        copy, file, lambda text: re.sub(r'^( *)"""(?=\w)', r'\1"""Said: ', text, flags=re.MULTILINE)
    )


def test_nor_does_the_format(copy: Path) -> None:
    def reformatted(text: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "ruff", "format", "--line-length", "60", "-"],
            input=text,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    assert not changed(copy, PLAYS, reformatted)


def test_a_helper_in_another_module_changes_what_uses_it(copy: Path) -> None:
    found = changed(
        copy, CHAINS, lambda text: text.replace("def walk(", "def walk(_unused=0, *, ", 1)
    )

    assert {"silver/plays", "silver/sessions"} <= found
    assert "gold/drop_off" not in found


def test_a_transform_changes_its_own_table(copy: Path) -> None:
    file = "netflix_pipeline/transforms/gold_daily.py"

    assert not changed(copy, file, lambda text: text + "\nUNUSED = 7\n")
    longer = re.compile(r"(def _drop_off\(.*\n)")
    found = changed(copy, file, lambda text: longer.sub(r"\1    assert True\n", text))
    assert found == {"gold/drop_off"}


@pytest.mark.parametrize(
    "file",
    [
        "netflix_pipeline/serving/snapshot/publish.py",
        "netflix_pipeline/ingest/ingest.py",
        "netflix_pipeline/metrics/catalogue.py",
        "netflix_pipeline/cli/materialize.py",
    ],
)
def test_what_makes_no_table_changes_none(copy: Path, file: str) -> None:
    assert not changed(copy, file, lambda text: text + "\n\ndef more() -> int:\n    return 1\n")


def test_where_tables_lie_changes_none(copy: Path) -> None:
    file, often = "netflix_pipeline/lake/object_lake.py", re.compile(r"(COMMIT_EVERY) = .*")

    assert not changed(copy, file, lambda text: often.sub(r"\1 = 1.0", text))


def test_a_contract_changes_its_table_and_what_is_made_of_it(copy: Path) -> None:
    file = "netflix_pipeline/contracts/silver.py"
    found = changed(
        copy,
        file,
        lambda text: text.replace(
            "SEARCHES = Contract(", "SEARCHES = Contract(partition='day', ", 1
        ),
    )

    assert found == {"silver/searches", "gold/search_daily", "gold/search_term_daily"}


def test_what_an_alias_a_package_and_a_function_import_is_followed(tmp_path: Path) -> None:
    room = tmp_path / "netflix_pipeline" / "room"
    room.mkdir(parents=True)
    (room / "__init__.py").write_text("from netflix_pipeline.room.one import LIMIT as BOUND\n")
    (room / "one.py").write_text("LIMIT = BASE * 2\nBASE = 1\nOTHER = 5\n")
    (room / "two.py").write_text(
        "if True:\n    STEP = 3\nelse:\n    STEP = 4\n\n\ndef unused():\n    pass\n"
    )
    (room / "main.py").write_text(
        "from netflix_pipeline import room as rooms\n"
        "from netflix_pipeline.room import two\n\n\n"
        "def make(rows: 'Rows'):\n"
        "    from netflix_pipeline.room.late import LATE\n\n"
        "    return rows, rooms.BOUND, two.STEP, LATE\n"
    )
    (room / "late.py").write_text("LATE = 1\n")

    def version() -> str:
        return Code(tmp_path).version("silver/x", [("netflix_pipeline.room.main", "make")])

    before = version()
    for file, was, now, counts in (
        ("one", "BASE = 1", "BASE = 2", True),
        ("one", "OTHER = 5", "OTHER = 6", False),
        ("two", "STEP = 3", "STEP = 9", True),
        ("two", "pass", "return 1", False),
        ("late", "LATE = 1", "LATE = 2", True),
    ):
        path = room / f"{file}.py"
        text = path.read_text()
        path.write_text(text.replace(was, now))
        assert (version() != before) == counts, (file, now)
        path.write_text(text)
    assert version() == before


def test_it_is_the_same_whatever_python_reads_it(tmp_path: Path) -> None:
    room = tmp_path / "netflix_pipeline"
    room.mkdir()
    (room / "__init__.py").write_text(
        "import functools\n\n\n"
        "@functools.cache\n"
        "def make(rows: int, *more, at: int = 1, **rest) -> None:\n"
        '    """Docs."""\n'
        "    match rows:\n"
        "        case [first, *_] if first > 1:\n"
        "            return f'{first!r:>{at}} of ' 'two' f'{more}'\n"
        "    return Made(rows)[1:, ...], lambda: 1.5e3, b'x', {**rest}\n\n\n"
        "class Made(dict):\n"
        "    kind: str = u'x'\n"
    )

    assert Code(tmp_path).version("silver/x", [("netflix_pipeline", "make")]) == "09f8cdd890c2"


def test_changed_code_marks_its_days_and_taken_back_they_stand(copy: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    environment = {
        **os.environ,
        "NETFLIX_HOME": str(home),
        "PYTHONPATH": str(copy),
    }
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, json\n"
        "from netflix_pipeline.settings import Settings\n"
        "from netflix_pipeline.lake import Lake\n"
        "from netflix_pipeline.materialize import Versions, build, dependencies, pending\n"
        "from netflix_pipeline.metrics import SITTING_GAP\n"
        "lake = Lake.of(Settings())\n"
        "if sys.argv[1:]:\n"
        "    list(build(lake, list(dependencies()), None, only_pending=True))\n"
        "found = {table: len(days) for table, days in pending(Versions(lake)).items()}\n"
        "print(json.dumps([str(SITTING_GAP), found]))\n"
    )

    def run(*arguments: str) -> tuple[str, dict[str, int]]:
        done = subprocess.run(
            [sys.executable, str(script), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
        )
        gap, found = json.loads(done.stdout)
        return gap, found

    events = tmp_path / "events.csv"
    events.write_text(
        "event_id,user_id,title_id,event_time,watch_seconds\n"
        + "".join(f"e{day},u,t,2026-01-0{day}T10:00:00Z,600\n" for day in (1, 2, 3))
    )
    command = "from netflix_pipeline.cli import main; main()"
    subprocess.run(
        [sys.executable, "-c", command, "ingest", str(events)], env=environment, check=True
    )
    assert run("build") == ("0:30:00", {})
    # What is compiled counts for a source of one size: each of these edits changes it.
    text = (copy / GAP).read_text()

    (copy / GAP).write_text(text.replace("minutes=30", "minutes=5"))
    assert run() == ("0:05:00", {"silver/sessions": 3})

    (copy / GAP).write_text(text)
    assert run() == ("0:30:00", {})
    (copy / GAP).write_text(text.replace("minutes=30", "minutes=5"))
    assert run("build") == ("0:05:00", {})
    (copy / GAP).write_text(text)
    assert run() == ("0:30:00", {"silver/sessions": 3})
