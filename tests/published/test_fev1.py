"""The FEV1 example of the R package mmrm against the SAS output that its repository prints.

With ATTUNE_REFERENCE; the file is data/mmrm/fev_data.csv: `fev_data` of the package (800 rows of
200 made-up patients at four visits, Apache License 2.0) written by R's write.csv. SAS printed: PROC
MIXED, unstructured, REML, Satterthwaite, 537 rows with an outcome.
"""

import os
from pathlib import Path

import pandas as pd
import pytest

from attune.stats.mixed_model_tests import FixedEffectTests
from attune.stats.mixed_models import fit_mixed_model
from attune.stats.repeated_measures import fit_repeated_measures
from attune.stats.residual_covariance import Residual

CONTRASTS = {
    "VIS1": (3.7745, 1.0741, 146),
    "VIS2": (3.7322, 0.8588, 145),
    "VIS3": (3.0806, 0.6896, 131),
    "VIS4": (4.3985, 1.6805, 133),
}
"""TRT minus PBO with race and sex as covariates: estimate, standard error, degrees of freedom."""


@pytest.fixture(scope="module")
def fev1() -> pd.DataFrame:
    if "ATTUNE_REFERENCE" not in os.environ:
        pytest.skip("ATTUNE_REFERENCE names no folder of references")
    path = Path(os.environ["ATTUNE_REFERENCE"], "data", "mmrm", "fev_data.csv")
    if not path.is_file():
        pytest.skip("the folder of references has no data/mmrm/fev_data.csv")
    rows = pd.read_csv(path)
    assert (len(rows), rows["FEV1"].notna().sum(), rows["USUBJID"].nunique()) == (800, 537, 200)
    return rows


def test_treatment_and_sex(fev1: pd.DataFrame) -> None:
    residual = Residual("unstructured", ("USUBJID",), "AVISIT", "AVISIT")
    fit = fit_mixed_model(fev1, "FEV1 ~ C(ARMCD) + C(SEX)", residual=residual)
    # SAS stopped at 3666.96698; the maximum is 8e-6 further.
    assert -2 * fit.log_likelihood == pytest.approx(3666.96698, abs=1e-5)
    treatment = FixedEffectTests(fit).coefficients()["C(ARMCD)[T.TRT]"]
    assert treatment.estimate == pytest.approx(3.8265, abs=5e-5)
    # .64216, which the early stop of SAS rounds to .6421.
    assert treatment.se == pytest.approx(0.6421, abs=6e-5)
    assert round(treatment.df) == 161
    assert (treatment.ci_low, treatment.ci_high) == pytest.approx((2.5584, 5.0945), abs=2e-4)


def test_first_order_autoregression(fev1: pd.DataFrame) -> None:
    residual = Residual("ar1", ("USUBJID",), "AVISIT")
    fit = fit_mixed_model(fev1, "FEV1 ~ C(ARMCD) + C(SEX)", residual=residual)
    assert -2 * fit.log_likelihood == pytest.approx(3853.3, abs=0.05)
    assert fit.residual_parameters["phi"] == pytest.approx(0.3931, abs=5e-5)
    assert fit.residual_sd**2 == pytest.approx(84.6947, abs=2e-4)
    treatment = FixedEffectTests(fit).coefficients()["C(ARMCD)[T.TRT]"]
    assert (treatment.estimate, treatment.se) == pytest.approx((4.2211, 0.9629), abs=5e-5)
    assert round(treatment.df) == 187


def test_contrasts_at_visits(fev1: pd.DataFrame) -> None:
    fit = fit_repeated_measures(
        fev1, "FEV1", "USUBJID", "AVISIT", "ARMCD", ["RACE", "SEX"], df="satterthwaite"
    )
    # SAS stopped 6e-6 above: its last printed digit of some contrasts is off by one.
    assert 3386.44987722 - 1e-5 < -2 * fit.model.log_likelihood < 3386.44987722
    assert fit.n_rows == 537
    for contrast in fit.contrasts:
        estimate, se, df = CONTRASTS[contrast.visit]
        assert contrast.test.estimate == pytest.approx(estimate, abs=1.5e-4)
        assert contrast.test.se == pytest.approx(se, abs=7e-5)
        assert contrast.test.df == pytest.approx(df, abs=0.6)
    assert fit.arm_by_visit is not None
    assert fit.arm_by_visit.f == pytest.approx(0.26, abs=5e-3)
    assert fit.arm_by_visit.df2 == pytest.approx(148, abs=0.6)
    assert fit.arm_by_visit.p == pytest.approx(0.8555, abs=1e-3)
