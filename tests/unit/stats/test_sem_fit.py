"""Fits that closed forms give, invariances, and data that cannot carry a model."""

import numpy as np
import pandas as pd
import pytest
from tests.unit.stats.sem_populations import simulate_sem

from attune.specs.errors import AnalysisError
from attune.stats import sem_search
from attune.stats.sem_fit import SemFit, fit_sem

MEDIATION = """
level: within
  bond ~ aw*empathy
  symptoms ~ bw*bond
level: between
  empathy ~ t*training
  bond ~ ab*empathy
  symptoms ~ bb*bond + c*training
  indirect := t*ab*bb
"""

POPULATION = """
level: within
  y ~ 0.5*x
  x ~~ 1*x
  y ~~ 1*y
level: between
  y ~ -0.6*w
  w ~ 2*1
  w ~~ 1*w
  y ~~ 0.4*y
"""
ANALYSIS = "level: within\ny ~ b*x\nlevel: between\ny ~ c*w"


def sessions(seed: int = 1, therapists: int = 40) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    number = np.repeat(np.arange(therapists), draw.integers(3, 8, therapists))
    training, level = draw.normal(size=(2, therapists))
    b = 0.5 * training + level
    n = len(number)
    empathy = b[number] + draw.normal(size=n)
    bond = 5 + 0.4 * empathy + 0.4 * draw.normal(size=therapists)[number] + draw.normal(size=n)
    symptoms = 20 - bond + draw.normal(size=therapists)[number] + draw.normal(size=n)
    return pd.DataFrame(
        {
            "therapist": [f"T{i:02}" for i in number],
            "training": training[number],
            "empathy": empathy,
            "bond": bond,
            "symptoms": symptoms,
            "arm": number % 2,
        }
    )


ROWS = sessions()


@pytest.fixture(scope="module")
def fit() -> SemFit:
    return fit_sem(ROWS, MEDIATION, cluster="therapist")


def estimates(fit: SemFit) -> dict[tuple[str, str], tuple[float, float]]:
    names = fit.parameters["left"] + fit.parameters["operator"] + fit.parameters["right"]
    level = fit.parameters.get("level", pd.Series("", index=names.index))
    values = zip(fit.parameters["estimate"], fit.parameters["se"], strict=True)
    return dict(zip(zip(level, names, strict=True), values, strict=True))


def assert_same(first: SemFit, second: SemFit, rtol: float = 1e-5) -> None:
    a, b = estimates(first), estimates(second)
    assert a.keys() == b.keys()
    for key, value in a.items():
        np.testing.assert_allclose(value, b[key], rtol=rtol, atol=1e-7, err_msg=str(key))


def test_regression_is_least_squares():
    fit = fit_sem(ROWS, "symptoms ~ b*bond + c*empathy", standard_errors="expected")
    x = np.c_[np.ones(len(ROWS)), ROWS[["bond", "empathy"]]]
    beta, [rss], *_ = np.linalg.lstsq(x, ROWS["symptoms"].to_numpy())
    assert fit.estimate("b")["estimate"] == pytest.approx(beta[1], rel=1e-7)
    assert fit.estimate("symptoms~1")["estimate"] == pytest.approx(beta[0], rel=1e-7)
    variance = rss / len(ROWS)
    assert fit.estimate("symptoms~~symptoms")["estimate"] == pytest.approx(variance, rel=1e-7)
    errors = np.sqrt(variance * np.diag(np.linalg.inv(x.T @ x)))
    assert fit.estimate("c")["se"] == pytest.approx(errors[2], rel=1e-6)


def test_balanced_one_way_components():
    # 20 clusters of 5: the maximum likelihood components are functions of the mean squares.
    draw = np.random.default_rng(5)
    y = 2 + np.repeat(draw.normal(size=20), 5) + draw.normal(size=100)
    rows = pd.DataFrame({"g": np.repeat(np.arange(20), 5), "y": y})
    fit = fit_sem(rows, "level: within\ny ~~ w*y\nlevel: between\ny ~~ b*y", cluster="g")
    means = y.reshape(20, 5).mean(axis=1)
    within = ((y.reshape(20, 5) - means[:, None]) ** 2).sum() / 80
    between = means.var() - within / 5
    assert fit.estimate("w")["estimate"] == pytest.approx(within, rel=1e-7)
    assert fit.estimate("b")["estimate"] == pytest.approx(between, rel=1e-7)


def test_order_of_rows_and_names_of_clusters_change_nothing(fit):
    shuffled = ROWS.sample(frac=1, random_state=3)
    shuffled["therapist"] = shuffled["therapist"].map(lambda name: hash(name) % 10**9)
    assert_same(fit, fit_sem(shuffled, MEDIATION, cluster="therapist"))


def test_names_and_order_of_variables_change_nothing(fit):
    lines = MEDIATION.strip().splitlines()
    text = "\n".join([lines[0], *lines[2:0:-1], lines[3], *lines[6:3:-1], lines[7]])
    again = fit_sem(ROWS, text, cluster="therapist")
    assert again.log_likelihood == pytest.approx(fit.log_likelihood, abs=1e-8)
    assert_same(fit, again)
    renamed = fit_sem(
        ROWS.rename(columns={"bond": "zz"}), MEDIATION.replace("bond", "zz"), cluster="therapist"
    )
    assert renamed.log_likelihood == pytest.approx(fit.log_likelihood, abs=1e-8)


@pytest.mark.parametrize("kind", ["observed", "robust"])
def test_units_change_estimates_by_their_ratio(kind):
    first = fit_sem(ROWS, MEDIATION, cluster="therapist", standard_errors=kind)
    rows = ROWS.assign(bond=1000 * ROWS["bond"] - 300, symptoms=ROWS["symptoms"] / 100)
    second = fit_sem(rows, MEDIATION, cluster="therapist", standard_errors=kind)
    assert second.converged
    for name, factor in (("aw", 1000), ("bw", 1e-5), ("bb", 1e-5), ("indirect", 0.01), ("t", 1)):
        for column in ("estimate", "se"):
            expected = first.estimate(name)[column] * factor
            assert second.estimate(name)[column] == pytest.approx(expected, rel=1e-5)


def test_a_label_makes_parameters_equal():
    text = MEDIATION.replace("aw*", "a*").replace("ab*bb", "a*bb").replace("ab*", "a*")
    equal = fit_sem(ROWS, text, cluster="therapist")
    rows = equal.parameters[equal.parameters["label"] == "a"]
    assert len(rows) == 2
    assert rows["estimate"].iloc[0] == rows["estimate"].iloc[1]
    free = fit_sem(ROWS, MEDIATION, cluster="therapist")
    assert equal.n_parameters == free.n_parameters - 1
    assert equal.log_likelihood <= free.log_likelihood


def test_missing_values_at_the_end_of_a_regression_tell_nothing():
    # Rows without the outcome inform about predictors alone: the slope stays.
    holes = ROWS.copy()
    holes.loc[::3, "symptoms"] = np.nan
    full = fit_sem(holes, "symptoms ~ b*bond")
    listwise = fit_sem(holes, "symptoms ~ b*bond", missing="listwise")
    assert full.estimate("b")["estimate"] == pytest.approx(listwise.estimate("b")["estimate"])
    assert (full.n_left_out, listwise.n_left_out) == (0, holes["symptoms"].isna().sum())
    assert "rows are left out" in listwise.messages[0]


def test_robust_standard_error_of_a_mean_is_that_of_sums_of_clusters():
    # In lavaan 0.6-14 such means of variables without a part between clusters differ by 1-3 %.
    text = "level: within\nsymptoms ~ empathy\nlevel: between\nsymptoms ~~ symptoms"
    fit = fit_sem(ROWS, text, cluster="therapist", standard_errors="robust")
    deviations = ROWS["empathy"] - ROWS["empathy"].mean()
    sums = deviations.groupby(ROWS["therapist"]).sum()
    expected = np.sqrt((sums**2).sum()) / len(ROWS)
    assert fit.estimate("empathy~1")["se"] == pytest.approx(expected, rel=1e-6)


def test_robust_standard_errors_of_rows_and_of_clusters():
    x = ROWS["empathy"] - ROWS["empathy"].mean()
    slope = (x * ROWS["symptoms"]).sum() / (x * x).sum()
    scores = x * (ROWS["symptoms"] - ROWS["symptoms"].mean() - slope * x)
    rows = fit_sem(ROWS, "symptoms ~ b*empathy", standard_errors="robust").estimate("b")
    assert rows["se"] == pytest.approx(np.sqrt((scores**2).sum()) / (x * x).sum(), rel=1e-6)
    sums = scores.groupby(ROWS["therapist"]).sum()
    correction = len(sums) / (len(sums) - 1)
    fit = fit_sem(ROWS, "symptoms ~ b*empathy", cluster="therapist", standard_errors="robust")
    expected = np.sqrt(correction * (sums**2).sum()) / (x * x).sum()
    assert fit.estimate("b")["se"] == pytest.approx(expected, rel=1e-6)


def test_predictors_in_the_text_are_not_exogenous_by_default():
    default = fit_sem(ROWS, "symptoms ~ bond + empathy")
    named = fit_sem(ROWS, "symptoms ~ bond + empathy; bond ~~ bond")
    assert default.n_parameters == named.n_parameters + 1


def test_groups_are_fitted_apart_and_labels_join_them():
    free = fit_sem(ROWS, "symptoms ~ bond", group="arm")
    parts = [fit_sem(ROWS[ROWS["arm"] == arm], "symptoms ~ bond") for arm in (0, 1)]
    assert free.log_likelihood == pytest.approx(sum(p.log_likelihood for p in parts), abs=1e-7)
    joined = fit_sem(ROWS, "symptoms ~ c(b, b)*bond", group="arm")
    assert joined.n_parameters == free.n_parameters - 1
    difference = fit_sem(ROWS, "symptoms ~ c(b, d)*bond; more := d - b", group="arm")
    rows = difference.parameters.set_index("label")["estimate"]
    assert rows["more"] == pytest.approx(rows["d"] - rows["b"])


def test_negative_variances_are_named():
    draw = np.random.default_rng(8)
    y = draw.normal(size=(40, 3))
    y -= 0.9 * y.mean(axis=1, keepdims=True)  # cluster means vary less than chance
    rows = pd.DataFrame({"g": np.repeat(np.arange(40), 3), "y": y.ravel()})
    fit = fit_sem(rows, "level: within\ny ~~ y\nlevel: between\ny ~~ y", cluster="g")
    assert fit.converged
    assert any("Heywood" in m and "y (between clusters)" in m for m in fit.messages)


def test_unidentified_models_are_named():
    loose = fit_sem(ROWS, "f =~ NA*bond + empathy + symptoms + training; f ~~ f")
    assert not loose.identified
    assert np.isnan(loose.covariance).all()
    assert any(m.startswith("Not identified") and "f~~f" in m for m in loose.messages)


@pytest.mark.parametrize(
    ("change", "text", "cluster", "words"),
    [
        (dict(therapist="T"), MEDIATION, "therapist", ["two levels need at least two clusters"]),
        (dict(therapist=range(len(ROWS))), MEDIATION, "therapist", ["no cluster", "two rows"]),
        ({}, MEDIATION, None, ["no cluster column is named"]),
        ({}, MEDIATION, "therapits", ["'therapits'", "similar: therapist"]),
        ({}, "symptoms ~ bnod", None, ["'bnod'", "similar: bond"]),
        ({}, "level: within\nbond ~ training", "therapist", ["does not vary within"]),
        (
            {},
            "level: within\nbond ~~ bond\nlevel: between\nbond ~ empathy",
            "therapist",
            ["'empathy'", "varies within"],
        ),
        (dict(bond=3.0), "symptoms ~ bond", None, ["'bond' has the same value in all rows"]),
        (dict(training=3.0), MEDIATION, "therapist", ["'training' has the same value"]),
        ({}, "symptoms ~ therapist", None, ["'therapist' holds", "code it as numbers"]),
        ({}, "bond =~ empathy + symptoms", None, ["the factor 'bond'", "rename"]),
        (
            dict(bond=ROWS["empathy"] * 2 + ROWS["symptoms"]),
            "symptoms ~ bond + empathy",
            None,
            ["determine each other exactly"],
        ),
        (
            {},
            "f =~ bond + empathy",
            None,
            ["6 free parameters", "only 5 means", "equal by a label"],
        ),
        ({}, "symptoms ~ c(a, b, d)*bond", None, ["3 modifiers", "1 group"]),
        ({}, "symptoms ~ a*bond + 1*empathy; bond ~ empathy; k := a + zz", None, ["'zz'"]),
        (dict(bond=np.nan), "symptoms ~ bond", None, ["'bond' has no value"]),
    ],
)
def test_data_that_cannot_carry_the_model(change, text, cluster, words):
    with pytest.raises(AnalysisError) as error:
        fit_sem(ROWS.assign(**change), text, cluster=cluster)
    for word in words:
        assert word in str(error.value)


def test_same_means_in_all_clusters():
    y = np.random.default_rng(2).normal(size=(20, 4))
    y -= y.mean(axis=1, keepdims=True)
    rows = pd.DataFrame({"g": np.repeat(np.arange(20), 4), "y": y.ravel()})
    with pytest.raises(AnalysisError, match="same mean in all clusters"):
        fit_sem(rows, "level: within\ny ~~ y\nlevel: between\ny ~~ y", cluster="g")


def test_unknown_choices():
    with pytest.raises(AnalysisError, match="observed, expected and robust"):
        fit_sem(ROWS, "symptoms ~ bond", standard_errors="sandwich")  # type: ignore[arg-type]
    with pytest.raises(AnalysisError, match="models of one level"):
        fit_sem(ROWS, MEDIATION, cluster="therapist", standard_errors="expected")
    with pytest.raises(AnalysisError, match="names no row"):
        fit_sem(ROWS, "symptoms ~ bond").estimate("indirect")


@pytest.mark.parametrize("holes", [0.0, 0.15])
def test_gradients_at_several_points_are_those_of_each(holes, monkeypatch):
    rows = sessions(therapists=30)[["empathy", "bond", "symptoms"]]
    rows = rows.mask(np.random.default_rng(2).random(rows.shape) < holes)
    rows["half"] = np.arange(len(rows)) % 2
    fit = fit_sem(rows, "bond ~ empathy\nsymptoms ~ bond", group="half")
    points = fit.free * np.linspace(0.9, 1.1, 7)[:, None]
    each = np.stack([fit.likelihood(point)[1] for point in points])
    assert fit.likelihood.gradients(points) == pytest.approx(each, rel=1e-9, abs=1e-8)
    # In pieces, as where there are many patterns.
    monkeypatch.setattr(sem_search, "_MOST_AT_ONCE", 1)
    assert fit.likelihood.gradients(points) == pytest.approx(each, rel=1e-9, abs=1e-8)
    # One point without moments: none of them.
    points[3, fit.specification.free_names.index("bond~~bond (group 1)")] = -1e6
    assert fit.likelihood.gradients(points) is None


def test_models_of_two_levels_have_gradients_one_by_one(fit):
    assert fit.likelihood.gradients(fit.free[None]) is None


def test_a_model_without_free_parameters_is_only_evaluated():
    found = fit_sem(ROWS, "empathy ~~ 2*empathy\nempathy ~ 0*1")
    n, squares = len(ROWS), float((ROWS["empathy"] ** 2).sum())
    assert found.n_parameters == 0
    assert found.log_likelihood == pytest.approx(-(n * np.log(4 * np.pi) + squares / 2) / 2)


def test_two_levels_give_the_parameters_of_their_population():
    rows = simulate_sem(POPULATION, 3000, 4, np.random.default_rng(1))
    assert rows.columns.tolist() == ["cluster", "y", "x", "w"]
    assert np.ptp(rows["w"].to_numpy().reshape(-1, 4), axis=1).max() == 0
    fit = fit_sem(rows, ANALYSIS, cluster="cluster")
    assert fit.estimate("b")["estimate"] == pytest.approx(0.5, abs=0.04)
    assert fit.estimate("c")["estimate"] == pytest.approx(-0.6, abs=0.06)
    assert rows["w"].mean() == pytest.approx(2, abs=0.08)
    table = fit.parameters.set_index(["level", "left", "operator", "right"])["estimate"]
    assert table["between", "y", "~~", "y"] == pytest.approx(0.4, abs=0.06)
