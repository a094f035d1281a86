"""Patterns of dates of birth and addresses within a text, by language."""

import re

from attune.intake.personal_data.cell_patterns import NO_COUNT

_DAY = (
    r"(?:\d{1,2}(?:st|nd|rd|th|er|º|°)?[-./ ,]{1,2}(?:de |di |of )?(?:\d{1,2}|[^\W\d_]{3,12})"
    r"[-./ ,]{1,3}(?:de |del )?['’]?\d{2}(?:\d{2})?(?!\d)"
    r"|\d{4} ?[-./年년] ?\d{1,2} ?[-./月월] ?\d{1,2}(?!\d) ?[日일]?"
    r"|[^\W\d_]{3,12}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4})"
)
"""A day with its year, in figures or with the name of the month."""

_BORN = (
    # English, German, Dutch, Nordic languages
    r"born|dob|d\.o\.b\.?|date of birth|birth ?date|birthday|geb\.?|geboren|geburtsdatum"
    r"|geboortedatum|f[øo]dt|f[øo]dselsdato|f[øo]dselsdag|f[öo]dd|f[öo]delsedatum|syntynyt|synt\."
    r"|syntymäaika|fæddur|fædd"
    # Romance languages
    r"|n[ée]e?|naissance|naci[óo]|nacid[oa]|nacimiento|f\. ?nac\.?|nat[oa]|nascita|nasceu"
    r"|nascid[oa]|nascimento|nascud?[aă]?|născută?|naixement"
    # Slavic and Baltic languages, Hungarian, Turkish, Greek
    r"|ur\.|urodzon[ya]|urodził[a]? się|nar\.|narozen[aý]?|narozená|naroden[ýáa]|datum narozen[ií]"
    r"|dátum narodenia|rođena?|rodjena?|rojena?|роден[аи]?|род\.|родил[а-я]*|рожд[а-я.]*"
    r"|народ[а-яіїє.]*|нар\.|dzimis|dzimusi|gim\.|gimęs|gimusi|sünd\.|sündinud|szül\.|született"
    r"|doğum(?: tarihi)?|doğumlu|d\. ?tarihi|γεννήθηκε|γενν\.|ημ\. ?γέννησης|γέννησης"
    # Arabic, Hebrew, Chinese, Japanese, Korean
    r"|مواليد|المولود|مولودة?|ولدت?|تاريخ الميلاد|נולדה?|ילידת?|תאריך לידה|出生日期|出生于|出生"
    r"|生年月日|생년월일"
)

DAY_IN_TEXT = re.compile(_DAY, re.IGNORECASE)
BIRTH_IN_TEXT = re.compile(
    rf"(?:(?<!\w)(?:{_BORN})(?!\w)|(?<!\S)\*)"
    rf"[^\w\n]{{0,3}}(?:[^\W\d_]{{1,4}}\.?[ :]{{1,2}}){{0,2}}{_DAY}"
    r"|\d{4} ?[-./年년] ?\d{1,2} ?[-./月월] ?\d{1,2} ?[日일]? ?(?:出生|生まれ|生(?!\w)|생(?!\w))",
    re.IGNORECASE,
)
"""A day behind a word for birth, or an asterisk; in Eastern languages also before it."""

_LONG_STREETS = (
    r"stra(?:ss|ß)e|straße|str\.|gasse|allee|straat|gracht|laan|gata|gatan|gaten|gade|vägen|veien"
    r"|vegen|katu|kuja|polku|stræde|weg|platz|plein|vej|tie"
)

STREET_IN_TEXT = re.compile(
    rf"(?<!\w)[^\W\d_]{{3,25}}(?:{_LONG_STREETS}) ?\d{{1,4}} ?[a-h]?\b{NO_COUNT}"
    r"|(?<!\w)[^\W\d_][\w.-]{1,25}[ -](?:straße|strasse|str\.|allee|gasse)"
    rf" \d{{1,4}}[a-h]?\b{NO_COUNT}"
    r"|(?<!\w)(?:ul|os|ул|вул|бул|просп)\. ?[^\W\d_][^\d\n,;]{1,30}\d{1,4}"
    r"|(?<!\w)(?:ulica|ulicy|ulici|ulice|улица|улице|вулиця|вулиці|проспект) [^\d\n,;]{2,30}\d{1,4}"
    r"|(?<!\w)(?:οδός|οδος|οδού|شارع|רחוב|רח') [^\d\n,;]{2,30}\d{1,4}"
    r"|(?<!\w)[^\W\d_]{2,25} (?:caddesi|cad\.|sokağı|sokak|sok\.)[^\d\n]{0,8}\d{1,4}"
    r"|(?<!\w)[^\W\d_]{3,25} (?:utca|út|útja|tér|körút) \d{1,4}\b",
    re.IGNORECASE,
)
"""A street with the number of a house, where the word for street does not count on capitals."""

CAPITAL_STREET_IN_TEXT = re.compile(
    r"(?<![\w.,])\d{1,4}[a-z]?,? (?:[A-Z][\w.'’-]{1,25} ){1,3}"
    r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Crescent|Court|Close|Terrace)"
    r"(?!\w)"
    r"|(?<![\w.,])\d{1,4}(?: ?(?:bis|ter))?,? (?:rue|avenue|boulevard|chemin|allée|impasse|quai)"
    r" (?:(?:de|du|des|la|le|les) |[ld]['’])*[A-ZÀ-Þ]\w"
    r"|(?<!\w)(?:[Cc]alle|[Cc]/|[Aa]venida|[Aa]vda\.?|[Pp]aseo|[Pp]laza|[Vv]ia|[Vv]iale|[Pp]iazza"
    r"|[Cc]orso|[Rr]ua|[Tt]ravessa|[Cc]arrer|[Ss]trada|[Ss]tr\.) ?"
    r"(?:(?:de|del|della|dei|da|do|dos|la|el|los|las|d['’]) ?)*[A-ZÀ-Þ][^\d\n,;]{1,30},?"
    r" (?:(?:n|nr|núm|n[º°o])\.? ?)?\d{1,4}(?!\d)"
)
"""The same where the name of the street begins with a capital."""
