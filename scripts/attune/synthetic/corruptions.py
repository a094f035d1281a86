"""Corruptions of raw files, as they happen in laboratories, to measure what the checks see.

Each takes a sound study and returns it with one fault, or None where the study has no place for it.
`visible` says whether the fault can be seen in principle, by the rule that is declared beside it:
whether the files hold anything that a sound study would not, whoever looks at them. It is decided
from the sound study and the fault alone, never from what a check reports.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from attune.intake.agreement.answer_sheets import AnswerSheet, answer_sheets, compared_people
from attune.intake.agreement.permutation import agreement_of, summed
from attune.intake.reading.raw_cohort import read_raw_cohort
from attune.intake.validation import validate_responses
from attune.specs.cohort import Questionnaire
from attune.synthetic.block_corruptions import COLUMNS_AND_BLOCKS
from attune.synthetic.code_corruptions import CODES
from attune.synthetic.column_corruptions import LONE_COLUMNS
from attune.synthetic.id_corruptions import IDS
from attune.synthetic.part_corruptions import PARTS
from attune.synthetic.row_corruptions import ROWS
from attune.synthetic.sheet_corruptions import SHEETS
from attune.synthetic.simulated_study import SimulatedStudy
from attune.synthetic.study_changes import (
    Corrupted,
    Corruption,
    Instruments,
    any_questionnaire,
    code_shares,
    file_of_people,
    ids_at,
    item_rest,
    raters_of_one_wave,
    recoded,
    rows_of,
    series_of,
    two_waves,
)

CLEARLY_RELATED = 5.5
"""z of the right order from which the right ids can be told from the hundreds of other orders that
a file can be shifted to: the best of these reaches 4.3 to 4.8 by chance."""

RELATED = 4.0
"""z from which answers are known to be related: with the ids of other people z is near 0, further
away than chance explains."""

SAME_ITEM = 0.5
"""Item-rest correlation from which a single reversed item can be seen in 50 people."""

FEWEST_FOR_ITEMS = 50

CUT_OFF = 3
"""People lost at the end from which chance is no explanation in a file of 25 or more."""

EXTREME = 0.2
"""Share of answers at the last code in use from which the codes beyond it are missed."""

MANGLED = ("x", "2,5", "03-Feb", "#REF!", "99", "-9", "1O", "3/4", "2.5", "??")
"""Cells that programs and people leave in place of numbers."""


def _copy_file(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    if study.design.long:
        return None
    one, other = two_waves(study, rng)
    missing = set(study.sheets[other].columns) - set(study.sheets[one].columns)
    if missing:
        one, other = other, one
    return Corrupted(study.with_sheets(**{other: study.sheets[one].copy()}), visible=True)


def _copy_questionnaire(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """The answers of one wave in place of those of another; ids and other columns stay."""
    instrument = ("ces_d", "phq_9")[rng.integers(2)]
    waves = [entry for entry in study.cohort.questionnaires if entry.instrument == instrument]
    one, other = (waves[place] for place in rng.permutation(len(waves))[:2])
    return _copied(study, one, other, keys)


def _copy_rater(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    one, other = raters_of_one_wave(study, rng)
    return _copied(study, one, other, keys)


def _copied(
    study: SimulatedStudy, one: Questionnaire, other: Questionnaire, keys: Instruments
) -> Corrupted:
    source, sheet = rows_of(study, one), study.sheets[other.file].copy()
    items = range(1, keys[one.instrument].n_items + 1)
    answers = source.set_index("id")[[str(one.column_of(item)) for item in items]]
    rows = rows_of(study, other)
    rows = rows[rows["id"].isin(answers.index)]
    columns = [str(other.column_of(item)) for item in items]
    sheet.loc[rows.index, columns] = answers.loc[rows["id"]].to_numpy()
    left = rows_of(study, other).index.difference(rows.index)
    sheet = sheet.drop(index=left)
    return Corrupted(study.with_sheets(**{other.file: sheet}), visible=True)


def _shift_ids(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    file = file_of_people(study, rng)
    sheet = study.sheets[file]
    rows = int(rng.integers(2, len(sheet) - 2))
    changed = sheet.assign(id=np.roll(sheet["id"].to_numpy(), rows))
    same_order = study.design.order != "own" and not study.design.long
    complete = len(sheet) == study.design.n
    visible = (same_order and complete) or _relation(study, keys, file) >= CLEARLY_RELATED
    return Corrupted(study.with_sheets(**{file: changed}), visible)


def _sort_ids(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    file = file_of_people(study, rng)
    sheet = study.sheets[file]
    changed = sheet.assign(id=np.sort(sheet["id"].to_numpy().astype(str)).astype(object))
    if (changed["id"] == sheet["id"]).all():
        return None
    return Corrupted(
        study.with_sheets(**{file: changed}), _relation(study, keys, file) >= RELATED + 1
    )


def _exchange_waves(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    one, other = ("middle", "termination")
    if study.design.long:
        sheet = study.sheets["visits"]
        turned = {"2": "3", "3": "2"}
        sheet = sheet.assign(visit=[turned.get(visit, visit) for visit in sheet["visit"]])
        return Corrupted(study.with_sheets(visits=sheet), visible=False)
    lost = len(study.sheets[one]) - len(study.sheets[other])
    nested = set(study.sheets[other]["id"]) <= set(study.sheets[one]["id"])
    changed = {one: study.sheets[other].copy(), other: study.sheets[one].copy()}
    has_time = True  # A date, or the number of the visit, in each file.
    return Corrupted(study.with_sheets(**changed), has_time or (nested and lost >= 10))


def _reverse_questionnaire(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    entry = any_questionnaire(study, rng)
    codes = keys[entry.instrument].response
    changed = recoded(study, entry, keys, lambda code: codes.minimum + codes.maximum - code)
    again = [other for other in study.cohort.questionnaires if series_of(other) == series_of(entry)]
    return Corrupted(changed, visible=len(again) > 1)


def _reverse_item(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    entry = any_questionnaire(study, rng)
    key = keys[entry.instrument]
    item = int(rng.integers(1, key.n_items + 1))
    codes = key.response
    changed = recoded(study, entry, keys, lambda code: codes.minimum + codes.maximum - code, {item})
    visible = (
        len(rows_of(study, entry)) >= FEWEST_FOR_ITEMS
        and item_rest(study, entry, keys, item) >= SAME_ITEM
    )
    return Corrupted(changed, visible)


def _empty_item(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    entry = any_questionnaire(study, rng)
    item = int(rng.integers(1, keys[entry.instrument].n_items + 1))
    sheet = study.sheets[entry.file].copy()
    sheet.loc[rows_of(study, entry).index, str(entry.column_of(item))] = ""
    return Corrupted(study.with_sheets(**{entry.file: sheet}), visible=True)


def _empty_questionnaire(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    entry = any_questionnaire(study, rng)
    sheet = study.sheets[entry.file].copy()
    for item in range(1, keys[entry.instrument].n_items + 1):
        sheet.loc[rows_of(study, entry).index, str(entry.column_of(item))] = ""
    return Corrupted(study.with_sheets(**{entry.file: sheet}), visible=True)


def _drop_rows(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """Some rows of a file anywhere."""
    file = file_of_people(study, rng)
    sheet = study.sheets[file]
    lost = rng.choice(sheet.index, int(rng.integers(2, max(3, len(sheet) // 5))), replace=False)
    gone = sheet.loc[lost]
    later = ids_at(study, "termination")
    first = gone["visit"].eq("1") if study.design.long and file == "visits" else file == "intake"
    visible = bool((gone["id"].isin(later) & first).any())
    return Corrupted(study.with_sheets(**{file: sheet.drop(index=gone.index)}), visible)


def _truncate(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """The last rows of a file, as where a download was cut off."""
    file = file_of_people(study, rng)
    sheet = study.sheets[file]
    kept = len(sheet) - int(rng.integers(2, max(3, len(sheet) // 3)))
    people = list(sheet["id"].drop_duplicates())
    left = set(sheet["id"].iloc[:kept])
    at_end = len(people) - max(people.index(person) for person in left) - 1
    # Whoever dropped out at the end of the order before is counted, too: fewer are surprising.
    visible = study.design.order != "own" and at_end >= CUT_OFF and len(people) >= 25
    few = study.design.n - len(people) <= at_end
    return Corrupted(study.with_sheets(**{file: sheet.iloc[:kept]}), visible and few)


def _shift_codes(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """0 to 4 stored as 1 to 5, and the other way round."""
    entry = any_questionnaire(study, rng)
    low = keys[entry.instrument].response.minimum
    by = 1 if low == 0 else -1
    return Corrupted(recoded(study, entry, keys, lambda code: code + by), visible=True)


def _merge_codes(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """One code of a questionnaire recoded into the next, as a wrong line of syntax does."""
    entry = any_questionnaire(study, rng)
    codes = keys[entry.instrument].response
    gone = int(rng.integers(codes.minimum, codes.maximum))
    changed = recoded(study, entry, keys, lambda code: gone + 1 if code == gone else code)
    share = code_shares(study, entry, keys)
    again = [other for other in study.cohort.questionnaires if series_of(other) == series_of(entry)]
    merged = share.get(gone, 0.0) + share.get(gone + 1, 0.0)
    needed = EXTREME if gone == codes.minimum else EXTREME / 2
    elsewhere = max(code_shares(study, other, keys).get(gone, 0.0) for other in again)
    enough = len(rows_of(study, entry)) * keys[entry.instrument].n_items >= 150
    visible = len(again) > 1 and merged >= needed + 0.02 and elsewhere >= 0.07 and enough
    return Corrupted(changed, visible)


def _rescale(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    """Stretched to 0 to 100, or squeezed to two codes fewer and rounded."""
    entry = any_questionnaire(study, rng)
    codes = keys[entry.instrument].response
    low, high = codes.minimum, codes.maximum
    if rng.random() < 0.5:
        stretched = recoded(
            study, entry, keys, lambda code: round(100 * (code - low) / (high - low))
        )
        return Corrupted(stretched, visible=True)
    if high - low < 4:
        return None
    share = (high - low - 2) / (high - low)
    changed = recoded(study, entry, keys, lambda code: low + round((code - low) * share))
    shares = code_shares(study, entry, keys)
    top = sum(
        part for code, part in shares.items() if low + round((code - low) * share) == high - 2
    )
    again = [other for other in study.cohort.questionnaires if series_of(other) == series_of(entry)]
    beyond = max(
        code_shares(study, other, keys).get(code, 0.0)
        for other in again
        for code in (high - 1, high)
    )
    return Corrupted(changed, len(again) > 1 and top >= EXTREME + 0.02 and beyond >= 0.07)


def _mangle(study: SimulatedStudy, keys: Instruments, rng: np.random.Generator) -> Corrupted | None:
    """Cells that programs and people leave in numbers."""
    entry = any_questionnaire(study, rng)
    sheet = study.sheets[entry.file].copy()
    rows = rows_of(study, entry).index
    for _ in range(int(rng.integers(1, 6))):
        item = int(rng.integers(1, keys[entry.instrument].n_items + 1))
        text = MANGLED[rng.integers(len(MANGLED))]
        sheet.loc[rng.choice(rows), str(entry.column_of(item))] = text
    return Corrupted(study.with_sheets(**{entry.file: sheet}), visible=True)


def _repeat_rows(
    study: SimulatedStudy, keys: Instruments, rng: np.random.Generator
) -> Corrupted | None:
    file = file_of_people(study, rng)
    sheet = study.sheets[file]
    again = sheet.loc[rng.choice(sheet.index, int(rng.integers(1, 4)), replace=False)]
    return Corrupted(study.with_sheets(**{file: pd.concat([sheet, again])}), visible=True)


def _relation(study: SimulatedStudy, keys: Instruments, file: str) -> float:
    """How far a file is related to the same questionnaires in others in the sound study, as z."""
    raw = read_raw_cohort(study.sheets, study.cohort, keys, study.pretests)
    n = len(compared_people(raw))
    sheets = answer_sheets(raw)
    own = [sheet for sheet in sheets if sheet.declared.file == file]
    others = [sheet for sheet in sheets if sheet.declared.file != file]
    total = summed(
        agreement
        for one, other in _related(own, others)
        if (agreement := agreement_of(one, other, n)) is not None
    )
    return total.z if total is not None else 0.0


def _related(
    own: list[AnswerSheet], others: list[AnswerSheet]
) -> Iterator[tuple[AnswerSheet, AnswerSheet]]:
    for one in own:
        for other in others:
            if one.series == other.series:
                yield one, other


def findings(study: SimulatedStudy, instruments: Instruments) -> set[tuple[object, ...]]:
    """Errors and warnings of a study, as places without counts, rows or wording.

    A finding whose number or rows have changed is not a new one.
    """
    validated = validate_responses(study.sheets, study.cohort, instruments, study.pretests)
    return {
        (finding.severity, finding.rule, finding.file, finding.item if finding.row is None else 0)
        for finding in validated.violations
        if finding.severity != "note"
    }


CORRUPTIONS: dict[str, Corruption] = {
    "copy a file": Corruption(_copy_file, "always: no two waves are answered alike by everybody"),
    "copy a questionnaire": Corruption(_copy_questionnaire, "always, for the same reason"),
    "copy a rater": Corruption(_copy_rater, "always, for the same reason"),
    "shift ids": Corruption(
        _shift_ids,
        "where the ids of all files run in one order, which then begins elsewhere; or where the"
        " answers are related to those of another file with z >= 5.5, so that the right one stands"
        " out of all the shifts. Else the file is a sound one of unrelated questionnaires",
    ),
    "sort ids": Corruption(
        _sort_ids,
        "where the same questionnaire is in another file and related to this one with z >= 5. Else"
        " the file is a sound one of unrelated questionnaires",
    ),
    "exchange waves": Corruption(
        _exchange_waves,
        "where the files hold dates or numbers of visits, or 10 people more have the later one. Not"
        " in a file of all the visits whose numbers are exchanged: the answers do not say which was"
        " first",
    ),
    "reverse a questionnaire": Corruption(
        _reverse_questionnaire,
        "where the same questionnaire was given again. Else the codes run as well the other way",
    ),
    "reverse an item": Corruption(
        _reverse_item,
        "where it correlates .5 or more with the rest and 50 people answered. Else a weak item"
        " looks the same",
    ),
    "empty an item": Corruption(_empty_item, "always"),
    "empty a questionnaire": Corruption(_empty_questionnaire, "always"),
    "drop rows": Corruption(
        _drop_rows,
        "where a posttest loses its pretest. Else a lost row looks as one that was not returned",
    ),
    "truncate": Corruption(
        _truncate,
        "where 3 people or more of 25 are lost at the end of an order that another file has, and no"
        " more had left before. Else they look as people who did not answer",
    ),
    "shift codes": Corruption(
        _shift_codes,
        "always: a code leaves the range, or the end of the codes is never used",
    ),
    "merge codes": Corruption(
        _merge_codes,
        "where the questionnaire was given again, with 7 % of these answers, and the merged code"
        " has 12 % of 150 or more (22 % at the end of the codes). Else a rare code is absent by"
        " chance",
    ),
    "rescale": Corruption(
        _rescale,
        "stretched to 0 to 100 always; squeezed where the questionnaire was given again, with 7 %"
        " of the lost codes, and 22 % or more come to lie on the highest code left",
    ),
    "mangle": Corruption(_mangle, "always"),
    "repeat rows": Corruption(_repeat_rows, "always"),
    **COLUMNS_AND_BLOCKS,
    **LONE_COLUMNS,
    **PARTS,
    **ROWS,
    **SHEETS,
    **CODES,
    **IDS,
}
"""Name -> kind of fault."""
