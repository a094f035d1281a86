"""The sample sheet: which file it is, and its therapist, patient, condition and demographics."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from attune.cohort_draft.answer_codes import (
    LONGEST_WORDS,
    NUMBER_CODES,
    TEXT_CODES,
    cell_counts,
    conventional_codes,
    times,
)
from attune.cohort_draft.column_names import identifier, meaning_of, normalised, words_of
from attune.cohort_draft.draft import DraftSample, DraftVariable, Evidence, RawTable
from attune.cohort_draft.layout import Layout
from attune.cohort_draft.survey_programs import SurveyProgram
from attune.cohort_draft.vocabulary import (
    CATEGORIES,
    CONDITION_COLUMNS,
    LIMESURVEY_COLUMNS,
    NUMBERS,
    PATIENT_COLUMNS,
    QUALTRICS_COLUMNS,
    RATERS,
    REDCAP_COLUMNS,
    THERAPIST_COLUMNS,
    TIME_UNITS,
)
from attune.intake.reading.cell_values import CellProblem, read_number
from attune.intake.reading.column_notes import ColumnNote
from attune.specs.raw_file import ROW_NUMBERS

MOST_CATEGORIES = 12
MOST_CONDITIONS = 6
FEWEST_PER_LEVEL = 3
"""Smallest number of people per level, on average, of a category without a known name."""

LONGEST_LABEL = 6
"""Words of a label that names a characteristic; longer ones are sentences about other things."""

_ASKS_AGE = re.compile(r"\bhow old\b|\bwie alt\b|\bquel âge\b", re.IGNORECASE)

FEWEST_VALUES = 3
"""Smallest number of different values of a finished score."""

GENDERS = {"f": "Female", "m": "Male", "w": "Female", "female": "Female", "male": "Male"}
_NEVER_LEVELS = TEXT_CODES - {"none", "None"}
"""Missing codes, except "none": no diagnosis and no degree are answers."""

_OTHER_OCCASIONS = (
    "finished scores without a key are read at this occasion only; their values at the {1} others"
    " of {0} are left out. To use them, write the key of the score in workflow/instruments and add"
    " an entry per occasion under `scores:`"
)

_KEPT = {"dyad", "patient", "therapist", "condition"}


def draft_sample(
    tables: Sequence[RawTable], layouts: Mapping[str, Layout], free: Mapping[str, Sequence[str]]
) -> DraftSample:
    """The sample sheet among the files, with the meaning of its columns.

    Parameters
    ----------
    tables : sequence of RawTable
        The files that name dyads.
    layouts : mapping of file id to Layout
    free : mapping of file id to columns
        Columns outside all questionnaires.
    """
    table = max(tables, key=lambda entry: _worth(entry, layouts[entry.name], free[entry.name]))
    layout = layouts[table.name]
    rows, evidence = _rows(table, layout, [(table, layouts[table.name]) for table in tables])
    sheet = table.sheet
    for column, code in rows.items():
        sheet = sheet[sheet[column] == code]
    names = list(free[table.name])
    therapist = _named(names, THERAPIST_COLUMNS)
    patient = _named([name for name in names if name != therapist], PATIENT_COLUMNS)
    evidence["therapist"] = Evidence(["by its name"])
    evidence["patient"] = Evidence(["by its name"])
    if patient is None or sheet[patient].eq("").any():
        patient = layout.dyad
        evidence["patient"] = Evidence(["the dyad's id: no other column names the patient"])
    if "first_rows" in evidence:
        sheet = sheet.drop_duplicates(layout.dyad)
    variables: dict[str, DraftVariable] = {}
    for name in names:
        if name not in (therapist, patient, layout.dyad, layout.occasion, layout.rater):
            variable = _variable(name, sheet[name], table)
            if variable is not None and not (variable.score and "first_rows" in evidence):
                own = identifier(_without_page(name), "variable")
                taken = own in variables or own in _KEPT
                variables[_identifier(name, variables) if taken else own] = variable
    variables = _with_own_labels(variables)
    others = [level for level in layout.occasions if level != rows.get(str(layout.occasion))]
    if others and any(variable.score for variable in variables.values()):
        evidence["rows"] = Evidence([], [_OTHER_OCCASIONS.format(layout.occasion, len(others))])
    condition, candidates = _condition(variables)
    if condition is not None:
        others = [variables[candidate].column for candidate in candidates if candidate != condition]
        doubts = [f"{', '.join(others)} could be it too"] if others else []
        evidence["condition"] = Evidence(["by its name"], doubts)
    return DraftSample(
        table.name,
        patient,
        therapist,
        condition,
        rows,
        variables,
        evidence,
        first_rows="first_rows" in evidence,
        shares_therapists=therapist is not None and _repeats(sheet[therapist]),
    )


def _with_own_labels(variables: Mapping[str, DraftVariable]) -> dict[str, DraftVariable]:
    """Variables of which no two are printed under the same label."""
    labels = [variable.label for variable in variables.values()]
    return {
        name: replace(variable, label=f"{variable.label} ({variable.column})")
        if labels.count(variable.label) > 1 and variable.label != variable.column
        else variable
        for name, variable in variables.items()
    }


def _repeats(therapists: pd.Series) -> bool:
    """Whether a therapist is in two rows, each of which is a dyad."""
    return bool(therapists[therapists != ""].duplicated().any())


def _worth(table: RawTable, layout: Layout, free: Sequence[str]) -> tuple[int, bool, int]:
    """Rank of a file as the sample sheet, higher is likelier."""
    known = [
        name
        for name in free
        if normalised(name) in (*THERAPIST_COLUMNS, *PATIENT_COLUMNS, *CONDITION_COLUMNS)
        or any(word.text in NUMBERS or word.text in CATEGORIES for word in words_of(name))
    ]
    return len(known), layout.occasion is None, int(table.sheet[layout.dyad].nunique())


def _rows(
    table: RawTable, layout: Layout, others: Sequence[tuple[RawTable, Layout]]
) -> tuple[dict[str, str], dict[str, Evidence]]:
    """The selected rows, one per dyad, and a doubt about dyads without such a row."""
    sheet, rows = table.sheet, {}
    reasons = ["it has the most columns that describe people"] if len(others) > 1 else []
    for column, levels in ((layout.occasion, layout.occasions), (layout.rater, layout.raters)):
        if column is not None and levels:
            counts = {level: int((sheet[column] == level).sum()) for level in levels}
            level = max(counts, key=lambda entry: counts[entry])
            sheet = sheet[sheet[column] == level]
            rows[column] = level
            reasons.append(f"the rows with {column} {level}: one per dyad")
    if layout.repeats:
        once = dict(zip(layout.repeat_columns, layout.repeats[0], strict=True))
        rows |= once
        for column, code in once.items():
            sheet = sheet[sheet[column] == code]
        reasons.append("the rows of what REDCap asks once: one per dyad")
    own = set(table.sheet[layout.dyad]) - {""}
    present = set(sheet[layout.dyad]) - {""}
    evidence = {}
    if rows and not own <= present:
        place = " and ".join(f"{column} {level or 'empty'}" for column, level in rows.items())
        n_absent = len(own - present)
        doubt = (
            f"{'1 person has' if n_absent == 1 else f'{n_absent} people have'} no row with {place},"
            " so the first row of each person is taken. What changes between rows does not belong"
            " among the variables"
        )
        evidence["first_rows"] = Evidence([], [doubt])
        rows, present, reasons = {}, own, reasons[:1] if len(others) > 1 else []
    absent = set()
    for other, its in others:
        absent |= set(other.sheet[its.dyad]) - {""} - present
    doubts = [f"{len(absent)} dyads with answers are not among its rows"] if absent else []
    return rows, evidence | {"file": Evidence(reasons, doubts)}


def _named(names: Sequence[str], column_names: Sequence[str]) -> str | None:
    for entry in column_names:
        for name in names:
            if normalised(name) == entry:
                return name
    return None


def _identifier(name: str, taken: Mapping[str, object]) -> str:
    plain = identifier(name, "variable")
    if plain in _KEPT - {"condition"} or plain in taken:
        plain = f"{plain}_{len(taken) + 1}"
    return plain


_PAGES = frozenset(
    {"intro", "introduction", "demo", "demog", "demographic", "demographics", "demografie", "socio"}
    | {"sociodemo", "background", "general", "start", "page", "survey", "about", "player"}
)
"""Words for the page or part of a survey that asks who people are."""


def _without_page(name: str) -> str:
    """The name of a characteristic without the page of the survey that asked it.

    Examples
    --------
    >>> _without_page("intro_age"), _without_page("age_first_episode")
    ('age', 'age_first_episode')
    """
    words = [word.text for word in words_of(name)]
    about = [word for word in words if word in CATEGORIES or word in NUMBERS]
    pages = [word for word in words if word in _PAGES]
    rest = [word for word in words if word not in about and word not in _PAGES]
    # The number of a page is none without its word: age_1 may be an answer of another time.
    return "_".join(about) if about and pages and all(map(str.isdigit, rest)) else name


def _condition(variables: Mapping[str, DraftVariable]) -> tuple[str | None, list[str]]:
    """The variable with the treatment condition, and all candidates."""
    found = [
        name
        for column_name in CONDITION_COLUMNS
        for name, variable in variables.items()
        if normalised(variable.column) == column_name
        and 2 <= len(variable.levels) <= MOST_CONDITIONS
    ]
    return (found[0] if found else None), found


def _variable(name: str, cells: pd.Series, table: RawTable) -> DraftVariable | None:
    """The variable in a column of the sample sheet; None if its name is not recognised."""
    words, doubts = _describing_words(name, table)
    is_condition = normalised(name) in CONDITION_COLUMNS
    about = [word for word in words if word in CATEGORIES or word in NUMBERS]
    if cells.eq("").all() or _is_technical(name, table.program):
        return None
    if not (about or is_condition):
        return _score(name, cells, table) or _plain_category(name, cells, table)
    texts = [str(text) for text in cells.unique() if text not in ("", *_NEVER_LEVELS)]
    if _without_page(name) != name:
        words = about
    label = _label(words, about, is_condition, name)
    numbers = [read_number(text, table.decimal) for text in texts]
    values = [value for value in numbers if isinstance(value, float)]
    number = len(values) > len(texts) / 2 and len(texts) > MOST_CATEGORIES
    if about and about[0] in NUMBERS and values and len(values) > len(texts) / 2:
        number = True
    note = table.notes.get(name, ColumnNote())
    if number and not is_condition:
        return _with_doubts(_number(name, label, NUMBERS.get(about[0]), table), doubts)
    levels = {code: text for code, text in note.levels.items() if code not in note.missing_codes}
    if len(texts) > MOST_CATEGORIES and not levels:
        return None
    return _with_doubts(_category(name, label, texts, levels), doubts)


def _describing_words(name: str, table: RawTable) -> tuple[list[str], list[str]]:
    """The words that may say what a column describes, and a doubt where only its label does."""
    words = [word.text for word in words_of(name)]
    if any(word in CATEGORIES or word in NUMBERS for word in words):
        return words, []
    label = table.notes.get(name, ColumnNote()).label
    for text, source in ((name, ""), (label, "the label of the column")):
        found = [word.text for word in words_of(text)]
        if _ASKS_AGE.search(text):
            return ["age"], [f"taken from {source or 'its name'}: is it the age in years?"]
        known = [word for word in found if word in CATEGORIES or word in NUMBERS]
        if source and known and len(found) <= LONGEST_LABEL:
            return known[:1], [f"taken from {source}, which holds the word {known[0]!r}"]
    return words, []


def _with_doubts(variable: DraftVariable, doubts: Sequence[str]) -> DraftVariable:
    evidence = variable.evidence
    return replace(variable, evidence=Evidence(evidence.reasons, [*evidence.doubts, *doubts]))


def _is_technical(name: str, program: SurveyProgram) -> bool:
    """Whether a survey program adds this column to every export."""
    plain = normalised(name)
    if program.adds(name):
        return True
    added = plain in (*QUALTRICS_COLUMNS, *LIMESURVEY_COLUMNS) or plain.startswith("grouptime")
    return added or name in (*REDCAP_COLUMNS, ROW_NUMBERS) or name.endswith("_complete")


def _number(
    name: str, label: str, usual: tuple[float, float] | None, table: RawTable
) -> DraftVariable:
    """A number with a generous range, its unit only where name or label say it."""
    cells = cell_counts(table.sheet, [name], table.decimal)
    missing = conventional_codes(cells)
    if usual is not None:
        low, high = usual
        outside = {text: v for text, v in cells.numbers.items() if not low <= v <= high}
        missing |= {
            text: f'"{text}" occurs {times(cells.counts[text])}'
            for text, value in outside.items()
            if f"{value:g}" in NUMBER_CODES
        }
    values = [value for text, value in cells.numbers.items() if text not in missing]
    if usual is None:
        width = max(values) - min(values)
        low = 0.0 if min(values) >= 0 else min(values) - width
        high = max(values) + width
    doubts = []
    strange = sorted({f"{value:g}" for value in values if not low <= value <= high})
    if strange:
        doubts.append(f"{', '.join(strange[:5])} outside the range: correct the cells or the range")
    if cells.words:
        doubts.append("some cells are not numbers")
    reasons = [f"{min(values):g} to {max(values):g} in the file; the range is generous"]
    unit = _unit(name, table.notes.get(name, ColumnNote()).label)
    evidence = Evidence(reasons, doubts)
    return DraftVariable(name, label, evidence, {}, low, high, unit, missing)


def _unit(name: str, label: str) -> str:
    """The unit that the name or the label of a number states; "" if neither does."""
    for text in (name, label):
        for word in words_of(text):
            if word.text in TIME_UNITS:
                return TIME_UNITS[word.text]
    return ""


def _score(name: str, cells: pd.Series, table: RawTable) -> DraftVariable | None:
    """A number that no key explains, taken as it is; None for ids, codes and texts."""
    counts = cell_counts(cells.to_frame(), [name], table.decimal)
    meaning = meaning_of(words_of(name), ())
    if not counts.numbers or counts.words or name in table.personal:
        return None
    missing = conventional_codes(counts)
    values = [value for text, value in counts.numbers.items() if text not in missing]
    whole = all(value == int(value) for value in values)
    running = whole and len(values) == counts.answered and counts.answered > MOST_CATEGORIES
    # In i1 and d1, the number may count anything.
    timed = bool(meaning.occasion and meaning.rest) and not meaning.bare_number
    if (len(values) <= MOST_CATEGORIES and not (meaning.total or timed)) or running:
        return None
    if len(set(values)) < FEWEST_VALUES or cells.eq("").all():
        return None
    measured = [
        name[word.start : word.end]
        for word in words_of(name)
        if not (timed and word.text in meaning.occasion_word)
    ]
    return DraftVariable(
        name,
        _plain_label(name),
        Evidence([f"{min(values):g} to {max(values):g} in the file"]),
        missing_codes=missing,
        score=" ".join(measured),
        occasion=meaning.occasion if timed else "",
    )


def _category(
    name: str, label: str, texts: Sequence[str], labels: Mapping[str, str]
) -> DraftVariable:
    reasons, doubts = [], []
    if set(texts) <= set(labels):
        levels = dict(labels)
        reasons.append("levels from the file's own labels")
    elif {text.lower() for text in texts} <= set(GENDERS):
        levels = {text: GENDERS[text.lower()] for text in sorted(texts)}
        reasons.append("by its name and codes")
    else:
        levels = {
            text: labels.get(text) or _level_label(text) for text in sorted(texts, key=_order)
        }
        codes = [text for text in levels if not isinstance(read_number(text), CellProblem)]
        reasons.append(f"{len(levels)} levels found")
        if any(code not in labels for code in codes):
            doubts.append("what does each code mean? Write it as its label")
    plain = [identifier(level) for level in levels.values()]
    if len(set(plain)) < len(plain) or "missing" in plain or not all(levels.values()):
        levels = {code: f"{text} ({code})" for code, text in levels.items()}
    return DraftVariable(name, label, Evidence(reasons, doubts), levels)


def _plain_category(name: str, cells: pd.Series, table: RawTable) -> DraftVariable | None:
    """Words that recur in a column without a known name; None for numbers and free text."""
    counts = cell_counts(table.sheet, [name], table.decimal)
    levels = [text for text in counts.words if text != ""]
    if counts.numbers or name in table.personal or not 2 <= len(levels) <= MOST_CATEGORIES:
        return None
    repeated = counts.answered >= FEWEST_PER_LEVEL * len(levels)
    if not repeated or max(map(len, levels)) > LONGEST_WORDS or cells.eq("").all():
        return None
    return _category(name, _plain_label(name), levels, {})


def _plain_label(name: str) -> str:
    """A column's name as a label: words apart, and a capital where it has only small letters.

    Examples
    --------
    >>> _plain_label("avg_drinks"), _plain_label("SATV"), _plain_label("yrs.since.phd")
    ('Avg drinks', 'SATV', 'Yrs since phd')
    """
    plain = " ".join(re.split(r"[\s._]+", name)).strip()
    return plain[:1].upper() + plain[1:] if plain.islower() else plain


def _level_label(text: str) -> str:
    """The label of a level; < and > in words, since labels are told apart by their letters."""
    for sign, word in (("<=", "At most "), (">=", "At least "), ("<", "Below "), (">", "Above ")):
        if text.startswith(sign):
            return word + text.removeprefix(sign).strip()
    if not isinstance(read_number(text), CellProblem):
        return f"Code {text.removesuffix('.0')}"
    plain = text.replace("_", " ")
    return plain[:1].upper() + plain[1:]


def _order(text: str) -> tuple[float, str]:
    value = read_number(text)
    return (value, text) if isinstance(value, float) else (float("inf"), text)


def _label(words: Sequence[str], about: Sequence[str], condition: bool, name: str) -> str:
    """Printed name, with the rater that it describes."""
    if condition or not about:
        return "Treatment condition" if condition else name
    label = CATEGORIES.get(about[0], about[0].capitalize())
    if about[0] == "axis":
        label = " ".join([label, *(word for word in words if word.isdigit())])
    people = [RATERS[word] for word in words if word in RATERS and len(word) > 1]
    rest = [word for word in words if word not in RATERS and word not in about]
    extra = f" ({' '.join(rest)})" if rest and about[0] in NUMBERS else ""
    return f"{label}{extra} of the {people[0]}" if people else f"{label}{extra}"
