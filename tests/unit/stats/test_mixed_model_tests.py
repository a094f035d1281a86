import numpy as np
import pandas as pd
import pytest
from scipy import stats

from attune.specs.errors import AnalysisError
from attune.stats.mixed_model_tests import FixedEffectTests, combined_df, likelihood_ratio
from attune.stats.mixed_models import RandomTerm, fit_mixed_model
from attune.stats.residual_covariance import Residual


def trial(seed: int = 7) -> pd.DataFrame:
    """Twelve patients of each of three arms, four sessions, complete."""
    draw = np.random.default_rng(seed)
    patient = np.repeat(np.arange(36), 4)
    session = np.tile(np.arange(4.0), 36)
    arm = np.array(["tau", "cbt", "pdt"])[patient // 12]
    y = 20 + draw.normal(size=36)[patient] * 2 - (1 + 0.5 * (arm == "cbt")) * session
    rows = pd.DataFrame({"patient": patient, "session": session, "arm": arm})
    rows["therapist"] = patient // 3
    rows["age"] = draw.normal(40, 10, size=36)[patient].round(1)
    return rows.assign(y=y + draw.normal(size=144))


ROWS = trial()
PATIENT = RandomTerm(("patient",))
LINE = RandomTerm(("patient",), "1 + session")
FORMULA = "y ~ session * arm + age"


@pytest.fixture(scope="module")
def fit():
    return fit_mixed_model(ROWS, FORMULA, [PATIENT])


@pytest.mark.parametrize("method", ["satterthwaite", "kenward_roger"])
def test_balanced_designs_have_exact_degrees_of_freedom(method):
    """Patients between, sessions within: n - 3 between patients, the rest of the rows within."""
    fit = fit_mixed_model(ROWS, "y ~ C(session) * arm", [PATIENT])
    tests = FixedEffectTests(fit, method)
    interaction = tests.term("C(session):arm")
    assert (interaction.df1, interaction.scaling) == (6, pytest.approx(1))
    assert interaction.df2 == pytest.approx(33 * 3, rel=1e-5)
    wide = ROWS.pivot_table(index=["patient", "arm"], columns="session", values="y")
    between = [part.mean(axis=1) for _, part in wide.groupby("arm")]
    expected = stats.f_oneway(*between)
    # The mean over the sessions of each arm, as contrasts of the coefficients.
    rows = [
        {f"arm[T.{arm}]": 1.0} | {f"C(session)[T.{s}]:arm[T.{arm}]": 0.25 for s in (1.0, 2.0, 3.0)}
        for arm in ("pdt", "tau")
    ]
    found = tests.f(rows)
    assert found.f == pytest.approx(expected.statistic, rel=1e-6)
    assert found.df2 == pytest.approx(33, rel=1e-5)
    assert found.p == pytest.approx(expected.pvalue, rel=1e-5)


def test_normal_method(fit):
    tests = FixedEffectTests(fit, "normal")
    slope = tests.coefficients()["session"]
    assert slope.df == np.inf
    assert slope.p_two_tailed == pytest.approx(2 * stats.norm.sf(abs(slope.t)))
    assert slope.ci_high - slope.estimate == pytest.approx(stats.norm.ppf(0.975) * slope.se)
    joint = tests.term("session:arm")
    assert joint.p == pytest.approx(stats.chi2.sf(2 * joint.f, 2))
    assert joint.df2 == np.inf


def test_contrasts_by_name_and_by_weights(fit):
    tests = FixedEffectTests(fit)
    weights = np.zeros(len(fit.coefficients))
    weights[[fit.coefficients.index("session"), fit.coefficients.index("session:arm[T.tau]")]] = 1
    named = tests.contrast({"session": 1, "session:arm[T.tau]": 1}, 0.9)
    assert named == tests.contrast(weights, 0.9)
    assert named.estimate == pytest.approx(fit.estimates @ weights)
    assert named.se == pytest.approx(np.sqrt(weights @ fit.covariance @ weights))
    assert named.ci_low == pytest.approx(named.estimate - stats.t.ppf(0.95, named.df) * named.se)
    assert named.p_two_tailed == pytest.approx(2 * stats.t.sf(abs(named.t), named.df))


@pytest.mark.parametrize("method", ["satterthwaite", "kenward_roger"])
def test_f_of_one_contrast_is_t_squared_and_redundant_ones_count_once(fit, method):
    tests = FixedEffectTests(fit, method)
    single, f = tests.contrast({"age": 1}), tests.f([{"age": 1}])
    assert f.f == pytest.approx(single.t**2)
    assert (f.df1, f.df2) == (1, pytest.approx(single.df))
    assert f.p == pytest.approx(single.p_two_tailed)
    twice = tests.f([{"age": 1}, {"age": -2}])
    assert (twice.df1, twice.f) == (1, pytest.approx(f.f))
    arms = [{"arm[T.pdt]": 1}, {"arm[T.tau]": 1}]
    other = [{"arm[T.pdt]": 1, "arm[T.tau]": -1}, {"arm[T.pdt]": 2, "arm[T.tau]": 1}]
    first, second = tests.f(arms), tests.f(other)
    assert first.f == pytest.approx(second.f)
    # The rule of Fai and Cornelius depends a little on how the contrasts are written.
    exact = method == "kenward_roger"
    assert first.df2 == pytest.approx(second.df2, rel=1e-8 if exact else 1e-3)


def test_what_does_not_exist_is_named(fit):
    tests = FixedEffectTests(fit)
    with pytest.raises(AnalysisError, match="no coefficient 'sesion'; there are: Intercept"):
        tests.contrast({"sesion": 1})
    with pytest.raises(AnalysisError, match="not all 0"):
        tests.contrast({"session": 0})
    with pytest.raises(AnalysisError, match="needs 7 weights"):
        tests.contrast([1, 0])
    with pytest.raises(AnalysisError, match="no term 'site'"):
        tests.term("site")
    with pytest.raises(AnalysisError, match="no method 'between'"):
        FixedEffectTests(fit, "between")  # type: ignore[arg-type]
    with pytest.raises(AnalysisError, match="'site' is not in the fixed part"):
        tests.marginal_means(["site"])


def test_combined_df():
    assert combined_df(np.array([1.5, 30.0])) == 2.0
    assert combined_df(np.array([np.inf, np.inf])) == np.inf
    assert combined_df(np.array([8.0])) == 8.0


class TestMarginalMeans:
    def test_of_a_saturated_design_are_cell_means(self):
        fit = fit_mixed_model(ROWS, "y ~ C(session) * arm", [PATIENT])
        means = FixedEffectTests(fit).marginal_means(["arm", "session"])
        cells = ROWS.groupby(["arm", "session"])["y"].mean()
        assert len(means) == 12
        for mean in means:
            assert mean.test.estimate == pytest.approx(
                cells[mean.point["arm"], mean.point["session"]]
            )
        [first, *_] = FixedEffectTests(fit).marginal_means(["arm"])
        assert first.point == {"arm": "cbt"}
        assert first.test.estimate == pytest.approx(cells["cbt"].mean())

    def test_hold_numbers_at_their_mean_or_at_a_value(self, fit):
        tests = FixedEffectTests(fit)
        cbt, _, tau = tests.marginal_means(["arm"], at={"session": [3]})
        names = fit.coefficients
        expected = {"Intercept": 1, "session": 3, "age": ROWS["age"].mean()}
        assert dict(zip(names, cbt.weights, strict=True)) == pytest.approx(
            dict.fromkeys(names, 0) | expected
        )
        difference = tests.contrast(cbt.weights - tau.weights)
        assert difference.estimate == pytest.approx(cbt.test.estimate - tau.test.estimate)
        grid = tests.marginal_means(["session", "arm"], at={"session": [0, 2], "age": [50]})
        assert [tuple(mean.point.values()) for mean in grid][:4] == [
            *((0, "cbt"), (0, "pdt"), (0, "tau"), (2, "cbt")),
        ]

    def test_by_the_values_of_a_number(self, fit):
        means = FixedEffectTests(fit, "kenward_roger").marginal_means(["session"])
        assert [mean.point["session"] for mean in means] == [0.0, 1.0, 2.0, 3.0]
        steps = np.diff([mean.test.estimate for mean in means])
        assert steps == pytest.approx(np.full(3, steps[0]))


class TestLikelihoodRatio:
    def test_of_fixed_effects_refits(self):
        small = fit_mixed_model(ROWS, "y ~ session + arm", [LINE])
        large = fit_mixed_model(ROWS, "y ~ session * arm", [LINE])
        found = likelihood_ratio(small, large)
        first, second = small.refit(reml=False), large.refit(reml=False)
        assert found.chi2 == pytest.approx(2 * (second.log_likelihood - first.log_likelihood))
        assert (found.df, found.refitted, found.distribution) == (2, True, "chi2(2)")
        assert found.p == pytest.approx(stats.chi2.sf(found.chi2, 2))
        assert not likelihood_ratio(first, second).refitted

    def test_of_one_variance(self):
        small, large = fit_mixed_model(ROWS, FORMULA), fit_mixed_model(ROWS, FORMULA, [PATIENT])
        found = likelihood_ratio(small, large)
        assert found.distribution == "0.5 a point at 0 + 0.5 chi2(1)"
        assert found.p == pytest.approx(stats.chi2.sf(found.chi2, 1) / 2)
        assert found.reml

    def test_of_a_slope_with_its_covariance(self, fit):
        found = likelihood_ratio(fit, fit_mixed_model(ROWS, FORMULA, [LINE]))
        assert (found.df, found.distribution) == (2, "0.5 chi2(1) + 0.5 chi2(2)")
        expected = (stats.chi2.sf(found.chi2, 1) + stats.chi2.sf(found.chi2, 2)) / 2
        assert found.p == pytest.approx(expected)

    def test_of_a_variance_estimated_as_zero(self):
        rows = ROWS.assign(y=np.tile([0.0, 2.0], 72))
        small, large = (fit_mixed_model(rows, "y ~ 1", random) for random in ([], [PATIENT]))
        found = likelihood_ratio(small, large)
        assert (found.chi2, found.p) == (pytest.approx(0, abs=1e-8), pytest.approx(1, abs=1e-4))

    def test_of_several_variances_is_conservative(self):
        small = fit_mixed_model(ROWS, FORMULA)
        large = fit_mixed_model(ROWS, FORMULA, [PATIENT, RandomTerm(("therapist",))])
        assert likelihood_ratio(small, large).distribution == "chi2(2), conservative"

    def test_of_a_residual_structure(self, fit):
        residual = Residual(variance_by="arm")
        found = likelihood_ratio(fit, fit_mixed_model(ROWS, FORMULA, [PATIENT], residual=residual))
        assert (found.df, found.distribution) == (2, "chi2(2)")

    @pytest.mark.parametrize(
        ("rows", "formula", "random", "residual", "reml", "message"),
        [
            (ROWS[:-1], FORMULA, [LINE], None, True, "different rows"),
            (ROWS, "age ~ session * arm", [LINE], None, True, "different rows"),
            (ROWS, FORMULA, [LINE], None, False, "by REML and the other"),
            (ROWS, "y ~ session", [LINE], None, True, "not nested"),
            (ROWS, FORMULA, [RandomTerm(("therapist",))], None, True, "not nested"),
            (ROWS, FORMULA + " + I(age ** 2)", [LINE], None, True, "one after the other"),
            (ROWS, FORMULA, [PATIENT], None, True, "no more parameters"),
        ],
    )
    def test_refused(self, fit, rows, formula, random, residual, reml, message):
        large = fit_mixed_model(rows, formula, random, residual=residual, reml=reml)
        with pytest.raises(AnalysisError, match=message):
            likelihood_ratio(fit, large)

    def test_refused_for_structures_that_do_not_contain_each_other(self):
        first, second = (
            fit_mixed_model(ROWS, FORMULA, residual=Residual(structure, ("patient",)))
            for structure in ("ar1", "compound_symmetry")
        )
        with pytest.raises(AnalysisError, match="different residual structures"):
            likelihood_ratio(first, second)


class TestKenwardRoger:
    def test_needs_restricted_likelihood(self, fit):
        with pytest.raises(AnalysisError, match="needs a fit by REML"):
            FixedEffectTests(fit.refit(reml=False), "kenward_roger")

    @pytest.mark.parametrize(
        "residual",
        [
            Residual("ar1", ("patient",)),
            Residual("car1", ("patient",), "session"),
            Residual("compound_symmetry", ("patient",), variance_by="session"),
        ],
    )
    def test_needs_a_covariance_that_is_linear(self, residual):
        fit = fit_mixed_model(ROWS, FORMULA, residual=residual)
        with pytest.raises(AnalysisError, match="not linear in its parameters"):
            FixedEffectTests(fit, "kenward_roger")

    def test_of_compound_symmetry_is_that_of_a_random_intercept(self, fit):
        residual = Residual("compound_symmetry", ("patient",))
        other = fit_mixed_model(ROWS, FORMULA, residual=residual)
        first, second = (FixedEffectTests(f, "kenward_roger").coefficients() for f in (fit, other))
        for name, test in first.items():
            assert test.df == pytest.approx(second[name].df, rel=1e-4)
            assert test.se == pytest.approx(second[name].se, rel=1e-5)

    def test_of_least_squares_has_exact_degrees_of_freedom(self):
        tests = FixedEffectTests(fit_mixed_model(ROWS, FORMULA), "kenward_roger")
        assert tests.coefficients()["age"].df == pytest.approx(144 - 7)

    def test_refuses_very_many_connected_rows(self, fit, monkeypatch):
        monkeypatch.setattr("attune.stats.kenward_roger.LARGEST_BLOCK", 3)
        with pytest.raises(AnalysisError, match="connect 4 rows"):
            FixedEffectTests(fit, "kenward_roger")


def test_satterthwaite_of_least_squares_has_exact_degrees_of_freedom():
    tests = FixedEffectTests(fit_mixed_model(ROWS, FORMULA))
    assert tests.coefficients()["age"].df == pytest.approx(144 - 7, rel=1e-5)
    weighted = fit_mixed_model(ROWS, "y ~ arm - 1", residual=Residual(variance_by="arm"))
    # One variance for each arm: the mean of an arm has its own n - 1.
    assert FixedEffectTests(weighted).coefficients()["arm[cbt]"].df == pytest.approx(47, rel=1e-4)
