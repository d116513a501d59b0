"""How a page looks to axe-core, and its texts to people: for all tests that ask."""

from collections.abc import Sequence
from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

Look = tuple[int, Literal["light", "dark"]]
"""A window's width, and the colour scheme of the machine."""
LOOKS: tuple[Look, ...] = ((390, "light"), (390, "dark"), (1440, "light"), (1440, "dark"))
Asked = tuple[dict[str, Any], dict[str, Any]]
"""What axe is asked for: on which parts of a page, and of which rules."""
PAGE = [["html"]]
ALL: Asked = ({"include": PAGE}, {})
FORM: Asked = ({"include": PAGE}, {"rules": {"color-contrast": {"enabled": False}}})
"""All but colours, which axe takes most of its time for: text by text."""
COLOURS: Asked = (
    {"include": PAGE, "exclude": [["tbody tr:nth-child(n + 3)"]]},
    {"runOnly": ["color-contrast"]},
)
"""These, of each table in its first rows: the others look like them."""
AXE = """async ([within, options]) => {
    const told = { resultTypes: ["violations"], ...options };
    const { passes, violations } = await axe.run(within, told);
    return { passed: passes.length, violations };
}"""

CONTRAST = """() => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const rgba = (colour) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const luminance = (colour) => {
        const [r, g, b] = rgba(colour).slice(0, 3).map((each) => {
            const share = each / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (element) => {
        for (let each = element; each; each = each.parentElement) {
            const colour = getComputedStyle(each).backgroundColor;
            if (rgba(colour)[3] === 255) return colour;
        }
        return "white";
    };
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const low = [];
    while (texts.nextNode()) {
        const element = texts.currentNode.parentElement;
        if (!texts.currentNode.data.trim() || !element.checkVisibility()) continue;
        const style = getComputedStyle(element);
        const ink = element instanceof SVGElement ? style.fill : style.color;
        const [light, dark] = [luminance(ink), luminance(ground(element))].sort((a, b) => b - a);
        const ratio = (light + 0.05) / (dark + 0.05);
        if (ratio < 4.5) low.push([texts.currentNode.data, ratio]);
    }
    return low;
}"""
"""The texts whose contrast with what they stand on is below AA."""


def found_shut_and_open(page: Page) -> list[str]:
    """What axe finds on a page as it comes, and where everything on it is open.

    Its rule of colours sees a text where all is open; how each stands out, in all looks, `CONTRAST`
    tells besides.
    """
    shut = seen(page, LOOKS[1], (FORM,)) + seen(page, LOOKS[2], ())
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    return shut + seen(page, LOOKS[0]) + seen(page, LOOKS[3])


def found(page: Page, asked: Asked | None = None) -> list[str]:
    """What axe finds in each width and each scheme once, of what differs from a page in little.

    Unless something else is `asked`, its rule of colours is in one of them: `CONTRAST` is in both.
    """
    narrow, wide = ((FORM,), (FORM, COLOURS)) if asked is None else ((asked,), (asked,))
    return seen(page, LOOKS[1], narrow) + seen(page, LOOKS[2], wide)


def seen(page: Page, look: Look, asked: Sequence[Asked] = (FORM, COLOURS)) -> list[str]:
    """What axe finds in a look: rule, place, what it says; and texts of too little contrast.

    That it tells by itself where it is asked for `ALL`: it knows texts that need none.
    """
    width, scheme = look
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    told: list[str] = []
    for what in asked:
        response: dict[str, Any] = page.evaluate(AXE, what)
        assert response["passed"]
        told += [
            f"{width} {scheme} {rule['id']}: {node['target']} {node['failureSummary']}"
            for rule in response["violations"]
            for node in rule["nodes"]
        ]
    low = [] if ALL in asked else page.evaluate(CONTRAST)
    return told + [f"{width} {scheme} contrast: {text!r} {ratio:.2f}" for text, ratio in low]
