"""The pipeline as one call: the numbers of the steps, choices of dyads and data sets, imports."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from attune.intake.validation import validate_responses
from attune.pipeline import ANALYSES, CohortData, prepare, study_statistics
from attune.specs.config import Choices
from attune.specs.errors import AnalysisError
from attune.specs.study_checks import pretests
from attune.store.contracts import SAMPLE, STATISTICS, conform
from attune_files.project import read_parts
from attune_files.raw.sheets import read_raw_sheets

ROOT = Path(__file__).parents[2]
COHORT, STUDY, KEYS = read_parts("ryan2012_synthetic", lambda path: str(ROOT / path))
FAST = ("gains", "conditions", "correlations")


@pytest.fixture(scope="module")
def data() -> CohortData:
    sheets = read_raw_sheets(ROOT / "data/ryan2012_synthetic", COHORT)
    validated = validate_responses(sheets, COHORT, KEYS, pretests(STUDY))
    sample = conform(validated.sample, SAMPLE)
    return CohortData(validated.responses, sample, validated.given_scores)


def statistics(data: CohortData, **keys: object) -> pd.DataFrame:
    keys = {"analyses": FAST, "resampling": False} | keys
    return study_statistics(data, COHORT, KEYS, STUDY, **keys).set_index("id")  # type: ignore[arg-type]


def test_every_analysis_gives_rows_of_the_contract(data):
    rows = study_statistics(data, COHORT, KEYS, STUDY, resampling=False)
    conform(rows, STATISTICS)
    found = set(rows["id"].str.partition(".")[0])
    assert {"scores", "key", "reliability", "gains", "sample", "preliminary", "outcome"} <= found
    assert not rows["statistic"].isin(["bootstrap_r", "permutation_p"]).any()
    assert rows["instruments"].notna().sum() > len(rows) / 2


def test_an_analysis_alone_gives_the_same_numbers(data):
    every = conform(study_statistics(data, COHORT, KEYS, STUDY, resampling=False), STATISTICS)
    rows = {row["id"]: row for row in every.to_pylist()}
    for analysis in ANALYSES:
        alone = study_statistics(data, COHORT, KEYS, STUDY, analyses=[analysis], resampling=False)
        found = conform(alone, STATISTICS).to_pylist()
        assert found == [rows[row["id"]] for row in found]


def test_with_resampling_nothing_else_changes(data):
    fewer = Choices.model_validate(
        {"correlate_measures": {"bootstrap_samples": 999, "permutations": 999}}
    )
    without = statistics(data, choices=fewer)
    resampled = statistics(data, choices=fewer, resampling=True)
    assert set(resampled["statistic"]) - set(without["statistic"]) == {
        "bootstrap_r",
        "permutation_p",
    }
    pd.testing.assert_frame_equal(without, resampled.loc[without.index])


def test_dyads_are_chosen_by_mask_or_by_id(data):
    ids = np.array(data.sample["dyad"].to_pylist())
    kept = ids != ids[4]
    by_mask, by_id = statistics(data, dyads=kept), statistics(data, dyads=set(ids[kept]))
    pd.testing.assert_frame_equal(by_mask, by_id)
    name = "outcome.kims_accept.iip_gain.pearson_r"
    assert by_mask.loc[name, "n"] == statistics(data).loc[name, "n"] - 1
    # Residual gains of the others are computed anew, as a cohort without that dyad would.
    inputs = prepare(data, COHORT, KEYS, STUDY, dyads=kept)
    fit = inputs.datasets["imputed"][["iip_intake", "iip_gain"]].astype(float)
    assert abs(fit.corr().iloc[0, 1]) < 1e-12


def test_the_order_of_chosen_ids_does_not_matter(data):
    ids = data.sample["dyad"].to_pylist()[:20]
    pd.testing.assert_frame_equal(
        statistics(data, dyads=ids), statistics(data, dyads=list(reversed(ids)))
    )


def test_one_data_set_for_every_analysis(data):
    declared, available = statistics(data), statistics(data, dataset="available")
    assert set(available["dataset"]) == {"available"}
    outcome = "outcome.kims_accept.iip_gain.pearson_r"
    observed = "outcome_observed.kims_accept.iip_gain.pearson_r"
    assert available.loc[outcome, "estimate"] == declared.loc[observed, "estimate"]
    assert available.loc[outcome, "estimate"] != declared.loc[outcome, "estimate"]
    imputed = statistics(data, dataset="imputed")
    assert set(imputed["dataset"]) == {"imputed"}
    assert imputed.loc[outcome, "estimate"] == declared.loc[outcome, "estimate"]


def test_intervals_follow_the_choices(data):
    wide, narrow = (
        statistics(
            data,
            analyses=["gains"],
            choices=Choices.model_validate({"compute_residual_gains": {"interval": level}}),
        )
        for level in (0.99, 0.8)
    )
    name = "gains.iip_gain.available.slope"
    assert (wide.loc[name, "ci_level"], narrow.loc[name, "ci_level"]) == (0.99, 0.8)
    assert wide.loc[name, "ci_low"] < narrow.loc[name, "ci_low"]
    assert wide.loc[name, "estimate"] == narrow.loc[name, "estimate"]


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"analyses": ["correlation"]}, "Did you mean 'correlations'"),
        ({"dataset": "imputd"}, "Did you mean 'imputed'"),
        ({"dyads": ["nobody"]}, "'nobody'"),
        ({"dyads": np.ones(3, dtype=bool)}, "one value per dyad of the sample, 26"),
    ],
)
def test_what_does_not_exist_is_named(data, keys, problem):
    with pytest.raises(AnalysisError, match=problem):
        statistics(data, **keys)


def test_no_dyads_give_undefined_statistics(data):
    none = statistics(data, dyads=np.zeros(len(data.sample), dtype=bool), dataset="available")
    undefined = none[none["statistic"] == "pearson_r"]
    assert undefined["estimate"].isna().all()
    assert undefined["reason"].notna().all()


def test_slow_packages_are_not_imported():
    code = (
        f"import sys; sys.path[:0] = {sys.path!r}\n"
        "import tests.unit.test_pipeline as t\n"
        "from attune.pipeline import study_statistics\n"
        "sheets = t.read_raw_sheets(t.ROOT / 'data/ryan2012_synthetic', t.COHORT)\n"
        "found = t.validate_responses(sheets, t.COHORT, t.KEYS, t.pretests(t.STUDY))\n"
        "data = t.CohortData(found.responses, t.conform(found.sample, t.SAMPLE),\n"
        "                    found.given_scores)\n"
        "assert len(study_statistics(data, t.COHORT, t.KEYS, t.STUDY, resampling=False)) > 1000\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}), 'scipy.stats' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    loaded = set(done.stdout.split())
    assert "attune" in loaded
    assert not loaded & {"pingouin", "matplotlib", "statsmodels", "snakemake", "sklearn", "True"}
