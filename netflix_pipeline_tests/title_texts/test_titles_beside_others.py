"""What titles tell beside each other: parts that repeat under one head, and films that do too."""

import time
from functools import cache

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netflix_pipeline.title_texts import plain_title, read_titles
from netflix_pipeline_tests.title_texts.told import FILM, Told, told

FILMS = """
The Hunger Games
The Hunger Games: Catching Fire
The Hunger Games: Mockingjay: Part 1
The Hunger Games: Mockingjay: Part 2
The Lord of the Rings: The Fellowship of the Ring
The Lord of the Rings: The Two Towers
The Lord of the Rings: The Return of the King
Pirates of the Caribbean: The Curse of the Black Pearl
Pirates of the Caribbean: Dead Man's Chest
Pirates of the Caribbean: At World's End
Pirates of the Caribbean: On Stranger Tides
Pirates of the Caribbean: Dead Men Tell No Tales
Star Wars: Episode I: The Phantom Menace
Star Wars: Episode II: Attack of the Clones
Star Wars: Episode III: Revenge of the Sith
Star Wars: Episode IV: A New Hope
Star Wars: Episode V: The Empire Strikes Back
Star Wars: Episode VI - Return of the Jedi
Star Wars: The Force Awakens
Star Wars: The Last Jedi
Star Wars: The Rise of Skywalker
Star Trek
Star Trek: Generations
Star Trek: First Contact
Star Trek: Insurrection
Star Trek: Nemesis
Star Trek: The Motion Picture
Star Trek: Beyond
Star Trek II: The Wrath of Khan
Mission: Impossible
Mission: Impossible 2
Mission: Impossible: Ghost Protocol
Mission: Impossible: Rogue Nation
Mission: Impossible - Fallout
Rocky
Rocky II
Rocky III
Toy Story
Toy Story 2
Toy Story 3
Kill Bill: Vol. 1
Kill Bill: Vol. 2
Dune: Part One
Dune: Part Two
Fear Street: Part One: 1994
Fear Street: Part Two: 1978
Fear Street: Part Three: 1666
John Wick: Chapter 2
John Wick: Chapter 3 - Parabellum
John Wick: Chapter 4
It: Chapter Two
Creed: Corazón de campeón
Creed II: Defendiendo el legado
Horizon: An American Saga: Chapter 1
Horizon: An American Saga: Chapter 2
The Messenger: Joan of Arc: Director's Cut
The Messenger: Joan of Arc: Extended Cut
La doncella: Juana de Arco: El juicio
La doncella: Juana de Arco: La hoguera
Crepúsculo: La saga: Amanecer: Parte 1
Crepúsculo: La saga: Amanecer: Parte 2
Un príncipe de Navidad
Un príncipe de Navidad: La boda real
Un príncipe de Navidad: Bebé real
Las crónicas de Navidad: Parte dos
Luther : Soleil déchu
Les Couleurs du mal : Noir
Les Couleurs du mal : Rouge
Dave Chappelle: Sticks & Stones
Dave Chappelle: Equanimity
Dave Chappelle: The Closer
Ricky Gervais: Humanity
Naruto Shippuden: The Movie: Bonds
Naruto Shippuden: The Movie: Blood Prison
Naruto Shippuden: The Movie: The Lost Tower
극장판 귀멸의 칼날: 무한열차편
300: 제국의 부활
Baba 3: Michael Corleone'nin Ölümü
Season 2 Trailer: Some Show
Black Mirror: Bandersnatch
Downton Abbey: A New Era
2012
Apollo 13
""".strip().splitlines()
"""Films of one series of films, specials of one person, names with colons, numbers and years."""

SERIES = """
Black Mirror: Season 3: San Junipero (Episode 4)
Downton Abbey: Season 1: Episode 1
Star Wars: The Clone Wars: Season 1: Ambush
Star Trek: Discovery: Season 1: Lethe
""".strip().splitlines()

FAMILIES: dict[str, dict[str, Told]] = {
    "parts of a season by their repetition": {
        "Heist: Part 4: The Paris Plan": ("Heist", 4, None, "The Paris Plan", False),
        "Heist: Part 4: TKO": ("Heist", 4, None, "TKO", False),
        "Heist: Part 1: Solo": ("Heist", 1, None, "Solo", False),
        "Heist: Korea: Episode 1": ("Heist: Korea", None, 1, "Episode 1", False),
    },
    "chapters that count over parts": {
        "Witch: Part 2: Chapter Twelve: A": ("Witch", 2, 12, "Chapter Twelve: A", False),
        "Witch: Part 2: Chapter Thirteen: B": ("Witch", 2, 13, "Chapter Thirteen: B", False),
        "Witch: Part 3: Chapter Twenty-One: C": ("Witch", 3, 21, "Chapter Twenty-One: C", False),
    },
    "chapters and nothing else": {
        f"Monster: CHAPTER {number}": ("Monster", None, number, f"CHAPTER {number}", False)
        for number in (1, 2, 9, 10, 42)
    },
    "a first season without a name": {
        "Odd Town: Chapter One: A": ("Odd Town", 1, 1, "Chapter One: A", False),
        "Odd Town: Chapter Two: B": ("Odd Town", 1, 2, "Chapter Two: B", False),
        "Odd Town: Odd Town 2: Chapter One: C": ("Odd Town", 2, 1, "Chapter One: C", False),
    },
    "chapters of a series without seasons": {
        "Town: Chapter One: A": ("Town", None, 1, "Chapter One: A", False),
        "Town: Chapter Two: B": ("Town", None, 2, "Chapter Two: B", False),
        "Town: Chapter Three: C": ("Town", None, 3, "Chapter Three: C", False),
        "Town: Chapter Four: D": ("Town", None, 4, "Chapter Four: D", False),
    },
    "numbers of episodes behind names": {
        "Z: Pilot: Episode 1": ("Z", None, 1, "Pilot: Episode 1", False),
        "Z: Storm: Episode 2": ("Z", None, 2, "Storm: Episode 2", False),
    },
    "parts of episodes are no episodes": {
        "C: 1. Sezon: Pilot: 1. Bölüm": ("C", 1, None, "Pilot: 1. Bölüm", False),
        "C: 1. Sezon: Pilot: 2. Bölüm": ("C", 1, None, "Pilot: 2. Bölüm", False),
        "C: 1. Sezon: Ev: 1. Bölüm": ("C", 1, None, "Ev: 1. Bölüm", False),
        "C: 1. Sezon: Ev: 2. Bölüm": ("C", 1, None, "Ev: 2. Bölüm", False),
    },
    "parts of a season are no episodes": {
        "M: Temporada 2: Parte 1: A": ("M", 2, None, "Parte 1: A", False),
        "M: Temporada 2: Parte 1: B": ("M", 2, None, "Parte 1: B", False),
        "M: Temporada 1: C": ("M", 1, None, "C", False),
    },
    "parts of a season count on": {
        "H: Season 2 Part A: Oslo (Episode 1)": ("H", 2, 1, "Oslo", False),
        "H: Season 2 Part A: Bergen (Episode 2)": ("H", 2, 2, "Bergen", False),
        "H: Season 2 Part B: Rome (Episode 1)": ("H", 2, 3, "Rome", False),
        "H: Season 2 Part C: Nice (Episode 4)": ("H", 2, 7, "Nice", False),
    },
    "parts of a season before names count on too": {
        "H: Season 2: Part A: Oslo (Episode 1)": ("H", 2, 1, "Part A: Oslo", False),
        "H: Season 2: Part A: Bergen (Episode 2)": ("H", 2, 2, "Part A: Bergen", False),
        "H: Season 2: Part B: Rome (Episode 1)": ("H", 2, 3, "Part B: Rome", False),
    },
    "chapters are names, whatever other names there are": {
        "D: Staffel 1: Kapitel 1: Oslo (Folge 1)": ("D", 1, 1, "Kapitel 1: Oslo", False),
        "D: Staffel 1: Kapitel 2: Rom (Folge 2)": ("D", 1, 2, "Kapitel 2: Rom", False),
        "D: Season 1: Rome (Episode 2)": ("D", 1, 2, "Rome", False),
    },
    "numbers before names, from four on": {
        "Quiz: Folge 1: Oslo": ("Quiz", None, 1, "Folge 1: Oslo", False),
        "Quiz: Folge 2: Rom": ("Quiz", None, 2, "Folge 2: Rom", False),
        "Quiz: Folge 3 - Nizza": ("Quiz", None, 3, "Folge 3 - Nizza", False),
        "Quiz: Folge 14: Genf": ("Quiz", None, 14, "Folge 14: Genf", False),
    },
    "seasons with names": {
        "SAIL ON: North Sea: The Storm (Episode 51)": ("SAIL ON", None, 51, "The Storm", False),
        "SAIL ON: North Sea: The Calm (Episode 52)": ("SAIL ON", None, 52, "The Calm", False),
        "SAIL ON: Harbour: The Start (Episode 1)": ("SAIL ON", None, 1, "The Start", False),
    },
    "arcs without numbers": {
        "귀멸의 칼날: 입지편: 멧돼지": ("귀멸의 칼날", None, None, "멧돼지", False),
        "귀멸의 칼날: 입지편: 히노카미": ("귀멸의 칼날", None, None, "히노카미", False),
        "鬼滅の刃: 柱稽古編: 旅立ち": ("鬼滅の刃", None, None, "旅立ち", False),
        "鬼滅の刃: 柱稽古編: 旅": ("鬼滅の刃", None, None, "旅", False),
    },
    "arcs by their last word": {
        "Ninja: Swordsmith Village Arc: A": ("Ninja", None, None, "A", False),
        "Ninja: Swordsmith Village Arc: B": ("Ninja", None, None, "B", False),
    },
    "a last season without a number": {
        "Titan: The Final Season: A": ("Titan", None, None, "A", False),
        "Titan: The Final Season: B": ("Titan", None, None, "B", False),
        "Titán: Temporada final: A": ("Titan", None, None, "A", False),
        "Bat: The Animated Series: A": ("Bat: The Animated Series", None, None, "A", False),
        "Bat: The Animated Series: B": ("Bat: The Animated Series", None, None, "B", False),
        "Bat: The Animated Series: C": ("Bat: The Animated Series", None, None, "C", False),
    },
    "years as seasons": {
        "Brothers: 2021: 2021-10-23": ("Brothers", 2021, None, "2021-10-23", False),
        "Brothers: 2021: 2021-01-02": ("Brothers", 2021, None, "2021-01-02", False),
    },
    "a series' name with a colon, and an episode's": {
        "Trek: Disco: Lethe (Episode 6)": ("Trek: Disco", None, 6, "Lethe", False),
        "Trek: Disco: Vulcan (Episode 1)": ("Trek: Disco", None, 1, "Vulcan", False),
        "Other: Long Day: Part 1 (Episode 1)": ("Other", None, 1, "Long Day: Part 1", False),
        "Other: Long Day: Part 2 (Episode 2)": ("Other", None, 2, "Long Day: Part 2", False),
        "Other: Home (Episode 3)": ("Other", None, 3, "Home", False),
    },
    "names alone, from six on": {
        f"Harry : Le Trou: {name}": ("Harry : Le Trou", None, None, name, False)
        for name in ("Cinq", "Le piano", "Les voix", "36 secondes", "La femme", "La fin")
    },
    "names alone beside seasons, from three on": {
        "Gamble: Gamble xx: A": ("Gamble", None, None, "A", False),
        "Gamble: B": ("Gamble", None, None, "B", False),
        "Gamble: C": ("Gamble", None, None, "C", False),
        "Gamble: D": ("Gamble", None, None, "D", False),
    },
    "two parts that repeat": {
        "Jojo: Stone Ocean: A": ("Jojo: Stone Ocean", None, None, "A", False),
        "Jojo: Stone Ocean: B": ("Jojo: Stone Ocean", None, None, "B", False),
        "Jojo: Stone Ocean: C": ("Jojo: Stone Ocean", None, None, "C", False),
    },
    "specials": {
        "Show: Season 2: One (Episode 1)": ("Show", 2, 1, "One", False),
        "Show: Specials: Two (Episode 1)": ("Show", None, 1, "Two", False),
        "Show: Special: Three": ("Show", None, None, "Three", False),
    },
    "one name in two ways": {
        "BEEF: Season 1: A": ("BEEF", 1, None, "A", False),
        "BEEF: Season 1: B": ("BEEF", 1, None, "B", False),
        "Beef: Season 2: C": ("BEEF", 2, None, "C", False),
    },
    "a limited series that went on": {
        "Show: Limited Series: A": ("Show", 1, None, "A", False),
        "Show: Season 2: B": ("Show", 2, None, "B", False),
    },
}
EVERYTHING = [*FILMS, *SERIES, *(text for family in FAMILIES.values() for text in family)]


@cache
def together() -> dict[str, Told]:
    """What each of all titles tells beside the others."""
    return dict(zip(EVERYTHING, told(*EVERYTHING), strict=True))


@pytest.mark.parametrize("family", FAMILIES.values(), ids=list(FAMILIES))
def test_what_repeats_under_one_head_is_a_series(family: dict[str, Told]) -> None:
    assert dict(zip(family, told(*family), strict=True)) == family


def test_films_stay_films_whatever_stands_beside_them() -> None:
    for beside in ([], SERIES, EVERYTHING):
        read = told(*FILMS, *beside)[: len(FILMS)]
        assert {text: one for text, one in zip(FILMS, read, strict=True) if one != FILM} == {}


def test_families_change_nothing_of_each_other() -> None:
    everything = together()
    for family in FAMILIES.values():
        assert {text: everything[text] for text in family} == family


@given(st.permutations(EVERYTHING), st.lists(st.sampled_from(EVERYTHING), max_size=20))
def test_neither_order_nor_repetition_matters(texts: list[str], again: list[str]) -> None:
    known = together()
    read = told(*texts, *again)
    assert read == [known[plain] for plain in [*texts, *again]]


@cache
def alone_is(text: str) -> Told:
    """What a title tells that stands beside no other."""
    return told(text)[0]


@given(st.lists(st.sampled_from(EVERYTHING), unique=True))
def test_of_a_part_of_the_titles_films_are_films_and_marks_tell_the_same(texts: list[str]) -> None:
    for text, (series, season, *_) in zip(texts, told(*texts), strict=True):
        alone = alone_is(text)
        if text in FILMS:
            assert series is None
        elif alone[0] is not None and alone[1] is not None:
            assert series is not None
            assert (series.casefold(), season) == (alone[0].casefold(), alone[1])


names = st.text(
    st.characters(categories=("L", "N", "P", "S", "Zs", "Cf", "Mn")), min_size=1, max_size=12
)


@given(st.lists(st.lists(names, min_size=1, max_size=4).map(": ".join)))
def test_any_text_is_read(texts: list[str]) -> None:
    read = told(*texts)
    assert len(read) == len(texts)
    for text, (series, season, episode, name, _) in zip(texts, read, strict=True):
        if series is None:
            assert (season, episode, name) == (None, None, None)
        else:
            assert series
            assert ":" in plain_title(text)


words = st.sampled_from(["Night", "River", "Stone", "Winter", "Garden", "Queen", "Letter"])


@given(
    st.lists(
        st.tuples(st.lists(words, min_size=1, max_size=3).map(" ".join), st.integers(1, 40)),
        unique_by=lambda film: film[0],
    ),
    st.sampled_from(
        ["{}: {}", "{} {}", "{}: Part {}", "{}: Volume {}", "{} ({})", "{}: {} Nights"]
    ),
)
def test_one_film_a_name_is_never_a_series(films: list[tuple[str, int]], form: str) -> None:
    assert set(told(*(form.format(name, number) for name, number in films))) <= {FILM}


def test_nothing_and_missing_titles_are_read_too() -> None:
    assert told() == []
    assert told("") == [FILM]
    assert read_titles(pl.Series([None, "A: Season 1: B"])).rows() == [
        (None, None, None, None, None),
        ("A", 1, None, "B", False),
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "Foo: Episode " + "no" * 20 + "!",
        "Foo: Season " + "." * 45 + "!",
        "Foo: " + "1" * 50,
        "a" + "-" * 100_000 + "b",
        "a" + "(" * 100_000,
        "a" + ": " * 100_000,
        "a : " * 50_000,
        "HIDDEN TITLE(" * 10_000,
        "Foo: " + "x" * 1_000_000 + ": Episode 2",
    ],
    ids=range(9),
)
def test_no_text_takes_long(text: str) -> None:
    begun = time.process_time()
    told(*(f"{text}{number}" for number in range(3)))
    assert time.process_time() - begun < 20


@pytest.mark.slow
def test_the_time_grows_with_the_number_of_titles() -> None:
    def seconds(count: int) -> float:
        texts = [
            form.format(number // 50, number % 7, number)
            for number in range(count // 5)
            for form in (
                "Show {0}x: Season {1}: Name {2} (Episode {1})",
                "Show {0}x: Name {2}",
                "One Head: Name {2}",
                "One Head: Arc: Part {1}: Name {2}",
                "Film number {2}",
            )
        ]
        begun = time.process_time()
        told(*texts)
        return time.process_time() - begun

    seconds(1_000)
    assert seconds(20_000) < 40 * max(seconds(2_000), 0.02)
