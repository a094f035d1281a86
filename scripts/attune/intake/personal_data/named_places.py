"""Whether a cell names a place, a school or an employer, and not only what kind of one it is.

`Urban` and `rural` below a heading such as `birthplace` are categories, like a country; `Jena` is
where somebody was born.
"""

import re

from attune.intake.personal_data import persons
from attune.intake.personal_data.cell_patterns import COMPANY
from attune.intake.personal_data.headings import plain, words_of


def _set(*texts: str) -> frozenset[str]:
    return frozenset(plain(" ".join(texts)).lower().split())


PLACE_KINDS = _set(
    # English
    "urban rural suburban suburb suburbs metropolitan metropolis city cities town towns village"
    " villages countryside country capital large small medium big sized midsized major minor area"
    " areas inner outer remote farm abroad overseas inland domestic foreign native local home same"
    " other elsewhere here north south east west northern southern eastern western central"
    " northeast northwest southeast southwest region district state coast coastal island europe"
    " asia africa america oceania european non eu born in outside inside the of and or a",
    # German, Dutch, Nordic languages
    "stadt land vorort dorf grossstadt kleinstadt mittelstadt landlich stadtisch ausland"
    " andere anderes nord sud ost west norden suden osten westen bundesland hauptstadt gross klein"
    " mittel stad platteland dorpje buitenland binnenland groot by bygd landet byen utland utlandet"
    " innland norge nord sor ost vest tettsted landsbygd landsbygden storstad smastad",
    # Romance languages
    "urbain urbaine rurale ville village campagne banlieue etranger grande petite moyenne nord sud"
    " est ouest urbano urbana rurales ciudad pueblo campo capital extranjero grande pequena mediana"
    " norte sur este oeste citta paese campagna estero grande piccola rurale urbano interior"
    " cidade aldeia vila estrangeiro litoral",
    # Slavic languages, Turkish, Greek, Finnish
    "miasto wies miejski wiejski zagranica mesto vesnice vidiek obec gradski selo grad kent koy"
    " kirsal sehir yurtdisi πολη χωριο αστικη αγροτικη kaupunki maaseutu kyla ulkomaat"
    " город село деревня поселок місто селище",
)
"""Words for kinds of places, sizes and directions."""

COUNTRIES = _set(
    "germany deutschland austria osterreich switzerland schweiz france frankreich italy italien"
    " spain spanien portugal netherlands niederlande belgium belgien luxembourg denmark danemark"
    " norway norwegen sweden schweden finland finnland iceland island ireland irland poland polen"
    " czech republic czechia tschechien slovakia slowakei hungary ungarn romania rumanien bulgaria"
    " bulgarien greece griechenland turkey turkei turkiye cyprus zypern malta croatia kroatien"
    " serbia serbien slovenia slowenien bosnia bosnien herzegovina kosovo albania albanien north"
    " macedonia montenegro russia russland ukraine belarus moldova estonia estland latvia lettland"
    " lithuania litauen georgia georgien armenia armenien azerbaijan kazakhstan kasachstan united"
    " kingdom england scotland wales great britain states usa uk us america canada kanada mexico"
    " mexiko brazil brasilien argentina argentinien chile colombia kolumbien peru venezuela cuba"
    " kuba china japan korea india indien pakistan bangladesh sri lanka nepal afghanistan iran irak"
    " iraq syria syrien lebanon libanon israel jordan jordanien egypt agypten morocco marokko"
    " algeria algerien tunisia tunesien libya nigeria ghana kenya kenia ethiopia athiopien eritrea"
    " somalia sudan south africa sudafrika cameroon kamerun congo kongo vietnam thailand indonesia"
    " indonesien malaysia philippines philippinen singapore singapur australia australien new"
    " zealand neuseeland norge sverige danmark suomi polska espana italia nederland belgique"
    " suisse allemagne espagne italie maroc algerie tunisie",
)
"""Words of names of countries, which are a characteristic rather than a place."""

SCHOOL_KINDS = _set(
    "school schools primary secondary elementary middle high nursery kindergarten preschool"
    " grammar comprehensive vocational special boarding private public state college university"
    " technical trade business or less more and some none other no of the with without graduate"
    " degree graduated from in still completed not currently lower upper level grade grades year"
    " abroad evening night",
    "schule grundschule hauptschule realschule gymnasium gesamtschule forderschule berufsschule"
    " fachschule hochschule fachhochschule universitat uni kita krippe kindergarten mittelschule"
    " oberschule volksschule sonderschule waldorfschule montessorischule privatschule abendschule"
    " musikschule sekundarschule gemeinschaftsschule stadtteilschule berufskolleg fachoberschule"
    " keine andere noch schuler schulerin und oder",
    "ecole primaire maternelle elementaire college lycee universite publique privee escuela"
    " primaria secundaria instituto colegio universidad publica privada scuola elementare"
    " media superiore liceo universita asilo basisschool middelbare school hogeschool"
    " universiteit vmbo havo vwo barneskole ungdomsskole videregaende universitet hoyskole"
    " grunnskole folkeskole gymnasiet grundskola gymnasieskola szkola podstawowa liceum"
    " technikum zakladni skola stredni",
)
"""Words for kinds of schools and for degrees."""

EMPLOYER_KINDS = _set(
    "public private charity charitable government state federal ngo nonprofit profit non for sector"
    " self employed selfemployed freelance company business industry university hospital school"
    " military church family none other unemployed retired student large small medium full part"
    " time temporary permanent service services social health care education trade retail",
    "offentlich privat privater offentlicher dienst selbststandig selbstandig angestellt staat"
    " gemeinnutzig kirche keine andere wirtschaft industrie handel handwerk verwaltung",
)
"""Words for kinds of employers and of work."""

_SCHOOL_STEMS = re.compile(
    r".{3,}(schule|gymnasium|kindergarten|kita|school|skole|skola|koulu|iskola|lyceum|kolleg)"
)
"""A word for school with a name grown on, such as Schillerschule."""

_SCHOOL_WORD = re.compile(
    r"\b(schule|\w*schule|gymnasium|kita|kindergarten|school|academy|college|nursery|ecole|lycee"
    r"|escuela|colegio|instituto|scuola|liceo|istituto|basisschool|skole|skola|koulu|iskola|szkola"
    r"|liceum|okul\w*|lise\w*)\b"
)


def names_a_place(cell: str) -> bool:
    """Whether a cell may be the name of a town: letters that say more than a kind of place.

    Examples
    --------
    >>> [names_a_place(cell) for cell in ("Jena", "Bad Honnef", "Urban", "small town", "Turkey")]
    [True, True, False, False, False]
    """
    return persons.reads_like_a_name(cell) and not _only(cell, PLACE_KINDS | COUNTRIES)


def names_an_employer(cell: str) -> bool:
    """Whether a cell may be the name of a company: not in small letters, and more than a kind.

    Examples
    --------
    >>> [names_an_employer(cell) for cell in ("Siemens AG", "Rewe", "Public sector", "retired")]
    [True, True, False, False]
    """
    named = persons.reads_like_a_name(cell) or bool(COMPANY.search(cell))
    return named and not cell[:1].islower() and not _only(cell, EMPLOYER_KINDS)


def names_a_school(cell: str) -> bool:
    """Whether a cell is the name of one school, and not a kind of school or a degree.

    Examples
    --------
    >>> [names_a_school(c) for c in ("Schillerschule", "St Mary Primary School", "Realschule Nord")]
    [True, True, True]
    >>> [names_a_school(c) for c in ("Grundschule", "Primary school", "High school or less", "yes")]
    [False, False, False, False]
    """
    if len(cell) > 80 or not cell[:1].isupper():
        return False
    text = plain(cell).lower()
    words = [word for word in words_of(cell) if len(word) > 1]
    if not _SCHOOL_WORD.search(text) and not _SCHOOL_STEMS.search(text):
        return False
    own = [word for word in words if word not in SCHOOL_KINDS]
    if not own:
        return False
    return any(map(str.isupper, cell[1:])) or bool(_SCHOOL_STEMS.fullmatch(own[0]))


def _only(cell: str, kinds: frozenset[str]) -> bool:
    """Whether every word of a cell is one of these."""
    words = words_of(cell)
    return bool(words) and all(word in kinds for word in words)
