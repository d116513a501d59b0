"""One vocabulary for every source: their words for devices, qualities, actions … in ours."""

import re

DEVICE_WORDS = (
    # The first that is found anywhere in the text decides: `Chromecast` stands before `Chrome`,
    # `Android Phone` before the makers of television sets, `Android TV` before `Android`.
    ("streaming_stick", r"apple ?tv|chromecast|fire ?tv|fire ?stick|roku|streaming|shield|mi box"),
    ("console", r"playstation|\bps ?[2-5]\b|xbox|nintendo|\bwii|\bswitch\b|console"),
    ("tablet", r"ipad|tablet|galaxy tab|kindle|fire hd|\btab\b"),
    ("mobile", r"phone|ipod|mobile|handheld|blackberry"),
    (
        "smart_tv",
        (
            r"\bs?tv|tv\b|television|bravia|web ?os|tizen|vidaa|\b(?:lg|samsung|sony|vizio"
            r"|hisense|tcl|philips|panasonic|toshiba|sharp|grundig|vestel)\b"
        ),
    ),
    ("laptop", r"laptop|macbook|notebook|chromebook"),
    (
        "desktop",
        (
            r"desktop|computer|browser|chrome|edge|safari|firefox|opera|internet explorer|cadmium"
            r"|windows|linux|\bpc\b|\bimac|\bmac\b|\bmacos"
        ),
    ),
    ("mobile", r"android|\bios\b|pixel|galaxy"),
)
_DEVICE_PATTERNS = tuple((device, re.compile(words)) for device, words in DEVICE_WORDS)

QUALITIES = {
    "SD": "sd standard standarddefinition 480p 360p 240p 576p",
    "HD": "hd high highdefinition fullhd fhd 720p 1080p 1080i",
    "UHD": "uhd 4k ultrahd ultrahigh ultrahighdefinition uhd4k 4kuhd 2160p 8k",
}
ACTIONS = {
    "started": "started start play played begin",
    "paused": "paused pause",
    "resumed": "resumed resume",
    "stopped": "stopped stop",
    "completed": "completed complete finished finish ended",
}
KINDS = {"main": "main", "promo": "promo trailer hook teaser recap preview"}
PRECISIONS = {"second": "second", "day": "day"}
FLAGS = {"true": "true t yes y 1 1.0", "false": "false f no n 0 0.0"}
CONTENT_TYPES = {
    "film": "film movie feature featurefilm",
    "series": "series tvseries show tvshow",
    "limited_series": "limitedseries miniseries",
    "documentary": "documentary docu",
    "stand_up": "standup standupcomedy standupspecial",
}


def _folded(word: str) -> str:
    return re.sub(r"[\s_\-]+", "", word.casefold())


def _lookup(words: dict[str, str]) -> dict[str, str]:
    return {theirs: ours for ours, all_theirs in words.items() for theirs in all_theirs.split()}


_BY_COLUMN = {
    "quality": _lookup(QUALITIES),
    "action": _lookup(ACTIONS),
    "kind": _lookup(KINDS),
    "time_precision": _lookup(PRECISIONS),
    "flag": _lookup(FLAGS),
    "content_type": _lookup(CONTENT_TYPES),
}


def device(text: str) -> str:
    """The kind of device that a text names; `other` when no word of it is known."""
    plain = re.sub(r"[_\s]+", " ", text.casefold())
    for kind, pattern in _DEVICE_PATTERNS:
        if pattern.search(plain):
            return kind
    return "other"


def word(column: str, text: str) -> str | None:
    """Our word for theirs in the column quality, action, kind, time_precision or flag; or None."""
    return _BY_COLUMN[column].get(_folded(text))


def content_type(text: str) -> str:
    """Our word for a content type; an unknown one stays as the source's own, in snake case."""
    return _BY_COLUMN["content_type"].get(_folded(text)) or re.sub(
        r"[\s_\-]+", "_", text.strip().casefold()
    )
