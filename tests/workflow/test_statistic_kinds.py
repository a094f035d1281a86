"""Every statistic of a finished run has exactly one kind, and every kind occurs in a run."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from attune.analyses.conditions.declaration import Conditions
from attune.analyses.conditions.estimate import compare_conditions
from attune.analyses.kinds import KINDS
from attune.intake.reading.exclusions import exclusion_counts, without_excluded
from attune.printing.printed_statistics import records
from attune.store.contracts import STATISTICS
from attune_files.parquet import read_parquet
from tests.unit.analyses.dyad_plans import statistics_of
from tests.unit.analyses.structural_plans import every_statistic
from tests.unit.analyses.test_growth import measures_of
from tests.unit.analyses.test_growth import rows_of as growth_rows
from tests.unit.analyses.test_repeated_correlations import every_repeated_statistic
from tests.unit.intake.small_cohort import cohort, sheets


def three_conditions() -> pd.DataFrame:
    """Statistics of a comparison of three conditions, which none of the shipped cohorts has."""
    dyads = pd.DataFrame({"condition": [*"aabbcc"], "bond": [1.0, 2, 3, 5, 8, 13]})
    analysis = Conditions(title="", measures=["bond"], dataset="available")
    levels = {level: level for level in "abc"}
    return compare_conditions({"available": dyads}, {"arms": analysis}, levels=levels)


def growth_of_two_raters() -> pd.DataFrame:
    """Statistics of growth models with two raters, therapists and sessions as predictors."""
    data = measures_of(8, 3)
    both = growth_rows(
        data,
        outcomes=["wai", "wai_t"],
        predictors={"mood": {"measure": "mood", "level": "session"}},
        residual="continuous_ar1",
        random={"patient": "intercept"},
    )
    return pd.concat([both, growth_rows(data)]).reset_index()


def exclusions() -> pd.DataFrame:
    """Counts of an exclusion, which none of the shipped cohorts declares."""
    declared = cohort(exclude=[{"people": ["b"], "reason": "withdrew consent"}])
    return exclusion_counts(without_excluded(sheets(), declared)[1])


@pytest.fixture(scope="module")
def rows(finished: Path) -> list[dict[str, Any]]:
    """Rows of the stores of all cohorts, and of analyses that no shipped plan asks for."""
    paths = sorted(finished.glob("results/*/statistics/*.parquet"))
    assert len({path.parent for path in paths}) == 5
    stores = [read_parquet(path, STATISTICS).to_pandas() for path in paths]
    stores += [three_conditions(), growth_of_two_raters(), statistics_of(), every_statistic()]
    stores.append(every_repeated_statistic())
    stores.append(exclusions())
    return [row for store in stores for row in records(store)]


def test_every_statistic_has_one_kind_and_every_kind_occurs(rows: list[dict[str, Any]]) -> None:
    found = KINDS.kinds_of(rows)
    assert {kind.id for kind in found} == {kind.id for kind in KINDS}


def test_a_statistic_matches_no_other_kind_of_equal_rank(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        fitting = [kind for kind in KINDS if kind.matches(row["id"])]
        ranks = sorted((len(kind.spelled_out) for kind in fitting), reverse=True)
        assert ranks[1:2] != ranks[:1], row["id"]


def test_p_values_occur_only_in_tests_and_in_each_of_them(rows: list[dict[str, Any]]) -> None:
    with_p = {
        KINDS.kind_of(row).id
        for row in rows
        if row["p_two_tailed"] is not None or KINDS.kind_of(row).print_format.style == "p"
    }
    assert with_p == {kind.id for kind in KINDS if kind.test}
