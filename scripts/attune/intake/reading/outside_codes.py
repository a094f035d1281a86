"""Questionnaires with many numbers that are not codes: one finding with the likely reason.

Where a few cells are outside of the codes, each is an error of its own. Where many are, the columns
hold something else than the answers, and the same sentence about each cell would hide that.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.intake.reading.cell_values import (
    COMMON_MISSING_CODES,
    CellProblem,
    missing_code_hint,
    read_number,
)
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort, Questionnaire
from attune.specs.instrument import Instrument, ResponseRange
from attune.specs.study_checks import key_of, named

OUTSIDE = frozenset({"response_out_of_range", "response_between_steps"})
"""Rules that single numbers break."""

LARGE_SHARE = 0.1
"""Share of the numbers of a questionnaire that are not codes, from which they are one finding."""

MOST_OF_ITEM = 0.5
"""The same of an item, where few of the whole questionnaire are none."""

FEWEST_CELLS = 10
"""Such numbers below which each has a message of its own."""

FEWEST_TURNED = 3
"""The same where they show that items were turned by a wrong sum."""

FACTORS = (10.0, 100.0, 0.1, 0.01)
"""What codes may have been multiplied by."""

NEAR_MEAN = 0.5
"""How far mean and standard deviation may be from 0 and 1 in z scores."""

WrongCell = tuple[int, int, str, CellProblem]
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Numbers:
    """The different numbers in some columns of a questionnaire.

    Attributes
    ----------
    found : array of float64
        Each number once, sorted.
    counts : array of int64
        How often each occurs.
    codes : ResponseRange
        What the file may hold.
    """

    found: Values
    counts: NDArray[np.int64]
    codes: ResponseRange

    @property
    def outside(self) -> NDArray[np.bool_]:
        """Which numbers are not codes."""
        return np.array([self.codes.stored(value) is None for value in self.found], dtype=bool)

    @property
    def whole(self) -> bool:
        """Whether there is no fraction."""
        return bool((self.found == np.round(self.found)).all())

    def all_codes(self, change: Callable[[Values], Values]) -> bool:
        """Whether all numbers are codes once they are changed."""
        return all(self.codes.stored(float(value)) is not None for value in change(self.found))

    def in_words(self) -> str:
        """Lowest and highest number."""
        lowest, highest = self.found[[0, -1]] + 0.0  # no -0
        return f"{lowest:g} to {highest:g}"


@dataclass(frozen=True)
class Joined:
    """One error about many numbers, and the positions of the items that hold them."""

    violation: Violation
    items: list[int]


def join_outside(
    wrong: Sequence[WrongCell],
    cells: pd.DataFrame,
    declared: Questionnaire,
    instrument: Instrument,
    cohort: Cohort,
) -> tuple[list[WrongCell], Joined | None]:
    """The wrong cells without the numbers that one error explains, and that error.

    Items that the key reverses and that were turned by a wrong sum; or a whole questionnaire of
    whose numbers `LARGE_SHARE` are not codes; or single items of which `MOST_OF_ITEM` are none.
    Numbers that are usual for "no answer" do not count, nor a single one throughout, nor items with
    a range of their own, nor files that declare their numbers under `answers:`.

    Parameters
    ----------
    wrong : sequence of (row, column, text, CellProblem)
        As `read_items` gives them.
    cells : pandas.DataFrame of str, shape (n_rows, n_items)
        The index is the row number in the file.
    declared : Questionnaire
    instrument : Instrument
    cohort : Cohort
    """
    outside = [cell for cell in wrong if cell[3].rule in OUTSIDE]
    if sum(cell[3].places for cell in outside) < FEWEST_TURNED or declared.answers:
        return list(wrong), None
    missing = {*cohort.missing_codes, *declared.missing_codes}
    decimal = cohort.files[declared.file].decimal
    codes = instrument.response
    if declared.lowest_code is not None:
        codes = codes.starting_at(declared.lowest_code)
    usual = [at for at in range(instrument.n_items) if at + 1 not in instrument.item_ranges]
    counts = {at: _counts(cells.iloc[:, at], missing, decimal) for at in usual}
    named = {column for _, column, _, _ in outside} & set(usual)
    reason = _turned_wrongly(counts, named, instrument, codes)
    concerned = [item - 1 for item in instrument.reverse]
    if reason is None:
        concerned = _concerned(counts, codes)
        numbers = _numbers([counts[at] for at in concerned], codes)
        reason = likely_reason(numbers, declared, instrument.n_items) if concerned else None
    if reason is None:
        return list(wrong), None
    own = [cell for cell in outside if cell[1] in concerned]
    left = [cell for cell in wrong if cell[3].rule not in OUTSIDE or cell[1] not in concerned]
    numbers = _numbers([counts[at] for at in concerned], codes)
    message = _message(own, cells, declared, numbers, concerned)
    violation = Violation(
        own[0][3].rule,
        "error",
        cohort.files[declared.file].place,
        f"{message} {reason[0]}",
        reason[1],
        places=sum(cell[3].places for cell in own),
    )
    return left, Joined(violation, sorted(concerned))


def _counts(cells: pd.Series, missing: Collection[str], decimal: str) -> Counter[float]:
    """How often each number occurs in a column, without the missing codes."""
    counts: Counter[float] = Counter()
    for text, n in cells.value_counts().items():
        stripped = str(text).strip()
        number = read_number(stripped, decimal)
        if stripped not in missing and not isinstance(number, CellProblem):
            counts[number] += int(n)
    return counts


def _numbers(counts: Sequence[Counter[float]], codes: ResponseRange) -> Numbers:
    """The numbers of several columns together."""
    total = sum(counts, start=Counter[float]())
    values = np.array(sorted(total), dtype=float)
    return Numbers(values, np.array([total[value] for value in values], dtype=np.int64), codes)


def _concerned(counts: Mapping[int, Counter[float]], codes: ResponseRange) -> list[int]:
    """The columns that hold other numbers than codes: all of them, single ones or none."""
    touched = [at for at in counts if _numbers([counts[at]], codes).outside.any()]
    whole = len(touched) > len(counts) / 2
    if whole and _many(_numbers(list(counts.values()), codes), LARGE_SHARE):
        return list(counts)
    return [at for at in counts if _many(_numbers([counts[at]], codes), MOST_OF_ITEM)]


def _many(numbers: Numbers, share: float) -> bool:
    """Whether so many numbers are not codes, and not only such as stand for missing answers."""
    outside = numbers.outside
    n = int(numbers.counts[outside].sum())
    if n < FEWEST_CELLS or n < share * numbers.counts.sum():
        return False
    others = [f"{value:g}" for value in numbers.found[outside]]
    # A single number throughout is a missing code of this laboratory, if it is not a slip.
    usual = len(others) == 1 or all(text in COMMON_MISSING_CODES for text in others)
    return not usual or _begin_elsewhere(numbers)


def _begin_elsewhere(numbers: Numbers) -> bool:
    """Whether the numbers are as many codes, in the same steps, that begin elsewhere."""
    codes = numbers.codes
    return numbers.all_codes(lambda values: values - values[0] + codes.minimum) and bool(
        numbers.found[-1] - numbers.found[0] == codes.maximum - codes.minimum
    )


def _message(
    own: Sequence[WrongCell],
    cells: pd.DataFrame,
    declared: Questionnaire,
    numbers: Numbers,
    concerned: Sequence[int],
) -> str:
    """What was found and what is allowed."""
    row, column, _, _ = own[0]
    n, total = int(numbers.counts[numbers.outside].sum()), int(numbers.counts.sum())
    share = f"{max(round(100 * n / total), 1)} %"
    items = sorted(at + 1 for at in concerned)
    where = "" if len(items) == cells.shape[1] else f" in {_items_in_words(items)}"
    return (
        f"{n:,} of {total:,} numbers of {named(key_of(declared))}{where} ({share}) are not codes:"
        f" found are {numbers.in_words()}, allowed are {numbers.codes.in_words()}; the first is in"
        f" row {cells.index[row]}, column {cells.columns[column]} (item {column + 1})."
    )


def _items_in_words(items: Sequence[int]) -> str:
    word = "item" if len(items) == 1 else "items"
    return f"{word} {', '.join(map(str, items))}"


def _turned_wrongly(
    counts: Mapping[int, Counter[float]],
    named_columns: Collection[int],
    instrument: Instrument,
    codes: ResponseRange,
) -> tuple[str, str] | None:
    """Items that the key reverses, turned by a sum that is one step too high or too low.

    All numbers that are not codes are one step beyond the same end of the codes, all of them in
    items that the key reverses, and none of these items has the other end.
    """
    turned = [item - 1 for item in instrument.reverse]
    if not turned or not set(named_columns) <= set(turned) or not set(turned) <= set(counts):
        return None
    numbers = _numbers([counts[at] for at in turned], codes)
    step = codes.step / codes.scale_factor
    others = [counts[at] for at in counts if at not in turned]
    outside = numbers.found[numbers.outside]
    for by, end, other in (
        (step, codes.maximum, codes.minimum),
        (-step, codes.minimum, codes.maximum),
    ):
        if set(outside) == {end + by} and other not in numbers.found:
            break
    else:
        return None
    if not others or int(numbers.counts[numbers.outside].sum()) < FEWEST_TURNED:
        return None
    ends = codes.minimum + codes.maximum
    return (
        "Only items that the key reverses are concerned, and nobody has their code"
        f" {other:g}: they seem to be reversed in the file by {ends + by:g} minus the answer, where"
        f" {ends:g} minus the answer is right.",
        f"Enter the answers of these items as ticked, which are {ends + by:g} minus these numbers:"
        " the key reverses them. Do not declare `already_reversed:` for the numbers as they are.",
    )


def likely_reason(numbers: Numbers, declared: Questionnaire, n_items: int) -> tuple[str, str]:
    """Why the numbers are not codes, and what to do: two sentences or more.

    Parameters
    ----------
    numbers : Numbers
    declared : Questionnaire
    n_items : int
        Items of the questionnaire.

    Examples
    --------
    >>> codes = ResponseRange(minimum=0, maximum=3)
    >>> found = Numbers(np.array([0.0, 10, 20, 30]), np.array([9, 5, 4, 2]), codes)
    >>> likely_reason(found, Questionnaire.model_construct(lowest_code=None), 20)[0]
    'They are 10 times the codes.'
    """
    return _other_codes(numbers, declared) or _no_answers(numbers, n_items)


def _other_codes(numbers: Numbers, declared: Questionnaire) -> tuple[str, str] | None:
    """The reason and the remedy where the numbers are made from the codes."""
    times = next((by for by in FACTORS if numbers.all_codes(partial(np.multiply, 1 / by))), None)
    if times is not None and times > 1:
        return (
            f"They are {times:g} times the codes.",
            f"Export the codes again (raw data), or divide the numbers by {times:g} in the file.",
        )
    if times is not None:
        return (
            f"They are the codes divided by {1 / times:g}: a decimal sign may have slipped.",
            "Export the codes again (raw data), or multiply the numbers in the file by"
            f" {1 / times:g}.",
        )
    if numbers.all_codes(np.negative):
        return (
            "They are the codes with the opposite sign.",
            "Export the codes again (raw data), or take the minus signs out of the file.",
        )
    if _begin_elsewhere(numbers):
        return _elsewhere(numbers, declared)
    return None if numbers.whole else _fractions(numbers)


def _no_answers(numbers: Numbers, n_items: int) -> tuple[str, str]:
    """The reason and the remedy where the numbers are something else than answers."""
    codes, values = numbers.codes, numbers.found
    width = codes.maximum - codes.minimum
    if codes.minimum >= 0 and -width <= values[0] < 0 and values[-1] <= width:
        return (
            "They may be differences between two occasions (scores of change).",
            "Enter the answers of each occasion as they were given; scores of change are computed"
            " from these.",
        )
    if values[0] >= 0 and values[-1] == 100:
        return (
            "They may be on a scale of 0 to 100.",
            "Look which form was given; export the codes again (raw data), or enter the instrument"
            " that was given under `instrument:`.",
        )
    if (
        values[0] >= codes.minimum
        and len(values) > width + 2
        and values[-1] <= n_items * codes.maximum
    ):
        return (
            "They may be sums of several items (totals).",
            "Name the columns of the items under `columns:`; scores without their items belong"
            " under `scores:` in cohort.yaml.",
        )
    return (
        "They may be on another response scale, or belong to another questionnaire.",
        "Compare the columns with the form: correct `columns:` or `instrument:` in cohort.yaml, or"
        " export the codes again (raw data).",
    )


def _elsewhere(numbers: Numbers, declared: Questionnaire) -> tuple[str, str]:
    """Codes that begin elsewhere: the reason and the remedy."""
    reason = f"The codes of the file seem to go from {numbers.in_words()}."
    remedy = f"add `lowest_code: {numbers.found[0]:g}` to this questionnaire in cohort.yaml."
    if declared.lowest_code is not None:
        remedy = f"correct `lowest_code:` of this questionnaire: {numbers.found[0]:g}."
    outside = [f"{value:g}" for value in numbers.found[numbers.outside]]
    if len(outside) == 1 and outside[0] in COMMON_MISSING_CODES:
        remedy += f' Or does {outside[0]} mean "no answer"? {missing_code_hint(outside[0])}'
    return reason, f"Compare with the form; if that is so, {remedy}"


def _fractions(numbers: Numbers) -> tuple[str, str]:
    """Numbers with fractions: the reason and the remedy."""
    values, counts = numbers.found, numbers.counts
    mean = float(np.average(values, weights=counts))
    deviation = float(np.sqrt(np.average((values - mean) ** 2, weights=counts)))
    if values[0] < 0 and abs(mean) < NEAR_MEAN and abs(deviation - 1) < NEAR_MEAN:
        reason = "They may be standardised (z scores)."
    else:
        reason = "Some have fractions: they may be means, or filled in for missing answers."
    return reason, "Enter the answers as they were given; export the codes again (raw data)."
