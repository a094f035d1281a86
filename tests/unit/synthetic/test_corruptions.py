"""Corruptions of simulated studies: nearly all that can be seen are, and sound studies are not."""

from functools import partial

import numpy as np
import pytest
from tests.depth import DEEP, deep, examples
from tests.unit.intake.agreement.studies import keys

from attune.synthetic.corruptions import CORRUPTIONS
from attune.synthetic.fault_rates import Seen, corruptions_seen, false_alarms, power
from attune.synthetic.simulated_study import SimulatedStudy, random_design, simulated_study

FIRST = 7_000
"""The seeds of these tests; those of the tables in docs/scoring_audit.md are others."""


@deep
@pytest.mark.parametrize("n", [30, 60] if DEEP else [30])
def test_of_what_can_be_seen_nineteen_in_twenty_are(n: int) -> None:
    seeds = range(FIRST, FIRST + examples(1, many=25))
    kinds = corruptions_seen(n, seeds, keys())
    total = sum(kinds.values(), start=Seen())
    missed = {name: seen for name, seen in kinds.items() if seen.visible_seen < seen.visible}
    assert total.visible >= 10 * len(seeds)
    assert total.share >= 0.95, missed


@deep
@pytest.mark.parametrize("n", [30, 60, 150] if DEEP else [30])
def test_sound_studies_are_not_doubted(n: int) -> None:
    number = examples(15, many=300)
    counts = false_alarms(n, range(FIRST, FIRST + number), keys())
    # At most one in a hundred for each family of rules; see docs/scoring_audit.md.
    assert counts[""] <= max(1, 0.03 * number), counts


@deep
def test_a_shift_of_a_small_file_is_seen_in_three_waves_of_one_questionnaire() -> None:
    seeds = range(FIRST, FIRST + examples(8, many=100))
    at = partial(power, seeds=seeds, instruments=keys())
    assert at(30, 0.7, "shifted", waves=3) >= 0.8
    assert at(30, 0.7, "reversed") >= 0.9


@pytest.fixture(scope="module")
def study() -> SimulatedStudy:
    """A sound study."""
    rng = np.random.default_rng(FIRST + 4)
    return simulated_study(random_design(rng, 30), keys(), rng)


@deep
@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_corruption_changes_one_study_and_leaves_the_sound_one(
    name: str, study: SimulatedStudy
) -> None:
    before = {file: sheet.copy() for file, sheet in study.sheets.items()}
    for seed in range(examples(3, many=30)):
        spoiled = CORRUPTIONS[name].apply(study, keys(), np.random.default_rng(seed))
        if spoiled is None:
            continue
        changed = [file for file in before if not spoiled.study.sheets[file].equals(before[file])]
        again = CORRUPTIONS[name].apply(study, keys(), np.random.default_rng(seed))
        assert changed
        assert all(study.sheets[file].equals(before[file]) for file in before)
        assert again is not None
        assert all(again.study.sheets[f].equals(spoiled.study.sheets[f]) for f in before)
