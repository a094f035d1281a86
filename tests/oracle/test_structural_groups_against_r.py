"""Invariance, contrasts, missing values in groups and score tests against lavaan.

R/structural_equations_groups.R restricts the models by lavaan's own `group.equal` with a loading
fixed at 1; here the texts of `attune.stats.sem_invariance` fix a variance instead.
"""

import json
import re
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from attune.stats.sem_effects import explained_shares, standardised
from attune.stats.sem_fit import SemFit, fit_sem
from attune.stats.sem_hints import modification_indices, release_tests
from attune.stats.sem_invariance import STEPS, group_model, repeated_model
from attune.stats.sem_tests import LikelihoodRatio, fit_indices, likelihood_ratio

HERE = Path(__file__).parent
R = json.loads((HERE / "expected" / "structural_equations_groups.json").read_text())
SERIES = ("one", "three", "one_holes", "three_holes")
ONE = [["x1", "x2", "x3", "x9"]]
THREE = [["x1", "x2", "x3"], ["x4", "x5", "x6"], ["x7", "x8", "x9"]]
INDICES = {"cfi": "cfi", "tli": "tli", "rmsea": "rmsea", "rmsea.ci.lower": "rmsea_low",
           "rmsea.ci.upper": "rmsea_high", "srmr": "srmr"}  # fmt: skip


def several(factors: list[list[str]], step: str) -> str:
    """`group_model` of each factor, with names and labels of its own."""
    texts = []
    for k, items in enumerate(factors, start=1):
        text = group_model(items, 2, step)
        text = re.sub(r"\b([lie])(\d)\b", rf"\g<1>{k}\2", text)
        texts.append(text.replace("trait", f"trait{k}" if len(factors) > 1 else "trait"))
    return "\n".join(texts)


def schools(series: str) -> pd.DataFrame:
    data = pd.read_csv(HERE / f"data/holzinger{'_holes' if 'holes' in series else ''}.csv")
    # lavaan counts the school Pasteur, whose rows come first, as the first group.
    return data.assign(school=(data["school"] != "Pasteur").astype(int))


@cache
def in_schools(series: str, step: str, errors: str) -> SemFit:
    factors = ONE if series.startswith("one") else THREE
    text = several(factors, step)
    return fit_sem(schools(series), text, group="school", standard_errors=errors)


@cache
def over_time(step: str, errors: str) -> SemFit:
    data = pd.read_csv(HERE / "data/democracy.csv")
    items = [["y1", "y2", "y3", "y4"], ["y5", "y6", "y7", "y8"]]
    return fit_sem(data, repeated_model(items, step), standard_errors=errors)


def assert_fit(fit: SemFit, theirs: dict, holes: bool = False) -> None:
    ours = fit_indices(fit)
    assert fit.converged and fit.identified
    assert (fit.n_parameters, ours.df) == (theirs["npar"], theirs["df"])
    assert ours.chi2 == pytest.approx(theirs["chisq"], abs=1e-5)
    assert ours.p == pytest.approx(theirs["pvalue"], abs=1e-7)
    assert fit.log_likelihood == pytest.approx(theirs["logl"], abs=1e-6)
    assert fit.aic == pytest.approx(theirs["aic"], abs=1e-5)
    assert fit.bic == pytest.approx(theirs["bic"], abs=1e-5)
    for name, own in INDICES.items():
        assert getattr(ours, own) == pytest.approx(theirs[name], abs=1e-5), name


def assert_scaled(fit: SemFit, theirs: dict, tolerance: float) -> None:
    ours = fit_indices(fit)
    assert ours.chi2_scaled == pytest.approx(theirs["chisq.scaled"], rel=tolerance)
    assert ours.scaling == pytest.approx(theirs["chisq.scaling.factor"], rel=tolerance)
    assert ours.cfi_scaled == pytest.approx(theirs["cfi.scaled"], abs=tolerance)
    assert ours.tli_scaled == pytest.approx(theirs["tli.scaled"], abs=tolerance)
    assert ours.rmsea_scaled == pytest.approx(theirs["rmsea.scaled"], abs=tolerance)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("series", SERIES)
def test_fit_of_every_step_in_groups(series: str, step: str) -> None:
    theirs = R[series][step]
    assert_fit(in_schools(series, step, "observed"), theirs["fit"])
    assert_scaled(in_schools(series, step, "robust"), theirs["robust"], 1e-4)


def assert_difference(found: LikelihoodRatio, theirs: dict) -> None:
    # Scaling factors agree to 2e-5; the scaled difference divides by a difference of them.
    tolerance = {"rel": 1e-4} if found.scaled else {"abs": 1e-5}
    assert found.chi2 == pytest.approx(theirs["chisq"], **tolerance)


@pytest.mark.parametrize("step", STEPS[1:])
@pytest.mark.parametrize("series", SERIES)
def test_differences_of_chi_square_in_groups(series: str, step: str) -> None:
    before = STEPS[STEPS.index(step) - 1]
    for errors, key in (("observed", "ratio"), ("robust", "ratio_scaled")):
        found = likelihood_ratio(
            in_schools(series, step, errors), in_schools(series, before, errors)
        )
        assert found.df == R[series][step][key]["df"]
        assert_difference(found, R[series][step][key])
        assert found.scaled == (errors == "robust")


@pytest.mark.parametrize("series", SERIES)
def test_standardised_loadings_of_each_group(series: str) -> None:
    for step in ("configural", "scalar"):
        table = standardised(in_schools(series, step, "observed"))
        loadings = table[table["operator"] == "=~"]
        ours = {f"{row.right} {row.group + 1}": row.estimate for row in loadings.itertuples()}
        assert ours == pytest.approx(R[series][step]["loadings"], abs=1e-5)


@pytest.mark.parametrize("step", STEPS[2:])
@pytest.mark.parametrize("series", SERIES)
def test_differences_of_factor_means(series: str, step: str) -> None:
    """Their z, in lavaan's units: the first loading, not a variance, is 1."""
    factors = ONE if series.startswith("one") else THREE
    text = several(factors, step)
    text = re.sub(r"=~ c\(NA, NA\)\*(\w+) \+ c\(\w+, \w+\)\*\w+", r"=~ c(1, 1)*\1", text)
    text = re.sub(r"(trait\d?) ~~ c\(1, NA\)", r"\1 ~~ c(NA, NA)", text)
    # lavaan takes the expected information where no value is missing.
    errors = "observed" if "holes" in series else "expected"
    fit = fit_sem(schools(series), text, group="school", standard_errors=errors)
    assert fit.log_likelihood == pytest.approx(
        in_schools(series, step, "observed").log_likelihood, abs=1e-7
    )
    means = fit.parameters[
        (fit.parameters["operator"] == "~1") & fit.parameters["left"].str.startswith("trait")
    ]
    ours = {f"{row.left} {row.group + 1}": row.z for row in means.itertuples() if row.group}
    theirs = {name: z for name, z in R[series][step]["means_z"].items() if z is not None}
    assert ours == pytest.approx(theirs, abs=1e-4)


@pytest.mark.parametrize("step", STEPS)
def test_fit_of_every_step_over_time(step: str) -> None:
    theirs = R["occasions"][step]
    assert_fit(over_time(step, "observed"), theirs["fit"])
    assert_scaled(over_time(step, "robust"), theirs["robust"], 1e-4)
    if "ratio" in theirs:
        before = STEPS[STEPS.index(step) - 1]
        for errors, key in (("observed", "ratio"), ("robust", "ratio_scaled")):
            found = likelihood_ratio(over_time(step, errors), over_time(before, errors))
            assert_difference(found, theirs[key])


@pytest.mark.parametrize("name", R["arms"])
def test_a_contrast_of_two_conditions_as_predictor(name: str) -> None:
    data = pd.read_csv(HERE / f"data/alliance{'_holes' if 'holes' in name else ''}.csv")
    data["arm"] = (data["train"] > 0).astype(float)
    cluster = "ther" if name == "arm_two" else None
    theirs = R["arms"][name]
    fits = {e: fit_sem(data, theirs["model"], cluster=cluster, standard_errors=e)
            for e in ("observed", "robust")}  # fmt: skip
    scaled = standardised(fits["observed"])
    for row in theirs["parameters"]:
        place = {e: _row(fit.parameters, row) for e, fit in fits.items()}
        assert place["observed"]["estimate"] == pytest.approx(row["est"], abs=2e-5)
        assert _row(scaled, row)["estimate"] == pytest.approx(row["std"], abs=2e-5)
        # lavaan takes the expected information where no value is missing; on a path model with
        # its predictors random both agree.
        assert place["observed"]["se"] == pytest.approx(row["se"], rel=1e-5)
        assert place["robust"]["se"] == pytest.approx(row["robust"], rel=1e-5)
    shares = explained_shares(fits["observed"])
    levels = {"within": "within", "ther": "between"}
    theirs_r2 = {(levels[k], v): r2 for k, own in theirs["r2"].items() for v, r2 in own.items()}
    ours_r2 = {(row.level, row.outcome): row.r_squared for row in shares.itertuples()}
    assert ours_r2 == pytest.approx(theirs_r2, abs=1e-5)


def _row(table: pd.DataFrame, row: dict) -> pd.Series:
    found = table[(table["left"] == row["lhs"]) & (table["operator"] == row["op"])]
    if row["op"] == "~":
        found = found[found["right"] == row["rhs"]]
    if "level" in table and row["op"] == "~":
        found = found[found["level"] == {1: "within", 2: "between"}[row["level"]]]
    assert len(found) == 1
    return found.iloc[0]


def test_modification_indices() -> None:
    data = pd.read_csv(HERE / "data/holzinger.csv")
    found = modification_indices(fit_sem(data, R["hints"]["model"]))
    ours = {(r.left, r.operator, r.right): r for r in found.itertuples()}
    for row in R["hints"]["rows"]:
        own = ours[row["lhs"], row["op"], row["rhs"]]
        assert own.chi2 == pytest.approx(row["mi"], rel=1e-4)
        assert own.change == pytest.approx(row["epc"], rel=1e-4)
    assert len(R["hints"]["rows"]) > 10
    assert found["chi2"].iloc[0] == pytest.approx(
        max(r["mi"] for r in R["hints"]["rows"]), rel=1e-4
    )


def test_score_tests_of_equal_intercepts() -> None:
    """Freeing a loading is another model where the first loading is fixed; intercepts are not."""
    found = release_tests(in_schools("one", "scalar", "observed"))
    ours = {r.left: r.chi2 for r in found.itertuples() if r.operator == "~1" and r.group == 1}
    theirs = {r["lhs"]: r["chi2"] for r in R["released"] if r["op"] == "~1"}
    assert set(theirs) == {"x1", "x2", "x3", "x9"}
    assert {name: ours[name] for name in theirs} == pytest.approx(theirs, rel=1e-4)
