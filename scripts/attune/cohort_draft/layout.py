"""Layout of a raw file: the columns with the dyad, the occasion and the rater of a row."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from attune.cohort_draft.column_names import identifier, meaning_of, normalised, words_of
from attune.cohort_draft.draft import RawTable
from attune.cohort_draft.vocabulary import (
    CATEGORIES,
    DYAD_COLUMNS,
    EARLY,
    LATE,
    NUMBERS,
    OCCASION_COLUMNS,
    PATIENT_COLUMNS,
    RATER_COLUMNS,
    RATERS,
    THERAPIST_COLUMNS,
    UNITS,
)
from attune.intake.reading.ids_as_dates import HOW_TO_GET_BACK, ids_like_dates
from attune.specs.raw_file import ROW_NUMBERS

MOST_LEVELS = 60
"""Largest number of levels of an occasion column."""

REPEATS = (
    ("redcap_repeat_instrument", "redcap_repeat_instance"),
    ("Repeat Instrument", "Repeat Instance"),
)
"""Columns with form and number of a row, in a REDCap export of repeated forms: names or labels."""

_CODE = (
    r"[^\W\d_]{0,6}[-_ ]?\d{1,8}[^\W\d_]?"
    r"|(?=[^\W_]*\d)(?=\d*[^\W\d_])[^\W_]{4,16}"
)
"""A code such as P07, ab-12, 3k or, made by the person, KA03ZB."""

MOST_ALIKE_CODES = 0.1
"""Largest share of rows in which two people may have made the same code, or answered twice."""

LINKED = 0.5
"""Share of the ids of a file that another file holds, too, from which on they link the files."""

MOST_REPEATED = 0.1
"""Largest share of rows that may repeat a key by mistake; the validation lists them."""


@dataclass(frozen=True)
class Layout:
    """The columns that identify a row of a file.

    Attributes
    ----------
    dyad : str
        Column that names the dyad.
    occasion, rater : str, optional
        Columns with occasion and rater, in a file with several rows per dyad.
    occasions : dict of str to str
        Level of `occasion` -> occasion, in order of time.
    repeats : tuple of (str, str)
        Form and number of the rows in a REDCap export with repeated forms, in order; both are ""
        in the rows of what is asked once.
    repeat_columns : tuple of str
        The columns that hold them.
    raters : dict of str to str
        Level of `rater` -> rater.
    reasons, doubts : list of str
    """

    dyad: str
    occasion: str | None = None
    rater: str | None = None
    occasions: dict[str, str] = field(default_factory=dict)
    repeats: tuple[tuple[str, str], ...] = ()
    repeat_columns: tuple[str, ...] = ()
    raters: dict[str, str] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def layout_of(
    table: RawTable, id_column: str | None = None, others: Sequence[RawTable] = ()
) -> Layout | str:
    """The layout of a file, or the reason why it has none.

    Parameters
    ----------
    table : RawTable
    id_column : str, optional
        The column that names the dyad, if the user has chosen it.
    others : sequence of RawTable
        The other files of the cohort: ids that they hold, too, name people rather than answers.
    """
    sheet = table.sheet
    names = _id_names(table, id_column)
    candidates = id_candidates(table, id_column)
    if not candidates and ROW_NUMBERS in names:
        return Layout(ROW_NUMBERS, doubts=[_BY_ROW])
    if not candidates:
        return _no_dyad(table, names)
    repeats = repeat_columns(sheet.columns)
    rated = [(candidate, *_keys(sheet, candidate, names)) for candidate in candidates]
    usable = [
        entry
        for entry in rated
        if repeated_share(sheet, [entry[0], *entry[1], *repeats]) <= MOST_REPEATED
    ]
    if not usable:
        dyad = rated[0][0]
        return (
            f"{dyad!r} occurs in several rows, and no column says which occasion or rater a row"
            " belongs to. Add such a column (for example `session`), or name another id with"
            " --id COLUMN. If a row is a single answer, with its question in another column, write"
            " `one_row_per_answer:` of the file by hand (docs/your_data.md)"
        )
    linked = {entry[0]: _linked_share(table, entry[0], others) for entry in usable}
    dyad, keys, levels = min(
        usable,
        key=lambda entry: (
            linked[entry[0]] < LINKED,
            bool(others) and _counts_rows(sheet[entry[0]]),
            _blanks(sheet, entry[0]),
        ),
    )
    layout = _described(table, dyad, keys, levels, [entry[0] for entry in usable], id_column)
    if id_column is None and linked[dyad] >= LINKED and max(linked.values()) > min(linked.values()):
        layout.reasons.append(f"{linked[dyad]:.0%} of its ids are in another file, too")
    return layout


def repeat_columns(columns: Collection[object]) -> tuple[str, ...]:
    """The columns with form and number of a repeated form of REDCap; () where there are none."""
    found = (pair for pair in REPEATS if set(pair) <= set(columns))
    return next(found, ())


def _counts_rows(cells: pd.Series) -> bool:
    """Whether a column numbers its rows from 1, which files do without naming the same people."""
    return {str(cell) for cell in cells} == {str(row) for row in range(1, len(cells) + 1)}


def _linked_share(table: RawTable, column: str, others: Sequence[RawTable]) -> float:
    """Share of the ids of a column that the column of this name in another file holds, too.

    Numbers that a program gives to responses recur in every file, without naming the same person.
    """
    if normalised(column) in table.program.counters:
        return 0.0
    own = set(table.sheet[column]) - {""}
    shares = [
        len(own & set(other.sheet[column])) / len(own)
        for other in others
        if own and column in other.sheet.columns
    ]
    return max(shares, default=0.0)


_BY_ROW = (
    "no column names the person, so each row is taken as another one, by its number. If a column"
    " does, choose it with --id COLUMN"
)


def names_nobody(table: RawTable) -> bool:
    """Whether no column names the person or the therapist of a row."""
    names = _id_names(table, None)
    own = [name for name in names if normalised(name) in THERAPIST_COLUMNS]
    return not own and ROW_NUMBERS not in names and not id_candidates(table)


def _codes_of_people(table: RawTable, names: Sequence[str]) -> list[str]:
    """The only column of short codes, letters with a number, that name a person.

    They differ in every row, or in every row of an occasion or rater that another column names.
    """
    sheet, found = table.sheet, []
    program = table.program
    for name in names:
        cells = sheet[name].astype(str)
        codes = cells.str.fullmatch(_CODE) & cells.str.contains(r"[^\W\d_]")
        if not codes.all() or cells.nunique() < 2 or normalised(name) in THERAPIST_COLUMNS:
            continue
        if program.adds(name):
            continue
        keys, levels = _keys(sheet, name, names)
        # The codes of occasions differ within every person, too, but are fewer.
        are_occasions = any(cells.nunique() <= len(levels[key]) for key in keys)
        if not are_occasions and not sheet.duplicated([name, *keys]).any():
            found.append(name)
    return found if len(found) == 1 else []


def id_candidates(table: RawTable, id_column: str | None = None) -> list[str]:
    """Columns that may name the dyad, the likeliest first; the one that the user has chosen."""
    if id_column in table.sheet.columns:
        return [str(id_column)]
    names = _id_names(table, id_column)
    return _dyad_candidates(table, names) or _codes_of_people(table, names)


def with_numbered_rows(table: RawTable) -> RawTable:
    """A table in which no column names anybody, with the numbers of its rows as ids.

    Parameters
    ----------
    table : RawTable
        The only file of a cohort: numbers of rows connect no files.
    """
    numbers = pd.Series(table.sheet.index.astype(str), index=table.sheet.index, dtype=object)
    sheet = pd.concat([numbers.rename(ROW_NUMBERS), table.sheet], axis=1)
    return replace(table, sheet=sheet, settings=table.settings | {"number_rows": True})


def level_occasion(level: str, column: str) -> str:
    """The occasion of a level of a column.

    Examples
    --------
    >>> level_occasion("3.0", "Session"), level_occasion("month_6_arm_1", "redcap_event_name")
    ('session_3', 'month_6')
    """
    plain = level.removesuffix(".0")
    if plain.isdigit():
        unit = UNITS.get(normalised(column).removesuffix("number").removesuffix("nr"), "occasion")
        return f"t{int(plain)}" if unit == "t" else f"{unit}_{int(plain)}"
    meaning = meaning_of(words_of(plain), ())
    if meaning.occasion and not meaning.rest and not meaning.rater:
        return meaning.occasion
    return identifier(plain, "occasion")


def time_rank(occasion: str) -> tuple[int, int]:
    """Order of an occasion in time: before, numbered in between, after, follow-up."""
    plain = occasion.rstrip("0123456789").rstrip("_")
    digits = occasion[len(plain) :].strip("_")
    number = int(digits) if digits.isdigit() else 0
    if plain in EARLY:
        return 0, EARLY.index(plain)
    if plain in LATE:
        return 2, number
    if plain == "follow_up":
        return 3, number
    return 1, number


def _id_names(table: RawTable, id_column: str | None) -> list[str]:
    """The columns that may name somebody."""
    return [
        name
        for name in map(str, table.sheet.columns)
        if name not in table.personal or normalised(name) in DYAD_COLUMNS or name == id_column
    ]


def _dyad_candidates(table: RawTable, names: Sequence[str]) -> list[str]:
    """Columns that may name the dyad, the likeliest first.

    What a survey program gives to every response comes last: it is not a person where somebody
    answers twice.
    """
    program = table.program
    plain = {name: normalised(name) for name in names}
    listed = [column for column in program.people if column in plain.values()]
    listed += [column for column in DYAD_COLUMNS if column in plain.values()]
    found = list(dict.fromkeys(name for entry in listed for name in names if plain[name] == entry))
    counters = [name for name in names if plain[name] in program.counters]
    people = [
        name
        for name in found
        if name not in counters
        and (not program.adds(name) or plain[name] in program.people)
        and _differs(table.sheet[name])
        and not (plain[name] in program.people and _mostly_empty(table.sheet[name]))
    ]
    if counters:
        others = [name for name in names if name not in (*people, *counters)]
        people += _codes_in_answers(table, others)
        people = people or _codes_of_people(table, others)
    return people + counters or _named_as_ids(table, names)


def _named_as_ids(table: RawTable, names: Sequence[str]) -> list[str]:
    """Columns whose names end in "id", "code" or "nr" and that differ between rows."""
    return [
        name
        for name in names
        if normalised(name) not in THERAPIST_COLUMNS
        and words_of(name)
        and words_of(name)[-1].text in ("id", "code", "nr")
        and not any(
            word.text in {*CATEGORIES, *NUMBERS}
            or (word.text in RATERS and RATERS[word.text] != "patient")
            for word in words_of(name)
        )
        and _differs(table.sheet[name])
    ]


def _codes_in_answers(table: RawTable, names: Sequence[str]) -> list[str]:
    """Questions for the code of a person, and variables in which a study keeps its own codes."""
    program = table.program
    found = []
    for name in names:
        label = table.notes[name].label if name in table.notes else ""
        words = {word.text for text in (name, label) for word in words_of(text)}
        kept = re.fullmatch(program.code_like, normalised(name))
        if not (kept or words & _CODE_WORDS) or (program.adds(name) and not kept):
            continue
        if _are_codes(table.sheet[name]):
            found.append(name)
    return found


_CODE_WORDS = frozenset(
    {"code", "codes", "codewort", "kürzel", "pseudonym", "chiffre", "id", "código", "codice"}
    | {"codenummer", "vpcode", "studiencode", "teilnehmercode", "kode", "kod"}
)
"""Words of a question that asks for the code of a person."""


def _are_codes(cells: pd.Series) -> bool:
    """Whether nearly every cell is a code, another one in every row or occasion."""
    given = cells[cells != ""].astype(str)
    if len(given) < max(2, len(cells) / 2):
        return False
    short = given.str.fullmatch(r"[\w.-]{1,20}").mean() > 1 - MOST_ALIKE_CODES
    return bool(short) and given.nunique() > len(given) / (MOST_LEVELS / 2) + 1


def _differs(cells: pd.Series) -> bool:
    """Whether a column tells rows apart: a constant, such as the id of the study, names nobody."""
    return len(cells) < 2 or len(set(cells) - {""}) > 1


def _mostly_empty(cells: pd.Series) -> bool:
    return bool((cells == "").mean() > 0.5)


def _keys(
    sheet: pd.DataFrame, dyad: str, names: Sequence[str]
) -> tuple[list[str], dict[str, list[str]]]:
    """The columns that distinguish the rows of one dyad, and their levels."""
    if repeated_share(sheet, [dyad]) == 0:
        return [], {}
    levels = {}
    for column_names, most in ((OCCASION_COLUMNS, MOST_LEVELS), (RATER_COLUMNS, 4)):
        for entry in column_names:
            columns = [name for name in names if normalised(name) == entry and name != dyad]
            found = [c for c in columns if 1 < sheet[c].replace("", None).nunique() <= most]
            if found:
                levels[found[0]] = [str(text) for text in sheet[found[0]].unique() if text != ""]
                break
    if not levels and (column := _other_occasions(sheet, dyad, names)):
        levels[column] = [str(text) for text in sheet[column].unique() if text != ""]
    best: list[str] = []
    for keys in ([level] for level in levels):
        if not best or repeated_share(sheet, [dyad, *keys]) < repeated_share(sheet, [dyad, *best]):
            best = keys
    if len(levels) == 2 and repeated_share(sheet, [dyad, *levels]) < repeated_share(
        sheet, [dyad, *best]
    ):
        best = list(levels)
    if best and repeated_share(sheet, [dyad]) <= repeated_share(sheet, [dyad, *best]):
        best = []
    return best, {key: levels[key] for key in best}


def _other_occasions(sheet: pd.DataFrame, dyad: str, names: Sequence[str]) -> str:
    """A column of few levels that numbers the rows of every dyad; "" if there is none."""
    n_dyads = sheet[dyad].replace("", None).nunique()
    for name in names:
        levels = sheet[name].replace("", None).dropna()
        if name == dyad or not 1 < levels.nunique() <= MOST_LEVELS:
            continue
        # Answers of a person may differ by chance; the numbers of occasions are those of others.
        shared = sheet.groupby(name)[dyad].nunique().median() > n_dyads / 2
        if shared and len(levels) == len(sheet) and repeated_share(sheet, [dyad, name]) == 0:
            return name
    return ""


def repeated_share(sheet: pd.DataFrame, columns: Sequence[str]) -> float:
    """Share of rows whose key occurs in an earlier row."""
    named = sheet[sheet[columns[0]] != ""]
    return float(named.duplicated(subset=list(columns)).mean()) if len(named) else 1.0


def _blanks(sheet: pd.DataFrame, column: str) -> int:
    return int((sheet[column] == "").sum())


def _no_dyad(table: RawTable, names: Sequence[str]) -> str:
    own = [name for name in names if normalised(name) in THERAPIST_COLUMNS]
    if own and repeated_share(table.sheet, own[:1]) == 0:
        return (
            f"it has one row per therapist ({own[0]}), but attune needs one per dyad. Add each"
            " dyad's id and repeat its therapist's answers, or copy them into the sample sheet"
        )
    unique = [
        name
        for name in names
        if table.sheet[name].nunique() == len(table.sheet) and not _blanks(table.sheet, name)
    ]
    hint = f" ({', '.join(unique[:3])} differs in every row)" if unique else ""
    return (
        "no column names the dyad. Call it `dyad_id` (or id, case, record_id, participant_id), or"
        f" choose it with --id COLUMN{hint}"
    )


def _described(
    table: RawTable,
    dyad: str,
    keys: Sequence[str],
    levels: dict[str, list[str]],
    usable: Sequence[str],
    id_column: str | None,
) -> Layout:
    n_dyads = table.sheet[dyad].replace("", None).nunique()
    repeats = _repeats(table.sheet)
    several = f"{len(table.sheet)} rows of {n_dyads} dyads" if keys or repeats else "one row each"
    reasons = ["chosen by --id" if id_column == dyad else f"{several}, by its name"]
    doubts = []
    if id_column != dyad and not _is_named_as_id(table, dyad):
        reasons = [several]
        doubts.append("its codes differ in every row: do they name the people?")
    doubts += _id_doubts(table, dyad, keys, usable, id_column)
    occasion = rater = None
    occasions: dict[str, str] = {}
    raters: dict[str, str] = {}
    for key in keys:
        if normalised(key) in RATER_COLUMNS:
            rater = key
            raters = {level: _rater(level) for level in levels[key] if _rater(level)}
            continue
        occasion, occasions = key, _occasions(levels[key], key)
        if normalised(key) not in OCCASION_COLUMNS:
            doubts.append(
                f"the column {key} is taken as the occasion, since it tells the rows of a person"
                " apart"
            )
        if any("_arm_" in occasion for occasion in occasions.values()):
            doubts.append(
                f"the arms share occasions in {key}. Add a column with the event without its arm,"
                " and name that one under `rows:`"
            )
    forms = repeat_columns(table.sheet.columns) if repeats else ()
    return Layout(dyad, occasion, rater, occasions, repeats, forms, raters, reasons, doubts)


def _is_named_as_id(table: RawTable, column: str) -> bool:
    """Whether the name of a column says that it holds ids, rather than its cells alone."""
    program = table.program
    plain = normalised(column)
    return plain in (*program.people, *program.counters, *DYAD_COLUMNS) or column in _named_as_ids(
        table, [column]
    )


def _id_doubts(
    table: RawTable,
    dyad: str,
    keys: Sequence[str],
    usable: Sequence[str],
    id_column: str | None,
) -> Iterator[str]:
    """What to check about the column of ids."""
    sheet = table.sheet
    if ids_like_dates(sheet[dyad]):
        yield f"most ids look like dates, such as 1-Jan. {HOW_TO_GET_BACK}"
    if dyad in table.personal:
        yield f"it seems to hold {table.personal[dyad]}: replace them by codes"
    program = table.program
    if id_column is None and normalised(dyad) in program.counters:
        yield (
            f"{program.name} {program.counts}; if a question asks for the dyad's code, name that"
            " one with --id COLUMN"
        )
    if blanks := _blanks(sheet, dyad):
        yield f"{blanks} of {len(sheet)} rows name no dyad"
    forms = repeat_columns(sheet.columns) if _repeats(sheet) else ()
    n_again = round(repeated_share(sheet, [dyad, *keys, *forms]) * int((sheet[dyad] != "").sum()))
    if n_again:
        place = f" and {' and '.join(keys)}" if keys else ""
        yield (
            f"{'1 row repeats' if n_again == 1 else f'{n_again} rows repeat'} the id{place} of an"
            " earlier row: which one counts? Leave the other out under `exclude:`"
        )
    rivals = [
        entry
        for entry in usable
        if entry != dyad and not keys and normalised(entry) not in PATIENT_COLUMNS
    ]
    if rivals and _blanks(sheet, rivals[0]) == 0:
        yield f"{', '.join(rivals)} could be the id too; choose with --id COLUMN"


def _repeats(sheet: pd.DataFrame) -> tuple[tuple[str, str], ...]:
    """Form and number of the repeated forms of a REDCap export; () where it has none."""
    columns = repeat_columns(sheet.columns)
    if not columns:
        return ()
    found = {
        (str(form), str(number)) for form, number in sheet[list(columns)].itertuples(index=False)
    }
    ordered = sorted(found, key=lambda entry: (entry[0], len(entry[1]), entry[1]))
    return tuple(ordered) if len(ordered) > 1 else ()


def _occasions(levels: Sequence[str], column: str) -> dict[str, str]:
    named = {level: level_occasion(level, column) for level in levels}
    twice = {entry for entry in named.values() if list(named.values()).count(entry) > 1}
    named = {
        level: identifier(level, "occasion") if occasion in twice else occasion
        for level, occasion in named.items()
    }
    return dict(sorted(named.items(), key=lambda entry: time_rank(entry[1])))


def _rater(level: str) -> str:
    found = [RATERS[word.text] for word in words_of(level) if word.text in RATERS]
    return found[0] if found else ""
