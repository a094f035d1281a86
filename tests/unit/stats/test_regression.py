import numpy as np
import pytest

from attune.specs.errors import AnalysisError
from attune.stats import regression
from attune.stats.regression import (
    NO_HC3,
    Predictors,
    coefficient_test,
    combination_test,
    hc3_slope_test,
    is_constant,
    regress,
    regress_on,
    residual,
)

random = np.random.default_rng(11)
X = random.normal(size=(30, 3)) @ np.array([[1, 0.5, 0.9], [0, 1, 0.3], [0, 0, 0.2]]) + [5, 0, -2]
Y = X @ [1.0, -2.0, 0.5] + random.normal(size=30) * np.abs(X[:, 1])


def test_agrees_with_matrix_formulas():
    fit = regress(Y, X)
    design = np.column_stack([np.ones(30), X])
    bread = np.linalg.inv(design.T @ design)
    coefficients = bread @ design.T @ Y
    residual = Y - design @ coefficients
    leverage = np.diag(design @ bread @ design.T)
    scores = design * (residual / (1 - leverage))[:, None]
    robust = bread @ scores.T @ scores @ bread
    assert fit.df == 26
    assert fit.coefficients == pytest.approx(coefficients, rel=1e-10)
    assert fit.residual == pytest.approx(residual, abs=1e-10)
    assert fit.leverage == pytest.approx(leverage, rel=1e-10)
    assert fit.covariance == pytest.approx(bread * (residual @ residual) / 26, rel=1e-9)
    assert fit.hc3_covariance == pytest.approx(robust, rel=1e-9)
    assert fit.se == pytest.approx(np.sqrt(np.diag(fit.covariance)))
    assert fit.hc3_se == pytest.approx(np.sqrt(np.diag(robust)), rel=1e-9)
    assert fit.r_squared == pytest.approx(1 - residual @ residual / ((Y - Y.mean()) ** 2).sum())


def test_leverages_add_to_the_number_of_coefficients_and_residuals_are_orthogonal():
    fit = regress(Y, X)
    assert fit.leverage.sum() == pytest.approx(4, abs=1e-13)
    assert fit.residual.sum() == pytest.approx(0, abs=1e-12)
    assert fit.residual @ X == pytest.approx([0, 0, 0], abs=1e-11)


def test_a_far_origin_costs_no_digits():
    """The spread is a millionth of the values: normal equations would lose all digits."""
    near, far = regress(Y, X), regress(Y + 1e6, X + 1e6)
    assert far.coefficients[1:] == pytest.approx(near.coefficients[1:], rel=1e-8)
    assert far.hc3_se[1:] == pytest.approx(near.hc3_se[1:], rel=1e-8)


def test_nearly_collinear_predictors():
    close = X[:, 0] + 1e-7 * random.normal(size=30)
    fit = regress(Y, np.column_stack([X[:, 0], close]))
    # The same fit in predictors that do not depend on each other.
    apart = regress(Y, np.column_stack([X[:, 0], (close - X[:, 0]) * 1e7]))
    assert fit.residual == pytest.approx(apart.residual, abs=1e-7)
    assert fit.coefficients[2] == pytest.approx(apart.coefficients[2] * 1e7, rel=1e-6)


def test_nearly_collinear_predictors_are_made_orthogonal():
    close = X[:, 0] + 1e-7 * random.normal(size=30)
    basis, _ = regression._orthogonal(np.column_stack([X[:, 0], close]))
    assert basis @ basis.T == pytest.approx(np.eye(3), abs=1e-14)


def test_predictors_serve_several_outcomes_and_the_first_of_them_alone():
    once = Predictors.of(*X.T)
    for outcome in (Y, X[:, 0] * Y):
        assert regress_on(once, outcome).se.tolist() == regress(outcome, X).se.tolist()
        assert once.residual(outcome, 2).tolist() == residual(outcome, X[:, :2]).tolist()
        assert once.residual(outcome, 3).tolist() == residual(outcome, X).tolist()
        assert once.leverage.tolist() == regress(outcome, X).leverage.tolist()


@pytest.mark.parametrize(
    ("predictors", "sentence"),
    [
        (np.column_stack([X, X[:, 0] - 2 * X[:, 2] + 3]), "Predictor 4 is a linear function"),
        (np.column_stack([X[:, 0], np.full(30, 0.1)]), "Predictor 2 has the same value"),
        (np.tile([[0.1 + 0.2], [0.3]], (15, 1)), "Predictor 1 has the same value in all 30"),
    ],
)
def test_predictors_without_a_coefficient(predictors, sentence):
    with pytest.raises(AnalysisError, match=sentence):
        regress(Y, predictors)


def test_too_few_rows():
    assert regress(Y[:5], X[:5]).df == 1
    with pytest.raises(AnalysisError, match="4 coefficients needs at least 5 dyads, found 4"):
        regress(Y[:4], X[:4])


def test_hc3_is_undefined_where_one_dyad_has_all_leverage():
    alone = np.zeros((30, 1))
    alone[4] = 1
    fit = regress(Y, alone)
    assert fit.hc3_reason == NO_HC3
    assert np.isnan(fit.hc3_se).all()
    assert np.isfinite(fit.se).all()
    assert regress(Y, X).hc3_reason is None
    test = hc3_slope_test(alone[:, 0], Y)
    assert test.estimate == pytest.approx(fit.coefficients[1])
    assert np.isnan([test.se, test.t, test.p_two_tailed, test.ci_low, test.ci_high]).all()
    assert np.isnan(test.p_one_tailed("greater"))


def test_an_exact_fit_has_no_residuals():
    fit = regress(0.1 + 0.7 * X[:, 0], X[:, :1])
    assert not fit.residual.any()
    assert fit.r_squared == 1
    assert not fit.se.any()
    test = combination_test(fit, [0, 1])
    assert np.isnan([test.t, test.p_two_tailed]).all()
    assert test.ci_low == test.ci_high == test.estimate


def test_a_constant_outcome_has_no_variance_to_explain():
    fit = regress(np.full(30, 0.1), X)
    assert np.isnan(fit.r_squared)
    assert fit.coefficients == pytest.approx([0.1, 0, 0, 0], abs=1e-15)


def test_hc3_slope_over_complete_pairs():
    with_gaps = X[:, 0].copy()
    with_gaps[[3, 8]] = np.nan
    known = np.isfinite(with_gaps)
    fit = regress(Y[known], X[known, :1])
    test = hc3_slope_test(with_gaps, Y, interval=0.9)
    assert test.df == 26
    assert (test.estimate, test.se) == pytest.approx((fit.coefficients[1], fit.hc3_se[1]))
    narrower = coefficient_test(test.estimate, test.se, 26, 0.5)
    assert test.ci_low < narrower.ci_low < narrower.ci_high < test.ci_high


def test_weights_of_a_predicted_value():
    """The intercept of predictors moved by w is the value predicted at w."""
    at = np.array([4.0, 1.0, -1.0])
    predicted = combination_test(regress(Y, X), [1, *at])
    moved = regress(Y, X - at)
    assert predicted.estimate == pytest.approx(moved.coefficients[0])
    assert predicted.se == pytest.approx(moved.se[0])
    robust = combination_test(regress(Y, X), [1, *at], hc3=True)
    assert robust.se == pytest.approx(moved.hc3_se[0])


def test_one_tailed_p():
    test = coefficient_test(-2.0, 1.0, 20)
    assert test.p_one_tailed("less") == test.p_two_tailed / 2
    assert test.p_one_tailed("greater") == 1 - test.p_two_tailed / 2


def test_constant_up_to_rounding():
    assert is_constant(np.array([1e9, 1e9 + 1e-7]))
    assert not is_constant(np.array([1e9, 1e9 + 1]))
    assert is_constant(np.zeros(3))
