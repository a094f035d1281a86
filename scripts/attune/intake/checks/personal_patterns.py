"""Patterns of personal data in cells."""

import re

NUMBER = re.compile(r"[+-]?\d*[.,]?\d+([eE][+-]?\d+)?")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)*\.[A-Za-z]{2,}")
SURE_PHONE = re.compile(
    r"\+\d{1,3}[ ./-]?\(?\d[\d ()./-]{5,16}\d"
    r"|\(\d{2,5}\) ?\d{3,4}[ -]?\d{2,5}"
    r"|00\d{2}[ /-]\d[\d ()./-]{5,16}\d"
)
"""Nothing but a telephone number is written so."""
PHONE = re.compile(
    r"\d{3}[-. ]\d{3}[-. ]\d{4}|1-\d{3}-\d{3}-\d{4}|0\d([ .]\d\d){4}"
    r"|0\d{1,5}[ /-]\d{2,4}([ -]?\d{2,4}){1,4}"
)
DIGITS_OF_PHONE = re.compile(r"\+?[\d ()./-]{7,22}")
REGISTERED = re.compile(r"\d{3}-\d{2}-\d{4}|[A-Z]{2}\d{2}( ?[A-Z0-9]{4}){3,7}( ?[A-Z0-9]{1,3})?")
"""A number of the United States' social security, or a bank account."""
INTERNET = re.compile(r"\d{1,3}(\.\d{1,3}){3}|[0-9a-fA-F]{1,4}(:[0-9a-fA-F]{0,4}){4,7}")
DEGREES = re.compile(r"[+-]?\d{1,3}[.,]\d{2,}")
PLACE = re.compile(r"[+-]?\d{1,2}\.\d{3,}[,; ]+[+-]?\d{1,3}\.\d{3,}")
SPACED_POSTCODE = re.compile(
    r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}|[A-Z]\d[A-Z] \d[A-Z]\d|[1-9]\d{3} [A-Z]{2}"
)
"""British, Canadian, Dutch."""
ANY_POSTCODE = re.compile(
    r"([A-Z]{1,2}-)?\d{4,5}(-\d{4})?(\.0)?"
    r"|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|\d{4} ?[A-Z]{2}"
)
STREET = re.compile(
    r"\d+\w?,? ([\w.'-]+ ){1,3}"
    r"(street|st\.?|avenue|ave\.?|road|rd\.?|lane|ln\.?|drive|boulevard|blvd\.?|crescent)\b.*"
    r"|[\w. -]*\w(stra(ss|ß)e|str\.|weg|gasse|allee|platz|straat|laan|plein|gracht) ?\d+.*"
    r"|\d+( ?bis)?,? (rue|avenue|boulevard|chemin|allee|allée|impasse|quai) .+"
    r"|(calle|avenida|avda\.?|paseo|plaza|c/) .*\d+.*",
    re.IGNORECASE,
)
DATE = re.compile(
    r"(?P<first>\d{4})[-/.]\d{1,2}[-/.]\d{1,2}([ T].*)?"
    r"|\d{1,2}[-/. ]+(\d{1,2}|[^\W\d_]{3,9})[-/. ]+(?P<last>\d{4})( .*)?"
)
COMPACT_DATE = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])")
DAY_NUMBER = re.compile(r"[1-4]\d{4}(\.0)?")
"""A date as a spreadsheet counts days, from 1927 to 2036."""
WORD = re.compile(r"[^\W\d_]+[.'’]?")
CAPITALISED = re.compile(
    r"[A-ZÀ-Þ][a-zß-ÿ]+([-'’][A-ZÀ-Þ]?[a-zß-ÿ]+)*\.?|[A-Z]\."
    r"|(Mc|Mac|O'|O’|D')[A-Z][a-z]+|[vd](an|on|e[rnl]?|u)|da"
)
"""A word of a person's name, as in `Anna de Vries`."""
INITIALS = re.compile(r"[^\W\d_]([.\s-]{0,2}[^\W\d_]){0,3}\.?")
LETTERS_ONLY = re.compile(r"[^\W\d_]+(?:[ .,'’-]+[^\W\d_]+)*[.,]?")
LETTERS_AND_DIGITS = re.compile(r"(?=.*[^\W\d_])(?=.*\d).* .*", re.DOTALL).fullmatch
