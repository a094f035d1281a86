"""Columns that identify persons, judged by name, label and cells together.

A word such as `phone` above yes and no is not a telephone number, an e-mail address is one under
any heading. Reasons never quote a cell.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from statistics import median

import pandas as pd

from attune.intake.personal_data import cell_patterns as patterns
from attune.intake.personal_data import named_places as places
from attune.intake.personal_data import persons
from attune.intake.personal_data.check_digits import FORMS, REGISTERS, bare, iban
from attune.intake.personal_data.column_cells import ColumnCells, column_cells
from attune.intake.reading.nested_cells import answers_of, nested_cell

YOUNGEST, OLDEST = 18, 100
"""Years that a date of birth lies before the other dates of a sheet."""

LIVES = 25
"""Years between the first and the last tenth of a column of dates that no study lasts, but the
births of adults span: ages of 20 to 45 are the narrower half of most samples."""

MOST_NUMBERS = 200
"""Distinct cells whose check digits are computed."""

MANY_TOWNS = 15
"""Different towns from which on they are where people live; the largest trials of psychotherapy
have fewer sites."""

CENTURY = 30
"""Two-digit years from here on are of the last century."""


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
    Codes such as P001, categories, numbers and dates of sessions are not personal data here. A date
    is one of birth by the column's name, where the column lies `YOUNGEST` to `OLDEST` years
    before another column of dates, or where its days span `LIVES` years or more. Numbers of
    registers are known by their check digits, if so many fit that chance is excluded
    (`attune.intake.personal_data.check_digits`).

    Examples
    --------
    >>> sheet = pd.DataFrame({"id": ["P001", "P002"], "mail": ["ann@example.org", ""]})
    >>> personal_columns(sheet)
    {'mail': 'e-mail addresses'}
    """
    reasons: dict[str, str] = {}
    years: dict[str, list[int]] = {}
    days: dict[str, list[str]] = {}
    names = [str(name) for name in sheet.columns]
    for position, name in enumerate(names):
        column = column_cells(name, (labels or {}).get(name, ""), sheet.iloc[:, position].unique())
        reason = _holds(column) if column.cells else None
        if reason is not None:
            reasons[name] = reason
        elif column.texts and column.mostly(year_of, 0.8):
            years[name] = [year for year in map(year_of, column.cells) if year]
            days[name] = [_without_time(str(cell)) for cell in sheet.iloc[:, position] if cell]
        elif seconds := _seconds_as_days(column):
            years[name] = [year_of(day) for day in seconds]
            days[name] = seconds
    middle = {name: median(found) for name, found in years.items()}
    for name, found in years.items():
        earlier = any(YOUNGEST <= other - middle[name] <= OLDEST for other in middle.values())
        if earlier or _spans_lives(found, days[name]):
            reasons[name] = "dates of birth"
    return {name: reasons[name] for name in names if name in reasons}


def _holds(column: ColumnCells) -> str | None:
    """The kind of personal data that a column holds; None without."""
    tests = KINDS if column.texts else NUMBERS
    return next((what for what, holds_it in tests.items() if holds_it(column)), None)


def year_of(text: str) -> int:
    """The year of a date; 0 where a cell is none.

    Examples
    --------
    >>> [year_of(text) for text in ("03.02.1980", "3. helmikuuta 1980", "03/02/80", "1980年2月3日")]
    [1980, 1980, 1980, 1980]
    """
    if len(text) < 6 or len(text) > 40:
        return 0
    match = patterns.DATE.fullmatch(text)
    if match:
        return int(next(filter(None, match.groupdict().values())))
    short = patterns.SHORT_DATE.fullmatch(text)
    if not short:
        return 0
    year = int(short["year"])
    return year + (1900 if year >= CENTURY else 2000)


def _without_time(cell: str) -> str:
    """A date without the time of day behind it, which dates of birth have as midnight."""
    return _TIME.sub("", cell)


_TIME = re.compile(r"[T ]+\d{1,2}:\d\d.*$")


def _seconds_as_days(column: ColumnCells) -> list[str]:
    """The days of a column of seconds since 14 October 1582, as SPSS counts them; [] of any other.

    A day has 86,400 seconds: three different numbers of full days are not chance. Numbers of days,
    as spreadsheets count them, have no such sign: incomes and scores look the same, so that only a
    heading makes them dates of birth.
    """
    numbers = [cell.removesuffix(".0") for cell in column.cells]
    if column.texts or len(numbers) < FEWEST_DAYS:
        return []
    if not all(map(_SECONDS.fullmatch, numbers)) or any(int(n) % 86_400 for n in numbers):
        return []
    found = [_SPSS_DAY_ONE + timedelta(seconds=int(number)) for number in numbers]
    return [day.isoformat() for day in found] if all(d.year < 2100 for d in found) else []


_SECONDS = re.compile(r"1[0-5]\d{9}|9\d{9}")
"""Seconds of days between 1867 and 2090."""
_SPSS_DAY_ONE = date(1582, 10, 14)
FEWEST_DAYS = 3
"""Different numbers that show that a column counts the seconds of days."""


def _spans_lives(years: list[int], dates: Sequence[str]) -> bool:
    """Whether dates lie on many days of decades, as births do and the dates of one study do not."""
    days = {day[-2:] for day in dates} | {day[:2] for day in dates}
    series = years in (sorted(years), sorted(years, reverse=True))
    if len(years) < 5 or len(days) < 8 or series:
        return False
    # Without the earliest and the latest tenth: one date out of time is a slip of the pen.
    cut = max(1, len(years) // 10)
    inner = sorted(years)[cut:-cut]
    return inner[-1] - inner[0] >= LIVES


def _has_email(column: ColumnCells) -> bool:
    if "@" in column.text:
        with_sign = (text for text in column.texts if "@" in text)
        if any(map(patterns.EMAIL.search, with_sign)):
            return True
    return any(
        sign in column.shape_text and patterns.SPELLED_EMAIL.search(column.shape_text)
        for sign in ("at)", "at]", "at}", " dot ", "AT)", "AT]")
    )


def _has_network_cards(column: ColumnCells) -> bool:
    if column.mostly(patterns.NETWORK_CARD.fullmatch, 0.5):
        return True
    return column.headed("network_card") and column.mostly(patterns.TWELVE_HEX.fullmatch, 0.8)


def _has_internet_addresses(column: ColumnCells) -> bool:
    named = "version" in column.heading.words
    return not named and column.mostly(patterns.INTERNET.fullmatch, 0.5)


def _has_accounts(column: ColumnCells) -> bool:
    if "." in column.text and patterns.PROFILE.search(column.text):
        return True
    if column.mostly(patterns.HANDLE.fullmatch, 0.5):
        return True
    if column.headed("account") and column.mostly(_is_account, 0.5):
        return True
    return column.headed("account", "person") and column.some(patterns.URL.search, 0.5, 1)


def _is_account(cell: str) -> bool:
    """A name of an account has letters, and more than a code or an answer."""
    return (
        len(cell) >= 5
        and " " not in cell
        and any(map(str.isalpha, cell))
        and (bool(set(cell) & set("._/@-")) or (cell[-1].isdigit() and cell[:4].isalpha()))
    )


def _has_social_security(column: ColumnCells) -> bool:
    if "-" in column.shape_text and patterns.SOCIAL_SECURITY.search(column.shape_text):
        return True
    return column.headed("social_security") and column.mostly(_has_register_digits, 0.5)


def _has_register_numbers(column: ColumnCells) -> bool:
    text = column.shape_text
    if patterns.IBAN.search(text):
        accounts = patterns.IBAN.finditer(column.text)
        if any(_is_account_number(match.group()) for match in accounts):
            return True
    found = patterns.REGISTER_IN_TEXT.finditer(text)
    if any(sum(map(str.isdigit, match.group())) >= 6 for match in found):
        return True
    if column.headed("register") and column.mostly(_has_register_digits, 0.5):
        return True
    if column.headed("issuer") and column.headed("number") and _has_one_length(column):
        return True
    if column.headed("national_number") and column.mostly(patterns.LAST_DIGITS.fullmatch, 1, 3):
        return True
    return fits_a_register(column.cells)


def _is_account_number(text: str) -> bool:
    number = bare(text)
    return 15 <= len(number) <= 34 and iban(number)


def _has_register_digits(cell: str) -> bool:
    if patterns.DECIMAL.fullmatch(cell) and not cell.endswith(".0"):
        return False
    return sum(map(str.isdigit, cell)) >= 5 and not year_of(cell)


def _has_one_length(column: ColumnCells) -> bool:
    """Numbers that one office issues are of one length; counts of the insured are not."""
    numbers = [cell for cell in column.cells if _has_register_digits(cell)]
    lengths = Counter(map(len, numbers))
    return bool(numbers) and max(lengths.values()) >= max(2, 0.8 * len(column.cells))


def fits_a_register(cells: tuple[str, ...]) -> bool:
    """Whether nearly all numbers of a column have the check digits of one register.

    Parameters
    ----------
    cells : tuple of str
        Distinct cells.

    Returns
    -------
    bool
        Whether at least 90 % of the numbers of a register's form, and at least its `fewest_hits`,
        have the right check digits, and half of the cells hold such a number.

    Examples
    --------
    >>> fits_a_register(tuple(str(number) for number in range(100_000_000, 100_000_200)))
    False
    """
    numbers = [number for cell in cells[:MOST_NUMBERS] for number in _numbers_of(cell)]
    if 2 * len(numbers) < min(len(cells), MOST_NUMBERS):
        return False
    for register, form in zip(REGISTERS, FORMS, strict=True):
        tried = {number for number in numbers if form.fullmatch(number)}
        enough = max(register.fewest_hits, 0.5 * len(numbers))
        if len(tried) >= enough:
            hits = sum(map(register.fits, tried))
            if hits >= register.fewest_hits and hits >= 0.9 * len(tried):
                return True
    return False


def _numbers_of(cell: str) -> list[str]:
    """The number of a cell without separators, or the first number within its text."""
    if len(cell) < 8 or patterns.DECIMAL.fullmatch(cell):
        return []
    number = bare(cell)
    if len(number) <= 18:
        return [number] if sum(map(str.isdigit, number)) >= 6 else []
    return [bare(found) for found in patterns.DIGIT_RUN.findall(cell)[:1]]


def _has_phones(column: ColumnCells) -> bool:
    if _seconds_as_days(column):
        return False
    if any(map(patterns.SURE_PHONE.fullmatch, column.shapes)):
        return True
    if column.mostly(_is_phone, 0.5, 2 if column.texts else 5):
        return True
    if any(map(_tells_a_phone, column.shapes)):
        return True
    return column.headed("phone") and column.mostly(_has_phone_digits, 0.5)


def _is_phone(cell: str) -> bool:
    return bool(patterns.PHONE.fullmatch(cell)) and not year_of(cell)


def _tells_a_phone(cell: str) -> bool:
    if " " not in cell or sum(map(str.isdigit, cell)) < 7 or not any(map(str.isalpha, cell)):
        return False
    return bool(patterns.PHONE_IN_TEXT.search(cell))


def _has_phone_digits(cell: str) -> bool:
    if patterns.DECIMAL.fullmatch(cell) and not cell.endswith(".0"):
        return False
    digits = sum(map(str.isdigit, cell))
    fits = bool(patterns.DIGITS_OF_PHONE.fullmatch(cell)) and 7 <= digits <= 16
    return fits and not year_of(cell)


def _has_births(column: ColumnCells) -> bool:
    text = column.shape_text
    if patterns.DAY_IN_TEXT.search(text) and patterns.BIRTH_IN_TEXT.search(text):
        return True
    if not column.headed("birth"):
        return False
    return (
        column.mostly(patterns.DAY_NUMBER.fullmatch, 0.8)
        or bool(_seconds_as_days(column))
        or column.mostly(lambda cell: year_of(cell) or patterns.COMPACT_DATE.fullmatch(cell), 0.5)
        or column.mostly(patterns.SHORT_COMPACT_DATE.fullmatch, 0.8, 2)
    )


def _has_birthplaces(column: ColumnCells) -> bool:
    if not column.headed("birthplace") or column.of_kinds:
        return False
    return column.mostly(places.names_a_place, 0.5)


def _has_residences(column: ColumnCells) -> bool:
    """Names of towns; where the heading may mean a clinic's, so many that they are people's."""
    if column.of_kinds:
        return False
    if column.headed("residence"):
        return column.mostly(places.names_a_place, 0.5, 2)
    return column.headed("town") and column.mostly(places.names_a_place, 0.5, MANY_TOWNS)


def _has_schools(column: ColumnCells) -> bool:
    """Names of schools, which tell where a child or student is found."""
    named = column.headed("school") and not column.of_kinds
    return named and column.mostly(places.names_a_school, 0.5, 2)


def _has_postcodes(column: ColumnCells) -> bool:
    if column.some(patterns.SPACED_POSTCODE.fullmatch, 0.6, 3):
        return True
    return column.headed("postcode") and column.mostly(patterns.ANY_POSTCODE.fullmatch, 0.5)


def _has_addresses(column: ColumnCells) -> bool:
    if any(" " in text and len(text) < 80 and patterns.STREET.fullmatch(text)
           for text in column.shapes):  # fmt: skip
        return True
    if any(
        pattern.search(column.shape_text)
        for pattern in (patterns.STREET_IN_TEXT, patterns.CAPITAL_STREET_IN_TEXT)
    ):
        return True
    if column.some(lambda cell: len(cell) < 80 and patterns.CJK_ADDRESS.fullmatch(cell), 0.5, 2):
        return True
    if column.headed("house_number") and column.mostly(patterns.HOUSE_NUMBER.fullmatch, 0.8, 3):
        return True
    return column.headed("address") and column.some(_is_address, 0.3, 1)


def _is_address(cell: str) -> bool:
    return bool(
        patterns.LETTERS_AND_DIGITS.fullmatch(cell)
        or (patterns.CJK.search(cell) and len(cell) >= 6)
    )


def _has_plates(column: ColumnCells) -> bool:
    if column.mostly(patterns.SURE_PLATE.fullmatch, 0.8, 3):
        return True
    return column.headed("plate") and column.mostly(patterns.PLATE.fullmatch, 0.5)


def _has_places(column: ColumnCells) -> bool:
    if column.mostly(lambda cell: len(cell) < 80 and patterns.PLACE.fullmatch(cell), 0.5):
        return True
    words = column.heading.words
    short = len(words) <= 2 and {"lat", "lon", "lng", "long"} & set(words)
    named = bool(short or column.headed("coordinates"))
    return named and column.mostly(_is_degree, 0.5) and column.mostly(_is_below_180, 1)


def _is_degree(cell: str) -> bool:
    return bool(patterns.DEGREES.fullmatch(cell))


def _is_below_180(cell: str) -> bool:
    number = cell.replace(",", ".").lstrip("+-").partition(".")[0]
    return not number.isdigit() or int(number) <= 180


def _has_names(column: ColumnCells) -> bool:
    if "." in column.text and (
        any(map(persons.is_file_of_a_person, column.texts))
        or column.some(persons.names_a_person_in_file, 0.3, 1)
    ):
        return True
    if persons.mentions_names(column.shape_text):
        full = [text for text in column.texts if persons.is_full_name(text)]
        if any(map(persons.is_capitalised, full)):
            return True
        if any(map(persons.mentions_a_person, column.shapes)):
            return True
        if len(full) >= 3 and len(full) >= 0.5 * len(column.texts):
            return True
        if column.some(persons.is_one_name, 0.5, 3):
            return True
    if column.mostly(persons.is_initial_and_name, 0.8, 3):
        return True
    if patterns.CJK.search(column.text) and column.mostly(persons.is_eastern_name, 0.8, 4):
        return True
    if column.headed("person_name") and column.some(_is_short_name, 0.9, 2):
        return True
    if column.headed("capital_name") and column.mostly(_is_capital_name, 0.9, 2):
        return True
    if column.headed("contact_person"):
        return column.some(persons.reads_like_a_name, 0.5, 3)
    return _is_headed_as_name(column) and column.some(persons.reads_like_a_name, 0.5, 1)


def _is_short_name(cell: str) -> bool:
    if len(cell) < 2 or persons.is_answer(cell):
        return False
    return cell.isalpha() or persons.reads_like_a_name(cell)


def _is_capital_name(cell: str) -> bool:
    """A name with a capital; `meno` also stands for the menopause."""
    phase = cell.lower().startswith(("pre", "peri", "post"))
    return cell[:1].isupper() and not phase and persons.reads_like_a_name(cell)


def _is_headed_as_name(column: ColumnCells) -> bool:
    if column.headed("person_name"):
        return True
    if not column.headed("name"):
        return False
    return column.heading.only_name or column.headed("person", "name_part")


def _has_employers(column: ColumnCells) -> bool:
    """Names of companies: in scripts with capitals they begin with one, kinds of work need not."""
    named = column.headed("employer") and not column.of_kinds
    return named and column.mostly(places.names_an_employer, 0.5, 3)


def _has_initials(column: ColumnCells) -> bool:
    """Letters alone: the initial value of something is a number."""
    return column.headed("initials") and column.mostly(patterns.INITIALS.fullmatch, 0.5)


def _has_free_text(column: ColumnCells) -> bool:
    """Sentences; not the codes of a form program in lists or objects (JSON)."""
    if any(len(text) >= 100 and _n_words(text) >= 15 for text in _written(column.texts)):
        return True
    written = _written(column.cells)
    texts = [text for text in written if not patterns.NUMBER.fullmatch(text)]
    spaced = [text for text in texts if " " in text or len(text) > 15]
    long = sum(1 for text in spaced if len(text) >= 15 and _is_long(text))
    if long >= 5 and long >= 0.5 * len(spaced) and long >= 0.3 * len(texts):
        return True
    some = sum(1 for text in texts if _n_words(text) >= 3)
    return column.headed("free_text") and some >= 2 and some >= 0.3 * len(texts)


def _written(texts: Sequence[str]) -> list[str]:
    """Texts that somebody wrote: of an object (JSON) its answers, without the names of items."""
    written: list[str] = []
    for text in texts:
        if text[:1] not in ("{", "["):
            written.append(text)
        elif not _is_nested_code(text):
            written += answers_of(text).values() or [text]
    return written


def _is_nested_code(text: str) -> bool:
    """A list or an object of numbers, or with one number in it and few words."""
    nested = nested_cell(text)
    if nested is None:
        return False
    only_numbers = 0 < nested.n_values == nested.n_numbers
    return only_numbers or (nested.number is not None and _n_words(text) < 15)


def _is_long(text: str) -> bool:
    """Five words or more; three in Chinese, Japanese or Korean, which are written without gaps."""
    return (len(text) >= 25 and _n_words(text) >= 5) or bool(patterns.CJK.search(text))


def _n_words(text: str) -> int:
    """Words of a text; two characters of Chinese, Japanese or Korean count as one."""
    if not any(map(str.isspace, text)) and text.isascii():
        # The letters of a hash code or an address are not words.
        return 1
    if text.isascii():
        return len(patterns.WORD.findall(text))
    eastern = len(patterns.CJK.findall(text))
    return eastern // 2 if eastern > 0.5 * len(text) else len(patterns.WORD.findall(text))


KINDS: dict[str, Callable[[ColumnCells], bool]] = {
    "e-mail addresses": _has_email,
    "addresses of network cards (MAC)": _has_network_cards,
    "internet addresses (IP)": _has_internet_addresses,
    "user names and pages of persons in the internet": _has_accounts,
    "social security numbers": _has_social_security,
    "numbers of a public register, insurance, hospital or bank": _has_register_numbers,
    "telephone numbers": _has_phones,
    "dates of birth": _has_births,
    "postcodes": _has_postcodes,
    "addresses": _has_addresses,
    "places on a map (latitude, longitude)": _has_places,
    "licence plates": _has_plates,
    "names of persons": _has_names,
    "initials of persons": _has_initials,
    "employers": _has_employers,
    "places of birth": _has_birthplaces,
    "places of residence": _has_residences,
    "names of schools": _has_schools,
    "free text": _has_free_text,
}
"""Kind of personal data -> test whether a column holds it, the most certain test first."""

NUMBERS = {
    what: holds_it
    for what, holds_it in KINDS.items()
    if holds_it
    in (
        *(
            _has_social_security,
            _has_register_numbers,
            _has_phones,
            _has_births,
            _has_postcodes,
            _has_addresses,
        ),
        _has_places,
    )
}
"""The kinds that a column of numbers may hold."""
