"""One vocabulary for every source: their words for devices, qualities, actions … in ours.

Countries are known by any of their English names, and told by ISO 3166-1 alpha-2.
"""

import re
import unicodedata
from functools import cache

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
FLAGS = {
    # Spreadsheets write them in the language of their user.
    "true": "true t yes y 1 1.0 wahr vrai verdadero verdadeiro vero waar prawda sant sann tosi "
    "pravda doğru igaz истина",
    "false": "false f no n 0 0.0 falsch faux falso onwaar fałsz falskt falsk usann epätosi "
    "nepravda yanliş hamis ложь",
}
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
    return next((kind for kind, pattern in _DEVICE_PATTERNS if pattern.search(plain)), "other")


def word(column: str, text: str) -> str | None:
    """Our word for theirs in the column quality, action, kind, time_precision or flag; or None."""
    return _BY_COLUMN[column].get(_folded(text))


def content_type(text: str) -> str:
    """Our word for a content type; an unknown one stays as the source's own, in snake case."""
    return _BY_COLUMN["content_type"].get(_folded(text)) or re.sub(
        r"[\s_\-]+", "_", text.strip().casefold()
    )


ALPHA_2 = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE
EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM
HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC
LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO
TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
CODES = tuple(ALPHA_2.split())
OTHER_NAMES = """
AE UAE; Emirates
BA Bosnia
BN Brunei Darussalam
BO Bolivia, Plurinational State of
BQ Bonaire, Sint Eustatius and Saba
BR Brasil
BS The Bahamas
CC Cocos Islands
CD Congo, The Democratic Republic of the; Democratic Republic of the Congo; DR Congo; Congo-Kinshasa
CG Congo; Republic of the Congo; Congo-Brazzaville
CI Ivory Coast
CN People's Republic of China; Mainland China
CV Cabo Verde
CZ Czech Republic
DE Deutschland
ES España
FK Falkland Islands (Malvinas)
FM Micronesia, Federated States of
GB United Kingdom of Great Britain and Northern Ireland; UK; Great Britain
GB Britain; England; Scotland; Wales; Northern Ireland
GM The Gambia
GS South Georgia and the South Sandwich Islands
HK Hong Kong
HM Heard Island and McDonald Islands
IE Republic of Ireland
IR Iran, Islamic Republic of
IT Italia
KP Korea, Democratic People's Republic of
KR Korea, Republic of; Republic of Korea; Korea
LA Lao People's Democratic Republic
MD Moldova, Republic of; Republic of Moldova
MF Saint Martin (French part)
MK Macedonia
MM Myanmar; Burma
MO Macao; Macau; Macau SAR China
NL The Netherlands; Kingdom of the Netherlands; Netherlands, Kingdom of the; Holland
PN Pitcairn
PS Palestine, State of; State of Palestine; Palestine
RU Russian Federation
SH Saint Helena, Ascension and Tristan da Cunha
SX Sint Maarten (Dutch part)
SY Syrian Arab Republic
SZ Swaziland
TL East Timor
TR Turkey
TW Taiwan, Province of China
TZ Tanzania, United Republic of
UM United States Minor Outlying Islands
US United States of America; USA; U.S.A.; America
VA Holy See (Vatican City State); Holy See
VC Saint Vincent and the Grenadines
VE Venezuela, Bolivarian Republic of
VG Virgin Islands, British
VI Virgin Islands, U.S.
VN Viet Nam
"""
"""Code, then names in use that are not those of the Unicode CLDR, parted by semicolons."""

WITH_NAME = re.compile(r"([A-Za-z]{2})\s*\(.*\)")


@cache
def _by_name() -> dict[str, str]:
    from babel import Locale

    english = Locale("en").territories
    names = {_plain_name(english[code]): code for code in CODES}
    for line in OTHER_NAMES.strip().splitlines():
        code, spellings = line[:2], line[3:]
        names |= {_plain_name(name): code for name in spellings.split(";")}
    return names | {_plain_name(code): code for code in CODES}


def _plain_name(name: str) -> str:
    """The name without case, accents, punctuation or `St.` for Saint."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("&", " and "))
    plain = "".join(sign for sign in plain if sign.isalnum() or sign == " ")
    return re.sub(r"\bst\b", "saint", " ".join(plain.split()))


def country_code(text: str) -> str | None:
    """The alpha-2 code of a code, an English name or `BR (Brazil)`; None when unknown."""
    with_name = WITH_NAME.fullmatch(text.strip())
    return _by_name().get(_plain_name(with_name[1] if with_name else text))
