"""The words with which Netflix names seasons, parts and episodes, by language.

Each language names its sources: public exports, or code that reads or writes such titles, as
`owner/repository path`. `jellyfin X` is `jellyfin/jellyfin
Emby.Server.Implementations/Localization/Core/X.json` (NameSeasonNumber, ChapterNameValue,
HeaderFavoriteEpisodes, ValueSpecialEpisodeName). Numerals are the language's own, from one on;
several words for one number are joined by a slash; `tens` from twenty on go with the first nine.
(A long module because it is a table.)
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """A language's words, each without accents or as it is written.

    `season` words always number a season; `part` words also parts of films and books; `episode`
    words an episode. `limited` names the one season of a limited series, `special` what stands
    beside the seasons. `arc` ends the name of a season that has no number. `film` tells a film.
    """

    name: str
    source: str
    season: tuple[str, ...] = ()
    part: tuple[str, ...] = ()
    episode: tuple[str, ...] = ()
    limited: tuple[str, ...] = ()
    special: tuple[str, ...] = ()
    arc: tuple[str, ...] = ()
    film: tuple[str, ...] = ()
    tens: tuple[str, ...] = ()
    numbers: tuple[tuple[str, ...], ...] = ()


def _split(words: str) -> tuple[str, ...]:
    """Words apart; an underscore stands for a blank within one."""
    return tuple(word.replace("_", " ") for word in words.split())


def _language(name: str, source: str, numbers: str = "", **words: str) -> Language:
    spelled = tuple(tuple(each.split("/")) for each in numbers.split())
    return Language(
        name,
        source,
        numbers=spelled,
        **{field: _split(spelling) for field, spelling in words.items()},
    )


LANGUAGES = (
    _language(
        "English",
        "miosga2309/netflix_activity NetflixViewingHistory.csv; "
        "JakubDz2208/netflix-history-statistic NetflixViewingHistory.csv",
        "one/first two/second three/third four/fourth five/fifth six/sixth seven/seventh "
        "eight/eighth nine/ninth ten/tenth eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen",
        tens="twenty thirty forty fifty sixty seventy eighty ninety",
        season="season series",
        part="part volume vol book chapter collection act phase cycle year pt",
        episode="episode ep eps",
        limited="limited_series miniseries mini_series mini-series limited_docuseries",
        special="special specials bonus extras",
        arc="arc saga",
        film="movie film",
    ),
    _language(
        "Spanish",
        "Carlos-ZRM/pilares-netflix NetflixViewingHistory.csv; "
        "cosmoduende/r-netflix-data-analysis NetflixViewingHistory.csv",
        "uno/una/primera/primer/primero dos/segunda/segundo tres/tercera/tercer cuatro/cuarta "
        "cinco/quinta seis/sexta siete/septima ocho/octava nueve/novena diez/decima",
        season="temporada",
        part="parte volumen vol libro capitulo coleccion tomo",
        episode="episodio ep",
        limited="miniserie serie_limitada mini_serie",
        special="especial especiales",
        arc="arco saga",
        film="pelicula",
    ),
    _language(
        "Portuguese",
        "jellyfin pt-BR; LuanHii/Netflix-Analise-De-Dados-Pessoais ViewingActivity.csv",
        "um/uma/primeira/primeiro dois/duas/segunda/segundo tres/terceira quatro/quarta "
        "cinco/quinta seis/sexta sete/setima oito/oitava nove/nona dez/decima",
        season="temporada",
        part="parte volume livro capitulo colecao",
        episode="episodio",
        limited="minissérie minisserie série_limitada",
        special="especial especiais",
        arc="arco saga",
        film="filme",
    ),
    _language(
        "French",
        "maximilienleleuae-sudo/choix-film NetflixViewingHistory.csv",
        "un/une/premiere/premier deux/deuxieme trois/troisieme quatre/quatrieme cinq/cinquieme "
        "six/sixieme sept/septieme huit/huitieme neuf/neuvieme dix/dixieme",
        season="saison",
        part="partie volume livre chapitre collection tome acte",
        episode="episode ep",
        limited="mini-série mini-serie minisérie série_limitée",
        special="special speciaux hors-serie",
        arc="arc saga",
        film="film",
    ),
    _language(
        "German",
        "yagrima/media-feed EPISODE_TRACKING_IMPLEMENTATION.md; GioPan04/delfin "
        "locales/de/media-details.ftl; elpatron68/perlentaucher RELEASE_NOTES_v0.1.9.md",
        "eins/erste/erster zwei/zweite/zweiter drei/dritte vier/vierte funf/funfte sechs/sechste "
        "sieben/siebte acht/achte neun/neunte zehn/zehnte",
        season="staffel",
        part="teil band volume buch kapitel sammlung",
        episode="folge episode",
        limited="miniserie mini-serie begrenzte_serie limitierte_serie",
        special="special specials",
        arc="saga",
        film="film",
    ),
    _language(
        "Italian",
        "jellyfin it; `Lupin: Parte 3: Capitolo 2`, `Stagione 1: Episodio 3 - …` in public tests "
        "of importers",
        "uno/una/prima/primo due/seconda/secondo tre/terza quattro/quarta cinque/quinta sei/sesta "
        "sette/settima otto/ottava nove/nona dieci/decima",
        season="stagione",
        part="parte volume libro capitolo collezione",
        episode="episodio puntata",
        limited="miniserie serie_limitata mini_serie",
        special="speciale speciali",
        arc="saga arco",
        film="film",
    ),
    _language(
        "Dutch",
        "jellyfin nl; FabioHoeben/Eindopdracht ViewingActivity.csv",
        "een/eerste twee/tweede drie/derde vier/vierde vijf/vijfde zes/zesde zeven/zevende "
        "acht/achtste negen/negende tien/tiende",
        season="seizoen",
        part="deel volume boek hoofdstuk collectie",
        episode="aflevering",
        limited="miniserie beperkte_serie",
        special="special specials",
        film="film",
    ),
    _language(
        "Polish",
        "jellyfin pl; GioPan04/delfin locales/pl/media-details.ftl",
        "jeden/pierwszy/pierwsza dwa/drugi/druga trzy/trzeci/trzecia cztery/czwarty piec/piaty "
        "szesc/szosty siedem/siodmy osiem/osmy dziewiec dziesiec",
        season="sezon seria",
        part="czesc tom ksiega rozdzial kolekcja",
        episode="odcinek",
        limited="miniserial serial_limitowany",
        special="odcinek_specjalny specjalne",
        film="film",
    ),
    _language(
        "Turkish",
        "muratdari/cs210project NetflixViewingHistory.csv; nawamesta/NawaMovie "
        "lang/tr/utilities.php",
        "bir/birinci iki/ikinci uc/ucuncu dort/dorduncu bes/besinci alti yedi sekiz dokuz on",
        season="sezon",
        part="kısım cilt kitap fasıl koleksiyon",
        episode="bölüm",
        limited="mini_dizi sınırlı_dizi",
        special="özel dizi",
        film="film",
    ),
    _language(
        "Swedish",
        "jellyfin sv",
        "ett/en/forsta tva/andra tre/tredje fyra/fjarde fem/femte sex sju atta nio tio",
        season="säsong",
        part="del volym bok kapitel samling",
        episode="avsnitt",
        limited="miniserie begränsad_serie",
        special="specialavsnitt",
    ),
    _language(
        "Danish",
        "jellyfin da",
        "et/en/forste to/anden tre/tredje fire/fjerde fem/femte seks syv otte ni ti",
        season="sæson",
        part="del bind bog kapitel samling",
        episode="afsnit episode",
        limited="miniserie begrænset_serie",
    ),
    _language(
        "Norwegian",
        "jellyfin nb",
        "en/forste to/andre tre/tredje fire/fjerde fem/femte seks sju atte ni ti",
        season="sesong",
        part="del bind bok kapittel samling",
        episode="episode",
        limited="miniserie begrenset_serie",
    ),
    _language(
        "Finnish",
        "jellyfin fi",
        "yksi kaksi kolme nelja viisi kuusi seitseman kahdeksan yhdeksan kymmenen",
        season="kausi tuotantokausi",
        part="osa kirja luku kokoelma",
        episode="jakso",
        limited="minisarja",
        special="erikoisjakso erikoisjaksot",
    ),
    _language(
        "Czech",
        "jellyfin cs",
        "jedna/prvni dva/druha/dve tri/treti ctyri/ctvrta pet/pata sest sedm osm devet deset",
        season="sezóna série řada",
        part="část kniha kapitola svazek kolekce",
        episode="epizoda díl",
        limited="minisérie",
        special="speciál speciály",
    ),
    _language(
        "Slovak",
        "jellyfin sk",
        season="séria sezóna",
        part="časť kniha kapitola zväzok kolekcia",
        episode="epizóda diel časť",
        limited="minisérie miniséria",
    ),
    _language(
        "Hungarian",
        "jellyfin hu",
        "egy/elso ketto/masodik harom/harmadik negy/negyedik ot/otodik hat het nyolc kilenc tiz",
        season="évad sorozat",
        part="kötet könyv fejezet gyűjtemény",
        episode="epizód rész",
        limited="minisorozat",
        special="különkiadás",
        film="film",
    ),
    _language(
        "Romanian",
        "jellyfin ro",
        "unu/una/prima doi/doua trei patru cinci sase sapte opt noua zece",
        season="sezonul",
        part="partea volumul cartea capitolul colecția",
        episode="episodul",
        limited="miniserie",
        special="special",
        film="filmul",
    ),
    _language(
        "Catalan",
        "jellyfin ca",
        season="temporada",
        part="part volum llibre capítol",
        episode="episodi",
        limited="minisèrie",
    ),
    _language(
        "Bulgarian",
        "jellyfin bg-BG",
        season="сезон",
        part="част том книга глава",
        episode="епизод",
        limited="минисериал",
    ),
    _language(
        "Lithuanian",
        "jellyfin lt-LT",
        season="sezonas",
        part="dalis tomas knyga",
        episode="epizodas serija",
    ),
    _language(
        "Croatian and Serbian",
        "jellyfin hr, sr",
        "jedan/jedna/prva dva/druga tri/treca cetiri pet sest sedam osam devet deset",
        season="sezona",
        part="dio deo knjiga poglavlje svezak",
        episode="epizoda nastavak",
        limited="miniserija mini_serija",
        special="specijal",
        film="film",
    ),
    _language(
        "Estonian",
        "jellyfin et; KatariinaIngerma/Netflix ViewingActivity.csv",
        season="hooaeg",
        part="osa raamat peatükk",
        episode="episood jagu",
        limited="minisari minisarjad",
    ),
    _language(
        "Greek",
        "jellyfin el",
        "ένα/πρώτο δύο/δεύτερο τρία/τρίτο τέσσερα πέντε έξι επτά οκτώ εννέα δέκα",
        season="σεζόν κύκλος",
        part="μέρος τόμος βιβλίο κεφάλαιο συλλογή",
        episode="επεισόδιο",
        limited="μίνι_σειρά",
        special="σπέσιαλ",
        film="ταινία",
    ),
    _language(
        "Russian",
        "jellyfin ru",
        "один/первый/первая два/второй/вторая три/третий/третья четыре пять шесть семь восемь "
        "девять десять",
        season="сезон",
        part="часть том книга глава коллекция",
        episode="серия эпизод выпуск",
        limited="мини-сериал минисериал",
        special="спецвыпуск спецвыпуски",
        film="фильм",
    ),
    _language(
        "Ukrainian",
        "jellyfin uk",
        "один/перший/перша два/другий/друга три/третій/третя чотири п'ять шість сім вісім "
        "дев'ять десять",
        season="сезон",
        part="частина том книга розділ колекція",
        episode="серія епізод випуск",
        limited="мінісеріал міні-серіал",
        special="спецепізод спецвипуск",
        film="фільм",
    ),
    _language(
        "Hebrew",
        "jellyfin he",
        "אחת/ראשונה שתיים/שנייה שלוש/שלישית ארבע/רביעית חמש/חמישית שש שבע שמונה תשע עשר",
        season="עונה",
        part="חלק כרך ספר אוסף",
        episode="פרק",
        limited="מיני-סדרה מיני_סדרה סדרה_מוגבלת",
        special="מיוחד ספיישל",
        film="הסרט",
    ),
    _language(
        "Arabic",
        "jellyfin ar",
        "واحد/الأول/الأولى اثنان/الثاني/الثانية ثلاثة/الثالث/الثالثة أربعة/الرابع/الرابعة "
        "خمسة/الخامس/الخامسة ستة/السادس/السادسة سبعة/السابع/السابعة ثمانية/الثامن/الثامنة "
        "تسعة/التاسع/التاسعة عشرة/العاشر/العاشرة",
        season="الموسم موسم",
        part="الجزء جزء المجلد الكتاب الفصل المجموعة",
        episode="الحلقة حلقة",
        limited="مسلسل_قصير مسلسل_محدود",
        special="خاصة",
        film="الفيلم",
    ),
    _language(
        "Hindi",
        "jhassan8/crunchyroll-tizen server/js/core/languages.js (hi)",
        season="सीज़न सीजन",
        part="भाग पार्ट अध्याय",
        episode="एपिसोड",
        limited="लिमिटेड_सीरीज़ मिनी_सीरीज़",
    ),
    _language(
        "Thai",
        "jellyfin th",
        season="ซีซั่น ซีซัน ฤดูกาล ซีซั่นที่ ซีซันที่",
        part="ภาค พาร์ท บท ภาคที่",
        episode="ตอน ตอนที่",
        limited="ลิมิเต็ดซีรีส์ มินิซีรีส์",
        special="ตอนพิเศษ",
    ),
    _language(
        "Vietnamese",
        "jellyfin vi",
        season="mùa",
        part="phần quyển chương tập_phim",
        episode="tập",
        limited="loạt_phim_giới_hạn phim_bộ_ngắn",
        special="đặc_biệt",
    ),
    _language(
        "Indonesian and Malay",
        "jellyfin id, ms",
        "satu dua tiga empat lima enam tujuh delapan sembilan sepuluh",
        season="musim",
        part="bagian bahagian buku bab jilid koleksi",
        episode="episode episod",
        limited="serial_terbatas miniseri siri_terhad",
    ),
    _language(
        "Korean",
        "RYUJINSIK/nagazima data/NetflixViewingHistory.csv",
        season="시즌 기",
        part="파트 부 권 챕터 막 컬렉션",
        episode="화 회 에피소드",
        limited="리미티드_시리즈 미니시리즈",
        special="스페셜 특별편",
        arc="편",
        film="극장판",
    ),
    _language(
        "Japanese",
        "jellyfin ja; `シーズン1: 第1話`, `第2期` in public tests of importers",
        season="シーズン 期 シリーズ",
        part="パート 部 章 巻 チャプター コレクション",
        episode="話 エピソード 回",
        limited="リミテッドシリーズ リミテッド・シリーズ ミニシリーズ",
        special="スペシャル 特別編",
        arc="編 篇",
        film="劇場版",
    ),
    _language(
        "Chinese",
        "`第 1 季: 第 5 集` in a public importer of exports; jellyfin zh-CN, zh-TW",
        season="季",
        part="部 部分 卷 章 輯 辑 篇",
        episode="集 回 话 話",
        limited="迷你剧 迷你劇 限定剧 限定劇 迷你剧集 迷你劇集",
        special="特别篇 特別篇 特辑",
        arc="篇",
        film="剧场版 劇場版 电影版 電影版",
    ),
)
