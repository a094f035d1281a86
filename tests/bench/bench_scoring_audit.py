"""The scoring audit and the search of a keying, beside scoring the same answers.

Answers of a factor model to the 90 items of the SCL-90-R; the same run measures scoring every
scale (the peer), the whole audit of the questionnaire, and the search for the keying that gives the
global severity without item 90.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT)]

from tests.bad_input.sound_cohort import answers, sound_cohort  # noqa: E402

from attune.intake.reading.questionnaires import AnsweredQuestionnaire  # noqa: E402
from attune.intake.scoring_audit.findings import audit_questionnaire  # noqa: E402
from attune.intake.scoring_audit.keying_search import search_keyings  # noqa: E402
from attune.scoring.scores import scale_scores  # noqa: E402
from attune.specs.cohort import Questionnaire  # noqa: E402
from attune_files.yaml_file import read_instruments  # noqa: E402

PEOPLE = (100, 1_000, 100_000)


def main() -> None:
    """Measure and print."""
    key = read_instruments([ROOT / "workflow/instruments/scl_90_r.yaml"])["scl_90_r"]
    print(f"  {'people':>8}{'score':>10}{'audit':>10}{'search':>10}   seconds")
    for n in PEOPLE:
        given = answers(key, n, np.random.default_rng(1))
        declared = Questionnaire(
            instrument="scl_90_r",
            rater="patient",
            occasion="intake",
            file="a",
            columns="scl_{item}",
        )
        columns = tuple(f"scl_{item}" for item in range(1, 91))
        names = pd.Series([f"D{row}" for row in range(n)], index=range(2, n + 2))
        asked = AnsweredQuestionnaire(declared, key, "a.csv", columns, names, given)
        without_90 = given[:, :89].mean(axis=1)
        scoring = seconds(lambda given=given: scale_scores(given, key))
        audit = seconds(lambda asked=asked: audit_questionnaire(asked, sound_cohort(False), {}))
        search = seconds(
            lambda given=given, scores=without_90: search_keyings(given, key, "gsi", scores)
        )
        print(f"  {n:>8,}{scoring:>10.3f}{audit:>10.3f}{search:>10.3f}")


def seconds(work: Callable[[], object]) -> float:
    """How long some work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
