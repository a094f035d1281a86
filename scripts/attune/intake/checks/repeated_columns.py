"""Columns that several files hold of each person: rows in which they are those of somebody else."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from attune.intake.reading.raw_cohort import RawCohort
from attune.intake.reading.sheets import columns_beside_items, is_named, quoted_list
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort

CONSTANT = 0.9
"""Share of the people who have the same in both files, from which a column does not change."""

FEWEST_PEOPLE = 10
"""People with a cell in both files below which no column is compared."""

BEYOND_CHANCE = 0.7
"""Agreement beyond chance from which equal cells say that they are of one person: a column with one
common value agrees anyhow."""

NEARLY_OWN = 0.4
"""Different cells per person from which one column alone tells people apart, such as another id, an
age or a year of birth."""

FEWEST_OTHERS = 3
"""Columns that do not tell people apart of which so many must differ in a row."""

MOST_OTHERS = 2 / 3
"""The same as a share of those that are compared."""

YEARS = 1.0
"""Difference up to which two numbers are equal: people become a year older between two visits."""


def check_repeated_columns(raw: RawCohort) -> Iterator[Violation]:
    """Rule `people_differ`: rows under an id whose other columns are another person's.

    Compared are the columns that a file and the sample sheet's file have under one heading (no
    items, no column that cohort.yaml uses for something else), and columns that hold the ids once
    more. One that is the same for `CONSTANT` of the people, far more than chance explains, does not
    change from file to file: where it differs for a few, an id was mistyped or given again, rows
    were sorted in some columns alone, or a lookup took another row. A row is reported where half of
    these columns differ, among them one that tells people apart; or three and two thirds of them.

    A single characteristic that changed in truth, such as marital status or a therapist, is no
    finding, nor are two. Of 400 simulated sound samples of 60 people whose education, marital
    status and employment changed for 2, 5 and 6 % of them, and who were a year older, none is
    reported.
    """
    if raw.sample.empty:
        return
    cohort = raw.cohort
    home = cohort.files[cohort.sample.file]
    people = raw.sample_rows
    people = people[is_named(people[home.dyad], cohort)].drop_duplicates(home.dyad)
    people = people.set_index(home.dyad)
    headings = {str(column).casefold().strip(): column for column in people.columns}
    for name, sheet in raw.sheets.items():
        file = cohort.files[name]
        if file.dyad not in sheet.columns:
            continue
        rows = sheet[is_named(sheet[file.dyad], cohort) & sheet[file.dyad].isin(people.index)]
        used = columns_beside_items(name, cohort) | set(raw.item_columns.get(name, []))
        compared = {
            str(column): _expected(str(column), rows, file.dyad, people, headings)
            for column in sheet.columns
            if column not in used
        }
        differs = {}
        for column, expected in compared.items():
            if name == cohort.sample.file and column in people.columns:
                expected = rows[file.dyad]
            if expected is not None:
                found = _differing(rows[column], expected, cohort)
                if found is not None:
                    differs[column] = found
        if differs:
            yield from _violation(rows, differs, file.place, file.dyad, cohort)


def _expected(
    column: str, rows: pd.DataFrame, dyad: str, people: pd.DataFrame, headings: dict[str, str]
) -> pd.Series | None:
    """What the sample sheet has for each row's id: its column of that heading, or the id itself."""
    heading = column.casefold().strip()
    if heading in headings:
        cells = people.loc[rows[dyad], headings[heading]]
        return pd.Series(cells.to_numpy(), rows.index, dtype=object)
    own = rows[column] == rows[dyad]
    return rows[dyad] if len(own) and own.mean() >= CONSTANT else None


def _differing(
    found: pd.Series, expected: pd.Series, cohort: Cohort
) -> tuple[pd.Series, pd.Series, bool] | None:
    """Which rows differ and which have both cells, and whether the column tells people apart.

    None where the column changes for many, or agrees by chance.
    """
    both = is_named(found, cohort) & is_named(expected, cohort)
    n = int(both.sum())
    if n < FEWEST_PEOPLE:
        return None
    one, other = found[both], expected[both]
    numbers = [pd.to_numeric(cells, errors="coerce") for cells in (one, other)]
    near = (numbers[0] - numbers[1]).abs() <= YEARS
    different = one.nunique() / n
    equal = (one == other) | (near & (different >= NEARLY_OWN) & (one.str.len() <= 3))
    share = float(equal.mean())
    if share < CONSTANT:
        return None
    values = pd.concat([one, other]).value_counts(normalize=True)
    chance = float((values**2).sum())
    if chance > 1 - 1e-9 or (share - chance) / (1 - chance) < BEYOND_CHANCE:
        return None
    differ = pd.Series(False, index=found.index)
    differ[equal.index[~equal]] = True
    return differ, both, bool(different >= NEARLY_OWN)


def _violation(
    rows: pd.DataFrame,
    differs: dict[str, tuple[pd.Series, pd.Series, bool]],
    place: str,
    dyad: str,
    cohort: Cohort,
) -> Iterator[Violation]:
    """One violation about the rows of a file in which enough columns differ."""
    differ = np.array([own.to_numpy() for own, _, _ in differs.values()])
    both = np.array([own.to_numpy() for _, own, _ in differs.values()])
    apart = np.array([own for _, _, own in differs.values()])
    number = differ.sum(axis=0)
    compared = both.sum(axis=0)
    own = (differ & apart[:, None]).any(axis=0) & (number >= compared / 2)
    suspect = own | ((number >= FEWEST_OTHERS) & (number >= MOST_OTHERS * compared))
    if not suspect.any():
        return
    numbers = [int(row) for row in rows.index[suspect]]
    names = [name for name, own in zip(differs, differ, strict=True) if own[suspect].any()]
    columns = f"column {names[0]}" if len(names) == 1 else f"columns {', '.join(names)}"
    which = f"row {numbers[0]}" if len(numbers) == 1 else f"rows {quoted_list(numbers, most=12)}"
    kept = int(both.any(axis=0).sum()) - len(numbers)
    yield Violation(
        "people_differ",
        cohort.severity("people_differ"),
        place,
        f"in {which}, {columns} {'does' if len(names) == 1 else 'do'} not hold what the id"
        f" has elsewhere; in {kept} other rows they do.",
        "Probably these rows stand under the id of somebody else: an id mistyped or given to a"
        " second person, columns sorted without the others, or a lookup that took another row."
        " Compare the ids with the original questionnaires. If the columns are wrong and the ids"
        " right, correct the columns.",
        row=numbers[0],
        column=dyad,
    )
