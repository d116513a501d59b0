"""What a title tells without any other: marks of seasons, parts and episodes, in any language."""

from collections import defaultdict
from collections.abc import Iterator

import pytest

from netflix_pipeline.title_texts.marks import folded
from netflix_pipeline.title_texts.words import LANGUAGES, Language
from netflix_pipeline_tests.title_texts.told import told

TITLES = [
    ("Heist Nine: Part 2: Episode 9", "Heist Nine", 2, 9, "Episode 9"),
    ("Odd Town: Odd Town 4: Chapter One: The Lake", "Odd Town", 4, 1, "Chapter One: The Lake"),
    ("Odd Town: Odd Town 4: The Lake (Episode 1)", "Odd Town", 4, 1, "The Lake"),
    ("Odd Town: Odd Town - 4: The Lake", "Odd Town", 4, None, "The Lake"),
    ("Odd Town: Odd Town Season 4: The Lake", "Odd Town", 4, None, "The Lake"),
    ("Book Town: Book 1: Season 2: The Lake", "Book Town: Book 1", 2, None, "The Lake"),
    ("番組: 2ndシーズン: 名前", "番組", 2, None, "名前"),
    ("Top Models: Cycle 21: The Girl (Episode 3)", "Top Models", 21, 3, "The Girl"),
    ("Odd Town: Odd Town IV: The Lake", "Odd Town", 4, None, "The Lake"),
    ("SAIL ON: North Sea: Episode 52", "SAIL ON", None, 52, "Episode 52"),
    ("SAIL ON: North Sea: Episode 2", "SAIL ON: North Sea", None, 2, "Episode 2"),
    ("SAIL ON: Alabasta Arc: The Sand (Episode 2)", "SAIL ON", None, 2, "The Sand"),
    ("Eski Dosya: 1. Cilt: Ev (Bölüm 1)", "Eski Dosya", 1, 1, "Ev"),
    ("Eski Dosya: II. Cilt: Ev (Bölüm 1)", "Eski Dosya", 2, 1, "Ev"),
    ("Altes Haus: IV. Staffel: Flur (Folge 2)", "Altes Haus", 4, 2, "Flur"),
    ("Big Houses: Season 2 Part B: Rome (Episode 1)", "Big Houses", 2, 1, "Rome"),
    ("Big Houses: Season 2, Volume 1: Rome", "Big Houses", 2, None, "Rome"),
    ("Big Houses: Season 2B: Rome (Episode 1)", "Big Houses", 2, 1, "Rome"),
    ("Big Houses: Part B: Rome (Episode 1)", "Big Houses", 2, 1, "Rome"),
    ("Big Houses: Collection 5: Rome (Episode 1)", "Big Houses", 5, 1, "Rome"),
    ("Big Houses: Specials: Rome (Episode 1)", "Big Houses", None, 1, "Rome"),
    ("Місто: Сезон 1: Дім (Серія 3)", "Місто", 1, 3, "Дім"),
    ("Місто: 2-й сезон: Дім (3-тя серія)", "Місто", 2, 3, "Дім"),
    ("Lupin: Parte 3: Capitolo 2", "Lupin", 3, 2, "Capitolo 2"),
    ("High Water: Episode 6", "High Water", None, 6, "Episode 6"),
    ("Korea: Joint Area: Episode 1", "Korea: Joint Area", None, 1, "Episode 1"),
    ("Show: Season Two: Episode Eleven", "Show", 2, 11, "Episode Eleven"),
    ("Show: 2nd Season: A Name", "Show", 2, None, "A Name"),
    ("Show: Part ll: Episode 3", "Show", 2, 3, "Episode 3"),
    ("Show: Part Ⅱ: Episode 3", "Show", 2, 3, "Episode 3"),
    ("Show: Season 3: Episode 7 - A Name", "Show", 3, 7, "Episode 7 - A Name"),
    ("Show: Season 3: Finale: Episode 16", "Show", 3, 16, "Finale: Episode 16"),
    ("Show: Season 3: Episode 3 of 8", "Show", 3, 3, "Episode 3 of 8"),
    ("River: Season 4: Chapter Seventy-Six: Honey", "River", 4, 76, "Chapter Seventy-Six: Honey"),
    ("River: Season 4: Chapter Twenty: Honey", "River", 4, 20, "Chapter Twenty: Honey"),
    ("3%: Season 2: Chapter 01: Mirror", "3%", 2, 1, "Chapter 01: Mirror"),
    ("1899: 1. Sezon: Gemi", "1899", 1, None, "Gemi"),
    ("مسلسل: الموسم ٢: الحلقة ٣", "مسلسل", 2, 3, "الحلقة ٣"),
    ("مسلسل: الموسم الثاني: اسم (الحلقة 3)", "مسلسل", 2, 3, "اسم"),
    ("\u200fסדרה: עונה 2: שם (פרק 4)\u200f", "סדרה", 2, 4, "שם"),
    ("ซีรีส์: ซีซั่น 2: ชื่อ (ตอนที่ 3)", "ซีรีส์", 2, 3, "ชื่อ"),
    ("शो: सीज़न २: नाम (एपिसोड ३)", "शो", 2, 3, "नाम"),
    ("某剧：第二季：第十二集", "某剧", 2, 12, "第十二集"),
    ("進撃: 進撃 2期: 獣", "進撃", 2, None, "獣"),
    ("드라마: 시즌2: 제4회", "드라마", 2, 4, "제4회"),
    ("Une Fin : Le Début: Saison 3: Épisode 5", "Une Fin : Le Début", 3, 5, "Épisode 5"),
    ("Show: Saison 7: Un : Deux", "Show", 7, None, "Un : Deux"),
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
    ("Witches: Part 1: Chapter One: Oaks", "Witches", 1, 1, "Chapter One: Oaks"),
    ("The OA: Part II: Chapter 1: Angel", "The OA", 2, 1, "Chapter 1: Angel"),
    ("Una: Parte 4: Capítulo treinta y seis: Sí", "Una", 4, 36, "Capítulo treinta y seis: Sí"),
    ("Une: Une 3: Chapitre vingt et un : Le Nom", "Une", 3, 21, "Chapitre vingt et un : Le Nom"),
    ("Une: Saison 3: Chapitre 2 : Un : Deux", "Une", 3, 2, "Chapitre 2 : Un : Deux"),
    ("Eine: Staffel 3: Kapitel einundzwanzig: Ja", "Eine", 3, 21, "Kapitel einundzwanzig: Ja"),
    ("Dizi: Dizi 4: Altıncı Bölüm: Dalış", "Dizi", 4, 6, "Altıncı Bölüm: Dalış"),
    ("A pénz: 1. rész: 2. epizód", "A pénz", 1, 2, "2. epizód"),
    ("Дом: Дом 4: Глава двадцать первая: Имя", "Дом", 4, 21, "Глава двадцать первая: Имя"),
    ("בית: בית 4: פרק שישי: שם", "בית", 4, 6, "פרק שישי: שם"),
    ("이야기: 이야기 4: 제6장: 이름", "이야기", 4, 6, "제6장: 이름"),
    ("เรื่อง: เรื่อง 4: บทที่ 6: ชื่อ", "เรื่อง", 4, 6, "บทที่ 6: ชื่อ"),
    ("Serial: Sezonul al 2-lea: Nume (Episodul al 3-lea)", "Serial", 2, 3, "Nume"),
    ("Serial: Sezonul al II-lea: Episodul 4", "Serial", 2, 4, "Episodul 4"),
    ("Serial: Partea a 2-a: Nume (Episodul 3)", "Serial", 2, 3, "Nume"),
    (
        "Serial: A 2-a parte: Capitolul al 10-lea: Nume",
        "Serial",
        2,
        10,
        "Capitolul al 10-lea: Nume",
    ),
    ("Serija: Serija 4: Treće poglavlje: Ime", "Serija", 4, 3, "Treće poglavlje: Ime"),
    ("Serie: Serie 4: Capítulo trece: Nombre", "Serie", 4, 13, "Capítulo trece: Nombre"),
    ("ซีรีส์: ซีซั่น ๒: ชื่อ (ตอนที่ ๓)", "ซีรีส์", 2, 3, "ชื่อ"),
    ("ซีรีส์: ซีซั่นสอง: ชื่อ (ตอนที่สิบเอ็ด)", "ซีรีส์", 2, 11, "ชื่อ"),
    ("ซีรีส์: ภาคที่สอง: บทที่ยี่สิบเอ็ด: ชื่อ", "ซีรีส์", 2, 21, "บทที่ยี่สิบเอ็ด: ชื่อ"),
    ("Seri: Musim ke-2: Nama (Episode ke-3)", "Seri", 2, 3, "Nama"),
    ("Phim: Mùa thứ 2: Tên (Tập thứ 3)", "Phim", 2, 3, "Tên"),
    ("शो: दूसरा सीज़न: नाम (एपिसोड तीन)", "शो", 2, 3, "नाम"),
    ("Dizi: 2'nci Sezon: Ad (3'üncü Bölüm)", "Dizi", 2, 3, "Ad"),
    ("History: Joan of Arc: The Trial (Episode 1)", "History: Joan of Arc", None, 1, "The Trial"),
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
    "Rocky 2",
    "Toy Story 3",
    "Star Wars: Episode IV",
    "Star Wars: Episode IV: A New Hope",
    "Star Wars: Episode 4: A New Hope",
    "Dune: Part Two",
    "Fear Street: Part One: 1994",
    "Series 7: The Contenders",
    "Luther : Soleil déchu",
    "Show: Season 2 (Trailer)",
    "Q: Vol. II: One",
    "Title (Episode 3)",
    "(Episode 3)",
    ": : :",
    "A Film",
    "The Hunger Games: Mockingjay: Part 1",
    "Kill Bill: Vol. 2",
    "Mission: Impossible",
    "Film: Chapter 2: The Return",
    "Film: Chapitre 2 : Le Retour",
    "Film: 2. rész",
    "Film: Časť 2",
    "Film: Partea a 2-a",
    "Film: ภาคสอง",
    "The Messenger: The Story of Joan of Arc",
    "Noah's Arc",
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
    assert told(text) == [(series, season, episode, name, False)]


@pytest.mark.parametrize(("text", "series", "episode", "name"), LIMITED)
def test_a_limited_series_has_one_season(text: str, series: str, episode: int, name: str) -> None:
    assert told(text) == [(series, 1, episode, name, True)]


@pytest.mark.parametrize("text", FILMS)
def test_everything_else_is_a_film(text: str) -> None:
    assert told(text) == [(None, None, None, None, False)]


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.name)
def test_every_word_of_a_language_is_read(language: Language) -> None:
    assert language.source
    for season in language.season:
        for episode in language.episode:
            assert told(f"Foo: {season} 2: {episode} 13")[0][:3] == ("Foo", 2, 13)
            assert told(f"Foo: 2. {season}: Bar (13. {episode})")[0][:3] == ("Foo", 2, 13)
    for part in language.part:
        assert told(f"Foo: {part} 2: Bar ({language.episode[0]} 13)")[0][:3] == ("Foo", 2, 13)
        assert told(f"Foo: {part} 2: {part} 13: Bar")[0][:3] == ("Foo", 2, 13)
        assert told(f"Foo: {language.season[0]} 2: {part} 13 : Bar")[0][:3] == ("Foo", 2, 13)
    for limited in language.limited:
        assert told(f"Foo: {limited}: {language.episode[0]} 13")[0][:3] == ("Foo", 1, 13)
    for special in language.special:
        first, second = told(f"Foo: {special}: Bar", f"Foo: {special}: Baz")
        assert first[:3] == second[:3] == ("Foo", None, None)


def numerals(language: Language) -> Iterator[tuple[str, int]]:
    """A language's spelled numbers, with what they are."""
    ones = list(enumerate(language.numbers, 1))
    yield from ((word, number) for number, words in ones for word in words)
    for ten, forms in enumerate(language.tens, 2):
        for form in forms:
            digits = ones[:9] if "#" in form else [(0, ("",))]
            yield from (
                (form.replace("#", word), 10 * ten + one) for one, words in digits for word in words
            )


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.name)
def test_every_spelled_number_is_read_before_and_behind_a_word(language: Language) -> None:
    spelled = list(numerals(language))
    season = language.season[0]
    for form in (f"{season} {{}}", f"{{}} {season}"):
        texts = (f"Foo {at}x: {form.format(word)}: Bar" for at, (word, _) in enumerate(spelled))
        read = dict(zip(spelled, (title[1] for title in told(*texts)), strict=True))
        assert {one: season for one, season in read.items() if season != one[1]} == {}


def test_a_word_that_is_two_numbers_is_so_in_two_languages() -> None:
    known: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for language in LANGUAGES:
        for word, number in numerals(language):
            known[folded(word)][number].add(language.name)
    several = {word: dict(of) for word, of in known.items() if len(of) > 1}
    assert several == {"trece": {13: {"Spanish"}, 3: {"Croatian and Serbian"}}}


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.name)
def test_every_ordinal_of_digits_is_read_before_and_behind_a_word(language: Language) -> None:
    for form in language.nth:
        for number, written in ((2, "2"), (14, "14"), (2, "II"), (4, "IV")):
            ordinal = form.replace("#", written)
            for season in language.season:
                assert told(f"Foo: {season} {ordinal}: Bar")[0][:2] == ("Foo", number)
                assert told(f"Foo: {ordinal} {season}: Bar")[0][:2] == ("Foo", number)


def test_the_words_of_many_languages_are_known() -> None:
    assert len({language.name for language in LANGUAGES}) >= 30
