import pytest

from netflix_pipeline_tests.support.command import Command


def test_a_day_is_annotated_listed_and_cleared(command: Command) -> None:
    assert "netflix-pipeline annotate add" in command.ok("annotate", "list").out
    added = command.ok(
        "annotate", "add", "2026-03-04", "Dark, season 2", "--kind", "launch", "--json"
    ).json
    assert added["day"] == "2026-03-04"
    assert "Dark, season 2" in command.ok("annotate", "list").out
    assert command.ok("annotate", "list", "--json").json["annotations"] == [added]
    command.ok("annotate", "remove", str(added["id"]))
    assert command.ok("annotate", "list", "--json").json["annotations"] == []


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("add", "4 March", "x"), 2, "does not match"),
        (("add", "2026-03-04", "x", "--kind", "party"), 1, "no kind 'party'"),
        (("remove", "7"), 1, "no annotation has the number 7"),
    ],
)
def test_what_cannot_be_is_refused(
    command: Command, words: tuple[str, ...], code: int, says: str
) -> None:
    failed = command("annotate", *words)
    assert failed.code == code
    assert says in failed.err
