"""Whose viewing was taken in from which kind of export, so that none is taken in twice.

Netflix tells the same viewing in two kinds of files, of which no row can be known in the other.
"""

import json
from functools import cached_property

from netflix_pipeline.errors import BadInput
from netflix_pipeline.ingest.batches import Manifest, manifests
from netflix_pipeline.lake import Lake
from netflix_pipeline.lake.batch_ranges import PREFIX
from netflix_pipeline.sources.registry import instead_of


class Exports:
    """The households of a lake, and the kinds of exports of which rows of theirs are stored."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def check(self, what: str, source: str, household: str) -> None:
        """Raise BadInput where the household has rows that tell the same in another kind of export.

        `what` is the file, or the rows, that would be taken in.
        """
        other = instead_of(source)
        name = _name(household)
        if other is None or (name, other) not in self._known:
            return
        raise BadInput(
            f"{what}: the household {name!r} already has viewing from the other kind of Netflix "
            f"export ({other}; this is {source}). Both tell of the same plays, which would count "
            "twice. If it is somebody else's, name another household: --household NAME, "
            "`household` beside a file in landing, or the name of the folder that it lies in. To "
            f"have this kind instead, forget each of its profiles ({name}/NAME), then forget "
            "--lift them"
        )

    def note(self, manifest: Manifest) -> None:
        """Take note of a batch."""
        # Those of before are looked at only where that is asked for.
        if kinds := _kinds(manifest):
            self._known.update(kinds)

    @cached_property
    def _known(self) -> set[tuple[str, str]]:
        files = {name for name in self._lake.committed_batches() if not name.startswith(PREFIX)}
        known = manifests(self._lake, files, damaged=lambda _: None)
        return {kind for manifest in known for kind in _kinds(manifest)}


def _kinds(manifest: Manifest) -> set[tuple[str, str]]:
    """Household and source of a batch of which rows are stored."""
    if instead_of(manifest.source) is None or not manifest.stored:
        return set()
    return {(_name(json.loads(manifest.header)["household"]), manifest.source)}


def _name(household: str) -> str:
    """The household without the profile that may be told with it."""
    return household.partition("/")[0]
