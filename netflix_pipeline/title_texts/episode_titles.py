"""Series, season and episode out of a title's text, in the languages that Netflix writes.

Some Show: Season 2: The Name of It (Episode 4)
Alguma Série: Temporada 1: Capítulo 2: O Nome (Episódio 2)
어떤 드라마: 시즌 1: 이름 (3화)
Some Show: Limited Series: The Name (Episode 1)
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from netflix_pipeline.title_texts.names import plain_title

SEASON = (
    "season series temporada staffel saison stagione seizoen sezon sezonul sezona sasong sesong "
    "saeson kausi evad serie rada seria sezone hooaeg musim mua sesongen kulaudi "
    "сезон σεζον κυκλος عونة الموسم موسم עונה सीज़न सीजन ซีซั่น ซีซัน ฤดูกาล "
    "시즌 シーズン 季 第 tymor"
)
"""Words that always mean a season when a number goes with them."""

PART = (
    "part parte partie teil deel del osa czesc cast kisim parti parts bagian phan "
    "volume vol volumen volym wolumin tom band "
    "book libro livre livro buch boek bok kirja ksiega kitap "
    "chapter capitulo chapitre kapitel capitolo hoofdstuk rozdzial bolum kapittel luku "
    "collection coleccion colecao sammlung collezione "
    "часть том книга глава μερος часть 파트 부 パート 部 章"
)
"""Words that mean a season only where an episode follows: films have parts and volumes too."""

LIMITED = (
    "limited series",
    "miniserie",
    "minisserie",
    "mini serie",
    "mini series",
    "miniseries",
    "serie limitada",
    "serie limitee",
    "serie limitata",
    "begrenzte serie",
    "beperkte serie",
    "begransad serie",
    "begraenset serie",
    "begrenset serie",
    "minisarja",
    "sinirli dizi",
    "mini dizi",
    "miniserial",
    "serial limitowany",
    "minisorozat",
    "мини-сериал",
    "μινι σειρα",
    "리미티드 시리즈",
    "미니시리즈",
    "リミテッドシリーズ",
    "リミテッド・シリーズ",
    "ミニシリーズ",
    "迷你剧",
    "迷你劇",
    "限定剧",
    "限定劇",
)

EPISODE = (
    "episode episodio folge aflevering avsnitt afsnit episod odcinek bolum jakso epizod epizoda "
    "episodul dil epizod resz epizodas episodi ep "
    "эпизод серия επεισοδιο الحلقة حلقة פרק एपिसोड ตอนที่ ตอน tap "
    "에피소드 화 회 エピソード 話 集 回 第"
)

CHAPTER = "chapter capitulo chapitre kapitel capitolo hoofdstuk rozdzial kapittel luku part parte"
"""Words that number an episode where a season went before."""

COLON = re.compile(r"\s*:\s+")
LAST_PARENTHESES = re.compile(r"\s*[(（]([^()（）]{1,40})[)）]\s*$")


@dataclass(frozen=True)
class Told:
    """What a title's text tells; `series` is None for a film."""

    series: str | None = None
    season: int | None = None
    episode: int | None = None
    episode_name: str | None = None
    limited: bool = False


def parse_title(text: str) -> Told:
    """Series, season, episode and the episode's name, as far as the text tells them."""
    title = plain_title(text)
    episode = None
    if (found := LAST_PARENTHESES.search(title)) is not None:
        episode = _numbered(found[1], _EPISODE)
        if episode is not None:
            title = title[: found.start()]
    parts = COLON.split(title)
    for at in range(1, len(parts)):
        season = _numbered(parts[at], _SEASON)
        limited = _folded(parts[at]) in _LIMITED
        follows = episode is not None or at + 1 < len(parts)
        if season is None and not limited and follows:
            season = _numbered(parts[at], _PART)
            # `Part 1: …` of a film has no episode; nor has a season's name only one part before.
            if season is not None and episode is None:
                season = None
        if season is None and not limited:
            continue
        rest = parts[at + 1 :]
        if episode is None and rest:
            episode = _numbered(rest[0], _EPISODE)
            if episode is None:
                episode = _numbered(rest[0], _CHAPTER)
        return Told(
            ": ".join(parts[:at]),
            1 if limited else season,
            episode,
            ": ".join(rest) or None,
            limited,
        )
    if episode is not None and len(parts) > 1:
        return Told(": ".join(parts[:-1]), None, episode, parts[-1])
    return Told()


def _folded(text: str) -> str:
    """The text without case and accents, digits and signs in their plain form."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("æ", "ae").replace("ø", "o"))
    return (
        "".join(sign for sign in plain if not unicodedata.combining(sign))
        .strip()
        .replace("ł", "l")
        .replace("ı", "i")
    )


def _words(words: str) -> re.Pattern[str]:
    """What matches one of the words with a number before or behind it."""
    told = "|".join(sorted({re.escape(_folded(word)) for word in words.split()}, key=len)[::-1])
    number = r"(\d{1,4})"
    behind = rf"(?:{told})\.?\s*{number}(?:\s*(?:{told}))?\.?"
    before = rf"{number}\s*[.ºªª]?\s*(?:{told})\.?"
    return re.compile(rf"{behind}|{before}")


_SEASON, _PART, _EPISODE, _CHAPTER = (_words(words) for words in (SEASON, PART, EPISODE, CHAPTER))
_LIMITED = frozenset(_folded(words) for words in LIMITED)


def _numbered(text: str, words: re.Pattern[str]) -> int | None:
    """The number that goes with one of the words, where the text is nothing else."""
    found = words.fullmatch(_folded(text).replace("제", ""))
    if found is None:
        return None
    return int(next(number for number in found.groups() if number is not None))
