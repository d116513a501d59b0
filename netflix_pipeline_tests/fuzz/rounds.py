"""Damaged files are taken in, round by round; a process of its own, as a library may end it.

`python -m netflix_pipeline_tests.fuzz.rounds FOLDER SEED SECONDS` begins with the round of that
seed and goes on for so many seconds of CPU time. What fails tells its seed and leaves its files.
"""

import json
import shutil
import sys
import time
from pathlib import Path
from random import Random

from netflix_pipeline.contracts import contract
from netflix_pipeline.ingest import differences, ledger, manifests
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize import build, dependencies
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.fuzz.files import ACME, KINDS, MAPPING, mutated
from netflix_pipeline_tests.support.command import Command, Ran

BUILT_EVERY = 25
"""Rounds after which all tables are built of what was taken in, as they are in the end."""


def take_in(folder: Path, seed: int) -> None:
    """One round: damaged files beside a good one, in a home of earlier rounds."""
    random = Random(seed)
    home, files = folder / "home", folder / "files"
    shutil.rmtree(files, ignore_errors=True)
    files.mkdir(parents=True)
    command = Command(home)
    good = files / "good.csv"
    good.write_text(
        "user_id,title_id,event_time\n"
        f"neighbour-{seed},t1,2026-01-02T10:00:00Z\nneighbour-{seed},t2,2026-01-03T10:00:00Z\n"
    )
    for number in range(random.randint(1, 3)):
        name, content = random.choice(KINDS)(random)
        (files / f"{number}{name}").write_bytes(content)
    options = ["--household", "home"] if random.random() < 0.9 else []
    ran = command("ingest", files, "--json", *options)
    told_well(ran, [path.name for path in files.iterdir()])
    taken = [file for file in json.loads(ran.out)["files"] if file["path"] == str(good)]
    assert [file["stored"] for file in taken] == [2], "the good neighbour was not stored"
    if random.random() < 0.2:
        mapping, mapped = folder / "map.toml", files / "mapped.csv"
        mapping.write_bytes(mutated(random, MAPPING.encode()))
        mapped.write_bytes(mutated(random, ACME.encode()) if random.random() < 0.5 else b"")
        mapped.write_bytes(mapped.read_bytes() or ACME.encode())
        told_well(
            command("ingest", mapped, "--mapping", mapping, "--json"), [mapped.name, mapping.name]
        )
    lake = Lake.of(Settings(home=home))
    assert differences(ledger(lake, manifests(lake))).is_empty(), "the ledger does not add up"


def build_all(folder: Path, seed: int) -> None:
    """All tables are built of what the rounds up to this one left."""
    lake = Lake.of(Settings(home=folder / "home"))
    bad = [part for part in build(lake, dependencies(), None, only_pending=True) if not part.good]
    assert not bad, bad
    rows = lake.read("silver/users")
    assert rows.filter(user_id=f"neighbour-{seed}").height == 1
    (broken,) = contract("silver/users").violations(rows)
    assert broken.is_empty()
    shutil.rmtree(folder / "home")


def told_well(ran: Ran, names: list[str]) -> None:
    """A code, and a message for people that names the file, never a traceback."""
    assert ran.code in (0, 1, 2), ran.code
    assert "Traceback" not in ran.out + ran.err, ran.err
    assert "panicked" not in ran.out + ran.err, ran.err
    assert ran.code == 0 or any(name in ran.err for name in names), ran.err


def main() -> None:
    folder, seed, seconds = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    first = seed
    goes_on = True
    while goes_on:
        (folder / "seed").write_text(str(seed))
        try:
            take_in(folder, seed)
            goes_on = time.process_time() < seconds
            if not goes_on or seed % BUILT_EVERY == BUILT_EVERY - 1:
                build_all(folder, seed)
        except BaseException:
            sys.stderr.write(f"seed {seed}, with the home of the rounds from {first} on\n")
            raise
        seed += 1
    sys.stdout.write(f"{seed - first} rounds, seeds {first} to {seed - 1}\n")


if __name__ == "__main__":
    main()
