"""What product, titles, metrics and values are called here: by a file of the home, `labels.toml`.

Names of the API, of addresses and of columns in a CSV stay as they are. Labels are text: whatever
they say is escaped like all text.
"""

import hashlib
import logging
import re
import threading
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from netflix_pipeline.contracts.dimensions import OF_PLAYS
from netflix_pipeline.errors import BadInput
from netflix_pipeline.metrics import METRICS as DEFINED
from netflix_pipeline.metrics import Metric
from netflix_pipeline.metrics import metric as defined

log = logging.getLogger(__name__)

PRODUCT = "Viewing"
DIMENSIONS = (*OF_PLAYS, "algorithm", "segment")
"""Whose values can be called otherwise."""
LONGEST, LONGEST_SENTENCE, LONGEST_TITLE = 60, 500, 300
"""Characters of a name, of a metric's sentence, and of a title."""
LARGEST = 4 * 2**20
"""Bytes of a file of labels that are read."""
UNSEEN = re.compile("[\\x00-\\x1f\\x7f-\\x9f\u2028-\u202e\u2066-\u2069]")
"""Characters that nobody sees, but that break lines or turn text round."""


class BadLabels(BadInput):
    """The file of labels says what cannot be used; the message says where."""


@dataclass(frozen=True)
class Labels:
    """What things are called: as they are by themselves, where the home says nothing.

    `titles` are names by id, `values` those of a dimension's values. `revision` is another word for
    every other file; `problem` is why the file is not used.
    """

    product: str = PRODUCT
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    revision: str = ""
    problem: str | None = None


USUAL = Labels()
_current: ContextVar[Labels | None] = ContextVar("labels", default=None)


def current() -> Labels:
    """The labels by which things are called just now."""
    return _current.get() or USUAL


@contextmanager
def called_by(labels: Labels) -> Iterator[None]:
    """Whatever is named meanwhile is called by these labels."""
    token = _current.set(labels)
    try:
        yield
    finally:
        _current.reset(token)


def metric(name: str) -> Metric:
    """The metric of that name, with its label and its sentence here. Raises UnknownMetric."""
    return current().metrics.get(name) or defined(name)


def word(name: str, usual: str) -> str:
    """What a metric is called where space is scarce: `usual`, unless it has a label here."""
    definition = metric(name)
    return usual if definition.label == DEFINED[name].label else definition.label


def inline(metric: Metric) -> str:
    """A metric's label within a sentence; one of the home keeps its capitals."""
    return metric.label.lower() if metric.label == DEFINED[metric.name].label else metric.label


def title(title_id: str, name: str | None) -> str:
    """What a title is called: its label, the name that a source tells, or else its id."""
    return current().titles.get(title_id) or name or title_id


def value(dimension: str, value: str) -> str | None:
    """The label of a dimension's value; None where it has none."""
    return current().values.get(dimension, {}).get(value)


class LabelsFile:
    """The labels of a home, read anew whenever its file changed. For many threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._seen: tuple[int, ...] | None = None
        self._labels = Labels()

    @property
    def labels(self) -> Labels:
        """What the file says now; what things are called by themselves where it cannot be used."""
        seen = self._look()
        with self._lock:
            if seen != self._seen:
                self._labels, self._seen = self._read(), seen
            return self._labels

    def _look(self) -> tuple[int, ...]:
        try:
            stat = self._path.stat()
        except OSError:
            return ()
        return stat.st_mtime_ns, stat.st_size, stat.st_ino

    def _read(self) -> Labels:
        try:
            with self._path.open("rb") as file:
                content = file.read(LARGEST + 1)
        except FileNotFoundError:
            return Labels()
        except OSError as error:
            return self._refused(f"cannot be read: {error.strerror}.", "?")
        revision = hashlib.blake2b(content, digest_size=6).hexdigest()
        try:
            return replace(parsed(content), revision=revision)
        except BadLabels as error:
            return self._refused(str(error), revision)

    def _refused(self, why: str, revision: str) -> Labels:
        problem = f"{self._path.name}{', ' if why.startswith('line ') else ' '}{why}"
        log.warning("%s: %s", self._path, problem)
        return Labels(revision=revision, problem=f"{problem} The usual names are shown.")


def parsed(content: bytes) -> Labels:
    """The labels that a file says. Raises BadLabels, whose text begins with the line."""
    if len(content) > LARGEST:
        raise BadLabels(f"is larger than {LARGEST:,} bytes.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BadLabels(f"line {line}: this is no UTF-8.") from error
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadLabels(_as_line(str(error), text.rstrip().count("\n") + 1)) from error
    except (RecursionError, ValueError) as error:
        raise BadLabels("is nested too deep, or holds a number that is too long.") from error
    return _LabelsFile(text).labels(document)


class _LabelsFile:
    """One file; knows the lines of what is wrong in it."""

    def __init__(self, text: str) -> None:
        self._text = text

    def labels(self, document: Mapping[str, Any]) -> Labels:
        """What it says. Raises BadLabels."""
        self._only(document, (), ("product", "metrics", "titles", "values"))
        metrics = {}
        for name, about in self._table(document, "metrics").items():
            at = "metrics", name
            if name not in DEFINED:
                raise self._bad(at, f"there is no metric {name!r}: one of {', '.join(DEFINED)}.")
            metrics[name] = self._metric(DEFINED[name], about, *at)
        values = self._table(document, "values")
        self._only(values, ("values",), DIMENSIONS)
        return Labels(
            self._said(document["product"], LONGEST, "product")
            if "product" in document
            else PRODUCT,
            metrics,
            self._names(document, LONGEST_TITLE, "titles"),
            {name: self._names(values, LONGEST, "values", name) for name in values},
        )

    def _metric(self, metric: Metric, about: Any, *at: str) -> Metric:
        """A metric by its label alone, or by label and sentence."""
        if isinstance(about, str):
            return replace(metric, label=self._said(about, LONGEST, *at))
        self._only(self._table(about, *at, whole=True), at, ("label", "sentence"))
        if "label" in about:
            metric = replace(metric, label=self._said(about["label"], LONGEST, *at, "label"))
        if "sentence" in about:
            sentence = self._said(about["sentence"], LONGEST_SENTENCE, *at, "sentence")
            metric = replace(metric, sentence=sentence)
        return metric

    def _names(self, document: Mapping[str, Any], longest: int, *path: str) -> dict[str, str]:
        entries = self._table(document, *path).items()
        return {name: self._said(given, longest, *path, name) for name, given in entries}

    def _table(self, document: Any, *path: str, whole: bool = False) -> Mapping[str, Any]:
        table = document if whole else document.get(path[-1], {})
        if not isinstance(table, dict):
            raise self._bad(path, "names belong below it: a table in brackets.")
        return table

    def _only(
        self, table: Mapping[str, Any], path: tuple[str, ...], known: tuple[str, ...]
    ) -> None:
        for name in table:
            if name not in known:
                raise self._bad((*path, name), f"{name!r} is not one of {', '.join(known)}.")

    def _said(self, given: Any, longest: int, *path: str) -> str:
        if not isinstance(given, str) or not given.strip():
            raise self._bad(path, "a name is text in quotes, and not empty.")
        if len(given) > longest:
            raise self._bad(path, f"this has {len(given)} characters, and may have {longest}.")
        if UNSEEN.search(given):
            raise self._bad(path, "this has a character that cannot be seen: remove it.")
        return given.strip()

    def _bad(self, path: tuple[str, ...], why: str) -> BadLabels:
        return BadLabels(f"line {self._line(path)}, {'.'.join(path)}: {why}")

    def _line(self, path: tuple[str, ...]) -> int:
        """The line on which the last part of a path is, looked for behind those before it."""
        at = 0
        for part in path:
            named = rf"(?m)^[^#\n]*?(?<![\w-])[\"']?{re.escape(part)}[\"']?\s*[\].=]"
            match = re.compile(named).search(self._text, at)
            at = match.start() if match else at
        return self._text.count("\n", 0, at) + 1


def _as_line(message: str, last: int) -> str:
    """`line 3, column 7: expected …`, out of `Expected … (at line 3, column 7)`."""
    match = re.fullmatch(r"(.*?) \(at (line \d+, column \d+|end of document)\)", message, re.DOTALL)
    what, where = match.groups() if match else (message, "end of document")
    where = where if where.startswith("line") else f"line {last}"
    return f"{where}: {what[:1].lower()}{what[1:]}."
