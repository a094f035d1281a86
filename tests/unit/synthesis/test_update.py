"""What a further study changed in a synthesis, in words; the workflow's own test is
tests/workflow/test_living_synthesis.py."""

from dataclasses import asdict, replace

import pytest
from tests.unit.record.run_diff.conftest import records_of
from tests.unit.synthesis.synthetic_studies import FORMAT, evidence_of, study, synthesis_of

from attune.printing.printed_statistics import printed_statistics, records
from attune.record.run_diff import Run
from attune.synthesis.estimate import synthesis_statistics
from attune.synthesis.evidence import Evidence, StudyEffect
from attune.synthesis.kinds import KINDS
from attune.synthesis.update import synthesis_update


def run_of(studies: list[StudyEffect], **keys: object) -> Run:
    """The run of a synthesis of these studies."""
    frame = synthesis_statistics(synthesis_of(**keys), Evidence(studies, []), [])  # type: ignore[arg-type]
    return Run(
        "run",
        "small",
        statistics=records(frame),
        printed=records_of(printed_statistics(frame, KINDS, 0.05)),
        studies={entry.key: asdict(entry) for entry in studies},
        kinds=KINDS,
    )


SOME = evidence_of([0.2, 0.3, 0.1, 0.25]).studies
"""Studies a to d."""


def words(before: list[StudyEffect], after: list[StudyEffect]) -> str:
    return "\n".join(synthesis_update(run_of(before), run_of(after)))


def test_nothing_changed() -> None:
    text = words(SOME, SOME)
    assert text.startswith("The studies are the same as before.")
    assert "Pooled effect of all studies: not moved in any printed digit" in text
    assert "The conclusion is the same: the pooled effect is positive and significant." in text


def test_a_study_that_left_and_one_with_another_number() -> None:
    text = words(SOME, [replace(SOME[0], estimate=0.24), *SOME[1:3]])
    assert "No longer in it: D, r = .25" in text
    assert "Changed study: A, before r = .20" in text and "now r = .24" in text
    assert "(4 studies, 242 people)" in text and "(3 studies, 171 people)" in text


def test_a_direction_alone() -> None:
    text = words(SOME, [*SOME, study("e", None, 30)])
    assert "New study: E, known by its direction only (no relation), n = 30." in text
    assert "not moved in any printed digit" in text


def test_the_sign_of_a_conclusion() -> None:
    text = words(SOME, [replace(entry, estimate=-(entry.estimate or 0)) for entry in SOME])
    assert "THE CONCLUSION CHANGED: the pooled effect was positive and significant, and is" in text
    assert "negative and significant." in text


@pytest.mark.parametrize(
    ("further", "sentence"),
    [
        (-0.9, "The prediction interval now holds zero; before, it left it out."),
        (0.21, "The conclusion is the same"),
    ],
)
def test_the_prediction_interval(further: float, sentence: str) -> None:
    assert sentence in words(SOME, [*SOME, study("e", further, 60)])


def test_from_nothing_to_two_studies() -> None:
    text = words(SOME[:1], SOME[:2])
    assert "from r = .20" in text and "(1 study, 50 people)" in text
    assert "(2 studies, 107 people)" in text


def test_groups_that_are_compared_for_the_first_time() -> None:
    grouped = [replace(entry, features={"format": "group"}) for entry in SOME]
    mixed = [*grouped[:2], *(replace(entry, features={"format": "single"}) for entry in SOME[2:])]
    runs = (run_of(entries, moderators=FORMAT) for entries in (grouped, mixed))
    text = "\n".join(synthesis_update(*runs))
    assert "Pooled effect of format single: compared for the first time, r = " in text


def test_runs_of_cohorts_have_no_such_words() -> None:
    assert synthesis_update(Run("one", "small"), Run("other", "small")) == []
