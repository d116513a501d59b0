"""What stands behind a number: its definition, what it rests on, of when it is."""

from collections.abc import Iterable, Sequence

from dash_app.markup import Html, element


def about(name: str, sentences: Iterable[str], facts: Sequence[tuple[str, str]]) -> Html:
    """A question mark that opens to the definition of `name`, and facts by their terms."""
    return element(
        "details",
        element("summary", element("span", f"About {name}", class_="unseen")),
        element(
            "div",
            [element("p", sentence) for sentence in sentences],
            element(
                "dl",
                [element("div", element("dt", term), element("dd", fact)) for term, fact in facts],
            ),
            class_="definition",
        ),
        class_="about",
    )
