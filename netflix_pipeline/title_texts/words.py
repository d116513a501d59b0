"""The words with which Netflix names seasons, parts and episodes, by language.

Each language names its sources: public exports, or code that reads or writes such titles, as
`owner/repository path`. `jellyfin X` is `jellyfin/jellyfin
Emby.Server.Implementations/Localization/Core/X.json` (NameSeasonNumber, ChapterNameValue,
HeaderFavoriteEpisodes, ValueSpecialEpisodeName). Numerals are the language's own, from one on, as
`num2words` of PyPI spells them, or a grammar where it does not; several words for one number are
joined by a slash. `tens`, from twenty on, stand alone or, where they have a `#`, with one of the
first nine in its place. `nth` is how an ordinal is written around the digits or the roman number
for which `#` stands, as `num2words` or `unicode-org/cldr common/rbnf/X.xml` write it.
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
    nth: tuple[str, ...] = ()
    tens: tuple[tuple[str, ...], ...] = ()
    numbers: tuple[tuple[str, ...], ...] = ()


def _split(words: str) -> tuple[str, ...]:
    """Words apart; an underscore stands for a blank within one."""
    return tuple(word.replace("_", " ") for word in words.split())


def _spelled(numbers: str) -> tuple[tuple[str, ...], ...]:
    """The words of each number."""
    return tuple(tuple(each.split("/")) for each in _split(numbers))


def _language(name: str, source: str, numbers: str = "", tens: str = "", **words: str) -> Language:
    return Language(
        name,
        source,
        numbers=_spelled(numbers),
        tens=_spelled(tens),
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
        tens=(
            "twenty/twenty-#/twenty_# thirty/thirty-#/thirty_# forty/forty-#/forty_# "
            "fifty/fifty-#/fifty_# sixty/sixty-#/sixty_# seventy/seventy-#/seventy_# "
            "eighty/eighty-#/eighty_# ninety/ninety-#/ninety_#"
        ),
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
        "uno/primero/primera/un/primer dos/segundo/segunda tres/tercero/tercera/tercer "
        "cuatro/cuarto/cuarta cinco/quinto/quinta seis/sexto/sexta siete/septimo/septima "
        "ocho/octavo/octava nueve/noveno/novena diez/decimo/decima once doce trece catorce "
        "quince dieciseis diecisiete dieciocho diecinueve",
        tens="veinte/veinti# treinta/treinta_y_# cuarenta/cuarenta_y_#",
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
        "um/uma/primeiro/primeira dois/duas/segundo/segunda tres/terceiro/terceira "
        "quatro/quarto/quarta cinco/quinto/quinta seis/sexto/sexta sete/setimo/setima "
        "oito/oitavo/oitava nove/nono/nona dez/decimo/decima onze doze treze catorze quinze "
        "dezesseis/dezasseis dezessete/dezassete dezoito dezenove/dezanove",
        tens="vinte/vinte_e_# trinta/trinta_e_# quarenta/quarenta_e_#",
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
        "un/premier/une/premiere deux/deuxieme/seconde/second trois/troisieme quatre/quatrieme "
        "cinq/cinquieme six/sixieme sept/septieme huit/huitieme neuf/neuvieme dix/dixieme "
        "onze/onzieme douze/douzieme treize/treizieme quatorze/quatorzieme quinze/quinzieme "
        "seize/seizieme dix-sept/dix-septieme dix-huit/dix-huitieme dix-neuf/dix-neuvieme",
        tens=(
            "vingt/vingt_et_#/vingt-# trente/trente_et_#/trente-# quarante/quarante_et_#/quarante-#"
        ),
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
        "eins/ein/erste/erster/erstes zwei/zweite/zweiter/zweites drei/dritte/dritter/drittes "
        "vier/vierte/vierter/viertes funf/funfte/funfter/funftes sechs/sechste/sechster/sechstes "
        "sieben/siebte/siebter/siebtes acht/achte/achter/achtes neun/neunte/neunter/neuntes "
        "zehn/zehnte/zehnter/zehntes elf/elfte/elfter/elftes zwolf/zwolfte/zwolfter/zwolftes "
        "dreizehn/dreizehnte/dreizehnter/dreizehntes vierzehn/vierzehnte/vierzehnter/vierzehntes "
        "funfzehn/funfzehnte/funfzehnter/funfzehntes sechzehn/sechzehnte/sechzehnter/sechzehntes "
        "siebzehn/siebzehnte/siebzehnter/siebzehntes achtzehn/achtzehnte/achtzehnter/achtzehntes "
        "neunzehn/neunzehnte/neunzehnter/neunzehntes",
        tens="zwanzig/#undzwanzig dreissig/#unddreissig vierzig/#undvierzig",
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
        "uno/un/primo/prima due/secondo/seconda tre/terzo/terza quattro/quarto/quarta "
        "cinque/quinto/quinta sei/sesto/sesta sette/settimo/settima otto/ottavo/ottava "
        "nove/nono/nona dieci/decimo/decima undici dodici tredici quattordici quindici sedici "
        "diciassette diciotto diciannove",
        tens="venti/venti#/vent# trenta/trenta#/trent# quaranta/quaranta#/quarant#",
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
        "acht/achtste negen/negende tien/tiende elf/elfde twaalf/twaalfde dertien/dertiende "
        "veertien/veertiende vijftien/vijftiende zestien/zestiende zeventien/zeventiende "
        "achttien/achttiende negentien/negentiende",
        tens="twintig/#entwintig dertig/#endertig veertig/#enveertig",
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
        "jeden/pierwszy/pierwsza dwa/drugi/druga trzy/trzeci/trzecia cztery/czwarty/czwarta "
        "piec/piaty/piata szesc/szosty/szosta siedem/siodmy/siodma osiem/osmy/osma "
        "dziewiec/dziewiaty/dziewiata dziesiec/dziesiaty/dziesiata "
        "jedenascie/jedenasty/jedenasta dwanascie/dwunasty/dwunasta "
        "trzynascie/trzynasty/trzynasta czternascie/czternasty/czternasta "
        "pietnascie/pietnasty/pietnasta szesnascie/szesnasty/szesnasta "
        "siedemnascie/siedemnasty/siedemnasta osiemnascie/osiemnasty/osiemnasta "
        "dziewietnascie/dziewietnasty/dziewietnasta",
        tens=(
            "dwadziescia/dwudziesty/dwudziesta/dwadziescia_#/dwudziesty_#/dwudziesta_# "
            "trzydziesci/trzydziesty/trzydziesta/trzydziesci_#/trzydziesty_#/trzydziesta_#"
        ),
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
        "bir/birinci iki/ikinci uc/ucuncu dort/dorduncu bes/besinci alti/altinci yedi/yedinci "
        "sekiz/sekizinci dokuz/dokuzuncu on/onuncu on_bir/on_birinci/onbir/onbirinci "
        "on_iki/on_ikinci/oniki/onikinci on_uc/on_ucuncu/onuc/onucuncu "
        "on_dort/on_dorduncu/ondort/ondorduncu on_bes/on_besinci/onbes/onbesinci "
        "on_alti/on_altinci/onalti/onaltinci on_yedi/on_yedinci/onyedi/onyedinci "
        "on_sekiz/on_sekizinci/onsekiz/onsekizinci on_dokuz/on_dokuzuncu/ondokuz/ondokuzuncu",
        tens="yirmi/yirminci/yirmi_#/yirmi# otuz/otuzuncu/otuz_#/otuz#",
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
        "ett/en/forsta tva/andra tre/tredje fyra/fjarde fem/femte sex/sjatte sju/sjunde "
        "atta/attonde nio/nionde tio/tionde elva/elfte tolv/tolfte tretton/trettonde "
        "fjorton/fjortonde femton/femtonde sexton/sextonde sjutton/sjuttonde arton/artonde "
        "nitton/nittonde",
        tens="tjugo/tjugo# trettio/trettio# fyrtio/fyrtio#",
        season="säsong",
        part="del volym bok kapitel samling",
        episode="avsnitt",
        limited="miniserie begränsad_serie",
        special="specialavsnitt",
    ),
    _language(
        "Danish",
        "jellyfin da",
        "et/en/forste to/anden/andet tre/tredje fire/fjerde fem/femte seks/sjette syv/syvende "
        "otte/ottende ni/niende ti/tiende elleve/ellevte tolv/tolvte tretten/trettende "
        "fjorten/fjortende femten/femtende seksten/sekstende sytten/syttende atten "
        "nitten/nittende",
        tens="tyve/#ogtyve tredive/#ogtredive fyrre/#ogfyrre",
        season="sæson",
        part="del bind bog kapitel samling",
        episode="afsnit episode",
        limited="miniserie begrænset_serie",
    ),
    _language(
        "Norwegian",
        "jellyfin nb",
        "en/ett/et/forste to/andre/annen tre/tredje fire/fjerde fem/femte seks/sjette "
        "sju/syv/sjuende/syvende atte/attende ni/niende ti/tiende elleve/ellevte tolv/tolvte "
        "tretten/trettende fjorten/fjortende femten/femtende seksten/sekstende sytten/syttende "
        "atten nitten/nittende",
        tens="tjue/tjue# tretti/tretti# forti/forti#",
        season="sesong",
        part="del bind bok kapittel samling",
        episode="episode",
        limited="miniserie begrenset_serie",
    ),
    _language(
        "Finnish",
        "jellyfin fi",
        "yksi/ensimmainen kaksi/toinen kolme/kolmas nelja/neljas viisi/viides kuusi/kuudes "
        "seitseman/seitsemas kahdeksan/kahdeksas yhdeksan/yhdeksas kymmenen/kymmenes "
        "yksitoista/yhdestoista kaksitoista/kahdestoista kolmetoista/kolmastoista "
        "neljatoista/neljastoista viisitoista/viidestoista kuusitoista/kuudestoista "
        "seitsemantoista/seitsemastoista kahdeksantoista/kahdeksastoista "
        "yhdeksantoista/yhdeksastoista",
        tens="kaksikymmenta/kaksikymmenta# kolmekymmenta/kolmekymmenta#",
        season="kausi tuotantokausi",
        part="osa kirja luku kokoelma",
        episode="jakso",
        limited="minisarja",
        special="erikoisjakso erikoisjaksot",
    ),
    _language(
        "Czech",
        "jellyfin cs",
        "jedna/jeden/prvni dva/dve/druha/druhy tri/treti ctyri/ctvrta/ctvrty pet/pata/paty "
        "sest/sesta/sesty sedm/sedma/sedmy osm/osma/osmy devet/devata/devaty deset/desata/desaty "
        "jedenact/jedenacta/jedenacty dvanact/dvanacta/dvanacty trinact/trinacta/trinacty "
        "ctrnact/ctrnacta/ctrnacty patnact/patnacta/patnacty sestnact/sestnacta/sestnacty "
        "sedmnact/sedmnacta/sedmnacty osmnact/osmnacta/osmnacty "
        "devatenact/devatenacta/devatenacty",
        tens="dvacet/dvacata/dvacet_#/dvacata_# tricet/tricata/tricet_#/tricata_#",
        season="sezóna série řada",
        part="část kniha kapitola svazek kolekce",
        episode="epizoda díl",
        limited="minisérie",
        special="speciál speciály",
    ),
    _language(
        "Slovak",
        "jellyfin sk",
        "jeden/jedna/prva/prvy dva/dve/druha/druhy tri/tretia/treti styri/stvrta/stvrty "
        "pat/piata/piaty sest/siesta/siesty sedem/siedma/siedmy osem/osma/osmy "
        "devat/deviata/deviaty desat/desiata/desiaty",
        season="séria sezóna",
        part="časť kniha kapitola zväzok kolekcia",
        episode="epizóda diel časť",
        limited="minisérie miniséria",
    ),
    _language(
        "Hungarian",
        "jellyfin hu",
        "egy/elso ketto/masodik harom/harmadik negy/negyedik ot/otodik hat/hatodik het/hetedik "
        "nyolc/nyolcadik kilenc/kilencedik tiz/tizedik tizenegy/tizenegyedik "
        "tizenketto/tizenkettedik tizenharom/tizenharmadik tizennegy/tizennegyedik "
        "tizenot/tizenotodik tizenhat/tizenhatodik tizenhet/tizenhetedik "
        "tizennyolc/tizennyolcadik tizenkilenc/tizenkilencedik",
        tens="husz/huszadik/huszon# harminc/harmincadik/harminc#",
        season="évad sorozat",
        part="rész kötet könyv fejezet gyűjtemény",
        episode="epizód rész",
        limited="minisorozat",
        special="különkiadás",
        film="film",
    ),
    _language(
        "Romanian",
        "jellyfin ro; savoirfairelinux/num2words num2words/lang_RO.py (to_ordinal_num)",
        "unu/una/intai/prima/primul doi/doua/al_doilea/a_doua trei/al_treilea/a_treia "
        "patru/al_patrulea/a_patra cinci/al_cincilea/a_cincea sase/al_saselea/a_sasea "
        "sapte/al_saptelea/a_saptea opt/al_optulea/a_opta noua/al_noualea/a_noua "
        "zece/al_zecelea/a_zecea unsprezece doisprezece treisprezece paisprezece cincisprezece "
        "saisprezece saptesprezece optsprezece nouasprezece",
        tens="douazeci/douazeci_si_# treizeci/treizeci_si_#",
        season="sezonul",
        part="partea volumul cartea capitolul capitol colecția",
        episode="episodul",
        limited="miniserie",
        special="special",
        film="filmul",
        nth="al_#-lea a_#-a",
    ),
    _language(
        "Catalan",
        "jellyfin ca",
        "un/u/primer/primera dos/segon/segona tres/tercer/tercera quatre/quart/quarta "
        "cinc/cinque/cinquena sis/sise/sisena set/sete/setena vuit/vuite/vuitena nou/nove/novena "
        "deu/dese/desena",
        season="temporada",
        part="part volum llibre capítol",
        episode="episodi",
        limited="minisèrie",
    ),
    _language(
        "Bulgarian",
        "jellyfin bg-BG",
        "едно/първи/първа/първо две/втори/втора/второ три/трети/трета/трето "
        "четири/четвърти/четвърта/четвърто пет/пети/пета/пето шест/шести/шеста/шесто "
        "седем/седми/седма/седмо осем/осми/осма/осмо девет/девети/девета/девето "
        "десет/десети/десета/десето",
        season="сезон",
        part="част том книга глава",
        episode="епизод",
        limited="минисериал",
    ),
    _language(
        "Lithuanian",
        "jellyfin lt-LT",
        "vienas/pirmas/pirma du/antras/antra trys/trecias/trecia keturi/ketvirtas/ketvirta "
        "penki/penktas/penkta sesi/sestas/sesta septyni/septintas/septinta "
        "astuoni/astuntas/astunta devyni/devintas/devinta desimt/desimtas/desimta",
        season="sezonas",
        part="dalis tomas knyga",
        episode="epizodas serija",
    ),
    _language(
        "Croatian and Serbian",
        "jellyfin hr, sr",
        "jedan/jedna/prvi/prva/prvo dva/dvije/drugi/druga/drugo tri/treci/treca/trece "
        "cetiri/cetvrti/cetvrta/cetvrto pet/peti/peta/peto sest/sesti/sesta/sesto "
        "sedam/sedmi/sedma/sedmo osam/osmi/osma/osmo devet/deveti/deveta/deveto "
        "deset/deseti/deseta/deseto jedanaest dvanaest trinaest cetrnaest petnaest sesnaest "
        "sedamnaest osamnaest devetnaest",
        tens="dvadeset/dvadeset_# trideset/trideset_#",
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
        "uks/esimene kaks/teine kolm/kolmas neli/neljas viis/viies kuus/kuues seitse/seitsmes "
        "kaheksa/kaheksas uheksa/uheksas kumme/kumnes",
        season="hooaeg",
        part="osa raamat peatükk",
        episode="episood jagu",
        limited="minisari minisarjad",
    ),
    _language(
        "Greek",
        "jellyfin el",
        "ένα/πρώτο/πρώτη/πρώτος δύο/δεύτερο/δεύτερη/δεύτερος τρία/τρίτο/τρίτη/τρίτος "
        "τέσσερα/τέταρτο/τέταρτη/τέταρτος πέντε/πέμπτο/πέμπτη/πέμπτος έξι/έκτο/έκτη/έκτος "
        "επτά/εφτά/έβδομο/έβδομη/έβδομος οκτώ/οχτώ/όγδοο/όγδοη/όγδοος "
        "εννέα/εννιά/ένατο/ένατη/ένατος δέκα/δέκατο/δέκατη/δέκατος έντεκα/ενδέκατο "
        "δώδεκα/δωδέκατο",
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
        "один/одна/первый/первая два/две/второй/вторая три/третий/третья "
        "четыре/четвёртый/четвёртая пять/пятый/пятая шесть/шестой/шестая семь/седьмой/седьмая "
        "восемь/восьмой/восьмая девять/девятый/девятая десять/десятый/десятая "
        "одиннадцать/одиннадцатый/одиннадцатая двенадцать/двенадцатый/двенадцатая "
        "тринадцать/тринадцатый/тринадцатая четырнадцать/четырнадцатый/четырнадцатая "
        "пятнадцать/пятнадцатый/пятнадцатая шестнадцать/шестнадцатый/шестнадцатая "
        "семнадцать/семнадцатый/семнадцатая восемнадцать/восемнадцатый/восемнадцатая "
        "девятнадцать/девятнадцатый/девятнадцатая",
        tens="двадцать/двадцатый/двадцатая/двадцать_# тридцать/тридцатый/тридцатая/тридцать_#",
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
        "один/одна/перший/перша два/дві/другий/друга три/третій/третя чотири/четвертий/четверта "
        "п'ять/п'ятий/п'ята шість/шостий/шоста сім/сьомий/сьома вісім/восьмий/восьма "
        "дев'ять/дев'ятий/дев'ята десять/десятий/десята одинадцять/одинадцятий/одинадцята "
        "дванадцять/дванадцятий/дванадцята тринадцять/тринадцятий/тринадцята "
        "чотирнадцять/чотирнадцятий/чотирнадцята п'ятнадцять/п'ятнадцятий/п'ятнадцята "
        "шістнадцять/шістнадцятий/шістнадцята сімнадцять/сімнадцятий/сімнадцята "
        "вісімнадцять/вісімнадцятий/вісімнадцята дев'ятнадцять/дев'ятнадцятий/дев'ятнадцята",
        tens="двадцять/двадцятий/двадцята/двадцять_# тридцять/тридцятий/тридцята/тридцять_#",
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
        "אחת/ראשון/ראשונה שתיים/שני/שנייה/שניה שלוש/שלישי/שלישית ארבע/רביעי/רביעית "
        "חמש/חמישי/חמישית שש/שישי/שישית שבע/שביעי/שביעית שמונה/שמיני/שמינית תשע/תשיעי/תשיעית "
        "עשר/עשירי/עשירית אחת_עשרה שתים_עשרה שלוש_עשרה ארבע_עשרה חמש_עשרה שש_עשרה שבע_עשרה "
        "שמונה_עשרה תשע_עשרה",
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
        "تسعة/التاسع/التاسعة عشرة/العاشر/العاشرة الحادي_عشر/الحادية_عشرة الثاني_عشر/الثانية_عشرة "
        "الثالث_عشر/الثالثة_عشرة الرابع_عشر/الرابعة_عشرة الخامس_عشر/الخامسة_عشرة "
        "السادس_عشر/السادسة_عشرة السابع_عشر/السابعة_عشرة الثامن_عشر/الثامنة_عشرة "
        "التاسع_عشر/التاسعة_عشرة",
        tens="العشرون/#_والعشرون",
        season="الموسم موسم",
        part="الجزء جزء المجلد الكتاب الفصل المجموعة",
        episode="الحلقة حلقة",
        limited="مسلسل_قصير مسلسل_محدود",
        special="خاصة",
        film="الفيلم",
    ),
    _language(
        "Hindi",
        "jhassan8/crunchyroll-tizen server/js/core/languages.js (hi); unicode-org/cldr "
        "common/rbnf/hi.xml",
        "एक/पहला/पहली दो/दूसरा/दूसरी तीन/तीसरा/तीसरी चार/चौथा/चौथी पाँच/पांच छह/छठा/छठी सात आठ नौ दस "
        "ग्यारह बारह तेरह चौदह पंद्रह/पन्द्रह सोलह सत्रह अठारह उन्नीस",
        season="सीज़न सीजन",
        part="भाग पार्ट अध्याय",
        episode="एपिसोड",
        limited="लिमिटेड_सीरीज़ मिनी_सीरीज़",
    ),
    _language(
        "Thai",
        "jellyfin th; unicode-org/cldr common/rbnf/th.xml",
        "หนึ่ง/เอ็ด/แรก สอง สาม สี่ ห้า หก เจ็ด แปด เก้า สิบ สิบเอ็ด "
        "สิบสอง สิบสาม สิบสี่ สิบห้า สิบหก สิบเจ็ด สิบแปด สิบเก้า",
        tens="ยี่สิบ/ยี่สิบ# สามสิบ/สามสิบ# สี่สิบ/สี่สิบ#",
        season="ซีซั่น ซีซัน ฤดูกาล ซีซั่นที่ ซีซันที่ ฤดูกาลที่",
        part="ภาค พาร์ท บท ภาคที่ พาร์ทที่ บทที่",
        episode="ตอน ตอนที่",
        limited="ลิมิเต็ดซีรีส์ มินิซีรีส์",
        special="ตอนพิเศษ",
    ),
    _language(
        "Vietnamese",
        "jellyfin vi; unicode-org/cldr common/rbnf/vi.xml",
        "mot/thu_nhat hai/thu_hai ba/thu_ba bon/thu_tu/tu nam/thu_nam sau/thu_sau bay/thu_bay "
        "tam/thu_tam chin/thu_chin muoi/thu_muoi muoi_mot muoi_hai muoi_ba muoi_bon muoi_lam "
        "muoi_sau muoi_bay muoi_tam muoi_chin",
        season="mùa",
        part="phần quyển chương tập_phim",
        episode="tập",
        limited="loạt_phim_giới_hạn phim_bộ_ngắn",
        special="đặc_biệt",
        nth="thu_#",
    ),
    _language(
        "Indonesian and Malay",
        "jellyfin id, ms; unicode-org/cldr common/rbnf/id.xml, ms.xml",
        "satu/pertama dua/kedua tiga/ketiga empat/keempat lima/kelima enam/keenam tujuh/ketujuh "
        "delapan/kedelapan/lapan sembilan/kesembilan sepuluh/kesepuluh sebelas dua_belas "
        "tiga_belas empat_belas lima_belas enam_belas tujuh_belas delapan_belas sembilan_belas",
        tens="dua_puluh/dua_puluh_#",
        season="musim",
        part="bagian bahagian buku bab jilid koleksi",
        episode="episode episod",
        limited="serial_terbatas miniseri siri_terhad",
        nth="ke-#",
    ),
    _language(
        "Korean",
        "RYUJINSIK/nagazima data/NetflixViewingHistory.csv",
        season="시즌 기",
        part="파트 부 권 장 챕터 막 컬렉션",
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
