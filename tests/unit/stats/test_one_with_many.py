import dataclasses
from functools import partial

import numpy as np
import pytest
from tests.depth import deep, examples

from attune.specs.errors import AnalysisError
from attune.stats import one_with_many as module
from attune.stats.one_with_many import OneWithMany, one_with_many, why_no_one_with_many

WITHIN = np.array([[1.0, 0.5], [0.5, 1.2]])


def sample(between, therapists: int, patients: int, seed: int):
    """Therapists and both reports of simulated dyads."""
    random = np.random.default_rng(seed)
    therapist = np.repeat(np.arange(therapists), patients)
    effects = random.multivariate_normal([0, 0], between, therapists)
    errors = random.multivariate_normal([0, 0], WITHIN, len(therapist))
    return therapist, effects[therapist] + errors


@pytest.fixture(scope="module")
def ordinary():
    return sample([[0.8, 0.4], [0.4, 1.0]], 25, 4, seed=8)


@pytest.fixture(scope="module")
def fit(ordinary) -> OneWithMany:
    therapist, reports = ordinary
    return one_with_many(therapist, *reports.T)


def values(found: OneWithMany) -> list[float]:
    """Every number of a result, tests and limits included."""
    numbers: list[float] = []

    def collect(part) -> None:
        if dataclasses.is_dataclass(part):
            for field in dataclasses.fields(part):
                collect(getattr(part, field.name))
        elif isinstance(part, int | float):
            numbers.append(float(part))

    collect(found)
    return numbers


class TestBalancedDesign:
    """With equally many patients REML has a closed form: the mean squares of a MANOVA."""

    def test_components_are_those_of_the_mean_squares(self, ordinary, fit):
        therapist, reports = ordinary
        means = np.array([reports[therapist == k].mean(axis=0) for k in range(25)])
        within = np.cov((reports - means[therapist]).T) * 99 / 75
        between = 4 * np.cov(means.T)
        expected = (between - within) / 4
        raters = (fit.patients, fit.therapist_reports)
        for rater, found in enumerate(raters):
            assert found.dyad_variance.estimate == pytest.approx(within[rater, rater], rel=1e-6)
            estimate = found.therapist_variance.estimate
            assert estimate == pytest.approx(expected[rater, rater], rel=1e-6)
            assert found.mean == pytest.approx(reports[:, rater].mean(), rel=1e-10)
            se = np.sqrt(between[rater, rater] / 100)
            assert found.mean_se == pytest.approx(se, rel=1e-6)
            share = expected[rater, rater] / (expected + within)[rater, rater]
            assert found.therapist_share.estimate == pytest.approx(share, rel=1e-6)
        assert fit.therapist_covariance == pytest.approx(expected[0, 1], rel=1e-6)
        assert fit.dyad_covariance == pytest.approx(within[0, 1], rel=1e-6)

    def test_correlations(self, fit):
        for found, covariance, part in (
            (fit.generalised_reciprocity, fit.therapist_covariance, "therapist_variance"),
            (fit.dyadic_reciprocity, fit.dyad_covariance, "dyad_variance"),
        ):
            product = getattr(fit.patients, part).estimate
            product *= getattr(fit.therapist_reports, part).estimate
            assert found.estimate == pytest.approx(covariance / np.sqrt(product), rel=1e-9)
            assert found.ci_low < found.estimate < found.ci_high

    def test_maximum_likelihood_divides_by_the_number_of_therapists(self, ordinary, fit):
        therapist, reports = ordinary
        ml = one_with_many(therapist, *reports.T, method="ML")
        total = {
            name: 4 * found.patients.therapist_variance.estimate
            + found.patients.dyad_variance.estimate
            for name, found in (("ML", ml), ("REML", fit))
        }
        assert total["ML"] == pytest.approx(total["REML"] * 24 / 25, rel=1e-6)


class TestInvariance:
    def test_units_and_origin(self, ordinary, fit):
        therapist, reports = ordinary
        other = one_with_many(therapist, 500 + 10 * reports[:, 0], 0.1 * reports[:, 1] - 7)
        assert other.generalised_reciprocity == approximately(fit.generalised_reciprocity)
        assert other.dyadic_reciprocity == approximately(fit.dyadic_reciprocity)
        for name, factor in (("therapist_variance", 100), ("dyad_variance", 100)):
            found = getattr(other.patients, name)
            assert found.ci_high == pytest.approx(
                factor * getattr(fit.patients, name).ci_high, rel=1e-6
            )
        moved = fit.log_likelihood - 99 * (np.log(10) + np.log(0.1))
        assert other.log_likelihood == pytest.approx(moved, rel=1e-9)

    def test_raters_can_be_exchanged(self, ordinary, fit):
        therapist, reports = ordinary
        other = one_with_many(therapist, reports[:, 1], reports[:, 0])
        for name in ("therapist_variance", "dyad_variance", "therapist_share"):
            found = getattr(other.patients, name)
            assert found == approximately(getattr(fit.therapist_reports, name))

    def test_order_and_labels_of_therapists(self, ordinary, fit):
        therapist, reports = ordinary
        order = np.random.default_rng(1).permutation(len(therapist))
        labels = np.array([f"t{k}" for k in therapist], dtype=object)[order]
        other = one_with_many(labels, *reports[order].T)
        assert values(other) == pytest.approx(values(fit), rel=1e-5, nan_ok=True)

    def test_rows_without_therapist_or_report_are_left_out(self, ordinary, fit):
        therapist, reports = ordinary
        labels = np.array([*(f"t{k}" for k in therapist), None, "t3"], dtype=object)
        more = np.vstack([reports, [[9.0, 9.0], [np.nan, np.nan]]])
        assert one_with_many(labels, *more.T) == fit

    def test_a_higher_coverage_is_wider(self, ordinary, fit):
        therapist, reports = ordinary
        wide = one_with_many(therapist, *reports.T, interval=0.99)
        assert wide.dyadic_reciprocity.ci_low < fit.dyadic_reciprocity.ci_low
        assert wide.patients.therapist_variance.ci_high > fit.patients.therapist_variance.ci_high


def approximately(component):
    return ComponentCloseTo(component)


class ComponentCloseTo:
    def __init__(self, component):
        self.component = component

    def __eq__(self, other) -> bool:
        return all(
            getattr(other, name) == pytest.approx(getattr(self.component, name), rel=1e-5)
            for name in ("estimate", "ci_low", "ci_high")
        )


class TestLikelihood:
    def test_is_that_of_the_whole_covariance_matrix(self, ordinary):
        therapist, reports = ordinary
        reports = reports[:40].copy()
        reports[[3, 8], 0] = np.nan
        reports[[5, 20, 21], 1] = np.nan
        theta = (0.7, 0.2, 0.9, 1.1, -0.3, 0.8)
        between, within = np.array([theta[:2], theta[1:3]]), np.array([theta[3:5], theta[4:]])
        member = np.tile([0, 1], 40)
        group, dyad = np.repeat(therapist[:40], 2), np.repeat(np.arange(40), 2)
        y, known = reports.ravel(), np.isfinite(reports.ravel())
        v = between[np.ix_(member, member)] * (group[:, None] == group)
        v = v + within[np.ix_(member, member)] * (dyad[:, None] == dyad)
        v, y, x = v[np.ix_(known, known)], y[known], np.eye(2)[member][known]
        inverse = np.linalg.inv(v)
        information = x.T @ inverse @ x
        residual = y - x @ np.linalg.solve(information, x.T @ inverse @ y)
        deviance = np.linalg.slogdet(v)[1] + residual @ inverse @ residual
        sums = module._sums(therapist[:40], reports)
        assert module._deviance(sums, False, theta) == pytest.approx(deviance, rel=1e-12)
        deviance += np.linalg.slogdet(information)[1]
        assert module._deviance(sums, True, theta) == pytest.approx(deviance, rel=1e-12)

    @pytest.mark.parametrize("s12", [1.0, 1.5, 1 - 1e-12])
    def test_is_not_defined_without_error_within_dyads(self, ordinary, s12):
        therapist, reports = ordinary
        sums = module._sums(therapist, reports)
        theta = tuple(np.array(part) + 0j for part in (0.7, 0.2, 0.9, 1.0, s12, 1.0))
        with np.errstate(all="ignore"):
            assert np.isnan(module._deviance(sums, True, theta))

    def test_the_estimate_is_where_it_is_highest(self, ordinary, fit):
        therapist, reports = ordinary
        theta = np.array(
            [
                *(fit.patients.therapist_variance.estimate, fit.therapist_covariance),
                *(fit.therapist_reports.therapist_variance.estimate,),
                *(fit.patients.dyad_variance.estimate, fit.dyad_covariance),
                *(fit.therapist_reports.dyad_variance.estimate,),
            ]
        )
        deviance = partial(module._deviance, module._sums(therapist, reports), True)
        lowest = deviance(tuple(theta))
        for step in 0.01 * np.vstack([np.eye(6), -np.eye(6)]):
            assert deviance(tuple(theta + step)) > lowest

    def test_limits_raise_the_deviance_by_the_quantile(self, ordinary, fit):
        """The limits of dyadic reciprocity, by a search that is not the module's."""
        from scipy.optimize import minimize
        from scipy.special import chdtri

        therapist, reports = ordinary
        deviance = partial(module._deviance, module._sums(therapist, reports), True)

        def at(r):
            def value(free):
                l11, l21, l22, v1, v2 = free
                s1, s2 = np.exp([v1, v2])
                t = (l11**2, l11 * l21, l21**2 + l22**2)
                return float(deviance((*t, s1**2, r * s1 * s2, s2**2)))

            found = minimize(value, [0.9, 0.4, 0.9, 0.0, 0.1], method="Nelder-Mead", tol=1e-10)
            found = minimize(value, found.x, method="Nelder-Mead", tol=1e-12)
            return found.fun

        lowest = at(fit.dyadic_reciprocity.estimate)
        for limit in (fit.dyadic_reciprocity.ci_low, fit.dyadic_reciprocity.ci_high):
            assert at(limit) - lowest == pytest.approx(chdtri(1, 0.05), abs=1e-4)


class TestBoundaries:
    def test_no_therapist_variance(self):
        therapist, reports = sample(np.zeros((2, 2)), 15, 4, seed=1)
        found = one_with_many(therapist, *reports.T)
        variance = found.patients.therapist_variance
        assert (variance.estimate, variance.ci_low, variance.p) == (0, 0, pytest.approx(1))
        assert 0 < variance.ci_high < 1
        assert found.patients.therapist_share.estimate == 0
        assert found.therapist_covariance == 0
        assert np.isnan(found.generalised_reciprocity.estimate)
        assert found.singular == (
            "The therapist variance of patients' reports is estimated as zero.",
            "The therapist variance of therapists' reports is estimated as zero.",
            "Generalised reciprocity is undefined, since a therapist variance is estimated as"
            " zero.",
        )
        # What is left is the covariance of the dyads.
        assert found.dyad_covariance == pytest.approx(np.cov(reports.T)[0, 1], rel=1e-6)

    @pytest.mark.parametrize(("sign", "seed"), [(1, 4), (-1, 8)])
    def test_perfect_generalised_reciprocity(self, sign, seed):
        therapist, reports = sample(2 * np.array([[1, sign], [sign, 1]]), 15, 4, seed)
        found = one_with_many(therapist, *reports.T).generalised_reciprocity
        limits = {1: found.ci_high, -1: found.ci_low}
        assert found.estimate == limits[sign] == sign
        assert abs(limits[-sign]) < 1 and found.p < 0.01
        assert f"boundary, {sign};" in found.reason

    def test_two_therapists_have_a_perfect_correlation(self):
        therapist, reports = sample(np.eye(2), 2, 5, seed=5)
        found = one_with_many(therapist, *reports.T)
        assert abs(found.generalised_reciprocity.estimate) == 1
        assert len(found.singular) == 1

    def test_dyads_with_one_report_inform_its_mean(self, ordinary):
        therapist, reports = ordinary
        reports = reports.copy()
        reports[::3, 1] = np.nan
        found = one_with_many(therapist, *reports.T)
        assert (found.patients.n, found.therapist_reports.n) == (100, 66)
        assert (found.dyads, found.complete) == (100, 66)
        alone = one_with_many(
            *(part[np.isfinite(reports[:, 1])] for part in (therapist, *reports.T))
        )
        assert found.patients.mean_se < alone.patients.mean_se


class TestRefusals:
    @pytest.mark.parametrize(
        ("therapist", "first", "second", "part"),
        [
            ([], [], [], "at least 2 of them with reports, found 0"),
            (["a"] * 5, [1, 2, 3, 4, 6], [2, 1, 4, 3, 5], "at least 2 of them"),
            (list("abcde"), [1, 2, 3, 4, 6], [2, 1, 4, 3, 5], "No therapist has two patients"),
            (list("aabbcd"), [1, 2, 3, 4, 6, 7], [2, 1, 4, 3, 5, 6], "Only 2 patients"),
            (list("aaabbb"), [1] * 6, [2, 1, 4, 3, 5, 6], "All patients' reports are the same"),
            (list("aaabbb"), [2, 1, 4, 3, 5, 6], [3] * 6, "All therapists' reports"),
            (
                *(list("aaabbb"), [1, 1, 1, 3, 3, 3], [2, 1, 4, 3, 5, 6]),
                "patients' reports do not vary between the patients of one therapist",
            ),
            (
                *(list("aaabbb"), [1, 2, 4, 3, 5, 2], [2, 3, 5, 1, 3, 0]),
                "either report determines the other",
            ),
        ],
    )
    def test_what_is_not_identified(self, therapist, first, second, part):
        assert part in why_no_one_with_many(therapist, first, second)
        with pytest.raises(AnalysisError, match=part):
            one_with_many(therapist, first, second)

    def test_lengths(self):
        with pytest.raises(AnalysisError, match="one value per dyad, found 3, 2 and 2"):
            one_with_many(list("aab"), [1, 2], [1, 2])


@deep
def test_intervals_cover_what_made_the_reports():
    """Of 25 therapists with 4 patients each; more of them in the deep tests."""
    between, samples = np.array([[0.8, 0.4], [0.4, 1.0]]), examples(8, many=400)
    truth = {
        "generalised_reciprocity": 0.4 / np.sqrt(0.8),
        "dyadic_reciprocity": 0.5 / np.sqrt(1.2),
    }
    hits = dict.fromkeys(truth, 0)
    for seed in range(samples):
        therapist, reports = sample(between, 25, 4, 100 + seed)
        found = one_with_many(therapist, *reports.T)
        for name, value in truth.items():
            component = getattr(found, name)
            hits[name] += component.ci_low <= value <= component.ci_high
    margin = 3 * np.sqrt(0.95 * 0.05 / samples)
    for name, count in hits.items():
        assert count / samples > 0.94 - margin, name
