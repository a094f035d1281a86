"""Patterns of personal data in cells and texts: telephone numbers, dates, addresses, postcodes."""

import re

NUMBER = re.compile(r"-?(\d+([.,]\d+)?|[.,]\d+)([eE][+-]?\d+)?")
DECIMAL = re.compile(r"-?\d*[.,]\d+")

EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]+(\.[\w-]+)*\.[^\W\d_]{2,}")
SPELLED_EMAIL = re.compile(
    r"\w{1,64} ?(\(at\)|\[at\]|\{at\}) ?[\w-]+ ?(\.|\(dot\)|\[dot\]) ?[a-z]{2,}"
    r"|\w{1,64} at [\w-]+ dot [a-z]{2,}",
    re.IGNORECASE,
)
"""An e-mail address as it is written against robots."""
PROFILE = re.compile(
    r"\b(linkedin\.com/in|facebook\.com|instagram\.com|twitter\.com|x\.com|tiktok\.com/@|vk\.com"
    r"|t\.me|wa\.me|orcid\.org)/?\w",
    re.IGNORECASE,
)
URL = re.compile(r"(https?://|www\.)[^\s/]+\.\S+", re.IGNORECASE)
HANDLE = re.compile(r"@[\w.]{3,30}")
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
INTERNET = re.compile(
    rf"(?:{_OCTET}\.){{3}}(?:{_OCTET}|x{{1,3}}|\*)(:\d+)?"
    r"|[0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4}){7}|(?=.*::)[0-9a-fA-F]{0,4}(:[0-9a-fA-F]{0,4}){2,7}"
)
"""Addresses of version 4 (also with a masked end) and 6."""
NETWORK_CARD = re.compile(
    r"[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}"
    r"|(?=.*[a-fA-F])[0-9a-fA-F]{2}(-[0-9a-fA-F]{2}){5}"
    r"|(?=.*[a-fA-F])[0-9a-fA-F]{4}(\.[0-9a-fA-F]{4}){2}"
)
"""An address of a network card (MAC)."""
TWELVE_HEX = re.compile(r"[0-9a-fA-F]{12}")

SURE_PHONE = re.compile(
    r"\+\d{1,3}[ ./-]?\(?\d[\d ()./-]{5,16}\d"
    r"|\(\d{2,5}\) ?\d{3,4}[ -]?\d{2,5}"
    r"|00\d{2}[ /-]\d[\d ()./-]{5,16}\d"
)
"""Patterns that only telephone numbers have."""
PHONE = re.compile(
    r"\d{3}[-. ]\d{3}[-. ]\d{4}|1-\d{3}-\d{3}-\d{4}|0\d([ .]\d\d){4}"
    r"|0\d{1,5}[ /-]\d{2,4}([ -]?\d{2,4}){1,4}"
    r"|\d{2}( \d{2}){3}|[4-9]\d\d \d\d \d{3}|0[1-9]\d{8,9}|1[3-9]\d{9}"
    r"|8[ -]?\(\d{3}\)[ -]?\d{3}[ -]?\d\d[ -]?\d\d|(tel|tlf|mob)[.: ]+[\d ()/+-]{7,20}"
)
PHONE_IN_TEXT = re.compile(
    r"(?<![\w.,+])(?:\+|00)\d{2,3}[ ./-]?\(?\d[\d ()./-]{5,16}\d(?!\w)"
    r"|(?<![\d.,-])(?:\d{3}[-. ]\d{3}[-. ]\d{4}|\(\d{3}\) ?\d{3}-\d{4}"
    r"|0\d{2,4}[ /-]\d{3}[ -]?\d{2,5}(?:[ -]?\d{2,3})?|0[1-9]\d{8,9})(?![\w-])"
    r"|(?:tel|tlf|tfn|phone|fon|mobil|mob|handy|gsm|call|ring|cell|puh|kom|тел|моб|電話|电话|手机"
    r"|전화|هاتف|جوال|טל|נייד|τηλ|κιν)[^\W\d_]*(?: [^\W\d_]{1,6}){0,3}[^\w+]{0,3}"
    r"\+?\(?\d[\d ()/.-]{5,16}\d",
    re.IGNORECASE,
)
DIGITS_OF_PHONE = re.compile(r"\+?[\d ()./–-]{7,22}(\.0)?")

SOCIAL_SECURITY = re.compile(r"(?<![\w-])(?!000|666)\d{3}-\d{2}-\d{4}(?![\w-])")
"""A number of the United States' social security."""
IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)", re.I)
REGISTER_IN_TEXT = re.compile(
    r"(?<!\w)(?:ssn|cpr|fnr|f[øo]dselsnr|personnr|personnummer|pnr|hetu|bsn|pesel|tckn|amka|dni|nif"
    r"|nino|nhs|svnr|rvnr|kvnr|снилс|инн|身份证|주민|ת\.?ז)[^\w]{0,3}(?:nr|no|number|number is|号)?"
    r"[^\w]{0,3}[\w]{1,3}[\d. /-]{4,16}[\dA-Z]",
    re.IGNORECASE,
)
DIGIT_RUN = re.compile(r"(?<![\w.,])[\d][\d ./-]{6,20}\d(?![\w,])")

PLACE = re.compile(
    r"[+-]?\d{1,2}[.,]\d{3,}[,;/ ]+[+-]?\d{1,3}[.,]\d{3,}"
    r"|[2-9CFGHJMPQRVWX]{4,8}\+[2-9CFGHJMPQRVWX]{2,3}(,? .+)?"
    r"|\d{1,3}°.*[NSEWOÖ](.*\d{1,3}°.*[NSEWOÖ])?|(POINT|geo:) ?\(?-?\d.*|///\w+\.\w+\.\w+"
)
DEGREES = re.compile(r"[+-]?\d{1,3}[.,]\d{2,}")

SPACED_POSTCODE = re.compile(
    r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}|[A-Z]\d[A-Z] \d[A-Z]\d|[1-9]\d{3} [A-Z]{2}"
    r"|(PL-)?\d{2}-\d{3}|(S-|SE-|CZ-)?\d{3} \d{2}|〒?\d{3}-\d{4}"
    r"|([A-Z]{1,2}-)?(\d{5}|(?!19|20)\d{4}) [A-ZÀ-ÞČŠŽŁŚ][^\W\d_]{3,}( [^\W\d_]+)?"
)
"""British, Canadian, Dutch, Polish, Swedish, Czech, Greek, Japanese; a code before its town."""
LAST_DIGITS = re.compile(r"\d{4}(\.0)?")
"""The last four digits of a national number."""
HOUSE_NUMBER = re.compile(r"\d{1,4}(\.0)?|\d{1,4} ?[a-zA-Z]|\d{1,4} ?[-/] ?\d{1,4}[a-zA-Z]?")
COMPANY = re.compile(
    r"\b(AG|GmbH|KG|SE|Ltd|Inc|LLC|PLC|Corp|Co|AB|AS|ASA|A/S|ApS|Oyj?|SA|SARL|SAS|SpA|SRL|BV|NV)\b"
    r"|sp\. z o\.o\.|s\.r\.o\.|a\.s\.|ООО|ТОВ|[\u4e00-\u9fff\uac00-\ud7af]{3,}",
    re.IGNORECASE,
)
"""Legal forms of companies, or three characters of Chinese, Japanese or Korean."""
ANY_POSTCODE = re.compile(
    r"([A-Z]{1,2}-)?\d{4,5}(-\d{3,4})?(\.0)?|〒?\d{3}[- ]?\d{2,4}|\d{2}-?\d{3}|\d{6,7}"
    r"|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|\d{4} ?[A-Z]{2}"
    r"|([A-Z]{1,2}-)?\d{4,5} [^\W\d_].*",
    re.IGNORECASE,
)
PLATE = re.compile(
    r"[A-ZÄÖÜ]{1,3}[- ][A-Z]{1,2} ?\d{1,4}[EH]?|[A-Z]{2}\d{2} [A-Z]{3}|[A-Z]{2}-\d{3}-[A-Z]{2}"
    r"|\d{2}-[A-Z]{2,3}-\d{1,2}|[A-Z]{2}-\d{2}-\d{2}|\d{2} [A-Z]{1,3} \d{2,4}|[A-Z]{2,3} ?\d{3,5}"
    r"|[A-ZА-ЯΑ-Ω]\d{3}[A-ZА-ЯΑ-Ω]{2} ?\d{2,3}|[京沪粤津渝冀晋辽吉黑苏浙皖闽赣鲁豫鄂湘][A-Z].?\w{5}"
    r"|\d{2,3} ?[가-힣] ?\d{4}|\d{2,3}-\d{2}-\d{3}|[A-ZΑ-Ω]{3}[- ]\d{3,4}",
    re.IGNORECASE,
)
SURE_PLATE = re.compile(
    r"[A-ZÄÖÜ]{1,3}-[A-Z]{1,2} \d{1,4}[EH]?|[A-Z]{2}\d{2} [A-Z]{3}"
    r"|[京沪粤津渝冀晋辽吉黑苏浙皖闽赣鲁豫鄂湘][A-Z].?\w{5}|\d{2,3}[가-힣] ?\d{4}"
)

NO_COUNT = (
    r"(?![\dx])(?![.,:/]\d)(?! ?(?:%|[x×]\b|km\b|m\b|h\b|min|std|stund|uhr|mal\b|tag|jahr|woch"
    r"|monat|punkt|year|week|hour|time|day|month|timer\b|dager|veck|timm|uur\b|keer\b|jaar\b"
    r"|tuntia|kertaa))"
)
"""A number of a house, not of hours, kilometres or times."""

_STREETS_BEHIND = (
    r"(stra(ss|ß)e|str\.|weg|gasse|allee|platz|straat|laan|plein|gracht|gata|gatan|gate|gaten|vei"
    r"|veien|veg|vegen|vägen|vej|gade|katu|tie|kuja|polku|stien|stræde|plass)"
)
STREET = re.compile(
    r"\d+\w?,? ([\w.'-]+ ){1,3}"
    r"(street|st\.?|avenue|ave\.?|road|rd\.?|lane|ln\.?|drive|boulevard|blvd\.?|crescent)\b.*"
    r"|[\w. -]*\w" + _STREETS_BEHIND + r" ?\d{1,4}" + NO_COUNT + r".*"
    r"|[\w .-]+ " + _STREETS_BEHIND + r" \d{1,4}" + NO_COUNT + r".*"
    r"|\d+( ?bis)?,? (rue|avenue|boulevard|chemin|allee|allée|impasse|quai) .+"
    r"|(calle|avenida|avda\.?|paseo|plaza|c/|via|viale|piazza|rua|ulica|улица"
    r"|проспект|вулиця|οδός|οδος|شارع|רחוב|רח') [^\d]*\d+" + NO_COUNT + r".*"
    r"|(ul|al|ул|пр|вул)\. ?[^\d]*\d+.*"
    r"|.+(cad\.|caddesi|sok\.|sokak|sokağı|mah\.|mahallesi|bulvarı).*\d+.*"
    r"|.*[路街道弄巷].{0,6}\d+ ?号.*|.*[市区町村].*(\d+丁目|\d+番|\d+-\d+).*"
    r"|.*[로길] ?\d+(-\d+)?(번지|번길)?.*",
    re.IGNORECASE,
)

DATE = re.compile(
    r"(?P<first>\d{4})[-/.]\d{1,2}[-/.]\d{1,2}\.?([ T].*)?"
    r"|\d{1,2}[-/. ]+(de |di )?(\d{1,2}|[^\W\d_]{1,12})\.?[-/., ]+(de |del )?(?P<last>\d{4})( .*)?"
    r"|[^\W\d_]{3,12}\.? \d{1,2},? (?P<english>\d{4})"
    r"|(?P<asian>\d{4}) ?[年년] ?\d{1,2} ?[月월] ?\d{1,2} ?[日일]?"
)
SHORT_DATE = re.compile(
    r"\d{1,2}[-/. ]+(\d{1,2}|[^\W\d_]{3,12})\.?[-/. ]+['’]?(?P<year>\d{2})(\.0)?"
)
"""A date whose year has two digits."""
COMPACT_DATE = re.compile(
    r"(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])(\.0)?|(0?[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])(19|20)\d\d(\.0)?"
)
SHORT_COMPACT_DATE = re.compile(
    r"(0?[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])\d\d|\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])"
)
DAY_NUMBER = re.compile(r"[1-4]\d{4}(\.0)?")
"""A date as a spreadsheet counts days, from 1927 to 2036."""

INITIALS = re.compile(r"[^\W\d_]([.\s-]{0,2}[^\W\d_]){0,3}\.?")
LETTERS_AND_DIGITS = re.compile(r"(?=.*[^\W\d_])(?=.*\d).*[ ,].*", re.DOTALL)
CJK_ADDRESS = re.compile(r".*[省市县区區州道府都]\S{2,}[路街镇鎮村町丁番号號동로길].*")
WORD = re.compile(r"[^\W\d_]+[.'’]?")
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")

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
