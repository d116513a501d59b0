from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from dash_app.markup import Html, element, fragment


class Read(HTMLParser):
    """The elements, attributes and text of some markup."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: dict[str, str | None] = {}
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes |= dict(attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


# What a parser of HTML reads in place of these is not what was written, escaped or not.
readable = st.text(st.characters(exclude_characters="\r\0", exclude_categories=["Cs"]))


@given(readable, readable)
def test_no_text_becomes_markup(text: str, attribute: str) -> None:
    read = Read(element("p", text, [text, Html("<b>")], title=attribute))
    assert read.names == ["p", "b"]
    assert read.attributes == {"title": attribute}
    assert read.text == 2 * text


def test_attributes_are_written_as_html_spells_them() -> None:
    assert (
        element("input", aria_label="From", class_="x", required=True, value=None, checked=False)
        == '<input aria-label="From" class="x" required/>'
    )


def test_nothing_is_left_out_and_numbers_are_text() -> None:
    assert fragment(None, [1, [None, "&"]], element("i")) == "1&amp;<i></i>"
