"""Faults in some of the rows: evenly spaced ones, other raters, other visits."""

import numpy as np
import pandas as pd
import pytest
from tests.unit.intake.agreement.studies import columns, found, keys, study
from tests.unit.intake.small_cohort import cohort, sheet
from tests.unit.intake.spoiled_cohorts import WHO, again, instrument, likert

from attune.intake.reading.violations import Violation
from attune.intake.validation import validate_responses
from attune.synthetic.corruptions import CORRUPTIONS
from attune.synthetic.simulated_study import SimulatedStudy

DYADS = 80
ITEMS = 10


def two_raters(exchange: np.ndarray, items: slice | list[int] = slice(None)) -> list[Violation]:
    """Two raters on two occasions; exchanged on the second for some dyads and items."""
    key = instrument(ITEMS, [])
    common = likert(DYADS, ITEMS, 3)
    raters = {
        name: np.clip((common + 2 * likert(DYADS, ITEMS, seed)) // 3, 0, 4)
        for seed, name in enumerate(("patient", "therapist"), start=4)
    }
    raw = {"who": sheet(*(f"d{i} t{i} p{i} 30" for i in range(DYADS)), columns=WHO)}
    entries = []
    for number, occasion in enumerate(("intake", "termination")):
        answers = [again(one, seed=number + 8, share=0.8) for one in raters.values()]
        if number:
            place = np.ix_(np.flatnonzero(exchange), np.arange(ITEMS)[items])
            answers[0][place], answers[1][place] = (
                answers[1][place].copy(),
                answers[0][place].copy(),
            )
        names = [f"{rater}_{item}" for rater in raters for item in range(1, ITEMS + 1)]
        rows = [f"d{i} {' '.join(map(str, row))}" for i, row in enumerate(np.hstack(answers))]
        raw[occasion] = sheet(*rows, columns=" ".join(["id", *names]))
        entries += [
            {"instrument": "lines", "rater": rater, "occasion": occasion, "file": occasion}
            | {"columns": f"{rater}_{{item}}"}
            for rater in raters
        ]
    given = cohort(questionnaires=entries)
    violations = validate_responses(raw, given, {"lines": key}, {}).violations
    return [entry for entry in violations if entry.rule == "raters_exchanged"]


def test_raters_that_are_right_are_left_alone() -> None:
    assert two_raters(np.zeros(DYADS, dtype=bool)) == []


def test_raters_exchanged_for_a_block_of_dyads_are_named_by_their_rows() -> None:
    block = np.zeros(DYADS, dtype=bool)
    block[20:44] = True
    (finding,) = two_raters(block)
    assert "about" in finding.message
    assert "people (rows" in finding.message
    assert finding.row is not None
    assert abs(finding.row - 22) <= 4


def test_raters_exchanged_for_dyads_here_and_there() -> None:
    rows = np.random.default_rng(2).choice(DYADS, 24, replace=False)
    (finding,) = two_raters(np.isin(np.arange(DYADS), rows))
    assert "more people than chance explains" in finding.message


def test_items_exchanged_between_raters_are_named() -> None:
    (finding,) = two_raters(np.ones(DYADS, dtype=bool), [2, 6])
    assert finding.message.startswith("items 3 and 7 of ")
    assert finding.item == 3


@pytest.mark.parametrize("every", [2, 3, 4])
def test_evenly_spaced_rows_coded_backwards_are_named(every: int) -> None:
    sound = study(n=90, retest=0.7)
    middle = sound.sheets["middle"].copy()
    names = columns(middle, "cesd")
    cells = middle[names].to_numpy(object).copy()
    cells[1::every] = [[str(3 - int(cell)) for cell in row] for row in cells[1::every]]
    middle[names] = cells
    rules = {finding.rule: finding for finding in found(sound.with_sheets(middle=middle))}
    finding = rules.get("rows_reversed") or rules["direction_changes"]
    word = {2: "second", 3: "third", 4: "fourth"}[every]
    assert f"every {word} row from row" in finding.message


def long_study() -> SimulatedStudy:
    """A sound study in a file of all the visits, without dates."""
    return study(n=60, long=True, dated=False)


def test_exchanged_visits_are_named_by_their_rows() -> None:
    sound = long_study()
    assert found(sound) == []
    visits = sound.sheets["visits"].copy()
    chosen = set(visits["id"].unique()[[3, 10, 11, 30, 44, 50]])
    turned = {"2": "3", "3": "2"}
    visits["visit"] = [
        turned.get(visit, visit) if person in chosen else visit
        for person, visit in zip(visits["id"], visits["visit"], strict=True)
    ]
    rules = {finding.rule: finding for finding in found(sound.with_sheets(visits=visits))}
    message = rules["visits_exchanged"].message
    assert "for 6 of 60 people with occasions middle and termination" in message
    assert not any(person in message for person in chosen)


def test_dates_show_exchanged_visits_in_a_file_without_order() -> None:
    sound = study(n=60, long=True, dated=True)
    visits = sound.sheets["visits"]
    shuffled = visits.sample(frac=1, random_state=1)
    mixed = sound.with_sheets(visits=shuffled)
    assert "visits_exchanged" not in {finding.rule for finding in found(mixed)}
    chosen = set(visits["id"].unique()[:8])
    turned = {"1": "2", "2": "1"}
    changed = shuffled.assign(
        visit=[
            turned.get(visit, visit) if person in chosen else visit
            for person, visit in zip(shuffled["id"], shuffled["visit"], strict=True)
        ]
    )
    rules = {finding.rule: finding for finding in found(sound.with_sheets(visits=changed))}
    assert "column date is later on the earlier visit" in rules["visits_exchanged"].message


def test_two_people_typed_in_another_order_are_no_exchange() -> None:
    sound = long_study()
    visits = sound.sheets["visits"]
    first = visits["id"].unique()[:2]
    own = visits[visits["id"].isin(first)].iloc[::-1]
    changed = pd.concat([own, visits[~visits["id"].isin(first)]])
    assert found(sound.with_sheets(visits=changed)) == []


def test_a_corruption_of_raters_exchanges_the_cells_of_two_files_columns() -> None:
    sound = study(n=40)
    rng = np.random.default_rng(1)
    spoiled = CORRUPTIONS["exchange raters for items"].apply(sound, keys(), rng)
    assert spoiled is not None
    changed = [
        name for name in sound.sheets if not spoiled.study.sheets[name].equals(sound.sheets[name])
    ]
    assert len(changed) == 1
    before, after = sound.sheets[changed[0]], spoiled.study.sheets[changed[0]]
    names = [name for name in before if not before[name].equals(after[name])]
    assert {name.rpartition("_")[0] for name in names} == {"wai_p", "wai_t"}
    swapped = names[0].replace("wai_p", "x").replace("wai_t", "wai_p").replace("x", "wai_t")
    assert after[names[0]].equals(before[swapped].rename(names[0]))
