"""Structural equation models against lavaan (R/structural_equations.R)."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from attune.stats.sem_effects import standardised
from attune.stats.sem_fit import SemFit, fit_sem
from attune.stats.sem_panel import cross_lagged_model
from attune.stats.sem_tests import fit_indices, likelihood_ratio

HERE = Path(__file__).parent
R = json.loads((HERE / "expected" / "structural_equations.json").read_text())
SATURATED = json.loads((HERE / "expected" / "structural_equations_saturated.json").read_text())[
    "fits"
]

DATA = {
    "latent": ("twolevel", "cluster"),
    "latent_equal": ("twolevel", "cluster"),
    "within_between": ("twolevel", "cluster"),
    "serial": ("alliance", "ther"),
    "serial_full": ("alliance", "ther"),
    "serial_full_holes": ("alliance_holes", "ther"),
    "serial_holes": ("alliance_holes", "ther"),
    "factors": ("holzinger", None),
    "factors_holes": ("holzinger_holes", None),
    "freed": ("holzinger", None),
    "configural": ("holzinger", None),
    "metric": ("holzinger", None),
    "democracy": ("democracy", None),
    "path": ("alliance", None),
    "path_holes": ("alliance_holes", None),
    "path_clusters": ("alliance", "ther"),
    "fixed": ("twolevel", None),
    "panel": ("panel", None),
    "panel_equal": ("panel", None),
    "panel_holes": ("panel_holes", None),
}
WITH_ERRORS = [name for name, fit in R["fits"].items() if "se" in fit["parameters"][0]]
LEVELS = {1: "within", 2: "between"}
INDICES = {
    "chisq": "chi2",
    "df": "df",
    "pvalue": "p",
    "cfi": "cfi",
    "tli": "tli",
    "rmsea": "rmsea",
    "rmsea.ci.lower": "rmsea_low",
    "rmsea.ci.upper": "rmsea_high",
    "rmsea.pvalue": "p_close",
    "srmr": "srmr",
    "srmr_within": "srmr_within",
    "srmr_between": "srmr_between",
    "aic": "aic",
    "bic": "bic",
    "baseline.chisq": "baseline_chi2",
    "baseline.df": "baseline_df",
}
SCALED = {
    "chisq.scaled": "chi2_scaled",
    "pvalue.scaled": "p_scaled",
    "chisq.scaling.factor": "scaling",
    "cfi.scaled": "cfi_scaled",
    "tli.scaled": "tli_scaled",
    "rmsea.scaled": "rmsea_scaled",
}


@cache
def fitted(name: str, standard_errors: str = "observed") -> SemFit:
    data, cluster = DATA[name]
    return fit_sem(
        pd.read_csv(HERE / "data" / f"{data}.csv"),
        R["fits"][name]["model"],
        cluster=cluster,
        group="school" if name in ("configural", "metric") else None,
        standard_errors=standard_errors,
    )


def paired(name: str, fit: SemFit, table: pd.DataFrame) -> pd.DataFrame:
    """R's rows with ours beside them: estimate, se."""

    def key(left: str, operator: str, right: str, level: str, group: object) -> tuple:
        if operator == ":=":
            return (left, operator)
        sides = sorted((left, right)) if operator == "~~" else (left, right)
        return (*sides, operator, level, group)

    schools = fit.data.group_names
    ours = {
        key(
            row.left, row.operator, row.right, getattr(row, "level", ""), getattr(row, "group", 0)
        ): (
            row.estimate,
            row.se,
        )
        for row in table.itertuples()
    }
    rows = pd.DataFrame(R["fits"][name]["parameters"])
    several = len(schools) > 1
    # lavaan counts groups in the order of the rows, which begin with the school Pasteur.
    names = {1: "Pasteur", 2: "Grant-White"}
    found = [
        ours[
            key(
                row.lhs,
                row.op,
                row.rhs,
                LEVELS[row.level] if fit.model.two_level and row.op != ":=" else "",
                names.get(row.group) if several else 0,
            )
        ]
        for row in rows.itertuples()
    ]
    assert len(found) == len(table)
    return rows.assign(our_estimate=[pair[0] for pair in found], our_se=[pair[1] for pair in found])


def assert_close(ours: pd.Series, theirs: pd.Series, tolerance: float) -> None:
    known = theirs.notna() & (theirs != 0)
    size = np.maximum(theirs[known].abs(), 1.0)
    difference = (ours[known] - theirs[known]).abs() / size
    assert difference.max() < tolerance, difference.max()


@pytest.mark.parametrize("name", R["fits"])
def test_estimates_and_log_likelihood(name):
    fit = fitted(name)
    rows = paired(name, fit, fit.parameters)
    assert fit.converged and fit.identified
    assert fit.log_likelihood == pytest.approx(R["fits"][name]["fit"]["logl"], abs=1e-5)
    assert fit.log_likelihood > R["fits"][name]["fit"]["logl"] - 1e-7
    assert_close(rows["our_estimate"], rows["est"], 1e-4)


@pytest.mark.parametrize("name", WITH_ERRORS)
def test_standard_errors(name):
    kind = R["fits"][name]["information"]
    fit = fitted(name, kind)
    rows = paired(name, fit, fit.parameters)
    assert_close(rows["our_se"], rows["se"], 1e-4)


@pytest.mark.parametrize("name", WITH_ERRORS)
def test_robust_standard_errors(name):
    fit = fitted(name, "robust")
    rows = paired(name, fit, fit.parameters)
    if name == "latent":
        # Means of variables without a part between clusters: lavaan's scores are off, see README.
        rows = rows[~((rows["op"] == "~1") & rows["lhs"].str.startswith("x"))]
    assert_close(rows["our_se"], rows["robust"], 1e-4)


@pytest.mark.parametrize("name", WITH_ERRORS)
def test_fit_indices(name):
    found, expected = fit_indices(fitted(name)), R["fits"][name]["fit"]
    for theirs, ours in INDICES.items():
        if expected.get(theirs) is None or (not found.df and theirs.startswith("rmsea.")):
            continue  # without degrees of freedom lavaan gives 0, attune nothing
        if name in SATURATED and (theirs == "pvalue" or "srmr" in theirs):
            continue  # lavaan stops early at the saturated model
        tolerance = 1e-3 if "chi" in theirs else 1e-4
        assert getattr(found, ours) == pytest.approx(expected[theirs], abs=tolerance), theirs


@pytest.mark.parametrize("name", [n for n in WITH_ERRORS if n not in SATURATED])
def test_scaled_fit_indices(name):
    found, expected = fit_indices(fitted(name, "robust")), R["fits"][name]["robust_fit"]
    for theirs, ours in SCALED.items():
        if found.df and expected.get(theirs) is not None:
            tolerance = 1e-3 if "chisq" in theirs else 1e-4
            assert getattr(found, ours) == pytest.approx(expected[theirs], abs=tolerance), theirs


@pytest.mark.parametrize("name", SATURATED)
def test_two_levels_against_the_saturated_model_fitted_as_a_model(name):
    found, expected = fit_indices(fitted(name, "robust")), SATURATED[name]
    assert found.df == expected["df"]
    assert found.chi2 == pytest.approx(expected["chi2"], abs=1e-3)
    assert found.srmr_within == pytest.approx(expected["srmr_within"], abs=2e-5)
    assert found.srmr_between == pytest.approx(expected["srmr_between"], abs=1e-4)
    # The model latent has means whose scores are off in lavaan (README).
    if expected.get("scaling") and name != "latent":
        assert found.scaling == pytest.approx(expected["scaling"], abs=1e-4)


@pytest.mark.parametrize("name", WITH_ERRORS)
def test_standardised_solution(name):
    fit = fitted(name, R["fits"][name]["information"])
    rows = paired(name, fit, standardised(fit))
    assert_close(rows["our_estimate"], rows["std"], 1e-4)
    assert_close(rows["our_se"].fillna(0.0), rows["std_se"].where(rows["std_se"] > 1e-6), 1e-4)


@pytest.mark.parametrize(("kind", "name"), [("observed", "ratio"), ("robust", "ratio_scaled")])
def test_likelihood_ratio(kind, name):
    found = likelihood_ratio(fitted("panel_equal", kind), fitted("panel", kind))
    assert found.chi2 == pytest.approx(R[name]["chisq"], abs=1e-3)
    assert (found.df, found.scaled) == (R[name]["df"], kind == "robust")
    assert found.p == pytest.approx(R[name]["p"], abs=1e-4)


@pytest.mark.parametrize(("equal", "name"), [(True, "panel_equal"), (False, "panel")])
def test_panel_model_as_written_for_lavaan(equal, name):
    waves = range(1, 5)
    text = cross_lagged_model(
        [f"a{t}" for t in waves], [f"s{t}" for t in waves], names=("a", "s"), equal_over_time=equal
    )
    fit = fit_sem(pd.read_csv(HERE / "data" / "panel.csv"), text)
    assert fit.log_likelihood == pytest.approx(R["fits"][name]["fit"]["logl"], abs=1e-5)
    assert fit.n_parameters == fitted(name).n_parameters
    if equal:
        assert fit.estimate("s_a")["estimate"] == pytest.approx(
            fitted(name).estimate("sa")["estimate"], abs=1e-6
        )


FIXED_X = json.loads((HERE / "expected" / "structural_equations_fixed_x.json").read_text())


@pytest.mark.parametrize("errors", FIXED_X["fits"])
def test_fixed_predictors_change_the_likelihood_by_a_constant_alone(errors):
    """Estimates, standard errors, chi-square and df are those of lavaan's fixed.x = TRUE.

    Its log-likelihood is ours without that of the predictors, saturated; its parameters are ours
    without their means and covariances.
    """
    rows = pd.read_csv(HERE / "data" / "alliance.csv")
    kind = {"standard": "observed"}.get(errors, errors)
    fit = fit_sem(rows, FIXED_X["model"], standard_errors=kind)
    expected = FIXED_X["fits"][errors]
    ours = fit.parameters.set_index(["left", "operator", "right"])
    for one in expected["parameters"]:
        found = ours.loc[(one["lhs"], one["op"], one["rhs"].replace(" ", ""))]
        assert found["estimate"] == pytest.approx(one["est"], rel=1e-6)
        assert found["se"] == pytest.approx(one["se"], rel=1e-5)
    indices = fit_indices(fit)
    assert indices.chi2 == pytest.approx(expected["fit"]["chisq"], abs=1e-6)
    assert indices.df == expected["fit"]["df"] and indices.srmr == pytest.approx(
        expected["fit"]["srmr"], abs=1e-6
    )
    x = rows[["emp", "train"]].to_numpy()
    n, k = x.shape
    covariance = np.cov(x.T, bias=True)
    of_x = -n / 2 * (k * np.log(2 * np.pi) + np.linalg.slogdet(covariance)[1] + k)
    assert fit.log_likelihood - of_x == pytest.approx(expected["fit"]["logl"], abs=1e-6)
    assert fit.n_parameters - k * (k + 3) // 2 == expected["fit"]["npar"]


def test_fixed_predictors_cost_rows():
    """With a missing predictor lavaan leaves the row out; random predictors keep it."""
    counts = FIXED_X["used_with_missing_x"]
    assert counts["rows"] - counts["without_x"] == counts["used"]
    rows = pd.read_csv(HERE / "data" / "alliance.csv")
    rows.loc[::10, "emp"] = np.nan
    assert fit_sem(rows, FIXED_X["model"]).n_rows == counts["rows"]
