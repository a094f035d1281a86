"""A sound file with random corruptions: each is found, or it changes no score."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.bad_input.sound_cohort import KEYS, PRETESTS, sound_cohort, sound_sheets
from tests.depth import examples

from attune.intake.validation import validate_responses
from attune.scoring.scores import score_scales
from attune.specs.errors import AttuneError

Sheets = dict[str, pd.DataFrame]
Corruption = Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]

FILES = ["therapists", "session_3", "intake", "termination"]


def items(sheet: pd.DataFrame, random: np.random.Generator) -> list[str]:
    """The item columns of one questionnaire of a sheet, in their order."""
    prefixes = sorted({name.rpartition("_")[0] for name in sheet if name.split("_")[-1].isdigit()})
    prefix = prefixes[random.integers(len(prefixes))]
    names = [name for name in sheet if name.rpartition("_")[0] == prefix]
    return [name for name in names if name.split("_")[-1].isdigit()]


def one_of(values: list[str], random: np.random.Generator) -> str:
    return values[random.integers(len(values))]


def drop_a_row(sheet: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    return sheet.drop(index=random.choice(sheet.index))


def drop_a_column(sheet: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    return sheet.drop(columns=one_of(items(sheet, random), random))


def repeat_a_row(sheet: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    spoiled = pd.concat([sheet, sheet.loc[[random.choice(sheet.index)]]])
    return spoiled.set_axis(range(2, 2 + len(spoiled)))


def copy_answers_to_another_dyad(sheet: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    one, other = random.choice(sheet.index, 2, replace=False)
    spoiled = sheet.copy()
    spoiled.loc[one, sheet.columns[1:]] = sheet.loc[other, sheet.columns[1:]]
    return spoiled


def swap_two_items(sheet: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    one, other = random.choice(items(sheet, random), 2, replace=False)
    return sheet.assign(**{one: sheet[other], other: sheet[one]})


def swap_the_answers_of_two_dyads(sheet: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Only the items of one questionnaire: its scores in the file stay where they are."""
    columns = items(sheet, random)
    one, other = random.choice(sheet.index, 2, replace=False)
    spoiled = sheet.copy()
    spoiled.loc[one, columns] = sheet.loc[other, columns]
    spoiled.loc[other, columns] = sheet.loc[one, columns]
    return spoiled


def change_an_answer(sheet: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    spoiled = sheet.copy()
    row = random.choice(sheet.index)
    spoiled.loc[row, one_of(items(sheet, random), random)] = one_of(
        ["", "0", "1", "2", "3", "4", "5", "6", "7", "9", "99", "-1", "2.5", "2,5", "x"], random
    )
    return spoiled


def recode_an_item(sheet: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    column = one_of(items(sheet, random), random)
    shift = int(random.choice([-1, 1]))
    return sheet.assign(**{column: [str(int(cell) + shift) for cell in sheet[column]]})


def recode_a_questionnaire(sheet: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    shift = int(random.choice([-1, 1]))
    return sheet.assign(
        **{name: [str(int(c) + shift) for c in sheet[name]] for name in items(sheet, random)}
    )


def merge_two_codes(sheet: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    column = one_of(items(sheet, random), random)
    return sheet.assign(**{column: sheet[column].replace("2", "3")})


def reverse_an_item(sheet: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    column = one_of(items(sheet, random), random)
    return sheet.assign(**{column: turned(sheet[column], column)})


def turned(cells: pd.Series, column: str) -> list[str]:
    key = {"kims": "kims", "wai": "wai_s", "cesd": "ces_d"}
    allowed = KEYS[key[column.split("_")[0]]].response
    return [str(allowed.minimum + allowed.maximum - int(cell)) for cell in cells]


def shift_the_items(sheet: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    columns = items(sheet, random)
    return sheet.assign(
        **{
            name: sheet[other]
            for name, other in zip(columns, columns[1:] + columns[:1], strict=True)
        }
    )


def shift_an_item_down(sheet: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    column = one_of(items(sheet, random), random)
    return sheet.assign(**{column: np.roll(sheet[column], 1)})


def sort_one_column(sheet: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    column = one_of(items(sheet, random), random)
    return sheet.assign(**{column: sorted(sheet[column])})


CORRUPTIONS: list[Corruption] = [
    drop_a_row,
    drop_a_column,
    repeat_a_row,
    copy_answers_to_another_dyad,
    swap_two_items,
    swap_the_answers_of_two_dyads,
    change_an_answer,
    recode_an_item,
    recode_a_questionnaire,
    merge_two_codes,
    reverse_an_item,
    shift_the_items,
    shift_an_item_down,
    sort_one_column,
]
FOUND_WITHOUT_SCORES: list[Corruption] = [
    drop_a_row,
    drop_a_column,
    repeat_a_row,
    copy_answers_to_another_dyad,
    recode_a_questionnaire,
    reverse_an_item,
]
"""Found from the items alone; the others may turn one plausible answer into another."""


class Sound:
    """The sound cohort, with or without scores in its files, and what is said about it."""

    def __init__(self, with_scores: bool) -> None:
        self.cohort = sound_cohort(with_scores)
        self.sheets = sound_sheets(with_scores)
        self.findings, self.scores = self.validated(self.sheets)

    def validated(self, sheets: Sheets) -> tuple[set[str], pd.Series | None]:
        """Every finding in words, and the scores; None where the run would stop."""
        try:
            validated = validate_responses(sheets, self.cohort, KEYS, PRETESTS)
        except AttuneError as error:
            return {str(error)}, None
        findings = {
            f"{violation.severity}: {violation.sentence()}" for violation in validated.violations
        }
        if any(violation.severity == "error" for violation in validated.violations):
            return findings, None
        scores = score_scales(validated.responses, KEYS).to_pandas()
        key = ["dyad", "instrument", "rater", "occasion", "state", "scale"]
        return findings, scores.set_index(key)["score"]


@pytest.fixture(scope="module")
def with_scores() -> Sound:
    return Sound(with_scores=True)


@pytest.fixture(scope="module")
def without_scores() -> Sound:
    return Sound(with_scores=False)


def test_the_sound_cohort_is_sound(with_scores: Sound, without_scores: Sound) -> None:
    for sound in (with_scores, without_scores):
        assert sound.scores is not None
        assert not [finding for finding in sound.findings if finding.startswith("error")]


def check(sound: Sound, corruption: Corruption, file: str, seed: int) -> None:
    spoiled = corruption(sound.sheets[file], np.random.default_rng(seed))
    findings, scores = sound.validated(sound.sheets | {file: spoiled})
    if findings - sound.findings:
        return
    assert scores is not None and sound.scores is not None
    pd.testing.assert_series_equal(scores, sound.scores)


def name_of(corruption: Corruption) -> str:
    return corruption.__name__


# Two spoiled files of each kind; thirty times as many in depth.
few_or_many = settings(max_examples=examples(2, many=60), suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=name_of)
@few_or_many
@given(file=st.sampled_from(FILES), seed=st.integers(0, 2**32 - 1))
def test_a_corruption_that_changes_a_score_is_found(
    with_scores: Sound, corruption: Corruption, file: str, seed: int
) -> None:
    check(with_scores, corruption, file, seed)


@pytest.mark.parametrize("corruption", FOUND_WITHOUT_SCORES, ids=name_of)
@few_or_many
@given(file=st.sampled_from(FILES), seed=st.integers(0, 2**32 - 1))
def test_a_corruption_is_found_from_the_items_alone(
    without_scores: Sound, corruption: Corruption, file: str, seed: int
) -> None:
    check(without_scores, corruption, file, seed)
