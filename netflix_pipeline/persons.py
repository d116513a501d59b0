"""Persons by their ids, and how such an id is found where no column says whose a text is.

Or by hashes of their ids, where these are forgotten: those who were erased.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import json
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from mmap import mmap
from urllib.parse import quote

from netflix_pipeline.ids import digits, id_of, trimmed

REMEMBERED = 200_000
"""Ids of which it is remembered whether they are marked."""

QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
SEPARATED = re.compile(r"""[\s,;|"'{}\[\]:=()<>]+""")
FRACTION = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?", re.ASCII)
"""A number of JSON that may be another one's spelling."""
DELIMITERS = ",;\t|"
LONGEST_FIELD = 2**17
"""What the reader of CSV takes for one field at most."""


class Persons:
    """The persons of some ids.

    In a text an id is found as a whole value only: `u-1` is not in `u-17`, nor in `new-u-1`. It is
    also known as JSON, CSV and addresses write it.
    """

    def __init__(self, ids: Iterable[str]) -> None:
        self.ids = frozenset(filter(None, map(trimmed, ids)))
        forms = sorted({form for name in self.ids for form in _forms(name)})
        either = b"|".join(map(re.escape, reversed(forms)))
        # Behind \n, as JSON writes it, a value begins as well.
        begins, ends = rb"(?:(?<![\w-])|(?<=\\[bfnrt]))", rb"(?![\w-])"
        self._pattern = re.compile(begins + b"(?:" + either + b")" + ends) if forms else None

    def __bool__(self) -> bool:
        return bool(self.ids)

    def __contains__(self, user_id: object) -> bool:
        """Whether it is one of the ids, as a text or as a number."""
        return id_of(user_id) in self.ids

    def in_text(self, text: bytes) -> bool:
        """Whether the text holds one of the ids."""
        return self._pattern is not None and self._pattern.search(text) is not None

    def replaced(self, text: bytes) -> bytes:
        """The text with `erased` in place of the ids; with 0 where digits may be a number."""
        return text if self._pattern is None else self._pattern.sub(_instead, text)

    def masked(self, text: str) -> str:
        """The same for a text that is decoded."""
        return self.replaced(text.encode(errors="surrogatepass")).decode(errors="surrogatepass")

    def places(self, text: bytes | mmap) -> Iterator[tuple[int, int]]:
        """Where the ids begin and end in a text."""
        for match in self._pattern.finditer(text) if self._pattern is not None else ():
            yield match.span()


class Marked:
    """Those who are erased, or are to be, as of one look at the marks; false when there is nobody.

    To ask of an id costs one keyed hash, once. `pending` are those whose ids are known, because
    something may still hold them.
    """

    def __init__(self, key: bytes, hashes: Collection[str], pending: Iterable[str] = ()) -> None:
        self._hashes = marked = frozenset(hashes)
        self.pending = Persons(pending)
        self._is_marked = lru_cache(REMEMBERED)(lambda user_id: keyed_hash(key, user_id) in marked)

    def __bool__(self) -> bool:
        return bool(self._hashes)

    def __contains__(self, user_id: object) -> bool:
        """Whether it is one of their ids, as a text or as a number."""
        told = id_of(user_id) if self._hashes else None
        return told is not None and self._is_marked(told)

    def named_in(self, text: str) -> bool:
        """Whether an id of theirs stands in a text, as a value of its own.

        A hash cannot be looked for within a text. So every value may be an id, whatever stands in
        it as a field of its own, in quotes or between separators.
        """
        return any(value in self for value in _values(text))

    def in_text(self, text: bytes) -> bool:
        """The same of a text in bytes."""
        return self.named_in(text.decode(errors="replace"))

    def ids_in(self, text: str) -> set[str]:
        """The ids of theirs that stand in a text, each as a value of its own."""
        told = filter(None, map(id_of, _values(text) if self else ()))
        return self.matching(told)

    def digest(self) -> str:
        """The same for the same persons, wherever it is asked; empty for nobody."""
        hashes = "".join(sorted(self._hashes)).encode()
        return hashlib.blake2b(hashes, digest_size=4).hexdigest() if hashes else ""

    def is_as(self, other: Marked) -> bool:
        """Whether both looks found the same persons."""
        return (self._hashes, self.pending.ids) == (other._hashes, other.pending.ids)

    def matching(self, user_ids: Iterable[str]) -> set[str]:
        """Those of the ids that are theirs."""
        return {user_id for user_id in user_ids if user_id in self}


NOBODY = Marked(b"", ())
"""What a look gives where nobody is marked."""

PersonSet = Persons | Marked
"""Some persons: those of known ids, or those of whom only hashes are kept."""


def keyed_hash(key: bytes, user_id: str) -> str:
    """The keyed hash of a person, as their id is stored."""
    stored = trimmed(user_id).encode(errors="surrogatepass")
    return hmac.digest(key, stored, "sha256").hex()


def _values(text: str) -> Iterator[str]:
    yield text
    for part in SEPARATED.split(text):
        yield part
        if FRACTION.fullmatch(part):
            yield digits(float(part))
    for quoted in QUOTED.findall(text):
        with suppress(ValueError):
            yield json.loads(quoted, strict=False)
    for line in text.splitlines():
        for delimiter in DELIMITERS if len(line) < LONGEST_FIELD else ():
            with suppress(csv.Error):
                yield from next(csv.reader([line], delimiter=delimiter), [])


def _instead(match: re.Match[bytes]) -> bytes:
    return b"0" if match[0].isdigit() else b"erased"


def _forms(name: str) -> Iterator[bytes]:
    """The id as it is, and as it is written within something else."""
    within = name
    for _ in range(2):  # JSON, and JSON in a text of JSON
        yield within.encode(errors="surrogatepass")
        yield json.dumps(within)[1:-1].encode()
        within = json.dumps(within, ensure_ascii=False)[1:-1]
    yield json.dumps(json.dumps(name)[1:-1])[1:-1].encode()
    yield name.replace('"', '""').encode(errors="surrogatepass")
    address = quote(name.encode(errors="surrogatepass"), safe="")
    yield address.encode()
    yield re.sub("%..", lambda match: match[0].lower(), address).encode()
