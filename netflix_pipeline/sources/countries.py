"""Countries by any of their English names: ISO 3166-1 alpha-2."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

ISO = """
AD Andorra
AE United Arab Emirates; UAE; Emirates
AF Afghanistan
AG Antigua and Barbuda
AI Anguilla
AL Albania
AM Armenia
AO Angola
AQ Antarctica
AR Argentina
AS American Samoa
AT Austria
AU Australia
AW Aruba
AX Åland Islands
AZ Azerbaijan
BA Bosnia and Herzegovina; Bosnia
BB Barbados
BD Bangladesh
BE Belgium
BF Burkina Faso
BG Bulgaria
BH Bahrain
BI Burundi
BJ Benin
BL Saint Barthélemy
BM Bermuda
BN Brunei Darussalam; Brunei
BO Bolivia; Bolivia, Plurinational State of
BQ Bonaire, Sint Eustatius and Saba; Caribbean Netherlands
BR Brazil; Brasil
BS Bahamas; The Bahamas
BT Bhutan
BV Bouvet Island
BW Botswana
BY Belarus
BZ Belize
CA Canada
CC Cocos (Keeling) Islands; Cocos Islands
CD Congo, The Democratic Republic of the; Democratic Republic of the Congo; DR Congo; Congo-Kinshasa
CF Central African Republic
CG Congo; Republic of the Congo; Congo-Brazzaville
CH Switzerland
CI Côte d'Ivoire; Ivory Coast
CK Cook Islands
CL Chile
CM Cameroon
CN China; People's Republic of China; Mainland China
CO Colombia
CR Costa Rica
CU Cuba
CV Cabo Verde; Cape Verde
CW Curaçao
CX Christmas Island
CY Cyprus
CZ Czechia; Czech Republic
DE Germany; Deutschland
DJ Djibouti
DK Denmark
DM Dominica
DO Dominican Republic
DZ Algeria
EC Ecuador
EE Estonia
EG Egypt
EH Western Sahara
ER Eritrea
ES Spain; España
ET Ethiopia
FI Finland
FJ Fiji
FK Falkland Islands (Malvinas); Falkland Islands
FM Micronesia, Federated States of; Micronesia
FO Faroe Islands
FR France
GA Gabon
GB United Kingdom; United Kingdom of Great Britain and Northern Ireland; UK; Great Britain
GB Britain; England; Scotland; Wales; Northern Ireland
GD Grenada
GE Georgia
GF French Guiana
GG Guernsey
GH Ghana
GI Gibraltar
GL Greenland
GM Gambia; The Gambia
GN Guinea
GP Guadeloupe
GQ Equatorial Guinea
GR Greece
GS South Georgia and the South Sandwich Islands
GT Guatemala
GU Guam
GW Guinea-Bissau
GY Guyana
HK Hong Kong; Hong Kong SAR China
HM Heard Island and McDonald Islands
HN Honduras
HR Croatia
HT Haiti
HU Hungary
ID Indonesia
IE Ireland; Republic of Ireland
IL Israel
IM Isle of Man
IN India
IO British Indian Ocean Territory
IQ Iraq
IR Iran; Iran, Islamic Republic of
IS Iceland
IT Italy; Italia
JE Jersey
JM Jamaica
JO Jordan
JP Japan
KE Kenya
KG Kyrgyzstan
KH Cambodia
KI Kiribati
KM Comoros
KN Saint Kitts and Nevis
KP Korea, Democratic People's Republic of; North Korea
KR Korea, Republic of; South Korea; Republic of Korea; Korea
KW Kuwait
KY Cayman Islands
KZ Kazakhstan
LA Lao People's Democratic Republic; Laos
LB Lebanon
LC Saint Lucia
LI Liechtenstein
LK Sri Lanka
LR Liberia
LS Lesotho
LT Lithuania
LU Luxembourg
LV Latvia
LY Libya
MA Morocco
MC Monaco
MD Moldova; Moldova, Republic of; Republic of Moldova
ME Montenegro
MF Saint Martin (French part); Saint Martin
MG Madagascar
MH Marshall Islands
MK North Macedonia; Macedonia
ML Mali
MM Myanmar; Burma; Myanmar (Burma)
MN Mongolia
MO Macao; Macau; Macau SAR China
MP Northern Mariana Islands
MQ Martinique
MR Mauritania
MS Montserrat
MT Malta
MU Mauritius
MV Maldives
MW Malawi
MX Mexico; México
MY Malaysia
MZ Mozambique
NA Namibia
NC New Caledonia
NE Niger
NF Norfolk Island
NG Nigeria
NI Nicaragua
NL Netherlands; The Netherlands; Kingdom of the Netherlands; Netherlands, Kingdom of the; Holland
NO Norway
NP Nepal
NR Nauru
NU Niue
NZ New Zealand
OM Oman
PA Panama
PE Peru
PF French Polynesia
PG Papua New Guinea
PH Philippines
PK Pakistan
PL Poland
PM Saint Pierre and Miquelon
PN Pitcairn; Pitcairn Islands
PR Puerto Rico
PS Palestine, State of; State of Palestine; Palestine; Palestinian Territories
PT Portugal
PW Palau
PY Paraguay
QA Qatar
RE Réunion
RO Romania
RS Serbia
RU Russian Federation; Russia
RW Rwanda
SA Saudi Arabia
SB Solomon Islands
SC Seychelles
SD Sudan
SE Sweden
SG Singapore
SH Saint Helena, Ascension and Tristan da Cunha; Saint Helena
SI Slovenia
SJ Svalbard and Jan Mayen
SK Slovakia
SL Sierra Leone
SM San Marino
SN Senegal
SO Somalia
SR Suriname
SS South Sudan
ST Sao Tome and Principe
SV El Salvador
SX Sint Maarten (Dutch part); Sint Maarten
SY Syrian Arab Republic; Syria
SZ Eswatini; Swaziland
TC Turks and Caicos Islands
TD Chad
TF French Southern Territories
TG Togo
TH Thailand
TJ Tajikistan
TK Tokelau
TL Timor-Leste; East Timor
TM Turkmenistan
TN Tunisia
TO Tonga
TR Türkiye; Turkey
TT Trinidad and Tobago
TV Tuvalu
TW Taiwan; Taiwan, Province of China
TZ Tanzania; Tanzania, United Republic of
UA Ukraine
UG Uganda
UM United States Minor Outlying Islands; U.S. Outlying Islands
US United States; United States of America; USA; U.S.A.; U.S.; America
UY Uruguay
UZ Uzbekistan
VA Holy See (Vatican City State); Holy See; Vatican City
VC Saint Vincent and the Grenadines
VE Venezuela; Venezuela, Bolivarian Republic of
VG Virgin Islands, British; British Virgin Islands
VI Virgin Islands, U.S.; U.S. Virgin Islands
VN Vietnam; Viet Nam
VU Vanuatu
WF Wallis and Futuna
WS Samoa
YE Yemen
YT Mayotte
ZA South Africa
ZM Zambia
ZW Zimbabwe
"""
"""Code, then the ISO name and others in use, parted by semicolons."""

WITH_NAME = re.compile(r"([A-Za-z]{2})\s*\(.*\)")

CODES = tuple(dict.fromkeys(line[:2] for line in ISO.strip().splitlines()))


@cache
def _by_name() -> dict[str, str]:
    names: dict[str, str] = {}
    for line in ISO.strip().splitlines():
        code, told = line[:2], line[3:]
        for name in (code, *told.split(";")):
            names[_folded(name)] = code
    return names


def _folded(name: str) -> str:
    """The name without case, accents, punctuation or `St.` for Saint."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("&", " and "))
    plain = "".join(sign for sign in plain if sign.isalnum() or sign == " ")
    return re.sub(r"\bst\b", "saint", " ".join(plain.split()))


def country_code(text: str) -> str | None:
    """The alpha-2 code of a code, an English name or `BR (Brazil)`; None when unknown."""
    with_name = WITH_NAME.fullmatch(text.strip())
    return _by_name().get(_folded(with_name[1] if with_name else text))
