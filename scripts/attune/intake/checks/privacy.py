"""Privacy: columns of a raw sheet that identify persons.

A column is judged by its name, its label and its cells together: a word such as `phone` above yes
and no is no telephone number, and an e-mail address is one under any heading. Reasons never quote a
cell.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

import pandas as pd

from attune.intake.checks import personal_words as words
from attune.intake.reading.cell_values import COMMON_MISSING_CODES
from attune.intake.reading.raw_cohort import RawCohort
from attune.intake.reading.sheets import id_columns
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort

YOUNGEST, OLDEST = 18, 100
"""Years that a date of birth lies before the other dates of a sheet."""

MOST_JUDGED = 2000
"""Distinct cells from which shares are estimated; single conspicuous cells are searched in all."""

_NUMBER = re.compile(r"[+-]?\d*[.,]?\d+([eE][+-]?\d+)?")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)*\.[A-Za-z]{2,}")
_SURE_PHONE = re.compile(
    r"\+\d{1,3}[ ./-]?\(?\d[\d ()./-]{5,16}\d"
    r"|\(\d{2,5}\) ?\d{3,4}[ -]?\d{2,5}"
    r"|00\d{2}[ /-]\d[\d ()./-]{5,16}\d"
)
"""Patterns that only telephone numbers have."""
_PHONE = re.compile(
    r"\d{3}[-. ]\d{3}[-. ]\d{4}|1-\d{3}-\d{3}-\d{4}|0\d([ .]\d\d){4}"
    r"|0\d{1,5}[ /-]\d{2,4}([ -]?\d{2,4}){1,4}"
)
_DIGITS_OF_PHONE = re.compile(r"\+?[\d ()./-]{7,22}")
_REGISTERED = re.compile(r"\d{3}-\d{2}-\d{4}|[A-Z]{2}\d{2}( ?[A-Z0-9]{4}){3,7}( ?[A-Z0-9]{1,3})?")
"""A number of the United States' social security, or a bank account."""
_INTERNET = re.compile(r"\d{1,3}(\.\d{1,3}){3}|[0-9a-fA-F]{1,4}(:[0-9a-fA-F]{0,4}){4,7}")
_DEGREES = re.compile(r"[+-]?\d{1,3}[.,]\d{2,}")
_PLACE = re.compile(r"[+-]?\d{1,2}\.\d{3,}[,; ]+[+-]?\d{1,3}\.\d{3,}")
_SPACED_POSTCODE = re.compile(
    r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}|[A-Z]\d[A-Z] \d[A-Z]\d|[1-9]\d{3} [A-Z]{2}"
)
"""British, Canadian, Dutch."""
_ANY_POSTCODE = re.compile(
    r"([A-Z]{1,2}-)?\d{4,5}(-\d{4})?(\.0)?"
    r"|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|\d{4} ?[A-Z]{2}"
)
_STREET = re.compile(
    r"\d+\w?,? ([\w.'-]+ ){1,3}"
    r"(street|st\.?|avenue|ave\.?|road|rd\.?|lane|ln\.?|drive|boulevard|blvd\.?|crescent)\b.*"
    r"|[\w. -]*\w(stra(ss|ß)e|str\.|weg|gasse|allee|platz|straat|laan|plein|gracht) ?\d+.*"
    r"|\d+( ?bis)?,? (rue|avenue|boulevard|chemin|allee|allée|impasse|quai) .+"
    r"|(calle|avenida|avda\.?|paseo|plaza|c/) .*\d+.*",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(?P<first>\d{4})[-/.]\d{1,2}[-/.]\d{1,2}([ T].*)?"
    r"|\d{1,2}[-/. ]+(\d{1,2}|[^\W\d_]{3,9})[-/. ]+(?P<last>\d{4})( .*)?"
)
_COMPACT_DATE = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])")
_DAY_NUMBER = re.compile(r"[1-4]\d{4}(\.0)?")
"""A date as a spreadsheet counts days, from 1927 to 2036."""
_WORD = re.compile(r"[^\W\d_]+[.'’]?")
_CAPITALISED = re.compile(
    r"[A-ZÀ-Þ][a-zß-ÿ]+([-'’][A-ZÀ-Þ]?[a-zß-ÿ]+)*\.?|[A-Z]\."
    r"|(Mc|Mac|O'|O’|D')[A-Z][a-z]+|[vd](an|on|e[rnl]?|u)|da"
)
"""A word of a person's name, as in `Anna de Vries`."""
_INITIALS = re.compile(r"[^\W\d_]([.\s-]{0,2}[^\W\d_]){0,3}\.?")
_LETTERS_ONLY = re.compile(r"[^\W\d_]+(?:[ .,'’-]+[^\W\d_]+)*[.,]?")
_LETTERS_AND_DIGITS = re.compile(r"(?=.*[^\W\d_])(?=.*\d).* .*", re.DOTALL).fullmatch


def personal_columns(
    sheet: pd.DataFrame, labels: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Columns that identify persons, each with the reason.

    Parameters
    ----------
    sheet : pandas.DataFrame of str
        Cells as given, "" where empty.
    labels : mapping of column to label, optional
        Labels of the columns in the file, such as SPSS variable labels.

    Returns
    -------
    dict of str to str
        In the order of the sheet: what the column seems to hold, as the end of a sentence, without
        any cell: `e-mail addresses`. Empty columns hold nothing.

    Notes
    -----
    Codes such as P001, categories, numbers and dates of sessions are no personal data here. A date
    is one of birth by the column's name, or where the column lies `YOUNGEST` to `OLDEST` years
    before another column of dates.

    Examples
    --------
    >>> sheet = pd.DataFrame({"id": ["P001", "P002"], "mail": ["ann@example.org", ""]})
    >>> personal_columns(sheet)
    {'mail': 'e-mail addresses'}
    """
    reasons, years = {}, {}
    names = [str(name) for name in sheet.columns]
    for position, name in enumerate(names):
        column = _column(name, (labels or {}).get(name, ""), sheet.iloc[:, position].unique())
        reason = column.holds() if column.cells else None
        if reason is not None:
            reasons[name] = reason
        elif column.cells and column.share(_year) >= 0.8:
            years[name] = median(filter(None, map(_year, column.cells)))
    for name, year in years.items():
        if any(YOUNGEST <= other - year <= OLDEST for other in years.values()):
            reasons[name] = "dates of birth"
    return {name: reasons[name] for name in names if name in reasons}


def words_of(name: str) -> tuple[str, ...]:
    """The words of a column's name, in lower case and without accents.

    Examples
    --------
    >>> words_of("RecipientLastName"), words_of("Prénom_2")
    (('recipient', 'last', 'name'), ('prenom',))
    """
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss"))
    plain = plain.encode("ascii", "ignore").decode()
    return tuple(word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]+|[a-z]+", plain))


@dataclass(frozen=True)
class _Column:
    """Words and cells of one column.

    Attributes
    ----------
    name : tuple of str
        The words of its name.
    heading : frozenset of str
        The words of its name and label, and neighbouring words as one.
    cells : tuple of str
        Distinct contents that are no missing codes, at most `MOST_JUDGED`.
    texts : tuple of str
        All distinct contents that are no numbers.
    """

    name: tuple[str, ...]
    heading: frozenset[str]
    cells: tuple[str, ...]
    texts: tuple[str, ...]

    def share(self, fits: Callable[[str], object]) -> float:
        """Share of the distinct cells that fit."""
        return sum(1 for cell in self.cells if fits(cell)) / len(self.cells)

    def holds(self) -> str | None:
        """The kind of personal data that the column holds; None without."""
        tests = KINDS if self.texts else NUMBERS
        return next((what for what, holds_it in tests.items() if holds_it(self)), None)


def _column(name: str, label: str, contents: Iterable[object]) -> _Column:
    stripped = dict.fromkeys(str(content).strip() for content in contents)
    cells = tuple(text for text in stripped if text and text not in COMMON_MISSING_CODES)
    in_name = words_of(name)
    heading = {*in_name, "".join(in_name), *words_of(label)}
    heading |= {first + second for first, second in pairwise(in_name)}
    texts = tuple(cell for cell in cells if not _NUMBER.fullmatch(cell))
    sampled = cells[:: -(-len(cells) // MOST_JUDGED)] if cells else cells
    return _Column(in_name, frozenset(heading), sampled, texts)


def _year(text: str) -> int:
    """The year of a date; 0 where a cell is none."""
    match = _DATE.fullmatch(text)
    return int(match["first"] or match["last"]) if match else 0


def _has_email(column: _Column) -> bool:
    return any("@" in text and _EMAIL.search(text) for text in column.texts)


def _has_internet_addresses(column: _Column) -> bool:
    return column.share(_INTERNET.fullmatch) >= 0.5


def _has_register_numbers(column: _Column) -> bool:
    if any(_REGISTERED.fullmatch(text) for text in column.texts):
        return True
    pairs = any(pair <= column.heading for pair in words.REGISTERED_PAIRS)
    named = pairs or bool(column.heading & words.REGISTERED)
    return named and column.share(lambda cell: sum(map(str.isdigit, cell)) >= 5) >= 0.5


def _has_phones(column: _Column) -> bool:
    if any(_SURE_PHONE.fullmatch(text) for text in column.texts):
        return True
    if column.share(lambda cell: _PHONE.fullmatch(cell) and not _year(cell)) >= 0.5:
        return True
    return bool(column.heading & words.PHONE) and column.share(_has_phone_digits) >= 0.5


def _has_phone_digits(cell: str) -> bool:
    digits = sum(map(str.isdigit, cell))
    fits = bool(_DIGITS_OF_PHONE.fullmatch(cell)) and 7 <= digits <= 15
    return fits and not _year(cell)


def _has_births(column: _Column) -> bool:
    if not column.heading & words.BIRTH:
        return False
    numbered = column.share(_DAY_NUMBER.fullmatch) >= 0.8
    return numbered or (
        column.share(lambda cell: _year(cell) or _COMPACT_DATE.fullmatch(cell)) >= 0.5
    )


def _has_postcodes(column: _Column) -> bool:
    spaced = sum(1 for cell in column.cells if _SPACED_POSTCODE.fullmatch(cell))
    if spaced >= 3 and spaced >= 0.6 * len(column.cells):
        return True
    named = bool(column.heading & words.POSTCODE)
    return named and column.share(_ANY_POSTCODE.fullmatch) >= 0.5


def _has_addresses(column: _Column) -> bool:
    if any(" " in text and len(text) < 80 and _STREET.fullmatch(text)
           for text in column.texts):  # fmt: skip
        return True
    return bool(column.heading & words.ADDRESS) and column.share(_LETTERS_AND_DIGITS) >= 0.3


def _has_places(column: _Column) -> bool:
    if column.share(_PLACE.fullmatch) >= 0.5:
        return True
    short = len(column.name) <= 2 and {"lat", "lon", "lng"} & set(column.name)
    named = bool(short or column.heading & words.COORDINATES)
    return named and column.share(_DEGREES.fullmatch) >= 0.5


def _has_names(column: _Column) -> bool:
    if any(_is_full_name(text) for text in column.texts):
        return True
    known = sum(1 for cell in column.cells if _is_first_name(cell))
    if known >= 3 and known >= 0.5 * len(column.cells):
        return True
    return _is_headed_as_name(column) and column.share(_reads_like_a_name) >= 0.5


def _has_initials(column: _Column) -> bool:
    """Letters alone: the initial value of something is a number."""
    named = bool(column.heading & words.INITIALS)
    return named and column.share(_INITIALS.fullmatch) >= 0.5


def _is_headed_as_name(column: _Column) -> bool:
    if column.heading & words.WHOLE_NAMES:
        return True
    if not column.heading & words.NAME:
        return False
    return column.heading <= words.NAME or bool(column.heading & (words.PERSONS | words.NAME_PARTS))


def _is_full_name(text: str) -> bool:
    """Whether a cell reads like `Mary Smith`, `Smith, Mary` or `Dr. Smith`."""
    parts = re.split(r"[\s,]+", text, maxsplit=5) if " " in text or "," in text else []
    if not 2 <= len(parts) <= 4 or not all(map(_CAPITALISED.fullmatch, parts)):
        return False
    plain = [word for part in parts for word in words_of(part)]
    if words.NO_PERSONS & set(plain):
        return False
    return plain[0] in words.TITLES or bool(words.FIRST_NAMES & set(plain))


def _is_first_name(text: str) -> bool:
    plain = words_of(text) if text[0].isupper() and len(text) < 20 else ()
    return len(plain) == 1 and plain[0] in words.FIRST_NAMES


def _reads_like_a_name(text: str) -> bool:
    """Letters only, and no short code such as AB or MDD."""
    if not _LETTERS_ONLY.fullmatch(text):
        return False
    return len(text) > 4 or (len(text) > 1 and any(map(str.islower, text)))


def _has_free_text(column: _Column) -> bool:
    texts = {text: len(_WORD.findall(text)) for text in column.texts if " " in text}
    if any(len(text) >= 100 and n_words >= 15 for text, n_words in texts.items()):
        return True
    long = sum(1 for text, n_words in texts.items() if n_words >= 5 and len(text) >= 25)
    if long >= 5 and long >= 0.5 * (len(texts) or 1) and long >= 0.3 * len(column.texts):
        return True
    some = sum(1 for n_words in texts.values() if n_words >= 3)
    headed = bool(column.heading & words.FREE_TEXT)
    return headed and some >= 2 and some >= 0.3 * len(column.texts)


KINDS: dict[str, Callable[[_Column], bool]] = {
    "e-mail addresses": _has_email,
    "internet addresses (IP)": _has_internet_addresses,
    "numbers of a public register, insurance, hospital or bank": _has_register_numbers,
    "telephone numbers": _has_phones,
    "dates of birth": _has_births,
    "postcodes": _has_postcodes,
    "addresses": _has_addresses,
    "places on a map (latitude, longitude)": _has_places,
    "names of persons": _has_names,
    "initials of persons": _has_initials,
    "free text": _has_free_text,
}
"""Kind of personal data -> test whether a column holds it, the most certain test first."""

NUMBERS = {
    what: holds_it
    for what, holds_it in KINDS.items()
    if holds_it in (_has_register_numbers, _has_phones, _has_births, _has_postcodes, _has_places)
}
"""The kinds that a column of numbers may hold."""

Place = tuple[str, str]
"""File name and column."""


def with_personal_columns(raw: RawCohort, violations: Sequence[Violation]) -> list[Violation]:
    """Add one violation per column with personal data, and withhold the contents of its cells.

    This comes after all checks: an item column is examined only where a check found a wrong cell in
    it, and no message may quote a cell of a personal column. Columns of `dropped:` are skipped.

    Parameters
    ----------
    raw : RawCohort
    violations : sequence of Violation
        Those of all checks.

    Returns
    -------
    list of Violation
        Personal columns first. If the ids themselves are personal data (an error), all violations
        with a row or a dyad are left out; they are reported once the file has codes.
    """
    cohort = raw.cohort
    wrong = {
        (violation.file, violation.column) for violation in violations if violation.row is not None
    }
    reasons: dict[Place, str] = {}
    personal: list[Violation] = []
    for name, sheet in raw.sheets.items():
        file = cohort.files[name]
        items = raw.item_columns.get(name, ())
        sound = {column for column in items if (file.place, column) not in wrong}
        examined = [column for column in sheet.columns if column not in {*sound, *file.dropped}]
        for column, reason in personal_columns(sheet[examined]).items():
            reasons[file.place, column] = reason
            personal.append(_personal_column(name, column, reason, cohort))
    ids_are_personal = any(
        violation.severity == "error" and violation.column in id_columns(name, cohort)
        for name in raw.sheets
        for violation in personal
        if violation.file == cohort.files[name].place
    )
    if ids_are_personal:
        violations = [
            violation
            for violation in violations
            if violation.row is None and violation.dyad is None
        ]
    return personal + [_without_cell(violation, reasons) for violation in violations]


def _personal_column(file: str, column: str, reason: str, cohort: Cohort) -> Violation:
    if column in id_columns(file, cohort):
        remedy = "Write codes in their place, or add `hashed_ids:` to cohort.yaml."
    else:
        remedy = "Add it to `dropped:` of this file in cohort.yaml, or delete it from the export."
    return Violation(
        "personal_column",
        cohort.severity("personal_column"),
        cohort.files[file].place,
        f"the column seems to hold {reason}; no analysis needs personal data.",
        remedy,
        column=column,
    )


def _without_cell(violation: Violation, reasons: Mapping[Place, str]) -> Violation:
    """The violation; in a cell of a personal column, without the content of the cell."""
    reason = reasons.get((violation.file, violation.column or ""))
    if reason is None or (violation.row is None and violation.value is None):
        return violation
    message = f"the cell is not allowed here; it is not shown, as the column may hold {reason}."
    return replace(violation, message=message, remedy="Correct the cell.", value=None)
