import pytest

from netflix_pipeline.contracts.contract import ACTIONS, DEVICES, KINDS, PRECISIONS, QUALITIES
from netflix_pipeline.sources import vocabulary
from netflix_pipeline.sources.vocabulary import CODES, country_code


@pytest.mark.parametrize(
    ("text", "device"),
    [
        ("Smart TV", "smart_tv"),
        ("LG 2021 Smart TV", "smart_tv"),
        ("Samsung CE 2020 Nike-L UHD TV Smart TV", "smart_tv"),
        ("Sony Sony Android TV 2019 M4 Smart TV", "smart_tv"),
        ("Panasonic MSD938 2018", "smart_tv"),
        ("Apple TV 4K", "streaming_stick"),
        ("Google Chromecast V3 Streaming Stick", "streaming_stick"),
        ("FireTV Stick 4K", "streaming_stick"),
        ("Amazon Fire TV Stick 2020", "streaming_stick"),
        ("Roku Express", "streaming_stick"),
        ("Sony PS4", "console"),
        ("PlayStation 5", "console"),
        ("Microsoft Xbox One S", "console"),
        ("Nintendo Switch", "console"),
        ("Gaming Console", "console"),
        ("Apple iPhone 12 Pro", "mobile"),
        ("DefaultWidevineL3Phone Android Phone", "mobile"),
        ("Mobile", "mobile"),
        ("Apple iPad Pro 11-in (Wi-Fi) iPad", "tablet"),
        ("Samsung Galaxy Tab S6", "tablet"),
        ("Android DefaultWidevineL1Tablet", "tablet"),
        ("Chrome PC (Cadmium)", "desktop"),
        ("Netflix Windows App - Cadmium Windows Mobile", "mobile"),
        ("Edge OSX (Cadmium)", "desktop"),
        ("Safari MAC (Cadmium)", "desktop"),
        ("Mac", "desktop"),
        ("Firefox", "desktop"),
        ("Laptop", "laptop"),
        ("MacBook Air", "laptop"),
        ("STREAMING_STICK", "streaming_stick"),
        ("Refrigerator", "other"),
    ],
)
def test_devices(text: str, device: str) -> None:
    assert vocabulary.device(text) == device


@pytest.mark.parametrize("device", DEVICES)
def test_our_own_words_for_devices_stay(device: str) -> None:
    assert vocabulary.device(device) == device


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("quality", QUALITIES),
        ("action", ACTIONS),
        ("kind", KINDS),
        ("time_precision", PRECISIONS),
        ("flag", ("true", "false")),
    ],
)
def test_our_own_words_stay(column: str, words: tuple[str, ...]) -> None:
    assert tuple(vocabulary.word(column, word) for word in words) == words


@pytest.mark.parametrize(
    ("column", "text", "word"),
    [
        ("quality", "4K", "UHD"),
        ("quality", "Ultra HD", "UHD"),
        ("quality", "UHD 4K", "UHD"),
        ("quality", "1080p", "HD"),
        ("quality", "good", None),
        ("action", "STOP", "stopped"),
        ("action", "pausing", None),
        ("flag", "0.0", "false"),
        ("flag", "10", None),
        ("flag", "Yes", "true"),
        ("flag", "WAHR", "true"),
        ("flag", "DOĞRU", "true"),
        ("flag", "YANLIŞ", "false"),
        ("flag", "Ложь", "false"),
    ],
)
def test_words(column: str, text: str, word: str | None) -> None:
    assert vocabulary.word(column, text) == word


@pytest.mark.parametrize(
    ("text", "content_type"),
    [
        ("Movie", "film"),
        ("TV Series", "series"),
        ("Limited Series", "limited_series"),
        ("Documentary", "documentary"),
        ("Stand-up Comedy", "stand_up"),
        ("Radio Play", "radio_play"),
    ],
)
def test_content_types(text: str, content_type: str) -> None:
    assert vocabulary.content_type(text) == content_type


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("BR (Brazil)", "BR"),
        ("us", "US"),
        ("USA", "US"),
        ("U.S.A.", "US"),
        ("UK", "GB"),
        ("United Kingdom", "GB"),
        ("south korea", "KR"),
        ("Korea, Republic of", "KR"),
        ("CÔTE D'IVOIRE", "CI"),
        ("Cote d’Ivoire", "CI"),
        ("St. Lucia", "LC"),
        ("Turkey", "TR"),
        ("Türkiye", "TR"),
        ("Trinidad & Tobago", "TT"),
        ("CD (Democratic Republic of Congo (Kinshasa))", "CD"),
        ("XX", None),
        ("Atlantis", None),
        ("", None),
    ],
)
def test_countries(text: str, code: str | None) -> None:
    assert country_code(text) == code


def test_every_country_code_is_there_once() -> None:
    assert len(CODES) == len(set(CODES)) == 249
    assert all(country_code(code) == code for code in CODES)
