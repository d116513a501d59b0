"""Countries by any of their English names: ISO 3166-1 alpha-2."""

import re
import unicodedata
from functools import cache

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
    names = {_folded(english[code]): code for code in CODES}
    for line in OTHER_NAMES.strip().splitlines():
        code, spellings = line[:2], line[3:]
        names |= {_folded(name): code for name in spellings.split(";")}
    return names | {_folded(code): code for code in CODES}


def _folded(name: str) -> str:
    """The name without case, accents, punctuation or `St.` for Saint."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("&", " and "))
    plain = "".join(sign for sign in plain if sign.isalnum() or sign == " ")
    return re.sub(r"\bst\b", "saint", " ".join(plain.split()))


def country_code(text: str) -> str | None:
    """The alpha-2 code of a code, an English name or `BR (Brazil)`; None when unknown."""
    with_name = WITH_NAME.fullmatch(text.strip())
    return _by_name().get(_folded(with_name[1] if with_name else text))
