from __future__ import annotations

import pytest

from netflix_pipeline.title_texts.episode_titles import Told, parse_title

TITLES = [
    ("Some Show: Season 2: The Name of It (Episode 4)", "Some Show", 2, 4, "The Name of It"),
    ("Star Trek: Discovery: Season 1: Lethe (Episode 6)", "Star Trek: Discovery", 1, 6, "Lethe"),
    ("Show: Season 1: The End (Part 2) (Episode 10)", "Show", 1, 10, "The End (Part 2)"),
    ("Show: Season 1: The End (Part 2)", "Show", 1, None, "The End (Part 2)"),
    ("Show: Season 1", "Show", 1, None, None),
    ("Show: Season 1: Episode 3", "Show", 1, 3, "Episode 3"),
    ("Show: Series 4: A Name (Episode 2)", "Show", 4, 2, "A Name"),
    ("Show: Part 2: Chapter 11 (Episode 1)", "Show", 2, 1, "Chapter 11"),
    ("Show: Volume 3: A Name (Episode 5)", "Show", 3, 5, "A Name"),
    ("Show: Chapter 2: A Name (Episode 5)", "Show", 2, 5, "A Name"),
    ("Show: Book 1: Water: A Name (Episode 5)", "Show", 1, 5, "Water: A Name"),
    (
        "Alguma Série: Temporada 1: Capítulo 2: O Nome (Episódio 2)",
        "Alguma Série",
        1,
        2,
        "Capítulo 2: O Nome",
    ),
    ("Una Serie: Temporada 3: El Nombre (Episodio 7)", "Una Serie", 3, 7, "El Nombre"),
    ("Una Serie: Temporada 3: Capítulo 7", "Una Serie", 3, 7, "Capítulo 7"),
    ("Dark: Staffel 1: Geheimnisse (Folge 1)", "Dark", 1, 1, "Geheimnisse"),
    ("Une Série : Saison 4 : Le Nom (Épisode 9)", "Une Série", 4, 9, "Le Nom"),
    ("Una Serie: Stagione 2: Il Nome (Episodio 3)", "Una Serie", 2, 3, "Il Nome"),
    ("Een Serie: Seizoen 1: De Naam (Aflevering 8)", "Een Serie", 1, 8, "De Naam"),
    ("Serial: Sezon 2: Nazwa (Odcinek 5)", "Serial", 2, 5, "Nazwa"),
    ("Dizi: 1. Sezon: Ad (3. Bölüm)", "Dizi", 1, 3, "Ad"),
    ("Serie: Säsong 1: Namnet (Avsnitt 2)", "Serie", 1, 2, "Namnet"),
    ("Serie: Sæson 1: Navnet (Afsnit 2)", "Serie", 1, 2, "Navnet"),
    ("Serie: Sesong 1: Navnet (Episode 2)", "Serie", 1, 2, "Navnet"),
    ("Sarja: Kausi 2: Nimi (Jakso 4)", "Sarja", 2, 4, "Nimi"),
    ("Seriál: 2. řada: Název (Epizoda 4)", "Seriál", 2, 4, "Název"),
    ("Sorozat: 2. évad: Cím (4. epizód)", "Sorozat", 2, 4, "Cím"),
    ("Сериал: Сезон 2: Имя (Серия 4)", "Сериал", 2, 4, "Имя"),
    ("어떤 드라마: 시즌 1: 이름 (3화)", "어떤 드라마", 1, 3, "이름"),
    ("어떤 드라마: 시즌 1: 이름 (에피소드 3)", "어떤 드라마", 1, 3, "이름"),
    ("ある番組: シーズン2: 名前 (第4話)", "ある番組", 2, 4, "名前"),
    ("ある番組：シーズン２：名前（エピソード４）", "ある番組", 2, 4, "名前"),
    ("某剧: 第 2 季: 名字 (第 4 集)", "某剧", 2, 4, "名字"),
    ("Some Show: The Pilot (Episode 1)", "Some Show", None, 1, "The Pilot"),
    ("A  Show:\nSeason 1: A\u00a0Name (Episode 1)", "A Show", 1, 1, "A Name"),
]
LIMITED = [
    ("The Show: Limited Series: A Name (Episode 1)", "The Show", 1, "A Name"),
    ("A Série: Minissérie: Um Nome (Episódio 1)", "A Série", 1, "Um Nome"),
    ("La Serie: Miniserie: Un Nombre (Episodio 1)", "La Serie", 1, "Un Nombre"),
    ("Die Serie: Miniserie: Ein Name (Folge 1)", "Die Serie", 1, "Ein Name"),
    ("드라마: 리미티드 시리즈: 이름 (1화)", "드라마", 1, "이름"),
    ("番組: リミテッドシリーズ: 名前 (第1話)", "番組", 1, "名前"),
]
FILMS = [
    "A Film",
    "The Hunger Games: Mockingjay: Part 1",
    "Kill Bill: Vol. 2",
    "Mission: Impossible",
    "Film: Chapter 2: The Return",
    "Season 2 Trailer: Some Show",
    "2012",
    "A Film (Director's Cut)",
    "Ocean's 11 (2001)",
    "",
]


@pytest.mark.parametrize(("text", "series", "season", "episode", "name"), TITLES)
def test_an_episode_is_told_in_any_language(
    text: str, series: str, season: int | None, episode: int | None, name: str | None
) -> None:
    assert parse_title(text) == Told(series, season, episode, name)


@pytest.mark.parametrize(("text", "series", "episode", "name"), LIMITED)
def test_a_limited_series_has_one_season(text: str, series: str, episode: int, name: str) -> None:
    assert parse_title(text) == Told(series, 1, episode, name, limited=True)


@pytest.mark.parametrize("text", FILMS)
def test_everything_else_is_a_film(text: str) -> None:
    assert parse_title(text) == Told()
